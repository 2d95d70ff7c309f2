#include "kit/chart/chip_row.h"

#include "kit/chart/time_chart.h"
#include "kit/fonts.h"
#include "kit/plain_label.h"
#include "words/plain.h"

#include <QPainter>

namespace sb::kit {

namespace {

constexpr int kHeight = 24;
constexpr int kSwatch = 12;
constexpr int kPadding = 6;
constexpr int kLeastChip = 56;
constexpr int kMostChip = 220;

} // namespace

QList<ChipLook> chipsOf(const ChartData &data)
{
    QList<ChipLook> chips;
    for (const ChartStack &stack : data.stacks)
        chips += {.id = stack.id,
                  .name = stack.name,
                  .identity = stack.identity,
                  .pattern = stack.pattern};
    for (const ChartLine &line : data.lines)
        chips += {.id = line.id,
                  .name = line.name,
                  .identity = line.identity,
                  .isLine = true,
                  .isLight = line.isLight,
                  .isDashed = line.isDashed};
    return chips;
}

Chip::Chip(const ChipLook &look, QWidget *parent)
    : QAbstractButton(parent)
    , m_look(look)
{
    setCheckable(true);
    setChecked(true);
    setFocusPolicy(Qt::TabFocus);
    setAttribute(Qt::WA_Hover);
    setCursor(Qt::PointingHandCursor);
    const QString name = words::visible(look.name);
    setAccessibleName(tr("Show %1").arg(name));
    setPlainToolTip(this, name);
}

QSize Chip::sizeHint() const
{
    const int text
        = QFontMetrics(kit::font(Type::Label)).horizontalAdvance(words::visible(m_look.name));
    return {std::min(kMostChip, text + kSwatch + 3 * kPadding + 3), kHeight};
}

void Chip::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Tokens &t = tokensFor(palette());
    if (underMouse()) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(mix(t.panel, t.text, 0.07));
        painter.drawRoundedRect(QRectF(rect()).adjusted(0, 2, 0, -2), space::kControlRadius,
                                space::kControlRadius);
    }
    const QColor color
        = m_look.identity < 0 ? t.secondary : TimeChart::identityColor(m_look.identity, t);
    const QRectF swatch(kPadding, (height() - kSwatch) / 2.0, kSwatch, kSwatch);
    const double middle = std::round(swatch.center().y());
    if (m_look.isLine) {
        QPen pen(m_look.isLight ? mix(t.panel, color, 0.62) : color, m_look.isLight ? 1.4 : 2.4);
        if (m_look.isDashed)
            pen.setDashPattern({2, 1.6});
        painter.setPen(isChecked() ? pen : QPen(t.muted, 1));
        painter.drawLine(QPointF(swatch.left(), middle), QPointF(swatch.right(), middle));
    } else {
        const QRectF box = swatch.adjusted(1, 1, -1, -1);
        painter.setPen(QPen(isChecked() ? color : t.muted, 1));
        painter.setBrush(isChecked() ? QBrush(color, m_look.pattern) : QBrush(Qt::NoBrush));
        painter.drawRect(box);
    }
    QFont f = kit::font(Type::Label);
    f.setStrikeOut(!isChecked()); // off is said by more than a shade
    painter.setFont(f);
    painter.setPen(isChecked() ? t.secondary : t.muted);
    const QRectF text = QRectF(rect()).adjusted(kSwatch + 2 * kPadding, 0, -kPadding, 0);
    painter.drawText(text, Qt::AlignLeft | Qt::AlignVCenter,
                     QFontMetrics(f).elidedText(words::visible(m_look.name), Qt::ElideMiddle,
                                                int(text.width())));
}

ChipRow::ChipRow(QWidget *parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

QSize ChipRow::sizeHint() const
{
    int width = 0;
    for (const Chip *chip : m_chips)
        width += chip->sizeHint().width();
    return {width, kHeight};
}

QSize ChipRow::minimumSizeHint() const
{
    return {kLeastChip, kHeight};
}

void ChipRow::setChips(const QList<ChipLook> &looks)
{
    if (looks == m_looks)
        return;
    m_looks = looks;
    qDeleteAll(m_chips);
    m_chips.clear();
    for (const ChipLook &look : looks) {
        auto *chip = new Chip(look, this);
        chip->setChecked(!m_hidden.contains(look.id));
        connect(chip, &Chip::toggled, this, [this, id = look.id](bool isOn) {
            if (isOn)
                m_hidden.remove(id);
            else
                m_hidden.insert(id);
            emit hiddenChanged(m_hidden);
        });
        m_chips += chip;
        chip->show();
    }
    updateGeometry();
    arrange();
}

void ChipRow::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    arrange();
}

void ChipRow::arrange()
{
    // The widest give way until all fit.
    int cap = kMostChip;
    const auto sum = [this](int most) {
        int width = 0;
        for (const Chip *chip : m_chips)
            width += std::min(most, chip->sizeHint().width());
        return width;
    };
    while (cap > kLeastChip && sum(cap) > width())
        cap -= 4;
    int x = 0;
    for (Chip *chip : m_chips) {
        const int chipWidth = std::min(cap, chip->sizeHint().width());
        chip->setGeometry(x, 0, chipWidth, kHeight);
        chip->setVisible(x + chipWidth <= width() + 1);
        x += chipWidth;
    }
}

} // namespace sb::kit
