#include "config/config_file.h"

#include "base/file.h"
#include "config/secret_ref.h"
#include "json/writer.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

namespace sb::config {

namespace {

constexpr qint64 kMostBytes = 16ll * 1024 * 1024;
constexpr int kMostLinks = 16;

Unexpected fileError(const QString &what, const QString &path)
{
    return file::systemError(QStringLiteral("config_file"), what, path);
}

// The file behind any symlinks, also one that does not exist yet; nothing when they never end.
std::optional<QString> behindLinks(QString path)
{
    for (int i = 0; i < kMostLinks; ++i) {
        const QFileInfo info(path);
        if (!info.isSymbolicLink())
            return path;
        path = info.symLinkTarget(); // absolute
    }
    return std::nullopt;
}

QString xdgFolder(const char *variable, const QString &belowHome)
{
    // XDG asks to ignore relative paths, which QStandardPaths does not.
    const QString named = qEnvironmentVariable(variable);
    const QString base
        = QDir::isAbsolutePath(named) ? QDir::cleanPath(named) : QDir::homePath() + belowHome;
    return base + QStringLiteral("/signalbox");
}

} // namespace

QString defaultConfigPath()
{
    return xdgFolder("XDG_CONFIG_HOME", QStringLiteral("/.config"))
        + QStringLiteral("/config.json");
}

QString defaultDataDir()
{
    return xdgFolder("XDG_DATA_HOME", QStringLiteral("/.local/share"));
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
    // O_NONBLOCK: a pipe under this name must not hang us; it is refused below.
    const file::Descriptor in(
        ::open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!in.isOpen()) {
        if (errno == ENOENT)
            return unexpected(Error::make(QStringLiteral("config_missing"),
                                          QStringLiteral("There is no file ") + path));
        return fileError(QStringLiteral("Cannot open"), path);
    }
    struct stat info;
    if (fstat(in.get(), &info) != 0)
        return fileError(QStringLiteral("Cannot read"), path);
    if (!S_ISREG(info.st_mode))
        return unexpected(
            Error::make(QStringLiteral("config_file"), path + QStringLiteral(" is no file")));
    return file::readAll(in.get(), kMostBytes, path);
}

Result<void> writeConfigFile(const QString &path, QByteArrayView text)
{
    const std::optional<QString> found = behindLinks(path);
    if (!found)
        return unexpected(Error::make(QStringLiteral("config_file"),
                                      path + QStringLiteral(" is a link that leads nowhere")));
    const QString &target = *found;
    const QString folder = QFileInfo(target).absolutePath();
    if (!QFileInfo::exists(folder)) {
        if (auto made = file::makePrivateFolder(folder); !made)
            return made;
    }
    struct stat old;
    const bool isReplacing = ::stat(QFile::encodeName(target).constData(), &old) == 0;
    if (isReplacing && !S_ISREG(old.st_mode))
        return unexpected(
            Error::make(QStringLiteral("config_file"), target + QStringLiteral(" is no file")));
    return file::replace(target, text, isReplacing ? (old.st_mode & 0777) : 0600);
}

} // namespace sb::config
