#include "kit/veil.h"

#include "kit/tokens.h"

#include <QEvent>
#include <QPainter>

namespace sb::kit {

namespace {
constexpr double kCover = 0.5; // text below stays above 3:1
}

Veil::Veil(QWidget *covered)
    : QWidget(covered->parentWidget())
    , m_covered(covered)
{
    hide();
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setFocusPolicy(Qt::NoFocus);
    covered->installEventFilter(this);
}

bool Veil::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_covered && (event->type() == QEvent::Resize || event->type() == QEvent::Move))
        setGeometry(m_covered->geometry());
    return QWidget::eventFilter(watched, event);
}

void Veil::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    setGeometry(m_covered->geometry());
    raise();
}

void Veil::paintEvent(QPaintEvent *event)
{
    QColor ground = tokensFor(palette()).window;
    ground.setAlphaF(kCover);
    QPainter(this).fillRect(event->rect(), ground);
}

} // namespace sb::kit
