// What is copied is what the tool's own parser reads: every format is read back by structure, and
// every shell's quoting by that shell where it is here.
#include "models/tool_snippets.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QRegularExpression>
#include <QStandardPaths>
#include <QTest>

using namespace sb::models;

namespace {

const QString kBase = QStringLiteral("http://127.0.0.1:7317");
const QString kKey = QStringLiteral("sbx-0123456789abcdefghijABCDEFGHIJ");

SnippetValues values(const QString &model = QStringLiteral("coding"))
{
    return {kBase, kKey, model};
}

QJsonValue readJson(const QString &text)
{
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(text.toUtf8(), &error);
    if (error.error != QJsonParseError::NoError)
        qWarning("%s", qPrintable(error.errorString()));
    return document.isArray() ? QJsonValue(document.array()) : QJsonValue(document.object());
}

// Enough of TOML for what we write: tables and basic strings; anything else is an error.
QHash<QString, QString> readToml(const QString &text)
{
    QHash<QString, QString> out;
    QString table;
    static const QRegularExpression head(QStringLiteral("^\\[([A-Za-z0-9_.-]+)\\]$"));
    static const QRegularExpression pair(
        QStringLiteral("^([A-Za-z0-9_-]+) = \"((?:[^\"\\\\]|\\\\.)*)\"$"));
    for (const QString &line : text.split(u'\n', Qt::SkipEmptyParts)) {
        if (const auto match = head.match(line); match.hasMatch())
            table = match.captured(1) + u'.';
        else if (const auto found = pair.match(line); found.hasMatch())
            out.insert(table + found.captured(1), found.captured(2));
        else
            out.insert(QStringLiteral("error"), line);
    }
    return out;
}

QString scalar(const QString &text)
{
    if (!text.startsWith(u'"'))
        return text;
    return QJsonDocument::fromJson(QByteArray('[' + text.toUtf8() + ']')).array().at(0).toString();
}

} // namespace

class tst_tool_snippets : public QObject {
    Q_OBJECT
private slots:
    void listIsInOrder();
    void exactLines_data();
    void exactLines();
    void claudeSettings();
    void codexProfile();
    void openCode();
    void continueYaml_data();
    void continueYaml();
    void zed();
    void vsCode();
    void envFile();
    void python();
    void shellsReadWhatWasMeant_data();
    void shellsReadWhatWasMeant();
    void shownKeyIsAVariable();
    void noKeyWhereNoneBelongs();
};

void tst_tool_snippets::listIsInOrder()
{
    QCOMPARE(tools().size(), qsizetype(kToolCount));
    QSet<QString> ids;
    for (int i = 0; i < kToolCount; ++i) {
        QCOMPARE(int(tools()[i].tool), i);
        ids.insert(tools()[i].clientId);
    }
    QCOMPARE(ids.size(), qsizetype(kToolCount));
    QVERIFY(!isSpoken(factsOf(Tool::Codex)) && !isSpoken(factsOf(Tool::GeminiCli)));
    QVERIFY(!factsOf(Tool::Cursor).isPossible);
    QVERIFY(snippetsOf(Tool::Cursor, values()).isEmpty());
}

