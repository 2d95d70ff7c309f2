// What tests of the translators share: recorded traffic, canonical answers written by hand, and the
// checks every stream decoder has to pass however its bytes are split or cut.
#pragma once

#include "chat/collector.h"
#include "chat/emitter.h"
#include "translate/translator.h"

#include <QByteArray>
#include <QList>
#include <QString>

#include <optional>

namespace sb::testing {

// ---- Recordings --------------------------------------------------------------------------------

// What an independent reader found in an answer. Lengths are in characters.
struct Expectation {
    struct Tool {
        QByteArray name;
        QByteArray arguments; // JSON
    };
    std::optional<QByteArray> text; // up to 400 characters; longer ones by the next two
    qint64 textChars = -1;
    QByteArray textSha1; // the first 16 hex digits
    qint64 reasoningChars = 0;
    QList<Tool> tools;
    QByteArray finish; // stop, length, tool_calls, filter, pause, error, malformed; may be empty
    bool hasUsage = false;
    qint64 input = 0, output = 0, cached = 0, cacheWrite = 0, reasoning = 0;
    bool isComplete = false;
    bool hasError = false;
};

struct Recording {
    QByteArray id;
    DialectId dialect = DialectId::OpenAiChat;
    QByteArray provider; // the file's name
    QByteArray model;
    QByteArray path;
    QByteArray request; // JSON; empty = none recorded
    int status = 200;
    QByteArray contentType;
    bool isStream = false;
    QByteArray body;
    QList<QByteArray> features;
    Expectation expect;
};

// All of a dialect, in a fixed order; empty where SIGNALBOX_CORPORA is not set (skip then).
QList<Recording> recordings(DialectId dialect);
bool hasCorpora();

// ---- Comparing ---------------------------------------------------------------------------------

// What must agree when an answer goes through any translation.
struct Essence {
    QByteArray text; // visible, refusals included
    QByteArray reasoning; // text and summaries
    struct Tool {
        QByteArray name;
        QByteArray arguments; // compact JSON, member order kept; free text as it is
        friend bool operator==(const Tool &, const Tool &) = default;
    };
    QList<Tool> tools;
    QByteArray finish; // the recordings' seven words; empty when it is no answer
    Usage usage;
    bool isFault = false;
    friend bool operator==(const Essence &, const Essence &) = default;
};
Essence essence(const chat::Reply &reply);
QByteArray finishClass(chat::Finish finish);

// Empty when they agree, else one line per difference.
QByteArray difference(const Essence &a, const Essence &b);
QByteArray difference(const Essence &answer, const Expectation &expect);

// ---- Running streams ---------------------------------------------------------------------------

// Writes every event as a line and checks the promises of chat/event.h on the way.
class EventLog final : public chat::EventSink {
public:
    void event(const chat::Event &event) override;

    // Deltas that follow one another on one part are joined: splits do not show.
    QByteArray text() const;
    QByteArray broken() const { return m_broken; } // the first broken promise; empty = none
    bool isEnded() const { return m_isEnded; }
    bool isClean() const { return m_isClean; }
    int finishes() const { return m_finishes; }
    int errors() const { return m_errors; }

private:
    void demand(bool is, const char *promise);

    QList<QByteArray> m_lines;
    QByteArray m_delta; // head of the delta line being joined
    QList<bool> m_isOpen;
    QByteArray m_broken;
    bool m_isStarted = false;
    bool m_isEnded = false;
    bool m_isClean = false;
    int m_finishes = 0;
    int m_errors = 0;
};

// The end of a chain of stream machines: keeps the promises' log and the answer.
class Hearing final : public chat::EventSink {
public:
    void event(const chat::Event &event) override;

    QByteArray broken() const { return m_log.broken(); }
    bool isClean() const { return m_log.isClean(); }
    chat::Reply take() { return m_collector.take(); }

private:
    EventLog m_log;
    chat::Collector m_collector;
};

// A text in pieces of one size.
void say(chat::Emitter &emitter, const QByteArray &text, qsizetype piece);

// Each returns an empty text when all is well, else what went wrong and where.

// Split in two at every byte (at every `step`th of long ones) and fed byte by byte: same events.
QByteArray splitEverywhere(const translate::Translator &translator, const QByteArray &stream,
                           const translate::DecodeOptions &options = {});
// Cut after every byte: exactly one end, and no finish unless the whole stream's terminal was seen.
// `wholeFrom`: from this offset on the stream counts as whole.
QByteArray cutEverywhere(const translate::Translator &translator, const QByteArray &stream,
                         qsizetype wholeFrom, const translate::DecodeOptions &options = {});
// Decoded, written for `to`, streamed and whole, decoded again by `to`: the essence is the same.
QByteArray roundTrip(const chat::Reply &reply, const translate::Translator &to,
                     const translate::EncodeOptions &options = {});

// ---- Fixtures ----------------------------------------------------------------------------------

struct NamedReply {
    const char *name;
    chat::Reply reply;
};
// Text; text with reasoning; one call; parallel calls; text, reasoning and calls; cut by length;
// refusal; filtered without content; odd characters.
QList<NamedReply> canonicalReplies();

} // namespace sb::testing
