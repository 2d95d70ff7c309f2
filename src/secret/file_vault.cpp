#include "secret/file_vault.h"

#include "base/file.h"
#include "base/log.h"

#include <QFile>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sb::secret {

namespace {

constexpr qint64 kMostBytes = 64 * 1024;

const QString kNotFound = QStringLiteral("secret_not_found");
const QString kUnsafe = QStringLiteral("secret_unsafe");
const QString kFailing = QStringLiteral("secret_failing");

Result<struct stat> regularFile(const file::Descriptor &in, const QString &path)
{
    struct stat info;
    if (!in.isOpen()) {
        if (errno == ENOENT)
            return secretError(kNotFound, QStringLiteral("There is no file ") + path);
        if (errno == ELOOP)
            return secretError(kUnsafe, path + QStringLiteral(" is a link"));
        return file::systemError(kFailing, QStringLiteral("Cannot open"), path);
    }
    if (fstat(in.get(), &info) != 0)
        return file::systemError(kFailing, QStringLiteral("Cannot read"), path);
    if (!S_ISREG(info.st_mode))
        return secretError(kUnsafe, path + QStringLiteral(" is no file"));
    return info;
}

Result<Secret> contents(const file::Descriptor &in, const QString &path)
{
    Result<QByteArray> bytes = file::readAll(in.get(), kMostBytes, path);
    if (!bytes)
        return secretError(kFailing, bytes.error().detail);
    return asKey(std::move(*bytes));
}

} // namespace

FileVault::FileVault(const QString &folder)
    : m_folder(folder)
{
}

QString FileVault::pathOf(const QString &name) const
{
    // "/" and all that is odd in a file name becomes %XX; a leading point too, so none is hidden.
    QByteArray encoded = name.toUtf8().toPercentEncoding({}, ".");
    return m_folder + u'/' + QString::fromLatin1(encoded) + QStringLiteral(".key");
}

QFuture<Result<Secret>> FileVault::read(const QString &name)
{
    Result<Secret> secret = readNow(name);
    const bool isFine = secret || secret.error().code == kNotFound;
    m_state = isFine ? VaultState::Ok : VaultState::Failing;
    return answer<Secret>(std::move(secret));
}

Result<Secret> FileVault::readNow(const QString &name)
{
    const QString path = pathOf(name);
    const file::Descriptor in(::open(QFile::encodeName(path).constData(),
                                     O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    const auto info = regularFile(in, path);
    if (!info)
        return unexpected(info.error());
    if (info->st_uid != geteuid())
        return secretError(kUnsafe, path + QStringLiteral(" belongs to another user"));
    if ((info->st_mode & 077) != 0) {
        if (fchmod(in.get(), 0600) != 0)
            return secretError(kUnsafe, path + QStringLiteral(" can be read by others"));
        qCWarning(lcSecret).noquote() << path
                                      << "could be read by others; its mode is 0600 again. Rotate "
                                         "the key if other people use this computer.";
    }
    return contents(in, path);
}

QFuture<Result<void>> FileVault::write(const QString &name, const Secret &secret)
{
    Result<void> done = file::makePrivateFolder(m_folder);
    if (done)
        done = file::replace(pathOf(name), secret.reveal(), 0600);
    m_state = done ? VaultState::Ok : VaultState::Failing;
    if (!done)
        return answer<void>(secretError(kFailing, done.error().detail));
    return answer<void>({});
}

QFuture<Result<void>> FileVault::remove(const QString &name)
{
    const QString path = pathOf(name);
    if (::unlink(QFile::encodeName(path).constData()) != 0 && errno != ENOENT)
        return answer<void>(file::systemError(kFailing, QStringLiteral("Cannot remove"), path));
    return answer<void>({});
}

Result<Secret> readUserFile(const QString &path)
{
    const file::Descriptor in(
        ::open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    const auto info = regularFile(in, path);
    if (!info)
        return unexpected(info.error());
    if (info->st_uid != geteuid() && info->st_uid != 0)
        return secretError(kUnsafe, path + QStringLiteral(" belongs to another user"));
    if ((info->st_mode & 077) != 0)
        return secretError(kUnsafe,
                           path + QStringLiteral(" can be read by others; run: chmod 600 ") + path);
    return contents(in, path);
}

} // namespace sb::secret
