// The one configuration file while we run: read, checked, watched, edited, numbered.
//
// Main thread, owned by the engine's façade. Every text that passes the check becomes a snapshot
// with the next revision; one that does not changes nothing and is reported.
#pragma once

#include "config/config_file.h"
#include "config/file_watch.h"
#include "engine/config_history.h"

#include <QObject>

#include <memory>

namespace sb::engine {

// Who changes the configuration, and what they say about it; kept with the version.
struct Change {
    QString author = QStringLiteral("command"); // "window", "command", "file"
    QString note;
};

class ConfigKeeper final : public QObject {
    Q_OBJECT
public:
    ConfigKeeper(const QString &path, const QString &dataDir, QObject *parent);

    const QString &path() const { return m_path; }
    bool exists() const;
    const config::SnapshotPtr &snapshot() const { return m_snapshot; }
    const QList<config::Problem> &warnings() const { return m_warnings; }

    // Reads the file; the first call also begins to watch it.
    Result<config::SnapshotPtr> load();
    QList<config::Problem> check() const; // of the file as it is now
    Result<QByteArray> text() const;
    // Checks first; a text with errors is not written.
    Result<config::SnapshotPtr> replace(const QByteArray &text, const Change &change = {});
    Result<config::SnapshotPtr> edit(const QString &path, const QByteArray &jsonValue,
                                     const Change &change = {});
    // Takes in an outside edit that the watch has not told of yet. False when the file is bad.
    bool catchUp();
    QList<config::Problem> problemsOf(const QByteArray &text) const;
    const ConfigHistory &history() const { return m_history; }
    QByteArray priceDate() const;
    const QList<config::Problem> &refused() const { return m_refused; }

signals:
    void changed(); // a good outside edit was taken in: snapshot() is new
    void refusedEdit(const QList<sb::config::Problem> &problems);

private:
    Result<config::SnapshotPtr> take(const QByteArray &text, const Change &change);
    quint32 revisionFor(const QByteArray &text);

    QString m_path;
    QString m_revisionPath;
    std::shared_ptr<const config::Catalog> m_catalog;
    ConfigHistory m_history;
    config::SnapshotPtr m_snapshot;
    QByteArray m_taken; // the text of it
    QList<config::Problem> m_warnings;
    QList<config::Problem> m_refused;
    std::unique_ptr<config::FileWatch> m_watch;
};

} // namespace sb::engine