void tst_tool_snippets::exactLines_data()
{
    QTest::addColumn<int>("tool");
    QTest::addColumn<int>("shell");
    QTest::addColumn<QString>("model");
    QTest::addColumn<QString>("line");
    const auto row = [](const char *tag, Tool tool, Shell shell, const char *model, QString line) {
        line.replace(QStringLiteral("{{base}}"), kBase).replace(QStringLiteral("{{key}}"), kKey);
        QTest::newRow(tag) << int(tool) << int(shell) << QString::fromLatin1(model) << line;
    };
    row("claude bash", Tool::ClaudeCode, Shell::Bash, "",
        QStringLiteral("ANTHROPIC_BASE_URL={{base}} ANTHROPIC_AUTH_TOKEN={{key}} "
                       "ANTHROPIC_API_KEY= CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY=1 claude"));
    row("claude model", Tool::ClaudeCode, Shell::Bash, "coding",
        QStringLiteral(
            "ANTHROPIC_BASE_URL={{base}} ANTHROPIC_AUTH_TOKEN={{key}} ANTHROPIC_API_KEY= "
            "CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY=1 ANTHROPIC_DEFAULT_OPUS_MODEL=coding "
            "ANTHROPIC_DEFAULT_SONNET_MODEL=coding ANTHROPIC_DEFAULT_HAIKU_MODEL=coding "
            "CLAUDE_CODE_SUBAGENT_MODEL=coding claude"));
    row("claude fish", Tool::ClaudeCode, Shell::Fish, "",
        QStringLiteral("env ANTHROPIC_BASE_URL={{base}} ANTHROPIC_AUTH_TOKEN={{key}} "
                       "ANTHROPIC_API_KEY= CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY=1 claude"));
    row("claude powershell", Tool::ClaudeCode, Shell::PowerShell, "",
        QStringLiteral("$env:ANTHROPIC_BASE_URL = '{{base}}'; $env:ANTHROPIC_AUTH_TOKEN = "
                       "'{{key}}'; $env:ANTHROPIC_API_KEY = ''; "
                       "$env:CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY = '1'; claude"));
    row("codex", Tool::Codex, Shell::Bash, "coding",
        QStringLiteral("SIGNALBOX_KEY={{key}} codex --profile signalbox"));
    row("gemini", Tool::GeminiCli, Shell::Bash, "",
        QStringLiteral("GOOGLE_GEMINI_BASE_URL={{base}} GEMINI_API_KEY={{key}} gemini"));
    row("aider", Tool::Aider, Shell::Bash, "coding",
        QStringLiteral("OPENAI_API_BASE={{base}}/v1 OPENAI_API_KEY={{key}} aider --model "
                       "openai/coding"));
    row("openai sdk", Tool::OpenAiSdk, Shell::Bash, "",
        QStringLiteral("export OPENAI_BASE_URL={{base}}/v1\nexport OPENAI_API_KEY={{key}}"));
    row("anthropic sdk fish", Tool::AnthropicSdk, Shell::Fish, "",
        QStringLiteral("set -gx ANTHROPIC_BASE_URL {{base}}\nset -gx ANTHROPIC_AUTH_TOKEN "
                       "{{key}}"));
    row("curl", Tool::Curl, Shell::Bash, "coding",
        QStringLiteral("curl -N {{base}}/v1/chat/completions -H \"Authorization: Bearer {{key}}\" "
                       "-H 'Content-Type: application/json' \\\n  -d "
                       "'{\"model\":\"coding\",\"stream\":true,\"messages\":[{\"role\":\"user\","
                       "\"content\":\"Say hello\"}]}'"));
}

void tst_tool_snippets::exactLines()
{
    QFETCH(int, tool);
    QFETCH(int, shell);
    QFETCH(QString, model);
    QFETCH(QString, line);
    QCOMPARE(commandLine(Tool(tool), Shell(shell), values(model)), line);
}

void tst_tool_snippets::claudeSettings()
{
    const Snippet file = snippetsOf(Tool::ClaudeCode, values()).first();
    QCOMPARE(file.file, QStringLiteral("~/.claude/settings.json"));
    const QJsonObject env = readJson(file.text).toObject()[QStringLiteral("env")].toObject();
    QCOMPARE(env[QStringLiteral("ANTHROPIC_BASE_URL")].toString(), kBase);
    QCOMPARE(env[QStringLiteral("ANTHROPIC_AUTH_TOKEN")].toString(), kKey);
    QCOMPARE(env[QStringLiteral("ANTHROPIC_API_KEY")], QJsonValue(QString::fromLatin1("")));
    QCOMPARE(env[QStringLiteral("CLAUDE_CODE_SUBAGENT_MODEL")].toString(),
             QStringLiteral("coding"));
}

void tst_tool_snippets::codexProfile()
{
    const Snippet file = snippetsOf(Tool::Codex, values()).first();
    const auto toml = readToml(file.text);
    QVERIFY2(!toml.contains(QStringLiteral("error")), qPrintable(file.text));
    QCOMPARE(toml[QStringLiteral("model")], QStringLiteral("coding"));
    QCOMPARE(toml[QStringLiteral("model_provider")], QStringLiteral("signalbox"));
    const QString at = QStringLiteral("model_providers.signalbox.");
    QCOMPARE(toml[at + QStringLiteral("base_url")], kBase + QStringLiteral("/v1"));
    QCOMPARE(toml[at + QStringLiteral("wire_api")], QStringLiteral("responses"));
    QCOMPARE(toml[at + QStringLiteral("env_key")], QStringLiteral("SIGNALBOX_KEY"));
}

