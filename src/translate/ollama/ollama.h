// Ollama's own API to and from the neutral conversation. [dialects §6]
#pragma once

#include "translate/translator.h"

namespace sb::translate::ollama {

const Translator &translator();

// Of the table; each in a file of its own.
chat::Request decodeRequest(const RequestHead &head, const QByteArray &body,
                            chat::Changes &changes);
WireRequest encodeRequest(chat::Request request, const chat::Target &target,
                          chat::Changes &changes);
chat::Reply decodeReply(const QByteArray &body, const DecodeOptions &options);
QByteArray encodeReply(const chat::Reply &reply, const EncodeOptions &options, QByteArrayView cost);
std::unique_ptr<StreamDecoder> makeDecoder(const DecodeOptions &options);
std::unique_ptr<StreamEncoder> makeEncoder(const EncodeOptions &options);

// POST /api/generate: one prompt instead of messages.
inline bool isGeneratePath(QByteArrayView path)
{
    while (path.endsWith('/'))
        path.chop(1);
    return path.endsWith("generate");
}

} // namespace sb::translate::ollama
