// The conversation as the flat list of items a Responses request has. [translation §5, 6]
#pragma once

#include "chat/capabilities.h"
#include "chat/changes.h"

#include <set>

namespace sb::translate::openai_responses {

// Appends items to a body that is being written; one per request.
class InputWriter {
public:
    InputWriter(QByteArray &out, const chat::Request &request, const chat::Target &target,
                chat::Changes &changes)
        : m_out(out)
        , m_request(request)
        , m_target(target)
        , m_changes(changes)
    {
    }

    // `isInstructed`: the instructions stand elsewhere already.
    void write(bool isInstructed);

private:
    void writeTurn(const chat::Turn &turn);
    void writeAssistant(const chat::Turn &turn);
    void writeMessage(const char *role, const std::vector<chat::Part> &parts, size_t from,
                      size_t to, const chat::Turn &turn);
    void writePart(const chat::Part &part, bool isAnswer);
    void writeMedia(const chat::MediaPart &media, const QByteArray &path);
    void writeCall(const chat::ToolCall &call);
    void writeResult(const chat::ToolResult &result);
    bool writeReasoning(const chat::Part &part);

    void comma();
    void quoted(const char *member, QByteArrayView value);

    QByteArray &m_out;
    const chat::Request &m_request;
    const chat::Target &m_target;
    chat::Changes &m_changes;
    std::set<QByteArray> m_customCalls; // ids of calls written as custom ones
};

} // namespace sb::translate::openai_responses
