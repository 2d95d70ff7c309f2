// Keeps the order of events that event.h promises, so that a decoder says only what it saw.
//
// Opens and closes parts on its own: text after reasoning closes the reasoning. Finish and usage
// are held until end(), so that usage may trail and a cut stream never shows a finish. One per
// stream; used by its decoder only.
#pragma once

#include "chat/arguments.h"
#include "chat/event.h"

#include <vector>

namespace sb::chat {

class Emitter {
public:
    // Who gets the events of the calls that follow. Lives until the next to() or the last call.
    void to(EventSink &sink) { m_sink = &sink; }

    // The first one counts; later ones are dropped. [pitfall 96]
    void start(QByteArrayView id, QByteArrayView model, qint64 createdSeconds);
    // Empty texts are dropped and open nothing.
    void text(TextView text) { speak(PartKind::Text, DeltaKind::Text, text); }
    void refusal(TextView text) { speak(PartKind::Refusal, DeltaKind::Text, text); }
    void reasoning(TextView text) { speak(PartKind::Reasoning, DeltaKind::Reasoning, text); }
    void summary(TextView text, bool isNew);
    // Goes to the open reasoning; opens an empty one where there is none.
    void artifact(ArtifactKind kind, QByteArrayView payload, QByteArrayView itemId = {});
    // The same on a given open part or, with part -1, on the last text or call (Gemini).
    void artifactOn(int part, ArtifactKind kind, QByteArrayView payload);
    void citation(QByteArrayView raw); // of the open text; opens one where there is none
    void logprobs(QByteArrayView raw);
    void closeSpoken(); // text, refusal or reasoning that is open

    struct Call {
        QByteArrayView id;
        QByteArrayView name;
        QByteArrayView itemId;
        QByteArrayView space;
        ToolKind kind = ToolKind::Function;
    };
    // Closes what is spoken; other calls stay open. Gives the number of the part.
    int openCall(const Call &call);
    void arguments(int part, TextView text);
    bool hasArguments(int part) const; // any but white space so far
    void closeCall(int part);

    void whole(const Part &part); // Media and Opaque: Open and Close

    void usage(const Usage &usage, QByteArrayView costRaw = {}); // a snapshot of everything
    // The first reason counts. [pitfall 92]
    void finish(Finish finish, QByteArrayView native, QByteArrayView stopSequence = {});
    void alive();
    // Gives Error and End{broken}. Nothing comes after it.
    void fail(const Fault &fault);
    // The stream is whole by its dialect's rule. Without a finish it is an error unless waived,
    // and then the finish is worked out.
    void end(bool isFinishWaived = false);
    // It broke off: StreamCut.
    void cut();

    bool isStarted() const { return m_isStarted; }
    bool isEnded() const { return m_isEnded; }
    bool hasFinish() const { return m_hasFinish; }
    bool hasContent() const { return !m_parts.empty(); }
    bool hasWholeCall() const;

private:
    struct Open {
        PartKind kind = PartKind::Text;
        ToolKind toolKind = ToolKind::Function;
        bool isOpen = true;
        ArgumentsTracker arguments;
    };

    void give(const Event &event);
    void speak(PartKind kind, DeltaKind delta, TextView text);
    int open(const Event &event);
    void close(int part);
    int ensureSpoken(PartKind kind);

    EventSink *m_sink = nullptr;
    std::vector<Open> m_parts;
    int m_spoken = -1; // the open text, refusal or reasoning
    bool m_isStarted = false;
    bool m_isEnded = false;
    bool m_hasFinish = false;
    bool m_hasUsage = false;
    Finish m_finish = Finish::None;
    QByteArray m_native;
    QByteArray m_stopSequence;
    Usage m_usage;
    QByteArray m_costRaw;
};

} // namespace sb::chat
