// One client request and everything the gateway decided and tried for it: one value, live and
// stored.
//
// Source of truth for the engine, the store, the HTTP API and the window. Plain values: ids, enums,
// numbers and times; words and colours are chosen in ui/words, prompt and reply text is never here.
// Times inside an exchange are offsets from `acceptedAt` on the monotonic clock; only `wallMs` is
// wall time. A negative offset means "did not happen".
#pragma once

#include "base/clock.h"
#include "base/exchange_id.h"
#include "base/id.h"
#include "base/money.h"
#include "record/code.h"
#include "record/usage.h"

#include <QByteArray>
#include <QList>
#include <QString>

#include <optional>

namespace sb {

using Micros = std::chrono::microseconds;
constexpr Micros kNever{-1};

enum class DialectId : quint8 { OpenAiChat, Anthropic, OpenAiResponses, Gemini, Ollama };
constexpr int kDialectCount = 5;
inline size_t qHash(DialectId dialect, size_t seed = 0)
{
    return ::qHash(int(dialect), seed);
}

// What the client called. Stored as numbers: new ones come last.
enum class Endpoint : quint8 {
    Generate,
    CountTokens,
    Models,
    Embeddings,
    Other,
    Completions, // legacy prompts, and code with a hole in it
    Stored, // an item the provider keeps: Responses by id, their items, cancel, delete
    Show, // Ollama: about one model
    Running, // Ollama: models that are loaded
    Version, // Ollama
    Images,
    Audio,
    Rerank,
    Moderations,
    Files, // and uploads in parts
    Batches,
    Compaction, // Responses: a conversation made shorter
};

// About what one provider keeps: it goes there or nowhere.
constexpr bool isKept(Endpoint endpoint)
{
    return endpoint == Endpoint::Stored || endpoint == Endpoint::Files
        || endpoint == Endpoint::Batches;
}

// How dangerous a blind repeat is. [robustness §2]
enum class RequestKind : quint8 { Pure, Plain, Stateful };

enum class Phase : quint8 { Accepted, Attempting, Streaming, Settled };

// How much of an exchange is kept: x-signalbox-log within the client's policy.
enum class LogPolicy : quint8 { Off, Metadata, Full };

// Provider + model + key; an entry of a chain.
struct TargetRef {
    ProviderId provider;
    QString model;
    KeyId key;

