// Reasoning effort against token budgets. [translation §9.1]
#pragma once

#include "chat/capabilities.h"
#include "chat/changes.h"

namespace sb::chat {

QByteArrayView effortName(Effort effort); // "xhigh"; empty for Unset
Effort effortFromName(QByteArrayView name); // Unset when unknown
Effort effortForBudget(qint64 tokens);
qint64 budgetForEffort(Effort effort, const Capabilities &can); // tokens; 0 = off

// The ask as the target can take it: clamped to its efforts and budgets, Off kept as a value. Says
// under `reasoning` what was changed.
ReasoningAsk targetReasoning(const ReasoningAsk &ask, const Target &target, Changes &changes);

// max_tokens where the target demands it, and its bargain with the budget. [translation §4]
struct OutputRoom {
    qint64 maxOutput = 0; // 0 = leave it out
    qint64 budget = 0; // 0 = thinking off
};
OutputRoom outputRoom(const Request &request, const ReasoningAsk &reasoning, const Target &target,
                      Changes &changes);

} // namespace sb::chat
