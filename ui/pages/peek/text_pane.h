// A text to read: sections that fold under their titles, or one plain text; Ctrl+F finds in it.
//
// Read-only, GUI thread. Lines of a megabyte are broken for display only, so that none takes long
// to lay out; whoever copies takes the bytes, not what is drawn. [console §3.2]
#pragma once

#include "kit/plain_label.h"

#include <QWidget>

class QLineEdit;
class QPlainTextEdit;
class QTextBlock;
class QTextCharFormat;
class QTextCursor;

namespace sb::pages {

struct TextSection {
    QString title; // empty: the body alone
    QString body;
    kit::PlainLabel::Tone tone = kit::PlainLabel::Tone::Text; // of the title
    bool isFolded = false;
    bool isMono = false;
};

class TextPane final : public QWidget {
    Q_OBJECT
public:
    explicit TextPane(const QString &name, QWidget *parent = nullptr);

    void setText(const QString &text); // mono
    void setSections(const QList<TextSection> &sections);
    QPlainTextEdit *edit() const { return m_edit; }
    bool isFolded(int section) const;
    void setFolded(int section, bool isFolded);
    void setAllFolded(bool isFolded);

    void openFind();
    bool closeFind(); // false when it was not open
    int matches() const { return m_matches; }
    void find(bool isBackward);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    void fill();
    void insert(QTextCursor &cursor, const QString &text, const QTextCharFormat &format, int state);
    void markMatches();
    bool toggleAt(const QTextCursor &cursor);
    QTextBlock titleOf(int section) const;

    QPlainTextEdit *m_edit;
    QWidget *m_bar;
    QLineEdit *m_wanted;
    kit::PlainLabel *m_count;
    QList<TextSection> m_sections;
    int m_matches = 0;
};

} // namespace sb::pages
