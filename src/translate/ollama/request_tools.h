// Tools and the choice among them, as Ollama takes them. [translation §7]
#pragma once

#include "chat/changes.h"
#include "chat/request.h"
#include "translate/translator.h"

namespace sb::translate::ollama {

// Appends `,"tools":[…]`, or nothing where there is none to offer. Ollama has no tool_choice: one
// named tool is sent alone, the rest is said.
void writeTools(QByteArray &out, const chat::Request &request, const chat::Target &target,
                chat::Changes &changes);

} // namespace sb::translate::ollama
