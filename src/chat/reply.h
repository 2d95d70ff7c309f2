// A whole answer, and the ways it can fail, in words no dialect owns. Plain values.
#pragma once

#include "base/clock.h"
#include "chat/part.h"
#include "record/usage.h"

namespace sb::chat {

// Why the model stopped. [translation §12]
enum class Finish : quint8 {
    None, // it has not, or nobody said
    Stop,
    StopSequence,
    ToolCalls,
    Length,
    ContextFull,
    ContentFilter,
    Refusal,
    Pause,
    MalformedCall,
    Error,
};

// What a provider reported instead of an answer, or that it broke off.
struct Fault {
    AttemptOutcome outcome = AttemptOutcome::ServerError; // by status, type, code and text
    int status = 0; // HTTP, or the one the words mean when it came inside a 200
    QByteArray message; // the provider's own words, valid UTF-8
    QByteArray type;
    QByteArray code;
    QByteArray param; // the member of the request it names
    Millis hint{-1}; // retry after; negative = none
    QByteArray raw; // the body or event; may be empty
};

struct Reply {
    QByteArray body; // what everything below may refer to; empty when it owns its bytes
    QByteArray id;
    QByteArray model;
    qint64 createdSeconds = 0; // since 1970; 0 = not said
    std::vector<Part> parts; // of the assistant's turn
    Finish finish = Finish::None;
    QByteArray nativeFinish; // the provider's own word
    QByteArray stopSequence; // the one that matched, where known
    QByteArray logprobsRaw; // Chat's choice.logprobs, whole
    Usage usage;
    QByteArray costRaw; // OpenRouter: usage.cost, a JSON number
    std::optional<Fault> fault; // then it is no answer, and what stands above is a part of one
};

} // namespace sb::chat
