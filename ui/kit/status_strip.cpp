#include "kit/status_strip.h"

#include "kit/copy_button.h"
#include "kit/link_button.h"
#include "words/format.h"
#include "words/states.h"

#include <QHBoxLayout>
#include <QPushButton>

namespace sb::kit {

namespace {

const QString kDot = QStringLiteral("  ·  ");

// The cap that the day's money is measured against: the daily one for all traffic.
const BudgetView *dailyCap(const Frame &frame)
{
    for (const BudgetView &budget : frame.budgets) {
        if (budget.scope == QStringLiteral("all") && budget.window == QStringLiteral("day"))
            return &budget;
    }
    return nullptr;
}

} // namespace

StatusStrip::StatusStrip(QWidget *parent)
    : QWidget(parent)
    , m_row(new QHBoxLayout(this))
    , m_lamp(new LampWidget(this))
    , m_word(new PlainLabel({}, Type::Strong, this))
    , m_address(new PlainLabel({}, Type::Mono, this))
    , m_copy(new CopyButton(tr("Copy the base address"), this))
    , m_numbers(new QWidget(this))
    , m_recordingLamp(new LampWidget(this))
    , m_recording(new LinkButton({}, this))
    , m_drills(new PlainLabel({}, Type::LabelStrong, this))
    , m_clearDrills(new QPushButton(tr("Clear"), this))
    , m_stale(new PlainLabel({}, Type::Label, this))
{
    setFixedHeight(space::kStrip);
    setAccessibleName(tr("Status"));
    m_stale->setTone(PlainLabel::Tone::Muted);
    m_stale->hide();
    m_recordingLamp->setLamp(Lamp::Caution);
    m_recordingLamp->hide();
    m_recording->setTone(PlainLabel::Tone::Caution);
    m_recording->hide();
    connect(m_recording, &LinkButton::clicked, this,
            [this] { emit pageAsked(QStringLiteral("settings"), QStringLiteral("recording")); });
    m_drills->setTone(PlainLabel::Tone::Drill);
    m_drills->hide();
    m_clearDrills->setAccessibleName(tr("Clear all drills"));
    setPlainToolTip(m_clearDrills, tr("Clear all drills (Ctrl+Shift+X)"));
    m_clearDrills->hide();
    connect(m_clearDrills, &QPushButton::clicked, this, &StatusStrip::clearDrillsAsked);

    struct Link {
        const char *page;
        const char *query;
        QString what;
    };
    const std::array<Link, kParts> links{
        Link{"requests", "", tr("Requests per minute: show requests")},
        Link{"health", "", tr("Median duration: show health")},
        Link{"health", "", tr("Median time to the first token: show health")},
        Link{"requests", "is:failed", tr("Errors: show failed requests")},
        Link{"spend", "", tr("Money today: show spend")}};
    auto *numbers = new QHBoxLayout(m_numbers);
    numbers->setContentsMargins(0, 0, 0, 0);
    numbers->setSpacing(2);
    for (size_t i = 0; i < links.size(); ++i) {
        auto *part = new LinkButton({}, m_numbers);
        part->hide();
        setPlainToolTip(part, links[i].what);
        connect(part, &LinkButton::clicked, this,
                [this, page = QString::fromLatin1(links[i].page),
                 query = QString::fromLatin1(links[i].query)] { emit pageAsked(page, query); });
        numbers->addWidget(part);
        m_parts[i] = part;
    }
    numbers->addStretch(1);
    m_numbers->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);

    m_row->setContentsMargins(space::kMargin, 0, space::kMargin, 0);
    m_row->setSpacing(0);
    m_row->addWidget(m_lamp);
    m_row->addSpacing(space::kGrid);
    m_row->addWidget(m_word);
    m_row->addSpacing(space::kGap);
    m_row->addWidget(m_address);
    m_row->addSpacing(2);
    m_row->addWidget(m_copy);
    m_row->addSpacing(space::kInside);
    m_row->addWidget(m_numbers, 1);
    m_row->addWidget(m_recordingLamp);
    m_row->addWidget(m_recording);
    m_row->addWidget(m_drills);
    m_row->addSpacing(space::kInside);
    m_row->addWidget(m_clearDrills);
    m_row->addWidget(m_stale);
    setState(EngineState::Starting);
}

void StatusStrip::setState(EngineState state)
{
    m_lamp->setLamp(lampFor(state));
    m_word->setText(words::engine(state));
    m_address->setText({});
    m_address->hide();
    m_copy->hide();
    for (int part = 0; part < kParts; ++part)
        setPart(Part(part), {});
    setDrills({}, 0);
    setRecording({}, 0);
    setAccessibleDescription(line());
    fit();
}

