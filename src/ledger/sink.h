// Where the record goes: the journal before the wire, the store afterwards. The disk as a seam.
#pragma once

#include "record/frame.h"

#include <memory>

namespace sb::ledger {

// Used on the engine thread; no call blocks on a commit.
class Sink {
public:
    virtual ~Sink() = default;
    // Before attempt `index` goes out. False: the disk refused; the caller carries on.
    virtual bool sent(const Exchange &exchange, int index) = 0;
    // Before the terminal event or last byte reaches the client.
    virtual bool settled(const Exchange &exchange) = 0;
    // The frozen exchange, for the history and the rollups.
    virtual void record(std::shared_ptr<const Exchange> exchange) = 0;
    // Something that happened once, as it happens: a mark in the charts.
    virtual void event(const EventView &) { }
};

} // namespace sb::ledger
