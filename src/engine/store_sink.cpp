#include "engine/store_sink.h"

namespace sb::engine {

bool StoreSink::sent(const Exchange &exchange, int index)
{
    const bool isWritten = m_journal->sent(exchange.id, exchange, index);
    m_failures += isWritten ? 0 : 1;
    return isWritten;
}

bool StoreSink::settled(const Exchange &exchange)
{
    const bool isWritten = m_journal->settled(exchange);
    m_failures += isWritten ? 0 : 1;
    return isWritten;
}

void StoreSink::record(std::shared_ptr<const Exchange> exchange)
{
    m_store.record(std::move(exchange));
}

void StoreSink::event(const EventView &event)
{
    m_store.append(event);
}

} // namespace sb::engine