    friend bool operator==(const TargetRef &, const TargetRef &) = default;
};

struct Ask {
    DialectId dialect = DialectId::OpenAiChat;
    Endpoint endpoint = Endpoint::Generate;
    RequestKind kind = RequestKind::Plain;
    QString model; // as the client wrote it
    QList<QString> models; // a chain in the body: OpenAI `models`, Anthropic `fallbacks`
    bool isStream = false;
    bool hasTools = false;
    bool hasImages = false;
    bool hasSchema = false; // the answer is to follow a JSON Schema
    bool isNoFailover = false;
    qint64 bodyBytes = 0;
    qint64 promptTokens = 0; // our estimate, characters / 3
    qint64 maxTokens = 0; // asked output bound, 0 = none given
    QString session;
    QList<QString> tags; // "name=value"
    LogPolicy log = LogPolicy::Metadata;
};

// How the model name became a list of targets.
enum class RouteSource : quint8 {
    None,
    Chain,
    Header,
    Alias,
    ProviderModel,
    BareModel,
    Body,
    DefaultChain
};

// Why a target of the chain was not called. NotNeeded: an earlier one answered.
enum class SkipReason : quint8 {
    None,
    NotNeeded,
    Tripped,
    ProbeInFlight,
    NeedsTranslation,
    Off,
    NoKey,
    NoTools,
    NoImages,
    ContextTooSmall,
    NotAllowed,
    NoFailoverAsked,
    AttemptCap,
    UnknownRepeatCap, // another try could be billed twice
    StatefulRequest, // the ids live with the first provider
    DeadlinePassed,
    MarkedDown, // only in `explain --down`
    ClientMistake, // the request itself was refused; another target would refuse it too
    AlreadyCommitted, // content went to the client
    Held, // the user holds the chain on another target
    OverBudget, // a cap leaves no room for what it may cost
    NoPrice, // a cap holds, and what it may cost is not known
    NoSchema, // it cannot hold an answer to a schema
    NotTranslatable, // part of the request cannot be said in its dialect
};

enum class CandidateFate : quint8 { Waiting, Tried, Skipped };

struct Candidate {
    TargetRef target;
    int rank = 0; // 1 = first of the chain
    CandidateFate fate = CandidateFate::Waiting;
    SkipReason reason = SkipReason::None;
    qint64 untilWallMs = 0; // Tripped: when it is tried again
    // What it would be spoken to in; another one than the client's means a translation.
    DialectId dialect = DialectId::OpenAiChat;
    QString detail; // NotTranslatable: which member of the request, and why; up to 400 characters
};

struct Decision {
    RouteSource source = RouteSource::None;
    ChainId chain; // empty for provider/model and body chains
    QList<Candidate> candidates;
};

// How far an attempt got; whether another try is safe depends on this. [robustness §2]
enum class Stage : quint8 { Unsent, Refused, Unknown, Begun, Given };

// The rows of the failure table. [robustness §3]
enum class AttemptOutcome : quint8 {
    Running,
    Served,
    DnsFailed, // 1
    ConnectFailed, // 2
    ConnectTimeout, // 2
    ProxyFailed, // 2, at the proxy
    TlsWrongName,
    TlsExpired,
    TlsNotYetValid,
    TlsSelfSigned,
    TlsUnknownCa,
    TlsFailed, // 3
    ResetBeforeHead, // 4
    ResetOnReuse, // 5
    HeadTimeout, // 6
    KeyRejected, // 7
    QuotaExhausted, // 8
    RateLimited, // 9, 10
    Overloaded, // 11
    ServerError, // 12
    Conflict, // 13: 408, 409, 425
    ModelNotFound, // 14
    BadRequest, // 15
    LacksFeature, // 15 with a text that names a missing feature
    ContextTooLong, // 16
    Filtered, // 17
    EmptyCompletion, // 19
    BadReply, // 20
    BodyShort, // 21
    StreamCut, // 22
    FirstContentTimeout, // 23
    Stalled, // 24
    ErrorInStream, // 25
    BrokenEvent, // 26
    Redirected, // 30
    ReplyTooLarge, // 31
    ClientLeft, // 32
    DeadlinePassed, // 34
    Stopped, // 35
    Interrupted, // found open in the journal after a crash
    MovedOn, // the user gave up waiting for it
};

// What the engine did after the attempt.
enum class Move : quint8 { None, Deliver, Retry, NextKey, NextTarget, GiveUp };

enum class CostSource : quint8 {
    None, // nothing was sent, nothing is owed
    Computed, // reported usage × our price
    Estimated, // estimated usage × our price
    ProviderReported, // the provider's own figure
    Unpriced, // usage without a price: never shown as $0
    Free, // local or simulated
};

struct Attempt {
    int ordinal = 0; // 1, 2, … in the order tried
    int rank = 0; // of the candidate
    TargetRef target;
    DialectId dialect = DialectId::OpenAiChat; // that the provider was spoken to in
    Stage stage = Stage::Unsent;
    AttemptOutcome outcome = AttemptOutcome::Running;
    Move next = Move::None;
    SkipReason notRepeated
        = SkipReason::None; // why there was no further try, where one was possible
    int status = 0; // the provider's HTTP status, 0 = none came
    QString message; // the provider's words, trimmed to 400 characters; theirs, not ours
    Millis hint{-1}; // its retry hint
    bool isProbe = false; // the one request a tripped gate let through
    bool isReused = false; // on a pooled connection
    bool isResumed = false; // TLS session resumed
    bool isCommitted = false; // content went to the client
    bool isBadToolJson = false; // row 27
    bool isInjected = false; // a drill's fault, not the provider's: no part of its health
    Usage usage;
    Money cost;
    Money uncertain; // may have been billed though nothing was said: outcome unknown
    CostSource costSource = CostSource::None;
    Money reserved; // held under the caps before it was sent; zero without one
    QString servedModel; // the model the reply names
    Micros startedAt = kNever;
    Micros connectedAt = kNever;
    Micros sentAt = kNever; // whole head and body handed to the kernel
    Micros headAt = kNever;
    Micros firstContentAt = kNever;
    Micros endedAt = kNever;
    qint64 replyBytes = 0;
};

struct Settlement {
    Money cost; // over all attempts
    Money uncertain;
    CostSource source = CostSource::None; // the weakest of the attempts
    Usage usage; // of the attempt that served
    QByteArray priceDate; // of the price book used, "2026-11-22"
    bool isDrill = false; // simulated providers: never in money totals unless asked
};

enum class OutcomeKind : quint8 {
    Running,
    Served,
    Refused, // by us, before any attempt
    Failed, // every try failed, nothing given to the client
    Cut, // failed after content; the client was told in band
    ClientLeft,
    Stopped,
};

struct Outcome {
    OutcomeKind kind = OutcomeKind::Running;
    Code code = Code::None;
    int status = 0; // what the client got; 499 in the record when it left first
    int servedBy = -1; // index in attempts
    bool isFailover = false; // an attempt failed and another target answered
    bool isDiverted = false; // an earlier target was skipped untried
};

// Who opened the connection, for a client on this machine: read once per connection where the
// system tells. Empty fields: not known, or switched off.
struct Caller {
    qint64 pid = 0;
    QString program; // "claude", the file name of what runs
    QString folder; // its working folder when it connected

    friend bool operator==(const Caller &, const Caller &) = default;
};

struct Exchange {
    ExchangeId id;
    Phase phase = Phase::Accepted;
    quint32 revision = 0; // of the configuration it ran under
    ClientId client;
    Caller caller;
    ExchangeId replayOf; // null unless the user sent that one again
    Ask ask;
    Decision decision;
    QList<Attempt> attempts;
    Settlement settlement;
    Outcome outcome;
    qint64 wallMs = 0; // accepted, UTC
    Nanos acceptedAt{0}; // monotonic; meaningless after a restart
    Micros decidedAt = kNever;
    Micros committedAt = kNever; // status and headers out
    Micros firstContentAt = kNever;
    Micros endedAt = kNever;
    Micros overhead{0}; // our own processing until the headers went out
    qint64 replyBytes = 0;

    const Attempt *server() const
    {
        return outcome.servedBy >= 0 && outcome.servedBy < attempts.size()
            ? &attempts[outcome.servedBy]
            : nullptr;
    }
};

} // namespace sb
