// Bodies recorded as they pass: which exchanges, what of them, until when, and at what cost to the
// traffic (none).
#include "gateway/recording.h"
#include "gateway_kit.h"
#include "provider_words.h"

using namespace sb;
using namespace sb::gateway;

namespace {
using Fields = QList<std::pair<QByteArray, QByteArray>>;

Acts saying(DialectId dialect, bool isStream)
{
    Acts acts{connects(), sends()};
    if (isStream) {
        acts += heads(200, streamTypeOf(dialect));
        for (const QByteArray &event : streamOf(dialect))
            acts += bodies(event);
    } else {
        acts += heads(200, "application/json");
        acts += bodies(wholeOf(dialect));
    }
    return acts << ends();
}

CapturedExchange kept(const GatewayKit &kit)
{
    return developed(CaptureDraft(kit.sink.captures.constLast()), SecretMask({}));
}

// Everything that is kept, in one.
QByteArray textOf(const CapturedExchange &capture)
{
    QByteArray text = capture.request.head + capture.request.body.bytes + capture.reply.head
        + capture.reply.body.bytes;
    for (const CapturedAttempt &attempt : capture.attempts)
        text += attempt.request.head + attempt.request.body.bytes + attempt.answer.head
            + attempt.answer.body.bytes;
    for (const AttemptChanges &changes : capture.changes) {
        for (const FieldChange &change : changes.changes)
            text += change.field + change.from + change.to;
    }
    return text;
}

QList<QByteArray> eventTexts(const CapturedMessage &message)
{
    QList<QByteArray> texts;
    for (const CapturedEvent &event : message.events)
        texts += message.body.bytes.mid(event.from, event.size);
    return texts;
}
} // namespace

class TestRecording : public QObject {
    Q_OBJECT
private slots:
    void off();
    void whatPassed_data();
    void whatPassed();
    void eachAttempt();
    void eventTimes();
    void endsByItself();
    void afterARestart_data();
    void afterARestart();
    void wallClockMoves();
    void stillRunningAtTheEnd();
    void whoIsRecorded_data();
    void whoIsRecorded();
    void clientLeft();
    void refused();
    void secretsStay();
    void fieldsThatAreSecret_data();
    void fieldsThatAreSecret();
    void moreThanThereIsRoomFor();
};

void TestRecording::off()
{
    GatewayKit kit(1);
    kit.wire.plan = [](const auto &) { return streams(); };
    kit.chat(true);
    kit.clock.advance(Seconds(1));
    QCOMPARE(kit.last().outcome.kind, OutcomeKind::Served);
    QVERIFY(kit.sink.captures.isEmpty());
    kit.gateway->recording().start(Seconds(3600));
    kit.gateway->recording().start(Seconds(0));
    kit.chat(true);
    kit.clock.advance(Seconds(1));
    QVERIFY(kit.sink.captures.isEmpty());
    QCOMPARE(kit.gateway->recording().view(), RecordingView());
}

void TestRecording::whatPassed_data()
{
    QTest::addColumn<DialectId>("client");
    QTest::addColumn<DialectId>("provider");
    QTest::addColumn<bool>("isStream");
    for (const DialectId client : kAllDialects) {
        for (const DialectId provider : {client, DialectId::Anthropic, DialectId::Ollama}) {
            for (const bool isStream : {false, true})
                QTest::addRow("%d to %d%s", int(client), int(provider), isStream ? ", stream" : "")
                    << client << provider << isStream;
        }
    }
}

