// Anthropic Messages to and from the neutral conversation. [dialects §4]
#pragma once

#include "translate/translator.h"

namespace sb::translate::anthropic {

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

// Shared by whole and streamed answers.
QByteArrayView stopReason(chat::Finish finish);
// "msg_…": the provider's own where it has that form, else made from it or from the exchange.
QByteArray messageId(QByteArrayView providerId, const ExchangeId &id);
// The members of a usage object, without its brackets.
void appendUsage(QByteArray &out, const Usage &usage, QByteArrayView cost);

} // namespace sb::translate::anthropic
