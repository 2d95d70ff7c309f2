#include "kit/rail.h"

#include "kit/fonts.h"
#include "kit/plain_label.h"
#include "kit/tokens.h"

#include <QAbstractButton>
#include <QButtonGroup>
#include <QPainter>
#include <QStyle>
#include <QVBoxLayout>

namespace sb::kit {

namespace {

constexpr int kRowHeight = 36;
constexpr int kBar = 3;

} // namespace

// One page of the rail.
class RailButton final : public QAbstractButton {
public:
    RailButton(const QString &title, Glyph glyph, const QString &keyText, QWidget *parent)
        : QAbstractButton(parent)
        , m_icon(kit::icon(glyph))
    {
        setText(title);
        setAccessibleName(title);
        setCheckable(true);
        setFocusPolicy(Qt::TabFocus);
        setFixedHeight(kRowHeight);
        setPlainToolTip(this,
                        keyText.isEmpty() ? title : QStringLiteral("%1 (%2)").arg(title, keyText));
    }

    void setNarrow(bool isNarrow)
    {
        m_isNarrow = isNarrow;
        update();
    }

protected:
    void paintEvent(QPaintEvent *) override
    {
        const Tokens &t = tokensFor(palette());
        QPainter painter(this);
        const auto place = [this](const QRect &logical) {
            return QStyle::visualRect(layoutDirection(), rect(), logical);
        };
        if (isChecked()) {
            painter.fillRect(rect(), t.raised);
            painter.fillRect(place(QRect(0, 0, kBar, height())), t.accent);
        } else if (underMouse()) {
            painter.fillRect(rect(), mix(t.window, t.text, 0.05));
        }
        const int left = m_isNarrow ? (width() - space::kIcon) / 2 : 14;
        m_icon.paint(&painter,
                     place(QRect(left, (height() - space::kIcon) / 2, space::kIcon, space::kIcon)),
                     Qt::AlignCenter, isEnabled() ? QIcon::Normal : QIcon::Disabled,
                     isChecked() ? QIcon::On : QIcon::Off);
        if (m_isNarrow)
            return;
        painter.setFont(kit::font(Type::Body));
        painter.setPen(isChecked() ? t.text : t.secondary);
        const QRect area = place(rect().adjusted(left + space::kIcon + 10, 0, -space::kInside, 0));
        painter.drawText(area, int(Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine),
                         fontMetrics().elidedText(text(), Qt::ElideRight, area.width()));
    }

    QSize sizeHint() const override { return {space::kRail, kRowHeight}; }

private:
    QIcon m_icon;
    bool m_isNarrow = false;
};

Rail::Rail(QWidget *parent)
    : QWidget(parent)
    , m_group(new QButtonGroup(this))
{
    setAccessibleName(tr("Pages"));
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, space::kInside, 0, space::kInside);
    column->setSpacing(0);
    column->addStretch();
    setFixedWidth(space::kRail);
    connect(m_group, &QButtonGroup::idClicked, this, &Rail::chosen);
}

void Rail::addPage(const QString &title, Glyph glyph, const QString &keyText)
{
    auto *button = new RailButton(title, glyph, keyText, this);
    button->setNarrow(m_isNarrow);
    m_group->addButton(button, int(m_buttons.size()));
    m_buttons += button;
    auto *column = static_cast<QVBoxLayout *>(layout());
    column->insertWidget(column->count() - 1, button);
}

void Rail::setCurrent(int index)
{
    if (QAbstractButton *button = m_group->button(index))
        button->setChecked(true);
}

int Rail::current() const
{
    return m_group->checkedId();
}

void Rail::setNarrow(bool isNarrow)
{
    if (m_isNarrow == isNarrow)
        return;
    m_isNarrow = isNarrow;
    setFixedWidth(isNarrow ? space::kRailNarrow : space::kRail);
    for (RailButton *button : m_buttons)
        button->setNarrow(isNarrow);
}

} // namespace sb::kit
