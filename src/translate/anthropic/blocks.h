// The content blocks that requests, answers and tool results are made of. [dialects §4.3]
#pragma once

#include "chat/changes.h"
#include "chat/reply.h"
#include "chat/request.h"
#include "translate/nodes.h"
#include "json/scan.h"

namespace sb::translate::anthropic {

std::optional<chat::CacheMark> cacheOf(json::Node block);

// One block of a message as a part. Unknown ones are rejected under `path`.
std::optional<chat::Part> readBlock(json::Node block, const QByteArray &path,
                                    chat::Changes &changes);
// A string or a list of blocks.
std::vector<chat::Part> readBlocks(json::Node content, const QByteArray &path,
                                   chat::Changes &changes);
// Thinking, visible or not, of a request or an answer: `origin` is who made it where the block does
// not carry the state of another provider.
chat::Part readThinking(json::Node block, const chat::Origin &origin);

} // namespace sb::translate::anthropic
