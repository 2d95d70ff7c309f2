// status, tail and export: read-only looks at a running gateway, or at its data.
#include "cli/commands.h"
#include "cli/config_access.h"
#include "cli/process.h"
#include "record/exchange_json.h"
#include "store/store.h"
#include "json/reader.h"
#include "json/writer.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QDir>
#include <QLockFile>

#include <stdio.h>

namespace sb::cli {

namespace {
QByteArray word(const json::Value &object, QByteArrayView key)
{
    const json::Value *value = object.find(key);
    return value && !value->isNull() ? value->text() : QByteArray("-");
}

const QList<json::Value> &list(const json::Value &object, QByteArrayView key)
{
    static const QList<json::Value> none;
    const json::Value *value = object.find(key);
    return value ? value->items() : none;
}

void printStatus(const json::Value &status)
{
    QByteArray line = word(status, "state") + ", revision " + word(status, "revision");
    for (const json::Value &address : list(status, "addresses"))
        line += ' ' + address.text();
    out(line);
    for (const json::Value &provider : list(status, "providers")) {
        line = "provider " + word(provider, "id") + ": " + word(provider, "state");
        if (provider.find("cause"))
            line += " (" + word(provider, "cause") + ')';
        line += ", " + word(provider, "attempts_5m") + " attempts and "
            + word(provider, "failures_5m") + " failures in 5 min";
        out(line);
    }
    for (const json::Value &chain : list(status, "chains")) {
        line = "chain " + word(chain, "id") + ": " + word(chain, "state");
        if (chain.find("held_rank"))
            line += " on target " + word(chain, "held_rank") + " by you";
        out(line + ", " + word(chain, "per_minute") + " requests/min");
    }
    for (const json::Value &drill : list(status, "drills"))
        out("drill " + word(drill, "fault") + " at " + word(drill, "provider") + ": "
            + word(drill, "hits") + " hits");
    for (const json::Value &budget : list(status, "budgets")) {
        const auto usd = [&](QByteArrayView key) {
            const json::Value *value = budget.find(key);
            return Money{value ? value->toInt().value_or(0) : 0}.dollars();
        };
        const QByteArray window = word(budget, "window");
        out("cap " + word(budget, "id") + " (" + word(budget, "scope") + ", " + window
            + "): " + usd("spent_nusd") + " of " + usd("cap_nusd") + " USD spent, "
            + usd("reserved_nusd") + " held, " + word(budget, "refused") + " refused");
    }
    for (const json::Value &notice : list(status, "notices"))
        out("notice " + word(notice, "kind") + ": " + word(notice, "subject") + ' '
            + word(notice, "detail"));
}

// Something that happened once, as a line for people.
QByteArray eventLine(const json::Value &event)
{
    QByteArray line = "event " + word(event, "event");
    for (const char *what : {"provider", "chain", "client", "subject", "status", "cause"}) {
        if (event.find(what))
            line += QByteArray(" ") + what + ' ' + word(event, what);
    }
    return line;
}

// One settled exchange as a line for people.
QByteArray tailLine(const json::Value &exchange)
{
    const json::Value *ask = exchange.find("ask");
    const json::Value *outcome = exchange.find("outcome");
    QByteArray line = word(exchange, "id") + ' ' + word(exchange, "client") + ' '
        + (ask ? word(*ask, "model") : QByteArray("-"));
    line += " -> "
        + (outcome ? word(*outcome, "kind") + ' ' + word(*outcome, "status") : QByteArray("-"));
    for (const json::Value &attempt : list(exchange, "attempts")) {
        const json::Value *target = attempt.find("target");
        const json::Value &from = target ? *target : attempt;
        line += " | " + word(from, "provider") + '/' + word(from, "model") + ' '
            + word(attempt, "outcome");
    }
    return line;
}

int exportFromFiles(const Places &places, bool isCsv, const QString &session)
{
    QLockFile lock(QDir(places.dataDir).filePath(QStringLiteral("lock")));
    lock.setStaleLockTime(0);
    if (!lock.tryLock(0)) {
        if (lock.error() != QLockFile::LockFailedError) {
            complain(QStringLiteral("There is no data folder %1.").arg(places.dataDir));
            return Failed;
        }
        complain(QStringLiteral("The data folder is in use, but its Signalbox does not answer."));
        return Failed;
    }
    store::Options options;
    options.dataDir = places.dataDir;
    options.historyDays = 36'500; // reading must not trim
    options.historyBytes = std::numeric_limits<qint64>::max();
    auto opened = store::Store::open(options);
    if (!opened) {
        complain(opened.error().detail);
        return Failed;
    }
    if (isCsv) {
        const QByteArray header = csvHeader();
        fwrite(header.constData(), 1, size_t(header.size()), stdout);
    }
    std::optional<ExchangeId> before;
    do {
        auto future = opened->first->page(before, 500);
        future.waitForFinished();
        const auto page = future.result();
        if (!page) {
            complain(page.error().detail);
            return Failed;
        }
        for (const auto &exchange : page->exchanges) {
            if (!session.isEmpty() && exchange->ask.session != session)
                continue;
            const QByteArray row = isCsv ? csvRow(*exchange) : toJson(*exchange) + '\n';
            fwrite(row.constData(), 1, size_t(row.size()), stdout);
        }
        before = page->next;
    } while (before);
    fflush(stdout);
    return Done;
}
} // namespace

int status(const QStringList &arguments, int &argc, char **argv)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral("Tells how a running gateway is."));
    addPlaceOptions(parser);
    const QCommandLineOption jsonOption(QStringLiteral("json"),
                                        QStringLiteral("Prints everything as JSON."));
    parser.addOption(jsonOption);
    if (const int code = parse(parser, QStringLiteral("status"), arguments); code >= 0)
        return code;
    QCoreApplication app(argc, argv);
    control::ControlClient client;
    if (auto connected = client.connectTo(placesOf(parser).dataDir); !connected) {
        complain(connected.error().detail);
        return Failed;
    }
    const auto answer = client.ask("{\"command\":\"status\"}");
    if (!answer) {
        complain(answer.error().detail);
        return Failed;
    }
    if (parser.isSet(jsonOption))
        out(json::write(*answer));
    else
        printStatus(*answer);
    return Done;
}

