// The dispatcher itself; see dispatcher.h. Linux only.
#pragma once

#include "loop/timer_heap.h"

#include <QAbstractEventDispatcher>
#include <QHash>
#include <QSocketNotifier>

#include <array>
#include <atomic>

namespace sb::loop {

// Lives on the thread whose events it dispatches; only wakeUp() and interrupt() come from others.
//
// Interest in descriptors is kept here and told to the kernel once per round; only a descriptor
// that loses its last notifier is taken out at once, because it may be closed, and its number used
// again, before the round ends. [QAbstractEventDispatcher of Qt 6.4; epoll(7)]
class EpollDispatcher final : public QAbstractEventDispatcher {
public:
    EpollDispatcher();
    ~EpollDispatcher() override;
    bool isUsable() const { return m_epoll >= 0 && m_wakeDescriptor >= 0; }

    bool processEvents(QEventLoop::ProcessEventsFlags flags) override;
    void registerSocketNotifier(QSocketNotifier *notifier) override;
    void unregisterSocketNotifier(QSocketNotifier *notifier) override;
    void registerTimer(int timerId, qint64 interval, Qt::TimerType type, QObject *object) override;
    bool unregisterTimer(int timerId) override;
    bool unregisterTimers(QObject *object) override;
    QList<TimerInfo> registeredTimers(QObject *object) const override;
    int remainingTime(int timerId) override;
    void wakeUp() override;
    void interrupt() override;

private:
    struct Descriptor {
        std::array<QSocketNotifier *, 3> notifiers{}; // by QSocketNotifier::Type
        quint32 told = 0; // what the kernel knows
        bool isDirty = false;
        bool isPlainFile = false; // epoll refuses those; they are always ready
    };
    struct QtTimer {
        int id = 0;
        qint64 interval = 0; // ms
        Qt::TimerType type = Qt::CoarseTimer;
        QObject *object = nullptr;
        bool isActive = false; // its event is being handled
    };

    static quint32 wanted(const Descriptor &descriptor);
    void tellKernel();
    int waitTime(QEventLoop::ProcessEventsFlags flags, bool canWait) const;
    bool wait(int milliseconds, bool withSockets);
    void takeReadiness(int number, quint32 events);
    void drainWakeUps();
    int activateNotifiers();
    int activateTimers();

    int m_epoll;
    int m_wakeDescriptor;
    std::vector<Descriptor> m_descriptors; // by number
    std::vector<int> m_dirty;
    std::vector<int> m_plainFiles;
    std::vector<QSocketNotifier *> m_pending; // ready, in order; null where unregistered meanwhile
    size_t m_nextPending = 0;
    TimerHeap<QtTimer> m_timers;
    QHash<int, TimerHeap<QtTimer>::Handle> m_timerHandles; // by Qt's id
    std::atomic<Qt::HANDLE> m_thread{nullptr}; // of the last processEvents()
    std::atomic<bool> m_isInterrupted{false};
    std::atomic<bool> m_isSignalled{false}; // the eventfd has been written and not yet read
    bool m_isAwake = false; // woken by our own thread: do not block
};

} // namespace sb::loop
