// One object of an answer: a line of a stream, or all of an answer that came whole. Both are read
// by the same hands. [dialects §6.1, 6.2; pitfall 91]
#pragma once

#include "chat/emitter.h"
#include "translate/translator.h"
#include "json/scan.h"

namespace sb::translate::ollama {

// One per answer.
class LineReader {
public:
    LineReader(chat::Emitter &emitter, const DecodeOptions &options)
        : m_emitter(emitter)
        , m_options(options)
    {
    }

    // What it says goes to the emitter, which is ended by `done` and by an error.
    void read(json::Node root);
    // A stream whose first line was no JSON object, or one that is over its limit.
    void fail(QByteArrayView why);

private:
    void readMessage(json::Node message);
    void readCalls(json::Node calls);
    void readCall(json::Node call);
    void readDone(json::Node root);

    chat::Emitter &m_emitter;
    const DecodeOptions &m_options;
    QByteArray m_madeFrom; // what ids of calls are made from
    int m_calls = 0;
};

} // namespace sb::translate::ollama
