#include "pages/connect/terminal.h"

#include <QDir>
#include <QFileInfo>
#include <QHash>
#include <QProcess>
#include <QProcessEnvironment>

namespace sb::pages {

namespace {
struct Known {
    const char *name;
    const char *before; // words between the program and the command, separated by blanks
};
// The desktop's own choice first.
constexpr Known kTerminals[] = {
    {"x-terminal-emulator", "-e"},
    {"gnome-terminal", "--"},
    {"kgx", "--"},
    {"konsole", "-e"},
    {"xfce4-terminal", "-x"},
    {"kitty", ""},
    {"alacritty", "-e"},
    {"foot", ""},
    {"wezterm", "start --"},
    {"xterm", "-e"},
};

bool isProgram(const QString &path)
{
    const QFileInfo file(path);
    return file.isFile() && file.isExecutable();
}
} // namespace

QStringList searchPath()
{
    return qEnvironmentVariable("PATH").split(QDir::listSeparator(), Qt::SkipEmptyParts);
}

QHash<QString, QString> findPrograms(const QStringList &names, const QStringList &path)
{
    QHash<QString, QString> found;
    for (const QString &folder : path) {
        if (!QDir::isAbsolutePath(folder))
            continue; // what the current folder holds is not installed
        for (const QString &name : names) {
            if (found.contains(name))
                continue;
            const QString file = folder + u'/' + name;
            if (isProgram(file))
                found.insert(name, file);
        }
    }
    return found;
}

std::optional<Terminal> findTerminal(const QStringList &path)
{
    QStringList names;
    for (const Known &known : kTerminals)
        names += QString::fromLatin1(known.name);
    const QHash<QString, QString> found = findPrograms(names, path);
    for (const Known &known : kTerminals) {
        const QString program = found.value(QString::fromLatin1(known.name));
        if (!program.isEmpty())
            return Terminal{program,
                            QString::fromLatin1(known.before).split(u' ', Qt::SkipEmptyParts)};
    }
    return std::nullopt;
}

bool launch(const Terminal &terminal, const models::Environment &environment,
            const QStringList &command)
{
    QProcessEnvironment own = QProcessEnvironment::systemEnvironment();
    for (const auto &[name, value] : environment)
        own.insert(name, value);
    QProcess process;
    process.setProcessEnvironment(own);
    process.setProgram(terminal.program);
    // The shell stays when the tool ends, so that its last words can be read.
    process.setArguments(terminal.before
                         + QStringList{QStringLiteral("sh"), QStringLiteral("-c"),
                                       QStringLiteral("\"$@\"; exec \"${SHELL:-sh}\""),
                                       QStringLiteral("signalbox")}
                         + command);
    process.setWorkingDirectory(QDir::homePath());
    process.setStandardInputFile(QProcess::nullDevice());
    process.setStandardOutputFile(QProcess::nullDevice());
    process.setStandardErrorFile(QProcess::nullDevice());
    return process.startDetached();
}

} // namespace sb::pages
