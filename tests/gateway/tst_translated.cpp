// A client of one dialect served by a provider of another, for every pair that has translators:
// whole and streamed, calls, failover before content, cuts, money, strictness, and what it is told.
#include "gateway_kit.h"
#include "provider_words.h"

#include "record/names.h"
#include "translate/translator.h"
#include "json/reader.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

using namespace sb;
using namespace sb::gateway;

namespace {

Acts playing(DialectId dialect, const QList<QByteArray> &events)
{
    Acts acts{connects(), sends(), heads(200, streamTypeOf(dialect))};
    for (const QByteArray &event : events)
        acts.append(bodies(event));
    acts.append(ends());
    return acts;
}

const translate::Translator &of(DialectId dialect)
{
    return *translate::translatorFor(dialect);
}

chat::Reply readStream(DialectId dialect, const QByteArray &bytes)
{
    const auto decoder = of(dialect).makeDecoder({});
    return translate::collect(*decoder, bytes);
}

QByteArray textOf(const chat::Reply &reply)
{
    QByteArray text;
    for (const chat::Part &part : reply.parts) {
        if (const auto *one = part.as<chat::TextPart>())
            text += one->text.toPlain();
    }
    return text;
}

const chat::ToolCall *callIn(const chat::Reply &reply)
{
    for (const chat::Part &part : reply.parts) {
        if (const auto *call = part.as<chat::ToolCall>())
            return call;
    }
    return nullptr;
}

} // namespace

class TestTranslated : public QObject {
    Q_OBJECT

private slots:
    void whole_data() { pairs(); }
    void whole();
    void stream_data() { pairs(); }
    void stream();
    void call_data() { pairs(); }
    void call();
    void failover_data() { pairs(); }
    void failover();
    void failoverBehindPreamble_data() { pairs(); }
    void failoverBehindPreamble();
    void cutEverywhere_data() { pairs(); }
    void cutEverywhere();
    void wholeForAStream_data() { pairs(); }
    void wholeForAStream();
    void refusal_data() { pairs(); }
    void refusal();
    void garbage_data() { pairs(); }
    void garbage();
    void clientLeaves_data() { pairs(); }
    void clientLeaves();
    void ownDialectIsPreferred();
    void backToOwnDialect();
    void strict();
    void dropped();
    void chainOfARequest();
    void changesAreKept();
    void cannotBeCarried();
    void budgetIsExact();
    void longAnswersAreStreamed();
    void refusedMemberIsLeftOut();
    void lacksAreLearnt_data();
    void lacksAreLearnt();
    void countIsEstimated();
    void geminiArray();
    void ollamaPlugins();
    void wireOfEachDialect_data() { pairs(); }
    void wireOfEachDialect();
    void nothingIsPromised_data() { pairs(); }
    void nothingIsPromised();
    void overload_data();
    void overload();
    void countsAreAlwaysAnswered_data();
    void countsAreAlwaysAnswered();
    void betasGoTogether();

private:
    static void pairs();
    static StreamPtr ask(GatewayKit &kit, DialectId client, bool isStream,
                         const QByteArray &further = {}, bool hasTools = false,
                         const QList<std::pair<QByteArray, QByteArray>> &fields = {})
    {
        QByteArray path = pathOf(client, isStream);
        if (client == DialectId::Gemini && isStream)
            path += "?alt=sse";
        return kit.ask(path, askOf(client, isStream, further, hasTools), fields);
    }
};

void TestTranslated::pairs()
{
    QTest::addColumn<DialectId>("client");
    QTest::addColumn<DialectId>("provider");
    for (const DialectId client : kAllDialects) {
        for (const DialectId provider : kAllDialects) {
            if (client == provider)
                continue;
            QTest::addRow("%s to %s", name(client).data(), name(provider).data())
                << client << provider;
        }
    }
}

#define PAIR()                                                                                     \
    QFETCH(DialectId, client);                                                                     \
    QFETCH(DialectId, provider);                                                                   \
    QVERIFY(client != provider)

