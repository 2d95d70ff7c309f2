// Reads GenerateContentResponse objects, one or a stream of them, as events.
#pragma once

#include "chat/emitter.h"
#include "dialect/gemini.h"
#include "translate/gemini/partial_call.h"
#include "translate/translator.h"

#include <optional>

namespace sb::translate::gemini {

// One answer's; the caller sets the sink of `emitter()` and ends it.
class AnswerReader {
public:
    explicit AnswerReader(const DecodeOptions &options)
        : m_options(options)
    {
    }

    chat::Emitter &emitter() { return m_emitter; }
    // An error in it ends the answer.
    void read(json::Node root);
    // Calls that were still being built are whole when a finish reason came. [pitfall 99]
    void finish();

private:
    void readCandidate(json::Node candidate);
    void readPart(json::Node part);
    void readText(json::Node text, QByteArrayView signature, bool isThought);
    void readCall(json::Node call, QByteArrayView signature);
    void openCall(json::Node name, json::Node id, QByteArrayView signature);
    void closeBuilt();
    void wholeCall(QByteArrayView arguments);
    void readMedia(json::Node data, json::Node file);
    void readLogprobs(json::Node result);
    void fail(json::Node root);

    DecodeOptions m_options;
    chat::Emitter m_emitter;
    dialect::gemini::Counters m_counters;
    QByteArray m_id; // of the answer; made from what it says where it has none
    std::optional<PartialCall> m_built;
    int m_call = -1; // the open part
    int m_calls = 0;
    bool m_isOutputTool = false; // of the open call
};

} // namespace sb::translate::gemini
