#include "gateway/answers.h"

#include "dialect/ollama.h"
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

std::optional<QByteArray> ollamaAnswer(Endpoint endpoint, const QByteArray &body,
                                       const config::ConfigSnapshot &config,
                                       const config::ClientSettings &client, qint64 wallMs)
{
    if (endpoint == Endpoint::Version)
        return dialect::ollama::versionBody();
    if (endpoint == Endpoint::Running)
        return dialect::ollama::runningBody({}); // nothing is loaded here
    if (endpoint != Endpoint::Show)
        return std::nullopt;
    const auto asked = dialect::readRequest(DialectId::Ollama, endpoint, body);
    if (!asked)
        return std::nullopt;
    const auto resolved = route::resolve({config, client, asked->model, {}, {}});
    if (!resolved || resolved->source == RouteSource::DefaultChain || resolved->targets.isEmpty())
        return std::nullopt;
    // What the first target can do is what the client may count on.
    const config::ChainTarget &target = resolved->targets.first();
    dialect::ollama::ModelFacts facts;
    facts.entry = entryFor(asked->model, wallMs);
    facts.hasTools = true;
    if (const config::ProviderSettings *provider = config.provider(target.provider)) {
        if (const config::Offer *offer
            = config::modelFacts(config, *provider, target.model).offer) {
            facts.contextWindow = offer->context;
            facts.hasTools = !offer->lacksTools;
            facts.hasVision = offer->hasVision;
        }
    }
    return dialect::ollama::showBody(facts);
}

QByteArray countAnswer(DialectId dialect, qint64 tokens)
{
    const QByteArray number = QByteArray::number(tokens);
    if (dialect == DialectId::Gemini)
        return "{\"totalTokens\":" + number + '}';
    if (dialect == DialectId::OpenAiResponses)
        return "{\"object\":\"response.input_tokens\",\"input_tokens\":" + number + '}';
    return "{\"input_tokens\":" + number + '}';
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
