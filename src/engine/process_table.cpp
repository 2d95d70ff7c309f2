#include "engine/process_table.h"

#include <QFile>
#include <QHash>
#include <QSet>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sb::engine {

namespace {

constexpr qsizetype kTable = 8 * 1024 * 1024;
constexpr qsizetype kCommandLine = 4096; // a command line may have megabytes
constexpr qsizetype kName = 64;
constexpr qsizetype kFolder = 512;
constexpr int kProcesses = 20'000;
constexpr int kDescriptors = 65'536; // of one process
constexpr int kOwnDescriptors = 16'384;
constexpr int kGap = 1'024;

QByteArray readSome(const QByteArray &path, qsizetype most)
{
    const int file = ::open(path.constData(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return {};
    QByteArray bytes;
    char chunk[16'384];
    while (bytes.size() < most) {
        const ssize_t got
            = ::read(file, chunk, size_t(qMin<qsizetype>(sizeof chunk, most - bytes.size())));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        bytes.append(chunk, got);
    }
    ::close(file);
    return bytes;
}

QByteArray linkTarget(const QByteArray &path)
{
    char target[4096];
    const ssize_t length = ::readlink(path.constData(), target, sizeof target);
    return length > 0 ? QByteArray(target, length) : QByteArray();
}

bool isMark(char16_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x061c || c == 0x200e || c == 0x200f
        || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

QString clean(const QByteArray &bytes, qsizetype most)
{
    QString text = QString::fromUtf8(bytes.left(most * 4)).left(most);
    for (QChar &c : text) {
        if (isMark(c.unicode()))
            c = QChar::ReplacementCharacter;
    }
    return text.trimmed();
}

// Addresses in the tables are the bytes of memory in hex: 127.0.0.1 is "0100007F".
bool isLoopback(QByteArrayView address)
{
    if (address.size() == 8)
        return address.endsWith("7F");
    return address == "00000000000000000000000001000000"
        || (address.startsWith("0000000000000000FFFF0000") && address.endsWith("7F"));
}

// Inode → connections. Fields: local as ADDRESS:PORT, remote, state, …, inode the tenth. The
// client's row has its own port as local and ours as remote.
QHash<quint64, quint64> inodesOf(const QList<CallerAsk> &asks, const QByteArray &proc)
{
    QHash<quint32, quint64> wanted;
    for (const CallerAsk &ask : asks)
        wanted.insert(quint32(ask.peerPort) << 16 | ask.ownPort, ask.connection);
    QHash<quint64, quint64> inodes;
    for (const char *name : {"/net/tcp", "/net/tcp6"}) {
        const QByteArray table = readSome(QByteArray(proc + name), kTable);
        for (qsizetype at = 0; at < table.size() && inodes.size() < wanted.size();) {
            qsizetype end = table.indexOf('\n', at);
            if (end < 0)
                end = table.size();
            const QList<QByteArray> fields = table.mid(at, end - at).simplified().split(' ');
            at = end + 1;
            if (fields.size() < 10)
                continue;
            const qsizetype local = fields[1].lastIndexOf(':');
            const qsizetype remote = fields[2].lastIndexOf(':');
            if (local < 0 || remote < 0 || !isLoopback(fields[2].first(remote)))
                continue;
            const quint32 ports = fields[1].mid(local + 1).toUInt(nullptr, 16) << 16
                | fields[2].mid(remote + 1).toUInt(nullptr, 16);
            const auto found = wanted.constFind(ports);
            const quint64 inode = fields[9].toULongLong();
            if (found != wanted.cend() && inode != 0)
                inodes.insert(inode, *found);
        }
    }
    return inodes;
}

Caller describe(qint64 pid, const QByteArray &folder)
{
    Caller caller;
    caller.pid = pid;
    const QString executable = QFile::decodeName(linkTarget(folder + "/exe"));
    caller.program = programName(readSome(folder + "/cmdline", kCommandLine), executable);
    if (caller.program.isEmpty())
        caller.program = clean(readSome(folder + "/comm", kName).trimmed(), kName);
    caller.folder = clean(linkTarget(folder + "/cwd"), kFolder);
    return caller;
}

// Takes what this process holds out of `inodes`.
void look(qint64 pid, const QByteArray &proc, QHash<quint64, quint64> &inodes, CallersFound &found)
{
    ++found.processes;
    const QByteArray folder = proc + '/' + QByteArray::number(pid);
    DIR *descriptors = ::opendir(QByteArray(folder + "/fd").constData());
    if (!descriptors)
        return; // gone, or another user's
    std::optional<Caller> caller;
    int seen = 0;
    while (const dirent *entry = ::readdir(descriptors)) {
        if (entry->d_name[0] == '.' || ++seen > kDescriptors)
            continue;
        char target[64];
        const ssize_t length
            = ::readlinkat(::dirfd(descriptors), entry->d_name, target, sizeof target);
        const QByteArrayView text(target, qMax<ssize_t>(length, 0));
        if (!text.startsWith("socket:[") || !text.endsWith(']'))
            continue;
        const auto held = inodes.find(text.sliced(8).chopped(1).toByteArray().toULongLong());
        if (held == inodes.end())
            continue;
        if (!caller)
            caller = describe(pid, folder);
        found.callers.append({*held, *caller});
        inodes.erase(held);
        if (inodes.isEmpty())
            break;
    }
    ::closedir(descriptors);
}

// Our own descriptors: /proc does not show them, as we hide from it (PR_SET_DUMPABLE).
void lookHere(QHash<quint64, quint64> &inodes, CallersFound &found)
{
    Caller own;
    int missing = 0;
    for (int fd = 0; fd < kOwnDescriptors && !inodes.isEmpty(); ++fd) {
        struct stat info;
        if (::fstat(fd, &info) != 0) {
            if (++missing > kGap)
                break; // they are given out from below
            continue;
        }
        missing = 0;
        if (!S_ISSOCK(info.st_mode))
            continue;
        const auto held = inodes.find(quint64(info.st_ino));
        if (held == inodes.end())
            continue;
        if (own.pid == 0) {
            own.pid = ::getpid();
            own.program = QStringLiteral("signalbox");
        }
        found.callers.append({*held, own});
        inodes.erase(held);
    }
}

bool isInterpreter(const QString &name)
{
    static const QSet<QString> known{
        QStringLiteral("node"), QStringLiteral("nodejs"), QStringLiteral("bun"),
        QStringLiteral("deno"), QStringLiteral("ruby"),   QStringLiteral("perl"),
        QStringLiteral("java"), QStringLiteral("sh"),     QStringLiteral("bash"),
        QStringLiteral("dash"), QStringLiteral("zsh"),    QStringLiteral("tsx"),
        QStringLiteral("npx"),  QStringLiteral("uv"),     QStringLiteral("python")};
    if (known.contains(name))
        return true;
    // "python3", "python3.11", "pypy3".
    return (name.startsWith(QStringLiteral("python")) || name.startsWith(QStringLiteral("pypy")))
        && !name.contains(u'-');
}

QString baseName(const QString &path)
{
    return path.sliced(path.lastIndexOf(u'/') + 1);
}

// "…/node_modules/@anthropic-ai/claude-code/cli.js" → "claude-code"; "/usr/bin/claude" → "claude".
QString scriptName(const QString &path)
{
    static const QHash<QString, QString> called{
        {QStringLiteral("claude-code"), QStringLiteral("claude")},
        {QStringLiteral("gemini-cli"), QStringLiteral("gemini")},
        {QStringLiteral("opencode-ai"), QStringLiteral("opencode")}};
    QString name = baseName(path);
    const qsizetype dot = name.lastIndexOf(u'.');
    static const QSet<QString> endings{QStringLiteral("js"),  QStringLiteral("mjs"),
                                       QStringLiteral("cjs"), QStringLiteral("ts"),
                                       QStringLiteral("py"),  QStringLiteral("rb")};
    if (dot > 0 && endings.contains(name.sliced(dot + 1)))
        name.truncate(dot);
    static const QSet<QString> general{QStringLiteral("cli"),      QStringLiteral("index"),
                                       QStringLiteral("main"),     QStringLiteral("bin"),
                                       QStringLiteral("__main__"), QStringLiteral("start"),
                                       QStringLiteral("run"),      QStringLiteral("app")};
    const QString modules = QStringLiteral("/node_modules/");
    const qsizetype at = path.lastIndexOf(modules);
    if (at >= 0 && (general.contains(name) || called.contains(name))) {
        const QStringList rest = path.sliced(at + modules.size()).split(u'/');
        name = rest.value(0).startsWith(u'@') ? rest.value(1) : rest.value(0);
    } else if (name == QStringLiteral("__main__")) {
        name = path.section(u'/', -2, -2);
    }
    return called.value(name, name);
}

} // namespace

QString programName(QByteArrayView commandLine, const QString &executable)
{
    QStringList words;
    for (qsizetype at = 0; at < commandLine.size() && words.size() < 64;) {
        qsizetype end = commandLine.indexOf('\0', at);
        if (end < 0)
            end = commandLine.size();
        words += QString::fromUtf8(commandLine.sliced(at, end - at));
        at = end + 1;
    }
    // A leading "-" marks a login shell; a program may have renamed itself ("claude").
    QString called = baseName(words.value(0));
    if (called.startsWith(u'-'))
        called.remove(0, 1);
    const QString runs = baseName(executable);
    QString name = called.isEmpty() ? runs : called;
    if (isInterpreter(called) || (isInterpreter(runs) && called.isEmpty())) {
        name = called.isEmpty() ? runs : called;
        for (qsizetype i = 1; i < words.size(); ++i) {
            const QString &word = words[i];
            if (word == QStringLiteral("-m") && i + 1 < words.size()) {
                name = words[i + 1].section(u'.', 0, 0); // python -m aider
                break;
            }
            if (word == QStringLiteral("-c") || word == QStringLiteral("-e"))
                break; // a text, no script
            if (word == QStringLiteral("-r") || word == QStringLiteral("--require")
                || word == QStringLiteral("--import") || word == QStringLiteral("--loader")) {
                ++i;
                continue;
            }
            if (word.startsWith(u'-') || word.isEmpty())
                continue;
            if (const QString script = scriptName(word); !script.isEmpty())
                name = script;
            break;
        }
    } else if (name.contains(u' ')) {
        name = name.section(u' ', 0, 0); // a title with arguments
    }
    return clean(name.toUtf8(), kName);
}

CallersFound findCallers(const QList<CallerAsk> &asks, const QList<qint64> &likely,
                         const QString &proc)
{
    CallersFound found;
    const QByteArray root = QFile::encodeName(proc);
    QHash<quint64, quint64> inodes = inodesOf(asks, root);
    if (inodes.isEmpty())
        return found;
    if (proc == QStringLiteral("/proc"))
        lookHere(inodes, found);
    QSet<qint64> seen{::getpid()};
    for (const qint64 pid : likely) {
        if (inodes.isEmpty())
            return found;
        if (seen.contains(pid))
            continue;
        seen.insert(pid);
        look(pid, root, inodes, found);
    }
    if (inodes.isEmpty())
        return found;
    // The list first: it is never open while a process is looked at.
    QList<qint64> pids;
    if (DIR *processes = ::opendir(root.constData())) {
        while (const dirent *entry = ::readdir(processes)) {
            bool isPid = false;
            const qint64 pid = QByteArray(entry->d_name).toLongLong(&isPid);
            if (isPid && !seen.contains(pid) && pids.size() < kProcesses)
                pids.append(pid);
        }
        ::closedir(processes);
    }
    // The newest first: tools are started after daemons.
    std::sort(pids.begin(), pids.end(), std::greater<>());
    for (const qint64 pid : std::as_const(pids)) {
        if (inodes.isEmpty())
            break;
        look(pid, root, inodes, found);
    }
    return found;
}

} // namespace sb::engine
