#include "engine/config_history.h"

#include "base/log.h"
#include "config/config_file.h"
#include "json/reader.h"
#include "json/writer.h"

#include <QDir>
#include <QFile>

#include <sys/stat.h>

#include <algorithm>

namespace sb::engine {

namespace {

const QString kSuffix = QStringLiteral(".version");
constexpr qsizetype kHead = 4'096; // the first line is shorter

ConfigVersion headOf(quint32 revision, QByteArrayView line)
{
    ConfigVersion version;
    version.revision = revision;
    const auto head = json::read(line);
    if (!head)
        return version; // damaged: the text may still be good
    if (const json::Value *wall = head->find("wall_ms"))
        version.wallMs = wall->toInt().value_or(0);
    if (const json::Value *author = head->find("author"))
        version.author = author->toString();
    if (const json::Value *note = head->find("note"))
        version.note = note->toString();
    return version;
}

} // namespace

ConfigHistory::ConfigHistory(const QString &folder)
    : m_folder(folder)
{
}

QString ConfigHistory::pathOf(quint32 revision) const
{
    return QDir(m_folder).filePath(QString::number(revision) + kSuffix);
}

QList<quint32> ConfigHistory::revisions() const
{
    QList<quint32> found;
    const QStringList names = QDir(m_folder).entryList({u'*' + kSuffix}, QDir::Files);
    for (const QString &name : names) {
        bool isNumber = false;
        const quint32 revision = name.chopped(kSuffix.size()).toUInt(&isNumber);
        if (isNumber)
            found.append(revision);
    }
    std::sort(found.begin(), found.end(), std::greater<>());
    return found;
}

void ConfigHistory::add(const ConfigVersion &version, QByteArrayView text)
{
    if (!QDir().mkpath(m_folder)) {
        qCWarning(lcConfig).noquote() << "earlier configurations cannot be kept in" << m_folder;
        return;
    }
    ::chmod(QFile::encodeName(m_folder).constData(), 0700);
    if (QFile::exists(pathOf(version.revision)))
        return;
    json::Writer head;
    head.beginObject()
        .member("revision", version.revision)
        .member("wall_ms", version.wallMs)
        .member("author", version.author)
        .member("note", version.note.first(std::min<qsizetype>(version.note.size(), 200)))
        .endObject();
    const QByteArray file = head.take() + '\n' + text.toByteArray();
    if (const auto kept = config::writeConfigFile(pathOf(version.revision), file); !kept) {
        qCWarning(lcConfig).noquote()
            << "a configuration could not be kept:" << kept.error().detail;
        return;
    }
    const QList<quint32> all = revisions();
    for (qsizetype i = kKept; i < all.size(); ++i)
        QFile::remove(pathOf(all[i]));
}

QList<ConfigVersion> ConfigHistory::versions() const
{
    QList<ConfigVersion> list;
    const QList<quint32> all = revisions();
    for (qsizetype i = 0; i < std::min<qsizetype>(all.size(), kKept); ++i) {
        QFile file(pathOf(all[i]));
        if (file.open(QIODevice::ReadOnly))
            list.append(headOf(all[i], file.readLine(kHead)));
    }
    return list;
}

Result<QByteArray> ConfigHistory::text(quint32 revision) const
{
    auto file = config::readConfigFile(pathOf(revision));
    const qsizetype line = file ? file->indexOf('\n') : -1;
    if (line < 0)
        return unexpected(Error::make(
            QStringLiteral("no_such_id"),
            QStringLiteral("Version %1 of the configuration is not kept.").arg(revision)));
    return file->sliced(line + 1);
}

} // namespace sb::engine
