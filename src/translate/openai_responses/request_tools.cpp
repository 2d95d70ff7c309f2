#include "translate/openai_responses/request_tools.h"

#include "base/bytes.h"
#include "chat/schema.h"
#include "translate/client_tools.h"
#include "json/text.h"

using namespace sb::chat;

namespace sb::translate::openai_responses {

namespace {

void begin(QByteArray &out, const char *type, QByteArrayView name, TextView description)
{
    appendBytes(out, R"({"type":")");
    appendBytes(out, type);
    appendBytes(out, R"(","name":)");
    json::appendQuoted(out, name);
    if (!description.isEmpty()) {
        appendBytes(out, R"(,"description":)");
        appendQuoted(out, description);
    }
}

void writeFunction(QByteArray &out, const Tool &tool, TextView description, QByteArrayView schema,
                   const QByteArray &field, Changes &changes)
{
    begin(out, "function", tool.name, description);
    // Without the member OpenAI tries to be strict. [translation §7.1]
    bool isStrict = tool.strict.value_or(false);
    appendBytes(out, R"(,"parameters":)");
    if (schema.isEmpty()) {
        appendBytes(out, kNoParameters);
        isStrict = false;
    } else {
        const CleanSchema clean = cleanSchema(
            schema, isStrict ? SchemaProfile::OpenAiStrict : SchemaProfile::Plain, field, changes);
        if (isStrict && !clean.isStrict) {
            changes.degrade(field, "strict", "strict=false", "schema-not-strict");
            isStrict = false;
        }
        appendBytes(out, clean.raw.isEmpty() ? kNoParameters : QByteArrayView(clean.raw));
    }
    appendBytes(out, isStrict ? R"(,"strict":true})" : R"(,"strict":false})");
}

// Free text where a target has only functions: one string. [translation §7.1]
void writeCustom(QByteArray &out, const Tool &tool, const QByteArray &field, bool isNative,
                 Changes &changes)
{
    if (isNative) {
        begin(out, "custom", tool.name, tool.description);
        if (!tool.formatRaw.isEmpty()) {
            appendBytes(out, R"(,"format":)");
            appendBytes(out, tool.formatRaw);
        }
        out.append('}');
        return;
    }
    constexpr qsizetype kShortFormat = 4000;
    QByteArray text = tool.description.toPlain();
    text += "\n\nPut the raw text into \"input\", unquoted and not as JSON.";
    if (!tool.formatRaw.isEmpty() && tool.formatRaw.size() <= kShortFormat)
        text += " It must have this format: " + tool.formatRaw;
    changes.note(Deed::Emulated, field, "custom", "function", "custom-tool");
    writeFunction(out, tool, TextView::plain(text.trimmed()), kFreeInput, field, changes);
}

bool writeHosted(QByteArray &out, const Request &request, const Tool &tool, const QByteArray &field,
                 const Target &target, Changes &changes)
{
    if (request.source == DialectId::OpenAiResponses) {
        appendBytes(out, tool.raw);
        return true;
    }
    const bool isSearch = tool.type.startsWith("web_search") || tool.type == "google_search"
        || tool.type == "googleSearch";
    if (target.can.takesHostedTools && isSearch) {
        appendBytes(out, R"({"type":"web_search"})");
        changes.note(Deed::Mapped, field, tool.type, "web_search", "hosted-tool");
        return true;
    }
    changes.drop(field, tool.type.isEmpty() ? tool.name : tool.type, "hosted-tool");
    return false;
}

const Tool *find(const Request &request, const QByteArray &name)
{
    for (const Tool &tool : request.tools) {
        if (tool.name == name)
            return &tool;
    }
    return nullptr;
}

void writeNamed(QByteArray &out, const Request &request, const QByteArray &name,
                const Target &target)
{
    const Tool *tool = find(request, name);
    const bool isCustom = tool && tool->kind == ToolKind::Custom && target.can.takesCustomTools;
    begin(out, isCustom ? "custom" : "function", name, {});
    out.append('}');
}

void writeChoice(QByteArray &out, const Request &request, const Target &target, Changes &changes)
{
    using Mode = ToolChoice::Mode;
    const ToolChoice &choice = request.toolChoice;
    const auto word = [&](const char *text) {
        appendBytes(out, R"(,"tool_choice":")");
        appendBytes(out, text);
        out.append('"');
    };
    switch (choice.mode) {
    case Mode::Unset:
        return;
    case Mode::Auto:
        return word("auto");
    case Mode::None:
        return word("none");
    case Mode::Required:
        return word("required");
    case Mode::One:
        if (choice.isHosted) {
            changes.reject("tool_choice",
                           "\"tool_choice\" forces a tool of another provider; name one of your "
                           "own functions instead.");
            return;
        }
        if (!target.can.takesChoiceNamed) {
            changes.degrade("tool_choice", choice.names.empty() ? QByteArray() : choice.names[0],
                            "required", "choice-named");
            return word("required");
        }
        appendBytes(out, R"(,"tool_choice":)");
        writeNamed(out, request, choice.names.empty() ? QByteArray() : choice.names[0], target);
        return;
    case Mode::SubsetAuto:
    case Mode::SubsetRequired: {
        const bool isRequired = choice.mode == Mode::SubsetRequired;
        if (!target.can.takesChoiceAllowed) // the others were left out of the tools
            return word(isRequired ? "required" : "auto");
        appendBytes(out, R"(,"tool_choice":{"type":"allowed_tools","mode":")");
        appendBytes(out, isRequired ? R"(required","tools":[)" : R"(auto","tools":[)");
        for (size_t i = 0; i < choice.names.size(); ++i) {
            if (i > 0)
                out.append(',');
            writeNamed(out, request, choice.names[i], target);
        }
        appendBytes(out, "]}");
        return;
    }
    }
}

bool isAllowed(const Request &request, const Tool &tool, const Target &target)
{
    const ToolChoice &choice = request.toolChoice;
    if (target.can.takesChoiceAllowed
        || (choice.mode != ToolChoice::Mode::SubsetAuto
            && choice.mode != ToolChoice::Mode::SubsetRequired))
        return true;
    return std::find(choice.names.begin(), choice.names.end(), tool.name) != choice.names.end();
}

} // namespace

void writeTools(QByteArray &out, const Request &request, const Target &target, Changes &changes)
{
    QByteArray list;
    int index = -1;
    for (const Tool &tool : request.tools) {
        const QByteArray field = "tools[" + QByteArray::number(++index) + ']';
        if (!isAllowed(request, tool, target))
            continue;
        const qsizetype before = list.size();
        if (before > 0)
            list.append(',');
        bool isWritten = true;
        switch (tool.kind) {
        case ToolKind::Function:
            writeFunction(list, tool, tool.description, tool.schemaRaw, field, changes);
            break;
        case ToolKind::Custom:
            writeCustom(list, tool, field, target.can.takesCustomTools, changes);
            break;
        case ToolKind::Typed:
            if (typedSchema(tool.type).isEmpty()) {
                changes.drop(field, tool.type, "typed-tool-unknown");
                isWritten = false;
                break;
            }
            writeFunction(list, tool, tool.description, typedSchema(tool.type), field, changes);
            changes.note(Deed::Mapped, field, tool.type, "function", "typed-tool");
            break;
        case ToolKind::Hosted:
            isWritten = writeHosted(list, request, tool, field, target, changes);
            break;
        }
        if (!isWritten)
            list.truncate(before);
    }
    // A choice without tools is refused by several. [pitfall 66]
    if (list.isEmpty()) {
        const bool isForced = request.toolChoice.mode == ToolChoice::Mode::Required
            || request.toolChoice.mode == ToolChoice::Mode::One
            || request.toolChoice.mode == ToolChoice::Mode::SubsetRequired;
        if (isForced)
            changes.reject("tool_choice",
                           "\"tool_choice\" demands a call, but none of the tools "
                           "can be offered to this provider.");
        return;
    }
    appendBytes(out, R"(,"tools":[)");
    appendBytes(out, list);
    out.append(']');
    writeChoice(out, request, target, changes);
    if (!request.parallel)
        return;
    if (target.can.takesParallelFlag)
        appendBytes(out,
                    *request.parallel ? R"(,"parallel_tool_calls":true)"
                                      : R"(,"parallel_tool_calls":false)");
    else
        changes.drop("parallel_tool_calls", *request.parallel ? "true" : "false", "parallel-flag");
}

} // namespace sb::translate::openai_responses
