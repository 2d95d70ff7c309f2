// How a command waits for what answers over the session bus.
#pragma once

#include <QEventLoop>
#include <QFuture>
#include <QFutureWatcher>

namespace sb::cli {

// Runs the loop until the future has ended: the keychain answers over the session bus.
template <typename T> T waitFor(QFuture<T> future)
{
    QEventLoop loop;
    QFutureWatcher<T> watcher;
    QObject::connect(&watcher, &QFutureWatcher<T>::finished, &loop, &QEventLoop::quit);
    watcher.setFuture(future);
    if (!future.isFinished())
        loop.exec();
    return future.result();
}

} // namespace sb::cli
