// Legacy completions: one text to go on from, and an answer without roles. Served by providers of
// other dialects as a conversation of one turn. [dialects §8.3, translation §16.6]
#pragma once

#include "translate/translator.h"

#include "json/scan.h"

namespace sb::translate::openai_chat {

// "/v1/completions" and "/v1/fim/completions", however they are written.
bool isCompletionPath(QByteArrayView path);

// Members that only this form has; false: another. Rejects what a conversation cannot hold: a hole
// in the text, tokens, several prompts. `node` stays valid as long as the request's body.
bool readCompletionMember(QByteArrayView name, json::Node node, chat::Request &request,
                          chat::Changes &changes);

QByteArray completionBody(const chat::Reply &reply, const EncodeOptions &options,
                          QByteArrayView cost);
std::unique_ptr<StreamEncoder> makeCompletionEncoder(const EncodeOptions &options);

} // namespace sb::translate::openai_chat
