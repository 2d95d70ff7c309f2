// Turns as `contents` of a request. [translation §5, 6]
#pragma once

#include "chat/capabilities.h"
#include "chat/changes.h"

namespace sb::translate::gemini {

// The request is repaired already: every result has its call and, where that has one, its name.
class ContentWriter {
public:
    ContentWriter(const chat::Request &request, const chat::Target &target, chat::Changes &changes);

    // The array, with its brackets.
    QByteArray contents();
    // The object, or empty where no instruction has text.
    QByteArray instruction() const;

private:
    void writeTurn(const chat::Turn &turn, bool isCurrent);
    void writeUserParts(const chat::Turn &turn);
    void writeModelParts(const chat::Turn &turn, bool isCurrent);
    void writeMedia(const chat::MediaPart &media, const QByteArray &path);
    void writeCall(const chat::ToolCall &call, QByteArrayView signature);
    void writeResult(const chat::ToolResult &result);
    void writeText(chat::TextView text, QByteArrayView signature = {});
    void separate(); // a comma where a part stands before

    const chat::Request &m_request;
    const chat::Target &m_target;
    chat::Changes &m_changes;
    QByteArray m_out;
    QByteArray m_parts; // of the turn being written
};

} // namespace sb::translate::gemini
