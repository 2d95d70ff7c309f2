// bench: what a request costs more through this gateway than direct, on this computer, and when a
// short-lived client gets its first token.
//
// Direct and through the gateway take turns, pair by pair, so that what else the machine does falls
// on both. Without --provider nothing leaves this computer: the provider is a simulated one, once
// near, once behind TLS and 20 ms of wire each way.
#include "cli/bench_client.h"
#include "cli/bench_stage.h"
#include "cli/commands.h"
#include "cli/config_access.h"
#include "cli/process.h"
#include "cli/wait_for.h"
#include "engine/key_loader.h"
#include "provider/request_head.h"
#include "secret/keychain_vault.h"
#include "secret/resolver.h"
#include "json/writer.h"

#include <QCommandLineParser>
#include <QCoreApplication>

#include <algorithm>
#include <vector>

#include <signal.h>

namespace sb::cli {

namespace {
constexpr int kPairs = 50;
constexpr int kProviderPairs = 5; // they cost money
constexpr int kMostPairs = 1'000;
constexpr int kNearPairs = 300; // a fraction of a millisecond each

// One way to ask: where, and the bytes.
struct Way {
    BenchPlace place;
    QByteArray request;
};

struct Medians {
    double directUs = 0;
    double gatewayUs = 0;
    double addedUs() const { return gatewayUs - directUs; }
};

enum class Life { Kept, Short }; // of a client: one connection for all, a new one for each request
using Measure = double BenchTimes::*;

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    const size_t middle = values.size() / 2;
    return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

Result<Medians> compare(const Way &direct, const Way &gateway, Life life, int pairs, Measure what)
{
    const Way *const ways[2] = {&direct, &gateway};
    std::unique_ptr<BenchClient> clients[2];
    std::vector<double> taken[2];
    for (int pair = life == Life::Kept ? -1 : 0; pair < pairs; ++pair) { // -1: connects
        for (const int turn : {0, 1}) {
            const int side = (pair & 1) != 0 ? 1 - turn : turn;
            std::unique_ptr<BenchClient> &client = clients[side];
            if (!client)
                client = std::make_unique<BenchClient>(ways[side]->place);
            const auto times = client->ask(ways[side]->request);
            if (!times)
                return unexpected(times.error());
            if (pair >= 0)
                taken[side].push_back((*times).*what);
            if (life == Life::Short)
                client.reset();
        }
    }
    return Medians{median(std::move(taken[0])), median(std::move(taken[1]))};
}

QByteArray bodyFor(const QString &model, bool isStream)
{
    json::Writer w;
    w.beginObject().member("model", model).member("stream", isStream).member("max_tokens", 16);
    w.key("messages").beginArray().beginObject();
    w.member("role", "user").member("content", "Say hello.").endObject().endArray().endObject();
    return w.take();
}

QByteArray gatewayRequest(const QByteArray &address, DialectId dialect, const QByteArray &key,
                          const QByteArray &body)
{
    const bool isAnthropic = dialect == DialectId::Anthropic;
    return QByteArray(isAnthropic ? "POST /v1/messages" : "POST /v1/chat/completions")
        + " HTTP/1.1\r\nhost: " + address + "\r\nauthorization: Bearer " + key
        + "\r\ncontent-type: application/json\r\n"
        + (isAnthropic ? "anthropic-version: 2023-06-01\r\n" : "")
        + "content-length: " + QByteArray::number(body.size()) + "\r\n\r\n" + body;
}

QString ms(double us)
{
    return QString::number(us / 1000, 'f', us < 10'000 ? 2 : 1) + QStringLiteral(" ms");
}

QString sentence(const QString &what, const Medians &medians, int pairs, const char *more,
                 const char *less)
{
    const bool isMore = medians.addedUs() > 0;
    return what
        + QStringLiteral(" %1 %2 through Signalbox: direct %3, through Signalbox %4, medians of "
                         "%5 pairs.")
              .arg(ms(std::abs(medians.addedUs())), QString::fromLatin1(isMore ? more : less),
                   ms(medians.directUs), ms(medians.gatewayUs))
              .arg(pairs);
}

void member(json::Writer &w, const char *name, const Medians &medians)
{
    w.key(name).beginObject();
    w.member("direct_us", medians.directUs).member("gateway_us", medians.gatewayUs);
    w.member("added_us", medians.addedUs()).endObject();
}

struct Report {
    QString about;
    int pairs = 0;
    int delayMs = -1; // of the simulated wire, each way
    std::optional<Medians> whole; // of a small answer, kept connections
    Medians keptToken;
    Medians shortToken;
};

void print(const Report &report, bool isJson)
{
    if (isJson) {
        json::Writer w;
        w.beginObject().member("about", report.about).member("pairs", report.pairs);
        if (report.delayMs >= 0)
            w.member("delay_ms", report.delayMs);
        if (report.whole)
            member(w, "whole_answer", *report.whole);
        member(w, "first_token", report.keptToken);
        member(w, "short_lived", report.shortToken);
        out(w.endObject().take());
        return;
    }
    QStringList lines{report.about};
    if (report.whole)
        lines << sentence(QStringLiteral("A small answer takes"), *report.whole, kNearPairs, "more",
                          "less");
    lines << sentence(QStringLiteral("On kept connections, the first token comes"),
                      report.keptToken, report.pairs, "later", "sooner");
    lines << sentence(
        QStringLiteral("A short-lived client, with a new connection for each request, gets it"),
        report.shortToken, report.pairs, "later", "sooner");
    if (report.shortToken.addedUs() < 0)
        lines << QStringLiteral("That is the handshake with the provider, which the gateway has "
                                "behind it: it keeps a connection ready.");
    out(lines.join(u'\n').toUtf8());
}

Result<Report> measureSimulated(int pairs)
{
    BenchStage stage;
    if (const auto started = stage.start(); !started)
        return unexpected(started.error());
    const auto near = makeBenchPlace({false, "127.0.0.1", stage.nearPort(), {}});
    const auto far = makeBenchPlace({true, "127.0.0.1", stage.farPort(), stage.caFile()});
    const auto gateway = makeBenchPlace({false, "127.0.0.1", stage.gatewayPort(), {}});
    for (const auto *place : {&near, &far, &gateway}) {
        if (!*place)
            return unexpected(place->error());
    }
    config::ProviderSettings open;
    open.auth.kind = config::AuthScheme::Kind::None;
    const auto direct = [&](const BenchPlace &place, const char *scheme, bool isStream) {
        const auto base
            = provider::parseBase(QByteArray(QByteArray(scheme) + "://127.0.0.1:"
                                             + QByteArray::number(place.origin.port) + "/v1"),
                                  {});
        const QByteArray body = bodyFor(QStringLiteral("m"), isStream);
        return Way{place,
                   provider::requestHead({.provider = open,
                                          .base = *base,
                                          .isStream = isStream,
                                          .key = Secret(),
                                          .bodyBytes = body.size()})
                       + body};
    };
    const auto through = [&](const char *model, bool isStream) {
        return Way{*gateway,
                   gatewayRequest("127.0.0.1:" + QByteArray::number(stage.gatewayPort()),
                                  DialectId::OpenAiChat, stage.key(),
                                  bodyFor(QString::fromLatin1(model), isStream))};
    };
    Report report;
    report.about = QStringLiteral("Simulated providers on this computer, once near, once over TLS "
                                  "and %1 ms away each way; no cost, nothing left this computer.")
                       .arg(BenchStage::delayMs);
    report.pairs = pairs;
    report.delayMs = BenchStage::delayMs;
    const auto whole = compare(direct(*near, "http", false), through("near/m", false), Life::Kept,
                               kNearPairs, &BenchTimes::wholeUs);
    if (!whole)
        return unexpected(whole.error());
    report.whole = *whole;
    const Way directFar = direct(*far, "https", true);
    const Way throughFar = through("far/m", true);
    const auto kept = compare(directFar, throughFar, Life::Kept, pairs, &BenchTimes::firstTokenUs);
    if (!kept)
        return unexpected(kept.error());
    report.keptToken = *kept;
    const auto brief
        = compare(directFar, throughFar, Life::Short, pairs, &BenchTimes::firstTokenUs);
    if (!brief)
        return unexpected(brief.error());
    report.shortToken = *brief;
    return report;
}

Result<Secret> keyOf(const config::ProviderSettings &provider)
{
    if (provider.auth.kind == config::AuthScheme::Kind::None || provider.keys.isEmpty())
        return Secret();
    const auto reference = engine::referenceFor(provider.keys.first().secret);
    if (!reference)
        return unexpected(Error::make(QStringLiteral("bench_failed"),
                                      QStringLiteral("The provider's key cannot be read here.")));
    secret::KeychainVault keychain;
    secret::SecretResolver resolver({&keychain, nullptr, nullptr});
    return waitFor(resolver.resolve(*reference));
}

Result<Report> measureProvider(ConfigAccess &access, const QString &id, QString model, int pairs)
{
    const auto failed = [](const QString &why) {
        return unexpected(Error::make(QStringLiteral("bench_failed"), why));
    };
    if (!access.isRunning())
        return failed(QStringLiteral("That asks through the running gateway: start it first "
                                     "(signalboxd serve), or open the window."));
    const auto config = access.snapshot();
    if (!config)
        return unexpected(config.error());
    const auto &providers = (*config)->providers;
    const auto provider = std::find_if(providers.begin(), providers.end(),
                                       [&](const auto &one) { return one.id.text() == id; });
    if (provider == providers.end() || provider->baseUrls.isEmpty())
        return failed(QStringLiteral("There is no provider %1 with an address.").arg(id));
    if (model.isEmpty() && !provider->models.isEmpty())
        model = provider->models.first().id;
    if (model.isEmpty())
        return failed(QStringLiteral("Say which model: --model M."));
    const auto key = keyOf(*provider);
    if (!key)
        return unexpected(key.error());
    const DialectId dialect = provider->baseUrls.contains(DialectId::OpenAiChat)
        ? DialectId::OpenAiChat
        : DialectId::Anthropic;
    const auto base = provider::parseBase(provider->baseUrls.value(dialect), provider->caFile);
    if (!base)
        return failed(QStringLiteral("The provider's address cannot be read."));
    const auto far = makeBenchPlace(base->origin);
    if (!far)
        return unexpected(far.error());

    json::Writer w;
    w.beginObject().member("command", "run_begin").member("program", "bench");
    w.member("client", "").member("chain", "").member("cap", "").endObject();
    const auto begun = access.engine().ask(w.take());
    if (!begun)
        return unexpected(begun.error());
    const auto word = [&](QByteArrayView name) {
        const json::Value *value = begun->find(name);
        return value ? value->text() : QByteArray();
    };
    const auto address = provider::parseBase(word("address"), {});
    if (!address)
        return failed(QStringLiteral("The gateway has no address."));
    const auto near = makeBenchPlace(address->origin);
    if (!near)
        return unexpected(near.error());

    const QByteArray directBody = bodyFor(model, true);
    const Way direct{*far,
                     provider::requestHead({.provider = *provider,
                                            .base = *base,
                                            .dialect = dialect,
                                            .isStream = true,
                                            .key = *key,
                                            .bodyBytes = directBody.size()})
                         + directBody};
    const Way through{
        *near,
        gatewayRequest(address->authority, dialect, word("key"), bodyFor(id + u'/' + model, true))};
    Report report;
    report.about = QStringLiteral("%1 of %2, %3 short requests; those through Signalbox are in its "
                                  "history as session %4.")
                       .arg(model, id)
                       .arg(4 * pairs + 2)
                       .arg(QString::fromUtf8(word("session")));
    report.pairs = pairs;
    const auto kept = compare(direct, through, Life::Kept, pairs, &BenchTimes::firstTokenUs);
    if (!kept)
        return unexpected(kept.error());
    report.keptToken = *kept;
    const auto brief = compare(direct, through, Life::Short, pairs, &BenchTimes::firstTokenUs);
    if (!brief)
        return unexpected(brief.error());
    report.shortToken = *brief;
    return report;
}
} // namespace

int bench(const QStringList &arguments, int &argc, char **argv)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral(
        "Measures, in pairs, what a request takes direct and through Signalbox. Without "
        "--provider: with simulated providers and a gateway of its own, so nothing costs money or "
        "leaves this computer. With --provider: through the running gateway, short requests that "
        "the provider bills."));
    addPlaceOptions(parser);
    const QCommandLineOption providerOption(
        QStringLiteral("provider"), QStringLiteral("One of your providers."), QStringLiteral("ID"));
    const QCommandLineOption modelOption(QStringLiteral("model"),
                                         QStringLiteral("Its model to ask; the first it lists, if "
                                                        "not given."),
                                         QStringLiteral("MODEL"));
    const QCommandLineOption pairsOption(
        QStringLiteral("pairs"),
        QStringLiteral("How many pairs; 50, and 5 with --provider, if not given."),
        QStringLiteral("N"));
    const QCommandLineOption jsonOption(QStringLiteral("json"),
                                        QStringLiteral("Prints JSON instead of sentences."));
    parser.addOptions({providerOption, modelOption, pairsOption, jsonOption});
    if (const int code = parse(parser, QStringLiteral("bench"), arguments); code >= 0)
        return code;
    const bool isProvider = parser.isSet(providerOption);
    bool isNumber = true;
    const int pairs = parser.isSet(pairsOption) ? parser.value(pairsOption).toInt(&isNumber)
        : isProvider                            ? kProviderPairs
                                                : kPairs;
    if (!isNumber || pairs < 1 || pairs > kMostPairs) {
        complain(QStringLiteral("--pairs takes a number from 1 to %1.").arg(kMostPairs));
        return Usage;
    }
    if (!parser.positionalArguments().isEmpty() || (parser.isSet(modelOption) && !isProvider)) {
        complain(QStringLiteral("signalboxd bench [--provider ID [--model MODEL]] [--pairs N] "
                                "[--json]"));
        return Usage;
    }
    ::signal(SIGPIPE, SIG_IGN); // TLS writes without MSG_NOSIGNAL
    QCoreApplication app(argc, argv);
    Result<Report> report = unexpected(Error{});
    if (isProvider) {
        ConfigAccess access(placesOf(parser));
        report = measureProvider(access, parser.value(providerOption), parser.value(modelOption),
                                 pairs);
    } else {
        report = measureSimulated(pairs);
    }
    if (!report) {
        complain(report.error().detail);
        return Failed;
    }
    print(*report, parser.isSet(jsonOption));
    return Done;
}

} // namespace sb::cli
