// When a provider says to come back. [robustness §5 "Hints"]
#include "provider/hints.h"

#include <QTest>

using namespace sb;
using namespace sb::provider;

class TestHints : public QObject {
    Q_OBJECT

private slots:
    void hints_data();
    void hints();
    void durations_data();
    void durations();
};

namespace {
constexpr qint64 kNow = 1'764'000'000'000; // Mon, 24 Nov 2025 16:00:00 GMT
} // namespace

void TestHints::hints_data()
{
    QTest::addColumn<QByteArray>("fields"); // "name: value|name: value"
    QTest::addColumn<qint64>("ms");
    const auto row
        = [](const char *fields, qint64 ms) { QTest::newRow(fields) << QByteArray(fields) << ms; };
    row("x: y", -1);
    row("retry-after: 2", 2000);
    row("Retry-After: 2", 2000);
    row("retry-after: 0", 0);
    row("retry-after: 1.5", 1500);
    row("retry-after: 0.0001", 1);
    row("retry-after-ms: 250", 250);
    row("retry-after-ms: 250.5", 251);
    row("x-ms-retry-after-ms: 40", 40);
    row("retry-after-ms: 250|retry-after: 9", 250); // the finer word wins
    row("retry-after-ms: junk|retry-after: 9", 9000);
    row("retry-after-ms: -5|retry-after: 9", 9000);
    // Ignored.
    row("retry-after: -1", -1);
    row("retry-after: nan", -1);
    row("retry-after: NaN", -1);
    row("retry-after: inf", -1);
    row("retry-after: 1e400", -1);
    row("retry-after: 99999999999", -1);
    row("retry-after: 31708800", -1); // 367 days
    row("retry-after: ", -1);
    row("retry-after: soon", -1);
    row("retry-after: 5 seconds", -1);
    row("retry-after: 0x10", -1);
    row("retry-after-ms: nan", -1);
    // Dates, against the reply's own Date.
    row("retry-after: Mon, 24 Nov 2025 16:00:30 GMT", 30'000);
    row("retry-after: Mon, 24 Nov 2025 12:00:30 GMT|date: Mon, 24 Nov 2025 12:00:00 GMT", 30'000);
    row("retry-after: Mon, 24 Nov 2025 16:00:30 GMT|date: garbage", 30'000);
    row("retry-after: Monday, 24-Nov-25 16:00:30 GMT", 30'000);
    row("retry-after: Mon Nov 24 16:00:30 2025", 30'000);
    row("retry-after: Mon, 24 Nov 2025 15:59:00 GMT", -1); // past
    row("retry-after: Mon, 24 Nov 2036 16:00:00 GMT", -1);
    row("retry-after: Mon, 99 Nov 2025 16:00:30 GMT", -1);
    // A date of no provider's present: neither it nor a Date like it counts.
    row("retry-after: Mon, 24 Nov 1925 16:00:30 GMT", -1);
    row("retry-after: Mon, 24 Nov 2025 16:00:30 GMT|date: Mon, 24 Nov 1012 16:00:00 GMT", 30'000);
    // Resets count where nothing is left.
    row("x-ratelimit-remaining-requests: 0|x-ratelimit-reset-requests: 6m0s", 360'000);
    row("x-ratelimit-remaining-requests: 0|x-ratelimit-reset-requests: 20ms", 20);
    row("x-ratelimit-remaining-requests: 3|x-ratelimit-reset-requests: 6m0s", -1);
    row("x-ratelimit-reset-requests: 6m0s", -1);
    row("x-ratelimit-remaining-requests: 0|x-ratelimit-reset-requests: 1s|"
        "x-ratelimit-remaining-tokens: 0|x-ratelimit-reset-tokens: 2m",
        120'000);
    row("anthropic-ratelimit-requests-remaining: 0|"
        "anthropic-ratelimit-requests-reset: 2025-11-24T16:00:12Z",
        12'000);
    row("anthropic-ratelimit-tokens-remaining: 0|"
        "anthropic-ratelimit-tokens-reset: 2025-11-24T17:00:12+01:00",
        12'000);
    row("x-ratelimit-remaining: 0|x-ratelimit-reset: 1764000045", 45'000);
    row("x-ratelimit-remaining: 0|x-ratelimit-reset: 1764000045000", 45'000);
    row("x-ratelimit-remaining: 0|x-ratelimit-reset: 7", 7'000);
    row("x-ratelimit-remaining: 0|x-ratelimit-reset: 1763999999", -1);
    row("x-ratelimit-remaining: 0|x-ratelimit-reset: -7", -1);
    row("x-ratelimit-remaining: 0|x-ratelimit-reset: tomorrow", -1);
    row("retry-after: 1|x-ratelimit-remaining: 0|x-ratelimit-reset: 7", 1000);
}

void TestHints::hints()
{
    QFETCH(QByteArray, fields);
    QFETCH(qint64, ms);
    http::Fields parsed;
    for (const QByteArray &line : fields.split('|')) {
        const qsizetype colon = line.indexOf(": ");
        parsed.add(line.left(colon), line.mid(colon + 2));
    }
    QCOMPARE(retryHint(parsed, kNow).count(), ms);
}

void TestHints::durations_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<qint64>("ms");
    const auto row
        = [](const char *text, qint64 ms) { QTest::newRow(text) << QByteArray(text) << ms; };
    row("6m0s", 360'000);
    row("20ms", 20);
    row("1h2m3s", 3'723'000);
    row("1.5s", 1500);
    row(" 34.4s ", 34'400);
    row("2d", 172'800'000);
    row("1m30.5s", 90'500);
    row("", -1);
    row("5", -1);
    row("s", -1);
    row("5x", -1);
    row("-5s", -1);
    row("1..5s", -1);
    row("5s junk", -1);
    row("400d", -1);
    row("9999999999999999999999h", -1);
}

void TestHints::durations()
{
    QFETCH(QByteArray, text);
    QFETCH(qint64, ms);
    QCOMPARE(parseDuration(text).value_or(Millis(-1)).count(), ms);
}

QTEST_GUILESS_MAIN(TestHints)
#include "tst_hints.moc"
