#include "pages/peek/text_pane.h"

#include "kit/icons.h"
#include "kit/table.h"
#include "kit/tokens.h"
#include "words/format.h"

#include <QBoxLayout>
#include <QKeyEvent>
#include <QLineEdit>
#include <QMouseEvent>
#include <QPlainTextDocumentLayout>
#include <QPlainTextEdit>
#include <QTextBlock>
#include <QToolButton>

namespace sb::pages {

using kit::PlainLabel;

namespace {
constexpr qsizetype kLongLine = 4'000; // characters a block may have
constexpr int kMostMatches = 1'000; // marked and counted
constexpr QChar kOpen(0x25BE);
constexpr QChar kShut(0x25B8);

// The state of a block: twice its section's number, one more for the title.
int sectionOf(const QTextBlock &block)
{
    return block.userState() / 2;
}

bool isTitle(const QTextBlock &block)
{
    return block.userState() > 0 && block.userState() % 2 == 1;
}

QToolButton *barButton(kit::Glyph glyph, const QString &name, const QString &tip)
{
    auto *button = new QToolButton;
    button->setIcon(kit::icon(glyph));
    button->setAutoRaise(true);
    button->setFixedSize(28, 28);
    button->setAccessibleName(name);
    kit::setPlainToolTip(button, tip);
    return button;
}

} // namespace

TextPane::TextPane(const QString &name, QWidget *parent)
    : QWidget(parent)
    , m_edit(new QPlainTextEdit)
    , m_bar(new QWidget)
    , m_wanted(new QLineEdit)
    , m_count(new PlainLabel(QString(), kit::Type::Label))
{
    m_edit->setReadOnly(true);
    m_edit->setUndoRedoEnabled(false);
    m_edit->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_edit->setFrameShape(QFrame::NoFrame);
    m_edit->setTabChangesFocus(true);
    m_edit->setAccessibleName(name);
    m_edit->setFont(kit::font(kit::Type::Mono));
    m_edit->setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    m_edit->installEventFilter(this);
    m_edit->viewport()->installEventFilter(this);

    m_wanted->setPlaceholderText(tr("Find in this text"));
    m_wanted->setAccessibleName(tr("Find in this text"));
    m_wanted->installEventFilter(this);
    m_count->setTone(PlainLabel::Tone::Secondary);
    auto *before
        = barButton(kit::Glyph::Up, tr("Previous match"), tr("Previous match (Shift+Enter)"));
    auto *next = barButton(kit::Glyph::Down, tr("Next match"), tr("Next match (Enter)"));
    auto *close = barButton(kit::Glyph::Close, tr("Close the search"), tr("Close (Esc)"));
    auto *row = new QHBoxLayout(m_bar);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(kit::space::kGrid);
    row->addWidget(m_wanted, 1);
    row->addWidget(m_count);
    row->addWidget(before);
    row->addWidget(next);
    row->addWidget(close);
    m_bar->hide();
    connect(m_wanted, &QLineEdit::textChanged, this, [this] {
        markMatches();
        QTextCursor cursor = m_edit->textCursor();
        cursor.setPosition(cursor.selectionStart());
        m_edit->setTextCursor(cursor);
        find(false);
    });
    connect(before, &QToolButton::clicked, this, [this] { find(true); });
    connect(next, &QToolButton::clicked, this, [this] { find(false); });
    connect(close, &QToolButton::clicked, this, &TextPane::closeFind);

    auto *outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->setSpacing(kit::space::kGrid);
    outer->addWidget(m_bar);
    outer->addWidget(m_edit, 1);
}

void TextPane::setText(const QString &text)
{
    setSections({{.title = {}, .body = text, .isMono = true}});
}

void TextPane::setSections(const QList<TextSection> &sections)
{
    m_sections = sections;
    fill();
    if (m_bar->isVisible())
        markMatches();
}

void TextPane::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && !m_sections.isEmpty())
        fill();
}

