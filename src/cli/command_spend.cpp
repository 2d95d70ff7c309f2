// spend: what was spent in the last days, from the rollups; of a running gateway or its files.
#include "cli/commands.h"
#include "cli/config_access.h"
#include "cli/process.h"
#include "store/reader.h"
#include "store/rollup.h"
#include "store/store.h"
#include "json/writer.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QDateTime>
#include <QDir>
#include <QLockFile>
#include <QTimeZone>

namespace sb::cli {

namespace {
constexpr int kMostDays = 3'660;

struct Row {
    QString key;
    store::RollupRow sums;
};

Result<QList<store::RollupRow>> rowsSince(const Places &places, qint64 fromWallMs)
{
    constexpr qint64 untilNow = std::numeric_limits<qint64>::max();
    control::ControlClient client;
    if (client.connectTo(places.dataDir)) {
        // What has settled a moment ago is part of it.
        if (auto flushed = client.ask("{\"command\":\"flush\"}"); !flushed)
            return unexpected(flushed.error());
        const QDir folder(places.dataDir);
        store::Reader reader(folder.filePath(QStringLiteral("ledger.db")),
                             folder.filePath(QStringLiteral("history.db")),
                             folder.filePath(QStringLiteral("captures.db")));
        return reader.days({}, fromWallMs, untilNow);
    }
    QLockFile lock(QDir(places.dataDir).filePath(QStringLiteral("lock")));
    lock.setStaleLockTime(0);
    if (!lock.tryLock(0))
        return unexpected(Error::make(
            QStringLiteral("data_dir"),
            lock.error() == QLockFile::LockFailedError
                ? QStringLiteral("The data folder is in use, but its Signalbox does not answer.")
                : QStringLiteral("There is no data folder %1.").arg(places.dataDir)));
    store::Options options;
    options.dataDir = places.dataDir;
    options.historyDays = 36'500; // reading must not trim
    options.historyBytes = std::numeric_limits<qint64>::max();
    auto opened = store::Store::open(options);
    if (!opened)
        return unexpected(opened.error());
    auto asked = opened->first->days({}, fromWallMs, untilNow);
    asked.waitForFinished();
    return asked.result();
}

QString keyOf(const store::RollupRow &row, const QString &by)
{
    if (by == QStringLiteral("client"))
        return row.client.text();
    if (by == QStringLiteral("provider"))
        return row.provider.text();
    if (by == QStringLiteral("chain"))
        return row.chain.text();
    return row.model;
}

void writeSums(json::Writer &w, const store::RollupRow &sums)
{
    w.member("requests", sums.exchanges)
        .member("attempts", sums.attempts)
        .member("cost_nusd", sums.cost.nano)
        .member("uncertain_nusd", sums.uncertain.nano)
        .member("unpriced", sums.unpriced)
        .member("estimated", sums.estimated)
        .member("prompt_tokens", sums.usage.prompt())
        .member("output_tokens", sums.usage.completion());
}

QByteArray jsonOf(const QString &by, qint64 fromWallMs, const store::RollupRow &total,
                  const QList<Row> &rows)
{
    json::Writer w;
    w.beginObject()
        .member("from_wall_ms", fromWallMs)
        .member("zone", QTimeZone::systemTimeZoneId())
        .member("by", by)
        .key("total")
        .beginObject();
    writeSums(w, total);
    w.endObject().key("rows").beginArray();
    for (const Row &row : rows) {
        w.beginObject().member("key", row.key);
        writeSums(w, row.sums);
        w.endObject();
    }
    w.endArray().endObject();
    return w.take();
}

// Marks of what the sum does not say by itself.
QByteArray marksOf(const store::RollupRow &sums)
{
    QByteArray marks;
    if (sums.uncertain.nano != 0)
        marks += ", " + sums.uncertain.dollars() + " more may be billed";
    if (sums.unpriced > 0)
        marks += ", " + QByteArray::number(sums.unpriced) + " unpriced";
    if (sums.estimated > 0)
        marks += ", " + QByteArray::number(sums.estimated) + " estimated";
    return marks.isEmpty() ? marks : "  (" + marks.mid(2) + ')';
}

void print(const QString &by, const store::RollupRow &total, const QList<Row> &rows)
{
    constexpr int kKey = 32;
    const auto line
        = [](const QByteArray &key, const QByteArray &requests, const QByteArray &in,
             const QByteArray &produced, const QByteArray &money, const QByteArray &marks) {
              out(key.leftJustified(kKey) + requests.rightJustified(9) + in.rightJustified(13)
                  + produced.rightJustified(13) + money.rightJustified(16) + marks);
          };
    const auto sumLine = [&](const QByteArray &key, const store::RollupRow &sums) {
        line(key, QByteArray::number(sums.exchanges), QByteArray::number(sums.usage.prompt()),
             QByteArray::number(sums.usage.completion()), sums.cost.dollars(), marksOf(sums));
    };
    line(by.toUtf8(), "requests", "tokens in", "tokens out", "USD", {});
    for (const Row &row : rows)
        sumLine(row.key.isEmpty() ? QByteArray("-") : row.key.toUtf8(), row.sums);
    sumLine("total", total);
}
} // namespace

int spend(const QStringList &arguments, int &argc, char **argv)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(
        QStringLiteral("Tells what was spent today or in the last days, dearest first. Simulated "
                       "providers are left out."));
    addPlaceOptions(parser);
    const QCommandLineOption todayOption(QStringLiteral("today"),
                                         QStringLiteral("Since local midnight; the default."));
    const QCommandLineOption daysOption(QStringLiteral("days"),
                                        QStringLiteral("Today and the days before it, N in all."),
                                        QStringLiteral("N"));
    const QCommandLineOption byOption(QStringLiteral("by"),
                                      QStringLiteral("model, client, provider or chain."),
                                      QStringLiteral("WHAT"), QStringLiteral("model"));
    const QCommandLineOption simulatedOption(QStringLiteral("simulated"),
                                             QStringLiteral("With simulated providers."));
    const QCommandLineOption jsonOption(QStringLiteral("json"),
                                        QStringLiteral("Prints the sums as JSON."));
    parser.addOptions({todayOption, daysOption, byOption, simulatedOption, jsonOption});
    if (const int code = parse(parser, QStringLiteral("spend"), arguments); code >= 0)
        return code;
    const QString by = parser.value(byOption);
    if (!QStringList{QStringLiteral("model"), QStringLiteral("client"), QStringLiteral("provider"),
                     QStringLiteral("chain")}
             .contains(by)) {
        complain(QStringLiteral("--by is model, client, provider or chain."));
        return Usage;
    }
    int days = 1;
    if (parser.isSet(daysOption)) {
        bool isNumber = false;
        days = parser.value(daysOption).toInt(&isNumber);
        if (!isNumber || days < 1 || days > kMostDays || parser.isSet(todayOption)) {
            complain(
                QStringLiteral("--days is a number from 1 to %1, without --today.").arg(kMostDays));
            return Usage;
        }
    }
    QCoreApplication app(argc, argv);
    const QDate today = QDateTime::fromMSecsSinceEpoch(PlainClock().wallMs()).date();
    const qint64 fromWallMs = today.addDays(1 - days).startOfDay().toMSecsSinceEpoch();
    const auto found = rowsSince(placesOf(parser), fromWallMs);
    if (!found) {
        complain(found.error().detail);
        return Failed;
    }
    QHash<QString, store::RollupRow> groups;
    store::RollupRow total;
    for (const store::RollupRow &row : *found) {
        if (row.isDrill && !parser.isSet(simulatedOption))
            continue;
        store::addSums(groups[keyOf(row, by)], row);
        store::addSums(total, row);
    }
    QList<Row> rows;
    for (auto group = groups.cbegin(); group != groups.cend(); ++group)
        rows.append({group.key(), *group});
    std::sort(rows.begin(), rows.end(), [](const Row &a, const Row &b) {
        return std::pair(-a.sums.cost.nano, a.key) < std::pair(-b.sums.cost.nano, b.key);
    });
    if (parser.isSet(jsonOption))
        out(jsonOf(by, fromWallMs, total, rows));
    else
        print(by, total, rows);
    return Done;
}

} // namespace sb::cli
