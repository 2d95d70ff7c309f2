// Events as a Responses stream: every item with its whole life, every `.done` with the whole text.
// [dialects §3.5; translation §16.3; pitfalls 25, 48]
#pragma once

#include "translate/openai_responses/free_input.h"
#include "translate/openai_responses/response_object.h"
#include "translate/translator.h"

namespace sb::translate::openai_responses {

class Encoder final : public StreamEncoder {
public:
    explicit Encoder(const EncodeOptions &options)
        : StreamEncoder(DialectId::OpenAiResponses, options)
    {
    }

    // The response object of the terminal: what a client without a stream gets.
    const QByteArray &response() const { return m_response; }

protected:
    void writeStart(const chat::Event &start) override;
    void writeOpen(const chat::Event &open) override;
    void writeDelta(const chat::Event &delta) override;
    void writeClose(const chat::Event &close) override;
    void writeFinish(const chat::Event &finish, const Usage &usage) override;
    void writeError(const dialect::ClientError &error) override;

private:
    struct Item {
        chat::PartKind kind = chat::PartKind::Text;
        bool isAnnounced = false;
        bool isClosed = false;
        bool isCustom = false; // of the client's own custom tools
        bool isUnwrapped = false; // and the provider took it for a function
        bool isSummaryOpen = false;
        int output = -1; // output_index
        QByteArray id, callId, name, space;
        QByteArray text; // so far, inside a JSON string: text, arguments or the open summary
        QByteArray parts; // of a summary, finished, as raw JSON
        int summaries = 0;
        QByteArray annotations; // raw values
        int citations = 0;
        QByteArray logprobs; // raw values
        std::vector<chat::Artifact> artifacts;
        chat::Part whole; // Media and Opaque
        FreeInput input;
    };

    Item &itemOf(int part);
    void nameCall(Item &item, const chat::Event &open);
    void announce(Item &item);
    void writeText(Item &item, chat::TextView text);
    void writeSummary(Item &item, chat::TextView text, bool isNew);
    void closeSummary(Item &item);
    void writeArguments(Item &item, QByteArrayView inner);
    void writeCitation(Item &item, QByteArrayView raw);
    void closeMessage(Item &item);
    void closeCall(Item &item, bool isIncomplete);
    void closeReasoning(Item &item);
    void closeWhole(Item &item);
    void writeKept(std::vector<chat::Artifact> artifacts); // items for nothing but state
    QByteArray sealedValue(const chat::Artifact &artifact) const;
    QByteArray callJson(const Item &item, const char *status, QByteArrayView arguments) const;

    void begin(const char *type);
    void beginItem(const char *type, const Item &item); // with item_id and output_index
    void end();
    void itemDone(int output, QByteArray json);
    void writeTerminal(const char *type, const ResponseObject::State &state);

    ResponseObject m_object;
    std::vector<Item> m_items; // by part
    std::vector<QByteArray> m_output; // by output_index; empty while not done
    QByteArray m_response;
    qint64 m_number = 0; // of the next event
    bool m_hasRefusal = false;
};

} // namespace sb::translate::openai_responses
