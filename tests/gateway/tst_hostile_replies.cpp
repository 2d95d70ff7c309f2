// Providers that never stop, or send what was not agreed: nothing grows without a limit, and the
// client hears the truth. [robustness §3 rows 20, 31; §6]
#include "gateway_kit.h"

#include "base/log.h"

using namespace sb;
using namespace sb::gateway;

namespace {
constexpr qint64 kMiB = 1024 * 1024;

// `count` times the same block, shared by all acts.
Acts pouring(int status, const QByteArray &type, const QByteArray &block, int count)
{
    Acts acts{connects(), sends(), heads(status, type)};
    for (int i = 0; i < count; ++i)
        acts.append(bodies(block));
    acts.append(ends());
    return acts;
}
} // namespace

class TestHostileReplies : public QObject {
    Q_OBJECT

private slots:
    void endlessReply();
    void largestReply();
    void endlessError();
    void preambleFlood();
    void echoedKey_data();
    void echoedKey();
    void codedReply_data();
    void codedReply();
    void codedRefusal();
};

// More than 256 MiB is no answer: the call is dropped where the limit was passed, the next is
// asked.
void TestHostileReplies::endlessReply()
{
    GatewayKit kit(2);
    const QByteArray block(8 * kMiB, ' ');
    kit.wire.plan = [&block](const http::UpstreamRequest &request) {
        return request.origin.host.startsWith("p1") ? pouring(200, "application/json", block, 1'000)
                                                    : answers();
    };
    const auto stream = kit.chat(false);
    kit.clock.advance(Seconds(5));
    QCOMPARE(stream->status, 200);
    QCOMPARE(stream->field("x-signalbox-served-by"), "p2/m");
    QCOMPARE(kit.last().attempts[0].outcome, AttemptOutcome::ReplyTooLarge);
    QVERIFY(kit.last().attempts[0].replyBytes > 256 * kMiB);
    QVERIFY(kit.last().attempts[0].replyBytes <= 256 * kMiB + block.size());
    QCOMPARE(kit.wire.running, 0);
}

// A whole reply just below it is delivered.
void TestHostileReplies::largestReply()
{
    GatewayKit kit(1);
    const QByteArray block(8 * kMiB, ' ');
    kit.wire.plan = [&block](const auto &) {
        Acts acts = pouring(200, "application/json", block, 31);
        acts.insert(acts.size() - 1, bodies(wholeReply()));
        return acts;
    };
    const auto stream = kit.chat(false);
    kit.clock.advance(Seconds(5));
    QCOMPARE(stream->status, 200);
    QCOMPARE(stream->body.size(), 31 * block.size() + wholeReply().size());
    QCOMPARE(kit.last().outcome.kind, OutcomeKind::Served);
}

// The text of an error is kept up to 1 MiB, however long it gets.
void TestHostileReplies::endlessError()
{
    GatewayKit kit(1, R"({"retries_per_target":0})");
    const QByteArray block(kMiB, 'e');
    kit.wire.plan = [&block](const auto &) { return pouring(500, "text/html", block, 2'000); };
    const auto stream = kit.chat(false);
    kit.clock.advance(Seconds(600));
    QCOMPARE(stream->status, 502);
    QVERIFY(stream->body.size() < 4'096);
    QVERIFY(!stream->body.contains("eeeeeeee"));
    QCOMPARE(kit.wire.running, 0);
    QVERIFY(kit.last().attempts[0].message.size() <= 4'096);
}

// What comes before the first content is held back up to 1 MiB, then the client gets it.
void TestHostileReplies::preambleFlood()
{
    GatewayKit kit(1);
    const QByteArray empty = chunk("{\"content\":\"\"}");
    const int count = int(4 * kMiB / empty.size());
    kit.wire.plan = [&](const auto &) {
        Acts acts{connects(), sends(), heads(200, "text/event-stream"), bodies(roleChunk())};
        for (int i = 0; i < count; ++i)
            acts.append(bodies(empty, Nanos(1'000)));
        return acts;
    };
    const auto stream = kit.chat(true);
    kit.clock.advance(Seconds(2)); // all of it came, and the grace has not passed
    QCOMPARE(stream->status, 200);
    QVERIFY(stream->body.size() > 2 * kMiB);
    QVERIFY(stream->isOpen());
    QVERIFY(kit.sink.exchanges.isEmpty()); // it is still under way
}

void TestHostileReplies::echoedKey_data()
{
    QTest::addColumn<bool>("isStream");
    QTest::newRow("whole") << false;
    QTest::newRow("stream") << true;
}

// An answer passes byte for byte, even one that quotes the key its provider was sent: to change
// what a model said would be a lie, and the client who may ask for it may also hear it. An error is
// the gateway's own text, which goes to the record and the logs as well: there the key is covered.
void TestHostileReplies::echoedKey()
{
    QFETCH(bool, isStream);
    const QByteArray key = "sk-echo-0123456789abcdef";
    log::protect(Secret::fromView(key));
    const QByteArray whole = wholeReply().replace("hi", key);
    const QByteArray events = roleChunk() + textChunk(key) + lastChunks();
    GatewayKit kit(1);
    kit.wire.plan = [&](const auto &) {
        return Acts{connects(), sends(),
                    heads(200, isStream ? "text/event-stream" : "application/json"),
                    bodies(isStream ? events : whole), ends()};
    };
    // The client asks for usage itself, so nothing is taken out of the stream for it.
    const auto served = kit.ask(
        "/v1/chat/completions",
        QByteArray(isStream
                       ? R"({"model":"c","stream":true,"stream_options":{"include_usage":true},)"
                       : R"({"model":"c",)")
            + R"("messages":[{"role":"user","content":"hello there"}]})");
    kit.clock.advance(Seconds(5));
    QCOMPARE(served->status, 200);
    QCOMPARE(served->body, isStream ? events : whole);

    kit.wire.plan = [&](const auto &) {
        return Acts{connects(), sends(), heads(400, "application/json"),
                    bodies("{\"error\":{\"message\":\"Bad key " + key + "\"}}"), ends()};
    };
    const auto refused = kit.chat(isStream);
    kit.clock.advance(Seconds(5));
    QCOMPARE(refused->status, 400);
    QVERIFY2(refused->body.contains("Bad key [secret]"), refused->body.constData());
    QVERIFY(!kit.last().attempts[0].message.toUtf8().contains(key));
}

void TestHostileReplies::codedReply_data()
{
    QTest::addColumn<QByteArray>("coding");
    QTest::addColumn<int>("status");
    QTest::addColumn<bool>("isStream");
    for (const bool isStream : {false, true}) {
        const char *form = isStream ? ", stream" : "";
        for (const char *coding : {"gzip", "deflate", "br", "zstd", "gzip, gzip", "x"})
            QTest::addRow("P-85 %s%s", coding, form) << QByteArray(coding) << 200 << isStream;
        QTest::addRow("P-85 gzip, unsaid%s", form) << QByteArray() << 200 << isStream;
        QTest::addRow("P-84 an error%s", form) << QByteArray("gzip") << 500 << isStream;
        QTest::addRow("P-84 an error, unsaid%s", form) << QByteArray() << 500 << isStream;
    }
}

// We ask for no coding, so nothing is ever unpacked: a bomb stays as small as it came.
void TestHostileReplies::codedReply()
{
    QFETCH(QByteArray, coding);
    QFETCH(int, status);
    QFETCH(bool, isStream);
    GatewayKit kit(2);
    QByteArray accepts;
    kit.wire.plan = [&](const http::UpstreamRequest &request) {
        accepts = request.head.toLower();
        if (!request.origin.host.startsWith("p1"))
            return isStream ? streams() : answers();
        QList<std::pair<QByteArray, QByteArray>> fields;
        if (!coding.isEmpty())
            fields.append({"content-encoding", coding});
        return Acts{
            connects(), sends(),
            heads(status, isStream ? "text/event-stream" : "application/json", Millis(1), fields),
            bodies(QByteArray("\x1f\x8b\x08", 3) + QByteArray(1'000, '\0')), ends()};
    };
    const auto stream = kit.chat(isStream);
    kit.clock.advance(Seconds(5));
    QVERIFY2(accepts.contains("\r\naccept-encoding: identity\r\n"), accepts.constData());
    QCOMPARE(stream->status, 200);
    QCOMPARE(stream->field("x-signalbox-served-by"), "p2/m");
    QCOMPARE(stream->field("content-encoding"), QByteArray());
    const AttemptOutcome outcome = kit.last().attempts[0].outcome;
    if (status == 500)
        QCOMPARE(outcome, AttemptOutcome::ServerError);
    else if (!coding.isEmpty())
        QCOMPARE(outcome, AttemptOutcome::BadReply);
    else
        QVERIFY(outcome != AttemptOutcome::Served);
    QVERIFY(!stream->body.contains('\x1f'));
}

// P-84: the only target refuses, in a coding nobody asked for: neither the coding nor its bytes
// reach the client.
void TestHostileReplies::codedRefusal()
{
    for (const QByteArray &coding : {QByteArray("gzip"), QByteArray()}) {
        GatewayKit kit(1);
        QList<std::pair<QByteArray, QByteArray>> fields;
        if (!coding.isEmpty())
            fields.append({"content-encoding", coding});
        kit.wire.plan = [&](const auto &) {
            return Acts{connects(), sends(), heads(400, "application/json", Millis(1), fields),
                        bodies(QByteArray("\x1f\x8b\x08zipped words")), ends()};
        };
        const auto stream = kit.chat(false);
        kit.clock.advance(Seconds(5));
        QCOMPARE(stream->status, 400);
        QCOMPARE(stream->field("content-encoding"), QByteArray());
        QCOMPARE(stream->field("content-type"), "application/json");
        QVERIFY2(!stream->body.contains("zipped words"), stream->body.constData());
        QVERIFY(stream->body.startsWith("{\"error\":"));
    }
}

QTEST_GUILESS_MAIN(TestHostileReplies)
#include "tst_hostile_replies.moc"