// The same answer with and without it, and what is kept is what the wire, the plan and the client
// saw.
void TestRecording::whatPassed()
{
    QFETCH(DialectId, client);
    QFETCH(DialectId, provider);
    QFETCH(bool, isStream);
    QByteArray plain;
    for (const bool isOn : {false, true}) {
        GatewayKit kit(1);
        speak(kit, {provider});
        QByteArray sentHead;
        QByteArray sentBody;
        const Acts acts = saying(provider, isStream);
        kit.wire.plan = [&](const http::UpstreamRequest &request) {
            sentHead = request.head;
            sentBody.clear();
            for (const QByteArray &part : request.body)
                sentBody += part;
            return acts;
        };
        if (isOn)
            kit.gateway->recording().start(Seconds(3600));
        const QByteArray path = pathOf(client, isStream);
        const QByteArray body = askOf(client, isStream);
        const auto stream = kit.ask(path, body);
        kit.clock.advance(Seconds(1));
        QCOMPARE(stream->status, 200);
        QCOMPARE(kit.sink.captures.size(), isOn ? 1 : 0);
        if (!isOn) {
            plain = stream->body;
            continue;
        }
        QCOMPARE(stream->body.size(), plain.size());
        const CapturedExchange capture = kept(kit);
        QCOMPARE(capture.id, kit.last().id);
        QVERIFY(capture.request.head.startsWith(QByteArray("POST " + path + " HTTP/1.1\r\n")));
        QVERIFY(capture.request.head.contains("content-type: application/json\r\n"));
        QCOMPARE(capture.request.body.bytes, body);
        QCOMPARE(capture.attempts.size(), 1);
        const CapturedAttempt &attempt = capture.attempts[0];
        QCOMPARE(attempt.ordinal, 1);
        QCOMPARE(attempt.request.head + "\r\n", sentHead);
        QCOMPARE(attempt.request.body.bytes, sentBody);
        QVERIFY(attempt.answer.head.startsWith("HTTP/1.1 200"));
        QByteArray said;
        for (const Act &act : acts)
            said += act.bytes;
        // Up to its end: what follows that only keeps the connection.
        QVERIFY(said.startsWith(attempt.answer.body.bytes));
        QVERIFY(attempt.answer.body.bytes.size() > said.size() / 2);
        QVERIFY(capture.reply.head.startsWith("HTTP/1.1 200\r\n"));
        QVERIFY(capture.reply.head.contains(kit.last().id.text()));
        QCOMPARE(capture.reply.body.bytes, stream->body);
        QCOMPARE(capture.reply.events.isEmpty(), !isStream);
        QCOMPARE(attempt.answer.events.isEmpty(), !isStream);
        for (const CapturedMessage *message : {&capture.reply, &attempt.answer}) {
            Micros before{0};
            for (const CapturedEvent &event : message->events) {
                QVERIFY(event.at >= before && event.at <= kit.last().endedAt);
                before = event.at;
            }
        }
        QCOMPARE(capture.changes.size(), client == provider ? 0 : 1);
        QCOMPARE(kit.gateway->recording().view().kept, quint64(1));
        QCOMPARE(kit.gateway->recordingRoom()->held(), qint64(0));
    }
}

void TestRecording::eachAttempt()
{
    GatewayKit kit(2, R"({"retries_per_target":0})");
    speak(kit, {DialectId::Anthropic, DialectId::OpenAiChat});
    kit.wire.plan = [&](const http::UpstreamRequest &request) {
        return request.origin.host == "p1.example" ? refuses(500)
                                                   : saying(DialectId::OpenAiChat, false);
    };
    kit.gateway->recording().start(Seconds(3600));
    kit.ask("/v1/chat/completions", askOf(DialectId::OpenAiChat, false, R"(,"seed":7)"));
    kit.clock.advance(Seconds(2));
    const CapturedExchange capture = kept(kit);
    QCOMPARE(capture.attempts.size(), 2);
    QCOMPARE(capture.attempts[0].ordinal, 1);
    QVERIFY(capture.attempts[0].request.head.startsWith("POST /v1/messages "));
    QVERIFY(!capture.attempts[0].request.body.bytes.contains("\"seed\""));
    QVERIFY(capture.attempts[0].answer.head.startsWith("HTTP/1.1 500"));
    QCOMPARE(capture.attempts[0].answer.body.bytes, "{\"error\":{\"message\":\"no\"}}");
    QCOMPARE(capture.attempts[1].ordinal, 2);
    QVERIFY(capture.attempts[1].request.body.bytes.contains("\"seed\":7"));
    QCOMPARE(capture.attempts[1].answer.body.bytes, wholeOf(DialectId::OpenAiChat));
    // What the translation for the first one changed, as the window shows it.
    QCOMPARE(capture.changes, *kit.gateway->requestChanges(kit.last().id));
    QVERIFY(!capture.changes.isEmpty() && !capture.changes[0].changes.isEmpty());
}

