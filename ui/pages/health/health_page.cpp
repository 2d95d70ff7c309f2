#include "pages/health/health_page.h"

#include "kit/tokens.h"
#include "link/engine_link.h"
#include "models/history_links.h"
#include "words/format.h"
#include "words/marks.h"
#include "words/plain.h"
#include "words/states.h"

#include <QAction>
#include <QButtonGroup>
#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSettings>

#include <algorithm>

namespace sb::pages {

using models::HealthRange;

namespace {

constexpr int kControls = 32;
constexpr int kLine = 28;
constexpr int kNote = 20;
constexpr int kRowGap = 8;
constexpr int kHeadWide = 184;
constexpr int kHeadNarrow = 156;

const QString kRangeKey = QStringLiteral("health/range");
const QString kDrillsKey = QStringLiteral("health/drills");
const QString kSplitKey = QStringLiteral("health/split");

QString rowId(const HealthRow::Subject &subject)
{
    return subject.provider.text() + QChar(0) + subject.model + QChar(0) + subject.key.text();
}

kit::MarkKind markOf(EventKind kind)
{
    switch (kind) {
    case EventKind::Tripped:
    case EventKind::KeyRejected:
        return kit::MarkKind::Trip;
    case EventKind::Recovered:
        return kit::MarkKind::Recovered;
    case EventKind::ConfigApplied:
        return kit::MarkKind::Config;
    case EventKind::DrillStarted:
    case EventKind::DrillEnded:
        return kit::MarkKind::Drill;
    case EventKind::BudgetWarned:
    case EventKind::BudgetReached:
        return kit::MarkKind::Budget;
    default:
        return kit::MarkKind::Other;
    }
}

} // namespace

HealthPage::HealthPage(const PageContext &context, QWidget *parent)
    : Page(parent)
    , m_context(context)
    , m_cursor(new kit::ChartCursor(this))
    , m_pacer(new kit::ChartPacer(this))
    , m_commands(new kit::ChartCommands(this, *m_cursor))
    , m_controls(new QWidget(this))
    , m_ranges(new QButtonGroup(this))
    , m_splitBox(new QComboBox(m_controls))
    , m_oneBox(new QComboBox(m_controls))
    , m_otherBox(new QComboBox(m_controls))
    , m_drills(new QCheckBox(tr("Include &drills"), m_controls))
    , m_chips(new kit::ChipRow(this))
    , m_readout(new kit::PlainLabel(QString(), kit::Type::Label, this))
    , m_toRequests(new QPushButton(tr("Show these requests"), this))
    , m_unzoom(new QPushButton(tr("Back to the whole range"), this))
    , m_scroll(new QScrollArea(this))
    , m_list(new QWidget)
    , m_note(new kit::PlainLabel(QString(), kit::Type::Label, this))
    , m_empty(new kit::EmptyState(tr("Here you will see how fast and how reliably each provider "
                                     "answers."),
                                  tr("Add a provider"), this))
{
    setAccessibleName(tr("Health"));
    const QVariant kept = m_context.settings.value(kRangeKey, 0);
    m_range = HealthRange(std::clamp(kept.toInt(), 0, 3));
    setUpControls();
    setUpActions();

    m_chips->setAccessibleName(tr("Series shown"));
    QList<kit::ChipLook> chips{
        {.id = QStringLiteral("p50"), .name = tr("p50"), .identity = -1, .isLine = true},
        {.id = QStringLiteral("p95"),
         .name = tr("p95"),
         .identity = -1,
         .isLine = true,
         .isLight = true}};
    for (int kind = 0; kind < kFailureClasses; ++kind) {
        chips += kit::ChipLook{.id = QStringLiteral("error%1").arg(kind),
                               .name = words::failure(FailureClass(kind)),
                               .identity = kind,
                               .pattern = kit::stackPattern(kind)};
    }
    m_chips->setChips(chips);
    connect(m_chips, &kit::ChipRow::hiddenChanged, this, [this](const QSet<QString> &ids) {
        for (HealthRow *row : std::as_const(m_rows))
            row->setHidden(ids);
    });

    m_readout->setElided(true);
    m_readout->setTone(kit::PlainLabel::Tone::Secondary);
    m_note->setTone(kit::PlainLabel::Tone::Muted);
    m_note->setElided(true);
    m_note->setText(tr("Counts are exact. Percentiles lie within 2% of the true value. A hollow "
                       "point has fewer than 5 samples behind it and no p95."));
    m_toRequests->hide();
    m_unzoom->hide();
    kit::setPlainToolTip(m_toRequests, tr("Show these requests (R)"));
    kit::setPlainToolTip(m_unzoom, tr("Back to the whole range (Esc)"));
    connect(m_toRequests, &QPushButton::clicked, this, &HealthPage::showRequests);
    connect(m_unzoom, &QPushButton::clicked, this, &HealthPage::resetZoom);

    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setWidget(m_list);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->viewport()->installEventFilter(this);
    connect(m_scroll->verticalScrollBar(), &QScrollBar::valueChanged, this,
            &HealthPage::showVisible);
    connect(m_cursor, &kit::ChartCursor::moved, this, &HealthPage::showReadout);
    connect(m_cursor, &kit::ChartCursor::rangeChanged, this, &HealthPage::showReadout);
    connect(m_cursor, &kit::ChartCursor::selected, this, &HealthPage::zoomTo);
    connect(m_commands, &kit::ChartCommands::copyRequested, this, &Page::copyRequested);
    connect(m_commands, &kit::ChartCommands::said, this, &Page::said);
    connect(m_empty, &kit::EmptyState::clicked, this,
            [this] { emit openPage(QStringLiteral("providers"), {}); });
    m_empty->hide();
}

HealthPage::~HealthPage() = default;

void HealthPage::setUpControls()
{
    auto *line = new QHBoxLayout(m_controls);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(kit::space::kGrid);
    const std::pair<HealthRange, QString> ranges[] = {{HealthRange::Minutes5, tr("5 min")},
                                                      {HealthRange::Hour, tr("1 h")},
                                                      {HealthRange::Day, tr("24 h")},
                                                      {HealthRange::Week, tr("7 d")}};
    for (const auto &[range, text] : ranges) {
        auto *button = new QToolButton(m_controls);
        button->setText(text);
        button->setCheckable(true);
        button->setAutoRaise(true);
        button->setFocusPolicy(Qt::TabFocus);
        button->setMinimumWidth(std::max(52, button->sizeHint().width()));
        button->setAccessibleName(tr("Last %1").arg(text));
        kit::setPlainToolTip(button, tr("Last %1 (%2)", "time, key").arg(text).arg(int(range) + 1));
        m_ranges->addButton(button, int(range));
        line->addWidget(button);
    }
    m_ranges->button(int(m_range))->setChecked(true);
    connect(m_ranges, &QButtonGroup::idClicked, this,
            [this](int id) { setRange(HealthRange(id)); });

    line->addSpacing(kit::space::kGap);
    m_splitBox->addItem(tr("Open by model"), int(engine::HealthSplit::ByModel));
    m_splitBox->addItem(tr("Open by key"), int(engine::HealthSplit::ByKey));
    m_splitBox->setAccessibleName(tr("What an opened row shows"));
    const int split = m_context.settings.value(kSplitKey, int(m_split)).toInt();
    m_splitBox->setCurrentIndex(std::max(0, m_splitBox->findData(split)));
    m_split = engine::HealthSplit(m_splitBox->currentData().toInt());
    connect(m_splitBox, &QComboBox::currentIndexChanged, this, [this] {
        m_split = engine::HealthSplit(m_splitBox->currentData().toInt());
        m_context.settings.setValue(kSplitKey, int(m_split));
        m_parts = {};
        buildRows();
        ask(true);
    });
    m_splitBox->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_splitBox->setMinimumContentsLength(12);
    line->addWidget(m_splitBox);

    line->addSpacing(kit::space::kGap);
    auto *label = new kit::PlainLabel(tr("Compare"), kit::Type::Label, m_controls);
    auto *with = new kit::PlainLabel(tr("with"), kit::Type::Label, m_controls);
    label->setTone(kit::PlainLabel::Tone::Secondary);
    with->setTone(kit::PlainLabel::Tone::Secondary);
    m_oneBox->setAccessibleName(tr("Compare this provider"));
    m_otherBox->setAccessibleName(tr("With this provider"));
    for (QComboBox *box : {m_oneBox, m_otherBox}) {
        box->setMinimumWidth(124);
        box->setMaximumWidth(160);
        box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        connect(box, &QComboBox::currentIndexChanged, this, [this] {
            if (m_isFilling)
                return;
            m_one = ProviderId(m_oneBox->currentData().toString());
            m_other = ProviderId(m_otherBox->currentData().toString());
            buildRows();
        });
    }
    line->addWidget(label);
    line->addWidget(m_oneBox);
    line->addWidget(with);
    line->addWidget(m_otherBox);
    line->addStretch(1);

    m_drills->setChecked(m_context.settings.value(kDrillsKey, false).toBool());
    kit::setPlainToolTip(m_drills, tr("Count traffic that a drill answered (D)"));
    connect(m_drills, &QCheckBox::toggled, this, [this](bool isOn) {
        m_context.settings.setValue(kDrillsKey, isOn);
        ask(true);
    });
    line->addWidget(m_drills);
}

void HealthPage::setUpActions()
{
    const QString names[] = {tr("Show the last 5 minutes"), tr("Show the last hour"),
                             tr("Show the last 24 hours"), tr("Show the last 7 days")};
    for (int i = 0; i < 4; ++i)
        addCommand(QStringLiteral("health.range%1").arg(i), names[i],
                   QKeySequence(Qt::Key(Qt::Key_1 + i)), [this, i] { setRange(HealthRange(i)); });
    addCommand(QStringLiteral("health.drills"), tr("Include drills, or leave them out"),
               QKeySequence(Qt::Key_D), [this] { m_drills->toggle(); });
    addCommand(QStringLiteral("health.requests"), tr("Show the requests behind this row"),
               QKeySequence(Qt::Key_R), [this] { showRequests(); });
    addCommand(QStringLiteral("health.expand"), tr("Show a provider's models or keys"),
               QKeySequence(Qt::Key_X), [this] {
                   if (HealthRow *row = currentRow(); row && row->head().isExpandable)
                       row->setExpanded(!row->isExpanded());
               });
    addCommand(QStringLiteral("health.compare"), tr("Compare two providers"),
               QKeySequence(Qt::Key_C), [this] { m_oneBox->setFocus(Qt::ShortcutFocusReason); });
    addCommand(QStringLiteral("health.next"), tr("Next provider"), QKeySequence(Qt::Key_J),
               [this] { stepRow(1); });
    addCommand(QStringLiteral("health.previous"), tr("Previous provider"), QKeySequence(Qt::Key_K),
               [this] { stepRow(-1); });
}

// ---- what is asked ----

void HealthPage::setFrame(const FramePtr &frame)
{
    const auto stateOf = [](const FramePtr &of) {
        QList<ProviderState> states;
        for (const ProviderView &view : of->providers)
            states += view.state;
        return states;
    };
    m_mayDiffer = m_mayDiffer || !m_frame || !frame->changed.isEmpty() || !frame->events.isEmpty()
        || stateOf(m_frame) != stateOf(frame);
    m_frame = frame;
    m_names = words::namesIn(*frame);
    QStringList ids;
    for (const ProviderView &view : frame->providers)
        ids += view.id.text();
    m_identities.take(ids);
    if (isVisible())
        refresh();
}

void HealthPage::refresh()
{
    if (!m_frame)
        return;
    fillCombos();
    buildRows();
    ask(false);
}

void HealthPage::ask(bool isForced)
{
    if (!m_frame || m_frame->providers.isEmpty() || !isVisible())
        return;
    const qint64 now = m_frame->wallMs;
    if (!isForced) {
        if (m_isAsking || now - m_askedWallMs < models::ruleOf(m_range).refresh.count())
            return;
        // A zoom that is over, or an empty range in which nothing happened, cannot change.
        if (m_zoom && m_askedWallMs > m_zoom->second)
            return;
        if (m_hasReport && !m_mayDiffer && !models::hasAnything(m_report))
            return;
    } else if (m_isAsking) {
        m_isAskWanted = true; // when the running one is there: one question at a time
        return;
    }
    m_isAsking = true;
    m_isAskWanted = false;
    m_mayDiffer = false;
    m_askedWallMs = now;
    const quint64 serial = ++m_serial;
    const auto question = models::healthAsk(m_range, m_zoom, now, engine::HealthSplit::ByProvider,
                                            m_drills->isChecked());
    m_context.link.history().health(question).then(
        this, [this, serial](const Result<engine::HealthReport> &answer) {
            if (serial == m_serial)
                takeReport(answer);
        });
}

void HealthPage::takeReport(const Result<engine::HealthReport> &answer)
{
    m_isAsking = false;
    if (answer) {
        m_report = *answer;
        m_hasReport = true;
        m_trouble.clear();
        if (!m_expanded.isEmpty())
            askParts();
    } else {
        m_trouble = tr("The history cannot be read just now.");
    }
    buildRows();
    feedRows();
    showReadout();
    m_commands->refreshTable();
    if (m_isAskWanted)
        ask(true);
}

void HealthPage::askParts()
{
    engine::HealthAsk question = m_report.ask;
    question.split = m_split;
    m_context.link.history().health(question).then(
        this,
        [this, serial = m_serial, split = m_split](const Result<engine::HealthReport> &answer) {
            if (!answer || serial != m_serial || split != m_split)
                return;
            m_parts = *answer;
            buildRows();
            feedRows();
        });
}

// ---- rows ----

HealthRow *HealthPage::rowFor(const HealthRow::Subject &subject)
{
    HealthRow *&row = m_known[rowId(subject)];
    if (row)
        return row;
    row = new HealthRow(subject, *m_cursor, *m_pacer, *m_commands, m_list);
    row->setHidden(m_chips->hiddenIds());
    connect(row, &HealthRow::expandToggled, this, [this, id = subject.provider](bool isOn) {
        if (isOn)
            m_expanded.insert(id);
        else
            m_expanded.remove(id);
        buildRows();
        if (isOn && m_hasReport)
            askParts();
    });
    connect(row, &HealthRow::stepped, this, [this, row](int chart, int by) {
        const qsizetype next = m_rows.indexOf(row) + by;
        if (next < 0 || next >= m_rows.size())
            return;
        m_scroll->ensureWidgetVisible(m_rows[next], 0, kRowGap);
        m_rows[next]->ensureCharts();
        m_rows[next]->chart(chart)->setFocus(Qt::ShortcutFocusReason);
    });
    return row;
}

HealthRow::Head HealthPage::headOf(const HealthRow::Subject &subject) const
{
    HealthRow::Head head;
    const engine::HealthSeries *series = nullptr;
    const auto &all = subject.isPart() ? m_parts.series : m_report.series;
    for (const auto &each : all) {
        if (each.provider == subject.provider && each.model == subject.model
            && each.key == subject.key)
            series = &each;
    }
    const int attempts = series ? series->total.attempts : 0;
    const int failures = series ? models::failuresOf(series->total) : 0;
    if (attempts > 0)
        head.figures = tr("%1 · %2 errors", "attempts, share of errors")
                           .arg(words::countShort(attempts),
                                words::percent(double(failures) / double(attempts)));
    if (subject.isPart()) {
        head.name = !subject.key.isEmpty() ? tr("Key %1").arg(subject.key.text()) : subject.model;
        const ProviderState state = series ? series->buckets.isEmpty()
                ? ProviderState::NoTraffic
                : series->buckets.constLast().state
                                           : ProviderState::NoTraffic;
        head.lamp = kit::lampFor(state);
        head.word = words::provider(state);
        head.reason = series && series->total.p50Duration.count() >= 0
            ? tr("p50 %1, p95 %2")
                  .arg(words::duration(series->total.p50Duration),
                       words::duration(series->total.p95Duration))
            : QString();
        return head;
    }
    head.isExpandable = true;
    head.name = m_names.of(subject.provider);
    for (const ProviderView &view : m_frame->providers) {
        if (view.id != subject.provider)
            continue;
        head.lamp = kit::lampFor(view.state);
        head.word = words::provider(view.state);
        if (view.state == ProviderState::Serving) {
            head.reason = series && series->total.p50Duration.count() >= 0
                ? tr("p50 %1, p95 %2")
                      .arg(words::duration(series->total.p50Duration),
                           words::duration(series->total.p95Duration))
                : QString();
        } else if (view.state != ProviderState::NoTraffic) {
            head.reason = words::providerReason(view, m_frame->wallMs);
        }
    }
    return head;
}

void HealthPage::buildRows()
{
    if (!m_frame)
        return;
    QList<HealthRow::Subject> subjects;
    QSet<QString> configured;
    for (const ProviderView &view : m_frame->providers) {
        configured.insert(view.id.text());
        if (isComparing() && view.id != m_one)
            continue;
        subjects += {view.id, {}, {}};
        if (isComparing() || !m_expanded.contains(view.id))
            continue;
        for (const auto &series : m_parts.series) {
            if (series.provider == view.id)
                subjects += {series.provider, series.model, series.key};
        }
    }
    QList<HealthRow *> rows;
    for (const HealthRow::Subject &subject : subjects) {
        HealthRow *row = rowFor(subject);
        HealthRow::Head head = headOf(subject);
        if (isComparing()) {
            head.name
                = tr("%1 and %2", "two providers").arg(m_names.of(m_one), m_names.of(m_other));
            head.isExpandable = false;
        }
        row->setHead(head);
        rows += row;
    }
    // What is configured no more, or was a part of an older answer, goes.
    for (auto it = m_known.begin(); it != m_known.end();) {
        const bool isGone = !configured.contains(it.value()->subject().provider.text())
            || (it.value()->subject().isPart() && !rows.contains(it.value()));
        if (isGone) {
            it.value()->hide();
            it.value()->deleteLater();
            it = m_known.erase(it);
        } else {
            it.value()->setVisible(rows.contains(it.value()));
            ++it;
        }
    }
    const bool isSame = rows == m_rows;
    m_rows = rows;
    if (!isSame) {
        arrange();
        feedRows();
    }
    const bool isEmpty = m_frame->providers.isEmpty();
    if (m_empty->isVisibleTo(this) != isEmpty)
        arrange();
}

QList<kit::ChartMark> HealthPage::marksOf(const ProviderId &provider) const
{
    QList<kit::ChartMark> marks;
    for (const EventView &event : m_report.events) {
        // An event without a provider concerns all of them.
        if (!event.provider.isEmpty() && event.provider != provider
            && !(isComparing() && event.provider == m_other))
            continue;
        kit::ChartMark mark{.wallMs = event.wallMs,
                            .kind = markOf(event.kind),
                            .text = words::eventMark(event, m_names)};
        if (event.kind == EventKind::DrillStarted) {
            mark.untilWallMs
                = event.untilWallMs > event.wallMs ? event.untilWallMs : m_report.ask.toWallMs;
            for (const EventView &end : m_report.events) {
                if (end.kind == EventKind::DrillEnded && end.provider == event.provider
                    && end.wallMs > event.wallMs && end.wallMs < mark.untilWallMs)
                    mark.untilWallMs = end.wallMs;
            }
        }
        marks += mark;
    }
    return marks;
}

void HealthPage::feedRows()
{
    if (!m_hasReport)
        return;
    const auto seriesOf = [](const engine::HealthReport &report,
                             const HealthRow::Subject &subject) -> const engine::HealthSeries * {
        for (const auto &series : report.series) {
            if (series.provider == subject.provider && series.model == subject.model
                && series.key == subject.key)
                return &series;
        }
        return nullptr;
    };
    for (HealthRow *row : std::as_const(m_rows)) {
        const auto &subject = row->subject();
        const auto &report = subject.isPart() ? m_parts : m_report;
        HealthRow::Content content;
        if (const auto *series = seriesOf(report, subject))
            content.series = *series;
        content.identity = m_identities.of(subject.provider.text());
        content.name = m_names.of(subject.provider);
        if (isComparing()) {
            const auto *other = seriesOf(m_report, {m_other, {}, {}});
            content.other = other ? *other : engine::HealthSeries{.provider = m_other};
            content.otherName = m_names.of(m_other);
            content.otherIdentity = m_identities.of(m_other.text());
            if (content.identity >= models::Identities::kCount)
                content.identity = 0;
            if (content.otherIdentity == content.identity
                || content.otherIdentity >= models::Identities::kCount)
                content.otherIdentity = (content.identity + 2) % models::Identities::kCount;
        }
        content.fromWallMs = report.ask.fromWallMs;
        content.toWallMs = report.ask.toWallMs;
        content.nowWallMs = m_frame->wallMs;
        content.marks = marksOf(subject.provider);
        row->setTall(isComparing());
        row->setContent(content);
    }
    showVisible();
}

// Charts are made for rows that are on screen; the others wait until they are scrolled to.
void HealthPage::showVisible()
{
    if (!isVisible())
        return;
    const int top = m_scroll->verticalScrollBar()->value();
    const int bottom = top + m_scroll->viewport()->height();
    for (HealthRow *row : std::as_const(m_rows)) {
        if (row->y() < bottom && row->y() + row->height() > top)
            row->ensureCharts();
    }
}

void HealthPage::settle()
{
    showVisible();
    m_pacer->flush();
}

// ---- range ----

void HealthPage::setRange(HealthRange range)
{
    m_ranges->button(int(range))->setChecked(true);
    if (m_range == range && !m_zoom)
        return;
    m_range = range;
    m_context.settings.setValue(kRangeKey, int(range));
    resetZoom();
}

void HealthPage::zoomTo(qint64 from, qint64 to)
{
    m_zoom = models::WallRange{from, to};
    for (HealthRow *row : std::as_const(m_rows))
        row->resetScale();
    arrange();
    showReadout();
    ask(true);
}

void HealthPage::resetZoom()
{
    m_zoom.reset();
    for (HealthRow *row : std::as_const(m_rows))
        row->resetScale();
    arrange();
    showReadout();
    ask(true);
}

void HealthPage::showRequests()
{
    const HealthRow *row = currentRow();
    qint64 from = m_report.ask.fromWallMs;
    qint64 to = m_report.ask.toWallMs;
    if (const auto drawn = m_cursor->range()) {
        from = drawn->first;
        to = drawn->second;
    } else if (m_zoom) {
        from = m_zoom->first;
        to = m_zoom->second;
    }
    if (!row || to <= from)
        return;
    emit openPage(QStringLiteral("requests"),
                  models::healthLink(row->subject().provider, row->subject().model, from, to));
}

HealthRow *HealthPage::currentRow() const
{
    const QWidget *focus = focusWidget();
    for (HealthRow *row : m_rows) {
        if (focus && (row == focus || row->isAncestorOf(focus)))
            return row;
    }
    for (HealthRow *row : m_rows) {
        if ((m_cursor->by() && row->hasChart(m_cursor->by()))
            || (m_commands->current() && row->hasChart(m_commands->current())))
            return row;
    }
    return m_rows.value(0);
}

void HealthPage::stepRow(int by)
{
    const HealthRow *current = currentRow();
    const bool isInside = current && focusWidget() && current->isAncestorOf(focusWidget());
    const qsizetype now = isInside ? m_rows.indexOf(current) : by > 0 ? -1 : m_rows.size();
    const qsizetype next = now + by;
    if (next < 0 || next >= m_rows.size())
        return;
    m_scroll->ensureWidgetVisible(m_rows[next], 0, kRowGap);
    m_rows[next]->ensureCharts();
    m_rows[next]->chart(0)->setFocus(Qt::ShortcutFocusReason);
}

void HealthPage::compare(const ProviderId &one, const ProviderId &other)
{
    m_one = one;
    m_other = other;
    fillCombos();
    buildRows();
}

void HealthPage::fillCombos()
{
    m_isFilling = true;
    for (QComboBox *box : {m_oneBox, m_otherBox}) {
        const ProviderId wanted = box == m_oneBox ? m_one : m_other;
        QList<std::pair<QString, QString>> items{
            // On X11 the text of a box is also its accessible name, so the two differ.
            {box == m_oneBox ? tr("nobody", "no provider to compare")
                             : tr("nobody else", "no provider to compare with"),
             {}}};
        for (const ProviderView &view : m_frame->providers)
            items += {words::visible(m_names.of(view.id)), view.id.text()};
        bool isSame = box->count() == items.size();
        for (int i = 0; isSame && i < items.size(); ++i)
            isSame = box->itemText(i) == items[i].first
                && box->itemData(i).toString() == items[i].second;
        if (!isSame) {
            box->clear();
            for (const auto &[text, id] : items)
                box->addItem(text, id);
        }
        const int at = std::max(0, box->findData(wanted.text()));
        if (box->currentIndex() != at)
            box->setCurrentIndex(at);
    }
    m_isFilling = false;
}

void HealthPage::open(const QString &query)
{
    const ProviderId wanted(query.section(u':', -1));
    for (HealthRow *row : std::as_const(m_rows)) {
        if (row->subject().provider != wanted)
            continue;
        m_scroll->ensureWidgetVisible(row, 0, kRowGap);
        row->ensureCharts();
        row->chart(0)->setFocus(Qt::OtherFocusReason);
        return;
    }
}

bool HealthPage::closeLayer()
{
    if (m_commands->isTableShown()) {
        m_commands->setTableShown(false);
        return true;
    }
    if (m_cursor->range()) {
        m_cursor->clear();
        return true;
    }
    if (m_zoom) {
        resetZoom();
        return true;
    }
    if (isComparing()) {
        compare({}, {});
        return true;
    }
    return false;
}

// ---- layout and words ----

void HealthPage::showReadout()
{
    QStringList parts;
    const auto at = m_cursor->at();
    if (const auto drawn = m_cursor->range()) {
        parts += tr("%1 to %2 selected. Enter zooms.", "times")
                     .arg(words::timeSeconds(drawn->first), words::timeSeconds(drawn->second));
    } else if (at && m_hasReport) {
        const bool isLong = m_range == HealthRange::Week;
        parts += isLong ? words::dateTime(*at) : words::timeSeconds(*at);
        for (HealthRow *row : std::as_const(m_rows)) {
            if (!m_cursor->by() || !row->hasChart(m_cursor->by()))
                continue;
            const auto *chart = qobject_cast<const kit::TimeChart *>(m_cursor->by());
            if (isComparing() && chart) {
                parts += chart->readout(*at);
            } else {
                parts += words::visible(row->head().name);
                parts += row->readout(*at);
            }
            if (chart)
                parts += chart->marksAt(*at);
        }
    } else if (!m_trouble.isEmpty()) {
        parts += m_trouble;
    } else if (m_zoom) {
        parts += tr("Zoomed: %1 to %2.", "times")
                     .arg(words::dateTime(m_zoom->first), words::timeSeconds(m_zoom->second));
    } else {
        parts += tr("Point at a chart to read its values, drag to zoom. With keys: J and K, then "
                    "the arrows.");
    }
    m_readout->setTone(m_trouble.isEmpty() ? kit::PlainLabel::Tone::Secondary
                                           : kit::PlainLabel::Tone::Caution);
    m_readout->setText(parts.join(QStringLiteral(" · ")));
}

void HealthPage::arrange()
{
    using namespace kit::space;
    const QRect area = rect().adjusted(kMargin, 2, -kMargin, -kInside);
    const bool isEmpty = m_frame && m_frame->providers.isEmpty();
    m_empty->setVisible(isEmpty);
    m_empty->setGeometry(area);
    for (QWidget *widget :
         {m_controls, static_cast<QWidget *>(m_chips), static_cast<QWidget *>(m_readout),
          static_cast<QWidget *>(m_scroll), static_cast<QWidget *>(m_note)})
        widget->setVisible(!isEmpty);
    m_toRequests->setVisible(!isEmpty && m_zoom);
    m_unzoom->setVisible(!isEmpty && m_zoom);
    int top = area.top();
    m_controls->setGeometry(area.left(), top, area.width(), kControls);
    top += kControls + kGrid;
    m_chips->setGeometry(area.left() - 6, top, area.width() + 6, 24);
    top += 24;
    int right = area.right() + 1;
    for (QPushButton *button : {m_unzoom, m_toRequests}) {
        if (!m_zoom)
            continue;
        const int wide = button->sizeHint().width();
        right -= wide;
        button->setGeometry(right, top, wide, kLine);
        right -= kInside;
    }
    m_readout->setGeometry(area.left(), top, std::max(20, right - area.left()), kLine);
    top += kLine + kGrid;
    const int bottom = area.bottom() + 1 - kNote;
    m_scroll->setGeometry(area.left(), top, area.width(), std::max(40, bottom - top));
    m_note->setGeometry(area.left(), bottom, area.width(), kNote);
    m_commands->setTableArea(QRect(area.left(), top, area.width(), area.bottom() + 1 - top));

    const int listWidth = m_scroll->viewport()->width();
    int y = 0;
    for (HealthRow *row : std::as_const(m_rows)) {
        row->setHeadWidth(area.width() < 960 ? kHeadNarrow : kHeadWide);
        row->setTall(isComparing());
        row->setGeometry(0, y, listWidth, row->height());
        row->show();
        y += row->height() + kRowGap;
    }
    m_list->resize(listWidth, y);
    showVisible();
}

void HealthPage::showEvent(QShowEvent *event)
{
    Page::showEvent(event);
    arrange();
    refresh();
    showReadout();
}

void HealthPage::resizeEvent(QResizeEvent *)
{
    arrange();
}

bool HealthPage::eventFilter(QObject *watched, QEvent *event)
{
    // The scroll bar came or went.
    if (watched == m_scroll->viewport() && event->type() == QEvent::Resize
        && m_list->width() != m_scroll->viewport()->width())
        QMetaObject::invokeMethod(this, &HealthPage::arrange, Qt::QueuedConnection);
    return Page::eventFilter(watched, event);
}

} // namespace sb::pages
