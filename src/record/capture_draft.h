// What was taken down of one exchange while it passed, before it is fit to be kept: made on the
// engine thread with as little work as possible, developed on the store's.
#pragma once

#include "base/secret_mask.h"
#include "record/capture.h"

#include <vector>

namespace sb {

// How a body is told apart into events.
enum class CaptureFraming : quint8 { None, EventStream, Lines, JsonArray };

struct DraftMessage {
    // Beyond what is kept of a body, so that a secret across its end is seen whole.
    static constexpr qsizetype kSlack = 4 * 1024;
    static constexpr qsizetype kMost = kMostCapturedBody + kSlack;

    // One read or write: how far the body had come, and when.
    struct Piece {
        Micros at = kNever;
        qint64 end = 0;
    };

    QByteArray head; // its secrets already blank
    QByteArray bytes;
    qint64 size = 0;
    CaptureFraming framing = CaptureFraming::None;
    std::vector<Piece> pieces; // only with a framing

    void add(QByteArrayView more, Micros at);
};

struct CaptureDraft {
    struct Attempt {
        int ordinal = 0;
        DraftMessage request;
        DraftMessage answer;
    };

    ExchangeId id;
    bool isGivenUp = false; // its bodies are not there
    DraftMessage request;
    std::vector<Attempt> attempts;
    DraftMessage reply;
    QList<AttemptChanges> changes;
    std::vector<Secret> secrets; // that this exchange carried, to be blanked wherever they stand

    qint64 bytes() const; // that it holds in memory
};

CaptureFraming framingOf(QByteArrayView contentType, bool isJsonArray);
// Secrets blanked (`known`: those of the process), bodies cut to their size, pieces made into
// events.
CapturedExchange developed(CaptureDraft &&draft, const SecretMask &known);

} // namespace sb