void TestRecording::eventTimes()
{
    GatewayKit kit(1);
    kit.wire.plan = [](const auto &) {
        return Acts{connects(),
                    sends(),
                    heads(200, "text/event-stream", Millis(9)),
                    bodies(roleChunk(), Millis(10)),
                    bodies(textChunk("hi"), Millis(100)),
                    bodies(textChunk("ho") + textChunk("he"), Millis(50)),
                    bodies(lastChunks(), Millis(30)),
                    ends()};
    };
    kit.gateway->recording().start(Seconds(3600));
    kit.chat(true);
    kit.clock.advance(Seconds(1));
    const CapturedExchange capture = kept(kit);
    QList<qint64> times;
    for (const CapturedEvent &event : capture.attempts[0].answer.events)
        times += std::chrono::duration_cast<Millis>(event.at).count();
    QCOMPARE(times, (QList<qint64>{20, 120, 170, 170, 200, 200, 200}));
    QCOMPARE(eventTexts(capture.attempts[0].answer)[2], textChunk("ho"));
    QCOMPARE(eventTexts(capture.reply)[1], textChunk("hi"));
    QCOMPARE(capture.reply.events[1].at, Micros(Millis(120)));
}

void TestRecording::endsByItself()
{
    GatewayKit kit(1);
    kit.wire.plan = [](const auto &) { return answers(); };
    kit.ledger->setListening(true);
    const qint64 start = kit.clock.wallMs();
    kit.gateway->recording().start(Seconds(3600));
    QCOMPARE(kit.gateway->recording().view().untilWallMs, start + 3'600'000);
    kit.clock.advance(Seconds(3599));
    kit.chat(false);
    kit.clock.advance(Millis(900));
    QCOMPARE(kit.sink.captures.size(), 1);
    QCOMPARE(kit.ledger->lastFrame()->recording.untilWallMs, start + 3'600'000);
    kit.clock.advance(Millis(100));
    QCOMPARE(kit.gateway->recording().view().untilWallMs, qint64(0));
    kit.clock.advance(Seconds(1));
    QCOMPARE(kit.ledger->lastFrame()->recording.untilWallMs, qint64(0));
    QCOMPARE(kit.ledger->lastFrame()->recording.kept, quint64(1));
    kit.chat(false);
    kit.clock.advance(Seconds(1));
    QCOMPARE(kit.last().outcome.kind, OutcomeKind::Served);
    QCOMPARE(kit.sink.captures.size(), 1);
}