void TestTranslated::whole()
{
    PAIR();
    GatewayKit kit(1);
    speak(kit, {provider});
    kit.wire.plan = [&](const auto &) { return saying(wholeOf(provider)); };
    const auto stream = ask(kit, client, false);
    kit.clock.advance(Seconds(1));
    QCOMPARE(stream->status, 200);
    QVERIFY(!stream->wrongLength);
    QCOMPARE(stream->ends, 1);
    QVERIFY(stream->field("content-type").startsWith("application/json"));
    QCOMPARE(stream->field("x-signalbox-served-by"), "p1/m");
    const chat::Reply reply = of(client).decodeReply(stream->body, {});
    QVERIFY2(!reply.fault, stream->body.constData());
    QCOMPARE(textOf(reply), "hello");
    QCOMPARE(int(reply.finish), int(chat::Finish::Stop));
    QCOMPARE(reply.usage.prompt(), 11);
    QCOMPARE(reply.usage.completion(), 5);
    const Exchange &last = kit.last();
    QCOMPARE(last.outcome.kind, OutcomeKind::Served);
    QCOMPARE(last.attempts.size(), 1);
    QCOMPARE(last.attempts[0].dialect, provider);
    QCOMPARE(last.ask.dialect, client);
    QCOMPARE(last.settlement.usage.prompt(), 11);
    // 11 × 2.50 + 5 × 10.00 per million
    QCOMPARE(last.settlement.cost.nano, 77'500);
    if (client == DialectId::OpenAiChat)
        QVERIFY2(stream->body.contains("\"cost\":0.0000775"), stream->body.constData());
    QVERIFY(kit.isSettledFirst);
}

void TestTranslated::stream()
{
    PAIR();
    GatewayKit kit(1);
    speak(kit, {provider});
    kit.wire.plan = [&](const auto &) { return playing(provider, streamOf(provider)); };
    const auto stream = ask(kit, client, true);
    kit.clock.advance(Seconds(1));
    QCOMPARE(stream->status, 200);
    QCOMPARE(stream->ends, 1);
    QVERIFY(stream->field("content-type").startsWith(streamTypeOf(client)));
    const chat::Reply reply = readStream(client, stream->body);
    QVERIFY2(!reply.fault, stream->body.constData());
    QCOMPARE(textOf(reply), "hello");
    QCOMPARE(int(reply.finish), int(chat::Finish::Stop));
    QCOMPARE(stream->body.count(successOf(client)), 1);
    QCOMPARE(kit.last().outcome.kind, OutcomeKind::Served);
    QCOMPARE(kit.last().attempts[0].stage, Stage::Given);
    QCOMPARE(kit.last().attempts[0].usage.prompt(), 11);
    QCOMPARE(kit.last().attempts[0].usage.completion(), 5);
    QCOMPARE(kit.last().attempts[0].usage.source, UsageSource::Reported);
    QCOMPARE(kit.last().settlement.cost.nano, 77'500);
    QVERIFY(kit.isSettledFirst);
}

void TestTranslated::call()
{
    PAIR();
    for (const bool isStream : {false, true}) {
        GatewayKit kit(1);
        speak(kit, {provider});
        QByteArray whole;
        if (!isStream) {
            chat::Reply reply = readStream(provider, callOf(provider).join());
            translate::EncodeOptions options;
            options.id = {1, 2};
            whole = of(provider).encodeReply(reply, options, {});
        }
        kit.wire.plan = [&](const auto &) {
            return isStream ? playing(provider, callOf(provider)) : saying(whole);
        };
        const auto stream = ask(kit, client, isStream, {}, true);
        kit.clock.advance(Seconds(1));
        QCOMPARE(stream->status, 200);
        const chat::Reply reply = isStream ? readStream(client, stream->body)
                                           : of(client).decodeReply(stream->body, {});
        QVERIFY2(!reply.fault, stream->body.constData());
        const chat::ToolCall *call = callIn(reply);
        QVERIFY2(call, stream->body.constData());
        QCOMPARE(call->name, "get_weather");
        QVERIFY(!call->id.isEmpty());
        QCOMPARE(call->arguments.toPlain(), R"({"city":"Oslo"})");
        QCOMPARE(int(reply.finish), int(chat::Finish::ToolCalls));
        QVERIFY(!kit.last().attempts[0].isBadToolJson);
    }
}

// A foreign target fails before content; the next one, of the client's own dialect or yet another,
// answers, and nothing of the first is seen.
void TestTranslated::failover()
{
    PAIR();
    for (const DialectId second : kAllDialects) {
        if (!translate::translatorFor(second))
            continue;
        for (const int how : {0, 1, 2}) {
            GatewayKit kit(2, R"({"retries_per_target":0})");
            speak(kit, {provider, second});
            kit.wire.plan = [&](const http::UpstreamRequest &request) -> Acts {
                if (request.origin.host == "p2.example")
                    return playing(second, streamOf(second));
                if (how == 0)
                    return refuses(503);
                if (how == 1)
                    return playing(provider, {}); // an empty stream
                // It began, and broke off before content.
                return {connects(), sends(), heads(200, streamTypeOf(provider)),
                        fails(http::UpstreamError::Reset)};
            };
            const auto stream = ask(kit, client, true);
            kit.clock.advance(Seconds(5));
            QCOMPARE(stream->status, 200);
            QCOMPARE(stream->field("x-signalbox-served-by"), "p2/m");
            QCOMPARE(stream->field("x-signalbox-failover"), "true");
            QCOMPARE(kit.last().attempts.size(), 2);
            QCOMPARE(kit.last().attempts[0].dialect, provider);
            QCOMPARE(kit.last().attempts[1].dialect, second);
            const chat::Reply reply = readStream(client, stream->body);
            QVERIFY2(!reply.fault, stream->body.constData());
            QCOMPARE(textOf(reply), "hello");
            QCOMPARE(stream->body.count(successOf(client)), 1);
        }
    }
}

// The first target takes so long that our own preamble goes out; the client sees one start.
void TestTranslated::failoverBehindPreamble()
{
    PAIR();
    if (dialect::preamble(client, {1, 2}, "c", 1).isEmpty())
        QSKIP("this dialect has no safe preamble");
    for (const bool hasBegun : {false, true}) {
        for (const DialectId second : {provider, client}) {
            GatewayKit kit(2, R"({"retries_per_target":0})");
            speak(kit, {provider, second});
            kit.wire.plan = [&](const http::UpstreamRequest &request) -> Acts {
                if (request.origin.host == "p2.example")
                    return playing(second, streamOf(second));
                Acts acts{connects(), sends(), heads(200, streamTypeOf(provider))};
                if (hasBegun && provider != DialectId::Gemini && provider != DialectId::Ollama)
                    acts.append(bodies(streamOf(provider).first()));
                acts.append(fails(http::UpstreamError::Reset, Seconds(25)));
                return acts;
            };
            const auto stream = ask(kit, client, true);
            kit.clock.advance(Seconds(12));
            QCOMPARE(stream->status, 200);
            QVERIFY(!stream->body.isEmpty());
            kit.clock.advance(Seconds(30));
            const chat::Reply reply = readStream(client, stream->body);
            QVERIFY2(!reply.fault, stream->body.constData());
            QCOMPARE(textOf(reply), "hello");
            QCOMPARE(stream->body.count(successOf(client)), 1);
            if (client == DialectId::Anthropic)
                QCOMPARE(stream->body.count("event: message_start"), 1);
            if (client == DialectId::OpenAiResponses)
                QCOMPARE(stream->body.count("event: response.created"), 1);
            if (client == DialectId::OpenAiChat)
                QCOMPARE(stream->body.count("\"role\":\"assistant\""), 1);
            QCOMPARE(kit.last().outcome.kind, OutcomeKind::Served);
        }
    }
}

// Cut after every byte: an answer is never called whole, and the client hears so exactly once.
void TestTranslated::cutEverywhere()
{
    PAIR();
    const QByteArray bytes = streamOf(provider).join();
    const qsizetype wholeFrom = bytes.size() - streamOf(provider).last().size();
    for (qsizetype at = 0; at < wholeFrom; ++at) {
        GatewayKit kit(1, R"({"retries_per_target":0})");
        speak(kit, {provider});
        kit.wire.plan = [&](const auto &) -> Acts {
            Acts acts{connects(), sends(), heads(200, streamTypeOf(provider))};
            if (at > 0)
                acts.append(bodies(bytes.first(at)));
            acts.append(at % 2 ? ends() : fails(http::UpstreamError::Reset));
            return acts;
        };
        const auto stream = ask(kit, client, true);
        kit.clock.advance(Seconds(2));
        const QByteArray where = QByteArray::number(at) + ": " + stream->body;
        QVERIFY2(stream->ends == 1, where.constData());
        QVERIFY2(kit.last().outcome.kind != OutcomeKind::Served, where.constData());
        QVERIFY2(!stream->body.contains(successOf(client)), where.constData());
        if (stream->status == 200)
            QVERIFY2(stream->body.count(failureOf(client)) == 1, where.constData());
        else
            QVERIFY2(stream->status == 502, where.constData());
    }
}

// T§18: the provider was asked for a stream and gave a whole answer: the client gets its stream.
void TestTranslated::wholeForAStream()
{
    PAIR();
    GatewayKit kit(1);
    speak(kit, {provider});
    kit.wire.plan = [&](const auto &) { return saying(wholeOf(provider)); };
    const auto stream = ask(kit, client, true);
    kit.clock.advance(Seconds(1));
    QCOMPARE(stream->status, 200);
    const chat::Reply reply = readStream(client, stream->body);
    QVERIFY2(!reply.fault, stream->body.constData());
    QCOMPARE(textOf(reply), "hello");
    QCOMPARE(stream->body.count(successOf(client)), 1);
    QCOMPARE(kit.last().settlement.cost.nano, 77'500);
}

// The provider's refusal in the client's own envelope, status and code kept.
void TestTranslated::refusal()
{
    PAIR();
    struct Case {
        int given;
        int shown;
        const char *code;
    };
    for (const Case &one : {Case{400, 400, "upstream_error"},
                            Case{401, 502, "upstream_credentials"}, Case{404, 404, ""},
                            Case{429, 429, "targets_limited"}, Case{500, 502, "upstream_error"}}) {
        GatewayKit kit(1, R"({"retries_per_target":0})");
        speak(kit, {provider});
        kit.wire.plan = [&](const auto &) { return refuses(one.given); };
        const auto stream = ask(kit, client, true);
        kit.clock.advance(Seconds(2));
        QCOMPARE(stream->status, one.shown);
        if (*one.code)
            QCOMPARE(stream->field("x-signalbox-code"), one.code);
        QVERIFY2(stream->body.contains("error"), stream->body.constData());
        QCOMPARE(stream->field("content-type"), "application/json");
    }
}

void TestTranslated::garbage()
{
    PAIR();
    for (const bool isStream : {false, true}) {
        GatewayKit kit(1, R"({"retries_per_target":0})");
        speak(kit, {provider});
        kit.wire.plan = [&](const auto &) {
            return isStream ? playing(provider, {"data: {\"broken\n\n{\"broken\n"})
                            : saying("<html>no</html>");
        };
        const auto stream = ask(kit, client, isStream);
        kit.clock.advance(Seconds(2));
        QCOMPARE(stream->status, 502);
        QVERIFY(!stream->body.contains("html"));
        QVERIFY(kit.last().outcome.kind == OutcomeKind::Failed);
    }
}

void TestTranslated::clientLeaves()
{
    PAIR();
    GatewayKit kit(1);
    speak(kit, {provider});
    const QList<QByteArray> events = streamOf(provider);
    kit.wire.plan = [&](const auto &) -> Acts {
        Acts acts{connects(), sends(), heads(200, streamTypeOf(provider))};
        for (qsizetype i = 0; i + 1 < events.size(); ++i)
            acts.append(bodies(events[i]));
        acts.append(bodies(events.last(), Seconds(20)));
        acts.append(ends());
        return acts;
    };
    const auto stream = ask(kit, client, true);
    kit.clock.advance(Seconds(1));
    stream->hangUp();
    kit.clock.advance(Seconds(1));
    QCOMPARE(kit.wire.running, 0);
    QCOMPARE(kit.last().outcome.kind, OutcomeKind::ClientLeft);
    QCOMPARE(kit.last().attempts[0].outcome, AttemptOutcome::ClientLeft);
    QVERIFY(kit.last().settlement.cost.nano > 0); // what was given was made
    kit.clock.advance(Seconds(60));
}

// T§1: where a provider offers the client's dialect nothing is translated.
void TestTranslated::ownDialectIsPreferred()
{
    GatewayKit kit(1); // Chat and Anthropic
    QByteArray head;
    kit.wire.plan = [&](const http::UpstreamRequest &request) {
        head = request.head;
        return answers();
    };
    kit.chat(false);
    kit.clock.advance(Seconds(1));
    QVERIFY(head.startsWith("POST /v1/chat/completions "));
    QCOMPARE(kit.last().attempts[0].dialect, DialectId::OpenAiChat);
    QVERIFY(kit.gateway->requestChanges(kit.last().id)->isEmpty());
}

void TestTranslated::backToOwnDialect()
{
    // Own dialect first, foreign second: the bytes of the client's request are read only then.
    GatewayKit kit(2, R"({"retries_per_target":0})");
    speak(kit, {DialectId::OpenAiChat, DialectId::Anthropic});
    kit.wire.plan = [&](const http::UpstreamRequest &request) {
        return request.origin.host == "p1.example" ? refuses(500)
                                                   : saying(wholeOf(DialectId::Anthropic));
    };
    const auto stream = kit.chat(false);
    kit.clock.advance(Seconds(2));
    QCOMPARE(stream->status, 200);
    QVERIFY(stream->body.contains("\"chat.completion\""));
    QCOMPARE(stream->field("x-signalbox-failover"), "true");
    QCOMPARE(kit.last().attempts[0].dialect, DialectId::OpenAiChat);
    QCOMPARE(kit.last().attempts[1].dialect, DialectId::Anthropic);
}

void TestTranslated::strict()
{
    GatewayKit kit(1);
    speak(kit, {DialectId::Anthropic});
    kit.wire.plan = [&](const auto &) { return saying(wholeOf(DialectId::Anthropic)); };
    const auto stream = ask(kit, DialectId::OpenAiChat, false, R"(,"frequency_penalty":0.5)", false,
                            {{"x-signalbox-strict", "true"}});
    kit.clock.advance(Seconds(1));
    QCOMPARE(stream->status, 400);
    QCOMPARE(stream->field("x-signalbox-code"), "not_supported");
    QVERIFY2(stream->body.contains("frequency_penalty"), stream->body.constData());
    QVERIFY(kit.wire.started.isEmpty());
    QCOMPARE(kit.last().decision.candidates[0].reason, SkipReason::NotTranslatable);
    QVERIFY(!kit.last().decision.candidates[0].detail.isEmpty());

    const auto bad
        = ask(kit, DialectId::OpenAiChat, false, {}, false, {{"x-signalbox-strict", "perhaps"}});
    QCOMPARE(bad->status, 400);
    // Nothing to leave out: strictness costs nothing.
    const auto fine
        = ask(kit, DialectId::OpenAiChat, false, {}, false, {{"x-signalbox-strict", "true"}});
    kit.clock.advance(Seconds(1));
    QCOMPARE(fine->status, 200);
}

void TestTranslated::dropped()
{
    for (const bool isStream : {false, true}) {
        GatewayKit kit(1);
        speak(kit, {DialectId::Anthropic});
        kit.wire.plan = [&](const auto &) {
            return isStream ? playing(DialectId::Anthropic, streamOf(DialectId::Anthropic))
                            : saying(wholeOf(DialectId::Anthropic));
        };
        const auto stream
            = ask(kit, DialectId::OpenAiChat, isStream, R"(,"frequency_penalty":0.5,"seed":7)");
        kit.clock.advance(Seconds(1));
        QCOMPARE(stream->status, 200);
        const QByteArray dropped = stream->field("x-signalbox-dropped");
        QVERIFY2(dropped.contains("frequency_penalty"), dropped.constData());
        QVERIFY2(dropped.contains("seed"), dropped.constData());
        QVERIFY(dropped.size() <= 1024);
        const auto plain = ask(kit, DialectId::OpenAiChat, isStream);
        kit.clock.advance(Seconds(1));
        QCOMPARE(plain->status, 200);
        QCOMPARE(plain->field("x-signalbox-dropped"), QByteArray());
    }
}

// `models` names the targets; over to another dialect it is read, not lost.
void TestTranslated::chainOfARequest()
{
    for (const DialectId client : {DialectId::OpenAiChat, DialectId::OpenAiResponses}) {
        GatewayKit kit(2, R"({"retries_per_target":0})");
        speak(kit, {DialectId::OpenAiChat, DialectId::Anthropic});
        kit.wire.plan = [&](const http::UpstreamRequest &request) {
            return request.origin.host == "p1.example" ? refuses(503)
                                                       : saying(wholeOf(DialectId::Anthropic));
        };
        const auto stream = ask(kit, client, false, R"(,"models":["p1/m","p2/m"])");
        kit.clock.advance(Seconds(5));
        QCOMPARE(stream->status, 200);
        QCOMPARE(stream->field("x-signalbox-served-by"), "p2/m");
        QCOMPARE(stream->field("x-signalbox-dropped"), "");
        QCOMPARE(kit.last().attempts.size(), 2);
    }
}

void TestTranslated::changesAreKept()
{
    GatewayKit kit(2, R"({"retries_per_target":0})");
    speak(kit, {DialectId::Anthropic, DialectId::Anthropic});
    kit.wire.plan = [&](const http::UpstreamRequest &request) {
        return request.origin.host == "p1.example" ? refuses(500)
                                                   : saying(wholeOf(DialectId::Anthropic));
    };
    ask(kit, DialectId::OpenAiChat, false, R"(,"frequency_penalty":0.5)");
    kit.clock.advance(Seconds(2));
    const auto changes = kit.gateway->requestChanges(kit.last().id);
    QVERIFY(changes);
    QCOMPARE(changes->size(), 2);
    for (int i = 0; i < 2; ++i) {
        QCOMPARE(changes->at(i).ordinal, i + 1);
        const auto &list = changes->at(i).changes;
        const auto found = std::find_if(list.cbegin(), list.cend(), [](const FieldChange &one) {
            return one.field == "frequency_penalty";
        });
        QVERIFY(found != list.cend());
        QCOMPARE(int(found->kind), int(FieldChange::Kind::Dropped));
        QCOMPARE(found->from, "0.5");
        QVERIFY(found->to.isEmpty());
        QVERIFY(!found->rule.isEmpty());
    }
    QCOMPARE(kit.gateway->requestChanges({9, 9}).error().code, QStringLiteral("body_gone"));
}

// Two choices have no words at Anthropic: the next target that knows them answers; without one the
// client is told which member, which target and what to do.
void TestTranslated::cannotBeCarried()
{
    GatewayKit kit(2);
    speak(kit, {DialectId::Anthropic, DialectId::OpenAiChat});
    kit.wire.plan = [&](const auto &) { return saying(wholeOf(DialectId::OpenAiChat)); };
    const auto stream = ask(kit, DialectId::OpenAiChat, false, R"(,"n":2)");
    kit.clock.advance(Seconds(1));
    QCOMPARE(stream->status, 200);
    QCOMPARE(stream->field("x-signalbox-served-by"), "p2/m");
    QCOMPARE(kit.last().attempts.size(), 1);
    QCOMPARE(kit.last().decision.candidates[0].reason, SkipReason::NotTranslatable);
    QVERIFY(kit.last().outcome.isDiverted);

    speak(kit, {DialectId::Anthropic, DialectId::Anthropic});
    const auto refused = ask(kit, DialectId::OpenAiChat, false, R"(,"n":2)");
    kit.clock.advance(Seconds(1));
    QCOMPARE(refused->status, 400);
    QCOMPARE(refused->field("x-signalbox-code"), "not_supported");
    QVERIFY2(refused->body.contains("\"param\":\"n\""), refused->body.constData());
    QCOMPARE(kit.last().outcome.kind, OutcomeKind::Refused);
    QVERIFY(kit.last().attempts.isEmpty());
}

void TestTranslated::budgetIsExact()
{
    GatewayKit kit(1);
    speak(kit, {DialectId::Anthropic});
    kit.edit([](config::ConfigSnapshot &config) {
        config::BudgetSettings cap;
        cap.id = QStringLiteral("daily");
        cap.scope = QStringLiteral("all");
        cap.window = QStringLiteral("day");
        cap.cap = Money{1'000'000'000};
        config.budgets = {cap};
    });
    QByteArray sent;
    kit.wire.plan = [&](const http::UpstreamRequest &request) {
        sent = request.body.join();
        return saying(wholeOf(DialectId::Anthropic));
    };
    ask(kit, DialectId::OpenAiChat, false);
    kit.clock.advance(Seconds(1));
    // The client gave no bound, a cap needs one: it stands in what was sent.
    QVERIFY2(sent.contains("\"max_tokens\":"), sent.constData());
    const Attempt &attempt = kit.last().attempts[0];
    QVERIFY(attempt.reserved.nano > 77'500);
    QCOMPARE(attempt.cost.nano, 77'500);
    const auto views = kit.gateway->budgets().views(kit.clock.wallMs());
    QCOMPARE(views.size(), 1);
    QCOMPARE(views[0].spent.nano, 77'500);
    QCOMPARE(views[0].reserved.nano, 0);
    // A request that cannot be carried gives back what was held for it.
    ask(kit, DialectId::OpenAiChat, false, R"(,"n":2)");
    kit.clock.advance(Seconds(1));
    QCOMPARE(kit.gateway->budgets().views(kit.clock.wallMs())[0].reserved.nano, 0);
}

// A provider refuses very long answers whole: they are asked for as a stream and put together.
void TestTranslated::longAnswersAreStreamed()
{
    GatewayKit kit(1, R"({"retries_per_target":0})");
    speak(kit, {DialectId::Anthropic});
    QByteArray sent;
    kit.wire.plan = [&](const http::UpstreamRequest &request) {
        sent = request.body.join();
        return playing(DialectId::Anthropic, streamOf(DialectId::Anthropic));
    };
    const auto stream = ask(kit, DialectId::OpenAiChat, false, R"(,"max_tokens":20000)");
    kit.clock.advance(Seconds(1));
    QVERIFY2(sent.contains("\"stream\":true"), sent.constData());
    QCOMPARE(stream->status, 200);
    QCOMPARE(stream->field("content-type"), "application/json");
    const chat::Reply reply = of(DialectId::OpenAiChat).decodeReply(stream->body, {});
    QVERIFY2(!reply.fault, stream->body.constData());
    QCOMPARE(textOf(reply), "hello");
    QCOMPARE(kit.last().settlement.cost.nano, 77'500);
    // Cut: nothing was given, so it is a failure like any before content.
    kit.wire.plan = [&](const auto &) {
        return playing(DialectId::Anthropic, streamOf(DialectId::Anthropic).first(4));
    };
    const auto cut = ask(kit, DialectId::OpenAiChat, false, R"(,"max_tokens":20000)");
    kit.clock.advance(Seconds(1));
    QCOMPARE(cut->status, 502);
    QCOMPARE(kit.last().outcome.kind, OutcomeKind::Failed);
    QVERIFY(kit.last().attempts[0].stage != Stage::Given);
}

// [translation §19] The refusal names a member that can be left out: once more without it, and the
// next request knows.
void TestTranslated::refusedMemberIsLeftOut()
{
    GatewayKit kit(1, R"({"retries_per_target":0})");
    speak(kit, {DialectId::OpenAiChat});
    QList<QByteArray> sent;
    kit.wire.plan = [&](const http::UpstreamRequest &request) -> Acts {
        sent.append(request.body.join());
        if (!sent.last().contains("\"top_p\""))
            return saying(wholeOf(DialectId::OpenAiChat));
        return {
            connects(), sends(), heads(400, "application/json"),
            bodies(
                R"({"error":{"message":"Unsupported parameter: 'top_p' is not supported with this model.","type":"invalid_request_error","param":"top_p","code":"unsupported_parameter"}})"),
            ends()};
    };
    const auto stream = ask(kit, DialectId::Anthropic, false, R"(,"top_p":0.9)");
    kit.clock.advance(Seconds(2));
    QCOMPARE(stream->status, 200);
    QCOMPARE(sent.size(), 2);
    QVERIFY(!sent[1].contains("top_p"));
    QVERIFY2(stream->field("x-signalbox-dropped").contains("top_p"),
             stream->field("x-signalbox-dropped").constData());
    QCOMPARE(kit.last().attempts.size(), 2);
    QCOMPARE(kit.last().attempts[0].next, Move::Retry);
    ask(kit, DialectId::Anthropic, false, R"(,"top_p":0.9)");
    kit.clock.advance(Seconds(2));
    QCOMPARE(sent.size(), 3);
    QCOMPARE(kit.last().attempts.size(), 1);
}

void TestTranslated::lacksAreLearnt_data()
{
    QTest::addColumn<QByteArray>("members");
    QTest::addColumn<QByteArray>("words");
    QTest::addColumn<SkipReason>("reason");
    const QByteArray tools = R"(,"tools":[{"type":"function","function":{"name":"f"}}])";
    const QByteArray schema
        = R"(,"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{}}})";
    QTest::newRow("tools") << tools << QByteArray("m does not support tools")
                           << SkipReason::NoTools;
    QTest::newRow("schema") << schema
                            << QByteArray("This model does not support response_format json_schema")
                            << SkipReason::NoSchema;
    // What the client wrote is wrong, here and perhaps elsewhere: the model lacks nothing.
    QTest::newRow("a schema's detail")
        << schema
        << QByteArray("Invalid schema for response_format 'n': 'minLength' is not supported")
        << SkipReason::None;
    QTest::newRow("what was not asked")
        << QByteArray() << QByteArray("m does not support tools") << SkipReason::None;
}

// What a target cannot do and no catalogue says: tried once, learnt from its refusal, and skipped
// with that reason by the next request that needs it, and by no other.
void TestTranslated::lacksAreLearnt()
{
    QFETCH(QByteArray, members);
    QFETCH(QByteArray, words);
    QFETCH(SkipReason, reason);
    GatewayKit kit(2, R"({"retries_per_target":0})");
    kit.wire.plan = [&](const http::UpstreamRequest &request) -> Acts {
        if (request.origin.host != "p1.example")
            return answers();
        return {connects(), sends(), heads(400, "application/json"),
                bodies(R"({"error":{"message":")" + words + R"("}})"), ends()};
    };
    const auto reasonOfFirst = [&](const QByteArray &more) {
        ask(kit, DialectId::OpenAiChat, false, more);
        kit.clock.advance(Seconds(1));
        return kit.last().decision.candidates[0].reason;
    };
    QCOMPARE(reasonOfFirst(members), SkipReason::None);
    QCOMPARE(reasonOfFirst(members), reason);
    QCOMPARE(reasonOfFirst({}), SkipReason::None);
}

void TestTranslated::countIsEstimated()
{
    GatewayKit kit(1);
    speak(kit, {DialectId::OpenAiChat});
    const auto stream = kit.ask("/v1/messages/count_tokens", askOf(DialectId::Anthropic, false));
    QCOMPARE(stream->status, 200);
    QCOMPARE(stream->field("x-signalbox-estimated"), "true");
    QVERIFY(stream->body.startsWith("{\"input_tokens\":"));
    QVERIFY(kit.wire.started.isEmpty());
    QCOMPARE(kit.last().outcome.kind, OutcomeKind::Served);
}

// What plugins ask of an Ollama before they talk to it.
void TestTranslated::ollamaPlugins()
{
    GatewayKit kit(1);
    speak(kit, {DialectId::Anthropic});
    const auto get = [&kit](const QByteArray &path) { return kit.ask(path, {}, {}, "GET"); };
    const auto version = get("/api/version");
    QCOMPARE(version->status, 200);
    QVERIFY(version->body.contains("\"version\""));
    const auto tags = get("/api/tags");
    QCOMPARE(tags->status, 200);
    QVERIFY2(tags->body.contains("\"name\":\"c\""), tags->body.constData());
    QCOMPARE(get("/api/ps")->status, 200);
    const auto show = kit.ask("/api/show", R"({"model":"c"})");
    QCOMPARE(show->status, 200);
    QVERIFY2(show->body.contains("\"tools\""), show->body.constData());
    QCOMPARE(kit.ask("/api/show", R"({"model":"nobody/knows"})")->status, 404);
    QVERIFY(kit.wire.started.isEmpty());
    // One prompt, to a provider of another dialect.
    kit.wire.plan = [](const auto &) { return saying(wholeOf(DialectId::Anthropic)); };
    const auto stream
        = kit.ask("/api/generate", R"({"model":"c","prompt":"hello there","stream":false})");
    kit.clock.advance(Seconds(1));
    QCOMPARE(stream->status, 200);
    QVERIFY2(stream->body.contains("\"response\":\"hello\""), stream->body.constData());
}

// Google's clients without `alt=sse` get one array, whoever answers.
void TestTranslated::geminiArray()
{
    for (const bool isCut : {false, true}) {
        GatewayKit kit(1, R"({"retries_per_target":0})");
        speak(kit, {DialectId::Anthropic});
        QList<QByteArray> events = streamOf(DialectId::Anthropic);
        if (isCut)
            events = events.first(4);
        kit.wire.plan = [&](const auto &) { return playing(DialectId::Anthropic, events); };
        const auto stream
            = kit.ask(pathOf(DialectId::Gemini, true), askOf(DialectId::Gemini, true));
        kit.clock.advance(Seconds(1));
        QCOMPARE(stream->status, 200);
        QVERIFY(stream->field("content-type").startsWith("application/json"));
        const auto array = json::read(stream->body);
        QVERIFY2(array && array->isArray(), stream->body.constData());
        QCOMPARE(stream->body.count("\"finishReason\""), isCut ? 0 : 1);
        QCOMPARE(stream->body.count("\"error\":"), isCut ? 1 : 0);
    }
}

// Path, version and protocol fields are the provider's own; nothing of the client's protocol goes.
void TestTranslated::wireOfEachDialect()
{
    PAIR();
    for (const bool isStream : {false, true}) {
        GatewayKit kit(1);
        speak(kit, {provider});
        QByteArray head;
        kit.wire.plan = [&](const http::UpstreamRequest &request) {
            head = request.head;
            return isStream ? playing(provider, streamOf(provider)) : saying(wholeOf(provider));
        };
        ask(kit, client, isStream, {}, false,
            {{"anthropic-beta", "some-2025"}, {"openai-beta", "x=1"}, {"traceparent", "00-1"}});
        kit.clock.advance(Seconds(1));
        QByteArray line;
        switch (provider) {
        case DialectId::OpenAiChat:
            line = "POST /v1/chat/completions HTTP/1.1\r\n";
            break;
        case DialectId::OpenAiResponses:
            line = "POST /v1/responses HTTP/1.1\r\n";
            break;
        case DialectId::Anthropic:
            line = "POST /v1/messages HTTP/1.1\r\n";
            break;
        case DialectId::Gemini:
            line = isStream ? "POST /v1beta/models/m:streamGenerateContent?alt=sse HTTP/1.1\r\n"
                            : "POST /v1beta/models/m:generateContent HTTP/1.1\r\n";
            break;
        case DialectId::Ollama:
            line = "POST /api/chat HTTP/1.1\r\n";
            break;
        }
        QVERIFY2(head.startsWith(line), head.constData());
        QCOMPARE(head.count("\r\nanthropic-version: "), provider == DialectId::Anthropic ? 1 : 0);
        QVERIFY(!head.contains("some-2025"));
        QVERIFY(!head.contains("openai-beta"));
        QVERIFY(head.contains("\r\ntraceparent: 00-1\r\n"));
        QVERIFY(head.contains("\r\ncontent-type: application/json\r\n"));
    }
}

// P-49, T§17: no status is sent before the provider said something of use, so that its failure can
// still be told as one.
void TestTranslated::nothingIsPromised()
{
    PAIR();
    GatewayKit kit(1, R"({"retries_per_target":0})");
    speak(kit, {provider});
    kit.wire.plan = [&](const auto &) -> Acts {
        return {connects(), sends(), heads(200, streamTypeOf(provider)),
                fails(http::UpstreamError::Reset, Seconds(8))};
    };
    const auto stream = ask(kit, client, true);
    kit.clock.advance(Seconds(7));
    QCOMPARE(stream->begins, 0);
    kit.clock.advance(Seconds(2));
    QCOMPARE(stream->status, 502);
    QCOMPARE(stream->field("content-type"), "application/json");
    QCOMPARE(kit.last().outcome.kind, OutcomeKind::Failed);
}

void TestTranslated::overload_data()
{
    QTest::addColumn<DialectId>("client");
    QTest::addColumn<int>("status");
    QTest::newRow("P-50 Claude Code knows 529") << DialectId::Anthropic << 529;
    QTest::newRow("P-50 Chat knows 503") << DialectId::OpenAiChat << 503;
    QTest::newRow("P-50 Gemini knows 503") << DialectId::Gemini << 503;
}

// Overload is a class of its own: tried again soon, then elsewhere; the account is not put aside.
void TestTranslated::overload()
{
    QFETCH(DialectId, client);
    QFETCH(int, status);
    const DialectId provider
        = client == DialectId::Anthropic ? DialectId::OpenAiChat : DialectId::Anthropic;
    GatewayKit kit(2, R"({"retries_per_target":1})");
    speak(kit, {provider, provider});
    bool isOver = true;
    kit.wire.plan = [&](const auto &) { return isOver ? refuses(529) : saying(wholeOf(provider)); };
    const auto stream = ask(kit, client, false);
    kit.clock.advance(Seconds(30));
    QCOMPARE(stream->status, status);
    QCOMPARE(stream->field("x-signalbox-code"), "overloaded");
    QCOMPARE(kit.last().attempts.size(), 3); // once there, twice elsewhere
    for (const Attempt &attempt : kit.last().attempts)
        QCOMPARE(attempt.outcome, AttemptOutcome::Overloaded);
    QCOMPARE(kit.last().attempts[0].next, Move::NextTarget);
    QCOMPARE(kit.last().attempts[1].next, Move::Retry); // nobody else is left
    isOver = false;
    const auto later = ask(kit, client, false);
    kit.clock.advance(Seconds(5));
    QCOMPARE(later->status, 200);
    QCOMPARE(later->field("x-signalbox-served-by"), "p1/m");
}

void TestTranslated::countsAreAlwaysAnswered_data()
{
    QTest::addColumn<DialectId>("client");
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("member");
    QTest::newRow("P-62 Anthropic")
        << DialectId::Anthropic << QByteArray("/v1/messages/count_tokens")
        << QByteArray("input_tokens");
    QTest::newRow("P-62 Gemini") << DialectId::Gemini << QByteArray("/v1beta/models/c:countTokens")
                                 << QByteArray("totalTokens");
    QTest::newRow("P-62 Responses")
        << DialectId::OpenAiResponses << QByteArray("/v1/responses/input_tokens")
        << QByteArray("input_tokens");
}

// Rather a little too high: clients make room too late otherwise.
void TestTranslated::countsAreAlwaysAnswered()
{
    QFETCH(DialectId, client);
    QFETCH(QByteArray, path);
    QFETCH(QByteArray, member);
    GatewayKit kit(1);
    speak(kit, {DialectId::OpenAiChat});
    // "The quick … dog." is ten tokens of any tokenizer in use.
    const QByteArray sentence("The quick brown fox jumps over the lazy dog. ");
    QByteArray body = askOf(client, false);
    body.replace("hello there", sentence.repeated(50));
    const auto stream = kit.ask(path, body);
    kit.clock.advance(Seconds(1));
    QCOMPARE(stream->status, 200);
    QCOMPARE(stream->field("x-signalbox-estimated"), "true");
    const auto value = json::read(stream->body);
    QVERIFY2(value && value->find(member), stream->body.constData());
    const qint64 count = value->find(member)->toInt().value_or(0);
    QVERIFY2(count >= 500 && count <= 1000, stream->body.constData());
}

// P-80: a beta's field and the member it allows stay together: both go to a provider of the same
// API, neither to another, and the client is told.
void TestTranslated::betasGoTogether()
{
    GatewayKit kit(1);
    const QByteArray further = R"(,"context_management":{"edits":[]})";
    const QList<std::pair<QByteArray, QByteArray>> fields{
        {"anthropic-beta", "context-management-2025-06-27"}};
    QByteArray sent;
    for (const DialectId provider : {DialectId::Anthropic, DialectId::OpenAiChat}) {
        speak(kit, {provider});
        kit.wire.plan = [&](const http::UpstreamRequest &request) {
            sent = request.head + request.body.join();
            return saying(wholeOf(provider));
        };
        const auto stream = ask(kit, DialectId::Anthropic, false, further, false, fields);
        kit.clock.advance(Seconds(1));
        QCOMPARE(stream->status, 200);
        const bool isOwn = provider == DialectId::Anthropic;
        QCOMPARE(sent.contains("context-management-2025-06-27"), isOwn);
        QCOMPARE(sent.contains("context_management"), isOwn);
        QCOMPARE(stream->field("x-signalbox-dropped").contains("context_management"), !isOwn);
    }
}

QTEST_GUILESS_MAIN(TestTranslated)
#include "tst_translated.moc"
