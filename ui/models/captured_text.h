// Recorded bytes made readable: heads, indented JSON, and the conversation as turns.
//
// Pure functions over values; may run on any thread. Bytes come from clients and providers: nothing
// here trusts them, and what was cut at the recording's limit is read as far as it goes.
#pragma once

#include "chat/request.h"
#include "record/capture.h"

#include <optional>

namespace sb::models {

struct MessageHead {
    QByteArray start; // "POST /v1/messages HTTP/1.1"
    QList<std::pair<QByteArray, QByteArray>> fields;

    QByteArray field(QByteArrayView name) const; // the first of that name, any case; else empty
    QByteArray target() const; // of a request: "/v1/messages?beta=true"
};
MessageHead readHead(const QByteArray &head);

// Two spaces, one member a line; nothing where the bytes are no JSON.
std::optional<QByteArray> indented(QByteArrayView json);
// A document that was cut anywhere, ended after its last whole value that stands in at most `depth`
// arrays and objects; nothing where there is none.
std::optional<QByteArray> closedJson(QByteArrayView cut, int depth = 256);
// What a text field may show: bad UTF-8, control and direction marks made visible, lines kept.
QString readable(QByteArrayView bytes);

// One piece of a conversation.
struct ConversationPiece {
    enum class Kind : quint8 {
        Text,
        Reasoning,
        Refusal,
        ToolCall,
        ToolResult,
        Media,
        Opaque,
        Tools, // those the client offers
    };
    Kind kind = Kind::Text;
    chat::Role role = chat::Role::User;
    bool isAnswer = false; // of the reply, not of the request
    chat::MediaKind media = chat::MediaKind::Image;
    QByteArray name; // of the tool; the media's type; the block's own name
    QByteArray text; // UTF-8
    qint64 size = -1; // Media: bytes; -1 = not known. Tools: how many
    bool isError = false; // ToolResult
    bool isHidden = false; // Reasoning: there is nothing to read
};

struct Conversation {
    enum class Problem : quint8 { None, NotChat, NoRequest, Unreadable };
    Problem problem = Problem::None;
    QByteArray detail; // Unreadable: why
    QList<ConversationPiece> pieces;
    bool isRequestCut = false; // the recording has not all of it
    bool isAnswerCut = false;
};
// As the client said it and as it was answered.
Conversation conversationOf(const CapturedExchange &captured, const Ask &ask);

// An event of a stream in one line.
struct EventLine {
    QByteArray name; // of the event, or the type its data says
    QByteArray data; // without line ends
    bool isKept = false; // false: beyond the recording's limit
};
EventLine eventLine(const CapturedMessage &message, const CapturedEvent &event);
QByteArrayView eventBytes(const CapturedMessage &message, const CapturedEvent &event);

} // namespace sb::models
