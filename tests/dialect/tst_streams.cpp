// Stream readers over transcripts: split anywhere, cut anywhere, and every way a stream goes wrong.
#include "dialect/dialect.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QTest>

using namespace sb;
using namespace sb::dialect;

namespace {

struct Seen {
    QByteArray forward;
    bool isTerminal = false;
    bool isBroken = false;
    bool hasContent = false;
    bool isWhole = false;
    bool isEmpty = false;
    bool isBadToolJson = false;
    Finish finish = Finish::None;
    Usage usage;
    QByteArray model;
    qint64 contentChars = 0;
    std::optional<ProviderError> error;

    bool isSameAs(const Seen &other) const
    {
        return forward == other.forward && isTerminal == other.isTerminal
            && isBroken == other.isBroken && hasContent == other.hasContent
            && isWhole == other.isWhole && isEmpty == other.isEmpty
            && isBadToolJson == other.isBadToolJson && finish == other.finish
            && usage == other.usage && model == other.model && contentChars == other.contentChars
            && error.has_value() == other.error.has_value()
            && (!error
                || (error->outcome == other.error->outcome
                    && error->message == other.error->message));
    }
};

// Each part lives in a buffer of its own that is wiped after use, as a socket's would be.
Seen read(DialectId dialect, const QByteArrayList &parts, const StreamOptions &options = {})
{
    const auto reader = makeStreamReader(dialect, options);
    Seen seen;
    const auto note = [&](const StreamStep &step) {
        seen.forward += step.forward;
        seen.isTerminal |= step.isTerminal;
        seen.isBroken |= step.isBroken;
        seen.hasContent |= step.hasContent;
        if (step.error && !seen.error)
            seen.error = step.error;
    };
    for (const QByteArray &part : parts) {
        QByteArray own(part.constData(), part.size());
        note(reader->feed(own));
        own.fill('#');
    }
    note(reader->finish(true));
    seen.isWhole = reader->isWhole();
    seen.isEmpty = reader->isEmpty();
    seen.isBadToolJson = reader->isBadToolJson();
    seen.finish = reader->finishReason();
    seen.usage = reader->usage();
    seen.model = reader->model();
    seen.contentChars = reader->contentChars();
    return seen;
}

QByteArrayList single(const QByteArray &bytes)
{
    QByteArrayList parts;
    for (const char c : bytes)
        parts.append(QByteArray(1, c));
    return parts;
}

QByteArray transcript(const QString &name)
{
    QFile file(QStringLiteral(SB_TEST_DATA "/dialect/") + name);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

QByteArray events(std::initializer_list<const char *> data)
{
    QByteArray result;
    for (const char *text : data)
        result += QByteArray("data: ") + text + "\n\n";
    return result;
}

const char *const kRole
    = R"({"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]})";
const char *const kText
    = R"({"choices":[{"index":0,"delta":{"content":"hi"},"finish_reason":null}]})";
const char *const kStop = R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})";

} // namespace

class TestStreams : public QObject {
    Q_OBJECT

private slots:
    void transcripts_data();
    void transcripts();
    void chatFacts();
    void anthropicFacts();
    void chatCases_data();
    void chatCases();
    void errors_data();
    void errors();
    void stripsTheUsageChunk();
    void doubleStart();
    void contentPerStep();
    void eventLimit();
    void withoutOurStart();
    void sameEventOtherText_data();
    void sameEventOtherText();
    void isFast();
};

void TestStreams::transcripts_data()
{
    QTest::addColumn<DialectId>("dialect");
    QTest::addColumn<QByteArray>("bytes");
    const QDir folder(QStringLiteral(SB_TEST_DATA "/dialect"));
    const QStringList names = folder.entryList({QStringLiteral("*.sse")}, QDir::Files);
    QVERIFY(names.size() >= 7);
    for (const QString &name : names) {
        QTest::newRow(qPrintable(name))
            << (name.startsWith(QStringLiteral("chat")) ? DialectId::OpenAiChat
                                                        : DialectId::Anthropic)
            << transcript(name);
    }
}

