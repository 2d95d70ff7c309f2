// Tools and their choice, from a client and for a provider. [translation §7]
#pragma once

#include "chat/capabilities.h"
#include "chat/changes.h"
#include "json/scan.h"

namespace sb::translate::openai_chat {

void readTools(chat::Request &request, json::Node tools, chat::Changes &changes);
void readToolChoice(chat::Request &request, json::Node choice, chat::Changes &changes);
void addSearch(chat::Request &request, json::Node options);

// ,"tools":[…],"tool_choice":…,"parallel_tool_calls":… as far as there are any.
void writeTools(QByteArray &out, chat::Request &request, const chat::Target &target,
                chat::Changes &changes);

} // namespace sb::translate::openai_chat
