#include "control/socket_path.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QStandardPaths>

namespace sb::control {

namespace {
constexpr qsizetype kLongest = 100; // sun_path holds 108 with its end
}

QString socketPath(const QString &dataDir)
{
    const QString beside = QDir(dataDir).absoluteFilePath(QStringLiteral("control.sock"));
    if (QFile::encodeName(beside).size() <= kLongest)
        return beside;
    const QByteArray digest = QCryptographicHash::hash(
        QFile::encodeName(QDir(dataDir).absolutePath()), QCryptographicHash::Sha256);
    const QString name = QStringLiteral("signalbox-") + QString::fromLatin1(digest.toHex().left(16))
        + QStringLiteral(".sock");
    return QDir(QStandardPaths::writableLocation(QStandardPaths::RuntimeLocation)).filePath(name);
}

} // namespace sb::control
