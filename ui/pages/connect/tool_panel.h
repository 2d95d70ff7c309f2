// One tool in detail: what to run or paste, what stands in the way, Launch and Copy.
#pragma once

#include "models/tool_snippets.h"
#include "record/frame.h"

#include <QWidget>

#include <functional>

class QComboBox;
class QPlainTextEdit;
class QPushButton;

namespace sb::link {
class EngineLink;
}
namespace sb::kit {
class NoticeBar;
class PlainLabel;
} // namespace sb::kit

namespace sb::pages {

// GUI thread. Keys are made at the first Launch or Copy and go into the clipboard or the process
// only; what is on screen has a variable in their place.
class ToolPanel final : public QWidget {
    Q_OBJECT
public:
    explicit ToolPanel(link::EngineLink &link, QWidget *parent = nullptr);

    // `seenWallMs`: its last request, 0 = none.
    void setTool(models::Tool tool, const QString &path, qint64 seenWallMs = 0);
    void setFrame(const FramePtr &frame, qint64 seenWallMs = 0);
    models::Tool tool() const { return m_tool; }

public slots:
    void launchTool();
    void copyCommand();
    void copySettings();

signals:
    void copyRequested(const QString &text);
    void said(const QString &sentence);
    void launched(sb::models::Tool tool);

private:
    void refresh();
    void withKey(std::function<void(const QString &key)> then);
    models::SnippetValues values(const QString &key) const;
    models::Shell shell() const;
    QList<models::Snippet> snippets(const QString &key) const; // the shown one first
    QString stateLine() const;
    QString notes() const;
    QString conflicts() const;

    link::EngineLink &m_link;
    models::Tool m_tool = models::Tool::ClaudeCode;
    QString m_path;
    qint64 m_seenWallMs = 0;
    FramePtr m_frame;
    QString m_base;
    QStringList m_chains;
    kit::PlainLabel *m_title;
    kit::PlainLabel *m_state;
    kit::PlainLabel *m_notes;
    kit::NoticeBar *m_conflict;
    QComboBox *m_model;
    QComboBox *m_shell;
    QWidget *m_commandPart;
    QPlainTextEdit *m_command;
    QWidget *m_filePart;
    kit::PlainLabel *m_fileName;
    QPlainTextEdit *m_file;
    QComboBox *m_language; // of the code, where there is more than one
    QPushButton *m_launch;
    QPushButton *m_copy;
    QPushButton *m_copyFile;
};

} // namespace sb::pages