void TextPane::insert(QTextCursor &cursor, const QString &text, const QTextCharFormat &format,
                      int state)
{
    QStringView rest = text;
    do {
        qsizetype end = rest.indexOf(u'\n');
        QStringView line = end < 0 ? rest : rest.first(end);
        qsizetype step = end < 0 ? rest.size() : end + 1;
        if (line.size() > kLongLine) {
            line = line.first(kLongLine - (line[kLongLine - 1].isHighSurrogate() ? 1 : 0));
            step = line.size();
        }
        if (cursor.position() > 0 || cursor.block().userState() >= 0)
            cursor.insertBlock();
        cursor.block().setUserState(state);
        cursor.insertText(line.toString(), format);
        rest = rest.sliced(step);
    } while (!rest.isEmpty());
}

void TextPane::fill()
{
    const kit::Tokens &t = kit::tokensFor(palette());
    m_edit->clear();
    m_edit->setExtraSelections({});
    QTextCursor cursor(m_edit->document());
    cursor.beginEditBlock();
    cursor.block().setUserState(-1);
    for (int i = 0; i < m_sections.size(); ++i) {
        const TextSection &section = m_sections[i];
        if (!section.title.isEmpty()) {
            QTextCharFormat format;
            format.setFont(kit::font(kit::Type::LabelStrong));
            format.setForeground(kit::toneColor(section.tone, t));
            const QString sign
                = section.body.isEmpty() ? QString() : QString(section.isFolded ? kShut : kOpen);
            insert(cursor,
                   sign + (sign.isEmpty() ? QString() : QStringLiteral(" ")) + section.title,
                   format, 2 * i + 1);
        }
        if (!section.body.isEmpty()) {
            QTextCharFormat format;
            format.setFont(kit::font(section.isMono ? kit::Type::Mono : kit::Type::Body));
            format.setForeground(t.text);
            insert(cursor, section.body, format, 2 * i);
        }
    }
    cursor.endEditBlock();
    for (int i = 0; i < m_sections.size(); ++i) {
        if (m_sections[i].isFolded && !m_sections[i].title.isEmpty())
            setFolded(i, true);
    }
    m_edit->moveCursor(QTextCursor::Start);
}

QTextBlock TextPane::titleOf(int section) const
{
    QTextBlock block = m_edit->document()->begin();
    while (block.isValid() && block.userState() != 2 * section + 1)
        block = block.next();
    return block;
}

bool TextPane::isFolded(int section) const
{
    return m_sections.value(section).isFolded;
}

void TextPane::setFolded(int section, bool isFolded)
{
    const QTextBlock title = titleOf(section);
    if (!title.isValid() || m_sections[section].body.isEmpty())
        return;
    m_sections[section].isFolded = isFolded;
    QTextCursor sign(title);
    sign.movePosition(QTextCursor::NextCharacter, QTextCursor::KeepAnchor);
    sign.insertText(QString(isFolded ? kShut : kOpen), title.begin().fragment().charFormat());
    QTextBlock block = title.next();
    int end = title.position() + title.length();
    for (; block.isValid() && block.userState() == 2 * section; block = block.next()) {
        block.setVisible(!isFolded);
        block.setLineCount(isFolded ? 0 : 1);
        end = block.position() + block.length();
    }
    m_edit->document()->markContentsDirty(title.position(), end - title.position());
    auto *layout = qobject_cast<QPlainTextDocumentLayout *>(m_edit->document()->documentLayout());
    emit layout->documentSizeChanged(layout->documentSize());
    m_edit->viewport()->update();
}

void TextPane::setAllFolded(bool isFolded)
{
    for (int i = 0; i < m_sections.size(); ++i) {
        if (!m_sections[i].title.isEmpty() && m_sections[i].isFolded != isFolded)
            setFolded(i, isFolded);
    }
}

