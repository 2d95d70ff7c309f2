// Embeddings from and to each dialect that has them: OpenAI's, Google's and Ollama's. Pure
// functions over bytes, beside the translators of conversations. [dialects §8.2]
#pragma once

#include "chat/embedding.h"
#include "translate/translator.h"

namespace sb::translate {

// Anthropic has none, and the Responses API stands beside OpenAI's other paths.
bool hasEmbeddings(DialectId dialect);

// What a client asked. Tokens instead of text are rejected: only the model that they are made for
// can read them.
chat::EmbedRequest decodeEmbedRequest(DialectId dialect, const RequestHead &head,
                                      const QByteArray &body, chat::Changes &changes);
// For a provider; several texts go in one request, in the dialect's form for many.
WireRequest encodeEmbedRequest(const chat::EmbedRequest &request, const chat::Target &target,
                               chat::Changes &changes);

// A whole 2xx body with `count` vectors; `fault` is set when it is no such thing. Vectors stand in
// the order of the texts, whatever their place in the body.
chat::EmbedReply decodeEmbedReply(DialectId dialect, const QByteArray &body, qsizetype count);
// `path` is the client's: Google's for one text and for many, Ollama's old and new one. `cost`:
// JSON number for usage.cost where the dialect shows one, or empty.
QByteArray encodeEmbedReply(DialectId dialect, const chat::EmbedReply &reply,
                            const chat::EmbedRequest &request, QByteArrayView path,
                            QByteArrayView cost);

// An answer of OpenAI's form with its vectors in the encoding the client asked for: some servers
// know only one. The body itself where nothing has to change. [pitfall 89]
QByteArray withAskedEncoding(const QByteArray &requestBody, const QByteArray &replyBody);

// "[0.5,1]" and the base64 of the same as little-endian float32. Empty: it is none.
QByteArray packedVector(QByteArrayView numbers);
QByteArray unpackedVector(QByteArrayView base64);

} // namespace sb::translate
