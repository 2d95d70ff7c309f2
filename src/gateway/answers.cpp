#include "gateway/answers.h"

#include "route/resolve.h"

namespace sb::gateway {

namespace {
dialect::ModelEntry entryFor(const QString &name, qint64 wallMs)
{
    return {name.toUtf8(), name.toUtf8(), wallMs / 1000};
}
} // namespace

QByteArray modelsAnswer(DialectId dialect, const config::ConfigSnapshot &config,
                        const config::ClientSettings &client, qint64 wallMs)
{
    QList<dialect::ModelEntry> entries;
    for (const QString &name : route::visibleNames(config, client))
        entries.append(entryFor(name, wallMs));
    return dialect::modelsBody(dialect, entries);
}

std::optional<QByteArray> modelAnswer(DialectId dialect, const QByteArray &id,
                                      const config::ConfigSnapshot &config,
                                      const config::ClientSettings &client, qint64 wallMs)
{
    const QString name = QString::fromUtf8(QByteArray::fromPercentEncoding(id));
    const auto resolved = route::resolve({config, client, name, {}, {}});
    if (!resolved || resolved->source == RouteSource::DefaultChain)
        return std::nullopt;
    return dialect::modelBody(dialect, entryFor(name, wallMs));
}

std::optional<ExchangeId> generationId(QByteArrayView query)
{
    for (const QByteArray &pair : query.toByteArray().split('&')) {
        if (pair.startsWith("id="))
            return ExchangeId::parse(QByteArrayView(pair).sliced(3));
    }
    return std::nullopt;
}

} // namespace sb::gateway
