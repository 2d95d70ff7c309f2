#include "record/exchange_filter.h"

#include <QDateTime>
#include <QElapsedTimer>
#include <QRandomGenerator>
#include <QTest>
#include <QTimeZone>

using namespace sb;

namespace {

constexpr qint64 kNow = 1'764'000'727'000; // 2025-11-24 16:12:07 UTC

qint64 utc(int year, int month, int day, int hour = 0, int minute = 0)
{
    return QDateTime(QDate(year, month, day), QTime(hour, minute), Qt::UTC).toMSecsSinceEpoch();
}

ParsedFilter parsed(const QString &line)
{
    return parseFilter(line, kNow, "UTC");
}

Attempt attempt(const char *provider, const char *model, AttemptOutcome outcome, int status)
{
    Attempt a;
    a.target.provider = ProviderId(QString::fromLatin1(provider));
    a.target.model = QString::fromLatin1(model);
    a.outcome = outcome;
    a.status = status;
    return a;
}

// Ten requests, named by what is special about them.
QList<std::pair<QString, Exchange>> rows()
{
    QList<std::pair<QString, Exchange>> all;
    const auto add = [&](const char *name) -> Exchange & {
        Exchange e;
        e.wallMs = kNow - 60'000 * (all.size() + 1);
        e.id = ExchangeId{quint64(e.wallMs) << 16, quint64(all.size())};
        e.phase = Phase::Settled;
        e.client = ClientId(QStringLiteral("my-app"));
        e.ask.model = QStringLiteral("coding");
        e.decision.chain = ChainId(QStringLiteral("coding"));
        e.attempts = {attempt("anthropic", "claude-sonnet-5", AttemptOutcome::Served, 200)};
        e.outcome = {.kind = OutcomeKind::Served, .status = 200, .servedBy = 0};
        e.settlement.cost = Money{2'000'000};
        e.settlement.source = CostSource::Computed;
        e.settlement.usage
            = {.input = 900, .cacheRead = 100, .output = 50, .source = UsageSource::Reported};
        e.firstContentAt = std::chrono::milliseconds(400);
        e.endedAt = std::chrono::milliseconds(1'500);
        all.append({QString::fromLatin1(name), e});
        return all.last().second;
    };
    add("plain");
    {
        Exchange &e = add("over");
        e.client = ClientId(QStringLiteral("claude-code"));
        e.attempts = {attempt("anthropic", "claude-sonnet-5", AttemptOutcome::RateLimited, 429),
                      attempt("anthropic", "claude-sonnet-5", AttemptOutcome::RateLimited, 429),
                      attempt("openai", "gpt-5.2", AttemptOutcome::Served, 200)};
        e.attempts[0].message = QStringLiteral("Too many tokens this minute");
        e.attempts[2].servedModel = QStringLiteral("gpt-5.2-2026-01");
        e.outcome.servedBy = 2;
        e.outcome.isFailover = true;
        e.settlement.cost = Money{20'000'000};
    }
    {
        Exchange &e = add("nobody");
        e.attempts = {attempt("anthropic", "claude-sonnet-5", AttemptOutcome::HeadTimeout, 0),
                      attempt("openai", "gpt-5.2", AttemptOutcome::TlsExpired, 0),
                      attempt("local", "qwen3:8b", AttemptOutcome::ServerError, 503)};
        e.outcome = {.kind = OutcomeKind::Failed, .code = Code::UpstreamTimeout, .status = 504};
        e.settlement.source = CostSource::None;
        e.settlement.cost = Money{};
        e.settlement.usage = {};
        e.firstContentAt = kNever;
        e.endedAt = std::chrono::seconds(90);
    }
    {
        Exchange &e = add("refused");
        e.client = ClientId(QStringLiteral("cheap"));
        e.attempts.clear();
        e.outcome = {.kind = OutcomeKind::Refused, .code = Code::BudgetExceeded, .status = 402};
        e.settlement = {};
        e.decision.chain = ChainId();
        e.ask.model = QStringLiteral("gpt-9");
        e.ask.dialect = DialectId::Anthropic;
        e.firstContentAt = kNever;
        e.endedAt = std::chrono::milliseconds(2);
    }
    {
        Exchange &e = add("diverted");
        e.attempts = {attempt("openai", "gpt-5.2", AttemptOutcome::Served, 200)};
        e.outcome.isDiverted = true;
        e.caller = {.pid = 7,
                    .program = QStringLiteral("claude"),
                    .folder = QStringLiteral("/home/ann/shop")};
        e.ask.isStream = true;
    }
    {
        Exchange &e = add("drill");
        e.settlement.isDrill = true;
        e.settlement.source = CostSource::Free;
        e.settlement.cost = Money{};
        e.ask.tags = {QStringLiteral("team=web"), QStringLiteral("night")};
        e.ask.session = QStringLiteral("run 7");
    }
    {
        Exchange &e = add("unpriced");
        e.settlement.source = CostSource::Unpriced;
        e.settlement.cost = Money{};
        e.settlement.usage.input = 20'000;
    }
    {
        Exchange &e = add("estimated");
        e.settlement.source = CostSource::Estimated;
        e.settlement.usage.output = 4'000;
    }
    {
        Exchange &e = add("replay");
        e.replayOf = ExchangeId{1, 2};
        e.firstContentAt = std::chrono::milliseconds(2'500);
    }
    {
        Exchange &e = add("running");
        e.phase = Phase::Streaming;
        e.attempts[0].outcome = AttemptOutcome::Running;
        e.outcome = {};
        e.settlement = {};
        e.endedAt = kNever;
    }
    return all;
}

} // namespace

class TestExchangeFilter : public QObject {
    Q_OBJECT

private slots:
    void fromTextToRows_data();
    void fromTextToRows();
    void times_data();
    void times();
    void idMatchesItsBeginning();
    void problems_data();
    void problems();
    void whatIsWrongDoesNotHideTheRest();
    void roundTrip_data();
    void roundTrip();
    void everyFieldHasAName();
    void anyTextIsRead();
    void longLinesTakeLinearTime();
    void hundredThousand();
};

void TestExchangeFilter::fromTextToRows_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("names");
    const auto row = [](const char *line, const char *names) {
        QTest::newRow(line) << QString::fromUtf8(line) << QString::fromUtf8(names);
    };
    const char *everything
        = "plain over nobody refused diverted drill unpriced estimated replay running";
    row("", everything);
    row("   ", everything);
    row("status:402", "refused");
    row("status:4xx", "refused");
    row("status:>=500", "nobody");
    row("status:>4xx", "nobody");
    row("status:<=4xx", "plain over refused diverted drill unpriced estimated replay");
    row("status:<400", "plain over diverted drill unpriced estimated replay");
    row("-status:200", "nobody refused running");
    row("provider:openai", "over nobody diverted");
    row("provider:OpenAI served:openai", "over diverted");
    row("served-by:openai", "over diverted");
    row("client:\"Claude Code\"", "over");
    row("client:claude_code", "over");
    row("-chain:coding", "refused");
    row("chain:Coding -client:my-app", "over");
    row("model:gpt", "over nobody refused diverted");
    row("model:2026-01", "over");
    row("program:claude", "diverted");
    row("folder:shop", "diverted");
    row("session:\"run 7\"", "drill");
    row("tag:team", "drill");
    row("tag:team=web", "drill");
    row("tag:night", "drill");
    row("tag:web", "");
    row("targets:>1", "over nobody");
    row("targets:0", "refused");
    row("targets:2", "over");
    row("cost:>0.01", "over");
    row("cost:>=$0.02", "over");
    row("cost:<0.001", "nobody refused drill");
    row("ttft:>2s", "replay");
    row("ttft:<500ms -is:running", "plain over diverted drill unpriced estimated");
    row("duration:>1min", "nobody");
    row("duration:<300ms", "refused");
    row("duration:>=1.5 targets:1 model:claude", "plain drill unpriced estimated replay");
    row("in:>10k", "unpriced");
    row("in:1000 is:failed-over", "over");
    row("out:>=4000", "estimated");
    row("error:timeout", "nobody");
    row("error:tls", "nobody");
    row("error:limited", "over");
    row("error:rate_limited", "over");
    row("error:rate-limited", "over");
    row("error:budget_exceeded", "refused");
    row("error:429", "over");
    row("error:503", "nobody");
    row("error:network", "");
    row("is:failed", "nobody refused");
    row("is:failed-over", "over");
    row("is:diverted", "diverted");
    row("is:drill", "drill");
    row("-is:drill is:streaming", "diverted");
    row("is:replay", "replay");
    row("is:unpriced", "unpriced");
    row("is:estimated", "estimated");
    row("is:running", "running");
    row("dialect:anthropic", "refused");
    row("gpt-9", "refused");
    row("\"tokens this\"", "over");
    row("text:\"too many\"", "over");
    row("\"rate limited\"", "over");
    row("tls", "nobody");
    row("qwen3:8b", "nobody"); // a model with a colon is no field
    row("-anthropic", "refused diverted");
    row("provider:anthropic -served:anthropic targets:>1 error:limited", "over");
    row("after:2025-11-24 before:2025-11-25", everything);
    row("before:2025-11-24", "");
}

void TestExchangeFilter::fromTextToRows()
{
    QFETCH(QString, line);
    QFETCH(QString, names);
    const ParsedFilter filter = parsed(line);
    QVERIFY2(filter.problems.isEmpty(), qPrintable(line));
    QStringList found;
    for (const auto &[name, exchange] : rows()) {
        if (filter.filter.matches(exchange))
            found.append(name);
    }
    QCOMPARE(found.join(u' '), names);
}

void TestExchangeFilter::times_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<QByteArray>("zone");
    QTest::addColumn<qint64>("wallMs");
    const auto row = [](const char *line, const char *zone, qint64 at) {
        QTest::addRow("%s in %s", line, zone)
            << QString::fromLatin1(line) << QByteArray(zone) << at;
    };
    row("after:2h", "UTC", kNow - 2 * 3'600'000);
    row("before:30min", "UTC", kNow - 30 * 60'000);
    row("after:7d", "UTC", kNow - 7ll * 86'400'000);
    row("after:10:30", "UTC", utc(2025, 11, 24, 10, 30));
    row("after:23:00", "UTC", utc(2025, 11, 23, 23)); // the last one
    row("after:10:30", "Asia/Kathmandu", utc(2025, 11, 24, 4, 45));
    row("after:2025-11-22", "UTC", utc(2025, 11, 22));
    row("after:2025-11-22", "America/New_York", utc(2025, 11, 22, 5));
    row("before:2025-11-22T10:30", "UTC", utc(2025, 11, 22, 10, 30));
    row("before:2025-11-22T10:30:05.250", "UTC", utc(2025, 11, 22, 10, 30) + 5'250);
    row("before:2025-11-22T10:30Z", "Asia/Kolkata", utc(2025, 11, 22, 10, 30));
    row("after:1764000727000", "Asia/Kolkata", kNow);
}

void TestExchangeFilter::times()
{
    QFETCH(QString, line);
    QFETCH(QByteArray, zone);
    QFETCH(qint64, wallMs);
    const ParsedFilter filter = parseFilter(line, kNow, zone);
    QVERIFY(filter.problems.isEmpty());
    QCOMPARE(filter.filter.terms.size(), 1);
    QCOMPARE(qint64(filter.filter.terms[0].number), wallMs);
    const bool isAfter = filter.filter.terms[0].field == FilterField::After;
    Exchange exchange;
    exchange.wallMs = wallMs;
    QCOMPARE(filter.filter.matches(exchange), isAfter);
    exchange.wallMs = wallMs - 1;
    QCOMPARE(filter.filter.matches(exchange), !isAfter);
}

void TestExchangeFilter::idMatchesItsBeginning()
{
    const Exchange exchange = rows()[3].second;
    const QString id = QString::fromLatin1(exchange.id.text());
    QVERIFY(parsed(QStringLiteral("id:") + id).filter.matches(exchange));
    QVERIFY(parsed(QStringLiteral("id:") + id.mid(4, 9).toLower()).filter.matches(exchange));
    QVERIFY(!parsed(QStringLiteral("id:") + id.mid(5)).filter.matches(exchange));
}

void TestExchangeFilter::problems_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<int>("kind");
    QTest::addColumn<int>("from");
    QTest::addColumn<int>("length");
    QTest::addColumn<QString>("nearest");
    using Kind = FilterProblem::Kind;
    const auto row = [](const char *line, Kind kind, int from, int length, const char *nearest) {
        QTest::newRow(line) << QString::fromUtf8(line) << int(kind) << from << length
                            << QString::fromUtf8(nearest);
    };
    row("statsu:429", Kind::UnknownField, 0, 6, "status");
    row("a -providr:openai", Kind::UnknownField, 3, 7, "provider");
    row("zzz:1", Kind::UnknownField, 0, 3, "");
    row("dur:>2s", Kind::UnknownField, 0, 3, "duration");
    row("is:faild", Kind::UnknownWord, 3, 5, "failed");
    row("error:timeouts", Kind::UnknownWord, 6, 8, "timeout");
    row("dialect:antropic", Kind::UnknownWord, 8, 8, "anthropic");
    row("is:", Kind::NoValue, 0, 3, "");
    row("x status: y", Kind::NoValue, 2, 7, "");
    row("status:4x", Kind::BadNumber, 7, 2, "");
    row("status:6xx", Kind::BadNumber, 7, 3, "");
    row("status:1e9", Kind::BadNumber, 7, 3, "");
    row("cost:>abc", Kind::BadNumber, 5, 4, "");
    row("cost:>1e400", Kind::BadNumber, 5, 6, "");
    row("cost:>-1", Kind::BadNumber, 5, 3, "");
    row("cost:>9999999999999999999", Kind::BadNumber, 5, 20, "");
    row("ttft:>2x", Kind::BadNumber, 5, 3, "");
    row("ttft:2s", Kind::NoSign, 5, 2, ">2s");
    row("cost:0.01", Kind::NoSign, 5, 4, ">0.01");
    row("duration:300ms", Kind::NoSign, 9, 5, ">300ms");
    row("after:never", Kind::BadTime, 6, 5, "");
    row("after:2025-13-01", Kind::BadTime, 6, 10, "");
    row("after:25:00", Kind::BadTime, 6, 5, "");
    row("after:7", Kind::BadTime, 6, 1, "");
    row("after:999999999999h", Kind::BadTime, 6, 13, "");
    row("model:\"gpt", Kind::OpenQuote, 6, 4, "");
    row("\"gpt 5", Kind::OpenQuote, 0, 6, "");
}

void TestExchangeFilter::problems()
{
    QFETCH(QString, line);
    QFETCH(int, kind);
    QFETCH(int, from);
    QFETCH(int, length);
    QFETCH(QString, nearest);
    const ParsedFilter filter = parsed(line);
    QCOMPARE(filter.problems.size(), 1);
    QCOMPARE(int(filter.problems[0].kind), kind);
    QCOMPARE(int(filter.problems[0].from), from);
    QCOMPARE(int(filter.problems[0].length), length);
    QCOMPARE(filter.problems[0].nearest, nearest);
    QVERIFY2(!parseFilter(QStringLiteral("after:2h")).problems.isEmpty(), "without a now");
}

void TestExchangeFilter::whatIsWrongDoesNotHideTheRest()
{
    const ParsedFilter filter = parsed(QStringLiteral("status:402 nosuch:1 client:cheap is:x"));
    QCOMPARE(filter.problems.size(), 2);
    QCOMPARE(filter.filter.terms.size(), 2);
    QCOMPARE(filter.filter.terms[1].from, 20);
    QCOMPARE(filter.filter.terms[1].length, 12);
    QVERIFY(filter.filter.matches(rows()[3].second));
}

void TestExchangeFilter::roundTrip_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("again");
    const auto row = [](const char *line, const char *again) {
        QTest::newRow(line) << QString::fromUtf8(line) << QString::fromUtf8(again);
    };
    row("  status:429   provider:openai ", "status:429 provider:openai");
    row("client:\"Claude Code\" targets:>1", "client:\"Claude Code\" targets:>1");
    row("cost:>=$0.01 -ttft:<300ms", "cost:>=$0.01 -ttft:<300ms");
    row("status:=200", "status:200");
    row("status:<4xx", "status:<4xx");
    row("text:word", "word");
    row("\"a b\" -\"c:d\" \"-e\"", "\"a b\" -\"c:d\" \"-e\"");
    row("\"say \\\"hi\\\" \\\\\"", "\"say \\\"hi\\\" \\\\\"");
    row("served-by:openai after:2h", "served:openai after:2h");
    row("model:a\"b c\"d", "model:\"ab cd\"");
}

