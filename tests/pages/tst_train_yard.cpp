#include "pages/board/train_yard.h"
#include "pages/board_frames.h"

#include <QTest>

using namespace sb;
using models::BoardState;
using pages::Pill;
using pages::TrainYard;
using test::Tale;

namespace {

// Frames, a layout and a clock that moves when told.
struct Yard {
    BoardState state;
    TrainYard yard;
    pages::TrackLayout layout;
    Frame frame = test::busyFrame();
    qint64 now = 0;

    void say(const QList<std::shared_ptr<const Exchange>> &changed)
    {
        frame.changed = changed;
        frame.wallMs = test::kNow + now;
        state.take(frame);
        layout = pages::layOut(state, QSizeF(1072, 332));
        yard.take(state, now);
    }
    QList<Pill> pills()
    {
        return yard.pills(layout, now, test::kNow + now,
                          [](const QString &text) { return double(text.size()) * 7; });
    }
};

bool isOnChainSide(const Pill &pill, const Yard &yard)
{
    return pill.center.x() < yard.layout.columns[1].left() && pill.path->client >= 0;
}

} // namespace

class TestTrainYard : public QObject {
    Q_OBJECT

private slots:
    void aJourney();
    void aFastRequestIsStillSeen();
    void nextTargetNextTrack();
    void marksStayAndEnd();
    void manyBecomeOnePill();
    void pillsDoNotCoverEachOther();
    void withoutMotionTrainsJump();
    void refusedRequestsFadeAtTheChain();
};

void TestTrainYard::aJourney()
{
    Yard y;
    y.say({test::tale(Tale::Inbound, 10)});
    QVERIFY(y.yard.isMoving(y.now));
    QCOMPARE(y.pills().size(), 1);
    QCOMPARE(y.pills()[0].text, QStringLiteral("12.4k"));
    const double atStart = y.pills()[0].center.x();
    y.now = 60;
    const double later = y.pills()[0].center.x();
    QVERIFY(later > atStart);
    y.now = 500;
    QVERIFY(isOnChainSide(y.pills()[0], y));
    QVERIFY(!y.yard.isMoving(y.now)); // rests before the chain until the engine says more

    y.now = 600;
    auto platform = std::make_shared<Exchange>(*test::tale(Tale::Platform, 10));
    const ExchangeId id = test::tale(Tale::Inbound, 10)->id;
    platform->id = id;
    platform->wallMs = test::kNow - 20;
    y.say({platform});
    QVERIFY(y.yard.isMoving(y.now));
    y.now = 900;
    QVERIFY(y.pills()[0].center.x() > y.layout.columns[1].right());
    const double waiting = y.pills()[0].center.x();
    QVERIFY(y.pills()[0].text.endsWith(QStringLiteral(" s")));
    QVERIFY(!y.yard.isMoving(y.now));
    QVERIFY(y.yard.isWaiting());

    auto streaming = std::make_shared<Exchange>(*platform);
    streaming->phase = Phase::Streaming;
    streaming->attempts[0].firstContentAt = std::chrono::milliseconds(400);
    streaming->attempts[0].usage.output = 41;
    y.say({streaming});
    y.now = 1'200;
    QCOMPARE(y.pills().size(), 1);
    QVERIFY(y.pills()[0].center.x() < waiting);
    QVERIFY2(y.pills()[0].text.endsWith(QStringLiteral("t/s")), qPrintable(y.pills()[0].text));

    auto settled = std::make_shared<Exchange>(*streaming);
    settled->phase = Phase::Settled;
    settled->outcome.kind = OutcomeKind::Served;
    y.say({settled});
    QVERIFY(y.yard.isMoving(y.now));
    y.now = 1'400;
    QCOMPARE(y.pills().size(), 1);
    QVERIFY(y.pills()[0].opacity < 1);
    y.now = 1'700;
    QCOMPARE(y.pills().size(), 0);
    QVERIFY(!y.yard.isMoving(y.now));
    QVERIFY(y.yard.isEmpty());
}

void TestTrainYard::aFastRequestIsStillSeen()
{
    Yard y;
    y.say({test::tale(Tale::Served, 10)}); // came and went within one frame
    y.now = 50;
    QVERIFY(isOnChainSide(y.pills()[0], y));
    y.now = 290;
    QVERIFY(y.pills()[0].center.x() > y.layout.columns[1].right());
    y.now = 1'200;
    y.say({});
    y.now = 1'700;
    QCOMPARE(y.pills().size(), 0);
}

