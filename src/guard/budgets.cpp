#include "guard/budgets.h"

#include <QDateTime>

namespace sb::guard {

namespace {
const QString kSession = QStringLiteral("session:");

QTimeZone validZone(const QTimeZone &zone)
{
    return zone.isValid() ? zone : QTimeZone::utc();
}

qint64 startOf(const QDate &date, const QTimeZone &zone)
{
    return date.startOfDay(zone).toMSecsSinceEpoch();
}
} // namespace

Window windowOf(QStringView name)
{
    if (name == u"hour")
        return Window::Hour;
    if (name == u"week")
        return Window::Week;
    if (name == u"month")
        return Window::Month;
    if (name == u"run")
        return Window::Run;
    return Window::Day;
}

Period periodOf(Window window, qint64 wallMs, const QTimeZone &zone)
{
    const QDate date = QDateTime::fromMSecsSinceEpoch(wallMs, zone).date();
    switch (window) {
    case Window::Run:
        return {};
    case Window::Hour: {
        // Hours of the wall clock: where it is set back one of them comes twice, each its own.
        constexpr qint64 hour = 60 * 60 * 1000;
        const QDateTime local = QDateTime::fromMSecsSinceEpoch(wallMs, zone);
        const qint64 into = local.time().msecsSinceStartOfDay() % hour;
        return {wallMs - into, wallMs - into + hour};
    }
    case Window::Day:
        return {startOf(date, zone), startOf(date.addDays(1), zone)};
    case Window::Week: {
        const QDate monday = date.addDays(1 - date.dayOfWeek());
        return {startOf(monday, zone), startOf(monday.addDays(7), zone)};
    }
    case Window::Month: {
        const QDate first(date.year(), date.month(), 1);
        return {startOf(first, zone), startOf(first.addMonths(1), zone)};
    }
    }
    return {};
}

Budgets::Budgets(const QTimeZone &zone)
    : m_zone(validZone(zone))
{
}

bool Budgets::Cap::matches(const Spender &spender) const
{
    switch (scope) {
    case Scope::All:
        return true;
    case Scope::Client:
        return spender.client.text() == name;
    case Scope::Chain:
        return spender.chain.text() == name;
    case Scope::Provider:
        return spender.provider.text() == name;
    case Scope::Session:
        return spender.run == name;
    }
    return false;
}

// ---- what was spent ----

Budgets::Tally &Budgets::tallyAt(Window window, qint64 wallMs)
{
    Tally &tally = m_tallies[size_t(window)];
    if (wallMs >= tally.period.untilWallMs)
        tally = {periodOf(window, wallMs, m_zone), {}};
    return tally;
}

size_t Budgets::placeOf(const Spender &spender)
{
    if (m_lastPlace < m_people.size()) {
        const Who &last = m_people[m_lastPlace];
        if (last.client == spender.client && last.chain == spender.chain
            && last.provider == spender.provider)
            return m_lastPlace;
    }
    const Who who{spender.client, spender.chain, spender.provider};
    const auto known = m_places.constFind(who);
    if (known != m_places.cend()) {
        m_lastPlace = *known;
    } else {
        m_lastPlace = m_people.size();
        m_people.push_back(who);
        m_places.insert(who, m_lastPlace);
    }
    return m_lastPlace;
}

void Budgets::restore(Window window, qint64 wallMs, const QList<std::pair<Spender, Money>> &sums)
{
    Tally &tally = tallyAt(window, wallMs);
    for (const auto &[spender, money] : sums)
        tally.at(placeOf(spender)) += money;
}

Money Budgets::tallied(const Cap &cap, qint64 wallMs)
{
    Money sum;
    if (cap.window == Window::Run)
        return sum;
    const Tally &tally = tallyAt(cap.window, wallMs);
    for (size_t place = 0; place < tally.sums.size(); ++place) {
        const Who &who = m_people[place];
        if (tally.sums[place].nano != 0
            && cap.matches({who.client, who.chain, who.provider, {}, 0}))
            sum += tally.sums[place];
    }
    return sum;
}

// ---- the caps ----

Budgets::Cap Budgets::makeCap(const config::BudgetSettings &settings, qint64 wallMs)
{
    Cap cap;
    cap.number = m_nextCap++;
    cap.settings = settings;
    cap.window = windowOf(settings.window);
    const qsizetype colon = settings.scope.indexOf(u':');
    const QStringView kind = QStringView(settings.scope).first(std::max<qsizetype>(colon, 0));
    cap.name = settings.scope.sliced(colon + 1);
    cap.scope = kind == u"client" ? Scope::Client
        : kind == u"chain"        ? Scope::Chain
        : kind == u"provider"     ? Scope::Provider
        : kind == u"session"      ? Scope::Session
                                  : Scope::All;
    cap.now.period = periodOf(cap.window, wallMs, m_zone);
    cap.now.spent = tallied(cap, wallMs);
    return cap;
}

void Budgets::setCaps(const QList<config::BudgetSettings> &caps, qint64 wallMs)
{
    QList<Cap> next;
    for (const config::BudgetSettings &settings : caps) {
        const auto old = std::find_if(m_caps.cbegin(), m_caps.cend(), [&](const Cap &cap) {
            return cap.settings.id == settings.id && cap.settings.scope == settings.scope
                && cap.settings.window == settings.window;
        });
        Cap cap = old != m_caps.cend() ? *old : makeCap(settings, wallMs);
        const bool isSame = old != m_caps.cend() && old->settings.cap == settings.cap
            && old->settings.warnPercent == settings.warnPercent;
        cap.settings = settings;
        if (!isSame) {
            // What was passed before it stood there, or before the start, is no news.
            Phase &phase = phaseAt(cap, wallMs);
            phase.isReached = phase.spent >= settings.cap;
            phase.isWarned = isPastWarning(cap, phase);
        }
        next.append(std::move(cap));
    }
    for (const Cap &cap : std::as_const(m_caps)) {
        if (cap.window == Window::Run)
            next.append(cap);
    }
    m_caps = std::move(next);
}

void Budgets::addRun(const QString &session, Money cap)
{
    config::BudgetSettings settings;
    settings.id = session;
    settings.scope = kSession + session;
    settings.window = QStringLiteral("run");
    settings.cap = cap;
    m_caps.append(makeCap(settings, 0));
}

void Budgets::removeRun(const QString &session)
{
    m_caps.removeIf(
        [&](const Cap &cap) { return cap.window == Window::Run && cap.name == session; });
}

// The period that wall time belongs to. A clock that was set back opens no period again.
Budgets::Phase &Budgets::phaseAt(Cap &cap, qint64 wallMs)
{
    if (cap.window == Window::Run)
        return cap.now;
    if (wallMs >= cap.now.period.untilWallMs) {
        cap.before = std::exchange(cap.now, {});
        cap.now.period = periodOf(cap.window, wallMs, m_zone);
        cap.now.isReached = cap.settings.cap.nano <= 0;
    }
    const bool isBefore = wallMs < cap.now.period.fromWallMs && cap.before.period.untilWallMs != 0;
    return isBefore ? cap.before : cap.now;
}

// ---- reserve, settle ----

std::optional<Money> Budgets::roomFor(const Spender &spender)
{
    std::optional<Money> least;
    for (Cap &cap : m_caps) {
        if (!cap.matches(spender))
            continue;
        const Phase &phase = phaseAt(cap, spender.wallMs);
        const Money room{std::max<qint64>((cap.settings.cap - phase.spent - phase.held).nano, 0)};
        least = least ? std::min(*least, room) : room;
    }
    return least;
}

Budgets::HoldId Budgets::reserve(const Spender &spender, Money amount,
                                 std::optional<Refusal> &refusal)
{
    QList<std::pair<Cap *, Phase *>> under;
    Money least;
    for (Cap &cap : m_caps) {
        if (!cap.matches(spender))
            continue;
        Phase &phase = phaseAt(cap, spender.wallMs);
        under.append({&cap, &phase});
        const Money room = cap.settings.cap - phase.spent - phase.held;
        if (amount <= room || (refusal && room >= least))
            continue;
        least = room;
        refusal = Refusal{cap.settings.id,
                          cap.settings.scope,
                          cap.window,
                          cap.settings.cap,
                          phase.spent,
                          phase.held,
                          amount,
                          phase.period.untilWallMs,
                          amount <= cap.settings.cap - phase.spent,
                          cap.number};
    }
    if (refusal || under.isEmpty())
        return 0;
    Hold hold{amount, {}};
    for (const auto &[cap, phase] : std::as_const(under)) {
        phase->held += amount;
        hold.places.append({cap->number, phase->period.fromWallMs});
    }
    const HoldId id = m_nextHold++;
    m_holds.insert(id, hold);
    return id;
}

void Budgets::release(HoldId id)
{
    const auto found = m_holds.constFind(id);
    if (found == m_holds.cend())
        return;
    for (const auto &[number, from] : found->places) {
        for (Cap &cap : m_caps) {
            if (cap.number != number)
                continue;
            for (Phase *phase : {&cap.now, &cap.before}) {
                if (phase->period.fromWallMs == from && phase->held >= found->amount) {
                    phase->held -= found->amount;
                    break;
                }
            }
        }
    }
    m_holds.erase(found);
}

void Budgets::settle(HoldId hold, const Spender &spender, Money actual)
{
    release(hold);
    if (actual.nano == 0)
        return;
    const size_t place = placeOf(spender);
    for (int i = 0; i < kCalendarWindows; ++i) {
        Tally &tally = tallyAt(Window(i), spender.wallMs);
        if (spender.wallMs >= tally.period.fromWallMs)
            tally.at(place) += actual;
    }
    for (Cap &cap : m_caps) {
        if (!cap.matches(spender))
            continue;
        Phase &phase = phaseAt(cap, spender.wallMs);
        phase.spent += actual;
        look(cap, phase, false);
    }
}

void Budgets::refused(const Refusal &refusal)
{
    for (Cap &cap : m_caps) {
        if (cap.number != refusal.number)
            continue;
        ++cap.now.refused;
        if (!refusal.isHeldAlone)
            look(cap, cap.now, true);
    }
}

// ---- what is told ----

bool Budgets::isPastWarning(const Cap &cap, const Phase &phase)
{
    return __int128(phase.spent.nano) * 100
        >= __int128(cap.settings.cap.nano) * cap.settings.warnPercent;
}

void Budgets::look(Cap &cap, Phase &phase, bool isRefused)
{
    const ClientId client = cap.scope == Scope::Client ? ClientId(cap.name) : ClientId();
    const bool isReached = isRefused || phase.spent >= cap.settings.cap;
    // A request too dear for what is left may reach the cap before the warning step: both are said.
    if (!phase.isWarned && (isReached || isPastWarning(cap, phase))) {
        phase.isWarned = true;
        m_steps.append(
            {EventKind::BudgetWarned, cap.settings.id, client, phase.period.untilWallMs});
    }
    if (isReached && !phase.isReached) {
        phase.isReached = true;
        m_steps.append(
            {EventKind::BudgetReached, cap.settings.id, client, phase.period.untilWallMs});
    }
}

QList<Step> Budgets::takeSteps()
{
    return std::exchange(m_steps, {});
}

QList<BudgetView> Budgets::views(qint64 wallMs)
{
    QList<BudgetView> views;
    for (Cap &cap : m_caps) {
        phaseAt(cap, wallMs);
        const Phase &phase = cap.now;
        BudgetView view;
        view.id = cap.settings.id;
        view.scope = cap.settings.scope;
        view.window = cap.settings.window;
        view.cap = cap.settings.cap;
        view.spent = phase.spent;
        view.reserved = phase.held;
        view.warnPercent = cap.settings.warnPercent;
        view.isWarned = phase.isWarned;
        view.isReached = phase.isReached;
        view.refused = phase.refused;
        view.fromWallMs = phase.period.fromWallMs;
        view.resetsAtWallMs = phase.period.untilWallMs;
        views.append(view);
    }
    return views;
}

} // namespace sb::guard
