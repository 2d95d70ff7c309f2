#include "loop/epoll_dispatcher.h"

#include <QCoreApplication>
#include <QEvent>
#include <QThread>

#include <limits.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <errno.h>

namespace sb::loop {

namespace {
constexpr int kEventsPerRound = 256;

Nanos monotonicNow()
{
    timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return Nanos(qint64(ts.tv_sec) * 1'000'000'000 + ts.tv_nsec);
}

qint64 ceilMs(Nanos time)
{
    return std::chrono::ceil<std::chrono::milliseconds>(time).count();
}
} // namespace

EpollDispatcher::EpollDispatcher()
    : m_epoll(epoll_create1(EPOLL_CLOEXEC))
    , m_wakeDescriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
{
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = m_wakeDescriptor;
    if (isUsable())
        epoll_ctl(m_epoll, EPOLL_CTL_ADD, m_wakeDescriptor, &event);
}

EpollDispatcher::~EpollDispatcher()
{
    if (m_wakeDescriptor >= 0)
        close(m_wakeDescriptor);
    if (m_epoll >= 0)
        close(m_epoll);
}

// One round

bool EpollDispatcher::processEvents(QEventLoop::ProcessEventsFlags flags)
{
    m_thread.store(QThread::currentThreadId(), std::memory_order_relaxed);
    m_isInterrupted.store(false, std::memory_order_relaxed);
    m_isAwake = false;
    emit awake();
    QCoreApplication::sendPostedEvents();

    // A wake-up by another thread leaves the eventfd readable, so it needs no check here.
    const bool canWait = flags.testFlag(QEventLoop::WaitForMoreEvents) && !m_isAwake
        && !m_isInterrupted.load(std::memory_order_acquire);
    if (canWait)
        emit aboutToBlock();
    if (m_isInterrupted.load(std::memory_order_acquire))
        return false;

    const bool withSockets = !flags.testFlag(QEventLoop::ExcludeSocketNotifiers);
    const bool withTimers = !flags.testFlag(QEventLoop::X11ExcludeTimers);
    if (withSockets)
        tellKernel();
    // aboutToBlock() may have posted something.
    // A wake-up counts as an event: callers go on while there are some, and then send what is
    // posted.
    int handled = wait(waitTime(flags, canWait && !m_isAwake), withSockets) ? 1 : 0;
    if (withSockets)
        handled += activateNotifiers();
    if (withTimers)
        handled += activateTimers();
    return handled > 0 || m_isAwake;
}

int EpollDispatcher::waitTime(QEventLoop::ProcessEventsFlags flags, bool canWait) const
{
    if (!canWait)
        return 0;
    if (!flags.testFlag(QEventLoop::ExcludeSocketNotifiers) && !m_plainFiles.empty())
        return 0;
    if (flags.testFlag(QEventLoop::X11ExcludeTimers) || m_timers.isEmpty())
        return -1;
    const Nanos left = m_timers.nextDue() - monotonicNow();
    return int(std::clamp<qint64>(ceilMs(left), 0, INT_MAX));
}

// True when another thread woke us.
bool EpollDispatcher::wait(int milliseconds, bool withSockets)
{
    if (!withSockets) {
        pollfd wake{m_wakeDescriptor, POLLIN, 0};
        if (poll(&wake, 1, milliseconds) <= 0)
            return false;
        drainWakeUps();
        return true;
    }
    std::array<epoll_event, kEventsPerRound> events;
    const int count = epoll_wait(m_epoll, events.data(), kEventsPerRound, milliseconds);
    bool isWoken = false;
    for (int i = 0; i < count; ++i) {
        if (events[size_t(i)].data.fd == m_wakeDescriptor)
            isWoken = true;
        else
            takeReadiness(events[size_t(i)].data.fd, events[size_t(i)].events);
    }
    for (const int number : m_plainFiles)
        takeReadiness(number, EPOLLIN | EPOLLOUT);
    if (isWoken)
        drainWakeUps();
    return isWoken;
}

// Wake-ups

void EpollDispatcher::wakeUp()
{
    // Our own thread is not blocking now; it only must not begin to.
    if (QThread::currentThreadId() == m_thread.load(std::memory_order_relaxed)) {
        m_isAwake = true;
        return;
    }
    if (!m_isSignalled.exchange(true, std::memory_order_acq_rel)) {
        const quint64 one = 1;
        while (write(m_wakeDescriptor, &one, sizeof one) < 0 && errno == EINTR) { }
    }
}

void EpollDispatcher::interrupt()
{
    m_isInterrupted.store(true, std::memory_order_release);
    wakeUp();
}

// Read first, clear then: a wake-up between the two writes nothing, but what it announces was there
// before, and is seen before the next block.
void EpollDispatcher::drainWakeUps()
{
    quint64 count;
    while (read(m_wakeDescriptor, &count, sizeof count) < 0 && errno == EINTR) { }
    m_isSignalled.exchange(false, std::memory_order_acq_rel);
}

// Descriptors

quint32 EpollDispatcher::wanted(const Descriptor &descriptor)
{
    quint32 events = 0;
    if (descriptor.notifiers[QSocketNotifier::Read])
        events |= EPOLLIN;
    if (descriptor.notifiers[QSocketNotifier::Write])
        events |= EPOLLOUT;
    if (descriptor.notifiers[QSocketNotifier::Exception])
        events |= EPOLLPRI;
    return events;
}

void EpollDispatcher::registerSocketNotifier(QSocketNotifier *notifier)
{
    const int number = int(notifier->socket());
    if (number < 0)
        return;
    if (size_t(number) >= m_descriptors.size())
        m_descriptors.resize(size_t(number) + 1);
    Descriptor &descriptor = m_descriptors[size_t(number)];
    QSocketNotifier *&place = descriptor.notifiers[notifier->type()];
    if (place && place != notifier)
        qWarning("EpollDispatcher: a second notifier of one type for descriptor %d", number);
    place = notifier;
    if (!std::exchange(descriptor.isDirty, true))
        m_dirty.push_back(number);
}

void EpollDispatcher::unregisterSocketNotifier(QSocketNotifier *notifier)
{
    const size_t number = size_t(notifier->socket());
    if (number >= m_descriptors.size())
        return;
    if (m_nextPending < m_pending.size())
        std::replace(m_pending.begin(), m_pending.end(), notifier,
                     static_cast<QSocketNotifier *>(nullptr));
    Descriptor &descriptor = m_descriptors[number];
    QSocketNotifier *&place = descriptor.notifiers[notifier->type()];
    if (place != notifier)
        return;
    place = nullptr;
    if (wanted(descriptor) == 0) {
        if (descriptor.told != 0)
            epoll_ctl(m_epoll, EPOLL_CTL_DEL, int(number), nullptr);
        descriptor.told = 0;
        if (std::exchange(descriptor.isPlainFile, false))
            std::erase(m_plainFiles, int(number));
    } else if (!std::exchange(descriptor.isDirty, true)) {
        m_dirty.push_back(int(number));
    }
}

void EpollDispatcher::tellKernel()
{
    for (const int number : m_dirty) {
        Descriptor &descriptor = m_descriptors[size_t(number)];
        descriptor.isDirty = false;
        const quint32 events = wanted(descriptor);
        if (events == descriptor.told || events == 0 || descriptor.isPlainFile)
            continue;
        epoll_event event{};
        event.events = events;
        event.data.fd = number;
        const int operation = descriptor.told == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
        int result = epoll_ctl(m_epoll, operation, number, &event);
        // Somebody closed a watched descriptor and its number is another file's now.
        if (result != 0 && errno == ENOENT)
            result = epoll_ctl(m_epoll, EPOLL_CTL_ADD, number, &event);
        if (result == 0) {
            descriptor.told = events;
        } else if (errno == EPERM) {
            descriptor.isPlainFile = true;
            m_plainFiles.push_back(number);
        } else {
            qWarning("EpollDispatcher: descriptor %d cannot be watched: %s", number,
                     strerror(errno));
        }
    }
    m_dirty.clear();
}

void EpollDispatcher::takeReadiness(int number, quint32 events)
{
    constexpr quint32 kBroken = EPOLLHUP | EPOLLERR; // tells every notifier, as poll does
    constexpr std::array<std::pair<QSocketNotifier::Type, quint32>, 3> kTypes{
        std::pair{QSocketNotifier::Read, EPOLLIN | kBroken},
        std::pair{QSocketNotifier::Write, EPOLLOUT | kBroken},
        std::pair{QSocketNotifier::Exception, EPOLLPRI | kBroken}};
    if (size_t(number) >= m_descriptors.size())
        return;
    const bool isNested = m_nextPending < m_pending.size();
    for (const auto &[type, bits] : kTypes) {
        QSocketNotifier *const notifier = m_descriptors[size_t(number)].notifiers[type];
        if (!notifier || (events & bits) == 0)
            continue;
        // Inside a nested loop the outer round's ready ones still wait.
        if (isNested
            && std::find(m_pending.begin() + std::ptrdiff_t(m_nextPending), m_pending.end(),
                         notifier)
                != m_pending.end())
            continue;
        m_pending.push_back(notifier);
    }
}

int EpollDispatcher::activateNotifiers()
{
    int handled = 0;
    while (m_nextPending < m_pending.size()) {
        QSocketNotifier *const notifier = m_pending[m_nextPending++];
        if (!notifier)
            continue;
        QEvent event(QEvent::SockAct);
        QCoreApplication::sendEvent(notifier, &event);
        ++handled;
    }
    m_pending.clear();
    m_nextPending = 0;
    return handled;
}

// Timers

void EpollDispatcher::registerTimer(int timerId, qint64 interval, Qt::TimerType type,
                                    QObject *object)
{
    const Nanos due = monotonicNow() + std::chrono::milliseconds(std::max<qint64>(interval, 0));
    m_timerHandles.insert(timerId,
                          m_timers.push(due, QtTimer{timerId, interval, type, object, false}));
}

bool EpollDispatcher::unregisterTimer(int timerId)
{
    const auto it = m_timerHandles.constFind(timerId);
    if (it == m_timerHandles.constEnd())
        return false;
    m_timers.remove(*it);
    m_timerHandles.erase(it);
    return true;
}

bool EpollDispatcher::unregisterTimers(QObject *object)
{
    bool found = false;
    for (auto it = m_timerHandles.begin(); it != m_timerHandles.end();) {
        if (m_timers.find(*it)->object == object) {
            m_timers.remove(*it);
            it = m_timerHandles.erase(it);
            found = true;
        } else {
            ++it;
        }
    }
    return found;
}

QList<QAbstractEventDispatcher::TimerInfo> EpollDispatcher::registeredTimers(QObject *object) const
{
    QList<TimerInfo> found;
    for (const auto handle : m_timerHandles) {
        const QtTimer *const timer = m_timers.find(handle);
        if (timer->object == object)
            found.append(TimerInfo(timer->id, int(timer->interval), timer->type));
    }
    return found;
}

int EpollDispatcher::remainingTime(int timerId)
{
    const auto it = m_timerHandles.constFind(timerId);
    if (it == m_timerHandles.constEnd())
        return -1;
    const Nanos left = m_timers.dueOf(*it) - monotonicNow();
    return int(std::clamp<qint64>(ceilMs(left), 0, INT_MAX));
}

int EpollDispatcher::activateTimers()
{
    if (m_timers.isEmpty())
        return 0;
    const Nanos now = monotonicNow();
    const quint64 end = m_timers.nextOrder(); // each timer fires once a round, also one of 0 ms
    int handled = 0;
    while (!m_timers.isEmpty() && m_timers.nextDue() <= now && m_timers.topOrder() < end) {
        const auto handle = m_timers.top();
        QtTimer *timer = m_timers.find(handle);
        const Nanos step = std::chrono::milliseconds(std::max<qint64>(timer->interval, 0));
        Nanos next = m_timers.dueOf(handle) + step;
        if (next < now) // missed beats are not made up for
            next = now + step;
        m_timers.move(handle, next);
        // In a nested loop a timer does not come again inside its own event.
        if (timer->isActive)
            continue;
        timer->isActive = true;
        QTimerEvent event(timer->id);
        QCoreApplication::sendEvent(timer->object, &event);
        if ((timer = m_timers.find(handle)))
            timer->isActive = false;
        ++handled;
    }
    return handled;
}

} // namespace sb::loop
