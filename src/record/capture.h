// What passed for one exchange while bodies were recorded: bytes as they were on the wire, kept
// apart from the exchange, off until asked for.
//
// Plain values. Keys, cookies and every secret that is known are masked with '*' of the same length
// before anything is stored, so sizes and places stay true. Times are offsets from the exchange's
// `acceptedAt`, as everywhere in it.
#pragma once

#include "record/changes.h"
#include "record/exchange.h"

#include <memory>

namespace sb {

constexpr qsizetype kMostCapturedBody = 256 * 1024; // of each body
constexpr qsizetype kMostCapturedHead = 16 * 1024;
constexpr qsizetype kMostCapturedEvents = 4'096; // of each body

struct CapturedBody {
    QByteArray bytes; // from the beginning, at most kMostCapturedBody
    qint64 size = 0; // of the whole, as far as it passed

    bool isTruncated() const { return bytes.size() < size; } // over the size limit

    friend bool operator==(const CapturedBody &, const CapturedBody &) = default;
};

// One event of a stream: where it stands in the body's bytes, and when it had passed whole. What
// came as the last piece of a stream that was cut stands as an event of its own.
struct CapturedEvent {
    Micros at = kNever;
    qint64 from = 0;
    qint64 size = 0; // its line ends included

    friend bool operator==(const CapturedEvent &, const CapturedEvent &) = default;
};

struct CapturedMessage {
    // Start line and fields, each ended by CRLF, without the empty line. Empty: none came.
    QByteArray head;
    CapturedBody body;
    QList<CapturedEvent> events; // of streams only

    friend bool operator==(const CapturedMessage &, const CapturedMessage &) = default;
};

struct CapturedAttempt {
    int ordinal = 0; // of the attempt in the exchange
    CapturedMessage request; // as sent on
    CapturedMessage answer; // as the provider gave it

    friend bool operator==(const CapturedAttempt &, const CapturedAttempt &) = default;
};

struct CapturedExchange {
    ExchangeId id;
    CapturedMessage request; // as the client sent it
    QList<CapturedAttempt> attempts; // in the order tried
    CapturedMessage reply; // what the client got
    QList<AttemptChanges> changes; // of translated attempts

    friend bool operator==(const CapturedExchange &, const CapturedExchange &) = default;
};

// Kept: `exchange` is there. NotRecorded: recording was off for it. GivenUp: more was going on than
// could be kept. Trimmed: it made room for newer ones, or the person deleted it.
enum class CaptureState : quint8 { NotRecorded, Kept, GivenUp, Trimmed };

struct Capture {
    CaptureState state = CaptureState::NotRecorded;
    qint64 trimmedWallMs = 0; // Trimmed: when
    std::shared_ptr<const CapturedExchange> exchange; // Kept
};

} // namespace sb
