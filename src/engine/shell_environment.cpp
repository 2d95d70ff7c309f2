#include "engine/shell_environment.h"

#include "secret/vault.h"

#include <QFileInfo>
#include <QProcess>
#include <QPromise>
#include <QTimer>
#include <QUuid>

#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

namespace sb::engine {

namespace {
using Variables = QHash<QByteArray, Secret>;
constexpr qsizetype kMostOutput = 4 * 1024 * 1024;

QString userShell()
{
    if (const QString shell = qEnvironmentVariable("SHELL"); !shell.isEmpty())
        return shell;
    const passwd *entry = ::getpwuid(::geteuid());
    return entry && entry->pw_shell ? QFile::decodeName(entry->pw_shell) : QString();
}

void wipe(QByteArray &bytes)
{
    explicit_bzero(bytes.data(), size_t(bytes.size()));
    bytes.clear();
}
} // namespace

struct ShellEnvironment::Run {
    QProcess *process = nullptr; // child of the environment
    QPromise<Result<Variables>> promise;
    QByteArray mark;
    QByteArray output;
    QList<QByteArray> names;
    qint64 group = 0;

    ~Run() { wipe(output); }
};

ShellEnvironment::ShellEnvironment(Millis limit, QObject *parent)
    : QObject(parent)
    , m_limit(limit)
{
}

ShellEnvironment::~ShellEnvironment()
{
    if (!m_run)
        return;
    m_run->process->disconnect(this);
    stop();
    m_run->promise.finish();
}

// The shell and whatever its start files began.
void ShellEnvironment::stop()
{
    if (m_run->group > 0)
        ::kill(pid_t(-m_run->group), SIGKILL);
    m_run->process->kill();
}

QFuture<Result<Variables>> ShellEnvironment::read(const QList<QByteArray> &names,
                                                  const QString &given)
{
    const auto refuse = [](const QString &code, const QString &detail) {
        return secret::answer<Variables>(unexpected(Error::make(code, detail)));
    };
    if (m_run)
        return refuse(QStringLiteral("busy"), QStringLiteral("The shell is being asked already."));
    const QString shell = given.isEmpty() ? userShell() : given;
    if (!QFileInfo(shell).isExecutable())
        return refuse(QStringLiteral("no_shell"), QStringLiteral("The login shell is not known."));
    const QString name = QFileInfo(shell).fileName();
    static const QStringList spoken{
        QStringLiteral("bash"), QStringLiteral("zsh"), QStringLiteral("fish"), QStringLiteral("sh"),
        QStringLiteral("dash"), QStringLiteral("ksh"), QStringLiteral("mksh")};
    if (!spoken.contains(name))
        return refuse(QStringLiteral("shell_unknown"), name);

    m_run = std::make_unique<Run>();
    m_run->names = names;
    m_run->mark = QUuid::createUuid().toByteArray(QUuid::Id128);
    m_run->promise.start();
    auto *process = m_run->process = new QProcess(this);
    // A session of its own: an interactive shell would otherwise take the terminal we run in.
    process->setChildProcessModifier([] { ::setsid(); });
    process->setStandardInputFile(QProcess::nullDevice());
    process->setStandardErrorFile(QProcess::nullDevice());
    const QString command = QStringLiteral("printf '%s\\0' '%1'; env -0; printf '%s\\0' '%1'")
                                .replace(QStringLiteral("%1"), QString::fromLatin1(m_run->mark));
    // Interactive too: people export keys in files that only interactive shells read.
    QStringList arguments{QStringLiteral("-l"), QStringLiteral("-i"), QStringLiteral("-c"),
                          command};
    const QFuture<Result<Variables>> future = m_run->promise.future();
    const auto finish = [this, process](Result<Variables> result) {
        if (!m_run || m_run->process != process)
            return;
        stop();
        const std::unique_ptr<Run> run = std::move(m_run);
        run->process->disconnect(this);
        run->process->deleteLater();
        run->promise.addResult(std::move(result));
        run->promise.finish();
    };
    connect(process, &QProcess::started, this,
            [this, process] { m_run->group = process->processId(); });
    connect(process, &QProcess::readyReadStandardOutput, this, [this, process, finish] {
        QByteArray bytes = process->readAllStandardOutput();
        m_run->output += bytes;
        wipe(bytes);
        if (m_run->output.size() > kMostOutput)
            return finish(unexpected(Error::make(QStringLiteral("shell_failed"),
                                                 QStringLiteral("The shell printed too much."))));
        // Done as soon as the second mark is there: start files may leave something running.
        if (auto found = framedVariables(m_run->output, m_run->mark, m_run->names))
            finish(std::move(*found));
    });
    connect(process, &QProcess::errorOccurred, this, [finish, process](QProcess::ProcessError) {
        finish(unexpected(Error::make(QStringLiteral("shell_failed"), process->errorString())));
    });
    connect(process, &QProcess::finished, this, [finish](int status, QProcess::ExitStatus) {
        finish(unexpected(
            Error::make(QStringLiteral("shell_failed"),
                        QStringLiteral("The shell ended with status %1 and printed no environment.")
                            .arg(status))));
    });
    QTimer::singleShot(m_limit, process, [finish] {
        finish(unexpected(Error::make(QStringLiteral("shell_timeout"),
                                      QStringLiteral("The login shell did not answer in time."))));
    });
    process->start(shell, arguments);
    return future;
}

std::optional<Variables> framedVariables(QByteArrayView output, QByteArrayView mark,
                                         const QList<QByteArray> &names)
{
    const QByteArray end = mark.toByteArray() + '\0';
    const qsizetype first = output.indexOf(end);
    if (first < 0)
        return std::nullopt;
    const QByteArrayView rest = output.sliced(first + end.size());
    // The end stands at the beginning of an entry; a value that quotes the mark is no end.
    const qsizetype last = rest.startsWith(end) ? 0 : rest.lastIndexOf(QByteArray('\0' + end)) + 1;
    if (last == 0 && !rest.startsWith(end))
        return std::nullopt;
    Variables found;
    for (qsizetype at = 0; at < last;) {
        qsizetype stop = rest.indexOf('\0', at);
        if (stop < 0)
            stop = last;
        const QByteArrayView entry = rest.sliced(at, stop - at);
        at = stop + 1;
        const qsizetype equals = entry.indexOf('=');
        if (equals <= 0)
            continue;
        const QByteArray name = entry.first(equals).toByteArray();
        if (names.contains(name) && equals + 1 < entry.size())
            found.insert(name, Secret::fromView(entry.sliced(equals + 1)));
    }
    return found;
}

} // namespace sb::engine
