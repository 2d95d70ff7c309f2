#include "config/config_file.h"

#include "config/secret_ref.h"
#include "json/writer.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QRandomGenerator>
#include <QStandardPaths>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sb::config {

namespace {

constexpr qint64 kMostBytes = 16ll * 1024 * 1024;
constexpr int kMostLinks = 16;

Unexpected fileError(const QString &what, const QString &path)
{
    return unexpected(Error::make(QStringLiteral("config_file"),
                                  what + QStringLiteral(" ") + path + QStringLiteral(": ")
                                      + QString::fromLocal8Bit(strerror(errno))));
}

// A file descriptor that closes itself.
class Descriptor {
public:
    explicit Descriptor(int fd)
        : m_fd(fd)
    {
    }
    ~Descriptor() { close(); }
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;

    int get() const { return m_fd; }
    bool isOpen() const { return m_fd >= 0; }
    bool close() { return m_fd < 0 || ::close(std::exchange(m_fd, -1)) == 0; }

private:
    int m_fd;
};

// The file behind any symlinks, also one that does not exist yet.
QString behindLinks(QString path)
{
    for (int i = 0; i < kMostLinks; ++i) {
        const QFileInfo info(path);
        if (!info.isSymbolicLink())
            return path;
        path = info.symLinkTarget(); // absolute
    }
    return path;
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

QString xdgFolder(const char *variable, QStandardPaths::StandardLocation fallback)
{
    // XDG asks to ignore relative paths.
    const QString named = qEnvironmentVariable(variable);
    const QString base = QDir::isAbsolutePath(named) ? QDir::cleanPath(named)
                                                     : QStandardPaths::writableLocation(fallback);
    return base + QStringLiteral("/signalbox");
}

} // namespace

QString defaultConfigPath()
{
    return xdgFolder("XDG_CONFIG_HOME", QStandardPaths::GenericConfigLocation)
        + QStringLiteral("/config.json");
}

QString defaultDataDir()
{
    return xdgFolder("XDG_DATA_HOME", QStandardPaths::GenericDataLocation);
}

QByteArray defaultConfigText(const SecretRef &defaultClientSecret)
{
    using json::Writer;
    Writer writer(Writer::Style::Pretty);
    writer.beginObject();
    writer.member("version", 1);
    writer.key("listen").beginArray().beginObject();
    writer.member("host", "127.0.0.1").member("port", 7317);
    writer.endObject().endArray();
    for (const char *key : {"providers", "chains"})
        writer.key(key).beginArray().endArray();
    writer.key("aliases").beginObject().endObject();
    writer.key("clients").beginArray().beginObject();
    writer.member("id", "default").member("secret", secretRefText(defaultClientSecret));
    writer.key("chains").beginArray().string(QByteArrayView("*")).endArray();
    writer.endObject().endArray();
    writer.endObject();
    return writer.take() + '\n';
}

Result<QByteArray> readConfigFile(const QString &path)
{
    Descriptor file(::open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file.isOpen()) {
        if (errno == ENOENT)
            return unexpected(Error::make(QStringLiteral("config_missing"),
                                          QStringLiteral("There is no file ") + path));
        return fileError(QStringLiteral("Cannot open"), path);
    }
    struct stat info;
    if (fstat(file.get(), &info) != 0)
        return fileError(QStringLiteral("Cannot read"), path);
    if (!S_ISREG(info.st_mode))
        return unexpected(
            Error::make(QStringLiteral("config_file"), path + QStringLiteral(" is no file")));
    if (info.st_size > kMostBytes)
        return unexpected(Error::make(QStringLiteral("config_file"),
                                      path + QStringLiteral(" is larger than 16 MiB")));
    QByteArray text;
    char buffer[16'384];
    while (true) {
        const ssize_t got = ::read(file.get(), buffer, sizeof buffer);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fileError(QStringLiteral("Cannot read"), path);
        if (got == 0)
            return text;
        text.append(buffer, got);
        if (text.size() > kMostBytes)
            return unexpected(Error::make(QStringLiteral("config_file"),
                                          path + QStringLiteral(" is larger than 16 MiB")));
    }
}

Result<void> writeConfigFile(const QString &path, QByteArrayView text)
{
    const QString target = behindLinks(path);
    const QFileInfo info(target);
    const QString folder = info.absolutePath();
    if (!QFileInfo::exists(folder)) {
        if (!QDir().mkpath(folder))
            return fileError(QStringLiteral("Cannot make"), folder);
        QFile::setPermissions(folder, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    }
    struct stat old;
    const bool isReplacing = ::stat(QFile::encodeName(target).constData(), &old) == 0;
    if (isReplacing && !S_ISREG(old.st_mode))
        return unexpected(
            Error::make(QStringLiteral("config_file"), target + QStringLiteral(" is no file")));
    const mode_t mode = isReplacing ? (old.st_mode & 0777) : 0600;

    const QString temporary = folder + QStringLiteral("/.") + info.fileName() + u'.'
        + QString::number(QRandomGenerator::system()->generate64(), 36);
    const QByteArray temporaryName = QFile::encodeName(temporary);
    Descriptor file(::open(temporaryName.constData(),
                           O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.isOpen())
        return fileError(QStringLiteral("Cannot make"), temporary);
    const bool isWritten = writeAll(file.get(), text) && fchmod(file.get(), mode) == 0
        && fsync(file.get()) == 0 && file.close();
    if (!isWritten
        || ::rename(temporaryName.constData(), QFile::encodeName(target).constData()) != 0) {
        const int reason = errno;
        ::unlink(temporaryName.constData());
        errno = reason;
        return fileError(QStringLiteral("Cannot write"), target);
    }
    // The rename itself must outlive a power cut. It has happened, so a failure here is no failure
    // of the edit: some file systems cannot sync a folder.
    Descriptor folderFile(
        ::open(QFile::encodeName(folder).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folderFile.isOpen())
        (void)fsync(folderFile.get());
    return {};
}

} // namespace sb::config
