// Google Gemini generateContent, at AI Studio and Vertex. [dialects §5]
#pragma once

#include "dialect/dialect.h"
#include "json/scan.h"

namespace sb::dialect::gemini {

// The model and whether it streams stand in the path, not in the body: see PathMatch.
Result<RequestFacts> readRequest(Endpoint endpoint, const QByteArray &body);
ReplyFacts readReply(Endpoint endpoint, QByteArrayView body);
// Event streams and streamed arrays alike; the first byte tells.
std::unique_ptr<StreamReader> makeStreamReader(const StreamOptions &options);
QByteArray streamError(const ClientError &error);

// The counters as the wire has them. A later object overwrites what it names and leaves the rest:
// values are totals so far, and early events hold only some of them. [dialects §5.5, cost §4]
struct Counters {
    qint64 prompt = 0; // cached ones included
    qint64 toolPrompt = 0; // on top of it
    qint64 cached = 0;
    qint64 candidates = 0;
    qint64 thoughts = 0; // on top of them
    qint64 total = -1;
    qint64 audioIn = 0;
    qint64 audioCached = 0;
    qint64 audioOut = 0;
    bool hasAny = false;

    void read(json::Node usage);
    Usage usage() const;
};

// None for an absent, empty or unspecified reason.
Finish readFinishReason(json::Node reason);
// The prompt was refused: there are no candidates.
bool isBlocked(json::Node promptFeedback);

// What the parts of one response say, without reading their text.
struct PartFacts {
    bool hasContent = false;
    bool hasCalls = false;
    qint64 characters = 0;

    void read(json::Node content);
};

// A response of one candidate: finish and content. Shared by stream and reply.
struct AnswerFacts {
    PartFacts parts;
    Finish finish = Finish::None;

    void read(json::Node root, Counters &counters, QByteArray &model);
    Finish settled() const; // calls end with STOP too
};

} // namespace sb::dialect::gemini