bool TextPane::toggleAt(const QTextCursor &cursor)
{
    const QTextBlock block = cursor.block();
    if (!isTitle(block))
        return false;
    setFolded(sectionOf(block), !isFolded(sectionOf(block)));
    return true;
}

// ---- find ----

void TextPane::openFind()
{
    m_bar->show();
    m_wanted->setFocus(Qt::ShortcutFocusReason);
    m_wanted->selectAll();
    markMatches();
}

bool TextPane::closeFind()
{
    if (m_bar->isHidden())
        return false;
    m_bar->hide();
    m_edit->setExtraSelections({});
    m_edit->setFocus(Qt::OtherFocusReason);
    return true;
}

void TextPane::markMatches()
{
    m_matches = 0;
    QList<QTextEdit::ExtraSelection> marks;
    const QString wanted = m_wanted->text();
    if (!wanted.isEmpty()) {
        const kit::Tokens &t = kit::tokensFor(palette());
        QTextCharFormat format;
        format.setBackground(kit::mix(t.inset, t.accent, 0.35));
        for (QTextCursor at = m_edit->document()->find(wanted, 0);
             !at.isNull() && marks.size() < kMostMatches; at = m_edit->document()->find(wanted, at))
            marks.append({at, format});
        m_matches = int(marks.size());
    }
    m_edit->setExtraSelections(marks);
    m_count->setText(wanted.isEmpty() ? QString()
                         : m_matches == kMostMatches
                         ? tr("%1 or more", "matches").arg(words::count(m_matches))
                         : tr("%n match(es)", nullptr, m_matches));
}

void TextPane::find(bool isBackward)
{
    const QString wanted = m_wanted->text();
    if (wanted.isEmpty())
        return;
    const QTextDocument::FindFlags flags
        = isBackward ? QTextDocument::FindBackward : QTextDocument::FindFlags();
    QTextCursor at = m_edit->document()->find(wanted, m_edit->textCursor(), flags);
    if (at.isNull()) {
        QTextCursor edge(m_edit->document());
        edge.movePosition(isBackward ? QTextCursor::End : QTextCursor::Start);
        at = m_edit->document()->find(wanted, edge, flags);
    }
    if (at.isNull())
        return;
    if (!at.block().isVisible())
        setFolded(sectionOf(at.block()), false);
    m_edit->setTextCursor(at);
    m_edit->ensureCursorVisible();
}

// Enter on a title folds; a click does, unless it ends a selection.
bool TextPane::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_edit->viewport() && event->type() == QEvent::MouseButtonRelease) {
        const auto *mouse = static_cast<QMouseEvent *>(event);
        if (mouse->button() == Qt::LeftButton && !m_edit->textCursor().hasSelection())
            toggleAt(m_edit->cursorForPosition(mouse->position().toPoint()));
        return false;
    }
    if (event->type() == QEvent::ShortcutOverride || event->type() == QEvent::KeyPress) {
        auto *key = static_cast<QKeyEvent *>(event);
        const bool isEnter = key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter;
        const bool isPlain = (key->modifiers() & (Qt::ControlModifier | Qt::AltModifier)) == 0;
        if (watched == m_wanted && isPlain && (isEnter || key->key() == Qt::Key_Escape)) {
            key->accept();
            if (event->type() == QEvent::ShortcutOverride)
                return true;
            if (isEnter)
                find(key->modifiers().testFlag(Qt::ShiftModifier));
            else
                closeFind();
            return true;
        }
        if (watched == m_edit && event->type() == QEvent::ShortcutOverride
            && key->key() == Qt::Key_Escape && m_bar->isVisible()) {
            key->accept();
            return true;
        }
        if (watched == m_edit && event->type() == QEvent::KeyPress && isPlain && isEnter)
            return toggleAt(m_edit->textCursor());
        if (watched == m_edit && event->type() == QEvent::KeyPress && key->key() == Qt::Key_Escape
            && closeFind())
            return true;
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace sb::pages
