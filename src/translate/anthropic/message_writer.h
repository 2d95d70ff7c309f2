// The turns of a conversation as Anthropic messages. [translation §5, 6, 11]
#pragma once

#include "chat/capabilities.h"
#include "chat/changes.h"

namespace sb::translate::anthropic {

// Appends to a body that is being written; one per request.
class MessageWriter {
public:
    MessageWriter(QByteArray &out, const chat::Request &request, const chat::Target &target,
                  chat::Changes &changes)
        : m_out(out)
        , m_request(request)
        , m_target(target)
        , m_changes(changes)
    {
    }

    // `,"system":[…]`, where there is any; `further` is one more block, "" = none.
    void writeSystem(QByteArrayView further);
    void writeMessages(); // `,"messages":[…]`
    // `,"cache_control":{…}` where the target takes it.
    void writeMark(const std::optional<chat::CacheMark> &mark);

private:
    void writeTurn(const chat::Turn &turn);
    void writePart(const chat::Part &part);
    void writeText(chat::TextView text, const chat::Part &part);
    void writeMedia(const chat::MediaPart &media, const chat::Part &part);
    void writeCall(const chat::ToolCall &call, const chat::Part &part);
    void writeResult(const chat::ToolResult &result, const chat::Part &part);
    void writeReasoning(const chat::Part &part);
    void beginBlock();

    QByteArray &m_out;
    const chat::Request &m_request;
    const chat::Target &m_target;
    chat::Changes &m_changes;
    bool m_hasBlocks = false; // in the list being written
};

} // namespace sb::translate::anthropic