void TestRecording::afterARestart_data()
{
    QTest::addColumn<qint64>("left"); // when the new run begins
    QTest::addColumn<bool>("goesOn");
    QTest::newRow("never on") << std::numeric_limits<qint64>::min() << false;
    QTest::newRow("passed meanwhile") << qint64(-1) << false;
    QTest::newRow("passed now") << qint64(0) << false;
    QTest::newRow("a moment left") << qint64(5'000) << true;
    QTest::newRow("a day left") << qint64(24 * 3'600'000) << true;
    QTest::newRow("more than ever granted") << qint64(24 * 3'600'000 + 1) << false;
}

void TestRecording::afterARestart()
{
    QFETCH(qint64, left);
    QFETCH(bool, goesOn);
    ManualClock clock;
    QList<qint64> told;
    RecordingSwitch recording(clock, [&](qint64 until) { told += until; });
    const bool isNever = left == std::numeric_limits<qint64>::min();
    const qint64 until = isNever ? 0 : clock.wallMs() + left;
    recording.restore(until);
    QCOMPARE(recording.isOn(clock.wallMs()), goesOn);
    QCOMPARE(recording.view().untilWallMs, goesOn ? until : 0);
    if (isNever)
        QVERIFY(told.isEmpty());
    else
        QCOMPARE(told.constLast(), goesOn ? until : 0);
    if (!goesOn)
        return;
    clock.advance(Millis(left - 1));
    QVERIFY(recording.isOn(clock.wallMs()));
    clock.advance(Millis(1));
    QVERIFY(!recording.isOn(clock.wallMs()));
    QCOMPARE(told.constLast(), qint64(0));
    QCOMPARE(clock.untilNext(), Nanos(-1)); // nothing ticks on
}

// Set forward it ends early, set back it does not last longer, and a machine that slept wakes up
// without it.
void TestRecording::wallClockMoves()
{
    ManualClock clock;
    RecordingSwitch recording(clock, [](qint64) {});
    recording.start(Seconds(3600));
    clock.setWallMs(clock.wallMs() + 3'600'001);
    QVERIFY(!recording.isOn(clock.wallMs())); // at once
    clock.advance(Seconds(31));
    QCOMPARE(recording.view().untilWallMs, qint64(0));

    recording.start(Seconds(3600));
    clock.setWallMs(clock.wallMs() - 7'200'000);
    QVERIFY(recording.isOn(clock.wallMs()));
    clock.advance(Seconds(3600));
    QCOMPARE(recording.view().untilWallMs, qint64(0));
    QVERIFY(!recording.isOn(clock.wallMs()));

    recording.start(Seconds(7 * 24 * 3600)); // no longer than a day
    QCOMPARE(recording.view().untilWallMs, clock.wallMs() + 24 * 3'600'000);
}

void TestRecording::stillRunningAtTheEnd()
{
    GatewayKit kit(1);
    kit.wire.plan = [](const auto &) {
        return Acts{connects(),
                    sends(),
                    heads(200, "text/event-stream"),
                    bodies(roleChunk()),
                    bodies(textChunk("hi")),
                    bodies(textChunk("ho"), Seconds(20)),
                    bodies(lastChunks(), Seconds(1)),
                    ends()};
    };
    kit.gateway->recording().start(Seconds(10));
    const auto stream = kit.chat(true);
    kit.clock.advance(Seconds(60));
    QCOMPARE(kit.gateway->recording().view().untilWallMs, qint64(0));
    QCOMPARE(kit.sink.captures.size(), 1);
    QCOMPARE(kept(kit).reply.body.bytes, stream->body);
}

void TestRecording::whoIsRecorded_data()
{
    QTest::addColumn<bool>("isOn");
    QTest::addColumn<int>("policy"); // of the client: the most
    QTest::addColumn<QByteArray>("asked"); // by the request
    QTest::addColumn<int>("log"); // what the exchange ran under
    QTest::addColumn<bool>("isRecorded");
    const int off = int(LogPolicy::Off);
    const int metadata = int(LogPolicy::Metadata);
    const int full = int(LogPolicy::Full);
    const QByteArray none;
    QTest::newRow("off") << false << metadata << none << metadata << false;
    QTest::newRow("on") << true << metadata << none << metadata << true;
    QTest::newRow("on, wants none") << true << metadata << QByteArray("off") << off << false;
    QTest::newRow("on, wants no bodies")
        << true << metadata << QByteArray("metadata") << metadata << false;
    QTest::newRow("on, a client of which nothing is kept") << true << off << none << off << false;
    QTest::newRow("off, asked for") << false << full << QByteArray("full") << full << true;
    QTest::newRow("off, could be asked for") << false << full << none << metadata << false;
    QTest::newRow("on, asked for") << true << full << QByteArray("full") << full << true;
}

void TestRecording::whoIsRecorded()
{
    QFETCH(bool, isOn);
    QFETCH(int, policy);
    QFETCH(QByteArray, asked);
    QFETCH(int, log);
    QFETCH(bool, isRecorded);
    GatewayKit kit(1);
    kit.edit([&](config::ConfigSnapshot &config) {
        for (config::ClientSettings &client : config.clients)
            client.maxLog = LogPolicy(policy);
    });
    kit.wire.plan = [](const auto &) { return answers(); };
    if (isOn)
        kit.gateway->recording().start(Seconds(60));
    kit.chat(false, asked.isEmpty() ? Fields{} : Fields{{"x-signalbox-log", asked}});
    kit.clock.advance(Seconds(1));
    QCOMPARE(kit.last().outcome.kind, OutcomeKind::Served);
    QCOMPARE(int(kit.last().ask.log), log);
    QCOMPARE(!kit.sink.captures.isEmpty(), isRecorded);
}

void TestRecording::clientLeft()
{
    GatewayKit kit(1);
    kit.wire.plan = [](const auto &) {
        return Acts{connects(),
                    sends(),
                    heads(200, "text/event-stream"),
                    bodies(roleChunk()),
                    bodies(textChunk("hi")),
                    bodies(textChunk("late"), Seconds(5))};
    };
    kit.gateway->recording().start(Seconds(60));
    const auto stream = kit.chat(true);
    kit.clock.advance(Seconds(1));
    stream->hangUp();
    kit.clock.advance(Seconds(10));
    QCOMPARE(kit.last().outcome.kind, OutcomeKind::ClientLeft);
    const CapturedExchange capture = kept(kit);
    QCOMPARE(capture.reply.body.bytes, stream->body);
    QVERIFY(!capture.attempts[0].answer.body.bytes.contains("late"));
}

// What never reached a provider is worth a look too.
void TestRecording::refused()
{
    GatewayKit kit(1);
    kit.gateway->recording().start(Seconds(60));
    const auto stream = kit.ask("/v1/chat/completions", "{\"model\":");
    QCOMPARE(stream->status, 400);
    const CapturedExchange capture = kept(kit);
    QVERIFY(capture.attempts.isEmpty());
    QCOMPARE(capture.request.body.bytes, "{\"model\":");
    QVERIFY(capture.reply.head.startsWith("HTTP/1.1 400\r\n"));
    QCOMPARE(capture.reply.body.bytes, stream->body);
    QVERIFY(capture.reply.events.isEmpty());
}

void TestRecording::secretsStay()
{
    GatewayKit kit(1);
    kit.key = "client-canary-11111111";
    kit.edit([](config::ConfigSnapshot &config) {
        config.listeners[0].client = ClientId(QStringLiteral("tester"));
    });
    kit.gateway->setListenerClients({ClientId(QStringLiteral("tester"))}); // any key will do
    const QByteArray cookie = "cookie-canary-2222222";
    const QByteArray given = "set-canary-333333333";
    const QByteArray said = "\"you sent " + kit.key + " and " + given + '"';
    kit.wire.plan = [&](const auto &) {
        return Acts{connects(), sends(),
                    heads(200, "application/json", Millis(1),
                          {{"set-cookie", QByteArray("sid=" + given + "; Secure")}}),
                    bodies(wholeReply().replace("\"hi\"", said)), ends()};
    };
    kit.gateway->recording().start(Seconds(60));
    const auto stream = kit.ask("/v1/chat/completions?key=" + kit.key,
                                R"({"model":"c","messages":[{"role":"user","content":"my key is )"
                                    + kit.key + R"( ok? )" + kit.key.toBase64() + R"("}]})",
                                {{"cookie", "a=b; session=" + cookie}});
    kit.clock.advance(Seconds(1));
    QCOMPARE(stream->status, 200);
    QVERIFY(stream->body.contains(kit.key)); // the client's answer is the client's
    QCOMPARE(kit.sink.captures.size(), 1);
    const CapturedExchange capture = kept(kit);
    const QByteArray text = textOf(capture);
    for (const QByteArray &secret : {kit.key, kit.key.toBase64(), cookie, given})
        QVERIFY2(!text.contains(secret), text.constData());
    QVERIFY(text.contains("my key is **********************"));
    QVERIFY(capture.request.head.contains("authorization: ***\r\n"));
    QVERIFY(capture.request.head.contains("cookie: ***\r\n"));
    QVERIFY(capture.request.head.startsWith("POST /v1/chat/completions?key=*** HTTP/1.1\r\n"));
    QVERIFY(capture.attempts[0].answer.head.contains("set-cookie: ***\r\n"));
    QCOMPARE(capture.request.body.bytes.size(), kit.last().ask.bodyBytes);
}

