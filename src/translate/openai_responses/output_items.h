// The output of a response, whole or in pieces, as events. Streams and whole replies are read by
// the same hands. [dialects §3.4, 3.5; translation §15]
#pragma once

#include "chat/emitter.h"
#include "translate/openai_responses/free_input.h"
#include "translate/translator.h"
#include "json/scan.h"

namespace sb::translate::openai_responses {

// Items are known by their `output_index`: ids change from event to event at some relays.
// [pitfall 95] One per answer.
class OutputReader {
public:
    OutputReader(chat::Emitter &emitter, const DecodeOptions &options)
        : m_emitter(emitter)
        , m_options(options)
    {
    }

    void added(qint64 index, json::Node item);
    // Final: what the deltas have not said is taken from here. [pitfall 6]
    void done(qint64 index, json::Node item);

    // Of the terminal: counts where the stream has not said it. Its list need not have the same
    // places as the stream had.
    void remaining(qint64 index, json::Node item);

    void text(qint64 index, json::Node delta);
    void refusal(qint64 index, json::Node delta);
    void summary(qint64 index, qint64 part, json::Node delta);
    void reasoning(qint64 index, json::Node delta);
    void arguments(qint64 index, json::Node delta);
    void annotation(qint64 index, json::Node annotation);
    void logprobs(json::Node list);
    // The `.done` of one of these; counts where no delta came.
    void wholeText(qint64 index, json::Node text);
    void wholeRefusal(qint64 index, json::Node text);
    void wholeSummary(qint64 index, qint64 part, json::Node text);
    void wholeReasoning(qint64 index, json::Node text);
    void wholeArguments(qint64 index, json::Node text);

    bool hasRefusal() const { return m_hasRefusal; }

private:
    struct Item {
        qint64 index = 0;
        int part = -1; // of a call that is open
        bool isCall = false;
        bool isCustom = false; // by the provider's own item
        bool isUnwrapped = false; // a custom tool offered as a function
        bool isHeld = false; // its name is not known, or it may be a bundle of calls
        bool isDone = false;
        bool hasText = false; // also of a refusal
        bool hasReasoning = false;
        bool hasArguments = false;
        bool hasCitations = false;
        qint64 summaryPart = -1; // the last one that said something
        QByteArray callId, itemId, name, space;
        QByteArray held; // arguments
        FreeInput input;
    };
    Item &item(qint64 index);
    Item *known(qint64 index);
    qint64 freeIndex() const;
    void describe(Item &item, json::Node node);
    void open(Item &item);
    void give(Item &item, chat::TextView arguments);
    void finishCall(Item &item, json::Node node);
    bool unbundle(const Item &item);
    bool isBundle(const Item &item) const;
    void finishMessage(Item &item, json::Node node);
    void finishReasoning(Item &item, json::Node node);
    void finishOther(json::Node node, QByteArrayView type);

    chat::Emitter &m_emitter;
    const DecodeOptions &m_options;
    std::vector<Item> m_items;
    int m_calls = 0;
    bool m_hasRefusal = false;
    bool m_hasSaid = false; // text or a refusal
    bool m_hasThought = false;
};

// The rest of a response object: usage and how it ended. False: it failed and the emitter has
// ended.
bool readEnd(json::Node response, bool hasRefusal, chat::Emitter &emitter);

} // namespace sb::translate::openai_responses
