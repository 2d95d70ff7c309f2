// What an answer says, piece by piece: the same for a delta of a stream and a whole message, so
// that both forms mean the same. [translation §15, pitfall 91]
#pragma once

#include "chat/emitter.h"
#include "dialect/scratch.h"
#include "translate/translator.h"

#include <vector>

namespace sb::translate::openai_chat {

// Says to an Emitter what it reads. Owned by one decoder; its nodes are those of the scan at hand.
class AnswerReader {
public:
    AnswerReader(chat::Emitter &emitter, const DecodeOptions &options)
        : m_emitter(emitter)
        , m_options(options)
    {
    }

    // A chunk or a whole reply. False: it is an error, and the answer has failed.
    bool read(json::Node root);
    // Nothing more will come: `isFramed` where a missing terminal may be waived.
    void end();
    void fail(json::Node error);

    // The chunk read last held one text and nothing else that matters; else absent. For decoders
    // that know the next one by its bytes.
    json::Node onlyText() const { return m_isPlain ? m_onlyText : json::Node(); }
    bool isOnlyReasoning() const { return m_isOnlyReasoning; }
    void sayText(QByteArrayView inner) { m_emitter.text(chat::TextView::escaped(inner)); }
    void sayReasoning(QByteArrayView inner)
    {
        m_emitter.reasoning(chat::TextView::escaped(inner));
        m_isThinking = true;
    }

private:
    struct Call {
        bool hasIndex = false;
        qint64 index = 0;
        QByteArray id;
        QByteArray name;
        QByteArray signature; // Gemini's, at its compatible endpoint
        chat::Text held; // arguments that came before it could be opened
        chat::ArgumentsTracker arguments;
        chat::ToolKind kind = chat::ToolKind::Function;
        int part = -1; // -1: not opened yet
        bool isOutput = false; // stands for the answer's text
        bool isWrapper = false; // `parallel`: held until the end
        bool isClosed = false;
    };
    struct Delta {
        json::Node reasoning, reasoningContent, details, blocks, content, refusal, calls, function,
            images, annotations;
    };

    void readChoice(json::Node choice);
    void readDelta(json::Node delta);
    void readReasoning(const Delta &delta);
    void readContent(json::Node content);
    void readImages(json::Node images);
    void readUsageOf(json::Node usage);
    void finish(json::Node reason);

    void readCall(json::Node node);
    Call *findCall(json::Node node, const QByteArray &id, const QByteArray &name,
                   bool hasArguments);
    void addName(Call &call, const QByteArray &name, bool hasId);
    void addArguments(Call &call, chat::TextView text);
    void openCall(Call &call);
    void openWaiting();
    void unwrap(Call &wrapper);
    QByteArray ownId(const QByteArray &id) const;

    void think(chat::TextView text);
    void endThinking(); // before anything else is said
    void keepDetail(json::Node detail);
    void flushDetails();

    struct Detail {
        qint64 index = -1;
        QByteArray type;
        QByteArray id;
        QByteArray raw; // while it is in one piece
        QByteArray text, summary, data, signature, format; // inner
    };

    chat::Emitter &m_emitter;
    const DecodeOptions &m_options;
    std::vector<Call> m_calls;
    int m_current = -1; // the call the last delta belonged to
    std::vector<Detail> m_details;
    QByteArray m_id;
    qint64 m_choice = -1; // the one that is read
    Usage m_usage;
    bool m_isReasoningSaid = false; // by a field of its own
    bool m_isThinking = false;
    bool m_hasRefusal = false;
    bool m_isPlain = false;
    bool m_isOnlyReasoning = false;
    json::Node m_onlyText;
};

} // namespace sb::translate::openai_chat
