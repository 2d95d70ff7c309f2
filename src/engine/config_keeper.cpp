#include "engine/config_keeper.h"

#include "base/clock.h"
#include "base/log.h"
#include "config/catalog.h"
#include "json/reader.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>

namespace sb::engine {

namespace {
QString sentence(const config::Problem &problem)
{
    QString text = problem.path + QStringLiteral(": ") + problem.message;
    if (!problem.nearest.isEmpty())
        text += QStringLiteral(" Nearest: \"%1\".").arg(problem.nearest);
    return text;
}

Error refusal(const QList<config::Problem> &problems)
{
    for (const config::Problem &problem : problems) {
        if (problem.severity == config::Problem::Severity::Error)
            return Error::make(QStringLiteral("config_invalid"), sentence(problem), Blame::Client);
    }
    return Error::make(QStringLiteral("config_invalid"), {}, Blame::Client);
}
} // namespace

ConfigKeeper::ConfigKeeper(const QString &path, const QString &dataDir, QObject *parent)
    : QObject(parent)
    , m_path(path)
    , m_revisionPath(QDir(dataDir).filePath(QStringLiteral("revision")))
    , m_catalog(config::builtInCatalog())
    , m_history(QDir(dataDir).filePath(QStringLiteral("config-history")))
{
}

bool ConfigKeeper::exists() const
{
    return QFile::exists(m_path);
}

Result<config::SnapshotPtr> ConfigKeeper::load()
{
    auto text = config::readConfigFile(m_path);
    if (!text) {
        m_refused
            = {{config::Problem::Severity::Error, QStringLiteral("$"), text.error().detail, {}}};
        return unexpected(text.error());
    }
    auto taken = take(*text, {QStringLiteral("file"), {}});
    if (!m_watch && taken) {
        m_watch = std::make_unique<config::FileWatch>(m_path);
        m_watch->setSeen(*text);
        connect(m_watch.get(), &config::FileWatch::changed, this, [this] {
            if (load())
                emit changed();
            else
                emit refusedEdit(m_refused);
        });
    }
    return taken;
}

QList<config::Problem> ConfigKeeper::check() const
{
    const auto text = config::readConfigFile(m_path);
    if (!text)
        return {{config::Problem::Severity::Error, QStringLiteral("$"), text.error().detail, {}}};
    return config::validate(*text, 0, m_catalog).problems;
}

Result<QByteArray> ConfigKeeper::text() const
{
    return config::readConfigFile(m_path);
}

Result<config::SnapshotPtr> ConfigKeeper::replace(const QByteArray &text, const Change &change)
{
    const config::Checked checked = config::validate(text, 0, m_catalog);
    if (!checked.snapshot)
        return unexpected(refusal(checked.problems));
    if (m_watch)
        m_watch->setSeen(text);
    if (auto written = config::writeConfigFile(m_path, text); !written)
        return unexpected(written.error());
    return take(text, change);
}

Result<config::SnapshotPtr> ConfigKeeper::edit(const QString &path, const QByteArray &jsonValue,
                                               const Change &change)
{
    auto text = config::readConfigFile(m_path);
    if (!text)
        return unexpected(text.error());
    std::optional<json::Value> value;
    if (!jsonValue.isEmpty()) {
        auto parsed = json::read(jsonValue);
        if (!parsed)
            return unexpected(parsed.error());
        value = *parsed;
    }
    auto edited = config::edit(*text, path, value);
    if (!edited)
        return unexpected(edited.error());
    return replace(*edited, change);
}

Result<config::SnapshotPtr> ConfigKeeper::take(const QByteArray &text, const Change &change)
{
    config::Checked checked = config::validate(text, 0, m_catalog);
    if (!checked.snapshot) {
        m_refused = checked.problems;
        const Error error = refusal(checked.problems);
        qCWarning(lcConfig).noquote() << "configuration refused:" << error.detail;
        return unexpected(error);
    }
    m_refused.clear();
    m_warnings = checked.problems;
    auto numbered = std::make_shared<config::ConfigSnapshot>(*checked.snapshot);
    numbered->revision = revisionFor(text);
    m_snapshot = numbered;
    m_taken = text;
    m_history.add({numbered->revision, PlainClock().wallMs(), change.author, change.note}, text);
    return m_snapshot;
}

bool ConfigKeeper::catchUp()
{
    const auto text = config::readConfigFile(m_path);
    if (!text)
        return false;
    if (*text == m_taken)
        return true;
    if (m_watch)
        m_watch->setSeen(*text);
    if (load()) {
        emit changed();
        return true;
    }
    emit refusedEdit(m_refused);
    return false;
}

QList<config::Problem> ConfigKeeper::problemsOf(const QByteArray &text) const
{
    return config::validate(text, 0, m_catalog).problems;
}

QByteArray ConfigKeeper::priceDate() const
{
    return m_catalog->date;
}

// The persisted number goes up when the text differs from the one it was given for.
quint32 ConfigKeeper::revisionFor(const QByteArray &text)
{
    const QByteArray digest = QCryptographicHash::hash(text, QCryptographicHash::Sha256).toHex();
    quint32 revision = 0;
    if (const auto known = config::readConfigFile(m_revisionPath)) {
        const QList<QByteArray> words = known->simplified().split(' ');
        if (words.size() == 2) {
            revision = words[0].toUInt();
            if (words[1] == digest)
                return revision;
        }
    }
    ++revision;
    const QByteArray line = QByteArray::number(revision) + ' ' + digest + '\n';
    if (const auto written = config::writeConfigFile(m_revisionPath, line); !written)
        qCWarning(lcConfig).noquote()
            << "the revision could not be kept:" << written.error().detail;
    return revision;
}

} // namespace sb::engine