// Split in two at every place and byte by byte: the same. Cut at every place: never whole before
// the terminal, and what went to the client is whole events only.
void TestStreams::transcripts()
{
    QFETCH(DialectId, dialect);
    QFETCH(QByteArray, bytes);
    const Seen whole = read(dialect, {bytes});
    QCOMPARE(whole.forward, bytes);
    QVERIFY(whole.isWhole);
    QVERIFY(whole.isTerminal);
    QVERIFY(!whole.isBroken);
    QVERIFY(!whole.isEmpty);
    QVERIFY(!whole.isBadToolJson);
    QVERIFY(!whole.error);
    QVERIFY(read(dialect, single(bytes)).isSameAs(whole));
    const qsizetype terminal = dialect == DialectId::OpenAiChat
        ? bytes.indexOf("[DONE]") + 6
        : bytes.indexOf("\"message_stop\"}") + 15;
    for (qsizetype at = 0; at <= bytes.size(); ++at) {
        QVERIFY2(read(dialect, {bytes.first(at), bytes.sliced(at)}).isSameAs(whole),
                 QByteArray::number(at).constData());
        for (const Seen &cut :
             {read(dialect, {bytes.first(at)}), read(dialect, single(bytes.first(at)))}) {
            QCOMPARE(cut.isWhole, at >= terminal);
            QCOMPARE(cut.isTerminal, at >= terminal);
            QVERIFY(!cut.isBroken);
            // The last line end may be ours.
            QVERIFY(bytes.startsWith(cut.forward) || bytes.startsWith(cut.forward.trimmed()));
            QVERIFY(cut.forward.size() <= at + 2);
        }
    }
}

void TestStreams::chatFacts()
{
    const Seen text = read(DialectId::OpenAiChat, {transcript(QStringLiteral("chat_text.sse"))});
    QCOMPARE(text.finish, Finish::Stop);
    QCOMPARE(text.model, QByteArray("gpt-x"));
    QCOMPARE(text.usage.source, UsageSource::Reported);
    QCOMPARE(text.usage.input, 11);
    QCOMPARE(text.usage.cacheRead, 8);
    QCOMPARE(text.usage.output, 12);
    QCOMPARE(text.usage.reasoning, 5);
    QVERIFY(!text.usage.isOdd);
    QVERIFY(text.hasContent);
    QCOMPARE(read(DialectId::OpenAiChat, {transcript(QStringLiteral("chat_tools.sse"))}).finish,
             Finish::ToolCalls);
}

void TestStreams::anthropicFacts()
{
    const Seen tools
        = read(DialectId::Anthropic, {transcript(QStringLiteral("anthropic_tools.sse"))});
    QCOMPARE(tools.finish, Finish::ToolCalls);
    QCOMPARE(tools.model, QByteArray("claude-x"));
    QCOMPARE(tools.usage.input, 10);
    QCOMPARE(tools.usage.cacheRead, 4);
    QCOMPARE(tools.usage.cacheWrite, 1);
    QCOMPARE(tools.usage.cacheWrite1h, 5);
    QCOMPARE(tools.usage.output, 33);
    QCOMPARE(tools.usage.reasoning, 9);
    QVERIFY(!tools.usage.isOdd);
    const Seen refusal
        = read(DialectId::Anthropic, {transcript(QStringLiteral("anthropic_refusal.sse"))});
    QCOMPARE(refusal.finish, Finish::Filtered);
    QCOMPARE(refusal.usage.input, 12); // overwritten, not added
    QVERIFY(!refusal.hasContent);
}

