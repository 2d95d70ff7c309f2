// What reading and writing of this dialect share: names, words, paths.
#pragma once

#include "chat/reply.h"
#include "chat/request.h"
#include "dialect/scratch.h"
#include "translate/nodes.h"

namespace sb::translate::gemini {

// The thread's own Scan for what is decoded here; its nodes die with the next run.
json::Scan &scan();
void tidyScan();

// Clients may write names in snake_case; the server takes both. [dialects §5]
dialect::Key camel(dialect::Key name, QByteArray &plain);

// f(name in camelCase, value) for every member.
template <typename F> void members(json::Node object, F &&f)
{
    for (const json::Entry entry : object.entries()) {
        QByteArray plain;
        QByteArray converted;
        f(camel(dialect::memberName(entry, plain), converted), entry.value);
    }
}

chat::Finish finishOf(QByteArrayView word); // None for what says nothing
QByteArrayView finishWord(chat::Finish finish);

// 64-bit numbers come as numbers or, by the rules of protocol buffers, as strings.
bool readCount(json::Node value, qint64 &out);
bool readNumber(json::Node value, double &out);

chat::MediaKind mediaKind(QByteArrayView mime);
// By the first bytes of what base64 holds; empty when not known. [translation §6.1]
QByteArray sniffedMime(QByteArrayView base64);

// "/v1beta/models/NAME:streamGenerateContent"
struct PathParts {
    QByteArray model;
    QByteArray method;
};
PathParts readPath(QByteArrayView path);
bool hasSse(QByteArrayView query); // alt=sse

} // namespace sb::translate::gemini
