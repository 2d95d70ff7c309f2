#include "chat/part.h"

namespace sb::chat {

bool operator==(const ToolResult &a, const ToolResult &b)
{
    return a.callId == b.callId && a.name == b.name && a.parts == b.parts
        && a.objectRaw == b.objectRaw && a.kind == b.kind && a.isError == b.isError;
}

} // namespace sb::chat
