// Tools and the choice among them as a Responses request has them. [dialects §3.3, translation §7]
#pragma once

#include "chat/capabilities.h"
#include "chat/changes.h"

namespace sb::translate::openai_responses {

// Appends `,"tools":[…]`, `,"tool_choice":…` and `,"parallel_tool_calls":…` as far as there are
// any.
void writeTools(QByteArray &out, const chat::Request &request, const chat::Target &target,
                chat::Changes &changes);

} // namespace sb::translate::openai_responses
