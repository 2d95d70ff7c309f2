// The fault language, scripts, and which fault meets which request.
#include "sim/fault_set.h"
#include "sim/simulator.h"

#include <QTest>

using namespace sb;
using namespace sb::sim;

namespace {
void row(const char *name, const char *text, const char *code, const char *says)
{
    QTest::newRow(name) << QByteArray(text) << QString::fromLatin1(code)
                        << QString::fromLatin1(says);
}
} // namespace

class tst_fault_language : public QObject {
    Q_OBJECT

private slots:
    void roundTrip_data();
    void roundTrip();
    void refused_data();
    void refused();
    void everyNameIsKnown();
    void scripts();
    void badScripts_data();
    void badScripts();
    void builtIns();
    void matching();
    void timesAndDuration();
    void share();
    void gate();
};

void tst_fault_language::roundTrip_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("plain") << QByteArray(R"({"fault":"reset"})");
    QTest::newRow("hint") << QByteArray(R"({"fault":"status","status":429,"retry_after_s":0})");
    QTest::newRow("cut") << QByteArray(R"({"fault":"cut_rst","after_events":3,"times":2})");
    QTest::newRow("for a while") << QByteArray(R"({"fault":"refuse","for_s":3})");
    QByteArray all
        = R"({"fault":"stall","after_events":3,"ms":50,"share":0.25,"seed":9,"times":4,"for_s":60,)";
    all += R"("match":{"model":"m","client":"abcd","stream":true}})";
    QTest::newRow("all") << all;
}

void tst_fault_language::roundTrip()
{
    QFETCH(QByteArray, text);
    const auto fault = parseFault(text);
    QVERIFY2(fault, qPrintable(fault ? QString() : fault.error().detail));
    QCOMPARE(faultText(*fault), text);
}

void tst_fault_language::refused_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("says");
    row("no JSON", "{", "bad_json", "");
    row("no object", "7", "bad_fault", "object");
    row("unknown fault", R"({"fault":"explode"})", "bad_fault", "explode");
    row("no name", R"({"ms":5})", "bad_fault", "known are");
    row("unknown member", R"({"fault":"reset","after":5})", "bad_fault", "after");
    row("negative", R"({"fault":"reset","times":-1})", "bad_fault", "times");
    row("not whole", R"({"fault":"reset","ms":1.5})", "bad_fault", "ms");
    row("share", R"({"fault":"reset","share":1.5})", "bad_fault", "share");
    row("status", R"({"fault":"status","status":99})", "bad_fault", "status");
    row("match", R"({"fault":"reset","match":{"colour":"red"}})", "bad_fault", "colour");
    row("refuse with a share", R"({"fault":"refuse","share":0.5})", "bad_fault",
        "before a request is seen");
    row("hole with a match", R"({"fault":"black_hole","match":{"model":"m"}})", "bad_fault",
        "before a request");
    row("refuse with times", R"({"fault":"refuse","times":1})", "bad_fault", "before a request");
    row("tls", R"({"fault":"tls_expired"})", "not_supported", "plain HTTP");
    row("dns", R"({"fault":"dns"})", "not_supported", "address");
}

void tst_fault_language::refused()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, code);
    QFETCH(QString, says);
    const auto fault = parseFault(text);
    QVERIFY(!fault);
    QCOMPARE(fault.error().code, code);
    QVERIFY2(fault.error().detail.contains(says), qPrintable(fault.error().detail));
}

void tst_fault_language::everyNameIsKnown()
{
    QCOMPARE(faultNames().size(), 26); // contract §5
    for (const QByteArray &name : faultNames()) {
        const auto fault = parseFault(QByteArray("{\"fault\":\"" + name + "\"}"));
        if (name.startsWith("tls_") || name == "dns")
            QVERIFY(!fault && fault.error().code == QStringLiteral("not_supported"));
        else
            QVERIFY2(fault, name.constData());
    }
}

void tst_fault_language::scripts()
{
    const auto script
        = parseScript(R"([{"at_s":10,"fault":"refuse"},{"at_s":0,"fault":"reset","share":0.5},
        {"at_s":0,"fault":"stall"},{"at_s":20}])");
    QVERIFY(script);
    QCOMPARE(script->steps.size(), 3);
    QCOMPARE(script->steps[0].at, Seconds(0));
    QCOMPARE(script->steps[0].faults.size(), 2);
    QCOMPARE(script->steps[1].faults[0].name, QByteArray("refuse"));
    QVERIFY(script->steps[2].faults.isEmpty());

    const auto paced = parseScript(R"({"name":"x","first_token_ms":1,"per_token_ms":2,"tokens":3,
        "steps":[{"at_s":1,"faults":[{"fault":"reset"},{"fault":"stall"}]}]})");
    QVERIFY(paced);
    QCOMPARE(paced->name, QStringLiteral("x"));
    QCOMPARE(paced->firstToken, Millis(1));
    QCOMPARE(paced->perToken, Millis(2));
    QCOMPARE(paced->tokens, 3);
    QCOMPARE(paced->steps[0].faults.size(), 2);
}

