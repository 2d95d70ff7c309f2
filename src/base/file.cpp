#include "base/file.h"

#include <QFile>
#include <QFileInfo>
#include <QRandomGenerator>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sb::file {

bool Descriptor::close()
{
    return m_fd < 0 || ::close(std::exchange(m_fd, -1)) == 0;
}

Unexpected systemError(const QString &code, const QString &what, const QString &path)
{
    const QString reason = QString::fromLocal8Bit(strerror(errno));
    return unexpected(Error::make(code, what + u' ' + path + QStringLiteral(": ") + reason));
}

bool writeAll(int fd, QByteArrayView bytes)
{
    while (!bytes.isEmpty()) {
        const ssize_t written = ::write(fd, bytes.data(), size_t(bytes.size()));
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes = bytes.sliced(written);
    }
    return true;
}

Result<QByteArray> readAll(int fd, qint64 most, const QString &path)
{
    QByteArray bytes;
    char buffer[16'384];
    while (true) {
        const ssize_t got = ::read(fd, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return systemError(QStringLiteral("file_read"), QStringLiteral("Cannot read"), path);
        if (got == 0)
            return bytes;
        bytes.append(buffer, got);
        if (bytes.size() > most)
            return unexpected(
                Error::make(QStringLiteral("file_too_large"),
                            QStringLiteral("%1 is larger than %2 bytes").arg(path).arg(most)));
    }
}

Result<void> replace(const QString &path, QByteArrayView bytes, mode_t mode)
{
    const QFileInfo info(path);
    const QString folder = info.absolutePath();
    const QString temporary = folder + QStringLiteral("/.") + info.fileName() + u'.'
        + QString::number(QRandomGenerator::system()->generate64(), 36);
    const QByteArray temporaryName = QFile::encodeName(temporary);
    Descriptor out(::open(temporaryName.constData(),
                          O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!out.isOpen())
        return systemError(QStringLiteral("file_write"), QStringLiteral("Cannot make"), temporary);
    const bool isWritten = writeAll(out.get(), bytes) && fchmod(out.get(), mode) == 0
        && fsync(out.get()) == 0 && out.close();
    if (!isWritten
        || ::rename(temporaryName.constData(), QFile::encodeName(path).constData()) != 0) {
        const int reason = errno;
        ::unlink(temporaryName.constData());
        errno = reason;
        return systemError(QStringLiteral("file_write"), QStringLiteral("Cannot write"), path);
    }
    // The rename itself must outlive a power cut. It has happened, so a failure here is no failure
    // of the write: some file systems cannot sync a folder.
    const Descriptor folderFile(
        ::open(QFile::encodeName(folder).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folderFile.isOpen())
        (void)fsync(folderFile.get());
    return {};
}

Result<void> makePrivateFolder(const QString &path)
{
    const QString code = QStringLiteral("folder");
    const QByteArray name = QFile::encodeName(path);
    if (::mkdir(name.constData(), 0700) != 0 && errno == ENOENT) {
        const QString parent = QFileInfo(path).absolutePath();
        if (parent != path) {
            if (auto made = makePrivateFolder(parent); !made)
                return made;
        }
        (void)::mkdir(name.constData(), 0700);
    }
    const Descriptor folder(::open(name.constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.isOpen())
        return systemError(code, QStringLiteral("Cannot open"), path);
    struct stat info;
    if (fstat(folder.get(), &info) != 0)
        return systemError(code, QStringLiteral("Cannot read"), path);
    if (info.st_uid != geteuid())
        return unexpected(
            Error::make(code,
                        path
                            + QStringLiteral(" belongs to another user; choose another "
                                             "folder or change its owner")));
    if ((info.st_mode & 077) != 0 && fchmod(folder.get(), 0700) != 0)
        return systemError(code, QStringLiteral("Cannot close to others"), path);
    return {};
}

} // namespace sb::file