void TestStreams::chatCases_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<bool>("isWhole");
    QTest::addColumn<bool>("isEmpty");
    QTest::addColumn<bool>("isBroken");
    QTest::addColumn<bool>("isBadToolJson");
    const auto call = [](const char *id, const char *arguments) -> QByteArray {
        return "{\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\""
            + QByteArray(id) + "\",\"function\":{\"name\":\"f\",\"arguments\":\"" + arguments
            + "\"}}]}}]}";
    };
    const QByteArray good = call("a", "{}");
    const QByteArray other = call("b", "{}");
    const QByteArray cut = call("a", "{\\\"x\\\":");
    QTest::newRow("plain") << events({kRole, kText, kStop, "[DONE]"}) << true << false << false
                           << false;
    QTest::newRow("no finish reason")
        << events({kRole, kText, "[DONE]"}) << false << false << false << false;
    QTest::newRow("no terminal") << events({kRole, kText, kStop}) << false << false << false
                                 << false;
    QTest::newRow("empty, no end") << events({kRole, "[DONE]"}) << false << true << false << false;
    QTest::newRow("empty, no tokens")
        << events({kRole, kStop, "[DONE]"}) << true << true << false << false;
    QTest::newRow("empty with tokens") << events(
        {kRole, kStop,
         R"({"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}})",
         "[DONE]"}) << true << false << false
                                       << false;
    QTest::newRow("filtered") << events(
        {kRole, R"({"choices":[{"index":0,"delta":{},"finish_reason":"content_filter"}]})",
         "[DONE]"}) << true << false
                              << false << false;
    QTest::newRow("broken JSON") << events({kRole, "{\"choices\":[", "[DONE]"}) << false << true
                                 << true << false;
    QTest::newRow("broken escape") << events({kRole, R"({"choices":[{"delta":{"content":"\x"}}]})"})
                                   << false << true << true << false;
    QTest::newRow("bare word") << events({"hello"}) << false << true << true << false;
    QTest::newRow("null after the reason") << events(
        {kText, kStop, R"({"choices":[{"index":0,"delta":{},"finish_reason":null}]})", "[DONE]"})
                                           << true << false << false << false;
    QTest::newRow("second choice open")
        << events({kText, R"({"choices":[{"index":1,"delta":{"content":"x"}}]})", kStop, "[DONE]"})
        << false << false << false << false;
    QTest::newRow("unknown fields")
        << events({R"({"foo":1,"bar":{"baz":[]}})", kText, kStop, "[DONE]"}) << true << false
        << false << false;
    QTest::newRow("good tool") << events({good.constData(), kStop, "[DONE]"}) << true << false
                               << false << false;
    QTest::newRow("bad tool") << events({cut.constData(), kStop, "[DONE]"}) << true << false
                              << false << true;
    QTest::newRow("bad tool, cut by length")
        << events({cut.constData(),
                   R"({"choices":[{"index":0,"delta":{},"finish_reason":"length"}]})", "[DONE]"})
        << true << false << false << false;
    QTest::newRow("two calls under one index")
        << events({good.constData(), other.constData(), kStop, "[DONE]"}) << true << false << false
        << false;
    QTest::newRow("glued arguments")
        << events({good.constData(), good.constData(), kStop, "[DONE]"}) << true << false << false
        << true;
}

void TestStreams::chatCases()
{
    QFETCH(QByteArray, bytes);
    const Seen seen = read(DialectId::OpenAiChat, {bytes});
    QTEST(seen.isWhole, "isWhole");
    QTEST(seen.isEmpty, "isEmpty");
    QTEST(seen.isBroken, "isBroken");
    QTEST(seen.isBadToolJson, "isBadToolJson");
    QCOMPARE(seen.forward.contains("[DONE]"), seen.isWhole);
    QVERIFY(read(DialectId::OpenAiChat, single(bytes)).isSameAs(seen));
}

void TestStreams::errors_data()
{
    QTest::addColumn<DialectId>("dialect");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<AttemptOutcome>("outcome");
    QTest::addColumn<QByteArray>("message");
    const auto chat = DialectId::OpenAiChat;
    const auto anthropic = DialectId::Anthropic;
    QTest::newRow("object")
        << chat
        << events({kText, R"({"error":{"message":"boom","type":"server_error","code":null}})"})
        << AttemptOutcome::ServerError << QByteArray("boom");
    QTest::newRow("numeric code")
        << chat << events({R"({"error":{"message":"slow","code":429},"choices":[]})"})
        << AttemptOutcome::RateLimited << QByteArray("slow");
    QTest::newRow("text") << chat << events({R"({"error":"out of memory"})"})
                          << AttemptOutcome::ServerError << QByteArray("out of memory");
    QTest::newRow("array")
        << chat << events({R"([{"error":{"code":503,"message":"busy","status":"UNAVAILABLE"}}])"})
        << AttemptOutcome::Overloaded << QByteArray("busy");
    QTest::newRow("named event")
        << chat
        << QByteArray("event: error\ndata: {\"error\":{\"message\":\"bad "
                      "tool\",\"status_code\":400,\"code\":\"tool_use_failed\"}}\n\n")
        << AttemptOutcome::ServerError << QByteArray("bad tool");
    QTest::newRow("reason error")
        << chat << events({R"({"choices":[{"index":0,"delta":{},"finish_reason":"error"}]})"})
        << AttemptOutcome::ServerError
        << QByteArray("The provider ended the answer with the reason \"error\".");
    QTest::newRow("null is none") << chat << events({R"({"error":null,"choices":[]})"})
                                  << AttemptOutcome::Running << QByteArray();
    QTest::newRow("overloaded") << anthropic
                                << QByteArray(
                                       "event: error\ndata: "
                                       "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_"
                                       "error\",\"message\":\"Overloaded\"}}\n\n")
                                << AttemptOutcome::Overloaded << QByteArray("Overloaded");
    QTest::newRow("without its name")
        << anthropic
        << events({R"({"type":"error","error":{"type":"api_error","message":"oops"}})"})
        << AttemptOutcome::ServerError << QByteArray("oops");
}

