// Starting a tool in a terminal window of the desktop, with an environment for that process only.
#pragma once

#include "models/tool_snippets.h"

namespace sb::pages {

// The first terminal program in `path` and how it takes a command; nothing when there is none.
struct Terminal {
    QString program; // whole path
    QStringList before; // "-e"
};
std::optional<Terminal> findTerminal(const QStringList &path);

// Whole paths of the programs found; looked up one folder after the other, off the GUI thread.
QHash<QString, QString> findPrograms(const QStringList &names, const QStringList &path);
QStringList searchPath(); // of our environment

// False when the system refused to start it. The key is only in the environment, never in argv.
bool launch(const Terminal &terminal, const models::Environment &environment,
            const QStringList &command);

} // namespace sb::pages
