// The command palette: type a few letters, run anything the window can do. [console §9]
#pragma once

#include "kit/overlay.h"
#include "shell/command_list.h"

class QLineEdit;
class QListView;

namespace sb::kit {
class PlainLabel;
}

namespace sb::shell {

class CommandModel;

// Owned by the window. Lists what it is given when it opens; the last used ones come first.
class Palette final : public kit::Overlay {
    Q_OBJECT
public:
    explicit Palette(QWidget *host);

    void openWith(const QList<Command> &commands);
    // For what only the typed text says: a request's id. Asked at every change.
    void setTextCommands(std::function<QList<Command>(const QString &text)> make);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void filter(const QString &text);
    void run(const QModelIndex &index);

    QLineEdit *m_line;
    QListView *m_list;
    kit::PlainLabel *m_none;
    CommandModel *m_model;
    QList<Command> m_commands;
    QStringList m_recent; // "group\ntext", newest first
    std::function<QList<Command>(const QString &)> m_textCommands;
};

} // namespace sb::shell
