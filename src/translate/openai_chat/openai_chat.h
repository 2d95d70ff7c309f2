// OpenAI Chat Completions to and from the neutral conversation, in all the variants the servers
// that speak it have. [dialects §2, 7]
#pragma once

#include "translate/translator.h"

namespace sb::translate::openai_chat {

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

} // namespace sb::translate::openai_chat