void TestStreams::errors()
{
    QFETCH(DialectId, dialect);
    QFETCH(QByteArray, bytes);
    QFETCH(AttemptOutcome, outcome);
    QFETCH(QByteArray, message);
    const Seen seen = read(dialect, {bytes + events({kText})});
    QCOMPARE(seen.error.has_value(), outcome != AttemptOutcome::Running);
    QVERIFY(!seen.isWhole);
    if (!seen.error)
        return;
    QCOMPARE(seen.error->outcome, outcome);
    QCOMPARE(seen.error->message, message);
    QVERIFY(!seen.forward.contains(message));
    QVERIFY(read(dialect, single(bytes)).error.has_value());
}

void TestStreams::stripsTheUsageChunk()
{
    StreamOptions options;
    options.stripsUsage = true;
    const QByteArray bytes = transcript(QStringLiteral("chat_text.sse"));
    const Seen seen = read(DialectId::OpenAiChat, {bytes}, options);
    QVERIFY(seen.isWhole);
    QCOMPARE(seen.usage.output, 12);
    const qsizetype from = bytes.lastIndexOf("data: {");
    const qsizetype to = bytes.lastIndexOf("data: [");
    QCOMPARE(seen.forward, bytes.first(from) + bytes.sliced(to));
    QVERIFY(read(DialectId::OpenAiChat, single(bytes), options).isSameAs(seen));
    // A usage beside content stays: the chunk is the provider's answer.
    const QByteArray last = events(
        {R"({"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}})",
         "[DONE]"});
    QCOMPARE(read(DialectId::OpenAiChat, {last}, options).forward, last);
}

void TestStreams::doubleStart()
{
    const QByteArray bytes = transcript(QStringLiteral("anthropic_tools.sse"));
    const QByteArray start = bytes.first(bytes.indexOf("\n\n") + 2);
    QVERIFY(start.contains("message_start"));
    QCOMPARE(read(DialectId::Anthropic, {start + bytes}).forward, bytes);
    QByteArray other = start;
    other.replace("msg_1", "msg_2");
    QCOMPARE(read(DialectId::Anthropic, {other + bytes}).forward, other + bytes);
}

void TestStreams::contentPerStep()
{
    const auto chat = makeStreamReader(DialectId::OpenAiChat, {});
    QVERIFY(!chat->feed(events({kRole})).hasContent);
    QVERIFY(!chat->feed(": keep-alive\n\n").hasContent);
    QVERIFY(chat->feed(events({kText})).hasContent);
    QVERIFY(!chat->feed(events({kStop})).hasContent);
    QVERIFY(chat->feed(events({"[DONE]"})).isTerminal);
    QVERIFY(chat->feed(events({kText})).forward.isEmpty());

    const auto anthropic = makeStreamReader(DialectId::Anthropic, {});
    const QByteArray bytes = transcript(QStringLiteral("anthropic_tools.sse"));
    QByteArrayList content;
    qsizetype from = 0;
    while (from < bytes.size()) {
        const qsizetype end = bytes.indexOf("\n\n", from) + 2;
        const QByteArray event = bytes.mid(from, end - from);
        if (anthropic->feed(event).hasContent)
            content.append(event.mid(7, event.indexOf('\n') - 7));
        from = end;
    }
    QCOMPARE(content,
             (QByteArrayList{"content_block_delta", "content_block_delta", "content_block_delta",
                             "content_block_start", "content_block_delta", "content_block_delta",
                             "content_block_delta"}));
}

