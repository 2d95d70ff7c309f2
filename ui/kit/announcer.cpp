#include "kit/announcer.h"

#include <QAccessible>
#include <QTimerEvent>

namespace sb::kit {

Announcer::Announcer(QWidget *parent)
    : QWidget(parent)
{
    setFixedSize(1, 1);
    setFocusPolicy(Qt::NoFocus);
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setAccessibleName(tr("Announcements"));
}

Announcer &Announcer::of(QWidget *widget)
{
    QWidget *window = widget->window();
    auto *known = window->findChild<Announcer *>(QString(), Qt::FindDirectChildrenOnly);
    if (known)
        return *known;
    auto *made = new Announcer(window);
    made->show();
    return *made;
}

void Announcer::announce(const QString &sentence)
{
    if (m_sinceLast.isValid() && m_sinceLast.elapsed() >= kBetweenMs)
        m_recent.clear();
    if (sentence.isEmpty() || m_waiting.contains(sentence) || m_recent.contains(sentence))
        return;
    m_waiting.append(sentence);
    while (m_waiting.size() > kMost)
        m_waiting.removeFirst();
    if (m_timer.isActive())
        return;
    const qint64 since = m_sinceLast.isValid() ? m_sinceLast.elapsed() : kBetweenMs;
    if (since >= kBetweenMs)
        speak();
    else
        m_timer.start(int(kBetweenMs - since), this);
}

void Announcer::timerEvent(QTimerEvent *event)
{
    if (event->timerId() != m_timer.timerId()) {
        QWidget::timerEvent(event);
        return;
    }
    m_timer.stop();
    speak();
}

void Announcer::speak()
{
    m_said = m_waiting.join(u' ');
    m_recent = m_waiting;
    m_waiting.clear();
    m_sinceLast.start();
    setAccessibleName(m_said);
    if (QAccessible::isActive()) {
        QAccessibleEvent event(this, QAccessible::Alert);
        QAccessible::updateAccessibility(&event);
    }
    emit announced(m_said);
}

} // namespace sb::kit