void TestExchangeFilter::roundTrip()
{
    QFETCH(QString, line);
    QFETCH(QString, again);
    const ExchangeFilter first = parsed(line).filter;
    QCOMPARE(filterText(first), again);
    const ParsedFilter second = parsed(filterText(first));
    QVERIFY(second.problems.isEmpty());
    QCOMPARE(filterText(second.filter), again);
    QCOMPARE(second.filter.terms.size(), first.terms.size());
    for (qsizetype i = 0; i < first.terms.size(); ++i) {
        FilterTerm a = first.terms[i];
        FilterTerm b = second.filter.terms[i];
        QCOMPARE(again.mid(b.from, b.length), filterText(b));
        a.from = b.from = a.length = b.length = 0;
        QVERIFY(a == b);
    }
}

void TestExchangeFilter::everyFieldHasAName()
{
    QStringList names;
    for (int i = 0; i < kFilterFields; ++i) {
        const QString name = filterName(FilterField(i));
        QVERIFY(!name.isEmpty());
        QVERIFY(!names.contains(name));
        names.append(name);
        for (const QString &word : filterWords(FilterField(i)))
            QVERIFY2(parsed(name + u':' + word).problems.isEmpty(), qPrintable(word));
    }
}

// Any text is read, what it means can be written, and that means the same.
void TestExchangeFilter::anyTextIsRead()
{
    QRandomGenerator random(7);
    const QStringList pieces{
        QStringLiteral("status:"), QStringLiteral("cost:>"), QStringLiteral("\""),
        QStringLiteral("\\"),      QStringLiteral(" "),      QStringLiteral("-"),
        QStringLiteral(":"),       QStringLiteral(">="),     QStringLiteral("4xx"),
        QStringLiteral("after:"),  QStringLiteral("2h"),     QStringLiteral("10:30"),
        QStringLiteral("is:"),     QStringLiteral("failed"), QStringLiteral("9"),
        QStringLiteral("."),       QStringLiteral("model:"), QString(QChar(0xd800)),
        QString(QChar(0)),         QStringLiteral("é"),      QStringLiteral("tag:a=b"),
    };
    const QList<std::pair<QString, Exchange>> all = rows();
    for (int i = 0; i < 20'000; ++i) {
        QString line;
        for (int n = random.bounded(12); n > 0; --n)
            line += pieces[random.bounded(int(pieces.size()))];
        const ParsedFilter first = parsed(line);
        for (const FilterProblem &problem : first.problems)
            QVERIFY(problem.from >= 0 && problem.length >= 0
                    && problem.from + problem.length <= line.size());
        for (const FilterTerm &term : first.filter.terms)
            QVERIFY(term.from >= 0 && term.from + term.length <= line.size());
        const QString text = filterText(first.filter);
        const ParsedFilter second = parsed(text);
        QVERIFY2(second.problems.isEmpty(), qPrintable(line));
        QCOMPARE(filterText(second.filter), text);
        for (const auto &[name, exchange] : all)
            QCOMPARE(second.filter.matches(exchange), first.filter.matches(exchange));
    }
}

void TestExchangeFilter::longLinesTakeLinearTime()
{
    const QString much = QStringLiteral("errror:timeuot ").repeated(100'000);
    const ParsedFilter filter = parsed(much);
    QCOMPARE(int(filter.problems.last().kind), int(FilterProblem::Kind::TooLong));
    QCOMPARE(filter.problems.last().from, kFilterLength);
    QVERIFY(filter.problems.size() <= kFilterLength);
    QVERIFY(parsed(QString(1'000'000, u'"')).filter.isEmpty());
}

void TestExchangeFilter::hundredThousand()
{
    const QList<std::pair<QString, Exchange>> all = rows();
    const ExchangeFilter filter
        = parsed(QStringLiteral("-is:drill provider:openai error:limited tokens")).filter;
    QElapsedTimer timer;
    timer.start();
    int found = 0;
    for (int i = 0; i < 100'000; ++i)
        found += filter.matches(all[i % all.size()].second);
    qInfo("100,000 exchanges tested in %lld ms", timer.elapsed());
    QCOMPARE(found, 10'000);
}

QTEST_GUILESS_MAIN(TestExchangeFilter)
#include "tst_exchange_filter.moc"
