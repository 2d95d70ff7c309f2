// The messages of a client's request as turns. [dialects §2.2, translation §5, 6, 14.1]
#pragma once

#include "chat/changes.h"
#include "chat/request.h"
#include "json/scan.h"

namespace sb::translate::openai_chat {

// Texts of the turns refer to the document of `messages`.
class MessageReader {
public:
    MessageReader(chat::Request &request, chat::Changes &changes)
        : m_request(request)
        , m_changes(changes)
    {
    }
    void read(json::Node messages);

private:
    struct Message {
        json::Node role, content, name, calls, function, callId, refusal, reasoning, details,
            blocks, cache, audio;
    };

    void readMessage(json::Node node, int place);
    void readContent(json::Node content, std::vector<chat::Part> &parts, const QByteArray &path);
    void readPart(json::Node part, std::vector<chat::Part> &parts, const QByteArray &path);
    void readReasoning(const Message &message, chat::Turn &turn);
    void readDetails(json::Node details, const chat::Text &said, chat::Turn &turn);
    void readCall(json::Node node, chat::Turn &turn);
    void readResult(const Message &message, const QByteArray &path);

    chat::Request &m_request;
    chat::Changes &m_changes;
    bool m_isLeading = true; // nothing but system messages so far
    bool m_isInResults = false; // the last turn is a run of tool messages
};

// `cache_control` or OpenAI's breakpoint.
std::optional<chat::CacheMark> readCacheMark(json::Node mark);

} // namespace sb::translate::openai_chat
