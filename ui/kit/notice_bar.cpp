#include "kit/notice_bar.h"

#include "kit/icons.h"

#include <QAccessible>
#include <QHBoxLayout>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>

namespace sb::kit {

NoticeBar::NoticeBar(QWidget *parent)
    : QWidget(parent)
    , m_lamp(new LampWidget(this))
    , m_text(new PlainLabel(this))
    , m_action(new QPushButton(this))
    , m_second(new QPushButton(this))
    , m_close(new QToolButton(this))
{
    m_text->setWordWrap(true);
    m_text->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    m_close->setIcon(icon(Glyph::Close));
    m_close->setAutoRaise(true);
    m_close->setFocusPolicy(Qt::TabFocus);
    m_close->setAccessibleName(tr("Hide this message"));
    setPlainToolTip(m_close, tr("Hide this message"));
    m_action->hide();
    m_second->hide();
    m_close->hide();
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(space::kGap, space::kGrid + 2, space::kInside, space::kGrid + 2);
    row->setSpacing(space::kInside);
    row->addWidget(m_lamp);
    row->addWidget(m_text, 1);
    row->addWidget(m_second);
    row->addWidget(m_action);
    row->addWidget(m_close);
    connect(m_action, &QPushButton::clicked, this, &NoticeBar::actionClicked);
    connect(m_second, &QPushButton::clicked, this, &NoticeBar::secondActionClicked);
    connect(m_close, &QToolButton::clicked, this, &NoticeBar::closed);
}

void NoticeBar::setMessage(Kind kind, const QString &text)
{
    if (m_kind == kind && m_text->text() == text)
        return;
    m_kind = kind;
    m_lamp->setLamp(kind == Kind::Danger        ? Lamp::Danger
                        : kind == Kind::Caution ? Lamp::Caution
                                                : Lamp::Probing);
    m_text->setText(text);
    setAccessibleName(text);
    QAccessibleEvent event(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&event);
    update();
}

QString NoticeBar::message() const
{
    return m_text->text();
}

void NoticeBar::setAction(const QString &verb)
{
    m_action->setText(verb);
    m_action->setVisible(!verb.isEmpty());
}

void NoticeBar::setSecondAction(const QString &verb)
{
    m_second->setText(verb);
    m_second->setVisible(!verb.isEmpty());
}

void NoticeBar::setClosable(bool isClosable)
{
    m_close->setVisible(isClosable);
}

void NoticeBar::setFloating(bool isFloating)
{
    m_isFloating = isFloating;
    update();
}

void NoticeBar::paintEvent(QPaintEvent *)
{
    const Tokens &t = tokensFor(palette());
    const QColor signal = m_kind == Kind::Danger ? t.danger.lamp
        : m_kind == Kind::Caution                ? t.caution.lamp
                                                 : t.probing.lamp;
    QPainter painter(this);
    painter.fillRect(rect(), mix(t.panel, signal, 0.06));
    painter.fillRect(QRect(0, 0, 3, height()), signal);
    if (m_isFloating) {
        painter.setPen(t.plateBorder);
        painter.drawRect(rect().adjusted(0, 0, -1, -1));
    }
}

} // namespace sb::kit
