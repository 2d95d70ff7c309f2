// An event dispatcher for Qt on epoll: the cost of a wake-up does not grow with the number of open
// descriptors, as it does with Qt's poll and glib ones. [performance §0.1, §3b, §12.2]
#pragma once

#include <memory>

class QAbstractEventDispatcher;
class QThread;

namespace sb::loop {

// Null where there is no epoll; Qt then makes its own.
std::unique_ptr<QAbstractEventDispatcher> createDispatcher();

// Before the thread starts; it owns the dispatcher. Does nothing where there is no epoll.
void installDispatcher(QThread &thread);

} // namespace sb::loop
