// Google Gemini generateContent, to and from the neutral conversation. [dialects §5]
#pragma once

#include "translate/translator.h"

namespace sb::translate::gemini {

const Translator &translator();

chat::Request decodeRequest(const RequestHead &head, const QByteArray &body,
                            chat::Changes &changes);
WireRequest encodeRequest(chat::Request request, const chat::Target &target,
                          chat::Changes &changes);
chat::Reply decodeReply(const QByteArray &body, const DecodeOptions &options);
QByteArray encodeReply(const chat::Reply &reply, const EncodeOptions &options, QByteArrayView cost);
std::unique_ptr<StreamDecoder> makeDecoder(const DecodeOptions &options);
std::unique_ptr<StreamEncoder> makeEncoder(const EncodeOptions &options);
QByteArrayView streamContentType(const EncodeOptions &options);

} // namespace sb::translate::gemini
