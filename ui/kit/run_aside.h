// Work on values that would make the window wait: done on a worker, the answer comes back.
#pragma once

#include <QCoreApplication>
#include <QPointer>
#include <QThreadPool>

#include <functional>
#include <memory>

namespace sb::kit {

// GUI thread. `job` may hold nothing but values and immutable things. `done` runs on the GUI thread
// and is dropped when `context` has gone by then.
template <typename T>
void runAside(QObject *context, std::function<T()> job, std::function<void(const T &)> done)
{
    QThreadPool::globalInstance()->start(
        [guard = QPointer<QObject>(context), job = std::move(job), done = std::move(done)] {
            const auto result = std::make_shared<const T>(job());
            QCoreApplication *application = QCoreApplication::instance();
            if (!application)
                return; // the program ends
            QMetaObject::invokeMethod(
                application,
                [guard, done, result] {
                    if (guard)
                        done(*result);
                },
                Qt::QueuedConnection);
        });
}

} // namespace sb::kit
