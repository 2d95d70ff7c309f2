// Tells when the contents of one file changed, however that was done.
//
// Editors replace files by renaming, dotfile managers put symlinks in between: so the folders of
// the file and of every link on the way are watched too, and armed anew after each event. Events
// are gathered for a moment, then the contents are compared, so touching the file says nothing.
// Lives on one thread with an event loop; reads the file there (it is small). A file that goes away
// counts as a change once.
#pragma once

#include "base/clock.h"

#include <QByteArray>
#include <QFileSystemWatcher>
#include <QObject>
#include <QString>
#include <QTimer>

namespace sb::config {

class FileWatch final : public QObject {
    Q_OBJECT
public:
    explicit FileWatch(const QString &path, Millis debounce = Millis(150),
                       QObject *parent = nullptr);

    QString path() const { return m_path; }
    // What is there now is known already: changed() comes only for contents other than these. Call
    // after writing the file oneself.
    void setSeen(QByteArrayView text);

signals:
    void changed();

private:
    void arm();
    void look();
    QByteArray digest() const;

    QString m_path;
    QFileSystemWatcher m_watcher;
    QTimer m_debounce;
    QByteArray m_seen; // digest of the contents; empty: no such file
};

} // namespace sb::config
