#include "models/tool_snippets.h"

#include "json/writer.h"

namespace sb::models {

const QString kShownKey = QStringLiteral("$SIGNALBOX_KEY");

namespace {

QString s(const char *text)
{
    return QString::fromLatin1(text);
}

// Inside a JSON string.
QString inJson(const QString &text)
{
    return QString::fromUtf8(json::quoted(text)).sliced(1).chopped(1);
}

// A YAML scalar: plain where it is one for certain, else double quoted, which reads like JSON.
QString yaml(const QString &text)
{
    bool isPlain = !text.isEmpty() && text.front().isLetter();
    for (const QChar c : text)
        isPlain &= c.isLetterOrNumber() || c == u'-' || c == u'_' || c == u'.' || c == u'/';
    static const QStringList words{s("true"), s("false"), s("yes"), s("no"), s("on"),
                                   s("off"),  s("null"),  s("y"),   s("n")};
    if (isPlain && !words.contains(text.toLower()))
        return text;
    return u'"' + inJson(text) + u'"';
}

QString filled(const char *pattern, const SnippetValues &values, QString (*escape)(const QString &))
{
    QString out = QString::fromLatin1(pattern);
    // Key last: neither of the others may bring a placeholder in.
    const QString model = escape(values.model);
    const QString key = escape(values.key);
    QString text;
    for (qsizetype at = 0; at < out.size();) {
        if (QStringView(out).sliced(at).startsWith(u"{{base}}")) {
            text += escape(values.base);
            at += 8;
        } else if (QStringView(out).sliced(at).startsWith(u"{{model}}")) {
            text += model;
            at += 9;
        } else if (QStringView(out).sliced(at).startsWith(u"{{key}}")) {
            text += key;
            at += 7;
        } else {
            text += out[at++];
        }
    }
    return text;
}

QString plain(const QString &text)
{
    return text;
}

SnippetValues withModel(SnippetValues values)
{
    if (values.model.isEmpty())
        values.model = QStringLiteral("default");
    return values;
}

constexpr char kCodex[] = R"(model = "{{model}}"
model_provider = "signalbox"
[model_providers.signalbox]
name = "Signalbox"
base_url = "{{base}}/v1"
env_key = "SIGNALBOX_KEY"
wire_api = "responses"
)";
constexpr char kOpenCode[] = R"({ "$schema": "https://opencode.ai/config.json",
  "provider": { "signalbox": { "npm": "@ai-sdk/openai-compatible", "name": "Signalbox",
    "options": { "baseURL": "{{base}}/v1", "apiKey": "{env:SIGNALBOX_KEY}" }, "models": { "{{model}}": { "name": "{{model}}" } } } },
  "model": "signalbox/{{model}}" }
)";
constexpr char kZed[]
    = R"({ "language_models": { "openai_compatible": { "signalbox": { "api_url": "{{base}}/v1",
  "available_models": [ { "name": "{{model}}", "display_name": "Signalbox {{model}}", "max_tokens": 200000 } ] } } } }
)";
constexpr char kVsCode[]
    = R"([ { "name": "Signalbox", "vendor": "customendpoint", "apiKey": "${input:signalboxKey}", "apiType": "chat-completions",
    "models": [ { "id": "{{model}}", "name": "Signalbox {{model}}", "url": "{{base}}/v1/chat/completions",
      "toolCalling": true, "vision": true, "maxInputTokens": 128000, "maxOutputTokens": 16000 } ] } ]
)";
constexpr char kOpenAiPython[] = R"(client = OpenAI(base_url="{{base}}/v1", api_key="{{key}}")
reply = client.chat.completions.create(model="{{model}}",
    messages=[{"role": "user", "content": "Say hello"}])
print(reply.choices[0].message.content)
)";
constexpr char kAnthropicPython[] = R"(client = Anthropic(base_url="{{base}}", auth_token="{{key}}")
reply = client.messages.create(model="{{model}}", max_tokens=200,
    messages=[{"role": "user", "content": "Say hello"}])
print(reply.content[0].text)
)";
constexpr char kOpenAiNode[] = R"(import OpenAI from "openai";

const client = new OpenAI({ baseURL: "{{base}}/v1", apiKey: "{{key}}" });
const reply = await client.chat.completions.create({ model: "{{model}}",
  messages: [{ role: "user", content: "Say hello" }] });
console.log(reply.choices[0].message.content);
)";
constexpr char kAnthropicNode[] = R"(import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic({ baseURL: "{{base}}", authToken: "{{key}}" });
const reply = await client.messages.create({ model: "{{model}}", max_tokens: 200,
  messages: [{ role: "user", content: "Say hello" }] });