void TestStreams::eventLimit()
{
    StreamOptions options;
    options.eventLimit = 1000;
    const QByteArray bytes = events({kRole}) + "data: " + QByteArray(5000, 'x');
    for (const Seen &seen : {read(DialectId::OpenAiChat, {bytes}, options),
                             read(DialectId::OpenAiChat, single(bytes), options)}) {
        QVERIFY(seen.isBroken);
        QCOMPARE(seen.forward, events({kRole}));
    }
}

void TestStreams::withoutOurStart()
{
    const QByteArray chat = events({kRole, kText, kStop});
    QCOMPARE(withoutStart(DialectId::OpenAiChat, chat), events({kText, kStop}));
    const QByteArray both
        = events({R"({"choices":[{"index":0,"delta":{"role":"assistant","content":"x"}}]})"});
    QCOMPARE(withoutStart(DialectId::OpenAiChat, both), both);
    const QByteArray anthropic = transcript(QStringLiteral("anthropic_tools.sse"));
    QCOMPARE(withoutStart(DialectId::Anthropic, anthropic),
             anthropic.sliced(anthropic.indexOf("\n\n") + 2));

    const ExchangeId id{1, 2};
    for (const DialectId dialect : {DialectId::OpenAiChat, DialectId::Anthropic}) {
        const QByteArray start = preamble(dialect, id, "a\"b", 1750000000);
        QVERIFY(withoutStart(dialect, start).isEmpty());
        const auto reader = makeStreamReader(dialect, {});
        const StreamStep step = reader->feed(start);
        QVERIFY(!step.hasContent && !step.isBroken);
        QCOMPARE(reader->model(), QByteArray("a\"b"));
        const auto other = makeStreamReader(dialect, {});
        QVERIFY(!other->feed(keepAlive(dialect)).isBroken);
        ClientError error;
        error.code = Code::UpstreamCut;
        error.status = 502;
        error.message = "cut \"off\"";
        error.id = id;
        const StreamStep failed = other->feed(streamError(dialect, error));
        QVERIFY(failed.error);
        QCOMPARE(failed.error->message, error.message);
        QVERIFY(!streamError(dialect, error).contains("[DONE]"));
    }
}

// An event that only differs in its text from the one before is not read anew: whatever stands in
// its place, a sound text or not, must come out as if it stood first in a stream of its own.
void TestStreams::sameEventOtherText_data()
{
    QTest::addColumn<DialectId>("dialect");
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QByteArray>("behind");
    const auto chat = [](const char *delta, const char *rest) -> QByteArray {
        return QByteArray("{\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{") + delta + "TEXT"
            + rest + "}";
    };
    const auto row = [](const char *name, DialectId dialect, const QByteArray &start,
                        const QByteArray &event) {
        const qsizetype at = event.indexOf("TEXT");
        QTest::newRow(name) << dialect << QByteArray(start + event.first(at))
                            << QByteArray(event.sliced(at + 4) + "\n\n");
    };
    row("content", DialectId::OpenAiChat,
        "data: ", chat("\"content\":\"", "\"},\"finish_reason\":null}],\"usage\":null"));
    row("role beside", DialectId::OpenAiChat,
        "data:", chat("\"role\":\"assistant\",\"content\":\"", "\"}}]"));
    row("reasoning twice", DialectId::OpenAiChat,
        "data: ", chat("\"reasoning\":\"", "\",\"reasoning_content\":\"x\"}}]"));
    row("two texts", DialectId::OpenAiChat,
        "data: ", chat("\"content\":\"", "\",\"refusal\":\"x\"}}]"));
    row("two choices", DialectId::OpenAiChat,
        "data: ", chat("\"content\":\"", "\"}},{\"index\":1,\"delta\":{\"content\":\"x\"}}]"));
    row("usage in it", DialectId::OpenAiChat, "data: ",
        chat("\"content\":\"", "\"}}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}"));
    row("the end beside", DialectId::OpenAiChat,
        "data: ", chat("\"content\":\"", "\"},\"finish_reason\":\"stop\"}]"));
    row("a tool call", DialectId::OpenAiChat, "data: ",
        chat("\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"",
             "\"}}],\"content\":\"x\"}}]"));
    row("a model", DialectId::OpenAiChat,
        "data: ", "{\"model\":\"TEXT\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}]}");
    row("an error", DialectId::OpenAiChat,
        "data: ", chat("\"content\":\"", "\"}}],\"error\":null"));
    row("text", DialectId::Anthropic, "event: content_block_delta\ndata: ",
        "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\","
        "\"text\":\"TEXT\"}}");
    row("thinking", DialectId::Anthropic, "data: ",
        "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"thinking\":\"TEXT\","
        "\"type\":\"thinking_delta\"}}");
    row("a type", DialectId::Anthropic, "data: ",
        "{\"type\":\"content_block_delta\",\"delta\":{\"type\":\"TEXT\",\"text\":\"x\"}}");
    row("arguments", DialectId::Anthropic, "data: ",
        "{\"type\":\"content_block_delta\",\"delta\":{\"type\":\"input_json_delta\","
        "\"partial_json\":\"TEXT\"}}");
}

