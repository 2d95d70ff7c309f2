#include "config/file_watch.h"

#include "config/config_file.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFileInfo>

namespace sb::config {

namespace {
constexpr int kMostLinks = 16;

QByteArray digestOf(QByteArrayView text)
{
    return QCryptographicHash::hash(text, QCryptographicHash::Sha256);
}

// The nearest folder that exists: a folder that is made later is noticed there.
QString existingFolder(const QString &path)
{
    QDir folder = QFileInfo(path).absoluteDir();
    while (!folder.exists() && !folder.isRoot()) {
        const QString up = QFileInfo(folder.path()).absolutePath();
        if (up == folder.path())
            break;
        folder.setPath(up);
    }
    return folder.absolutePath();
}
} // namespace

FileWatch::FileWatch(const QString &path, Millis debounce, QObject *parent)
    : QObject(parent)
    , m_path(QFileInfo(path).absoluteFilePath())
{
    m_debounce.setSingleShot(true);
    m_debounce.setInterval(debounce);
    const auto onEvent = [this] {
        // Restarted by each event: a file that is still being written is read when it is quiet.
        m_debounce.start();
    };
    connect(&m_watcher, &QFileSystemWatcher::fileChanged, this, onEvent);
    connect(&m_watcher, &QFileSystemWatcher::directoryChanged, this, onEvent);
    connect(&m_debounce, &QTimer::timeout, this, &FileWatch::look);
    arm(); // before the first look, so that nothing falls between
    m_seen = digest();
}

void FileWatch::setSeen(QByteArrayView text)
{
    m_seen = digestOf(text);
}

void FileWatch::arm()
{
    QStringList wanted;
    QString at = m_path;
    for (int i = 0; i < kMostLinks; ++i) {
        wanted.append(existingFolder(at));
        const QFileInfo info(at);
        if (info.exists() && !info.isSymbolicLink()) {
            wanted.append(at);
            break;
        }
        if (!info.isSymbolicLink())
            break;
        at = info.symLinkTarget();
    }
    wanted.removeDuplicates();
    // A replaced file keeps its name but not its watch, so known paths are given up and taken anew.
    if (const QStringList old = m_watcher.files() + m_watcher.directories(); !old.isEmpty())
        m_watcher.removePaths(old);
    m_watcher.addPaths(wanted);
}

void FileWatch::look()
{
    arm();
    QByteArray now = digest();
    if (now == m_seen)
        return;
    m_seen = std::move(now);
    emit changed();
}

QByteArray FileWatch::digest() const
{
    const Result<QByteArray> text = readConfigFile(m_path);
    return text ? digestOf(*text) : QByteArray();
}

} // namespace sb::config