void TestRecording::fieldsThatAreSecret_data()
{
    QTest::addColumn<bool>("isSecret");
    for (const char *name :
         {"authorization", "Authorization", "proxy-authorization", "x-api-key", "api-key",
          "x-goog-api-key", "x-portkey-api-key", "cookie", "x-amz-security-token", "x-auth-token",
          "x-client-secret", "ocp-apim-subscription-key", "x-upstream-password"})
        QTest::newRow(name) << true;
    for (const char *name : {"content-type", "x-request-id", "idempotency-key", "anthropic-version",
                             "x-ratelimit-remaining-tokens", "anthropic-ratelimit-tokens-limit",
                             "x-signalbox-first-token-ms", "user-agent", "monkey"})
        QTest::newRow(name) << false;
}

void TestRecording::fieldsThatAreSecret()
{
    QFETCH(bool, isSecret);
    ManualClock clock;
    Recording recording(std::make_shared<RecordingRoom>(), clock, clock.now());
    http::RequestHead head;
    head.method = "POST";
    head.target = "/v1/x";
    head.fields.add(QTest::currentDataTag(), "the value");
    recording.requested(head, {});
    const CaptureDraft draft = recording.take({1, 1}, {});
    QCOMPARE(draft.request.head,
             QByteArray("POST /v1/x HTTP/1.1\r\n") + QTest::currentDataTag()
                 + (isSecret ? ": ***\r\n" : ": the value\r\n"));
}

