// The newest requests in memory: what is kept, for how long, and sending one again.
#include "gateway_kit.h"

#include "gateway/recent_requests.h"

using namespace sb;
using namespace sb::gateway;

namespace {
ExchangeId idOf(int number)
{
    return {1, quint64(number)};
}

http::RequestHead headOf(const QByteArray &key)
{
    http::RequestHead head;
    head.fields.add("authorization", QByteArray("Bearer " + key));
    head.fields.add("anthropic-version", "2023-06-01");
    return head;
}

void keep(RecentRequests &recent, int number, const QByteArray &body)
{
    recent.keep(idOf(number), ClientId(QStringLiteral("tester")), {}, headOf("sk-secret"),
                QByteArray(body));
}

StreamPtr asked(GatewayKit &kit, const QList<std::pair<QByteArray, QByteArray>> &fields = {})
{
    const StreamPtr stream = kit.chat(false, fields);
    kit.clock.advance(Seconds(1));
    return stream;
}
} // namespace

class TestReplay : public QObject {
    Q_OBJECT
private slots:
    void ringForgetsTheOldest();
    void ringIsBounded();
    void ringSharesAndWipes();
    void keysAreBlanked();
    void bodyIsThere();
    void replayIsARequest();
    void replayToOneTarget();
    void replayMayFail();
    void nothingWhenSwitchedOff();
    void refusals();
    void stopForgets();
};

void TestReplay::ringForgetsTheOldest()
{
    RecentRequests recent;
    for (int i = 0; i < 350; ++i)
        keep(recent, i, "body " + QByteArray::number(i));
    QCOMPARE(recent.count(), RecentRequests::kMost);
    QVERIFY(!recent.find(idOf(149)));
    for (int i = 150; i < 350; ++i) {
        QVERIFY(recent.find(idOf(i)));
        QCOMPARE(recent.find(idOf(i))->body, "body " + QByteArray::number(i));
    }
}

void TestReplay::ringIsBounded()
{
    RecentRequests recent;
    keep(recent, 0, QByteArray(RecentRequests::kMostBody + 1, 'x'));
    QVERIFY(!recent.find(idOf(0)));
    for (int i = 1; i <= 20; ++i)
        keep(recent, i, QByteArray(7 * 1024 * 1024, 'x'));
    QVERIFY(recent.bytes() <= RecentRequests::kMostBytes);
    QVERIFY(recent.count() >= 8);
    QVERIFY(recent.find(idOf(20)));
    QVERIFY(!recent.find(idOf(11)));
    recent.setEnabled(false);
    QCOMPARE(recent.count(), size_t(0));
    QCOMPARE(recent.bytes(), 0);
    keep(recent, 30, "x");
    QVERIFY(!recent.find(idOf(30)));
}

void TestReplay::ringSharesAndWipes()
{
    QByteArray body(1000, 'b');
    const char *bytes = body.constData();
    RecentRequests recent;
    recent.keep(idOf(1), {}, {}, headOf("x"), std::move(body));
    QCOMPARE(recent.find(idOf(1))->body.constData(), bytes); // not copied
    const QByteArray other = recent.find(idOf(1))->body;
    recent.wipe();
    QCOMPARE(recent.count(), size_t(0));
    QCOMPARE(other, QByteArray(1000, 'b')); // whoever else reads it keeps it
}

void TestReplay::keysAreBlanked()
{
    RecentRequests recent;
    keep(recent, 1, "x");
    const http::RequestHead &head = recent.find(idOf(1))->head;
    QVERIFY(!head.fields.value("authorization").contains("secret"));
    QCOMPARE(head.fields.value("anthropic-version"), QByteArrayView("2023-06-01"));
}

void TestReplay::bodyIsThere()
{
    GatewayKit kit(1);
    kit.wire.plan = [](const http::UpstreamRequest &) { return answers(); };
    const QByteArray body
        = "{\"model\":\"c\",\"messages\":[{\"role\":\"user\",\"content\":\"é\"}]}";
    kit.ledger->setListening(true);
    kit.ask("/v1/chat/completions", body);
    kit.clock.advance(Nanos(0));
    QVERIFY(!kit.frames.isEmpty());
    const ExchangeId id = kit.frames.last()->changed.last()->id;
    QCOMPARE(*kit.gateway->requestBody(id), body); // while it runs
    kit.clock.advance(Seconds(1));
    QCOMPARE(kit.last().id, id);
    QCOMPARE(*kit.gateway->requestBody(id), body); // and afterwards
    QCOMPARE(kit.gateway->requestBody(idOf(1)).error().code, QStringLiteral("body_gone"));
}

