// What is worth a notification: durations, once per state, one in ten minutes, nothing old.
#include "models/alerts.h"
#include "models/fuzzy.h"

#include <QTest>

using namespace sb;
using models::Alert;

namespace {

constexpr qint64 kStart = 1'764'000'000'000;

Frame frameAt(qint64 seconds, ChainState state, int rank = 2)
{
    Frame frame;
    frame.wallMs = kStart + seconds * 1000;
    ChainView chain;
    chain.id = ChainId(QStringLiteral("coding"));
    chain.state = state;
    chain.lastServedRank = rank;
    frame.chains = {chain};
    return frame;
}

} // namespace

class TstAlerts : public QObject {
    Q_OBJECT

private slots:
    void failedOverForHalfAMinute()
    {
        models::Alerts alerts;
        QVERIFY(alerts.take(frameAt(0, ChainState::OnFirstTarget, 1)).isEmpty());
        QVERIFY(alerts.take(frameAt(10, ChainState::FailedOver)).isEmpty());
        QVERIFY(alerts.take(frameAt(40, ChainState::FailedOver)).isEmpty());
        const auto told = alerts.take(frameAt(41, ChainState::FailedOver));
        QCOMPARE(told.size(), 1);
        QCOMPARE(told[0].kind, Alert::Kind::FailedOver);
        QCOMPARE(told[0].rank, 2);
        QCOMPARE(told[0].sinceWallMs, kStart + 10'000);
        QVERIFY(alerts.take(frameAt(60, ChainState::FailedOver)).isEmpty());
        const auto back = alerts.take(frameAt(70, ChainState::OnFirstTarget, 1));
        QCOMPARE(back.size(), 1);
        QCOMPARE(back[0].kind, Alert::Kind::Recovered);
    }

    void oneInTenMinutes()
    {
        models::Alerts alerts;
        alerts.take(frameAt(0, ChainState::Failing));
        QCOMPARE(alerts.take(frameAt(6, ChainState::Failing)).size(), 1);
        alerts.take(frameAt(20, ChainState::OnFirstTarget));
        alerts.take(frameAt(30, ChainState::Failing));
        QVERIFY(alerts.take(frameAt(60, ChainState::Failing)).isEmpty());
        alerts.take(frameAt(70, ChainState::OnFirstTarget));
        alerts.take(frameAt(700, ChainState::Failing));
        QCOMPARE(alerts.take(frameAt(706, ChainState::Failing)).size(), 1);
    }

    void neverForASingleFailure()
    {
        models::Alerts alerts;
        alerts.take(frameAt(0, ChainState::OnFirstTarget));
        QVERIFY(alerts.take(frameAt(1, ChainState::Failing)).isEmpty());
        QVERIFY(alerts.take(frameAt(3, ChainState::OnFirstTarget)).isEmpty());
        QVERIFY(alerts.take(frameAt(100, ChainState::OnFirstTarget)).isEmpty());
    }

    void rejectedKeyIsNews()
    {
        models::Alerts alerts;
        Frame frame = frameAt(0, ChainState::Idle);
        ProviderView provider;
        provider.id = ProviderId(QStringLiteral("openai"));
        provider.keys = {KeyView{KeyId(QStringLiteral("main")), KeyState::Ok}};
        frame.providers = {provider};
        alerts.take(frame);
        frame.providers[0].keys[0].state = KeyState::Rejected;
        QCOMPARE(alerts.take(frame).size(), 1);
        QVERIFY(alerts.take(frame).isEmpty());
        models::Alerts late; // it stood already when the window opened
        QVERIFY(late.take(frame).isEmpty());
    }

    void capsPerPeriod()
    {
        models::Alerts alerts;
        Frame frame = frameAt(0, ChainState::Idle);
        BudgetView cap;
        cap.id = QStringLiteral("daily");
        cap.fromWallMs = 1;
        frame.budgets = {cap};
        alerts.take(frame);
        frame.budgets[0].isWarned = true;
        QCOMPARE(alerts.take(frame).value(0).kind, Alert::Kind::BudgetWarned);
        frame.budgets[0].isReached = true;
        QCOMPARE(alerts.take(frame).value(0).kind, Alert::Kind::BudgetReached);
        QVERIFY(alerts.take(frame).isEmpty());
        frame.budgets[0].fromWallMs = 2; // the next day
        frame.budgets[0].isReached = false;
        QCOMPARE(alerts.take(frame).value(0).kind, Alert::Kind::BudgetWarned);
    }

    void fits_data()
    {
        QTest::addColumn<QString>("query");
        QTest::addColumn<QString>("better");
        QTest::addColumn<QString>("worse");
        QTest::newRow("word starts") << "pn"
                                     << "Probe now"
                                     << "Open health";
        QTest::newRow("run") << "heal"
                             << "Show health"
                             << "Other deals";
        QTest::newRow("case") << "SET"
                              << "Settings"
                              << "Reset filter";
        QTest::newRow("shorter") << "board"
                                 << "Board"
                                 << "Board as a table, or drawn";
        QTest::newRow("fits at all") << "cpad"
                                     << "Copy the base address"
                                     << "Close the window";
    }
    void fits()
    {
        QFETCH(QString, query);
        QFETCH(QString, better);
        QFETCH(QString, worse);
        const models::Fit good = models::fit(query, better);
        QVERIFY(good.score >= 0);
        QVERIFY(good.score > models::fit(query, worse).score);
        QString found;
        for (const int at : good.at)
            found += better[at].toLower();
        QCOMPARE(found, query.toLower());
    }

    void fitOfNothing()
    {
        QCOMPARE(models::fit(u"", u"Board").score, 0);
        QVERIFY(models::fit(u"x", u"").score < 0);
        QVERIFY(models::fit(u"boardx", u"Board").score < 0);
    }
};

QTEST_GUILESS_MAIN(TstAlerts)
#include "tst_alerts.moc"