// The traffic comes first: bodies for which no room is left are let go, and the room is free again.
void TestRecording::moreThanThereIsRoomFor()
{
    GatewayKit kit(1);
    kit.wire.plan = [](const auto &) { return streams(); };
    kit.gateway->recordingRoom()->setMost(4'000);
    kit.gateway->recording().start(Seconds(60));
    const QByteArray body = R"({"model":"c","stream":true,"messages":[{"role":"user","content":")"
        + QByteArray(5'000, 'x') + "\"}]}";
    const auto stream = kit.ask("/v1/chat/completions", body);
    kit.clock.advance(Seconds(1));
    QCOMPARE(stream->status, 200);
    QVERIFY(stream->body.endsWith("data: [DONE]\n\n"));
    QCOMPARE(kit.sink.captures.size(), 1);
    const CaptureDraft &large = kit.sink.captures.constLast();
    QVERIFY(large.isGivenUp);
    QCOMPARE(large.id, kit.last().id);
    QVERIFY(large.request.bytes.isEmpty() && large.reply.bytes.isEmpty());
    QCOMPARE(kit.gateway->recording().view().givenUp, quint64(1));
    QCOMPARE(kit.gateway->recordingRoom()->held(), qint64(0));

    kit.chat(true);
    kit.clock.advance(Seconds(1));
    QCOMPARE(kit.sink.captures.size(), 2);
    QVERIFY(!kit.sink.captures.constLast().isGivenUp);
    QVERIFY(kit.sink.captures.constLast().reply.bytes.endsWith("data: [DONE]\n\n"));
}

QTEST_GUILESS_MAIN(TestRecording)
#include "tst_recording.moc"
