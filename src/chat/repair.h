// Makes a history one that the target accepts. [translation §14, passes 1 to 15]
//
// Deterministic and idempotent: the same history gives the same request, so that prompt caches hit.
#pragma once

#include "chat/capabilities.h"
#include "chat/changes.h"

namespace sb::chat {

// All passes, in order, on a request decoded from `request.source`. Each thing done is noted with
// its rule ("history-orphan-result", "history-missing-result", "history-fold-system" …); what
// cannot be helped is rejected. Ids and names are rewritten last (names.h).
void repair(Request &request, const Target &target, Changes &changes);

// The passes that other code needs alone.
void pairCalls(Request &request, Changes &changes); // 2 and 3: ids, orphans, missing results
void hoistResultMedia(Request &request); // 5
void foldSystemTurns(Request &request, const Target &target, Changes &changes); // 9
void mergeNeighbours(Request &request); // 10

// Text and reasoning of a user or tool-result part list joined for dialects that take one string.
Text joinedText(const std::vector<Part> &parts, QByteArrayView separator);

} // namespace sb::chat
