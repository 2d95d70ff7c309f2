#include "engine/port_holder.h"

#include <QDir>
#include <QFile>
#include <QSet>

#include <unistd.h>

namespace sb::engine {

namespace {
// Inodes of the sockets that listen on the port. Fields of /proc/net/tcp: local address as
// ADDRESS:PORT in hex, state 0A = listen, inode the tenth. [proc(5)]
QSet<QByteArray> listenInodes(quint16 port)
{
    QSet<QByteArray> inodes;
    const QByteArray wanted = ':' + QByteArray::number(port, 16).rightJustified(4, '0').toUpper();
    for (const char *path : {"/proc/net/tcp", "/proc/net/tcp6"}) {
        QFile file(QString::fromLatin1(path));
        if (!file.open(QIODevice::ReadOnly))
            continue;
        for (const QByteArray &line : file.readAll().split('\n')) {
            const QList<QByteArray> fields = line.simplified().split(' ');
            if (fields.size() > 9 && fields[1].endsWith(wanted) && fields[3] == "0A")
                inodes.insert("socket:[" + fields[9] + ']');
        }
    }
    return inodes;
}
} // namespace

std::optional<PortHolder> portHolder(quint16 port)
{
    const QSet<QByteArray> inodes = listenInodes(port);
    if (inodes.isEmpty())
        return std::nullopt;
    const QDir proc(QStringLiteral("/proc"));
    for (const QString &entry : proc.entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
        bool isPid = false;
        const qint64 pid = entry.toLongLong(&isPid);
        if (!isPid)
            continue;
        const QDir descriptors(proc.filePath(entry + QStringLiteral("/fd")));
        for (const QString &descriptor : descriptors.entryList(QDir::Files | QDir::System)) {
            const QByteArray link = QFile::encodeName(descriptors.filePath(descriptor));
            char target[64];
            const ssize_t length = ::readlink(link.constData(), target, sizeof target);
            if (length <= 0 || !inodes.contains(QByteArray(target, length)))
                continue;
            QFile comm(proc.filePath(entry + QStringLiteral("/comm")));
            const QString program = comm.open(QIODevice::ReadOnly)
                ? QString::fromLocal8Bit(comm.readAll().trimmed())
                : QString();
            return PortHolder{pid, program};
        }
    }
    return std::nullopt;
}

} // namespace sb::engine
