// The ledger's seam to the disk: the journal before the wire, the store's ring behind it.
#pragma once

#include "ledger/sink.h"
#include "store/journal.h"
#include "store/store.h"

namespace sb::engine {

// Engine thread. Owns the journal; the store outlives it.
class StoreSink final : public ledger::Sink {
public:
    StoreSink(std::unique_ptr<store::Journal> journal, store::Store &store)
        : m_journal(std::move(journal))
        , m_store(store)
    {
    }

    bool sent(const Exchange &exchange, int index) override;
    bool settled(const Exchange &exchange) override;
    void record(std::shared_ptr<const Exchange> exchange) override;
    bool capture(CaptureDraft &&draft) override { return m_store.capture(std::move(draft)); }
    quint64 capturesLost() const override { return m_store.capturesLost(); }
    void event(const EventView &event) override;
    void flush() override { m_failures += quint64(m_journal->flush()); }
    store::Journal *journal() { return m_journal.get(); }
    quint64 failures() const { return m_failures; }

private:
    std::unique_ptr<store::Journal> m_journal;
    store::Store &m_store;
    quint64 m_failures = 0; // records that the disk refused
};

} // namespace sb::engine