console.log(reply.content[0].text);
)";
constexpr char kPythonKey[] = "os.environ[\"SIGNALBOX_KEY\"]";
constexpr char kNodeKey[] = "process.env.SIGNALBOX_KEY";

// In code the key is read from the environment unless it is given.
QString code(const char *pattern, const char *shownKey, const SnippetValues &values)
{
    QString text = filled(pattern, values, inJson);
    if (values.key == kShownKey)
        text.replace(u'"' + kShownKey + u'"', QString::fromLatin1(shownKey));
    return text;
}

QString curlBody(const QString &model)
{
    return QStringLiteral("{\"model\":\"%1\",\"stream\":true,\"messages\":[{\"role\":\"user\","
                          "\"content\":\"Say hello\"}]}")
        .arg(inJson(model));
}

bool isBare(const QString &text)
{
    for (const QChar c : text) {
        const bool isPlain = (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z')
            || (c >= u'0' && c <= u'9') || QStringView(u"_./:@%+-").contains(c);
        if (!isPlain)
            return false;
    }
    return !text.isEmpty();
}

} // namespace

const QList<ToolFacts> &tools()
{
    using D = DialectId;
    static const QList<ToolFacts> list{
        {Tool::ClaudeCode,
         s("Claude Code"),
         s("claude-code"),
         {s("claude")},
         s("claude"),
         D::Anthropic,
         true},
        {Tool::Codex,
         s("Codex CLI"),
         s("codex"),
         {s("codex")},
         s("codex"),
         D::OpenAiResponses,
         true},
        {Tool::GeminiCli,
         s("Gemini CLI"),
         s("gemini-cli"),
         {s("gemini")},
         s("gemini"),
         D::Gemini,
         true},
        {Tool::OpenCode,
         s("opencode"),
         s("opencode"),
         {s("opencode")},
         s("opencode"),
         D::OpenAiChat,
         true},
        {Tool::Continue, s("Continue"), s("continue"), {s("cn")}, {}, D::OpenAiChat, true},
        {Tool::Cline, s("Cline, Roo Code"), s("cline"), {s("cline")}, {}, D::OpenAiChat, true},
        {Tool::Zed, s("Zed"), s("zed"), {s("zed"), s("zeditor")}, {}, D::OpenAiChat, true},
        {Tool::VsCode,
         s("VS Code Copilot Chat"),
         s("vscode"),
         {s("code"), s("codium")},
         {},
         D::OpenAiChat,
         true},
        {Tool::JetBrains,
         s("JetBrains AI Assistant"),
         s("jetbrains"),
         {s("idea"), s("pycharm"), s("webstorm"), s("goland"), s("clion")},
         {},
         D::OpenAiChat,
         true},
        {Tool::Cursor, s("Cursor"), s("cursor"), {s("cursor")}, {}, D::OpenAiChat, false},
        {Tool::Aider, s("aider"), s("aider"), {s("aider")}, s("aider"), D::OpenAiChat, true},
        {Tool::OpenAiSdk, s("OpenAI SDK"), s("openai-sdk"), {}, {}, D::OpenAiChat, true},
        {Tool::AnthropicSdk, s("Anthropic SDK"), s("anthropic-sdk"), {}, {}, D::Anthropic, true},
        {Tool::Curl, s("curl"), s("curl"), {s("curl")}, {}, D::OpenAiChat, true},
    };
    return list;
}

const ToolFacts &factsOf(Tool tool)
{
    return tools()[int(tool)];
}

bool isSpoken(const ToolFacts &facts)
{
    return facts.dialect == DialectId::OpenAiChat || facts.dialect == DialectId::Anthropic;
}

