#include "pages/history_reports.h"

#include <QDateTime>
#include <QTimeZone>

#include <cmath>

namespace sb::test {

namespace {

constexpr qint64 kHour = 3'600'000;

// 0 … 1, the same for the same place.
double chance(quint64 a, quint64 b = 0)
{
    quint64 x = a * 0x9e3779b97f4a7c15ULL + b * 0xbf58476d1ce4e5b9ULL + 0x94d049bb133111ebULL;
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9ULL;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebULL;
    x ^= x >> 31;
    return double(x >> 11) / double(1ULL << 53);
}

struct Who {
    QString id;
    QString label;
    double duration; // seconds, median
    double firstToken;
    double speed;
    double perSecond; // attempts
};

QList<Who> whoOf(HealthStory story)
{
    QList<Who> all{
        {QStringLiteral("anthropic"), QStringLiteral("Anthropic"), 4.1, 0.62, 78, 1.6},
        {QStringLiteral("openai"), QStringLiteral("OpenAI"), 3.2, 0.44, 96, 1.1},
        {QStringLiteral("groq"), QStringLiteral("Groq"), 0.9, 0.12, 410, 0.7},
        {QStringLiteral("ollama"), QStringLiteral("Ollama on this computer"), 7.5, 1.9, 21, 0.05},
    };
    if (story == HealthStory::Crowd) {
        all.clear();
        for (int i = 0; i < 12; ++i)
            all += {QStringLiteral("provider-%1").arg(i),
                    i % 3 == 0 ? QStringLiteral("Regional inference cluster %1 of the long-named "
                                                "provider")
                                     .arg(i)
                               : QStringLiteral("Provider %1").arg(i),
                    1.0 + i,
                    0.2 + 0.1 * i,
                    20.0 + 30 * i,
                    0.2 + 0.1 * i};
    }
    return all;
}

double tripStart(const engine::HealthAsk &ask)
{
    return double(ask.fromWallMs) + 0.52 * double(ask.toWallMs - ask.fromWallMs);
}

double tripEnd(const engine::HealthAsk &ask)
{
    return double(ask.fromWallMs) + 0.68 * double(ask.toWallMs - ask.fromWallMs);
}

engine::HealthBucket bucketOf(const Who &who, const engine::HealthAsk &ask, qint64 from,
                              quint64 who_, HealthStory story)
{
    engine::HealthBucket b{.fromWallMs = from};
    const quint64 place = quint64(from / 1000);
    const double noise = chance(place, who_);
    const double seconds = double(ask.bucket.count()) / 1000;
    if (from > kHistoryNow)
        return b;
    const bool isTripped = story == HealthStory::Full && who_ == 1 && double(from) >= tripStart(ask)
        && double(from) < tripEnd(ask);
    const bool isSilent = who_ == 3 && noise > 0.12;
    double expected = who.perSecond * seconds * (0.6 + 0.8 * noise);
    if (story == HealthStory::Few)
        expected = chance(place, who_ + 9) > 0.86 ? 1 + 3 * noise : 0;
    b.attempts = isSilent ? 0 : int(std::lround(expected));
    if (isTripped)
        b.attempts = noise > 0.9 ? 1 : 0;
    const double slow = story == HealthStory::Full && who_ == 1
            && std::abs(double(from) - tripStart(ask))
                < 0.06 * double(ask.toWallMs - ask.fromWallMs)
        ? 2.4
        : 1;
    for (int i = 0; i < b.attempts; ++i) {
        const double luck = chance(place, who_ * 100 + quint64(i) + 7);
        const double bad = isTripped ? 1 : slow > 1 ? 0.4 : 0.015;
        if (luck < bad)
            ++b.failures[size_t(isTripped || luck < bad * 0.6 ? FailureClass::Limited
                                    : luck < bad * 0.8        ? FailureClass::Server
                                                              : FailureClass::Timeout)];
        else
            ++b.served;
    }
    b.samples = b.served;
    b.state = isTripped   ? ProviderState::Tripped
        : b.attempts == 0 ? ProviderState::NoTraffic
        : slow > 1        ? ProviderState::Degraded
                          : ProviderState::Serving;
    if (b.served > 0) {
        const double wave = 1 + 0.15 * std::sin(double(from) / double(ask.bucket.count()) / 9.0);
        const auto micros = [](double s) { return Micros(qint64(s * 1e6)); };
        b.p50Duration = micros(who.duration * wave * slow * (0.85 + 0.3 * noise));
        b.p50FirstContent = micros(who.firstToken * wave * slow * (0.85 + 0.3 * noise));
        if (b.samples >= 5) {
            b.p95Duration = b.p50Duration * 2 + micros(noise);
            b.p95FirstContent = b.p50FirstContent * 2 + micros(0.1 * noise);
        }
        b.p50Speed = who.speed / slow * (0.9 + 0.2 * noise);
        b.inFlight = int(std::lround(who.perSecond * who.duration * (0.5 + noise)));
    }
    return b;
}

} // namespace

Frame healthFrame(HealthStory story, qint64 now)
{
    Frame frame;
    frame.wallMs = now;
    frame.state = EngineState::Running;
    frame.revision = 7;
    frame.addresses = {QStringLiteral("http://127.0.0.1:7317")};
    int n = 0;
    for (const Who &who : whoOf(story)) {
        ProviderView view;
        view.id = ProviderId(who.id);
        view.label = who.label;
        view.state = story == HealthStory::Empty ? ProviderState::NoTraffic
            : n == 3                             ? ProviderState::NoTraffic
                                                 : ProviderState::Serving;
        view.attempts5m = view.state == ProviderState::Serving ? 240 : 0;
        view.p50Duration = Micros(qint64(who.duration * 1e6));
        view.p50FirstContent = Micros(qint64(who.firstToken * 1e6));
        view.tokensPerSecond = who.speed;
        view.sinceWallMs = now - 90'000;
        if (story == HealthStory::Full && n == 1) {
            view.state = ProviderState::Degraded;
            view.failures5m = 22;
        }
        if (story == HealthStory::Crowd && n == 4) {
            view.state = ProviderState::Tripped;
            view.cause = AttemptOutcome::RateLimited;
            view.causeStatus = 429;
            view.untilWallMs = now + 23'000;
        }
        if (story == HealthStory::Crowd && n == 5)
            view.state = ProviderState::Off;
        frame.providers += view;
        ++n;
    }
    return frame;
}

engine::HealthReport healthReport(const engine::HealthAsk &ask, HealthStory story)
{
    engine::HealthReport report{.ask = ask};
    quint64 n = 0;
    for (const Who &who : whoOf(story)) {
        const QStringList parts = ask.split == engine::HealthSplit::ByProvider
            ? QStringList{QString()}
            : QStringList{who.id + QStringLiteral("-large-2026-11-22-preview"),
                          who.id + QStringLiteral("-mini")};
        for (const QString &part : parts) {
            engine::HealthSeries series;
            series.provider = ProviderId(who.id);
            if (ask.split == engine::HealthSplit::ByModel)
                series.model = part;
            if (ask.split == engine::HealthSplit::ByKey)
                series.key = KeyId(part.endsWith(u"mini") ? QStringLiteral("second")
                                                          : QStringLiteral("default"));
            for (qint64 at = ask.fromWallMs; at < ask.toWallMs; at += ask.bucket.count()) {
                engine::HealthBucket bucket{.fromWallMs = at};
                if (story != HealthStory::Empty)
                    bucket = bucketOf(who, ask, at, n, story);
                series.total.attempts += bucket.attempts;
                series.total.served += bucket.served;
                series.total.samples += bucket.samples;
                for (size_t kind = 0; kind < bucket.failures.size(); ++kind)
                    series.total.failures[kind] += bucket.failures[kind];
                series.buckets += bucket;
            }
            if (series.total.served > 0) {
                series.total.p50Duration = Micros(qint64(who.duration * 1e6));
                series.total.p95Duration = Micros(qint64(who.duration * 2.3e6));
            }
            report.series += series;
        }
        ++n;
    }
    if (story == HealthStory::Full) {
        const auto event = [&](double at, EventKind kind, const QString &provider) {
            report.events += EventView{.wallMs = qint64(at),
                                       .kind = kind,
                                       .provider = ProviderId(provider),
                                       .cause = AttemptOutcome::RateLimited,
                                       .status = 429,
                                       .revision = 7};
        };
        const double length = double(ask.toWallMs - ask.fromWallMs);
        event(double(ask.fromWallMs) + 0.2 * length, EventKind::ConfigApplied, {});
        event(double(ask.fromWallMs) + 0.28 * length, EventKind::DrillStarted,
              QStringLiteral("groq"));
        event(double(ask.fromWallMs) + 0.42 * length, EventKind::DrillEnded,
              QStringLiteral("groq"));
        event(tripStart(ask), EventKind::Tripped, QStringLiteral("openai"));
        event(tripEnd(ask), EventKind::Recovered, QStringLiteral("openai"));
    }
    return report;
}

// ---- spend ----

namespace {

QStringList groupsOf(const engine::SpendAsk &ask, SpendStory story)
{
    if (story == SpendStory::Empty)
        return {};
    if (story == SpendStory::Long) {
        QStringList keys;
        for (int i = 0; i < 12; ++i)
            keys += QStringLiteral("organisation/a-very-long-model-name-%1-instruct-2026-11-22-"
                                   "preview-with-suffix")
                        .arg(i);
        return keys;
    }
    switch (ask.group) {
    case engine::SpendGroup::Client:
        return {QStringLiteral("claude-code"), QStringLiteral("codex"), QStringLiteral("default")};
    default:
        return {QStringLiteral("claude-opus-5-5"),  QStringLiteral("claude-sonnet-5-5"),
                QStringLiteral("gpt-6.2-sol"),      QStringLiteral("gpt-5.6-terra"),
                QStringLiteral("llama-4-maverick"), QStringLiteral("gpt-oss-120b"),
                QStringLiteral("qwen3:8b")};
    }
}

} // namespace

Frame spendFrame(SpendStory story, qint64 now)
{
    Frame frame = healthFrame(HealthStory::Full, now);
    frame.chains = {ChainView{
        .id = ChainId(QStringLiteral("default")),
        .targets = {{ProviderId(QStringLiteral("groq")), QStringLiteral("gpt-oss-120b")}}}};
    frame.totals.today = Money{4'180'000'000};
    if (story == SpendStory::Empty || story == SpendStory::Unpriced)
        return frame;
    BudgetView budget;
    budget.id = QStringLiteral("daily");
    budget.scope = QStringLiteral("all");
    budget.window = QStringLiteral("day");
    budget.cap = Money{25'000'000'000};
    engine::SpendAsk today{.grain = engine::SpendGrain::Quarter,
                           .group = engine::SpendGroup::Provider};
    const QDateTime at = QDateTime::fromMSecsSinceEpoch(now);
    today.fromWallMs = at.date().startOfDay().toMSecsSinceEpoch();
    today.toWallMs = at.date().addDays(1).startOfDay().toMSecsSinceEpoch();
    budget.spent = spendReport(today, story).total.cost;
    if (story == SpendStory::Long)
        budget.cap = Money{9'999'999'990'000'000};
    if (story == SpendStory::NearCap)
        budget.cap = Money{qint64(double(budget.spent.nano) / 0.93)};
    budget.reserved = Money{120'000'000};
    budget.isWarned = story == SpendStory::NearCap;
    budget.fromWallMs = today.fromWallMs;
    budget.resetsAtWallMs = today.toWallMs;
    frame.budgets = {budget};
    return frame;
}

engine::SpendReport spendReport(const engine::SpendAsk &ask, SpendStory story)
{
    if (ask.group == engine::SpendGroup::Provider && story != SpendStory::Long
        && story != SpendStory::Empty) {
        // The models' rows, two to a provider: all groups add up to the same.
        engine::SpendAsk byModel = ask;
        byModel.group = engine::SpendGroup::Model;
        engine::SpendReport report = spendReport(byModel, story);
        report.ask = ask;
        const auto add = [](engine::SpendSums &to, const engine::SpendSums &from) {
            to.exchanges += from.exchanges;
            to.attempts += from.attempts;
            to.unpriced += from.unpriced;
            to.estimated += from.estimated;
            to.reported += from.reported;
            to.cost += from.cost;
            to.usage.input += from.usage.input;
            to.usage.output += from.usage.output;
        };
        QList<engine::SpendRow> rows;
        const QString names[] = {QStringLiteral("anthropic"), QStringLiteral("openai"),
                                 QStringLiteral("groq"), QStringLiteral("ollama")};
        for (qsizetype i = 0; i < report.rows.size(); ++i) {
            if (i % 2 == 0)
                rows += engine::SpendRow{.key = names[i / 2]};
            add(rows.last().sums, report.rows[i].sums);
        }
        for (engine::SpendBucket &bucket : report.buckets) {
            QList<engine::SpendSums> cells(rows.size());
            for (qsizetype i = 0; i < bucket.cells.size(); ++i)
                add(cells[i / 2], bucket.cells[i]);
            bucket.cells = cells;
        }
        report.rows = rows;
        return report;
    }
    engine::SpendReport report{.ask = ask};
    const QStringList keys = groupsOf(ask, story);
    for (const QString &key : keys)
        report.rows += engine::SpendRow{.key = key};
    const QTimeZone zone = ask.zone.isEmpty() ? QTimeZone::systemTimeZone() : QTimeZone(ask.zone);
    qint64 from = ask.fromWallMs;
    while (from < ask.toWallMs) {
        engine::SpendBucket bucket{.fromWallMs = from};
        const QDate date = QDateTime::fromMSecsSinceEpoch(from, zone).date();
        bucket.toWallMs = ask.grain == engine::SpendGrain::Day
            ? date.addDays(1).startOfDay(zone).toMSecsSinceEpoch()
            : from + (ask.grain == engine::SpendGrain::Hour ? kHour : kHour / 4);
        bucket.cells.resize(keys.size());
        // Summed from quarters, so that all grains tell the same story.
        for (qint64 quarter = from; quarter < std::min(bucket.toWallMs, kHistoryNow);
             quarter += kHour / 4) {
            const int hour = QDateTime::fromMSecsSinceEpoch(quarter, zone).time().hour();
            const double busy = hour < 7 ? 0.05 : hour < 9 ? 0.5 : hour < 20 ? 1 : 0.3;
            for (qsizetype row = 0; row < keys.size(); ++row) {
                const double luck = chance(quint64(quarter / 1000), quint64(row) + 31);
                const int requests = int(std::lround(busy * 9 * luck / double(row + 1)));
                engine::SpendSums &cell = bucket.cells[row];
                cell.exchanges += requests;
                cell.attempts += requests;
                const bool isLocal = keys[row].startsWith(u"qwen");
                const double big = story == SpendStory::Long ? 300'000 : 1;
                const bool isUnpriced = story == SpendStory::Unpriced && row % 2 == 1;
                if (isUnpriced)
                    cell.unpriced += requests;
                else if (!isLocal)
                    cell.cost += Money{qint64(requests * big * 31'234'567 * (0.7 + luck))};
                if (story == SpendStory::Unpriced && row == 0)
                    cell.reported += requests;
                if (row == 2)
                    cell.estimated += requests / 3;
                cell.usage.input += qint64(requests) * 2'300;
                cell.usage.cacheRead += qint64(requests) * 18'400;
                cell.usage.cacheWrite += qint64(requests) * 900;
                cell.usage.output += qint64(requests) * 640;
                cell.usage.reasoning += row < 3 ? qint64(requests) * 210 : 0;
            }
        }
        for (qsizetype row = 0; row < keys.size(); ++row) {
            engine::SpendSums &sums = report.rows[row].sums;
            const engine::SpendSums &cell = bucket.cells[row];
            for (engine::SpendSums *to : {&sums, &report.total}) {
                to->exchanges += cell.exchanges;
                to->attempts += cell.attempts;
                to->unpriced += cell.unpriced;
                to->estimated += cell.estimated;
                to->reported += cell.reported;
                to->cost += cell.cost;
                to->usage.input += cell.usage.input;
                to->usage.cacheRead += cell.usage.cacheRead;
                to->usage.cacheWrite += cell.usage.cacheWrite;
                to->usage.output += cell.usage.output;
                to->usage.reasoning += cell.usage.reasoning;
            }
        }
        report.buckets += bucket;
        from = bucket.toWallMs;
    }
    return report;
}

} // namespace sb::test
