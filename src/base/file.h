// Files as our private and durable data needs them: no links followed by accident, no half-written
// states, modes that keep others out. Blocking; Unix.
#pragma once

#include "base/result.h"

#include <QByteArray>
#include <QByteArrayView>
#include <QString>

#include <sys/types.h>

namespace sb::file {

// A file descriptor that closes itself.
class Descriptor {
public:
    explicit Descriptor(int fd = -1)
        : m_fd(fd)
    {
    }
    ~Descriptor() { close(); }
    Descriptor(Descriptor &&other) noexcept
        : m_fd(std::exchange(other.m_fd, -1))
    {
    }
    Descriptor &operator=(Descriptor &&other) noexcept
    {
        close();
        m_fd = std::exchange(other.m_fd, -1);
        return *this;
    }

    int get() const { return m_fd; }
    bool isOpen() const { return m_fd >= 0; }
    bool close();

private:
    int m_fd;
};

// An Error with what failed, where, and the system's words for errno.
Unexpected systemError(const QString &code, const QString &what, const QString &path);

bool writeAll(int fd, QByteArrayView bytes);

// Everything from the descriptor up to `most` bytes; errors: file_read, file_too_large.
Result<QByteArray> readAll(int fd, qint64 most, const QString &path);

// Replaces the file as a whole: temporary file beside it (O_EXCL, O_NOFOLLOW), fsync, rename, fsync
// of the folder. `path` itself must not be a link that should be kept. Errors: file_write.
Result<void> replace(const QString &path, QByteArrayView bytes, mode_t mode);

// A folder only we can enter: made with 0700, its parents too; a mode too wide is repaired, a
// foreign owner refused. Errors: folder.
Result<void> makePrivateFolder(const QString &path);

} // namespace sb::file
