// The items and parts a Responses request's `input` is made of. [dialects §3.2]
#pragma once

#include "chat/changes.h"
#include "chat/request.h"
#include "translate/nodes.h"
#include "json/scan.h"

namespace sb::translate::openai_responses {

// Builds turns out of the flat list of items. One per request; refers to the scanned body.
class ItemReader {
public:
    ItemReader(chat::Request &request, chat::Changes &changes)
        : m_request(request)
        , m_changes(changes)
    {
    }

    void read(json::Node input);

private:
    void readItem(json::Node item, const QByteArray &path);
    void readMessage(json::Node item, const QByteArray &path);
    void readCall(json::Node item, chat::ToolKind kind, json::Node text);
    void readResult(json::Node item, chat::ToolKind kind, const QByteArray &path);
    void readReasoning(json::Node item);
    void attachSignatures(chat::Turn &turn);
    void keepWhole(json::Node item, QByteArrayView type);
    std::vector<chat::Part> readParts(json::Node content, const QByteArray &path);
    std::optional<chat::Part> readPart(json::Node part, const QByteArray &path);

    chat::Turn &assistantTurn(); // the open one, or a new one
    void reject(const QByteArray &path, const QByteArray &what,
                QByteArrayView code = "not_supported");

    chat::Request &m_request;
    chat::Changes &m_changes;
};

// Tools of a list, those inside namespaces included; `path` is the list's.
void readTools(json::Node tools, const QByteArray &path, chat::Request &request,
               chat::Changes &changes);

} // namespace sb::translate::openai_responses