int tail(const QStringList &arguments, int &argc, char **argv)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral(
        "Prints each request of a running gateway when it has ended, until interrupted."));
    addPlaceOptions(parser);
    const QCommandLineOption jsonOption(QStringLiteral("json"),
                                        QStringLiteral("One JSON object per line, as stored."));
    parser.addOption(jsonOption);
    if (const int code = parse(parser, QStringLiteral("tail"), arguments); code >= 0)
        return code;
    QCoreApplication app(argc, argv);
    control::ControlClient client;
    if (auto connected = client.connectTo(placesOf(parser).dataDir); !connected) {
        complain(connected.error().detail);
        return Failed;
    }
    if (auto begun = client.ask("{\"command\":\"tail\"}"); !begun) {
        complain(begun.error().detail);
        return Failed;
    }
    QByteArray rest;
    while (true) {
        const QByteArray bytes = client.more();
        if (bytes.isEmpty())
            return Done; // the gateway ended
        rest += bytes;
        qsizetype end;
        while ((end = rest.indexOf('\n')) >= 0) {
            const QByteArray line = rest.left(end);
            rest.remove(0, end + 1);
            const auto exchange = json::read(line);
            out(parser.isSet(jsonOption) || !exchange ? line
                    : exchange->find("event")         ? eventLine(*exchange)
                                                      : tailLine(*exchange));
        }
    }
}

int exportHistory(const QStringList &arguments, int &argc, char **argv)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(
        QStringLiteral("Writes the whole history to stdout, newest first."));
    addPlaceOptions(parser);
    const QCommandLineOption formatOption(QStringLiteral("format"), QStringLiteral("jsonl or csv."),
                                          QStringLiteral("FORMAT"), QStringLiteral("jsonl"));
    const QCommandLineOption sessionOption(QStringLiteral("session"),
                                           QStringLiteral("Only the requests of this session."),
                                           QStringLiteral("NAME"));
    parser.addOptions({formatOption, sessionOption});
    if (const int code = parse(parser, QStringLiteral("export"), arguments); code >= 0)
        return code;
    const QString format = parser.value(formatOption);
    if (format != QStringLiteral("jsonl") && format != QStringLiteral("csv")) {
        complain(QStringLiteral("--format is jsonl or csv."));
        return Usage;
    }
    QCoreApplication app(argc, argv);
    const Places places = placesOf(parser);
    control::ControlClient client;
    if (!client.connectTo(places.dataDir))
        return exportFromFiles(places, format == QStringLiteral("csv"),
                               parser.value(sessionOption));
    json::Writer w;
    w.beginObject()
        .member("command", "export")
        .member("format", format)
        .member("session", parser.value(sessionOption))
        .endObject();
    if (auto begun = client.ask(w.take()); !begun) {
        complain(begun.error().detail);
        return Failed;
    }
    for (QByteArray bytes = client.more(); !bytes.isEmpty(); bytes = client.more())
        fwrite(bytes.constData(), 1, size_t(bytes.size()), stdout);
    fflush(stdout);
    return Done;
}

} // namespace sb::cli
