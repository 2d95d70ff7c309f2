#include "translate/ollama/request_tools.h"

#include "base/bytes.h"
#include "chat/schema.h"
#include "translate/client_tools.h"
#include "json/text.h"

#include <algorithm>

using namespace sb::chat;

namespace sb::translate::ollama {

namespace {

using Mode = ToolChoice::Mode;

constexpr qsizetype kShortFormat = 4000; // bytes of a grammar that is told in words

bool isOffered(const Tool &tool, const ToolChoice &choice)
{
    switch (choice.mode) {
    case Mode::None:
        return false;
    case Mode::One:
    case Mode::SubsetAuto:
    case Mode::SubsetRequired:
        return std::find(choice.names.begin(), choice.names.end(), tool.name) != choice.names.end();
    case Mode::Unset:
    case Mode::Auto:
    case Mode::Required:
        break;
    }
    return true;
}

void writeFunction(QByteArray &out, QByteArrayView name, TextView description,
                   QByteArrayView schema, SchemaProfile profile, const QByteArray &field,
                   Changes &changes)
{
    appendBytes(out, R"({"type":"function","function":{"name":)");
    json::appendQuoted(out, name);
    if (!description.isEmpty()) {
        appendBytes(out, R"(,"description":)");
        appendQuoted(out, description);
    }
    appendBytes(out, R"(,"parameters":)");
    const CleanSchema clean
        = schema.isEmpty() ? CleanSchema() : cleanSchema(schema, profile, field, changes);
    appendBytes(out, clean.raw.isEmpty() ? kNoParameters : QByteArrayView(clean.raw));
    appendBytes(out, "}}");
}

QByteArray customText(const Tool &tool)
{
    QByteArray text = tool.description.toPlain();
    text += "\n\nPut the raw text into \"input\", unquoted and not as JSON.";
    if (!tool.formatRaw.isEmpty() && tool.formatRaw.size() <= kShortFormat)
        text += " It must have this format: " + tool.formatRaw;
    return text.trimmed();
}

// The choice is not in the body; what that means is said. [translation §7.2]
void noteChoice(const ToolChoice &choice, Changes &changes)
{
    const QByteArray names = choice.names.empty() ? QByteArray() : choice.names.front();
    switch (choice.mode) {
    case Mode::Unset:
    case Mode::Auto:
        return;
    case Mode::None:
        changes.note(Deed::Mapped, "tool_choice", "none", "no tools", "tool-choice-none");
        return;
    case Mode::SubsetAuto:
        changes.note(Deed::Mapped, "tool_choice", names, "only these tools", "tool-choice-subset");
        return;
    case Mode::Required:
        changes.degrade("tool_choice", "required", "auto", "tool-choice-required");
        return;
    case Mode::One:
        changes.degrade("tool_choice", names, "auto with this tool only", "tool-choice-named");
        return;
    case Mode::SubsetRequired:
        changes.degrade("tool_choice", names, "auto with these tools only", "tool-choice-required");
        return;
    }
}

} // namespace

void writeTools(QByteArray &out, const Request &request, const Target &target, Changes &changes)
{
    const ToolChoice &choice = request.toolChoice;
    if (choice.isHosted) {
        changes.reject("tool_choice",
                       "\"tool_choice\" demands a tool that runs at the provider, "
                       "which Ollama does not have; leave the choice to the model.");
        return;
    }
    if (target.can.tools == Known::No && !request.tools.empty() && choice.mode != Mode::None) {
        changes.reject("tools", "This model takes no tools; choose another one.");
        return;
    }
    QByteArray list;
    for (size_t i = 0; i < request.tools.size(); ++i) {
        const Tool &tool = request.tools[i];
        const QByteArray field = "tools[" + QByteArray::number(qint64(i)) + ']';
        if (tool.kind == ToolKind::Hosted) {
            changes.drop(field, tool.type.isEmpty() ? tool.name : tool.type, "hosted-tool");
            continue;
        }
        if (!isOffered(tool, choice))
            continue;
        if (tool.kind == ToolKind::Typed && typedSchema(tool.type).isEmpty()) {
            changes.drop(field, tool.type, "typed-tool-unknown");
            continue;
        }
        if (!list.isEmpty())
            list.append(',');
        const SchemaProfile profile = target.can.schemaProfile;
        switch (tool.kind) {
        case ToolKind::Custom: {
            const QByteArray text = customText(tool);
            changes.note(Deed::Emulated, field, "custom", "function", "custom-tool");
            writeFunction(list, tool.name, TextView::plain(text), kFreeInput, profile, field,
                          changes);
            break;
        }
        case ToolKind::Typed:
            changes.note(Deed::Mapped, field, tool.type, "function", "typed-tool");
            writeFunction(list, tool.name, tool.description, typedSchema(tool.type), profile, field,
                          changes);
            break;
        case ToolKind::Function:
        case ToolKind::Hosted:
            if (tool.strict.value_or(false))
                changes.drop(QByteArray(field + ".strict"), "true", "no-strict-tools");
            writeFunction(list, tool.name, tool.description, tool.schemaRaw, profile, field,
                          changes);
            break;
        }
    }
    const bool isForced = choice.mode == Mode::Required || choice.mode == Mode::One
        || choice.mode == Mode::SubsetRequired;
    if (isForced && list.isEmpty()) {
        changes.reject("tool_choice",
                       "\"tool_choice\" demands a call, but none of the tools can be "
                       "offered to this provider.");
        return;
    }
    if (request.parallel == false && !list.isEmpty())
        changes.drop("parallel_tool_calls", "false", "no-parallel-switch");
    if (!request.tools.empty())
        noteChoice(choice, changes);
    if (list.isEmpty())
        return; // an empty list is refused by several [pitfall 66]
    appendBytes(out, R"(,"tools":[)");
    appendBytes(out, list);
    out.append(']');
}

} // namespace sb::translate::ollama
