#include "pages/peek/messages_view.h"

#include "kit/copy_button.h"
#include "kit/plain_label.h"
#include "kit/run_aside.h"
#include "kit/tokens.h"
#include "pages/peek/text_pane.h"
#include "words/format.h"
#include "words/plain.h"

#include <QBoxLayout>
#include <QCoreApplication>
#include <QPushButton>

namespace sb::pages {

using models::Conversation;
using models::ConversationPiece;
using Kind = ConversationPiece::Kind;
using Tone = kit::PlainLabel::Tone;

namespace {

constexpr qsizetype kMostNames = 60; // characters of a tool's name in a title

struct Titles {
    Q_DECLARE_TR_FUNCTIONS(sb::pages::MessagesView)
};

QString speaker(const ConversationPiece &piece)
{
    switch (piece.role) {
    case chat::Role::System:
        return Titles::tr("System");
    case chat::Role::Developer:
        return Titles::tr("Developer", "role in a conversation");
    case chat::Role::User:
        return Titles::tr("User");
    case chat::Role::Assistant:
        return piece.isAnswer ? Titles::tr("Assistant, the answer") : Titles::tr("Assistant");
    }
    return {};
}

QString mediaWord(chat::MediaKind kind)
{
    switch (kind) {
    case chat::MediaKind::Image:
        return Titles::tr("Image");
    case chat::MediaKind::Audio:
        return Titles::tr("Audio");
    case chat::MediaKind::Document:
        return Titles::tr("Document");
    case chat::MediaKind::Video:
        return Titles::tr("Video");
    }
    return {};
}

QString named(const QByteArray &name)
{
    return name.isEmpty() ? Titles::tr("unnamed", "tool")
                          : words::trimmed(QString::fromUtf8(name), kMostNames);
}

TextSection sectionOf(const ConversationPiece &piece)
{
    TextSection section;
    section.body = models::readable(piece.text);
    switch (piece.kind) {
    case Kind::Text:
        section.title = speaker(piece);
        section.tone = piece.role == chat::Role::Assistant ? Tone::Serving : Tone::Secondary;
        section.isFolded = piece.role == chat::Role::System || piece.role == chat::Role::Developer;
        break;
    case Kind::Reasoning:
        section.title = piece.isHidden
            ? Titles::tr("%1, reasoning that is sealed", "who").arg(speaker(piece))
            : Titles::tr("%1, reasoning", "who").arg(speaker(piece));
        section.tone = Tone::Muted;
        section.isFolded = true;
        break;
    case Kind::Refusal:
        section.title = Titles::tr("%1, refusal", "who").arg(speaker(piece));
        section.tone = Tone::Caution;
        break;
    case Kind::ToolCall:
        section.title = Titles::tr("Tool call: %1").arg(named(piece.name));
        section.tone = Tone::Drill;
        section.isFolded = section.isMono = true;
        break;
    case Kind::ToolResult:
        section.title = (piece.isError ? Titles::tr("Tool result, an error: %1, %2", "name, size")
                                       : Titles::tr("Tool result: %1, %2", "name, size"))
                            .arg(named(piece.name), words::bytes(piece.text.size()));
        section.tone = piece.isError ? Tone::Danger : Tone::Secondary;
        section.isFolded = section.isMono = true;
        break;
    case Kind::Media: {
        QStringList parts{mediaWord(piece.media)};
        if (!piece.name.isEmpty())
            parts.append(words::trimmed(QString::fromUtf8(piece.name), kMostNames));
        if (piece.size >= 0)
            parts.append(words::bytes(piece.size));
        section.title = parts.join(QStringLiteral(", "));
        section.tone = Tone::Secondary;
        section.isFolded = section.isMono = true;
        break;
    }
    case Kind::Opaque:
        section.title
            = Titles::tr("Block: %1", "name of a provider's own block").arg(named(piece.name));
        section.tone = Tone::Muted;
        section.isFolded = section.isMono = true;
        break;
    case Kind::Tools:
        section.title = Titles::tr("%n tool(s) offered", nullptr, int(piece.size));
        section.tone = Tone::Drill;
        section.isFolded = true;
        break;
    }
    return section;
}

} // namespace

MessagesView::MessagesView(CaptureSource &source, QWidget *parent)
    : CaptureView(source, tr("Conversation"), parent)
    , m_note(new kit::PlainLabel(QString(), kit::Type::Label))
    , m_folding(new QPushButton)
    , m_copy(new kit::CopyButton(tr("Copy the conversation")))
{
    setAccessibleName(tr("Messages"));
    m_note->setTone(Tone::Secondary);
    m_note->setWordWrap(true);
    connect(m_folding, &QPushButton::clicked, this, [this] {
        m_isUnfolded = !m_isUnfolded;
        pane()->setAllFolded(!m_isUnfolded);
        nameFolding();
    });
    auto *row = new QHBoxLayout;
    row->setSpacing(kit::space::kGrid);
    row->addWidget(m_note, 1);
    row->addWidget(m_folding);
    row->addWidget(m_copy);
    content()->addLayout(row);
    content()->addWidget(pane(), 1);
    nameFolding();
}

void MessagesView::nameFolding()
{
    m_folding->setText(m_isUnfolded ? tr("Fold all") : tr("Unfold all"));
}

QString MessagesView::note() const
{
    return m_note->text();
}

void MessagesView::fill(const CapturedExchange &)
{
    pane()->setSections({});
    m_note->setText(tr("Reading…"));
    const auto captured = source().captured();
    kit::runAside<Conversation>(
        this,
        [captured, ask = source().exchange()->ask] {
            return models::conversationOf(*captured, ask);
        },
        [this, captured](const Conversation &conversation) {
            if (source().captured() == captured)
                show(conversation);
        });
}

void MessagesView::show(const Conversation &conversation)
{
    switch (conversation.problem) {
    case Conversation::Problem::None:
        break;
    case Conversation::Problem::NotChat:
        return showEmpty(tr("This request is no conversation. Request and Response have what was "
                            "sent and what came."));
    case Conversation::Problem::NoRequest:
        return showEmpty(tr("The client sent no body, or too little of it was recorded to read."));
    case Conversation::Problem::Unreadable:
        return showEmpty(tr("The request cannot be read as a conversation: %1")
                             .arg(words::trimmed(QString::fromUtf8(conversation.detail), 300)));
    }
    QList<TextSection> sections;
    QStringList text;
    for (const ConversationPiece &piece : conversation.pieces) {
        sections.append(sectionOf(piece));
        text.append(QString(sections.last().title + u'\n' + sections.last().body));
    }
    if (m_isUnfolded) {
        for (TextSection &section : sections)
            section.isFolded = false;
    }
    pane()->setSections(sections);
    m_copy->setCopied(text.join(QStringLiteral("\n\n")) + u'\n');
    QString note = tr("%n part(s) of a conversation.", nullptr, int(sections.size()));
    if (conversation.isRequestCut || conversation.isAnswerCut) {
        note += u' '
            + tr("Cut: only the first %1 of a body are recorded.")
                  .arg(words::bytes(kMostCapturedBody));
    }
    m_note->setText(note);
}

} // namespace sb::pages
