#include "pages/connect/tool_panel.h"

#include "kit/console_style.h"
#include "kit/fonts.h"
#include "kit/notice_bar.h"
#include "kit/plain_label.h"
#include "kit/tokens.h"
#include "link/engine_link.h"
#include "pages/connect/terminal.h"
#include "words/format.h"
#include "words/setup_words.h"

#include <QBoxLayout>
#include <QComboBox>
#include <QFileInfo>
#include <QPainter>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QUrl>

namespace sb::pages {

using models::Tool;

namespace {

constexpr int kCommandRows = 5;
constexpr int kFileRows = 9;

QPlainTextEdit *textBox(const QString &name, int rows, QWidget *parent)
{
    auto *box = new QPlainTextEdit(parent);
    box->setReadOnly(true);
    box->setAccessibleName(name);
    box->setFont(kit::font(kit::Type::Mono));
    box->setTabChangesFocus(true);
    box->setLineWrapMode(QPlainTextEdit::WidgetWidth);
    box->setWordWrapMode(QTextOption::WrapAnywhere);
    box->setFixedHeight(QFontMetrics(kit::font(kit::Type::Mono)).lineSpacing() * rows
                        + 2 * kit::space::kInside);
    return box;
}

bool isInWsl()
{
    return qEnvironmentVariableIsSet("WSL_DISTRO_NAME");
}

bool isInContainer()
{
    return QFileInfo::exists(QStringLiteral("/.dockerenv"))
        || qEnvironmentVariableIsSet("container");
}

} // namespace

ToolPanel::ToolPanel(link::EngineLink &link, QWidget *parent)
    : QWidget(parent)
    , m_link(link)
    , m_title(new kit::PlainLabel({}, kit::Type::Title, this))
    , m_state(new kit::PlainLabel({}, kit::Type::Body, this))
    , m_notes(new kit::PlainLabel({}, kit::Type::Label, this))
    , m_conflict(new kit::NoticeBar(this))
    , m_model(new QComboBox(this))
    , m_shell(new QComboBox(this))
    , m_commandPart(new QWidget(this))
    , m_command(textBox(tr("Command"), kCommandRows, m_commandPart))
    , m_filePart(new QWidget(this))
    , m_fileName(new kit::PlainLabel({}, kit::Type::Mono, m_filePart))
    , m_file(textBox(tr("Settings"), kFileRows, m_filePart))
    , m_language(new QComboBox(m_filePart))
    , m_launch(new QPushButton(tr("Launch in a terminal"), m_commandPart))
    , m_copy(new QPushButton(tr("Copy with the key"), m_commandPart))
    , m_copyFile(new QPushButton(tr("Copy these settings"), m_filePart))
{
    setAccessibleName(tr("How to connect the tool"));
    m_state->setWordWrap(true);
    m_state->setTone(kit::PlainLabel::Tone::Secondary);
    m_notes->setWordWrap(true);
    m_notes->setTone(kit::PlainLabel::Tone::Secondary);
    m_fileName->setTone(kit::PlainLabel::Tone::Secondary);
    m_fileName->setElided(true);
    m_model->setAccessibleName(tr("Model or chain"));
    m_model->setMinimumContentsLength(12);
    for (QComboBox *box : {m_model, m_shell}) // a long word must not push the panel's edge out
        box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_shell->setMinimumContentsLength(6);
    m_shell->setAccessibleName(tr("Shell"));
    m_shell->addItems(
        {QStringLiteral("bash, zsh"), QStringLiteral("fish"), QStringLiteral("PowerShell")});
    kit::setPrimary(m_launch);
    kit::setPlainToolTip(m_launch,
                         tr("Opens a terminal with the address and an own key set for "
                            "that process only (Ctrl+Return)"));
    kit::setPlainToolTip(m_copy, tr("Puts the line with the whole key on the clipboard (Ctrl+C)"));

    auto *choices = new QHBoxLayout;
    choices->setSpacing(kit::space::kInside);
    const auto labelled = [&](const QString &text, QComboBox *box, int stretch) {
        auto *label = new kit::PlainLabel(text, kit::Type::Label, this);
        label->setTone(kit::PlainLabel::Tone::Secondary);
        label->setBuddy(box);
        choices->addWidget(label);
        choices->addWidget(box, stretch);
    };
    labelled(tr("Model"), m_model, 2);
    labelled(tr("Shell"), m_shell, 1);

    auto *commandColumn = new QVBoxLayout(m_commandPart);
    commandColumn->setContentsMargins(0, 0, 0, 0);
    commandColumn->setSpacing(kit::space::kInside);
    commandColumn->addWidget(m_command);
    auto *buttons = new QHBoxLayout;
    buttons->setSpacing(kit::space::kInside);
    buttons->addWidget(m_launch);
    buttons->addWidget(m_copy);
    buttons->addStretch();
    commandColumn->addLayout(buttons);
    auto *fileColumn = new QVBoxLayout(m_filePart);
    fileColumn->setContentsMargins(0, 0, 0, 0);
    fileColumn->setSpacing(kit::space::kInside);
    m_language->setAccessibleName(tr("Language"));
    m_language->addItems({QStringLiteral("Python"), QStringLiteral("Node")});
    auto *fileHead = new QHBoxLayout;
    fileHead->setSpacing(kit::space::kInside);
    fileHead->addWidget(m_fileName, 1);
    fileHead->addWidget(m_language);
    fileColumn->addLayout(fileHead);
    fileColumn->addWidget(m_file);
    auto *fileButtons = new QHBoxLayout;
    fileButtons->addWidget(m_copyFile);
    fileButtons->addStretch();
    fileColumn->addLayout(fileButtons);

    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(kit::space::kMargin, kit::space::kGap, kit::space::kMargin,
                               kit::space::kGap);
    column->setSpacing(kit::space::kGap);
    column->addWidget(m_title);
    column->addWidget(m_state);
    column->addWidget(m_conflict);
    column->addLayout(choices);
    column->addWidget(m_commandPart);
    column->addWidget(m_filePart);
    column->addWidget(m_notes);
    column->addStretch();

    connect(m_model, &QComboBox::currentIndexChanged, this, &ToolPanel::refresh);
    connect(m_shell, &QComboBox::currentIndexChanged, this, &ToolPanel::refresh);
    connect(m_language, &QComboBox::currentIndexChanged, this, &ToolPanel::refresh);
    connect(m_launch, &QPushButton::clicked, this, &ToolPanel::launchTool);
    connect(m_copy, &QPushButton::clicked, this, &ToolPanel::copyCommand);
    connect(m_copyFile, &QPushButton::clicked, this, &ToolPanel::copySettings);
    m_model->addItem(tr("As the tool asks"), QString());
    refresh();
}

void ToolPanel::setTool(Tool tool, const QString &path, qint64 seenWallMs)
{
    m_seenWallMs = seenWallMs;
    m_tool = tool;
    m_path = path;
    refresh();
}

void ToolPanel::setFrame(const FramePtr &frame, qint64 seenWallMs)
{
    m_seenWallMs = seenWallMs;
    m_frame = frame;
    const QString base = frame->addresses.value(0);
    QStringList chains;
    for (const ChainView &chain : frame->chains)
        chains += chain.id.text();
    const bool isSame = base == m_base && chains == m_chains;
    m_base = base;
    if (chains != m_chains) {
        m_chains = chains;
        const QSignalBlocker quiet(m_model);
        const QString chosen = m_model->currentData().toString();
        m_model->clear();
        m_model->addItem(tr("As the tool asks"), QString());
        for (const QString &chain : chains)
            m_model->addItem(tr("Chain %1").arg(chain), chain);
        m_model->setCurrentIndex(qMax(0, m_model->findData(chosen)));
    }
    if (isSame)
        m_state->setText(stateLine());
    else
        refresh();
}

models::Shell ToolPanel::shell() const
{
    return models::Shell(m_shell->currentIndex());
}

models::SnippetValues ToolPanel::values(const QString &key) const
{
    models::SnippetValues values;
    values.base = m_base.isEmpty() ? QStringLiteral("http://127.0.0.1:7317") : m_base;
    values.model = m_model->currentData().toString();
    if (values.model.isEmpty() && !m_chains.isEmpty() && m_tool != Tool::ClaudeCode)
        values.model = m_chains.contains(QStringLiteral("default")) ? QStringLiteral("default")
                                                                    : m_chains.first();
    if (!key.isEmpty())
        values.key = key;
    return values;
}

QList<models::Snippet> ToolPanel::snippets(const QString &key) const
{
    QList<models::Snippet> all = models::snippetsOf(m_tool, values(key));
    if (all.size() > 1 && m_language->currentIndex() > 0)
        all.move(m_language->currentIndex(), 0);
    return all;
}

QString ToolPanel::stateLine() const
{
    const models::ToolFacts &facts = models::factsOf(m_tool);
    if (!facts.isPossible)
        return tr("%1 cannot use an address on this computer: its own servers make the call and "
                  "refuse private addresses, and its completions never use it.")
            .arg(facts.name);
    if (!models::isSpoken(facts))
        return tr("Signalbox does not speak this tool's protocol yet.");
    if (m_frame && m_seenWallMs > 0)
        return tr("Connected. Last request seen %1.")
            .arg(words::ago(m_seenWallMs, m_frame->wallMs));
    if (facts.programs.isEmpty())
        return tr("No request seen yet. Set these where your program runs.");
    return m_path.isEmpty() ? tr("Not found on this computer. No request seen yet.")
                            : tr("Found at %1. No request seen yet.").arg(m_path);
}

QString ToolPanel::notes() const
{
    QStringList lines;
    switch (m_tool) {
    case Tool::ClaudeCode:
        lines += tr("Check with /status inside. “Auth conflict” means: run /logout, or unset the "
                    "other variable. Its model list only shows names that begin with claude or "
                    "anthropic, so give a chain such an alias to choose it there.");
        break;
    case Tool::Codex:
        lines += tr("Codex itself repeats server errors four times and streams five times, but "
                    "never a rate limit: do not stack more retries on top.");
        break;
    case Tool::GeminiCli:
        lines += tr("Choose “API key” as its sign-in. Plain http works on this computer only.");
        break;
    case Tool::Continue:
        lines += tr("In an existing file, add only the entry under models.");
        break;
    case Tool::Cline:
        lines += tr("In its settings panel. Or choose Anthropic with “Use custom base URL” and "
                    "the address without /v1.");
        break;
    case Tool::Zed:
        lines += tr("The key goes into Zed's provider page or SIGNALBOX_API_KEY, never into the "
                    "file. max_tokens is the size of the context.");
        break;
    case Tool::VsCode:
        lines += tr("From version 1.122: Chat: Manage Language Models, Add Models, Custom "
                    "Endpoint. It covers chat, not inline completions.");
        break;
    case Tool::JetBrains:
        lines += tr("Settings, Tools, AI Assistant, Providers & API keys; then Test Connection.");
        break;
    case Tool::Cursor:
        lines += tr("It would need a public https address of your own in front of this gateway: "
                    "Settings, Models, API Keys, Override OpenAI Base URL.");
        break;
    case Tool::OpenCode:
    case Tool::Aider:
    case Tool::OpenAiSdk:
    case Tool::AnthropicSdk:
    case Tool::Curl:
        break;
    }
    if (!models::factsOf(m_tool).isPossible)
        return lines.join(u'\n');
    const int port = QUrl(m_base).port(7317);
    if (isInWsl())
        lines += tr("This is WSL: a tool on the Windows side may need this system's own address.");
    if (isInContainer())
        lines += tr("This is a container: a tool outside needs the port to be published.");
    if (qEnvironmentVariableIsSet("SSH_CONNECTION"))
        lines += tr("You are here over SSH. For a tool on your own computer: ssh -L "
                    "%1:127.0.0.1:%1 this-host.")
                     .arg(port);
    lines += tr("For a tool on another computer: ssh -R %1:127.0.0.1:%1 host. Plain http beyond "
                "this computer would show keys and prompts to the network.")
                 .arg(port);
    return lines.join(u'\n');
}

QString ToolPanel::conflicts() const
{
    QStringList set;
    for (const QString &name : models::rivalVariables(m_tool)) {
        if (qEnvironmentVariableIsSet(name.toLatin1().constData())
            && !qEnvironmentVariableIsEmpty(name.toLatin1().constData()))
            set += name;
    }
    if (set.isEmpty())
        return {};
    return tr("Set in this environment already: %1. Launch overrides what it sets itself; in a "
              "terminal of yours run: unset %2")
        .arg(set.join(QStringLiteral(", ")), set.join(u' '));
}

void ToolPanel::refresh()
{
    const models::ToolFacts &facts = models::factsOf(m_tool);
    const bool isUsable = facts.isPossible && models::isSpoken(facts);
    m_title->setText(facts.name);
    m_state->setText(stateLine());
    m_state->setTone(isUsable ? kit::PlainLabel::Tone::Secondary : kit::PlainLabel::Tone::Caution);
    m_notes->setText(notes());
    const QString rival = isUsable ? conflicts() : QString();
    m_conflict->setVisible(!rival.isEmpty());
    if (!rival.isEmpty())
        m_conflict->setMessage(kit::NoticeBar::Kind::Caution, rival);

    const models::SnippetValues shown = values({});
    const QString line = facts.isPossible ? models::commandLine(m_tool, shell(), shown) : QString();
    m_command->setPlainText(line);
    m_commandPart->setVisible(!line.isEmpty());
    m_launch->setVisible(!facts.runs.isEmpty());
    m_launch->setEnabled(isUsable && !m_path.isEmpty() && !m_base.isEmpty());
    m_copy->setEnabled(isUsable && !m_base.isEmpty());
    const QList<models::Snippet> files = facts.isPossible ? snippets({}) : QList<models::Snippet>();
    m_filePart->setVisible(!files.isEmpty());
    if (!files.isEmpty()) {
        m_file->setPlainText(files.first().text.trimmed());
        m_language->setVisible(files.size() > 1);
        m_fileName->setText(files.size() > 1 ? tr("Or in your code:")
                                : files.first().file.isEmpty()
                                ? tr("In its settings:")
                                : tr("Or in %1:").arg(files.first().file));
        m_copyFile->setEnabled(isUsable && !m_base.isEmpty());
    }
    m_shell->setEnabled(!line.isEmpty());
    m_model->setEnabled(isUsable);
}

// The tool's own client, made now if it has none.
void ToolPanel::withKey(std::function<void(const QString &)> then)
{
    const models::ToolFacts &facts = models::factsOf(m_tool);
    const ClientId id(facts.clientId);
    const auto config = m_link.setup().config();
    const config::ClientSettings *client = config ? config->client(id) : nullptr;
    const auto failed = [this](const Error &error) { emit said(words::setupError(error, {})); };
    if (client && client->isRevoked) {
        emit said(tr("The key of %1 is revoked. Make a new one under Keys.").arg(facts.name));
        return;
    }
    if (client) {
        m_link.setup().clientKey(id).then(this, [then, failed](const Result<QString> &key) {
            key ? then(*key) : failed(key.error());
        });
        return;
    }
    engine::ClientDraft draft;
    draft.label = facts.name;
    draft.id = id;
    const QString model = m_model->currentData().toString();
    if (m_chains.contains(model))
        draft.defaultChain = ChainId(model);
    m_link.setup().addClient(draft).then(this,
                                         [then, failed](const Result<engine::NewClient> &made) {
                                             made ? then(made->key) : failed(made.error());
                                         });
}

void ToolPanel::launchTool()
{
    if (!m_launch->isEnabled() || m_launch->isHidden())
        return;
    const auto terminal = findTerminal(searchPath());
    if (!terminal) {
        emit said(tr("No terminal program was found. Copy the line and run it where you like."));
        return;
    }
    withKey([this, terminal](const QString &key) {
        const models::SnippetValues real = values(key);
        QStringList command = models::commandOf(m_tool, real);
        if (command.isEmpty())
            return;
        command.first() = m_path;
        const QString name = models::factsOf(m_tool).name;
        if (!launch(*terminal, models::environmentOf(m_tool, real), command)) {
            emit said(tr("%1 could not be started.").arg(terminal->program));
            return;
        }
        emit launched(m_tool);
        emit said(tr("%1 was started in a terminal. Its first request shows here.").arg(name));
    });
}

void ToolPanel::copyCommand()
{
    if (!m_copy->isEnabled() || m_commandPart->isHidden())
        return;
    withKey([this](const QString &key) {
        emit copyRequested(models::commandLine(m_tool, shell(), values(key)));
        emit said(tr("The line is on the clipboard, with the whole key."));
    });
}

void ToolPanel::copySettings()
{
    if (!m_copyFile->isEnabled() || m_filePart->isHidden())
        return;
    withKey([this](const QString &key) {
        const QList<models::Snippet> files = snippets(key);
        if (files.isEmpty())
            return;
        emit copyRequested(files.first().text);
        emit said(files.first().text.contains(key)
                      ? tr("The settings are on the clipboard, with the whole key.")
                      : tr("The settings are on the clipboard. The key is not in them: it comes "
                           "from a variable or the tool's own page."));
    });
}

} // namespace sb::pages
