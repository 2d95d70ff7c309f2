// Every command of the window as values: what the palette lists and the key sheet shows.
#pragma once

#include "record/frame.h"

#include <QKeySequence>
#include <QList>
#include <QString>

#include <functional>

class QAction;
class QWidget;

namespace sb::shell {

struct Command {
    QString text; // "Probe now"
    QString group; // "Board", "Go to", "Provider"
    QList<QKeySequence> keys;
    std::function<void()> run;
};

// The actions of `widget` that can be run now and have a text; `before` runs first, to bring
// the page into view.
QList<Command> commandsOf(const QWidget &widget, const QString &group,
                          const std::function<void()> &before = {});
// "Ctrl+K, Ctrl+Shift+P".
QString keyText(const QList<QKeySequence> &keys);

} // namespace sb::shell
