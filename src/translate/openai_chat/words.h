// Small pieces that requests and answers of the dialect share.
#pragma once

#include "chat/reply.h"
#include "translate/nodes.h"
#include "translate/translator.h"
#include "json/scan.h"

namespace sb::translate::openai_chat {

// Prompt and completion in either naming; UsageSource::None when there is none. [pitfall 58]
Usage readUsage(json::Node usage);
// The object under "usage". `cost`: a JSON number or empty.
void writeUsage(QByteArray &out, const Usage &usage, QByteArrayView cost);
// What ends a stream, from behind the finish word on: the rest of its chunk, the chunk of usage
// where it was asked for, the terminator. `frame`: a chunk's beginning up to its choices.
void writeStreamEnd(QByteArray &out, QByteArrayView frame, bool asksUsage, const Usage &usage,
                    QByteArrayView cost);

QByteArrayView finishWord(chat::Finish finish, bool hasRefusalText, bool isLegacy);

// What the first bytes of the base64 stand for; empty when they are not known. [translation §6.1]
QByteArrayView sniffedMime(chat::TextView base64);
// "data:image/png;base64,…" taken apart, else an address. A PDF is a document, whatever member it
// came in. [pitfall 64]
chat::MediaPart mediaFromUrl(json::Node url, chat::MediaKind kind);
// The same put together, quoted.
void writeDataUrl(QByteArray &out, const chat::MediaPart &media);

// One entry of reasoning_details for an artifact, `index` counting within the message. An artifact
// of another dialect is sealed with who made it. [translation §9.3]
void writeDetail(QByteArray &out, const chat::Artifact &artifact, const chat::Origin &origin,
                 chat::TextView text, int index);
// A citation of any dialect as a url_citation; empty when it names no address.
QByteArray annotation(QByteArrayView raw);
// The raw text inside {"input": "…"}, for tools of free text that a provider only had as functions.
QByteArray freeInput(chat::TextView arguments);

} // namespace sb::translate::openai_chat