void tst_tool_snippets::openCode()
{
    for (const QString &text : {snippetsOf(Tool::OpenCode, values()).first().text,
                                environmentOf(Tool::OpenCode, values()).first().second}) {
        const QJsonObject root = readJson(text).toObject();
        const QJsonObject own
            = root[QStringLiteral("provider")].toObject()[QStringLiteral("signalbox")].toObject();
        QCOMPARE(own[QStringLiteral("options")].toObject()[QStringLiteral("baseURL")].toString(),
                 kBase + QStringLiteral("/v1"));
        QCOMPARE(own[QStringLiteral("options")].toObject()[QStringLiteral("apiKey")].toString(),
                 QStringLiteral("{env:SIGNALBOX_KEY}"));
        QVERIFY(own[QStringLiteral("models")].toObject().contains(QStringLiteral("coding")));
        QCOMPARE(root[QStringLiteral("model")].toString(), QStringLiteral("signalbox/coding"));
    }
}

void tst_tool_snippets::continueYaml_data()
{
    QTest::addColumn<QString>("model");
    for (const char *model : {"coding", "a/b.c-1", "yes", "12", "with: colon", "quo\"te", "#x"})
        QTest::newRow(model) << QString::fromLatin1(model);
}

void tst_tool_snippets::continueYaml()
{
    QFETCH(QString, model);
    const QString text = snippetsOf(Tool::Continue, values(model)).first().text;
    const QStringList lines = text.split(u'\n', Qt::SkipEmptyParts);
    QCOMPARE(lines.size(), 10);
    QCOMPARE(lines[2], QStringLiteral("schema: v1"));
    QCOMPARE(lines[3], QStringLiteral("models:"));
    QVERIFY(lines[4].startsWith(QStringLiteral("  - name: ")));
    QCOMPARE(lines[5], QStringLiteral("    provider: openai"));
    const QString read = lines[6].mid(QStringLiteral("    model: ").size());
    QCOMPARE(scalar(read), model);
    // A plain scalar that YAML would take for something else must be quoted.
    static const QRegularExpression odd(
        QStringLiteral("^(yes|no|true|false|null|on|off|[0-9.]+)$|[:#\"'{}\\[\\]]"));
    QVERIFY(read.startsWith(u'"') || !odd.match(read).hasMatch());
    QCOMPARE(lines[7], QStringLiteral("    apiBase: ") + kBase + QStringLiteral("/v1"));
    QCOMPARE(scalar(lines[8].mid(QStringLiteral("    apiKey: ").size())), kKey);
}

