#include "shell/command_list.h"

#include <QAction>
#include <QPointer>
#include <QWidget>

namespace sb::shell {

QList<Command> commandsOf(const QWidget &widget, const QString &group,
                          const std::function<void()> &before)
{
    QList<Command> commands;
    for (QAction *action : widget.actions()) {
        if (action->text().isEmpty() || action->isSeparator() || !action->isEnabled()
            || !action->isVisible())
            continue;
        QString text = action->text();
        text.remove(QLatin1Char('&'));
        commands.append(
            {text, group, action->shortcuts(), [before, kept = QPointer<QAction>(action)] {
                 if (before)
                     before();
                 if (kept)
                     kept->trigger();
             }});
    }
    return commands;
}

QString keyText(const QList<QKeySequence> &keys)
{
    QStringList texts;
    for (const QKeySequence &key : keys)
        texts += key.toString(QKeySequence::NativeText);
    return texts.join(QStringLiteral(", "));
}

} // namespace sb::shell
