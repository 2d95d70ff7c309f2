#include "record/exchange_json.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace sb;

namespace {
Exchange sample()
{
    Exchange e;
    e.id = ExchangeId{(quint64(1'764'000'000'000) << 16) | 7, 42};
    e.phase = Phase::Settled;
    e.revision = 3;
    e.client = ClientId(QStringLiteral("claude-code"));
    e.wallMs = 1'764'000'000'000;
    e.ask.model = QStringLiteral("coding");
    e.ask.isStream = true;
    e.ask.tags = {QStringLiteral("team=a"), QStringLiteral("run=42")};
    e.decision.source = RouteSource::Chain;
    e.decision.chain = ChainId(QStringLiteral("coding"));
    Candidate first;
    first.rank = 1;
    first.target
        = {ProviderId(QStringLiteral("a")), QStringLiteral("m1"), KeyId(QStringLiteral("main"))};
    first.fate = CandidateFate::Skipped;
    first.reason = SkipReason::Tripped;
    first.untilWallMs = 1'764'000'030'000;
    Candidate second;
    second.rank = 2;
    second.target = {ProviderId(QStringLiteral("b")), QStringLiteral("m2"), KeyId()};
    second.fate = CandidateFate::Tried;
    second.dialect = DialectId::Anthropic;
    e.decision.candidates = {first, second};
    Attempt attempt;
    attempt.ordinal = 1;
    attempt.rank = 2;
    attempt.target = second.target;
    attempt.dialect = second.dialect;
    attempt.stage = Stage::Given;
    attempt.outcome = AttemptOutcome::Served;
    attempt.next = Move::Deliver;
    attempt.status = 200;
    attempt.usage.input = 12;
    attempt.usage.output = 34;
    attempt.usage.source = UsageSource::Reported;
    attempt.cost = Money{2'100'000};
    attempt.costSource = CostSource::Computed;
    attempt.startedAt = Micros(150);
    attempt.firstContentAt = Micros(12'345);
    attempt.endedAt = Micros(20'000);
    e.attempts = {attempt};
    e.settlement.cost = attempt.cost;
    e.settlement.source = CostSource::Computed;
    e.settlement.usage = attempt.usage;
    e.settlement.priceDate = "2026-11-22";
    e.outcome = Outcome{OutcomeKind::Served, Code::None, 200, 0, false, true};
    e.firstContentAt = Micros(12'345);
    e.endedAt = Micros(20'100);
    e.overhead = Micros(21);
    return e;
}

QList<QByteArray> splitCsv(const QByteArray &line)
{
    QList<QByteArray> fields{QByteArray()};
    bool isQuoted = false;
    for (qsizetype i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (isQuoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"') {
            fields.last() += '"';
            ++i;
        } else if (c == '"') {
            isQuoted = !isQuoted;
        } else if (c == ',' && !isQuoted) {
            fields.append(QByteArray());
        } else {
            fields.last() += c;
        }
    }
    return fields;
}
} // namespace

class tst_ExchangeJson : public QObject {
    Q_OBJECT

private slots:
    void golden()
    {
        QFile file(QStringLiteral(SB_TEST_DATA "/record/exchange.json"));
        const QByteArray text = toJson(sample());
        if (qEnvironmentVariableIsSet("SB_REWRITE")) {
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(text + '\n');
            return;
        }
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(text, file.readAll().trimmed());
    }

    void meaning()
    {
        const QByteArray text = toJson(sample());
        QJsonParseError error;
        const QJsonObject root = QJsonDocument::fromJson(text, &error).object();
        QCOMPARE(error.error, QJsonParseError::NoError);
        QCOMPARE(root[QStringLiteral("first_content_ms")].toDouble(), 12.345);
        QCOMPARE(root[QStringLiteral("ended_ms")].toDouble(), 20.1);
        QVERIFY(root[QStringLiteral("committed_ms")].isNull());
        const auto decision = root[QStringLiteral("decision")].toObject();
        const auto candidates = decision[QStringLiteral("candidates")].toArray();
        QCOMPARE(candidates.size(), 2);
        QCOMPARE(candidates[0].toObject()[QStringLiteral("reason")].toString(),
                 QStringLiteral("tripped"));
        QVERIFY(candidates[1].toObject()[QStringLiteral("reason")].isNull());
        const auto settlement = root[QStringLiteral("settlement")].toObject();
        QCOMPARE(settlement[QStringLiteral("cost_nusd")].toInt(), 2'100'000);
        QCOMPARE(settlement[QStringLiteral("usage")].toObject()[QStringLiteral("cost")].toDouble(),
                 0.0021);
        QVERIFY(text.contains("\"cost\":0.0021"));
        QCOMPARE(root[QStringLiteral("outcome")].toObject()[QStringLiteral("served_by")].toInt(),
                 1);
    }

    void unpricedIsNeverZero()
    {
        Exchange e = sample();
        e.settlement.source = CostSource::Unpriced;
        e.settlement.cost = {};
        const auto settlement
            = QJsonDocument::fromJson(toJson(e)).object()[QStringLiteral("settlement")].toObject();
        QVERIFY(settlement[QStringLiteral("usage")].toObject()[QStringLiteral("cost")].isNull());
        const auto columns = splitCsv(csvHeader().trimmed());
        const auto fields = splitCsv(csvRow(e));
        QCOMPARE(fields[columns.indexOf("cost_nusd")], QByteArray());
    }

    void strings_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QByteArray>("json");
        QTest::newRow("plain") << QStringLiteral("abc") << QByteArray("\"abc\"");
        QTest::newRow("quote") << QStringLiteral("a\"b\\") << QByteArray("\"a\\\"b\\\\\"");
        QTest::newRow("c0") << QString(QChar(0x1b)) << QByteArray("\"\\u001b\"");
        QTest::newRow("del") << QString(QChar(0x7f)) << QByteArray("\"\\u007f\"");
        QTest::newRow("c1") << QString(QChar(0x9b)) << QByteArray("\"\\u009b\"");
        QTest::newRow("separator") << QString(QChar(0x2028)) << QByteArray("\"\\u2028\"");
        QTest::newRow("bidi") << QString(QChar(0x202e)) << QByteArray("\"\\u202e\"");
        QTest::newRow("umlaut") << QString(QChar(0xe4)) << QByteArray("\"\xc3\xa4\"");
        QTest::newRow("euro") << QString(QChar(0x20ac)) << QByteArray("\"\xe2\x82\xac\"");
        const char32_t face = 0x1f600;
        QTest::newRow("pair") << QString::fromUcs4(&face, 1) << QByteArray("\"\xf0\x9f\x98\x80\"");
        QTest::newRow("lone high") << QString(QChar(0xd83d)) << QByteArray("\"\xef\xbf\xbd\"");
        QTest::newRow("lone low") << QString(QChar(0xde00)) << QByteArray("\"\xef\xbf\xbd\"");
    }
    void strings()
    {
        QFETCH(QString, text);
        QFETCH(QByteArray, json);
        QByteArray out;
        appendJsonString(out, text);
        QCOMPARE(out, json);
    }

    void csvHasTheHeadersColumns()
    {
        const QByteArray row = csvRow(sample());
        QVERIFY(row.endsWith("\r\n"));
        const auto columns = splitCsv(csvHeader().trimmed());
        const auto fields = splitCsv(row.chopped(2));
        QCOMPARE(fields.size(), columns.size());
        QCOMPARE(fields[columns.indexOf("provider")], QByteArray("b"));
        QCOMPARE(fields[columns.indexOf("tags")], QByteArray("team=a run=42"));
        QCOMPARE(fields[columns.indexOf("first_content_ms")], QByteArray("12.345"));
    }

    void csvGuard_data()
    {
        QTest::addColumn<QString>("session");
        QTest::addColumn<QByteArray>("field"); // as it stands in the line
        QTest::newRow("formula") << QStringLiteral("=1+1") << QByteArray("'=1+1");
        QTest::newRow("plus") << QStringLiteral("+1") << QByteArray("'+1");
        QTest::newRow("minus") << QStringLiteral("-1") << QByteArray("'-1");
        QTest::newRow("at") << QStringLiteral("@a") << QByteArray("'@a");
        QTest::newRow("tab") << QStringLiteral("\tx") << QByteArray("\"'\tx\"");
        QTest::newRow("cr") << QStringLiteral("\rx") << QByteArray("\"'\rx\"");
        QTest::newRow("nul") << QString(QChar(0)) << QByteArray("\"'\0\"", 4);
        QTest::newRow("later") << QStringLiteral("a=1") << QByteArray("a=1");
        QTest::newRow("quote") << QStringLiteral("a\"b") << QByteArray("\"a\"\"b\"");
        QTest::newRow("comma") << QStringLiteral("a,b") << QByteArray("\"a,b\"");
        QTest::newRow("newline") << QStringLiteral("a\nb") << QByteArray("\"a\nb\"");
        QTest::newRow("both") << QStringLiteral("=a\"b") << QByteArray("\"'=a\"\"b\"");
    }
    void csvGuard()
    {
        QFETCH(QString, session);
        QFETCH(QByteArray, field);
        Exchange e = sample();
        e.ask.session = session;
        e.ask.tags.clear();
        const QByteArray row = csvRow(e);
        const QByteArray end = ',' + field + ",,,\r\n"; // no tags, no caller
        QVERIFY2(row.endsWith(end), row.constData());
    }
};

QTEST_GUILESS_MAIN(tst_ExchangeJson)
#include "tst_exchange_json.moc"
