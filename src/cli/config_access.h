// How the commands reach the configuration: through a running engine, else the files themselves.
#pragma once

#include "config/config_file.h"
#include "control/control_client.h"

#include <QString>

class QCommandLineParser;

namespace sb::cli {

// The two options that nearly every command takes.
struct Places {
    QString configPath;
    QString dataDir;
};
void addPlaceOptions(QCommandLineParser &parser);
Places placesOf(const QCommandLineParser &parser);

class ConfigAccess {
public:
    explicit ConfigAccess(const Places &places);

    bool isRunning() const { return m_isRunning; }
    control::ControlClient &engine() { return m_client; }
    // As the file stands; its errors as one Error.
    Result<config::SnapshotPtr> snapshot() const;
    // One checked, atomic edit. Value nullopt removes.
    Result<void> edit(const QString &path, const std::optional<json::Value> &value);
    const Places &places() const { return m_places; }

private:
    Places m_places;
    control::ControlClient m_client;
    bool m_isRunning = false;
};

} // namespace sb::cli
