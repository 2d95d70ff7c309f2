// The newest 50 texts of config.json, whoever wrote them, so that every change can be undone.
//
// Main thread, owned by the ConfigKeeper. One file per revision in `config-history` of the data
// folder: a line with time, author and note, then the text as it was. 0600, written whole or not at
// all; the configuration holds references to secrets, never secrets. What cannot be kept is logged:
// a change is not refused for it.
#pragma once

#include "base/result.h"
#include "engine/setup.h"

#include <QString>

namespace sb::engine {

class ConfigHistory {
public:
    static constexpr int kKept = 50;

    explicit ConfigHistory(const QString &folder);

    // Does nothing when that revision is kept already.
    void add(const ConfigVersion &version, QByteArrayView text);
    QList<ConfigVersion> versions() const; // newest first
    Result<QByteArray> text(quint32 revision) const; // "no_such_id"

private:
    QList<quint32> revisions() const; // newest first
    QString pathOf(quint32 revision) const;

    QString m_folder;
};

} // namespace sb::engine
