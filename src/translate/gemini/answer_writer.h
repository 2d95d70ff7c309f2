// Pieces of a GenerateContentResponse for a client. [dialects §5.5, translation §16.4]
#pragma once

#include "chat/reply.h"

#include <QByteArrayView>

namespace sb::translate::gemini {

// {"text":"…"}, with its signature where it has one.
void writeText(QByteArray &out, chat::TextView text, bool isThought, QByteArrayView signature);
// A call with its arguments as an object.
void writeCall(QByteArray &out, QByteArrayView id, QByteArrayView name, chat::TextView arguments,
               chat::ToolKind kind, QByteArrayView signature);
// Media and opaque parts; false when nothing of it can be shown.
bool writeWhole(QByteArray &out, const chat::Part &part);
// ,"usageMetadata":{…}
void writeUsage(QByteArray &out, const Usage &usage, QByteArrayView cost);
// "modelVersion":"…","responseId":"…"
void writeIdentity(QByteArray &out, QByteArrayView model, QByteArrayView id);

} // namespace sb::translate::gemini
