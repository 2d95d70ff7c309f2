#include "translate/openai_chat/request_tools.h"

#include "base/bytes.h"
#include "chat/schema.h"
#include "translate/client_tools.h"
#include "translate/nodes.h"
#include "translate/openai_chat/message_reader.h"
#include "translate/openai_chat/words.h"
#include "json/text.h"

#include <algorithm>

using namespace sb::chat;

namespace sb::translate::openai_chat {

namespace {

void readTool(Request &request, json::Node node, const QByteArray &field, Changes &changes)
{
    const json::Node type = node.find("type");
    json::Node holder = node.find("function");
    const json::Node custom = node.find("custom");
    Tool tool;
    tool.raw = rawOf(node);
    tool.type = type.text();
    if (custom.isObject() || type.is("custom")) {
        tool.kind = ToolKind::Custom;
        holder = custom.isObject() ? custom : node;
        if (holder.find("format").isObject())
            tool.formatRaw = rawOf(holder.find("format"));
    } else if (!holder.isObject()) {
        // The flat form, and the legacy one without a type.
        holder = node;
        if (type.exists() && !type.is("function")) {
            if (!type.isNonEmptyString()) {
                changes.reject(field, "A tool needs a type.", "bad_request");
                return;
            }
            tool.kind = ToolKind::Hosted;
            tool.name = node.find("name").isString() ? node.find("name").text() : tool.type;
            request.tools.push_back(std::move(tool));
            return;
        }
    }
    tool.name = holder.find("name").text();
    if (tool.name.isEmpty()) {
        // Never a function without a shape. [pitfall 79]
        changes.reject(field, "A tool needs a name.", "bad_request");
        return;
    }
    if (const json::Node text = holder.find("description"); text.isNonEmptyString())
        tool.description = Text::view(viewOf(text));
    if (const json::Node schema = holder.find("parameters"); schema.isObject())
        tool.schemaRaw = rawOf(schema);
    if (const json::Node strict = holder.find("strict"); strict.isTrue() || strict.isFalse())
        tool.strict = strict.isTrue();
    tool.cache = readCacheMark(node.find("cache_control"));
    if (!tool.cache)
        tool.cache = readCacheMark(holder.find("cache_control"));
    tool.isDeferred = node.find("defer_loading").isTrue();
    request.tools.push_back(std::move(tool));
}

QByteArray chosenName(json::Node node)
{
    for (const char *shell : {"function", "custom"}) {
        if (const json::Node inner = node.find(shell); inner.isObject())
            return inner.find("name").text();
    }
    return node.find("name").text();
}

class ToolWriter {
public:
    ToolWriter(QByteArray &out, Request &request, const Target &target, Changes &changes)
        : m_out(out)
        , m_request(request)
        , m_can(target.can)
        , m_changes(changes)
    {
    }
    void write();

private:
    void filter();
    bool writeTool(const Tool &tool, const QByteArray &field);
    void writeFunction(const Tool &tool, TextView description, QByteArrayView schema,
                       const QByteArray &field);
    void writeChoice();
    void writeNamed(const QByteArray &name);
    void word(QByteArrayView text);
    void fallBack(QByteArrayView from, bool isOne);

