// check and explain: questions about the configuration, without traffic.
#include "cli/commands.h"
#include "cli/config_access.h"
#include "cli/process.h"
#include "gateway/target_book.h"
#include "record/exchange_json.h"
#include "record/names.h"
#include "route/planner.h"
#include "route/resolve.h"
#include "json/reader.h"
#include "json/writer.h"

#include <QCommandLineParser>
#include <QCoreApplication>

namespace sb::cli {

namespace {
QByteArray problemsJson(const QList<config::Problem> &problems)
{
    json::Writer w;
    w.beginArray();
    for (const config::Problem &problem : problems) {
        w.beginObject()
            .member("severity",
                    problem.severity == config::Problem::Severity::Error ? "error" : "warning")
            .member("path", problem.path)
            .member("message", problem.message);
        if (!problem.nearest.isEmpty())
            w.member("nearest", problem.nearest);
        w.endObject();
    }
    w.endArray();
    return w.take();
}

QString problemLine(const config::Problem &problem)
{
    QString line = problem.severity == config::Problem::Severity::Error
        ? QStringLiteral("error: ")
        : QStringLiteral("warning: ");
    line += problem.path + QStringLiteral(": ") + problem.message;
    if (!problem.nearest.isEmpty())
        line += QStringLiteral(" Nearest: \"%1\".").arg(problem.nearest);
    return line;
}

// Without an engine there are no gates and no secrets: every key counts as at hand.
Result<Decision> explainFromFile(const ConfigAccess &access, const Ask &ask, const ClientId &client,
                                 const QSet<ProviderId> &down)
{
    const auto snapshot = access.snapshot();
    if (!snapshot)
        return unexpected(snapshot.error());
    auto complete = std::make_shared<config::ConfigSnapshot>(**snapshot);
    QSet<route::KeyName> keys;
    for (config::ProviderSettings &provider : complete->providers) {
        for (const config::KeySettings &key : provider.keys)
            keys.insert({provider.id, key.id});
        if (provider.isSimulated)
            provider.baseUrls = {{DialectId::OpenAiChat, "sim"}, {DialectId::Anthropic, "sim"}};
    }
    const config::ClientSettings *settings = complete->client(client);
    if (!settings)
        return unexpected(
            Error::make(QStringLiteral("no_such_id"),
                        QStringLiteral("There is no client \"%1\".").arg(client.text())));
    const auto resolved = route::resolve({*complete, *settings, ask.model, {}, {}});
    if (!resolved)
        return unexpected(resolved.error());
    const route::GateTable gates;
    return route::plan(
        {*complete, ask, *resolved, gates, keys, Nanos(0), down, 0, gateway::translatedDialects()});
}

void printDecision(const json::Value &decision)
{
    const auto word = [](const json::Value *value) {
        return value && !value->isNull() ? value->toString() : QString();
    };
    out("route: " + word(decision.find("source")).toUtf8() + ' '
        + word(decision.find("chain")).toUtf8());
    const json::Value *candidates = decision.find("candidates");
    if (!candidates)
        return;
    bool isFirst = true;
    for (const json::Value &candidate : candidates->items()) {
        const json::Value *target = candidate.find("target");
        const json::Value &from = target ? *target : candidate;
        const bool isSkipped = word(candidate.find("fate")) == QStringLiteral("skipped");
        const QString fate = isSkipped
            ? QStringLiteral("skipped: ") + word(candidate.find("reason"))
            : isFirst ? QStringLiteral("tried first")
                      : QStringLiteral("next");
        isFirst = isFirst && isSkipped;
        out(QStringLiteral("%1. %2/%3  %4")
                .arg(word(candidate.find("rank")), word(from.find("provider")),
                     word(from.find("model")), fate)
                .toUtf8());
    }
}
} // namespace

int check(const QStringList &arguments, int &, char **)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(
        QStringLiteral("Validates the configuration: every problem with its JSON path."));
    addPlaceOptions(parser);
    const QCommandLineOption schemaOption(QStringLiteral("schema"),
                                          QStringLiteral("Prints the JSON Schema of the file."));
    const QCommandLineOption jsonOption(QStringLiteral("json"),
                                        QStringLiteral("Prints the problems as JSON."));
    parser.addOptions({schemaOption, jsonOption});
    if (const int code = parse(parser, QStringLiteral("check"), arguments); code >= 0)
        return code;
    if (parser.isSet(schemaOption)) {
        out(config::schemaText().trimmed());
        return Done;
    }
    const Places places = placesOf(parser);
    const auto text = config::readConfigFile(places.configPath);
    if (!text) {
        complain(text.error().detail);
        return ConfigRefused;
    }
    const config::Checked checked = config::validate(*text, 0, config::builtInCatalog());
    if (parser.isSet(jsonOption)) {
        out(problemsJson(checked.problems));
    } else {
        for (const config::Problem &problem : checked.problems)
            out(problemLine(problem).toUtf8());
        if (checked.problems.isEmpty())
            out("no problems");
    }
    return checked.snapshot ? Done : ConfigRefused;
}

