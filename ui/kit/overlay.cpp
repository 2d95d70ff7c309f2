#include "kit/overlay.h"

#include "kit/plate.h"
#include "kit/tokens.h"

#include <QApplication>
#include <QKeyEvent>
#include <QMouseEvent>

namespace sb::kit {

namespace {
constexpr int kTop = 64; // below the status strip
}

Overlay::Overlay(const QSize &size, QWidget *host)
    : QFrame(host)
    , m_wanted(size)
    , m_host(host)
{
    hide();
    setFocusPolicy(Qt::NoFocus);
}

void Overlay::openOver(QWidget *first)
{
    if (!isVisible())
        m_before = QApplication::focusWidget();
    place();
    show();
    raise();
    first->setFocus(Qt::PopupFocusReason);
    qApp->installEventFilter(this);
}

void Overlay::close()
{
    if (!isVisible())
        return;
    qApp->removeEventFilter(this);
    hide();
    if (m_before)
        m_before->setFocus(Qt::OtherFocusReason);
    emit closed();
}

void Overlay::place()
{
    const int width = std::min(m_wanted.width(), m_host->width() - 2 * space::kMargin);
    const int height = std::min(m_wanted.height(), m_host->height() - kTop - space::kMargin);
    setGeometry((m_host->width() - width) / 2, kTop, width, height);
}

bool Overlay::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::MouseButtonPress) {
        const auto *widget = qobject_cast<QWidget *>(watched);
        if (widget && widget != this && !isAncestorOf(widget) && widget->window() == window())
            close();
    } else if (event->type() == QEvent::Resize && watched == m_host) {
        place();
    } else if (event->type() == QEvent::KeyPress
               && static_cast<QKeyEvent *>(event)->key() == Qt::Key_Escape) {
        const auto *widget = qobject_cast<QWidget *>(watched);
        if (widget && (widget == this || isAncestorOf(widget))) {
            close();
            return true;
        }
    }
    return QFrame::eventFilter(watched, event);
}

void Overlay::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape)
        close();
    event->accept(); // nothing below is pressed through it
}

void Overlay::paintEvent(QPaintEvent *)
{
    paintPlate(this, tokensFor(palette()).raised);
}

} // namespace sb::kit