void tst_fault_language::badScripts_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("no list") << QByteArray("7");
    QTest::newRow("no time") << QByteArray(R"([{"fault":"reset"}])");
    QTest::newRow("bad fault") << QByteArray(R"([{"at_s":0,"fault":"explode"}])");
    QTest::newRow("unknown member") << QByteArray(R"({"speed":5})");
    QTest::newRow("tokens") << QByteArray(R"({"tokens":-5})");
}

void tst_fault_language::badScripts()
{
    QFETCH(QByteArray, text);
    QVERIFY(!parseScript(text));
}

void tst_fault_language::builtIns()
{
    for (const char *name : {"steady", "quick", "flaky", "limited", "down"}) {
        const auto script = builtInScript(QString::fromLatin1(name));
        QVERIFY(script);
        QCOMPARE(script->name, QString::fromLatin1(name));
        for (const Step &step : script->steps) {
            for (const Fault &fault : step.faults)
                QVERIFY2(parseFault(faultText(fault)), faultText(fault).constData());
        }
    }
    const auto none = builtInScript(QStringLiteral("fast"));
    QVERIFY(!none);
    QVERIFY(none.error().detail.contains(QStringLiteral("quick")));
    QVERIFY(!loadScript(QStringLiteral("/nonexistent/script.json")));
}

void tst_fault_language::matching()
{
    SeededRandom random(1);
    FaultSet set;
    set.set({*parseFault(R"({"fault":"stall","match":{"stream":true}})"),
             *parseFault(R"({"fault":"reset","match":{"model":"b"}})"),
             *parseFault(R"({"fault":"empty","match":{"client":"wxyz"}})"),
             *parseFault(R"({"fault":"bad_tool_args"})")},
            Nanos(0));
    const auto picked = [&](const char *model, const char *client, bool isStream, bool hasTools) {
        const auto fault = set.pick({model, client, isStream, hasTools}, Nanos(0), random);
        return fault ? fault->name : QByteArray();
    };
    QCOMPARE(picked("a", "", true, false), QByteArray("stall"));
    QCOMPARE(picked("b", "", true, false), QByteArray("stall"));
    QCOMPARE(picked("b", "", false, false), QByteArray("reset"));
    QCOMPARE(picked("a", "wxyz", false, false), QByteArray("empty"));
    QCOMPARE(picked("a", "abcd", false, true), QByteArray("bad_tool_args"));
    QCOMPARE(picked("a", "abcd", false, false), QByteArray());
}

void tst_fault_language::timesAndDuration()
{
    SeededRandom random(1);
    FaultSet set;
    set.set({*parseFault(R"({"fault":"reset","times":2})"),
             *parseFault(R"({"fault":"empty","for_s":10})")},
            Seconds(100));
    const FaultSubject any{"m", "", false, false};
    QCOMPARE(set.nextChange(Seconds(100)), Nanos(Seconds(10)));
    QCOMPARE(set.pick(any, Seconds(100), random)->name, QByteArray("reset"));
    QCOMPARE(set.pick(any, Seconds(100), random)->name, QByteArray("reset"));
    QCOMPARE(set.pick(any, Seconds(100), random)->name, QByteArray("empty"));
    QCOMPARE(set.inForce(Seconds(109)).size(), 1);
    QVERIFY(!set.pick(any, Seconds(110), random));
    QCOMPARE(set.inForce(Seconds(110)).size(), 0);
    QVERIFY(set.nextChange(Seconds(110)).count() < 0);
}

void tst_fault_language::share()
{
    const FaultSubject any{"m", "", false, false};
    const auto run = [&any] {
        SeededRandom random(7);
        FaultSet set;
        set.set({*parseFault(R"({"fault":"reset","share":0.3,"seed":5})")}, Nanos(0));
        QByteArray hits;
        for (int i = 0; i < 1000; ++i)
            hits += set.pick(any, Nanos(0), random) ? 'x' : '.';
        return hits;
    };
    const QByteArray first = run();
    QCOMPARE(run(), first); // the same seed meets the same requests
    QVERIFY(first.count('x') > 250 && first.count('x') < 350);
}

void tst_fault_language::gate()
{
    FaultSet set;
    QCOMPARE(int(set.gate(Nanos(0))), int(GateState::Open));
    set.set({*parseFault(R"({"fault":"refuse","for_s":5})")}, Nanos(0));
    QCOMPARE(int(set.gate(Seconds(4))), int(GateState::Refusing));
    QCOMPARE(int(set.gate(Seconds(5))), int(GateState::Open));
    set.set({*parseFault(R"({"fault":"black_hole"})")}, Nanos(0));
    QCOMPARE(int(set.gate(Seconds(5000))), int(GateState::Swallowing));
}

QTEST_GUILESS_MAIN(tst_fault_language)
#include "tst_fault_language.moc"
