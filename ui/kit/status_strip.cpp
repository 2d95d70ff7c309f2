#include "kit/status_strip.h"

#include "kit/copy_button.h"
#include "words/format.h"
#include "words/states.h"

#include <QHBoxLayout>

namespace sb::kit {

namespace {

const QString kDot = QStringLiteral("  ·  ");

} // namespace

StatusStrip::StatusStrip(QWidget *parent)
    : QWidget(parent)
    , m_row(new QHBoxLayout(this))
    , m_lamp(new LampWidget(this))
    , m_word(new PlainLabel({}, Type::Strong, this))
    , m_address(new PlainLabel({}, Type::Mono, this))
    , m_copy(new CopyButton(tr("Copy the base address"), this))
    , m_numbers(new PlainLabel(this))
    , m_stale(new PlainLabel({}, Type::Label, this))
{
    setFixedHeight(space::kStrip);
    setAccessibleName(tr("Status"));
    m_stale->setTone(PlainLabel::Tone::Muted);
    m_stale->hide();
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
    m_row->addWidget(m_stale);
    setTotals(EngineState::Starting, {}, {});
}

void StatusStrip::setTotals(EngineState state, const QString &address, const TotalsView &totals)
{
    m_lamp->setLamp(lampFor(state));
    m_word->setText(words::engine(state));
    m_address->setText(address);
    m_address->setVisible(!address.isEmpty());
    m_copy->setVisible(!address.isEmpty());
    m_copy->setCopied(address);
    // Without a gateway there are no numbers, not even zeros.
    if (address.isEmpty() && state != EngineState::Running && state != EngineState::Draining) {
        m_parts.clear();
        setAccessibleDescription(line());
        fit();
        return;
    }
    m_parts = {words::requestsPerMinute(totals.perMinute),
               tr("p50 %1", "median duration").arg(words::duration(totals.p50Duration)),
               tr("first token %1").arg(words::duration(totals.p50FirstContent)),
               tr("errors %1").arg(words::percent(totals.errorShare)),
               totals.unpricedToday > 0
                   ? tr("today %1, %n unpriced", "money spent today", totals.unpricedToday)
                         .arg(words::money(totals.today))
                   : tr("today %1", "money spent today").arg(words::money(totals.today))};
    setAccessibleDescription(line());
    fit();
}

void StatusStrip::setStale(bool isStale, const QString &since)
{
    m_stale->setVisible(isStale);
    m_stale->setText(since);
    const auto tone = isStale ? PlainLabel::Tone::Muted : PlainLabel::Tone::Text;
    m_word->setTone(tone);
    m_address->setTone(tone);
    m_numbers->setTone(tone);
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
    return (all + m_parts).join(kDot);
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
    const int room = m_numbers->width();
    QStringList shown = m_parts;
    const QFontMetrics metrics = m_numbers->fontMetrics();
    while (shown.size() > 1 && metrics.horizontalAdvance(shown.join(kDot)) > room)
        shown.removeLast();
    m_numbers->setText(shown.join(kDot));
    setPlainToolTip(m_numbers, shown.size() < m_parts.size() ? line() : QString());
}

} // namespace sb::kit