int explain(const QStringList &arguments, int &argc, char **argv)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(
        QStringLiteral("Prints the decision for a request like this one: each target, tried or "
                       "skipped and why. Nothing is sent."));
    addPlaceOptions(parser);
    const QCommandLineOption modelOption(QStringLiteral("model"),
                                         QStringLiteral("The model name a client would send."),
                                         QStringLiteral("MODEL"));
    const QCommandLineOption clientOption(QStringLiteral("client"),
                                          QStringLiteral("The client that asks."),
                                          QStringLiteral("CLIENT"), QStringLiteral("default"));
    const QCommandLineOption toolsOption(QStringLiteral("tools"),
                                         QStringLiteral("The request has tools."));
    const QCommandLineOption imagesOption(QStringLiteral("images"),
                                          QStringLiteral("The request has images."));
    const QCommandLineOption dialectOption(
        QStringLiteral("dialect"),
        QStringLiteral("openai-chat, openai-responses, anthropic, gemini or ollama."),
        QStringLiteral("DIALECT"), QStringLiteral("openai-chat"));
    const QCommandLineOption downOption(
        QStringLiteral("down"), QStringLiteral("Treat this provider as down; may be repeated."),
        QStringLiteral("PROVIDER"));
    const QCommandLineOption jsonOption(QStringLiteral("json"),
                                        QStringLiteral("Prints the decision as JSON."));
    parser.addOptions({modelOption, clientOption, toolsOption, imagesOption, dialectOption,
                       downOption, jsonOption});
    if (const int code = parse(parser, QStringLiteral("explain"), arguments); code >= 0)
        return code;
    const auto dialect = fromName<DialectId>(parser.value(dialectOption).toUtf8());
    if (!parser.isSet(modelOption) || !dialect) {
        complain(QStringLiteral("explain needs --model, and a --dialect that exists."));
        return Usage;
    }

    QCoreApplication app(argc, argv);
    ConfigAccess access(placesOf(parser));
    Result<json::Value> decision = json::Value();
    if (access.isRunning()) {
        json::Writer w;
        w.beginObject().member("command", "explain").member("model", parser.value(modelOption));
        w.member("client", parser.value(clientOption))
            .member("dialect", parser.value(dialectOption));
        w.member("tools", parser.isSet(toolsOption)).member("images", parser.isSet(imagesOption));
        w.key("down").beginArray();
        for (const QString &down : parser.values(downOption))
            w.string(QStringView(down));
        w.endArray().endObject();
        decision = access.engine().ask(w.take());
    } else {
        Ask ask;
        ask.model = parser.value(modelOption);
        ask.dialect = *dialect;
        ask.hasTools = parser.isSet(toolsOption);
        ask.hasImages = parser.isSet(imagesOption);
        QSet<ProviderId> down;
        for (const QString &id : parser.values(downOption))
            down.insert(ProviderId(id));
        const auto planned
            = explainFromFile(access, ask, ClientId(parser.value(clientOption)), down);
        if (planned)
            decision = json::read(toJson(*planned));
        else
            decision = unexpected(planned.error());
    }
    if (!decision) {
        complain(decision.error().detail);
        return decision.error().code == QStringLiteral("config_invalid") ? ConfigRefused : Failed;
    }
    if (parser.isSet(jsonOption))
        out(json::write(*decision));
    else
        printDecision(*decision);
    return Done;
}

} // namespace sb::cli