void tst_tool_snippets::zed()
{
    const QJsonObject own = readJson(snippetsOf(Tool::Zed, values()).first().text)
                                .toObject()[QStringLiteral("language_models")]
                                .toObject()[QStringLiteral("openai_compatible")]
                                .toObject()[QStringLiteral("signalbox")]
                                .toObject();
    QCOMPARE(own[QStringLiteral("api_url")].toString(), kBase + QStringLiteral("/v1"));
    const QJsonObject model = own[QStringLiteral("available_models")].toArray().first().toObject();
    QCOMPARE(model[QStringLiteral("name")].toString(), QStringLiteral("coding"));
    QCOMPARE(model[QStringLiteral("max_tokens")].toInt(), 200'000);
}

void tst_tool_snippets::vsCode()
{
    const QJsonObject own
        = readJson(snippetsOf(Tool::VsCode, values()).first().text).toArray().first().toObject();
    QCOMPARE(own[QStringLiteral("vendor")].toString(), QStringLiteral("customendpoint"));
    QCOMPARE(own[QStringLiteral("apiKey")].toString(), QStringLiteral("${input:signalboxKey}"));
    const QJsonObject model = own[QStringLiteral("models")].toArray().first().toObject();
    QCOMPARE(model[QStringLiteral("url")].toString(),
             kBase + QStringLiteral("/v1/chat/completions"));
    QVERIFY(model[QStringLiteral("toolCalling")].toBool());
}

void tst_tool_snippets::envFile()
{
    const Snippet file = snippetsOf(Tool::GeminiCli, values()).first();
    QCOMPARE(file.text,
             QStringLiteral("GOOGLE_GEMINI_BASE_URL=%1\nGEMINI_API_KEY=%2\n").arg(kBase, kKey));
}

void tst_tool_snippets::python()
{
    const auto linesOf = [](Tool tool, int language, const SnippetValues &given) {
        return snippetsOf(tool, given).value(language).text.split(u'\n');
    };
    SnippetValues given = values();
    given.model = QStringLiteral("co\"ding");
    QVERIFY(linesOf(Tool::OpenAiSdk, 0, given)
                .contains(QStringLiteral("client = OpenAI(base_url=\"%1/v1\", api_key=\"%2\")")
                              .arg(kBase, kKey)));
    SnippetValues shown = values();
    shown.key = kShownKey;
    QVERIFY(linesOf(Tool::AnthropicSdk, 0, shown)
                .contains(QStringLiteral("client = Anthropic(base_url=\"%1\", "
                                         "auth_token=os.environ[\"SIGNALBOX_KEY\"])")
                              .arg(kBase)));
    QVERIFY(linesOf(Tool::OpenAiSdk, 1, shown)
                .contains(QStringLiteral("const client = new OpenAI({ baseURL: \"%1/v1\", apiKey: "
                                         "process.env.SIGNALBOX_KEY });")
                              .arg(kBase)));
    QVERIFY(linesOf(Tool::AnthropicSdk, 1, given)
                .contains(QStringLiteral("const client = new Anthropic({ baseURL: \"%1\", "
                                         "authToken: \"%2\" });")
                              .arg(kBase, kKey)));
    // The model is asked for by name, in both languages.
    for (const Tool tool : {Tool::OpenAiSdk, Tool::AnthropicSdk}) {
        for (const Snippet &snippet : snippetsOf(tool, given))
            QVERIFY2(snippet.text.contains(QStringLiteral("\"co\\\"ding\"")),
                     qPrintable(snippet.text));
    }
}

void tst_tool_snippets::shellsReadWhatWasMeant_data()
{
    QTest::addColumn<QString>("text");
    for (const char *text : {"plain", "two words", "it's", "$HOME", "`id`", "a\\b", "\"quoted\"",
                             "semi;colon", "new\nline", "*", "{{key}}", "$SIGNALBOX"})
        QTest::newRow(text) << QString::fromLatin1(text);
}

void tst_tool_snippets::shellsReadWhatWasMeant()
{
    QFETCH(QString, text);
    const QPair<Shell, QString> shells[]
        = {{Shell::Bash, QStringLiteral("bash")}, {Shell::Fish, QStringLiteral("fish")}};
    for (const auto &[shell, program] : shells) {
        if (QStandardPaths::findExecutable(program).isEmpty())
            continue;
        QProcess process;
        process.start(program,
                      {QStringLiteral("-c"), QStringLiteral("printf %s ") + quoted(text, shell)});
        QVERIFY(process.waitForFinished(20'000));
        QCOMPARE(QString::fromUtf8(process.readAllStandardOutput()), text);
    }
    // PowerShell: a single-quoted string ends at a lone quote only.
    const QString word = quoted(text, Shell::PowerShell);
    if (word.startsWith(u'\'')) {
        QString inner = word.mid(1, word.size() - 2);
        QCOMPARE(QString(inner).remove(QStringLiteral("''")).count(u'\''), 0);
        QCOMPARE(inner.replace(QStringLiteral("''"), QStringLiteral("'")), text);
    }
}

void tst_tool_snippets::shownKeyIsAVariable()
{
    SnippetValues shown{kBase, kShownKey, QStringLiteral("coding")};
    for (const ToolFacts &facts : tools()) {
        for (int shell = 0; shell < kShellCount; ++shell) {
            const QString line = commandLine(facts.tool, Shell(shell), shown);
            QVERIFY(!line.contains(QStringLiteral("sbx-")));
            QVERIFY(!line.contains(QStringLiteral("'$SIGNALBOX_KEY'")));
            QVERIFY(!line.contains(QStringLiteral("{{")));
        }
        for (const Snippet &snippet : snippetsOf(facts.tool, shown))
            QVERIFY(!snippet.text.contains(QStringLiteral("{{")));
    }
}

// Keys of these tools live in a variable or on the tool's own page, never in the file.
void tst_tool_snippets::noKeyWhereNoneBelongs()
{
    for (const Tool tool : {Tool::Codex, Tool::OpenCode, Tool::Zed, Tool::VsCode}) {
        for (const Snippet &snippet : snippetsOf(tool, values()))
            QVERIFY(!snippet.text.contains(kKey));
    }
}

QTEST_GUILESS_MAIN(tst_tool_snippets)
#include "tst_tool_snippets.moc"
