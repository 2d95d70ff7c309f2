#include "pages/spend/spend_page.h"

#include "kit/table.h"
#include "kit/tokens.h"
#include "link/engine_link.h"
#include "models/history_links.h"
#include "pages/spend/spend_delegate.h"
#include "words/format.h"
#include "words/marks.h"
#include "words/plain.h"

#include <QAction>
#include <QButtonGroup>
#include <QComboBox>
#include <QDateTime>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QPushButton>
#include <QSettings>
#include <QTableView>
#include <QToolButton>

#include <algorithm>

namespace sb::pages {

using engine::SpendGroup;
using kit::ChartData;
using models::SpendModel;
using models::SpendRange;

namespace {

constexpr qint64 kRefreshMs = 5'000;
constexpr qint64 kSlowRefreshMs = 10 * 60'000;
constexpr int kBackDays = 35; // four weeks and the running one
constexpr int kStacks = 5;
constexpr int kControls = 32;
constexpr int kFigure = 72;
constexpr int kBudgetLine = 38;
constexpr int kLine = 28;
constexpr int kRowsLeast = 3;

const QString kRangeKey = QStringLiteral("spend/range");
const QString kGroupKey = QStringLiteral("spend/group");

} // namespace

SpendPage::SpendPage(const PageContext &context, QWidget *parent)
    : Page(parent)
    , m_context(context)
    , m_cursor(new kit::ChartCursor(this))
    , m_pacer(new kit::ChartPacer(this))
    , m_commands(new kit::ChartCommands(this, *m_cursor))
    , m_controls(new QWidget(this))
    , m_ranges(new QButtonGroup(this))
    , m_groupBox(new QComboBox(m_controls))
    , m_priceDate(new kit::PlainLabel(QString(), kit::Type::Label, m_controls))
    , m_counted(new QPushButton(tr("How this is counted"), m_controls))
    , m_budget(new BudgetEditor(context, this))
    , m_bars(new kit::TimeChart(kit::TimeChart::Look::Large, kit::ChartUnit::Dollars, *m_cursor,
                                *m_pacer, this))
    , m_burn(new kit::TimeChart(kit::TimeChart::Look::Large, kit::ChartUnit::Dollars, *m_cursor,
                                *m_pacer, this))
    , m_readout(new kit::PlainLabel(QString(), kit::Type::Label, this))
    , m_unpriced(new kit::PlainLabel(QString(), kit::Type::Label, this))
    , m_setPrice(new QPushButton(tr("Set price"), this))
    , m_model(new SpendModel(this))
    , m_table(new QTableView(this))
    , m_note(new CountedNote(this))
    , m_empty(new kit::EmptyState(tr("Nothing was spent in this time. Costs appear here with the "
                                     "first answered request; simulated providers are left "
                                     "out."),
                                  tr("Connect a tool"), this))
{
    setAccessibleName(tr("Spend"));
    m_range = SpendRange(std::clamp(m_context.settings.value(kRangeKey, 0).toInt(), 0, 3));
    m_group = SpendGroup(std::clamp(m_context.settings.value(kGroupKey, 0).toInt(), 0, 6));
    setUpControls();
    for (Figure *&figure : m_figures)
        figure = new Figure(this);
    setUpTable();
    setUpActions();

    for (kit::TimeChart *chart : {m_bars, m_burn}) {
        chart->setChips(true);
        m_commands->add(chart);
    }
    m_bars->setActivatable(true);
    m_bars->setAccessibleName(tr("Spend over time"));
    m_burn->setAccessibleName(tr("What is left of today's cap"));
    m_burn->setTitle(tr("Left of today's cap, US dollars"));
    connect(m_bars, &kit::TimeChart::slotActivated, this, [this](qint64 from, qint64 to) {
        emit openPage(QStringLiteral("requests"), models::spendLink(m_group, {}, from, to));
    });
    connect(m_cursor, &kit::ChartCursor::selected, this, [this](qint64 from, qint64 to) {
        emit openPage(QStringLiteral("requests"), models::spendLink(m_group, {}, from, to));
    });
    connect(m_cursor, &kit::ChartCursor::moved, this, &SpendPage::showReadout);
    connect(m_cursor, &kit::ChartCursor::rangeChanged, this, &SpendPage::showReadout);
    connect(m_commands, &kit::ChartCommands::copyRequested, this, &Page::copyRequested);
    connect(m_commands, &kit::ChartCommands::said, this, &Page::said);

    m_readout->setElided(true);
    m_readout->setTone(kit::PlainLabel::Tone::Secondary);
    m_unpriced->setTone(kit::PlainLabel::Tone::Caution);
    m_unpriced->hide();
    m_setPrice->hide();
    kit::setPlainToolTip(m_setPrice, tr("Set price (P)"));
    connect(m_setPrice, &QPushButton::clicked, this, &SpendPage::setPrice);
    connect(m_budget, &BudgetEditor::said, this, &Page::said);
    connect(m_note, &CountedNote::closed, this, [this] { closeLayer(); });
    connect(m_empty, &kit::EmptyState::clicked, this,
            [this] { emit openPage(QStringLiteral("connect"), {}); });
    m_empty->hide();
}

SpendPage::~SpendPage() = default;

void SpendPage::setUpControls()
{
    auto *line = new QHBoxLayout(m_controls);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(kit::space::kGrid);
    const QString ranges[] = {tr("Today"), tr("7 days"), tr("30 days"), tr("Month")};
    for (int i = 0; i < 4; ++i) {
        auto *button = new QToolButton(m_controls);
        button->setText(ranges[i]);
        button->setCheckable(true);
        button->setAutoRaise(true);
        button->setFocusPolicy(Qt::TabFocus);
        button->setMinimumWidth(std::max(60, button->sizeHint().width()));
        button->setAccessibleName(tr("Range: %1").arg(ranges[i]));
        kit::setPlainToolTip(button, tr("%1 (%2)", "range, key").arg(ranges[i]).arg(i + 1));
        m_ranges->addButton(button, i);
        line->addWidget(button);
    }
    m_ranges->button(int(m_range))->setChecked(true);
    connect(m_ranges, &QButtonGroup::idClicked, this, [this](int id) { setRange(SpendRange(id)); });
    line->addSpacing(kit::space::kGap);
    const std::pair<SpendGroup, QString> groups[]
        = {{SpendGroup::Model, tr("By model")},       {SpendGroup::Client, tr("By client")},
           {SpendGroup::Provider, tr("By provider")}, {SpendGroup::Key, tr("By provider key")},
           {SpendGroup::Chain, tr("By chain")},       {SpendGroup::Program, tr("By program")},
           {SpendGroup::Folder, tr("By folder")}};
    for (const auto &[group, text] : groups)
        m_groupBox->addItem(text, int(group));
    m_groupBox->setAccessibleName(tr("Group"));
    m_groupBox->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_groupBox->setMinimumContentsLength(15); // longer ones give way to the row's other parts
    kit::setPlainToolTip(m_groupBox, tr("Group (G)"));
    m_groupBox->setCurrentIndex(std::max(0, m_groupBox->findData(int(m_group))));
    connect(m_groupBox, &QComboBox::currentIndexChanged, this,
            [this] { setGroup(SpendGroup(m_groupBox->currentData().toInt())); });
    line->addWidget(m_groupBox);
    line->addStretch(1);
    m_priceDate->setTone(kit::PlainLabel::Tone::Muted);
    line->addWidget(m_priceDate);
    line->addSpacing(kit::space::kGrid);
    line->addWidget(m_counted);
    kit::setPlainToolTip(m_counted,
                         tr("How this is counted, and why it can differ from the provider's page "
                            "(H)"));
    connect(m_counted, &QPushButton::clicked, this, &SpendPage::showCounted);
}

void SpendPage::setUpTable()
{
    m_table->setModel(m_model);
    m_table->setAccessibleName(tr("Spend by group"));
    kit::setUpTable(m_table);
    m_table->setItemDelegate(new SpendDelegate(m_table));
    QHeaderView *header = m_table->horizontalHeader();
    header->setSectionResizeMode(QHeaderView::Interactive);
    header->setSectionResizeMode(SpendModel::Name, QHeaderView::Stretch);
    connect(m_table, &QTableView::activated, this,
            [this](const QModelIndex &index) { openRow(index.row()); });
}

void SpendPage::setUpActions()
{
    const QString names[] = {tr("Show today's spend"), tr("Show spend of 7 days"),
                             tr("Show spend of 30 days"), tr("Show spend of this month")};
    for (int i = 0; i < 4; ++i)
        addCommand(QStringLiteral("spend.range%1").arg(i), names[i],
                   QKeySequence(Qt::Key(Qt::Key_1 + i)), [this, i] { setRange(SpendRange(i)); });
    addCommand(QStringLiteral("spend.group"), tr("Choose how spend is grouped"),
               QKeySequence(Qt::Key_G), [this] { m_groupBox->setFocus(Qt::ShortcutFocusReason); });
    addCommand(QStringLiteral("spend.cap"), tr("Set or change the daily cap"),
               QKeySequence(Qt::Key_B), [this] { m_budget->edit(); });
    addCommand(QStringLiteral("spend.counted"), tr("How spend is counted"), QKeySequence(Qt::Key_H),
               [this] { showCounted(); });
    addCommand(QStringLiteral("spend.price"), tr("Set the price of what is unpriced"),
               QKeySequence(Qt::Key_P), [this] { setPrice(); });
    addCommand(QStringLiteral("spend.requests"), tr("Show the requests behind this row"),
               QKeySequence(Qt::Key_R), [this] { openRow(m_table->currentIndex().row()); });
    addCommand(QStringLiteral("spend.next"), tr("Next row of spend"), QKeySequence(Qt::Key_J),
               [this] { stepRow(1); });
    addCommand(QStringLiteral("spend.previous"), tr("Previous row of spend"),
               QKeySequence(Qt::Key_K), [this] { stepRow(-1); });
}

QTimeZone SpendPage::zone() const
{
    return QTimeZone::systemTimeZone();
}

// ---- what is asked ----

void SpendPage::setFrame(const FramePtr &frame)
{
    m_mayDiffer = m_mayDiffer || !m_frame || !frame->changed.isEmpty() || !frame->events.isEmpty()
        || frame->totals.today != m_frame->totals.today;
    m_frame = frame;
    m_names = words::namesIn(*frame);
    QStringList providers;
    for (const ProviderView &view : frame->providers)
        providers += view.id.text();
    m_identities[size_t(SpendGroup::Provider)].take(providers);
    if (!isVisible())
        return;
    const auto capOf = [this] {
        const auto &budget = m_budget->budget();
        return budget ? std::optional(budget->cap) : std::nullopt;
    };
    const auto before = capOf();
    m_budget->setFrame(frame);
    showFigures();
    if (capOf() != before) { // the charts have a line of it
        showBars();
        showBurn();
    }
    ask(false);
}

void SpendPage::put(Question which, const engine::SpendAsk &question)
{
    ++m_running;
    m_context.link.history().spend(question).then(
        this, [this, which, serial = m_serial](const Result<engine::SpendReport> &answer) {
            if (serial != m_serial)
                return;
            --m_running;
            if (answer)
                m_reports[which] = *answer;
            else if (which == Before)
                m_reports[which].reset(); // of another range, or an empty one
            else if (which == Main)
                m_trouble = tr("The history cannot be read just now.");
            if (m_running > 0)
                return;
            display();
            if (std::exchange(m_isAskWanted, false))
                ask(true);
        });
}

void SpendPage::ask(bool isForced)
{
    if (!m_frame || !isVisible())
        return;
    const qint64 now = m_frame->wallMs;
    const models::SpendPeriod day = models::dayOf(now, zone());
    const bool isNewDay = m_askedWallMs < day.fromWallMs;
    if (m_running > 0) {
        m_isAskWanted = m_isAskWanted || isForced;
        return;
    }
    // Rates fall and lines move on without traffic too, but a minute is soon enough for that.
    const qint64 pace = m_mayDiffer ? kRefreshMs : 60'000;
    if (!isForced && !isNewDay && now - m_askedWallMs < pace)
        return;
    ++m_serial;
    m_mayDiffer = false;
    m_askedWallMs = now;
    m_trouble.clear();
    m_period = models::periodOf(m_range, now, zone());
    const auto question
        = [this](qint64 from, qint64 to, engine::SpendGrain grain, SpendGroup group) {
              return engine::SpendAsk{.fromWallMs = from,
                                      .toWallMs = to,
                                      .grain = grain,
                                      .group = group,
                                      .zone = zone().id()};
          };
    const bool isSlow = isForced || isNewDay || now - m_slowAskedWallMs >= kSlowRefreshMs;
    if (isSlow) {
        m_slowAskedWallMs = now;
        const qint64 back = QDateTime::fromMSecsSinceEpoch(now, zone())
                                .date()
                                .addDays(-kBackDays)
                                .startOfDay(zone())
                                .toMSecsSinceEpoch();
        put(Before,
            question(m_period.beforeFromWallMs, m_period.beforeToWallMs,
                     engine::SpendGrain::Quarter, m_group));
        put(Daily, question(back, day.fromWallMs, engine::SpendGrain::Day, SpendGroup::Provider));
        m_context.link.history()
            .events(day.fromWallMs, day.toWallMs)
            .then(this, [this](const Result<QList<EventView>> &events) {
                if (events) {
                    m_events = *events;
                    showBurn();
                }
            });
    }
    put(Today,
        question(day.fromWallMs, day.toWallMs, engine::SpendGrain::Quarter, SpendGroup::Provider));
    put(Main, question(m_period.fromWallMs, m_period.toWallMs, m_period.grain, m_group));
    if (!m_knowsPriceDate) {
        m_knowsPriceDate = true;
        m_context.link.setup().storage().then(
            this, [this](const Result<engine::StorageView> &storage) {
                if (!storage || storage->priceDate.isEmpty())
                    return;
                const QDate date
                    = QDate::fromString(QString::fromLatin1(storage->priceDate), Qt::ISODate);
                m_priceDate->setText(tr("Prices of %1", "date")
                                         .arg(date.isValid()
                                                  ? QLocale().toString(date, QLocale::ShortFormat)
                                                  : QString::fromLatin1(storage->priceDate)));
            });
    }
}

void SpendPage::setRange(SpendRange range)
{
    m_ranges->button(int(range))->setChecked(true);
    if (m_range == range)
        return;
    m_range = range;
    m_context.settings.setValue(kRangeKey, int(range));
    m_bars->resetScale();
    ask(true);
}

void SpendPage::setGroup(SpendGroup group)
{
    const int at = m_groupBox->findData(int(group));
    if (m_groupBox->currentIndex() != at)
        m_groupBox->setCurrentIndex(at); // comes back here
    if (m_group == group)
        return;
    m_group = group;
    m_context.settings.setValue(kGroupKey, int(group));
    ask(true);
}

// ---- what is shown ----

Money SpendPage::spentToday() const
{
    if (const auto budget = m_budget->budget())
        return budget->spent;
    return m_frame ? m_frame->totals.today : Money{};
}

models::Projection SpendPage::projectionTo(qint64 toWallMs, Money spent) const
{
    if (!m_frame || !m_reports[Daily])
        return {};
    return models::project(spent, m_frame->wallMs, toWallMs,
                           models::daysBefore(*m_reports[Daily], m_frame->wallMs, zone()), zone());
}

void SpendPage::display()
{
    if (!m_frame)
        return;
    if (const auto &report = m_reports[Main]) {
        const int row = m_table->currentIndex().row();
        m_model->setReport(*report, m_names);
        if (!m_table->currentIndex().isValid() && m_model->rowCount() > 1)
            m_table->setCurrentIndex(
                m_model->index(std::clamp(row, 0, m_model->rowCount() - 1), 0));
    }
    showFigures();
    showBars();
    showBurn();
    showMarks();
    showReadout();
    m_commands->refreshTable();
    arrange();
}

void SpendPage::showFigures()
{
    using Tone = kit::PlainLabel::Tone;
    const auto &report = m_reports[Main];
    const auto budget = m_budget->budget();
    const QString names[] = {tr("Today"), tr("Last 7 days"), tr("Last 30 days"), tr("This month")};
    Figure::Content spent{.label = names[int(m_range)], .value = words::unknown()};
    Money total;
    if (report) {
        total = report->total.cost;
        const bool isUnpriced = total == Money{} && report->total.unpriced > 0;
        spent.value = isUnpriced ? tr("unpriced") : words::money(total);
    }
    if (budget) {
        const QString cap = words::money(budget->cap);
        spent.detail = m_range == SpendRange::Today
            ? tr("of %1 a day", "cap").arg(cap)
            : tr("today %1 of %2", "spent, cap").arg(words::money(budget->spent), cap);
        spent.share
            = budget->cap.nano > 0 ? double(budget->spent.nano) / double(budget->cap.nano) : 0;
        spent.isWarned = budget->isWarned;
        spent.isReached = budget->isReached;
        if (m_range == SpendRange::Today)
            spent.tone = budget->isReached ? Tone::Danger
                : budget->isWarned         ? Tone::Caution
                                           : Tone::Text;
    } else if (report) {
        spent.detail = tr("%n request(s)", nullptr,
                          int(std::min<qint64>(report->total.exchanges, 1'000'000'000)));
    }
    m_figures[0]->setContent(spent);

    const bool isMonth = m_range == SpendRange::Month;
    Figure::Content projected{.label = isMonth ? tr("Projected for this month")
                                               : tr("Projected for today"),
                              .value = words::unknown()};
    if (m_frame && m_reports[Daily] && report) {
        const qint64 to
            = isMonth ? m_period.toWallMs : models::dayOf(m_frame->wallMs, zone()).toWallMs;
        const models::Projection p = projectionTo(to, isMonth ? total : spentToday());
        if (p.isKnown) {
            projected.value = words::money(p.end);
            projected.detail
                = tr("%1 to %2 likely", "low, high").arg(words::money(p.low), words::money(p.high));
            projected.hint = p.isSameWeekday ? tr("From the mean of the same weekday in 4 weeks.")
                                             : tr("From the mean of the last days, 7 at most.");
            if (budget && !isMonth && p.end > budget->cap) {
                projected.tone = Tone::Caution;
                projected.detail = tr("above the cap of %1").arg(words::money(budget->cap));
            }
        } else {
            projected.detail
                = tr("after %n day(s) of use", nullptr, models::Projection::kLeastDays);
        }
    }
    m_figures[1]->setContent(projected);

    Figure::Content rate{
        .label = tr("Rate now"), .value = words::unknown(), .detail = tr("mean of the last hour")};
    if (m_frame && m_reports[Today]) {
        if (const auto hourly = models::hourlyRate(*m_reports[Today], m_frame->wallMs))
            rate.value = tr("%1/h", "amount per hour").arg(words::money(*hourly));
    }
    m_figures[2]->setContent(rate);

    Figure::Content mover{.label = tr("Biggest mover"),
                          .value = words::unknown(),
                          .detail = tr("nothing to compare with")};
    if (report && m_reports[Before]) {
        if (const auto best = models::biggestMover(*report, *m_reports[Before])) {
            const QString size = words::money(Money{std::abs(best->change.nano)});
            mover.value = best->change.nano > 0 ? tr("+%1", "amount").arg(size)
                                                : tr("−%1", "amount").arg(size);
            mover.detail = models::spendLabel(m_group, best->key, m_names);
        }
        const QString against[]
            = {tr("Biggest mover since yesterday"), tr("Biggest mover in 7 days"),
               tr("Biggest mover in 30 days"), tr("Biggest mover since last month")};
        mover.label = against[int(m_range)];
    }
    m_figures[3]->setContent(mover);
}

void SpendPage::showBars()
{
    const auto &report = m_reports[Main];
    if (!report)
        return;
    ChartData data;
    data.fromWallMs = report->ask.fromWallMs;
    data.toWallMs = report->ask.toWallMs;
    data.nowWallMs = m_frame->wallMs;
    data.emptyText = tr("Nothing was spent in this time");
    for (const engine::SpendBucket &bucket : report->buckets)
        data.slotStarts += bucket.fromWallMs;
    if (!data.slotStarts.isEmpty()) {
        data.fromWallMs = data.slotStarts.constFirst();
        data.toWallMs = report->buckets.constLast().toWallMs;
    }
    const auto stacks = models::stacksOf(*report, kStacks);
    auto &identities = m_identities[size_t(report->ask.group)];
    QStringList shown;
    for (const auto &stack : stacks) {
        if (!stack.isOther)
            shown += stack.key;
    }
    // Providers have the colours that Board and Health give them.
    if (report->ask.group != SpendGroup::Provider)
        identities.takeShown(shown);
    for (int i = 0; i < stacks.size(); ++i) {
        const auto &stack = stacks[i];
        kit::ChartStack made{
            .id = stack.isOther ? QStringLiteral("other") : QStringLiteral("key:") + stack.key,
            .name = stack.isOther ? tr("%n other(s)", nullptr, stack.rows)
                                  : models::spendLabel(report->ask.group, stack.key, m_names),
            .identity = stack.isOther ? kit::kIdentities : identities.of(stack.key),
            .pattern = kit::stackPattern(i),
        };
        for (qsizetype slot = 0; slot < stack.values.size(); ++slot) {
            // What has not been yet is not zero.
            made.values += data.slotStarts[slot] > m_frame->wallMs
                ? kit::kNothing
                : models::dollars(stack.values[slot]);
        }
        data.stacks += made;
    }
    const auto budget = m_budget->budget();
    const bool isDays = report->ask.grain == engine::SpendGrain::Day;
    if (budget && isDays)
        data.rules += kit::ChartRule{models::dollars(budget->cap),
                                     tr("cap %1", "amount").arg(words::money(budget->cap))};
    m_bars->setTitle(isDays ? tr("Spend by day, US dollars") : tr("Spend by hour, US dollars"));
    m_bars->setData(data);
}

void SpendPage::showBurn()
{
    const auto &report = m_reports[Today];
    if (!report || !m_frame)
        return;
    ChartData data;
    data.fromWallMs = report->ask.fromWallMs;
    data.toWallMs = report->ask.toWallMs;
    data.nowWallMs = m_frame->wallMs;
    data.isInstant = true;
    data.emptyText = tr("Set a daily cap to see what is left of it");
    if (const auto budget = m_budget->budget()) {
        const models::Projection projection = projectionTo(data.toWallMs, budget->spent);
        const models::BurnDown burn
            = models::burnDown(budget->cap, *report, m_frame->wallMs, projection);
        data.slotStarts = burn.instants;
        data.lines += kit::ChartLine{.id = QStringLiteral("pace"),
                                     .name = tr("even pace"),
                                     .identity = kit::kIdentities,
                                     .isDashed = true,
                                     .values = burn.pace};
        data.lines += kit::ChartLine{
            .id = QStringLiteral("left"), .name = tr("left"), .identity = 0, .values = burn.left};
        if (projection.isKnown)
            data.band = kit::ChartBand{.name = tr("likely"), .low = burn.low, .high = burn.high};
        for (const EventView &event : std::as_const(m_events)) {
            if (event.kind == EventKind::BudgetWarned || event.kind == EventKind::BudgetReached)
                data.marks += kit::ChartMark{.wallMs = event.wallMs,
                                             .kind = kit::MarkKind::Budget,
                                             .text = words::eventMark(event, m_names)};
        }
    }
    m_burn->setData(data);
}

void SpendPage::showMarks()
{
    const auto &report = m_reports[Main];
    const qint64 unpriced = report ? report->total.unpriced : 0;
    m_unpriced->setText(tr("%n request(s) have no price and are missing in these amounts.", nullptr,
                           int(std::min<qint64>(unpriced, 1'000'000'000))));
    m_unpriced->setVisible(unpriced > 0);
    m_setPrice->setVisible(unpriced > 0);
}

void SpendPage::showReadout()
{
    QStringList parts;
    const auto at = m_cursor->at();
    const auto *chart = qobject_cast<const kit::TimeChart *>(m_cursor->by());
    if (const auto drawn = m_cursor->range()) {
        parts += tr("%1 to %2 selected. Enter shows its requests.", "times")
                     .arg(words::dateTime(drawn->first), words::dateTime(drawn->second));
    } else if (at && chart) {
        const auto slot = chart->data().slotAt(*at);
        if (slot) {
            parts += chart == m_burn || m_range == SpendRange::Today
                ? words::timeMinutes(chart->data().slotStarts[*slot])
                : QLocale().toString(
                    QDateTime::fromMSecsSinceEpoch(chart->data().slotStarts[*slot]).date(),
                    QStringLiteral("ddd d MMM"));
            const QString values = chart->readout(*at);
            parts += values.isEmpty() ? tr("nothing") : values;
            parts += chart->marksAt(*at);
        }
    } else if (!m_trouble.isEmpty()) {
        parts += m_trouble;
    }
    m_readout->setTone(m_trouble.isEmpty() ? kit::PlainLabel::Tone::Secondary
                                           : kit::PlainLabel::Tone::Caution);
    m_readout->setText(parts.isEmpty()
                           ? tr("Point at a bar to read it; double click or Enter shows its "
                                "requests.")
                           : parts.join(QStringLiteral(" · ")));
}

// ---- ways on ----

void SpendPage::openRow(int row)
{
    const auto &report = m_reports[Main];
    if (!report || row < 0 || row >= m_model->rowCount())
        return;
    const qint64 to = std::min(report->ask.toWallMs, m_frame->wallMs + 1'000);
    emit openPage(QStringLiteral("requests"),
                  models::spendLink(report->ask.group,
                                    m_model->isTotal(row) ? QString() : m_model->keyAt(row),
                                    report->ask.fromWallMs, to));
}

void SpendPage::setPrice()
{
    const auto &report = m_reports[Main];
    if (!report || report->total.unpriced == 0)
        return;
    QString provider;
    for (const engine::SpendRow &row : report->rows) {
        if (row.sums.unpriced == 0)
            continue;
        switch (report->ask.group) {
        case SpendGroup::Provider:
            provider = row.key;
            break;
        case SpendGroup::Key:
            provider = row.key.section(u'/', 0, 0);
            break;
        case SpendGroup::Model:
            for (const ChainView &chain : m_frame->chains) {
                for (const ChainTargetView &target : chain.targets) {
                    if (provider.isEmpty()
                        && (target.model == row.key
                            || target.provider.text() + u'/' + target.model == row.key))
                        provider = target.provider.text();
                }
            }
            break;
        default:
            break;
        }
        break;
    }
    emit openPage(QStringLiteral("providers"), provider);
}

void SpendPage::stepRow(int by)
{
    const int row = m_table->currentIndex().row() + by;
    m_table->setFocus(Qt::ShortcutFocusReason);
    if (row >= 0 && row < m_model->rowCount())
        m_table->setCurrentIndex(m_model->index(row, 0));
}

void SpendPage::showCounted()
{
    m_note->open();
    arrange();
}

void SpendPage::open(const QString &query)
{
    const std::pair<QString, SpendGroup> groups[] = {
        {QStringLiteral("model"), SpendGroup::Model},
        {QStringLiteral("client"), SpendGroup::Client},
        {QStringLiteral("key"), SpendGroup::Key},
        {QStringLiteral("provider"), SpendGroup::Provider},
        {QStringLiteral("chain"), SpendGroup::Chain},
        {QStringLiteral("program"), SpendGroup::Program},
        {QStringLiteral("folder"), SpendGroup::Folder},
    };
    for (const auto &[name, group] : groups) {
        if (query == name)
            setGroup(group);
    }
    if (query == u"cap")
        m_budget->edit();
}

bool SpendPage::closeLayer()
{
    if (m_note->isVisibleTo(this)) {
        m_note->hide();
        m_counted->setFocus(Qt::ShortcutFocusReason);
        return true;
    }
    if (m_budget->isEditing()) {
        m_budget->cancel();
        return true;
    }
    if (m_commands->isTableShown()) {
        m_commands->setTableShown(false);
        return true;
    }
    if (m_cursor->range()) {
        m_cursor->clear();
        return true;
    }
    return false;
}

// ---- layout ----

void SpendPage::arrange()
{
    using namespace kit::space;
    const QRect area = rect().adjusted(kMargin, 2, -kMargin, -kInside);
    const auto &report = m_reports[Main];
    const bool isEmpty = report && report->total.exchanges == 0;
    const bool isLow = area.height() < 620;
    const int gap = isLow ? kInside : kGap;
    int top = area.top();
    m_controls->setGeometry(area.left(), top, area.width(), kControls);
    top += kControls + kInside;
    const int figureWidth = (area.width() - 3 * gap) / 4;
    for (int i = 0; i < 4; ++i)
        m_figures[size_t(i)]->setGeometry(
            area.left() + i * (figureWidth + gap), top,
            i == 3 ? area.width() - 3 * (figureWidth + gap) : figureWidth, kFigure);
    top += kFigure + gap;
    m_budget->setGeometry(area.left(), top, area.width(), kBudgetLine);
    top += kBudgetLine + gap;

    const int room = area.bottom() + 1 - top;
    m_empty->setVisible(isEmpty);
    m_empty->setGeometry(area.left(), top, area.width(), room);
    m_bars->setVisible(!isEmpty);
    m_burn->setVisible(!isEmpty);
    m_table->setVisible(!isEmpty);
    m_readout->setVisible(!isEmpty);
    const bool hasUnpriced = !isEmpty && report && report->total.unpriced > 0;
    m_unpriced->setVisible(hasUnpriced);
    m_setPrice->setVisible(hasUnpriced);

    // The table keeps its header, some rows and the total; the charts take the rest in bounds.
    const int rowsWish = 32 + std::clamp(m_model->rowCount(), kRowsLeast, 9) * kRow;
    const int charts
        = std::clamp(room - kLine - rowsWish - gap, isLow ? 150 : 190, std::max(190, room / 2));
    const int barsWidth = (area.width() - gap) * 3 / 5;
    m_bars->setGeometry(area.left(), top, barsWidth, charts);
    m_burn->setGeometry(area.left() + barsWidth + gap, top, area.width() - barsWidth - gap, charts);
    m_commands->setTableArea(QRect(area.left(), top, area.width(), area.bottom() + 1 - top));
    top += charts + 2;
    int right = area.right() + 1;
    if (hasUnpriced) {
        const int button = m_setPrice->sizeHint().width();
        const int text = std::min(m_unpriced->sizeHint().width(), area.width() * 3 / 5);
        right -= button;
        m_setPrice->setGeometry(right, top, button, kLine);
        right -= text + kInside;
        m_unpriced->setGeometry(right, top, text, kLine);
        right -= kGap;
    }
    m_readout->setGeometry(area.left(), top, std::max(20, right - area.left()), kLine);
    top += kLine + 2;
    m_table->setGeometry(area.left(), top, area.width(), std::max(40, area.bottom() + 1 - top));
    QHeaderView *header = m_table->horizontalHeader();
    const bool isNarrow = area.width() < 960;
    header->resizeSection(SpendModel::Cost, isNarrow ? 112 : 150);
    header->resizeSection(SpendModel::Requests, isNarrow ? 72 : 84);
    for (const int column : {SpendModel::Input, SpendModel::Output, SpendModel::CacheRead,
                             SpendModel::CacheWrite, SpendModel::Reasoning})
        header->resizeSection(column, isNarrow ? 78 : 88);
    header->resizeSection(SpendModel::Notes, isNarrow ? 150 : 220);

    if (m_note->isVisibleTo(this)) {
        const int width = std::min(560, area.width());
        const int height = std::min(m_note->heightFor(width), area.height() - kControls);
        m_note->setGeometry(area.right() + 1 - width, area.top() + kControls + kGrid, width,
                            height);
        m_note->raise();
    }
}

void SpendPage::showEvent(QShowEvent *event)
{
    Page::showEvent(event);
    arrange();
    if (!m_frame)
        return;
    m_budget->setFrame(m_frame);
    showFigures();
    ask(false);
}

void SpendPage::resizeEvent(QResizeEvent *)
{
    arrange();
}

} // namespace sb::pages