void TestReplay::replayIsARequest()
{
    GatewayKit kit(2);
    QList<QByteArray> bodies;
    kit.wire.plan = [&bodies](const http::UpstreamRequest &request) {
        bodies.append(request.body.join());
        return answers();
    };
    kit.key = "key2";
    asked(kit);
    const Exchange first = kit.last();
    const auto again = kit.gateway->replay(first.id, std::nullopt);
    QVERIFY(again);
    QVERIFY(*again != first.id);
    kit.clock.advance(Seconds(1));
    QCOMPARE(kit.sink.exchanges.size(), 2);
    const Exchange &second = kit.last();
    QCOMPARE(second.id, *again);
    QCOMPARE(second.replayOf, first.id);
    QVERIFY(first.replayOf.isNull());
    QCOMPARE(second.client, ClientId(QStringLiteral("other")));
    QCOMPARE(second.outcome.kind, OutcomeKind::Served);
    QCOMPARE(second.outcome.status, 200);
    QCOMPARE(second.ask.model, first.ask.model);
    QCOMPARE(second.decision.chain, first.decision.chain);
    QCOMPARE(second.settlement.cost.nano, first.settlement.cost.nano);
    QVERIFY(second.settlement.cost.nano > 0);
    QCOMPARE(bodies.size(), 2);
    QCOMPARE(bodies[1], bodies[0]);
    QCOMPARE(kit.gateway->runningCount(), 0);
    QVERIFY(kit.gateway->replay(*again, std::nullopt)); // and that one again
    kit.clock.advance(Seconds(1));
    QCOMPARE(kit.last().replayOf, *again);
}

void TestReplay::replayToOneTarget()
{
    GatewayKit kit(2, "{\"retries_per_target\":0}");
    kit.wire.plan = [](const http::UpstreamRequest &request) {
        return request.origin.host == "p2.example" ? refuses(500) : answers();
    };
    asked(kit);
    const ExchangeId first = kit.last().id;
    const TargetRef target{ProviderId(QStringLiteral("p2")), QStringLiteral("m"), {}};
    QVERIFY(kit.gateway->replay(first, target));
    kit.clock.advance(Seconds(1));
    QCOMPARE(kit.last().attempts.size(), 1);
    QCOMPARE(kit.last().attempts[0].target, target);
    QCOMPARE(kit.last().decision.candidates.size(), 1);
    QCOMPARE(kit.last().outcome.kind, OutcomeKind::Failed); // nobody else was asked
}

void TestReplay::replayMayFail()
{
    GatewayKit kit(1, "{\"retries_per_target\":0}");
    kit.wire.plan = [](const http::UpstreamRequest &) { return answers(); };
    asked(kit);
    const ExchangeId first = kit.last().id;
    // Cut in mid-stream, or running when the gateway stops: it settles like any other.
    kit.wire.plan = [](const http::UpstreamRequest &) { return Acts{connects(), sends()}; };
    QVERIFY(kit.gateway->replay(first, std::nullopt));
    kit.clock.advance(Seconds(1));
    QCOMPARE(kit.gateway->runningCount(), 1);
    kit.gateway->stop();
    QCOMPARE(kit.last().outcome.kind, OutcomeKind::Stopped);
    QCOMPARE(kit.last().replayOf, first);
}

void TestReplay::nothingWhenSwitchedOff()
{
    GatewayKit kit(1);
    kit.wire.plan = [](const http::UpstreamRequest &) { return answers(); };
    asked(kit);
    const ExchangeId first = kit.last().id;
    QVERIFY(kit.gateway->requestBody(first));
    kit.edit([](config::ConfigSnapshot &config) { config.privacy.keepsRecentRequests = false; });
    QVERIFY(!kit.gateway->requestBody(first));
    asked(kit);
    QVERIFY(!kit.gateway->requestBody(kit.last().id));
    kit.edit([](config::ConfigSnapshot &config) { config.privacy.keepsRecentRequests = true; });
    asked(kit, {{"x-signalbox-log", "off"}}); // the client asked for no trace
    QVERIFY(!kit.gateway->requestBody(kit.last().id));
    asked(kit);
    QVERIFY(kit.gateway->requestBody(kit.last().id));
}

void TestReplay::refusals()
{
    GatewayKit kit(1);
    kit.wire.plan = [](const http::UpstreamRequest &) { return answers(); };
    asked(kit);
    const ExchangeId first = kit.last().id;
    QCOMPARE(kit.gateway->replay(idOf(9), std::nullopt).error().code, QStringLiteral("body_gone"));
    QCOMPARE(
        kit.gateway->replay(first, TargetRef{ProviderId(QStringLiteral("x")), {}, {}}).error().code,
        QStringLiteral("no_such_provider"));
    kit.gateway->steering().setPaused(true);
    QCOMPARE(kit.gateway->replay(first, std::nullopt).error().code, QStringLiteral("draining"));
    kit.gateway->steering().setPaused(false);
    kit.edit([](config::ConfigSnapshot &config) { config.clients[0].isRevoked = true; });
    QCOMPARE(kit.gateway->replay(first, std::nullopt).error().code,
             QStringLiteral("no_such_client"));
    QCOMPARE(kit.sink.exchanges.size(), 1);
}

void TestReplay::stopForgets()
{
    GatewayKit kit(1);
    kit.wire.plan = [](const http::UpstreamRequest &) { return answers(); };
    asked(kit);
    kit.gateway->stop();
    QVERIFY(!kit.gateway->requestBody(kit.last().id));
    QCOMPARE(kit.gateway->recent().count(), size_t(0));
}

QTEST_GUILESS_MAIN(TestReplay)
#include "tst_replay.moc"
