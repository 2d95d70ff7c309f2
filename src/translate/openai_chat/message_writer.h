// The turns of a conversation as messages for a provider. [translation §5, 6]
#pragma once

#include "chat/capabilities.h"
#include "chat/changes.h"

namespace sb::translate::openai_chat {

class MessageWriter {
public:
    MessageWriter(QByteArray &out, const chat::Request &request, const chat::Target &target,
                  chat::Changes &changes)
        : m_out(out)
        , m_request(request)
        , m_can(target.can)
        , m_changes(changes)
    {
    }
    // Their list without its brackets. `instruction`: one more of ours behind the leading ones.
    void write(const QByteArray &instruction);

private:
    void begin(QByteArrayView role);
    void writeInstructions(const QByteArray &instruction);
    void writeSystem(const chat::Turn &turn, QByteArrayView more);
    void writeUser(const chat::Turn &turn);
    void writeResult(const chat::Part &part, const chat::ToolResult &result);
    void writeAssistant(const chat::Turn &turn, bool isLoop, bool isPrefill);
    bool writeReasoning(const chat::Turn &turn, bool isLoop);
    void writeCalls(const chat::Turn &turn);
    void writeParts(const std::vector<chat::Part> &parts, size_t from, QByteArrayView prefix);
    bool writePart(const chat::Part &part);
    bool writeMedia(const chat::Part &part, const chat::MediaPart &media);
    void writeMark(const chat::Part &part);
    void refuse(const chat::Part &part, const char *what);
    bool keepsMarks() const
    {
        return m_can.cache == chat::CacheForm::OpenRouter
            || m_can.cache == chat::CacheForm::Anthropic
            || m_can.cache == chat::CacheForm::AnthropicNoTtl;
    }

    QByteArray &m_out;
    const chat::Request &m_request;
    const chat::Capabilities &m_can;
    chat::Changes &m_changes;
};

} // namespace sb::translate::openai_chat
