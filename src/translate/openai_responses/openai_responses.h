// OpenAI Responses to and from the neutral conversation. [dialects §3]
#pragma once

#include "translate/translator.h"

namespace sb::translate::openai_responses {

const Translator &translator();

// The members of a client's request that every response repeats, as one raw object: what
// EncodeOptions::echoRaw wants. Empty for a body that is no JSON object.
QByteArray echoOf(const QByteArray &body);

// Of the table; each in a file of its own.
chat::Request decodeRequest(const RequestHead &head, const QByteArray &body,
                            chat::Changes &changes);
WireRequest encodeRequest(chat::Request request, const chat::Target &target,
                          chat::Changes &changes);
chat::Reply decodeReply(const QByteArray &body, const DecodeOptions &options);
QByteArray encodeReply(const chat::Reply &reply, const EncodeOptions &options, QByteArrayView cost);
std::unique_ptr<StreamDecoder> makeDecoder(const DecodeOptions &options);
std::unique_ptr<StreamEncoder> makeEncoder(const EncodeOptions &options);

} // namespace sb::translate::openai_responses
