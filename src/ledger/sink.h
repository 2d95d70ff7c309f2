// Where the record goes: the journal before the wire, the store afterwards. The disk as a seam.
#pragma once

#include "record/frame.h"

#include <memory>

namespace sb {
struct CaptureDraft;
}

namespace sb::ledger {

// Used on the engine thread; no call blocks on a commit.
class Sink {
public:
    virtual ~Sink() = default;
    // Before attempt `index` goes out. False: the disk refused; the caller carries on. What these
    // two are told is on disk before the next byte leaves this process; under a hold `sent` is so
    // when it returns.
    virtual bool sent(const Exchange &exchange, int index) = 0;
    // Before the terminal event or last byte reaches the client.
    virtual bool settled(const Exchange &exchange) = 0;
    // Now, also when nothing leaves.
    virtual void flush() { }
    // The frozen exchange, for the history and the rollups.
    virtual void record(std::shared_ptr<const Exchange> exchange) = 0;
    // What was recorded of its bodies, after record(). False: given up.
    virtual bool capture(CaptureDraft &&) { return false; }
    virtual quint64 capturesLost() const { return 0; } // that were taken and could not be kept
    // Something that happened once, as it happens: a mark in the charts.
    virtual void event(const EventView &) { }
};

} // namespace sb::ledger
