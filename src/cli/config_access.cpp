#include "cli/config_access.h"

#include "json/writer.h"

#include <QCommandLineParser>

namespace sb::cli {

void addPlaceOptions(QCommandLineParser &parser)
{
    parser.addOption({QStringLiteral("config"), QStringLiteral("The configuration file."),
                      QStringLiteral("FILE")});
    parser.addOption(
        {QStringLiteral("data-dir"), QStringLiteral("The data folder."), QStringLiteral("DIR")});
}

Places placesOf(const QCommandLineParser &parser)
{
    const QString configPath = parser.value(QStringLiteral("config"));
    const QString dataDir = parser.value(QStringLiteral("data-dir"));
    return {configPath.isEmpty() ? config::defaultConfigPath() : configPath,
            dataDir.isEmpty() ? config::defaultDataDir() : dataDir};
}

ConfigAccess::ConfigAccess(const Places &places)
    : m_places(places)
    , m_isRunning(m_client.connectTo(places.dataDir).has_value())
{
}

Result<config::SnapshotPtr> ConfigAccess::snapshot() const
{
    const auto text = config::readConfigFile(m_places.configPath);
    if (!text)
        return unexpected(text.error());
    const config::Checked checked = config::validate(*text, 0, config::builtInCatalog());
    if (checked.snapshot)
        return checked.snapshot;
    for (const config::Problem &problem : checked.problems) {
        if (problem.severity == config::Problem::Severity::Error)
            return unexpected(Error::make(QStringLiteral("config_invalid"),
                                          problem.path + QStringLiteral(": ") + problem.message));
    }
    return unexpected(Error::make(QStringLiteral("config_invalid"), {}));
}

Result<void> ConfigAccess::edit(const QString &path, const std::optional<json::Value> &value)
{
    if (m_isRunning) {
        json::Writer w;
        w.beginObject().member("command", value ? "edit" : "remove").member("path", path);
        if (value)
            w.member("value", *value);
        w.endObject();
        const auto answer = m_client.ask(w.take());
        if (!answer)
            return unexpected(answer.error());
        return {};
    }
    const auto text = config::readConfigFile(m_places.configPath);
    if (!text)
        return unexpected(text.error());
    const auto edited = config::edit(*text, path, value);
    if (!edited)
        return unexpected(edited.error());
    const config::Checked checked = config::validate(*edited, 0, config::builtInCatalog());
    if (!checked.snapshot) {
        for (const config::Problem &problem : checked.problems) {
            if (problem.severity == config::Problem::Severity::Error)
                return unexpected(
                    Error::make(QStringLiteral("config_invalid"),
                                problem.path + QStringLiteral(": ") + problem.message));
        }
    }
    return config::writeConfigFile(m_places.configPath, *edited);
}

} // namespace sb::cli
