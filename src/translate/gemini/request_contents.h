// `contents` of a client's request as turns. [dialects §5.2]
#pragma once

#include "chat/request.h"
#include "json/scan.h"

namespace sb::translate::gemini {

// Texts refer to the document's bytes.
void readContents(json::Node contents, chat::Request &request);
void readInstruction(json::Node instruction, chat::Request &request);

} // namespace sb::translate::gemini
