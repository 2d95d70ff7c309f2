// Ids of tool calls and names of tools as a target demands them. [translation §8]
//
// Pure functions of the original: a replayed history gives the same bytes. Names are given back in
// the answer by a table that holds for one request.
#pragma once

#include "base/hash.h"
#include "chat/capabilities.h"

#include <unordered_map>

namespace sb::chat {

// Legal ids come back as they are.
QByteArray targetCallId(QByteArrayView id, ToolIdRule rule);
// For a call the provider gave no id: a function of the answer's id and the call's place in it.
QByteArray madeCallId(QByteArrayView replyId, int ordinal);
// "fc_" + hash, "rs_" + hash, "msg_" + hash.
QByteArray madeItemId(QByteArrayView prefix, QByteArrayView from);
QByteArray targetToolName(QByteArrayView name, ToolNameRule rule);

class NameTable {
public:
    // Renames in definitions, choice, calls and results, two that would collide included.
    void apply(Request &request, ToolNameRule rule);
    // The client's own name; unknown ones unchanged. The view lives as long as both.
    QByteArrayView original(QByteArrayView name) const;
    // A name of the client's tool and its kind, for custom tools and namespaces.
    const Tool *tool(QByteArrayView original) const;
    bool isEmpty() const { return m_original.empty(); }

private:
    std::unordered_map<QByteArray, QByteArray, TextHash>
        m_original; // by the target's name; only the changed ones
    std::vector<Tool> m_tools; // the client's own definitions: name, space and kind
};

} // namespace sb::chat
