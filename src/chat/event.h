// The events of a streamed answer, in words no dialect owns. [translation §15]
//
// What every producer keeps to (the Emitter sees to it) and every consumer may rely on:
// - Start comes first and once. Open and Close are balanced; a Delta belongs to an open part.
// - Parts are numbered from 0 in the order they open. At most one of text, refusal and reasoning is
//   open; calls may be open side by side.
// - Usage is a snapshot, the last one wins, and comes before Finish.
// - A whole answer ends with Finish, End{clean}; anything else with Error, End{broken}. A stream
//   that was cut never has a Finish.
// Views in an event are valid during the call that gives it: nothing is allocated for one.
#pragma once

#include "chat/reply.h"

namespace sb::chat {

enum class PartKind : quint8 { Text, Refusal, Reasoning, Call, Media, Opaque };

enum class DeltaKind : quint8 {
    Text, // also of a Refusal
    Reasoning,
    Summary, // of a reasoning part; isNewSummary begins the next paragraph of it
    Arguments,
    Artifact, // Event::artifact and text; a later one of the same kind replaces it
    Citation, // one raw citation of the source dialect
    Logprobs, // raw array of Chat's logprobs.content
    Media, // base64; pieces are appended
};

struct Event {
    enum class Kind : quint8 { Start, Open, Delta, Close, Usage, Finish, Error, Alive, End };

    Kind kind = Kind::Alive;
    PartKind partKind = PartKind::Text; // Open, Delta, Close
    DeltaKind deltaKind = DeltaKind::Text; // Delta
    ToolKind toolKind = ToolKind::Function; // Open of a call
    ArtifactKind artifact = ArtifactKind::AnthropicSignature; // Delta
    Finish finish = Finish::None; // Finish
    bool isClean = false; // End
    bool isNewSummary = false;
    bool isIncomplete = false; // Close of a call whose arguments were cut
    int part = -1; // Open, Delta, Close
    TextView text; // Delta; raw JSON (not escaped) for Citation and Logprobs

    QByteArrayView id; // Start: of the answer; Open: of the call
    QByteArrayView itemId; // Open of a call, and Artifact of OpenAI
    QByteArrayView name; // Start: the model; Open: of the tool; Finish: the provider's own word
    QByteArrayView space; // Open: namespace of the tool
    QByteArrayView stopSequence; // Finish
    qint64 createdSeconds = 0; // Start
    const Usage *usage = nullptr; // Usage
    QByteArrayView costRaw; // Usage
    const Fault *fault = nullptr; // Error
    const Part *whole = nullptr; // Open of Media and Opaque: all of it; no deltas need follow
};

class EventSink {
public:
    // Called inside feed(); the sink may not call back into who gives the event.
    virtual void event(const Event &event) = 0;

protected:
    ~EventSink() = default;
};

} // namespace sb::chat
