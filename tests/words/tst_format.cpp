// Numbers, times, money and visible marks, as tables.
#include "record/knock.h"
#include "words/format.h"
#include "words/plain.h"
#include "words/plates.h"
#include "words/states.h"
#include "words/story.h"

#include <QLocale>
#include <QTest>

#include <limits>

using namespace sb;

class TstFormat : public QObject {
    Q_OBJECT
private slots:
    void initTestCase()
    {
        qputenv("TZ", "UTC");
        QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    }

    void durations_data()
    {
        QTest::addColumn<qint64>("us");
        QTest::addColumn<QString>("prose");
        QTest::addColumn<QString>("column");
        const auto row = [](qint64 us, const char *prose, const char *column) {
            QTest::addRow("%lld", qlonglong(us))
                << us << QString::fromUtf8(prose) << QString::fromUtf8(column);
        };
        row(-1, "–", "–");
        row(0, "less than 1 ms", "0.00 s");
        row(400, "less than 1 ms", "0.00 s");
        row(3'000, "3 ms", "0.00 s");
        row(9'499, "9 ms", "0.01 s");
        row(12'000, "0.01 s", "0.01 s");
        row(200'000, "0.2 s", "0.20 s");
        row(420'000, "0.42 s", "0.42 s");
        row(994'000, "0.99 s", "0.99 s");
        row(999'000, "1.0 s", "1.00 s");
        row(1'200'000, "1.2 s", "1.20 s");
        row(4'100'000, "4.1 s", "4.10 s");
        row(9'960'000, "10 s", "9.96 s");
        row(30'000'000, "30 s", "30.0 s");
        row(59'400'000, "59 s", "59.4 s");
        row(59'600'000, "1 min", "59.6 s");
        row(125'000'000, "2 min 5 s", "2:05 min");
        row(3'600'000'000, "1 h", "60:00 min");
        row(3'780'000'000, "1 h 3 min", "63:00 min");
    }
    void durations()
    {
        QFETCH(qint64, us);
        QTEST(words::duration(Micros(us)), "prose");
        QTEST(words::durationColumn(Micros(us)), "column");
    }

    void amounts_data()
    {
        QTest::addColumn<qint64>("nano");
        QTest::addColumn<QString>("prose");
        QTest::addColumn<QString>("column");
        const auto row = [](qint64 nano, const char *prose, const char *column) {
            QTest::addRow("%lld", qlonglong(nano))
                << nano << QString::fromUtf8(prose) << QString::fromUtf8(column);
        };
        row(0, "$0.00", "$0.0000");
        row(1, "<$0.0001", "<$0.0001");
        row(99'999, "<$0.0001", "$0.0001");
        row(100'000, "$0.0001", "$0.0001");
        row(2'100'000, "$0.0021", "$0.0021");
        row(31'200'000, "$0.0312", "$0.0312");
        row(130'000'000, "$0.13", "$0.1300");
        row(13'000'000, "$0.013", "$0.0130");
        row(10'000'000, "$0.01", "$0.0100");
        row(999'960'000, "$1.00", "$1.0000");
        row(4'180'000'000, "$4.18", "$4.1800");
        row(4'185'000'000, "$4.19", "$4.1850");
        row(1'234'567'890'000, "$1,234.57", "$1,234.57");
        row(-1'500'000'000, "-$1.50", "-$1.5000");
        row(std::numeric_limits<qint64>::min(), "-$9,223,372,036.85", "-$9,223,372,036.85");
    }
    void amounts()
    {
        QFETCH(qint64, nano);
        QTEST(words::money(Money{nano}), "prose");
        QTEST(words::moneyColumn(Money{nano}), "column");
    }

    void costs()
    {
        const Money some{2'100'000};
        QCOMPARE(words::cost(some, CostSource::Computed), QStringLiteral("$0.0021"));
        QCOMPARE(words::cost(some, CostSource::Estimated), QStringLiteral("about $0.0021"));
        // Unpriced is never zero money, and nothing owed is not either.
        QCOMPARE(words::cost(Money{}, CostSource::Unpriced), QStringLiteral("unpriced"));
        QCOMPARE(words::cost(Money{}, CostSource::None), words::unknown());
        QCOMPARE(words::cost(Money{}, CostSource::Free), QStringLiteral("free"));
    }

    void counts()
    {
        QCOMPARE(words::count(4310), QStringLiteral("4,310"));
        QCOMPARE(words::countShort(999), QStringLiteral("999"));
        QCOMPARE(words::countShort(12'400), QStringLiteral("12.4k"));
        QCOMPARE(words::countShort(999'400), QStringLiteral("999k"));
        QCOMPARE(words::countShort(999'600), QStringLiteral("1.0M"));
        QCOMPARE(words::countShort(3'100'000), QStringLiteral("3.1M"));
        QCOMPARE(words::tokens(1), QStringLiteral("1 token"));
        QCOMPARE(words::tokens(12'400), QStringLiteral("12.4k tokens"));
        QCOMPARE(words::tokens(-1), words::unknown());
        QCOMPARE(words::percent(0.061), QStringLiteral("6.1%"));
        QCOMPARE(words::percent(0), QStringLiteral("0.0%"));
        QCOMPARE(words::percent(1), QStringLiteral("100%"));
        QCOMPARE(words::percent(-1), words::unknown());
        QCOMPARE(words::speed(82.3), QStringLiteral("82 t/s"));
        QCOMPARE(words::speed(0), words::unknown());
        QCOMPARE(words::requestsPerMinute(57), QStringLiteral("57 req/min"));
    }

    void germanNumbers()
    {
        QLocale::setDefault(QLocale(QLocale::German, QLocale::Germany));
        QCOMPARE(words::money(Money{1'234'560'000'000}), QStringLiteral("$1.234,56"));
        QCOMPARE(words::duration(Micros(420'000)), QStringLiteral("0,42 s"));
        QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    }

    void times()
    {
        const qint64 now = 1'764'000'000'000;
        QCOMPARE(words::countdown(now + 23'000, now), QStringLiteral("0:23"));
        QCOMPARE(words::countdown(now + 22'001, now), QStringLiteral("0:23"));
        QCOMPARE(words::countdown(now - 1, now), QStringLiteral("0:00"));
        QCOMPARE(words::countdown(now + 725'000, now), QStringLiteral("12:05"));
        QCOMPARE(words::countdown(now + 3'727'000, now), QStringLiteral("1:02:07"));
        QCOMPARE(words::ago(now - 1'000, now), QStringLiteral("just now"));
        QCOMPARE(words::ago(now - 14 * 60'000, now), QStringLiteral("14 min ago"));
        QCOMPARE(words::ago(0, now), QStringLiteral("never"));
        QCOMPARE(words::timeMillis(now + 412), QStringLiteral("16:00:00.412"));
    }

    void plates()
    {
        const qint64 now = 1'764'000'000'000;
        ProviderView view{.id = ProviderId(QStringLiteral("openrouter")),
                          .label = QStringLiteral("OpenRouter"),
                          .state = ProviderState::Tripped,
                          .cause = AttemptOutcome::RateLimited,
                          .causeStatus = 429,
                          .untilWallMs = now + 23'000,
                          .sinceWallMs = now - 20'000};
        QCOMPARE(words::providerLine(view, now), QStringLiteral("tripped: 429, retry 0:23"));
        QCOMPARE(words::providerReason(view, now),
                 QStringLiteral(
                     "OpenRouter has been tripped since %1 (20 s): rate limit. Trying again in "
                     "0:23. Requests go to the next target.")
                     .arg(words::timeSeconds(now - 20'000)));
        view.state = ProviderState::Serving;
        view.attempts5m = 41;
        view.p50Duration = Micros(1'400'000);
        view.tokensPerSecond = 82;
        QCOMPARE(words::providerLine(view, now), QStringLiteral("p50 1.4 s  82 t/s  0.0%"));
        GateView gate{.state = GateState::Tripped,
                      .cause = AttemptOutcome::ConnectFailed,
                      .untilWallMs = now + 5'000};
        QCOMPARE(words::gateLine(gate, now), QStringLiteral("tripped: refused, retry 0:05"));
    }

    // The key that several programs may share says which of them calls; an own one says it itself.
    void clients()
    {
        ClientView view{.id = ClientId(QStringLiteral("default")),
                        .perMinute = 3,
                        .lastSeenWallMs = 1,
                        .program = QStringLiteral("claude")};
        QCOMPARE(words::clientLine(view, 2), QStringLiteral("claude, 3/min"));
        view.id = ClientId(QStringLiteral("claude-code"));
        QCOMPARE(words::clientLine(view, 2), QStringLiteral("3/min"));
    }

    // What a drill did is said to be one, also where it only delayed the answer.
    void whyOfADrill()
    {
        Exchange exchange;
        exchange.phase = Phase::Settled;
        Attempt attempt;
        attempt.rank = 1;
        attempt.target.provider = ProviderId(QStringLiteral("openai"));
        attempt.outcome = AttemptOutcome::Served;
        exchange.attempts = {attempt};
        exchange.outcome.kind = OutcomeKind::Served;
        exchange.outcome.servedBy = 0;
        words::Names names;
        names.providers.insert(attempt.target.provider, QStringLiteral("OpenAI"));
        QCOMPARE(words::why(exchange, names), QString());
        exchange.attempts[0].isInjected = true;
        QCOMPARE(words::why(exchange, names), QStringLiteral("OpenAI: slowed, drill"));
        exchange.attempts[0].outcome = AttemptOutcome::ServerError;
        exchange.attempts[0].status = 500;
        QVERIFY(words::why(exchange, names).endsWith(QStringLiteral("(500), drill")));
    }

    // A look without a key is no failure of anybody's.
    void knocks()
    {
        Exchange exchange;
        exchange.phase = Phase::Settled;
        exchange.outcome.kind = OutcomeKind::Refused;
        exchange.outcome.code = Code::ClientKey;
        exchange.outcome.status = 401;
        QCOMPARE(words::requestState(exchange), QStringLiteral("refused"));
        exchange.ask.tags = {kKnockTag};
        QCOMPARE(words::requestState(exchange), QStringLiteral("looked"));
        QCOMPARE(words::why(exchange, {}), words::knock());
        QCOMPARE(words::story(exchange), words::knock());
    }

    void marks()
    {
        QCOMPARE(words::visible(QStringLiteral("plain – text 文字")),
                 QStringLiteral("plain – text 文字"));
        const QString bidi = QStringLiteral("a") + QChar(0x202e) + QStringLiteral("b");
        QCOMPARE(words::visible(bidi), QStringLiteral("a⟨U+202E⟩b"));
        QCOMPARE(words::visible(QStringLiteral("a\x1b[31m\tb")), QStringLiteral("a␛[31m b"));
        QCOMPARE(words::trimmed(QStringLiteral("abcdefghij"), 5), QStringLiteral("abcd…"));
        QCOMPARE(words::trimmed(QStringLiteral("  a \n b "), 5), QStringLiteral("a b"));
    }
};

QTEST_GUILESS_MAIN(TstFormat)
#include "tst_format.moc"
