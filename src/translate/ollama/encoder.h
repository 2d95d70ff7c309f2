// Events as Ollama's lines, and as the one object of an answer without a stream. [translation
// §16.5]
#pragma once

#include "translate/translator.h"

namespace sb::translate::ollama {

// The counters and the reason at the end of an answer, with commas before each.
void appendEnd(QByteArray &out, chat::Finish finish, const Usage &usage, QByteArrayView cost);
// `{"model":…,"created_at":…` of every object.
QByteArray head(QByteArrayView model, qint64 createdSeconds);
// One call as it stands in `tool_calls`.
void appendCall(QByteArray &out, QByteArrayView id, int index, QByteArrayView name,
                chat::TextView arguments, bool isCustom);

} // namespace sb::translate::ollama
