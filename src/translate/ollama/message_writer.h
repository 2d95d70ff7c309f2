// Turns as Ollama's messages. [translation §5, 6; dialects §6.1]
#pragma once

#include "chat/changes.h"
#include "chat/request.h"
#include "translate/translator.h"

namespace sb::translate::ollama {

// Appends `messages` without the brackets around them. One per request; the request is repaired
// already, so each call has an id and its result, each
// result the name of its call.
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

    void write();

private:
    void begin(QByteArrayView role);
    void writeSystem(const std::vector<chat::Turn> &turns);
    void writeTurn(const chat::Turn &turn);
    void writeUser(const chat::Turn &turn);
    void writeAssistant(const chat::Turn &turn);
    void writeResult(const chat::ToolResult &result, const chat::Part &part);
    void writeCalls(const std::vector<const chat::ToolCall *> &calls);
    // Text that a part stands for, appended as the inside of a JSON string.
    void addText(QByteArray &content, chat::TextView text, QByteArrayView separator);
    void addMedia(const chat::MediaPart &media, const chat::Part &part, QByteArray &content,
                  QByteArray &images);
    void addOpaque(const chat::OpaquePart &opaque, const chat::Part &part, QByteArray &content,
                   QByteArrayView separator);
    void reject(const chat::Part &part, QByteArrayView message);

    QByteArray &m_out;
    const chat::Request &m_request;
    const chat::Target &m_target;
    chat::Changes &m_changes;
    QByteArray m_hoisted; // images of the results written last, each quoted
    bool m_isFirst = true;
};

} // namespace sb::translate::ollama
