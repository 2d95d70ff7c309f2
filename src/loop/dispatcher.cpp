#include "loop/dispatcher.h"

#include <QThread>

#ifdef __linux__
#include "loop/epoll_dispatcher.h"
#else
#include <QAbstractEventDispatcher>
#endif

namespace sb::loop {

std::unique_ptr<QAbstractEventDispatcher> createDispatcher()
{
#ifdef __linux__
    auto dispatcher = std::make_unique<EpollDispatcher>();
    if (dispatcher->isUsable())
        return dispatcher;
#endif
    return nullptr;
}

void installDispatcher(QThread &thread)
{
    if (auto dispatcher = createDispatcher())
        thread.setEventDispatcher(dispatcher.release());
}

} // namespace sb::loop