Environment environmentOf(Tool tool, const SnippetValues &values)
{
    const QString v1 = values.base + QStringLiteral("/v1");
    switch (tool) {
    case Tool::ClaudeCode: {
        Environment env{{s("ANTHROPIC_BASE_URL"), values.base},
                        {s("ANTHROPIC_AUTH_TOKEN"), values.key},
                        {s("ANTHROPIC_API_KEY"), {}},
                        {s("CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY"), s("1")}};
        if (!values.model.isEmpty()) {
            for (const char *name :
                 {"ANTHROPIC_DEFAULT_OPUS_MODEL", "ANTHROPIC_DEFAULT_SONNET_MODEL",
                  "ANTHROPIC_DEFAULT_HAIKU_MODEL", "CLAUDE_CODE_SUBAGENT_MODEL"})
                env.append({s(name), values.model});
        }
        return env;
    }
    case Tool::Codex:
        return {{s("SIGNALBOX_KEY"), values.key}};
    case Tool::GeminiCli:
        return {{s("GOOGLE_GEMINI_BASE_URL"), values.base}, {s("GEMINI_API_KEY"), values.key}};
    case Tool::OpenCode:
        return {{s("OPENCODE_CONFIG_CONTENT"),
                 filled(kOpenCode, withModel(values), inJson).simplified()},
                {s("SIGNALBOX_KEY"), values.key}};
    case Tool::Aider:
        return {{s("OPENAI_API_BASE"), v1}, {s("OPENAI_API_KEY"), values.key}};
    case Tool::OpenAiSdk:
        return {{s("OPENAI_BASE_URL"), v1}, {s("OPENAI_API_KEY"), values.key}};
    case Tool::AnthropicSdk:
        return {{s("ANTHROPIC_BASE_URL"), values.base}, {s("ANTHROPIC_AUTH_TOKEN"), values.key}};
    case Tool::Continue:
    case Tool::Cline:
    case Tool::Zed:
    case Tool::VsCode:
    case Tool::JetBrains:
    case Tool::Cursor:
    case Tool::Curl:
        break;
    }
    return {};
}

QStringList commandOf(Tool tool, const SnippetValues &values)
{
    switch (tool) {
    case Tool::Codex:
        return {s("codex"), s("--profile"), s("signalbox")};
    case Tool::Aider:
        return {s("aider"), s("--model"), s("openai/") + withModel(values).model};
    default:
        break;
    }
    const QString &runs = factsOf(tool).runs;
    return runs.isEmpty() ? QStringList() : QStringList{runs};
}

QString quoted(const QString &text, Shell shell)
{
    if (text == kShownKey)
        return shell == Shell::PowerShell ? s("$env:SIGNALBOX_KEY") : kShownKey;
    if (isBare(text))
        return text;
    QString out = text;
    switch (shell) {
    case Shell::Bash:
        return u'\'' + out.replace(u'\'', s("'\\''")) + u'\'';
    case Shell::Fish:
        return u'\'' + out.replace(u'\\', s("\\\\")).replace(u'\'', s("\\'")) + u'\'';
    case Shell::PowerShell:
        return u'\'' + out.replace(u'\'', s("''")) + u'\'';
    }
    return out;
}

QString exportLines(const Environment &environment, Shell shell)
{
    QStringList lines;
    for (const auto &[name, value] : environment) {
        const QString word = value.isEmpty() ? QString() : quoted(value, shell);
        switch (shell) {
        case Shell::Bash:
            lines += QStringLiteral("export %1=%2").arg(name, word);
            break;
        case Shell::Fish:
            lines += QStringLiteral("set -gx %1 %2").arg(name, value.isEmpty() ? s("''") : word);
            break;
        case Shell::PowerShell:
            // A bare word would be a command there.
            lines
                += QStringLiteral("$env:%1 = %2")
                       .arg(name,
                            word.startsWith(u'$') || word.startsWith(u'\'') ? word
                                                                            : u'\'' + word + u'\'');
            break;
        }
    }
    return lines.join(u'\n');
}

QString commandLine(Tool tool, Shell shell, const SnippetValues &values)
{
    if (tool == Tool::Curl) {
        const QString next = shell == Shell::PowerShell ? s(" `\n  ") : s(" \\\n  ");
        const QString key = values.key == kShownKey
            ? (shell == Shell::PowerShell ? s("$env:SIGNALBOX_KEY") : kShownKey)
            : values.key;
        return (shell == Shell::PowerShell ? s("curl.exe") : s("curl"))
            + QStringLiteral(" -N %1/v1/chat/completions -H \"Authorization: Bearer %2\" -H "
                             "'Content-Type: application/json'")
                  .arg(values.base, key)
            + next + s("-d ") + quoted(curlBody(withModel(values).model), shell);
    }
    const Environment environment = environmentOf(tool, values);
    const QStringList command = commandOf(tool, values);
    if (command.isEmpty())
        return exportLines(environment, shell);
    QStringList words;
    for (const QString &word : command)
        words += quoted(word, shell);
    if (shell == Shell::PowerShell)
        return exportLines(environment, shell).replace(u'\n', s("; ")) + s("; ") + words.join(u' ');
    QStringList before;
    if (shell == Shell::Fish)
        before += s("env");
    for (const auto &[name, value] : environment)
        before += name + u'=' + (value.isEmpty() ? QString() : quoted(value, shell));
    return (before + words).join(u' ');
}