void TestTrainYard::nextTargetNextTrack()
{
    Yard y;
    y.say({test::tale(Tale::Platform, 10)});
    y.now = 400;
    QCOMPARE(y.pills()[0].path->row, 0);
    auto second = std::make_shared<Exchange>(*test::tale(Tale::FailedOver, 10));
    second->id = test::tale(Tale::Platform, 10)->id;
    second->phase = Phase::Attempting;
    second->outcome = Outcome();
    second->attempts[1].outcome = AttemptOutcome::Running;
    second->attempts[1].firstContentAt = kNever;
    second->wallMs = test::kNow - 100;
    y.say({second});
    y.now = 700;
    const QList<Pill> pills = y.pills();
    QCOMPARE(pills.size(), 2); // the mark and the train
    QVERIFY(pills[0].isDanger);
    QCOMPARE(pills[0].text, QStringLiteral("429"));
    QCOMPARE(pills[0].path->row, 0);
    QVERIFY(pills[1].isCaution);
    QCOMPARE(pills[1].text, QStringLiteral("2nd target"));
    QCOMPARE(pills[1].path->row, 1);
}

void TestTrainYard::marksStayAndEnd()
{
    Yard y;
    auto failed = std::make_shared<Exchange>(*test::tale(Tale::FailedOver, 10));
    failed->wallMs = test::kNow - 200; // attempt 1 ends now
    y.say({failed});
    y.now = 3'000;
    y.say({});
    QCOMPARE(y.pills().size(), 1);
    QVERIFY(y.pills()[0].isDanger);
    y.now = 6'100;
    QCOMPARE(y.pills().size(), 0);
}

void TestTrainYard::manyBecomeOnePill()
{
    Yard y;
    QList<std::shared_ptr<const Exchange>> many;
    for (int i = 0; i < 12; ++i)
        many.append(test::tale(Tale::Platform, 100 + i));
    for (auto &exchange : many) {
        auto copy = std::make_shared<Exchange>(*exchange);
        copy->id.low += 1'000;
        exchange = copy;
    }
    y.say(many);
    y.now = 500;
    QCOMPARE(y.pills().size(), 1); // one resting place
    QCOMPARE(y.pills()[0].text, QStringLiteral("x12"));
    for (int i = 0; i < 15; ++i)
        many.append(test::tale(Tale::Inbound, 200 + i));
    y.now = 510;
    y.say(many);
    QCOMPARE(y.pills().size(), 2); // more than 24: one per track, even while they move
    QCOMPARE(y.pills()[0].text.at(0), u'x');
}

void TestTrainYard::pillsDoNotCoverEachOther()
{
    Yard y;
    y.say({test::tale(Tale::Platform, 10), test::tale(Tale::Platform, 11),
           test::tale(Tale::Platform, 12, QStringLiteral("my-app"), QStringLiteral("my-app")),
           test::tale(Tale::Platform, 13, QStringLiteral("my-app"), QStringLiteral("my-app"))});
    y.now = 1'000;
    const QList<Pill> pills = y.pills();
    QCOMPARE(pills.size(), 4);
    for (qsizetype i = 0; i < pills.size(); ++i) {
        for (qsizetype j = i + 1; j < pills.size(); ++j) {
            const auto rect = [](const Pill &pill) {
                return QRectF(pill.center.x() - pill.width / 2, pill.center.y() - 8, pill.width,
                              16);
            };
            QVERIFY(!rect(pills[i]).intersects(rect(pills[j])));
        }
    }
}

void TestTrainYard::withoutMotionTrainsJump()
{
    Yard y;
    y.yard.setMotion(false);
    y.say({test::tale(Tale::Platform, 10)});
    const double at = y.pills()[0].center.x();
    QVERIFY(at > y.layout.columns[1].right());
    QVERIFY(!y.yard.isMoving(y.now));
    y.now = 400;
    QCOMPARE(y.pills()[0].center.x(), at);
}

void TestTrainYard::refusedRequestsFadeAtTheChain()
{
    Yard y;
    auto refused = std::make_shared<Exchange>(*test::tale(Tale::Inbound, 10));
    refused->phase = Phase::Settled;
    refused->outcome.kind = OutcomeKind::Refused;
    y.say({refused});
    y.now = 200;
    QCOMPARE(y.pills().size(), 1);
    y.now = 700;
    QCOMPARE(y.pills().size(), 0);
}

QTEST_GUILESS_MAIN(TestTrainYard)
#include "tst_train_yard.moc"
