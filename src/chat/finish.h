// Finish reasons: the words providers use, and the last check against what the answer holds.
#pragma once

#include "chat/reply.h"

namespace sb::chat {

// Any provider's word, in any case: "end_turn", "MAX_TOKENS", "function_call". Unknown words mean
// Stop; `isKnown` tells. An empty word means Stop too. [translation §12]
Finish finishFromWord(QByteArrayView word, bool *isKnown = nullptr);

// The overrides of §12: a stop with a whole call is ToolCalls, ToolCalls without a call is Stop.
// Length stays Length whatever calls there are.
Finish settledFinish(Finish said, bool hasWholeCall);

} // namespace sb::chat
