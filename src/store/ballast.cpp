#include "store/ballast.h"

#include <QFile>
#include <QFileInfo>
#include <QStorageInfo>

#include <fcntl.h>
#include <unistd.h>

namespace sb::store {

bool Ballast::ensure()
{
    const QFileInfo info(m_path);
    if (info.isSymLink()) // not ours: we make files
        ::unlink(QFile::encodeName(m_path).constData());
    if (!info.isSymLink() && info.size() >= kBytes)
        return true;
    if (QStorageInfo(info.path()).bytesAvailable() < 2 * kBytes)
        return false;
    const int file = ::open(QFile::encodeName(m_path).constData(),
                            O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0)
        return false;
    const bool isDone = ::posix_fallocate(file, 0, kBytes) == 0;
    ::close(file);
    if (!isDone)
        ::unlink(QFile::encodeName(m_path).constData());
    return isDone;
}

bool Ballast::drop()
{
    return ::unlink(QFile::encodeName(m_path).constData()) == 0;
}

} // namespace sb::store
