// Every state of the link has its sentence, its way out, or rightly neither.
#include "link/fake_link.h"
#include "shell/trouble_words.h"

#include <QSet>
#include <QTest>

using namespace sb;
using link::LinkState;
using link::Trouble;
using Act = shell::TroubleWords::Act;

class TstTroubleWords : public QObject {
    Q_OBJECT
private slots:
    void everyTrouble_data()
    {
        QTest::addColumn<int>("state");
        QTest::addColumn<int>("kind");
        QTest::addColumn<int>("act");
        QTest::addColumn<int>("second");
        const auto row
            = [](const char *name, LinkState state, Trouble::Kind kind, Act act, Act second) {
                  QTest::newRow(name) << int(state) << int(kind) << int(act) << int(second);
              };
        using K = Trouble::Kind;
        row("port taken", LinkState::Connected, K::PortTaken, Act::Retry, Act::KeepPort);
        row("lost", LinkState::Lost, K::None, Act::None, Act::None);
        row("other process", LinkState::OtherProcess, K::OtherProcess, Act::TakeOver, Act::Retry);
        row("taking over", LinkState::OtherProcess, K::TakingOver, Act::None, Act::None);
        row("take over failed", LinkState::OtherProcess, K::TakeOverFailed, Act::Retry, Act::None);
        row("no port", LinkState::Failed, K::NoPort, Act::Retry, Act::None);
        row("config", LinkState::Failed, K::ConfigInvalid, Act::Retry, Act::None);
        row("newer store", LinkState::Failed, K::StoreNewer, Act::Retry, Act::None);
        row("data folder", LinkState::Failed, K::DataDir, Act::Retry, Act::None);
        row("else", LinkState::Failed, K::Other, Act::Retry, Act::None);
    }
    void everyTrouble()
    {
        QFETCH(int, state);
        QFETCH(int, kind);
        QFETCH(int, act);
        QFETCH(int, second);
        test::FakeLink link;
        Trouble trouble;
        trouble.kind = Trouble::Kind(kind);
        trouble.wanted = 7317;
        trouble.instead = 7318;
        trouble.pid = 4711;
        trouble.detail = QStringLiteral("$.listen: \x1b[2J<b>x</b>") + QString(2'000, u'y');
        link.be(LinkState(state), trouble);
        const shell::TroubleWords words = shell::wordsFor(link);
        QVERIFY(words.text.endsWith(u'.'));
        QVERIFY(words.text.size() < 500);
        QVERIFY(!words.text.contains(u'%'));
        QVERIFY(!words.text.contains(QChar(0x1b)));
        QCOMPARE(int(words.act), act);
        QCOMPARE(int(words.secondAct), second);
        QCOMPARE(words.action.isEmpty(), words.act == Act::None);
        QCOMPARE(words.second.isEmpty(), words.secondAct == Act::None);
        QVERIFY(!m_seen.contains(words.text));
        m_seen.insert(words.text);
    }

    void quietWhenAllIsWell()
    {
        test::FakeLink link;
        QVERIFY(shell::wordsFor(link).text.isEmpty());
        link.be(LinkState::Connected);
        QVERIFY(shell::wordsFor(link).text.isEmpty());
    }

    void portsAreNames()
    {
        test::FakeLink link;
        Trouble trouble;
        trouble.kind = Trouble::Kind::PortTaken;
        trouble.wanted = 7317;
        trouble.instead = 7318;
        trouble.holder = QStringLiteral("ollama (process 4711)");
        link.be(LinkState::Connected, trouble);
        QCOMPARE(
            shell::wordsFor(link).text,
            QStringLiteral("Port 7317 is held by ollama (process 4711), so the gateway listens on "
                           "port 7318 for now. Clients set up for 7317 do not reach it."));
    }

private:
    QSet<QString> m_seen;
};

QTEST_GUILESS_MAIN(TstTroubleWords)
#include "tst_trouble_words.moc"
