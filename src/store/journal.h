// The journal: what a killed process must not forget, appended by the engine thread with write().
//
// `sent` goes in before an attempt leaves, `settled` before the last byte reaches the client. No
// fsync: a killed process loses nothing, a power cut may lose the last moments. Segments rotate and
// are deleted once the writer has committed what they hold. [robustness §9; performance §7]
#pragma once

#include "base/result.h"
#include "record/exchange.h"

#include <QString>

#include <memory>

namespace sb::store {

// One settled exchange in the journal's own compact form; also what replay gives back.
QByteArray encodeExchange(const Exchange &exchange);
Result<Exchange> decodeExchange(QByteArrayView bytes);

class Journal {
public:
    virtual ~Journal() = default;
    // Starts a new segment in `folder`; Store::open() has replayed the old ones by then. Errors:
    // "journal".
    static Result<std::unique_ptr<Journal>> open(const QString &folder);

    // Soon: with whatever else is written at the next flush(). Whoever says so calls flush() before
    // any byte leaves that the record must precede.
    enum class When : quint8 { Now, Soon };

    // Engine thread; 1 µs each. `attempt` is the ordinal of the attempt about to leave; the
    // exchange holds it already, with its estimate in `uncertain`. False when the disk refused it
    // (the caller carries on and says so).
    virtual bool sent(const ExchangeId &id, const Exchange &exchange, int attempt,
                      When when = When::Now)
        = 0;
    virtual bool settled(const Exchange &exchange, When when = When::Now) = 0;
    // Writes what waits, in one call; how many records the disk refused.
    virtual int flush() = 0;
    // One other thread (the store's writer): what was settled before and with this exchange is
    // committed; segments that hold nothing else may go.
    virtual void committed(const ExchangeId &upTo) = 0;
};

struct Replay {
    QList<Exchange> settled; // in order, possibly already in the store
    QList<Exchange> open; // sent but never settled: their last known state
    qint64 damagedBytes = 0; // a torn tail is normal after a kill
};
Replay replayJournal(const QString &folder);

} // namespace sb::store
