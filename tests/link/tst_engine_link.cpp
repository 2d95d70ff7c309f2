// The link keeps the last frame and a bounded number of exchanges, and tells in a fixed order.
#include "link/fake_link.h"

#include <QSignalSpy>
#include <QTest>

using namespace sb;

namespace {

std::shared_ptr<const Exchange> exchange(quint64 number, Phase phase = Phase::Settled)
{
    auto made = std::make_shared<Exchange>();
    made->id = ExchangeId{number, 1};
    made->phase = phase;
    return made;
}

} // namespace

class TstEngineLink : public QObject {
    Q_OBJECT
private slots:
    void beginsWithAnEmptyFrame()
    {
        const test::FakeLink link;
        QVERIFY(link.frame());
        QCOMPARE(link.frame()->state, EngineState::Starting);
        QCOMPARE(link.state(), link::LinkState::Starting);
        QVERIFY(!link.known(ExchangeId{1, 1}));
    }

    void frameThenExchangesInOrder()
    {
        test::FakeLink link;
        QStringList told;
        connect(&link, &link::EngineLink::stateChanged, this,
                [&] { told += QStringLiteral("state"); });
        connect(&link, &link::EngineLink::frameArrived, this, [&](const FramePtr &frame) {
            QCOMPARE(frame, link.frame());
            QVERIFY(link.known(ExchangeId{2, 1}));
            told += QStringLiteral("frame");
        });
        connect(
            &link, &link::EngineLink::exchangeChanged, this,
            [&](const std::shared_ptr<const Exchange> &e) { told += QString::number(e->id.high); });
        Frame frame;
        frame.changed = {exchange(1), exchange(2)};
        link.publish(frame);
        QCOMPARE(told,
                 QStringList({QStringLiteral("state"), QStringLiteral("frame"), QStringLiteral("1"),
                              QStringLiteral("2")}));
        QCOMPARE(link.state(), link::LinkState::Connected);
    }

    void theNewestValueOfAnExchangeWins()
    {
        test::FakeLink link;
        Frame frame;
        frame.changed = {exchange(7, Phase::Streaming)};
        link.publish(frame);
        QCOMPARE(link.known(ExchangeId{7, 1})->phase, Phase::Streaming);
        frame.changed = {exchange(7, Phase::Settled)};
        link.publish(frame);
        QCOMPARE(link.known(ExchangeId{7, 1})->phase, Phase::Settled);
    }

    void memoryIsBounded()
    {
        test::FakeLink link;
        for (quint64 i = 1; i <= 5'000; ++i) {
            Frame frame;
            frame.changed = {exchange(i)};
            link.publish(frame);
        }
        QVERIFY(!link.known(ExchangeId{1, 1}));
        QVERIFY(!link.known(ExchangeId{3'000, 1}));
        QVERIFY(link.known(ExchangeId{3'001, 1}));
        QVERIFY(link.known(ExchangeId{5'000, 1}));
    }

    void aTroubleOutlivesFrames()
    {
        test::FakeLink link;
        link::Trouble trouble;
        trouble.kind = link::Trouble::Kind::PortTaken;
        link.be(link::LinkState::Connected, trouble);
        QSignalSpy changed(&link, &link::EngineLink::stateChanged);
        link.publish(Frame{});
        QCOMPARE(link.trouble().kind, link::Trouble::Kind::PortTaken);
        QCOMPARE(changed.size(), 0);
    }

    void lostSinceTheLastFrame()
    {
        test::FakeLink link;
        Frame frame;
        frame.wallMs = 1'764'000'000'000;
        link.publish(frame);
        link.be(link::LinkState::Lost);
        QCOMPARE(link.lostSinceWallMs(), frame.wallMs);
        link.publish(frame);
        QCOMPARE(link.state(), link::LinkState::Connected);
    }
};

QTEST_GUILESS_MAIN(TstEngineLink)
#include "tst_engine_link.moc"