QList<Snippet> snippetsOf(Tool tool, const SnippetValues &given)
{
    using F = Snippet::Format;
    const SnippetValues values = withModel(given);
    switch (tool) {
    case Tool::ClaudeCode: {
        QStringList lines;
        for (const auto &[name, value] : environmentOf(tool, given))
            lines += QStringLiteral("    \"%1\": \"%2\"").arg(name, inJson(value));
        return {{F::Json, s("~/.claude/settings.json"),
                 s("{\n  \"env\": {\n") + lines.join(s(",\n")) + s("\n  }\n}\n")}};
    }
    case Tool::Codex:
        return {{F::Toml, s("~/.codex/signalbox.config.toml"), filled(kCodex, values, inJson)}};
    case Tool::GeminiCli: {
        QStringList lines;
        for (const auto &[name, value] : environmentOf(tool, values))
            lines += name + u'=' + value;
        return {{F::Env, s("~/.gemini/.env"), lines.join(u'\n') + u'\n'}};
    }
    case Tool::OpenCode:
        return {
            {F::Json, s("~/.config/opencode/opencode.json"), filled(kOpenCode, values, inJson)}};
    case Tool::Continue:
        return {{F::Yaml, s("~/.continue/config.yaml"),
                 s("name: Signalbox\nversion: 0.0.1\nschema: v1\nmodels:\n  - name: ")
                     + yaml(s("Signalbox ") + values.model)
                     + s("\n    provider: openai\n    model: ") + yaml(values.model)
                     + s("\n    apiBase: ") + values.base + s("/v1\n    apiKey: ")
                     + yaml(values.key) + s("\n    roles: [chat, edit, apply]\n")}};
    case Tool::Cline:
        return {{F::Settings,
                 {},
                 filled("API Provider: OpenAI Compatible\nBase URL: {{base}}/v1\nAPI Key: "
                        "{{key}}\nModel ID: {{model}}\n",
                        values, plain)}};
    case Tool::Zed:
        return {{F::Json, s("~/.config/zed/settings.json"), filled(kZed, values, inJson)}};
    case Tool::VsCode:
        return {{F::Json, s("chatLanguageModels.json"), filled(kVsCode, values, inJson)}};
    case Tool::JetBrains:
        return {{F::Settings,
                 {},
                 filled("Provider: OpenAI-compatible\nURL: {{base}}/v1\nAPI Key: {{key}}\nTool "
                        "calling: on\n",
                        values, plain)}};
    case Tool::OpenAiSdk:
        return {{F::Python,
                 {},
                 s("import os\nfrom openai import OpenAI\n\n")
                     + code(kOpenAiPython, kPythonKey, values)},
                {F::Node, {}, code(kOpenAiNode, kNodeKey, values)}};
    case Tool::AnthropicSdk:
        return {{F::Python,
                 {},
                 s("import os\nfrom anthropic import Anthropic\n\n")
                     + code(kAnthropicPython, kPythonKey, values)},
                {F::Node, {}, code(kAnthropicNode, kNodeKey, values)}};
    case Tool::Cursor:
    case Tool::Aider:
    case Tool::Curl:
        break;
    }
    return {};
}

QStringList rivalVariables(Tool tool)
{
    switch (tool) {
    case Tool::ClaudeCode:
    case Tool::AnthropicSdk:
        return {s("ANTHROPIC_BASE_URL"), s("ANTHROPIC_AUTH_TOKEN"), s("ANTHROPIC_API_KEY"),
                s("CLAUDE_CODE_USE_BEDROCK"), s("CLAUDE_CODE_USE_VERTEX")};
    case Tool::Codex:
        return {s("OPENAI_BASE_URL")};
    case Tool::GeminiCli:
        return {s("GOOGLE_GEMINI_BASE_URL"), s("GEMINI_API_KEY"), s("GOOGLE_API_KEY"),
                s("GOOGLE_GENAI_USE_VERTEXAI")};
    case Tool::OpenCode:
        return {s("OPENCODE_CONFIG"), s("OPENCODE_CONFIG_CONTENT")};
    case Tool::Aider:
    case Tool::OpenAiSdk:
        return {s("OPENAI_API_BASE"), s("OPENAI_BASE_URL"), s("OPENAI_API_KEY")};
    default:
        break;
    }
    return {};
}

} // namespace sb::models
