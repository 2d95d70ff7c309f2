// How each tool is pointed at the gateway: environment, command, files and settings, as texts to
// copy. Pure; generated exactly as console.md §7 writes them, one test parses each format.
//
// A key is put in only where the caller gives one; what is shown on screen gets kShownKey.
#pragma once

#include "record/exchange.h"

#include <QList>
#include <QString>
#include <QStringList>

#include <optional>

namespace sb::models {

enum class Tool : quint8 {
    ClaudeCode,
    Codex,
    GeminiCli,
    OpenCode,
    Continue,
    Cline,
    Zed,
    VsCode,
    JetBrains,
    Cursor,
    Aider,
    OpenAiSdk,
    AnthropicSdk,
    Curl,
};
constexpr int kToolCount = 14;

enum class Shell : quint8 { Bash, Fish, PowerShell };
constexpr int kShellCount = 3;

struct ToolFacts {
    Tool tool;
    QString name; // "Claude Code", as its makers write it
    QString clientId; // of its own client here
    QStringList programs; // one of these in PATH: found
    QString runs; // what Launch starts; empty: it has no command of its own
    DialectId dialect = DialectId::OpenAiChat;
    bool isPossible = true; // can call an address on this computer at all
};
const QList<ToolFacts> &tools(); // in the order of the enum
const ToolFacts &factsOf(Tool tool);
// Whether the gateway speaks what the tool speaks.
bool isSpoken(const ToolFacts &facts);

extern const QString kShownKey; // "$SIGNALBOX_KEY"

struct SnippetValues {
    QString base; // "http://127.0.0.1:7317"
    QString key = kShownKey;
    QString model; // chain or model; empty: as the tool asks, where it can
};

using Environment = QList<std::pair<QString, QString>>; // an empty value clears
// What the process gets; empty for tools that are set up in their own settings.
Environment environmentOf(Tool tool, const SnippetValues &values);
QStringList commandOf(Tool tool, const SnippetValues &values);
// One line: environment and command for that process only, in that shell's quoting.
QString commandLine(Tool tool, Shell shell, const SnippetValues &values);
// For tools without a command: the environment for this shell.
QString exportLines(const Environment &environment, Shell shell);

struct Snippet {
    enum class Format : quint8 { Json, Toml, Yaml, Python, Node, Env, Settings };
    Format format = Format::Json;
    QString file; // where it belongs: "~/.claude/settings.json"; empty: nowhere
    QString text;
};
// Settings and code of that tool, whole texts.
QList<Snippet> snippetsOf(Tool tool, const SnippetValues &values);

// A word in that shell that stands for exactly this text; kShownKey stays a variable.
QString quoted(const QString &text, Shell shell);

// Variables that would lead the tool elsewhere or contradict ours.
QStringList rivalVariables(Tool tool);

} // namespace sb::models
