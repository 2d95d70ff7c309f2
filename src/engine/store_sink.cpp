#include "engine/store_sink.h"

namespace sb::engine {

bool StoreSink::sent(const Exchange &exchange, int index)
{
    // Under a cap the answer is needed at once; else it goes with the others of this turn, in one
    // write before the first of them leaves.
    const bool isHeld = exchange.attempts[index].reserved.nano != 0;
    const bool isWritten
        = m_journal->sent(exchange.id, exchange, index,
                          isHeld ? store::Journal::When::Now : store::Journal::When::Soon);
    m_failures += isWritten ? 0 : 1;
    return isWritten;
}

bool StoreSink::settled(const Exchange &exchange)
{
    const bool isWritten = m_journal->settled(exchange, store::Journal::When::Soon);
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
