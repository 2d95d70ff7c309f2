// What the user's login shell would set: started once, killed after its limit.
//
// Programs started from a desktop menu lack what ~/.profile, ~/.zshrc and the like export. The
// shell prints its environment between two marks, NUL-separated, so that greetings cannot be taken
// for variables; everything but the names asked for is wiped. [console §4.2]
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

#include <QFuture>
#include <QHash>
#include <QObject>

class QProcess;

namespace sb::engine {

// Main thread; never blocks. One run at a time: a second ask while one runs gets "busy".
class ShellEnvironment final : public QObject {
    Q_OBJECT
public:
    explicit ShellEnvironment(Millis limit = Millis(3'000), QObject *parent = nullptr);
    ~ShellEnvironment() override;

    // Errors: "no_shell", "shell_unknown" (detail: its name), "shell_timeout", "shell_failed",
    // "busy". `shell` empty: $SHELL, else the user's in the password file.
    QFuture<Result<QHash<QByteArray, Secret>>> read(const QList<QByteArray> &names,
                                                    const QString &shell = {});

private:
    struct Run;
    void stop();

    Millis m_limit;
    std::unique_ptr<Run> m_run;
};

// The variables of `names` in what a shell printed between the marks; nothing when a mark is
// missing.
std::optional<QHash<QByteArray, Secret>> framedVariables(QByteArrayView output, QByteArrayView mark,
                                                         const QList<QByteArray> &names);

} // namespace sb::engine