    QByteArray &m_out;
    Request &m_request;
    const Capabilities &m_can;
    Changes &m_changes;
};

// Where the target has no allowed_tools only those that are allowed go. [translation §7.2]
void ToolWriter::filter()
{
    using Mode = ToolChoice::Mode;
    ToolChoice &choice = m_request.toolChoice;
    const bool isSubset = choice.mode == Mode::SubsetAuto || choice.mode == Mode::SubsetRequired;
    if (!isSubset || m_can.takesChoiceAllowed)
        return;
    std::erase_if(m_request.tools, [&](const Tool &tool) {
        return std::find(choice.names.begin(), choice.names.end(), tool.name) == choice.names.end();
    });
    m_changes.note(Deed::Mapped, "tool_choice", "allowed_tools", "tools", "choice-subset");
    choice.mode = choice.mode == Mode::SubsetAuto ? Mode::Auto : Mode::Required;
    choice.names.clear();
}

void ToolWriter::writeFunction(const Tool &tool, TextView description, QByteArrayView schema,
                               const QByteArray &field)
{
    appendBytes(m_out, R"({"type":"function","function":{"name":)");
    json::appendQuoted(m_out, tool.name);
    if (!description.isEmpty()) {
        appendBytes(m_out, R"(,"description":)");
        appendQuoted(m_out, description);
    }
    appendBytes(m_out, R"(,"parameters":)");
    bool isStrict = tool.strict.value_or(false) && m_can.takesStrictTools;
    if (schema.isEmpty()) {
        appendBytes(m_out, kNoParameters);
        isStrict = false;
    } else {
        const CleanSchema clean = cleanSchema(
            schema, isStrict ? SchemaProfile::OpenAiStrict : m_can.schemaProfile, field, m_changes);
        appendBytes(m_out, clean.raw.isEmpty() ? kNoParameters : QByteArrayView(clean.raw));
        if (isStrict && !clean.isStrict) {
            isStrict = false;
            m_changes.degrade(field, "strict", "strict=false", "schema-not-strict");
        }
    }
    if (tool.strict && m_can.takesStrictTools)
        appendBytes(m_out, isStrict ? R"(,"strict":true)" : R"(,"strict":false)");
    appendBytes(m_out, "}}");
}

bool ToolWriter::writeTool(const Tool &tool, const QByteArray &field)
{
    switch (tool.kind) {
    case ToolKind::Function:
        writeFunction(tool, tool.description, tool.schemaRaw, field);
        return true;
    case ToolKind::Typed:
        if (typedSchema(tool.type).isEmpty()) {
            m_changes.drop(field, tool.type, "typed-tool-unknown");
            return false;
        }
        m_changes.note(Deed::Mapped, field, tool.type, "function", "typed-tool");
        writeFunction(tool, tool.description, typedSchema(tool.type), field);
        return true;
    case ToolKind::Custom: {
        if (m_can.takesCustomTools) {
            appendBytes(m_out, R"({"type":"custom","custom":{"name":)");
            json::appendQuoted(m_out, tool.name);
            if (!tool.description.isEmpty()) {
                appendBytes(m_out, R"(,"description":)");
                appendQuoted(m_out, tool.description);
            }
            if (!tool.formatRaw.isEmpty()) {
                appendBytes(m_out, R"(,"format":)");
                appendBytes(m_out, tool.formatRaw);
            }
            appendBytes(m_out, "}}");
            return true;
        }
        constexpr qsizetype kShortFormat = 4000;
        QByteArray text = tool.description.toPlain();
        text += "\n\nPut the raw text into \"input\", unquoted and not as JSON.";
        if (!tool.formatRaw.isEmpty() && tool.formatRaw.size() <= kShortFormat)
            text += " It must have this format: " + tool.formatRaw;
        m_changes.note(Deed::Emulated, field, "custom", "function", "custom-tool");
        Tool function = tool;
        function.strict.reset();
        writeFunction(function, TextView::plain(text.trimmed()), kFreeInput, field);
        return true;
    }
    case ToolKind::Hosted:
        break;
    }
    m_changes.drop(field, tool.type.isEmpty() ? tool.name : tool.type, "hosted-tool");
    return false;
}

void ToolWriter::word(QByteArrayView text)
{
    appendBytes(m_out, R"(,"tool_choice":")");
    appendBytes(m_out, text);
    m_out.append('"');
}

void ToolWriter::writeNamed(const QByteArray &name)
{
    const auto tool = std::find_if(m_request.tools.begin(), m_request.tools.end(),
                                   [&](const Tool &t) { return t.name == name; });
    const bool isCustom
        = tool != m_request.tools.end() && tool->kind == ToolKind::Custom && m_can.takesCustomTools;
    appendBytes(m_out,
                isCustom ? R"({"type":"custom","custom":{"name":)"
                         : R"({"type":"function","function":{"name":)");
    json::appendQuoted(m_out, name);
    appendBytes(m_out, "}}");
}

// A named tool, else any tool, else as the model likes.
void ToolWriter::fallBack(QByteArrayView from, bool isOne)
{
    if (m_can.takesChoiceRequired) {
        word(m_can.isChoiceAny ? "any" : "required");
        if (isOne)
            m_changes.degrade("tool_choice", from, "required", "choice-named");
        return;
    }
    word("auto");
    m_changes.degrade("tool_choice", from, "auto", "choice-required");
}

void ToolWriter::writeChoice()
{
    using Mode = ToolChoice::Mode;
    const ToolChoice &choice = m_request.toolChoice;
    const QByteArray name = choice.names.empty() ? QByteArray() : choice.names.front();
    switch (choice.mode) {
    case Mode::Unset:
        return;
    case Mode::Auto:
        word("auto");
        return;
    case Mode::None:
        word("none");
        return;
    case Mode::Required:
        fallBack("required", false);
        return;
    case Mode::One:
        if (!m_can.takesChoiceNamed) {
            fallBack(name, m_request.tools.size() > 1);
            return;
        }
        appendBytes(m_out, R"(,"tool_choice":)");
        writeNamed(name);
        return;
    case Mode::SubsetAuto:
    case Mode::SubsetRequired:
        appendBytes(m_out, R"(,"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":")");
        appendBytes(m_out, choice.mode == Mode::SubsetAuto ? "auto" : "required");
        appendBytes(m_out, R"(","tools":[)");
        for (size_t i = 0; i < choice.names.size(); ++i) {
            if (i > 0)
                m_out.append(',');
            writeNamed(choice.names[i]);
        }
        appendBytes(m_out, "]}}");
        return;
    }
}

void ToolWriter::write()
{
    filter();
    if (m_request.toolChoice.isHosted) {
        m_changes.reject("tool_choice",
                         "The tool that must be used runs at another provider; "
                         "choose \"auto\".");
        return;
    }
    if (m_request.tools.empty()) {
        if (m_request.toolChoice.mode != ToolChoice::Mode::Unset)
            m_changes.note(Deed::Mapped, "tool_choice", {}, {}, "choice-without-tools");
        return;
    }
    if (m_can.tools == Known::No) {
        m_changes.reject("tools", "This model takes no tools; choose another model.");
        return;
    }
    // One without a choice to offer it is left out with its tools: LM Studio and the like.
    const bool isOneOnly = m_request.toolChoice.mode == ToolChoice::Mode::One
        && !m_can.takesChoiceNamed && m_can.takesChoiceRequired;
    if (isOneOnly) {
        const QByteArray name = m_request.toolChoice.names.empty()
            ? QByteArray()
            : m_request.toolChoice.names.front();
        std::erase_if(m_request.tools, [&](const Tool &tool) { return tool.name != name; });
    }
    const qsizetype before = m_out.size();
    appendBytes(m_out, R"(,"tools":[)");
    bool hasAny = false;
    for (size_t i = 0; i < m_request.tools.size(); ++i) {
        const qsizetype at = m_out.size();
        if (hasAny)
            m_out.append(',');
        if (writeTool(m_request.tools[i], "tools[" + QByteArray::number(i) + ']'))
            hasAny = true;
        else
            m_out.truncate(at);
    }
    // An empty array is refused, and so is a choice without tools. [pitfall 66]
    if (!hasAny) {
        m_out.truncate(before);
        return;
    }
    m_out.append(']');
    writeChoice();
    if (!m_request.parallel)
        return;
    if (m_can.takesParallelFlag && !m_can.refusedFields.contains("parallel_tool_calls"))
        appendBytes(m_out,
                    *m_request.parallel ? R"(,"parallel_tool_calls":true)"
                                        : R"(,"parallel_tool_calls":false)");
    else
        m_changes.drop("parallel_tool_calls", *m_request.parallel ? "true" : "false", "no-field");
}

} // namespace

void readTools(Request &request, json::Node tools, Changes &changes)
{
    int place = 0;
    for (const json::Node tool : tools.items())
        readTool(request, tool, "tools[" + QByteArray::number(place++) + ']', changes);
}

void addSearch(Request &request, json::Node options)
{
    Tool tool;
    tool.kind = ToolKind::Hosted;
    tool.type = "web_search";
    tool.name = "web_search";
    tool.raw = rawOf(options);
    request.tools.push_back(std::move(tool));
}

void readToolChoice(Request &request, json::Node node, Changes &changes)
{
    using Mode = ToolChoice::Mode;
    if (!node.exists())
        return;
    ToolChoice &choice = request.toolChoice;
    const json::Node word = node.isString() ? node : node.find("type");
    if (word.is("auto")) {
        choice.mode = Mode::Auto;
    } else if (word.is("none")) {
        choice.mode = Mode::None;
    } else if (word.is("required") || word.is("any")) {
        choice.mode = Mode::Required;
    } else if (word.is("allowed_tools")) {
        const json::Node holder
            = node.find("allowed_tools").isObject() ? node.find("allowed_tools") : node;
        choice.mode = holder.find("mode").is("required") ? Mode::SubsetRequired : Mode::SubsetAuto;
        for (const json::Node tool : holder.find("tools").items())
            choice.names.push_back(chosenName(tool));
    } else if (const QByteArray name = chosenName(node); !name.isEmpty()) {
        choice.mode = Mode::One;
        choice.names = {name};
    } else if (node.isObject() && word.isNonEmptyString()) {
        choice.mode = Mode::One;
        choice.names = {word.text()};
        choice.isHosted = true;
    } else {
        changes.reject("tool_choice", "\"tool_choice\" cannot be understood.", "bad_request");
    }
}

void writeTools(QByteArray &out, Request &request, const Target &target, Changes &changes)
{
    ToolWriter(out, request, target, changes).write();
}

} // namespace sb::translate::openai_chat