void StatusStrip::setFrame(const Frame &frame)
{
    const QString address = frame.addresses.value(0);
    if (address.isEmpty() && frame.state != EngineState::Running
        && frame.state != EngineState::Draining && frame.state != EngineState::Paused) {
        setState(frame.state);
        return;
    }
    const TotalsView &totals = frame.totals;
    m_lamp->setLamp(lampFor(frame.state));
    m_word->setText(words::engine(frame.state));
    m_address->setText(address);
    m_address->setVisible(!address.isEmpty());
    m_copy->setVisible(!address.isEmpty());
    m_copy->setCopied(address);
    setPart(PerMinute, words::requestsPerMinute(totals.perMinute));
    setPart(Duration, tr("p50 %1", "median duration").arg(words::duration(totals.p50Duration)));
    setPart(FirstToken, tr("first token %1").arg(words::duration(totals.p50FirstContent)));
    setPart(Errors, tr("errors %1").arg(words::percent(totals.errorShare)));
    const BudgetView *cap = dailyCap(frame);
    QString money = cap ? tr("today %1 of %2", "money spent today, of the daily cap")
                              .arg(words::money(cap->spent), words::money(cap->cap))
                        : tr("today %1", "money spent today").arg(words::money(totals.today));
    if (totals.unpricedToday > 0)
        money = tr("%1, %n unpriced", "money spent today", totals.unpricedToday).arg(money);
    setPart(Today, money);
    m_parts[Today]->setTone(cap && cap->isReached      ? PlainLabel::Tone::Danger
                                : cap && cap->isWarned ? PlainLabel::Tone::Caution
                                                       : PlainLabel::Tone::Text);
    setDrills(frame.drills, frame.wallMs);
    setRecording(frame.recording, frame.wallMs);
    setAccessibleDescription(line());
    fit();
}

void StatusStrip::setPart(Part part, const QString &text)
{
    LinkButton *link = m_parts[part];
    if (link->text() == text)
        return;
    link->setText(text);
    link->updateGeometry();
    link->update();
}

void StatusStrip::setDrills(const QList<DrillView> &drills, qint64 nowWallMs)
{
    qint64 until = 0;
    for (const DrillView &drill : drills)
        until = std::max(until, drill.untilWallMs);
    m_drills->setText(drills.isEmpty() ? QString()
                                       : tr("%n drill(s), %1 left", nullptr, int(drills.size()))
                                             .arg(words::countdown(until, nowWallMs)));
    m_drills->setVisible(!drills.isEmpty());
    m_clearDrills->setVisible(!drills.isEmpty());
}

// Bodies are private: whoever looks at the window shall see that they are being kept.
void StatusStrip::setRecording(const RecordingView &recording, qint64 nowWallMs)
{
    const bool isOn = recording.untilWallMs > 0;
    m_recording->setText(
        isOn ? tr("recording, %1 left").arg(words::countdown(recording.untilWallMs, nowWallMs))
             : QString());
    setPlainToolTip(m_recording,
                    isOn ? tr("Bodies of requests are recorded: show the setting") : QString());
    m_recordingLamp->setVisible(isOn);
    m_recording->setVisible(isOn);
    m_recording->updateGeometry();
}

void StatusStrip::setStale(bool isStale, const QString &since)
{
    m_stale->setVisible(isStale);
    m_stale->setText(since);
    const auto tone = isStale ? PlainLabel::Tone::Muted : PlainLabel::Tone::Text;
    m_word->setTone(tone);
    m_address->setTone(tone);
    for (LinkButton *part : m_parts)
        part->setTone(tone);
    if (isStale)
        m_lamp->setLamp(Lamp::Idle);
    fit();
}

void StatusStrip::addControl(QWidget *control)
{
    m_row->addWidget(control);
    m_controls += control;
    fit();
}

QString StatusStrip::line() const
{
    QStringList all{m_word->text()};
    if (!m_address->text().isEmpty())
        all += m_address->text();
    for (const LinkButton *part : m_parts) {
        if (!part->text().isEmpty())
            all += part->text();
    }
    if (!m_recording->text().isEmpty())
        all += m_recording->text();
    if (!m_drills->text().isEmpty())
        all += m_drills->text();
    return all.join(kDot);
}

QSize StatusStrip::minimumSizeHint() const
{
    return {320, space::kStrip};
}

void StatusStrip::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    fit();
}

void StatusStrip::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange)
        fit();
}

void StatusStrip::fit()
{
    m_row->activate();
    int room = m_numbers->width();
    bool isRoom = true;
    bool isWhole = true;
    for (LinkButton *part : m_parts) {
        room -= part->sizeHint().width() + 2;
        isRoom = isRoom && room >= 0;
        const bool isShown = isRoom && !part->text().isEmpty();
        isWhole = isWhole && (isShown || part->text().isEmpty());
        part->setVisible(isShown);
    }
    setPlainToolTip(m_numbers, isWhole ? QString() : line());
}

} // namespace sb::kit