void TestStreams::sameEventOtherText()
{
    QFETCH(DialectId, dialect);
    QFETCH(QByteArray, before);
    QFETCH(QByteArray, behind);
    const QByteArray first = before + "first" + behind;
    const Seen alone = read(dialect, {first});
    for (const QByteArray &text : {QByteArray("word"),
                                   QByteArray("first"),
                                   QByteArray(),
                                   QByteArray("\\n\\u00e9\\\\"),
                                   QByteArray("\xc3\xa9\xe4\xbd\xa0"),
                                   QByteArray("\xc3"),
                                   QByteArray("\xff"),
                                   QByteArray("\\x"),
                                   QByteArray("\\"),
                                   QByteArray("\\u12"),
                                   QByteArray("a\\\\\\"),
                                   QByteArray("\t"),
                                   QByteArray("\0", 1),
                                   QByteArray("\x7f"),
                                   QByteArray("a\"b"),
                                   QByteArray("\",\"content\":\"y"),
                                   QByteArray("\",\"x\":\"y"),
                                   QByteArray("\"}}],\"b\":\""),
                                   QByteArray("text_delta"),
                                   QByteArray("x"),
                                   QByteArray(3000, 'y')}) {
        const QByteArray second = before + text + behind;
        const Seen own = read(dialect, {second});
        const Seen both = read(dialect, {first, second});
        QCOMPARE(both.isBroken, alone.isBroken || own.isBroken);
        QCOMPARE(both.contentChars, alone.contentChars + own.contentChars);
        QCOMPARE(both.hasContent, alone.hasContent || own.hasContent);
        QCOMPARE(both.forward, alone.forward + own.forward);
        QCOMPARE(both.error.has_value(), own.error.has_value());
        QCOMPARE(both.finish, alone.finish == Finish::None ? own.finish : alone.finish);
        QCOMPARE(both.usage, own.usage.source == UsageSource::None ? alone.usage : own.usage);
    }
}

// Prints what an event costs; the bound only catches a change of order.
void TestStreams::isFast()
{
    for (
        const auto &[dialect, event] :
        {std::pair(
             DialectId::OpenAiChat,
             events(
                 {R"({"id":"chatcmpl-1","object":"chat.completion.chunk","created":1750000000,"model":"m","choices":[{"index":0,"delta":{"content":" hello"},"logprobs":null,"finish_reason":null}],"usage":null})"})),
         std::pair(DialectId::Anthropic,
                   QByteArray("event: content_block_delta\ndata: "
                              "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":"
                              "\"text_delta\",\"text\":\" hello\"}}\n\n"))}) {
        const auto reader = makeStreamReader(dialect, {});
        const QByteArray bytes = event.repeated(50);
        QElapsedTimer timer;
        timer.start();
        for (int i = 0; i < 2000; ++i)
            QCOMPARE(reader->feed(bytes).forward.size(), bytes.size());
        const double nanos = double(timer.nsecsElapsed()) / 100'000;
        qInfo("%d: %.0f ns per event of %lld bytes", int(dialect), nanos, qlonglong(event.size()));
        QVERIFY(nanos < 50'000);
    }
}

QTEST_APPLESS_MAIN(TestStreams)
#include "tst_streams.moc"
