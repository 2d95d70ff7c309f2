// config.json: read, check, edit by atomic replace. No threads of its own; blocking file I/O.
#pragma once

#include "base/result.h"
#include "config/settings.h"
#include "json/value.h"

#include <QByteArray>
#include <QString>

namespace sb::config {

// The catalogue carried in the program (a compiled-in resource).
struct Catalog;
std::shared_ptr<const Catalog> builtInCatalog();

struct Checked {
    SnapshotPtr snapshot; // null when there is an Error among the problems
    QList<Problem> problems;
};

// Text → settings. Pure: no environment, no keychain, no files are looked at.
Checked validate(QByteArrayView text, quint32 revision,
                 const std::shared_ptr<const Catalog> &catalog);

// The JSON Schema of the file (resources/config.schema.json).
QByteArray schemaText();

// $XDG_CONFIG_HOME/signalbox/config.json and $XDG_DATA_HOME/signalbox.
QString defaultConfigPath();
QString defaultDataDir();

// The file written on the first start: listener, client `default` with the digest or reference
// given.
QByteArray defaultConfigText(const SecretRef &defaultClientSecret);

Result<QByteArray> readConfigFile(const QString &path);
// Atomic replace: temporary file beside it, fsync, rename, fsync of the folder; symlinks followed;
// mode kept (0600 when new).
Result<void> writeConfigFile(const QString &path, QByteArrayView text);

// One edit: sets, replaces or removes (value nullopt) the member at `path` ("providers[2].keys"),
// appends with a trailing "[+]"; key order, comments and everything unknown stay as they are.
Result<QByteArray> edit(QByteArrayView text, const QString &path,
                        const std::optional<json::Value> &value);

} // namespace sb::config
