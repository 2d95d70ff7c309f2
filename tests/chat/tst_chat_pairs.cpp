// Every dialect into every other: canonical answers, all recordings, and every stream cut short.
// What the pair cannot carry is written down here by rule, and counted.
#include "base/random.h"
#include "chat/chat_kit.h"
#include "chat/collector.h"
#include "chat/wire_end.h"
#include "record/names.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <optional>
#include <set>

using namespace sb;
using namespace sb::chat;
using namespace sb::testing;

namespace {

constexpr DialectId kDialects[]{DialectId::OpenAiChat, DialectId::OpenAiResponses,
                                DialectId::Anthropic, DialectId::Gemini, DialectId::Ollama};
constexpr int kRandomCuts = 200; // per stream, beside one behind each event
// Of one stream over all of its cuts into one dialect; all of them with SIGNALBOX_LONG=1.
constexpr qsizetype kCutBytes = 100'000;

const translate::Translator &translator(DialectId dialect)
{
    const translate::Translator *found = translate::translatorFor(dialect);
    if (!found)
        qFatal("no translator for %s", name(dialect).data());
    return *found;
}

translate::DecodeOptions decodingOf(const Recording &recording)
{
    translate::DecodeOptions options;
    options.can.isFinishWaived = recording.provider == "snowflake"; // dialects §7
    return options;
}

Reply decoded(const Recording &recording)
{
    const translate::Translator &from = translator(recording.dialect);
    if (!recording.isStream)
        return from.decodeReply(recording.body, decodingOf(recording));
    const auto decoder = from.makeDecoder(decodingOf(recording));
    return translate::collect(*decoder, recording.body);
}

// Gemini answers in SSE, or in an array where nothing is asked.
translate::EncodeOptions options(bool isArray = false)
{
    translate::EncodeOptions options;
    options.model = "model-1";
    options.asksUsage = true;
    options.createdSeconds = 1'790'000'000;
    if (!isArray)
        options.query = "alt=sse";
    return options;
}

// What a pair cannot carry: by recording, target, what differs, and the rule that says so.
struct Exception {
    const char *recording;
    QList<DialectId> to;
    QByteArray difference;
    const char *rule;
};

const QList<Exception> &exceptions()
{
    using enum DialectId;
    static const QList<DialectId> noPause{OpenAiChat, OpenAiResponses, Gemini};
    static const char *pause = "T§12: Chat, Responses and Gemini have no word for a pause";
    static const char *calls
        = "T§12: a malformed call is \"stop\" at Chat, \"end_turn\" at Anthropic, "
          "and a whole call makes that tool_calls";
    static const char *failed = "T§12: a malformed call makes a Responses answer a failed one";
    static const char *cut = "T§12 (3), T§17: a call that was cut off is never completed by guess, "
                             "and this API has whole calls only";
    static const QByteArray half
        = R"(tools: test-tool({"value":"Sparkle Day"})  | test-tool({"value":"Spark) test-tool({"value":"Sparkle Day"}))";
    // A failed answer holds nothing but its error.
    const auto failure = [](int completion) -> QByteArray {
        return "tools:  | list_files({}) \nfinish:  | malformed\nprompt: 0 | 22\ncompletion: 0 | "
            + QByteArray::number(completion) + "\nfault: 1 | 0";
    };
    static const QList<Exception> list{
        {"py-cbee20a0cc", noPause, "finish: stop | pause", pause},
        {"py-3c375f537d", noPause, "finish: stop | pause", pause},
        {"py-a854059f0f", {OpenAiChat, Anthropic}, "finish: tool_calls | malformed", calls},
        {"py-0c15510ff4", {OpenAiChat, Anthropic}, "finish: tool_calls | malformed", calls},
        {"py-7d1ca8a364", {OpenAiChat, Anthropic}, "finish: tool_calls | malformed", calls},
        {"py-a854059f0f", {OpenAiResponses}, failure(145), failed},
        {"py-0c15510ff4", {OpenAiResponses}, failure(137), failed},
        {"py-7d1ca8a364", {OpenAiResponses}, failure(391), failed},
        {"vc-d559426f3a", {Gemini, Ollama}, half, cut},
    };
    return list;
}

const Exception *exceptionFor(const QByteArray &recording, DialectId to)
{
    for (const Exception &exception : exceptions()) {
        if (exception.recording == recording && exception.to.contains(to))
            return &exception;
    }
    return nullptr;
}

// What is compared, as the target can say it.
Essence compared(const Reply &reply, DialectId to)
{
    Essence found = essence(reply);
    // Paragraphs of a summary are joined where a dialect has one text for all of them.
    found.reasoning.replace('\n', QByteArray());
    // T§13: Ollama counts the prompt, and has no word for what of it was cached.
    if (to == DialectId::Ollama) {
        found.usage.input = found.usage.prompt();
        found.usage.cacheRead = found.usage.cacheWrite = found.usage.cacheWrite1h = 0;
        found.usage.inputAudio = 0;
    }
    return found;
}

// T§7.1: the text of a custom tool is the one string of a function where there are no custom
// tools. What the client gets is compared with that.
void asFunctions(Reply &reply)
{
    for (Part &part : reply.parts) {
        ToolCall *call = part.as<ToolCall>();
        if (!call || call->kind != ToolKind::Custom)
            continue;
        QJsonObject object{{QStringLiteral("input"), QString::fromUtf8(call->arguments.toPlain())}};
        call->arguments = Text::plain(QJsonDocument(object).toJson(QJsonDocument::Compact));
        call->kind = ToolKind::Function;
    }
}

QByteArray lossBetween(DialectId to, const Reply &seen, const Reply &wanted)
{
    Reply got = seen;
    Reply sent = wanted;
    if (to != DialectId::OpenAiResponses) {
        asFunctions(got);
        asFunctions(sent);
    }
    return difference(compared(got, to), compared(sent, to));
}

// Where events end: behind each blank line, or each line of NDJSON.
QList<qsizetype> eventEnds(const QByteArray &stream)
{
    QList<qsizetype> ends;
    const QByteArray gap = stream.contains("\n\n") ? "\n\n"
        : stream.contains("\r\n\r\n")              ? "\r\n\r\n"
                                                   : "\n";
    for (qsizetype at = stream.indexOf(gap); at >= 0; at = stream.indexOf(gap, at + gap.size()))
        ends.append(at + gap.size());
    return ends;
}

// Empty when the client got one signal only, the right one, by two readers: our own decoder, and
// one that knows nothing of it.
QByteArray cutOnce(const translate::Translator &source, const translate::Translator &target,
                   const QByteArray &bytes, qsizetype length, DialectId to, int &whole)
{
    const auto decoder = source.makeDecoder({});
    const auto encoder = target.makeEncoder(options(length % 2 == 1));
    decoder->feed(bytes.first(length), *encoder);
    decoder->finish(false, *encoder);
    if (!encoder->isEnded())
        return "the client's stream has no end";
    const QByteArray out = encoder->take();
    EventLog seen;
    const auto client = target.makeDecoder({});
    client->feed(out, seen);
    client->finish(false, seen);
    const WireEnd end = wireEnd(to, out);
    if (!end.wrong.isEmpty())
        return end.wrong;
    if (end.successes + end.errors != 1 || !end.isLast)
        return QByteArray::number(end.successes) + " successes and "
            + QByteArray::number(end.errors) + " errors, or one before the last event:\n"
            + out.right(1500);
    if (!seen.isEnded() || seen.isClean() != (end.successes == 1))
        return "our own reader sees another end:\n" + seen.text();
    if (end.errors == 1)
        return seen.errors() == 1 && seen.finishes() == 0 ? QByteArray() : seen.text();
    // A cut behind the terminal, before the last blank line, is whole too.
    const auto again = source.makeDecoder({});
    EventLog log;
    again->feed(bytes.first(length), log);
    again->finish(false, log);
    ++whole;
    if (!log.isClean())
        return "a cut stream passed as whole";
    // By eye of the source's own API: its terminal stands in the bytes.
    const QByteArray left = bytes.first(length);
    for (const char *terminal :
         {"[DONE]", "\"response.completed\"", "\"response.incomplete\"", "\"message_stop\"",
          "\"finishReason\"", "\"blockReason\"", "\"done\":true"}) {
        if (left.contains(terminal))
            return {};
    }
    return "no terminal of its own API in what was left";
}

} // namespace

class tst_chat_pairs : public QObject {
    Q_OBJECT

private slots:
    void canonical_data();
    void canonical();
    void recordings_data();
    void recordings();
    void native_data();
    void native();
    void cuts_data();
    void cuts();
};

void tst_chat_pairs::canonical_data()
{
    QTest::addColumn<int>("from");
    QTest::addColumn<int>("to");
    for (const DialectId from : kDialects) {
        for (const DialectId to : kDialects)
            QTest::addRow("%s to %s", name(from).data(), name(to).data()) << int(from) << int(to);
    }
}

// Written by one dialect, read, written by the other, read: the same answer, whole and streamed.
void tst_chat_pairs::canonical()
{
    QFETCH(int, from);
    QFETCH(int, to);
    const translate::Translator &source = translator(DialectId(from));
    const translate::Translator &target = translator(DialectId(to));
    for (const NamedReply &named : canonicalReplies()) {
        const Reply whole = source.decodeReply(source.encodeReply(named.reply, options(), {}), {});
        const Reply back = target.decodeReply(target.encodeReply(whole, options(), {}), {});
        const Exception *exception = from == to ? nullptr : exceptionFor(named.name, DialectId(to));
        const QByteArray known = exception ? exception->difference : QByteArray();
        const QByteArray lost = lossBetween(DialectId(to), back, whole).trimmed();
        QVERIFY2(lost == known, QByteArray(QByteArray(named.name) + ": " + lost).constData());

        const auto first = source.makeEncoder(options());
        const QByteArray stream = translate::stream(named.reply, *first);
        const auto decoder = source.makeDecoder({});
        const auto encoder = target.makeEncoder(options());
        decoder->feed(stream, *encoder);
        decoder->finish(false, *encoder);
        QVERIFY2(encoder->isFinished(), named.name);
        const auto reader = target.makeDecoder({});
        const Reply streamed = translate::collect(*reader, encoder->take());
        const QByteArray lostToo = lossBetween(DialectId(to), streamed, whole).trimmed();
        QVERIFY2(lostToo == known,
                 QByteArray(QByteArray(named.name) + ", streamed: " + lostToo).constData());
    }
}

void tst_chat_pairs::recordings_data()
{
    canonical_data();
}

// Every recorded answer through the neutral form into the other dialect and back.
void tst_chat_pairs::recordings()
{
    if (!hasCorpora())
        QSKIP("SIGNALBOX_CORPORA is not set");
    QFETCH(int, from);
    QFETCH(int, to);
    const translate::Translator &target = translator(DialectId(to));
    int count = 0;
    int excepted = 0;
    QByteArrayList wrong;
    for (const Recording &recording : testing::recordings(DialectId(from))) {
        if (recording.status < 200 || recording.status > 299)
            continue;
        const QByteArray name = recording.provider + '/' + recording.id;
        const Reply reply = decoded(recording);
        std::optional<Reply> streamed;
        if (recording.isStream) {
            const auto decoder = translator(DialectId(from)).makeDecoder(decodingOf(recording));
            const auto encoder = target.makeEncoder(options());
            decoder->feed(recording.body, *encoder);
            decoder->finish(false, *encoder);
            const auto reader = target.makeDecoder({});
            streamed = translate::collect(*reader, encoder->take());
        }
        if (reply.fault) {
            // The independent reader must say too that there is no whole answer in it.
            if (recording.expect.isComplete && !recording.expect.hasError)
                wrong.append(name + ": taken for a fault: " + reply.fault->message);
            if (streamed && !streamed->fault)
                wrong.append(name + ": a failed stream passed as whole");
            continue;
        }
        ++count;
        QByteArray lost;
        if (streamed) {
            lost = lossBetween(DialectId(to), *streamed, reply);
        } else {
            const QByteArray body = target.encodeReply(reply, options(), {});
            lost = lossBetween(DialectId(to), target.decodeReply(body, {}), reply);
        }
        const Exception *exception = exceptionFor(recording.id, DialectId(to));
        if (exception && from != to) {
            ++excepted;
            qInfo("exception: %s: %s [%s]", name.constData(), lost.trimmed().constData(),
                  exception->rule);
            if (lost.trimmed() == exception->difference)
                continue;
            lost += "instead of the known " + exception->difference;
        }
        if (!lost.isEmpty())
            wrong.append(name + ": " + lost.trimmed());
    }
    if (count > 0)
        qInfo("%d of %d agree, %d are exceptions by rule", int(count - excepted - wrong.size()),
              count, excepted);
    QVERIFY2(wrong.isEmpty(), wrong.join('\n').left(6000).constData());
    QVERIFY2(excepted * 100 <= count, QByteArray::number(excepted).constData());
}

void tst_chat_pairs::native_data()
{
    QTest::addColumn<QByteArray>("stream");
    QTest::addColumn<QByteArray>("whole");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("reasoning");
    QTest::addColumn<QByteArray>("call"); // name and arguments
    QTest::addColumn<QByteArray>("finish");
    QTest::addColumn<int>("prompt");
    QTest::addColumn<int>("completion");
    const auto row = [](const char *name, const QList<QByteArray> &messages, const char *merged,
                        const char *end, const char *text, const char *reasoning, const char *call,
                        const char *finish, int prompt, int completion) {
        const QByteArray head
            = R"({"model":"qwen3:8b","created_at":"2026-01-02T03:04:05.678901Z","message":)";
        QByteArray stream;
        for (const QByteArray &message : messages)
            stream += head + message + ",\"done\":false}\n";
        stream += head + R"({"role":"assistant","content":""},"done":true,)" + end + "}\n";
        QTest::newRow(name) << stream << QByteArray(head + merged + ",\"done\":true," + end + '}')
                            << QByteArray(text) << QByteArray(reasoning) << QByteArray(call)
                            << QByteArray(finish) << prompt << completion;
    };
    row("text",
        {R"({"role":"assistant","content":"Gr\u00fc"})",
         R"({"role":"assistant","content":"\u00df dich \ud83d\ude80"})"},
        R"({"role":"assistant","content":"Gr\u00fc\u00df dich \ud83d\ude80"})",
        R"("done_reason":"stop","total_duration":9,"prompt_eval_count":26,"eval_count":7)",
        "Gr\u00fc\u00df dich \U0001F680", "", "", "stop", 26, 7);
    row("thinking",
        {R"({"role":"assistant","content":"","thinking":"First "})",
         R"({"role":"assistant","content":"","thinking":"look."})",
         R"({"role":"assistant","content":"Seen."})"},
        R"({"role":"assistant","content":"Seen.","thinking":"First look."})",
        R"("done_reason":"stop","prompt_eval_count":11,"eval_count":5)", "Seen.", "First look.", "",
        "stop", 11, 5);
    row("call",
        {R"({"role":"assistant","content":"Let me.","tool_calls":[{"function":{"name":"read","arguments":{"path":"a b","n":9007199254740993,"deep":{"x":[1,null,"\n"]}}}}]})"},
        R"({"role":"assistant","content":"Let me.","tool_calls":[{"function":{"name":"read","arguments":{"path":"a b","n":9007199254740993,"deep":{"x":[1,null,"\n"]}}}}]})",
        R"("done_reason":"stop","prompt_eval_count":40,"eval_count":12)", "Let me.", "",
        R"(read {"path":"a b","n":9007199254740993,"deep":{"x":[1,null,"\n"]}})", "tool_calls", 40,
        12);
    row("length", {R"({"role":"assistant","content":"One two"})"},
        R"({"role":"assistant","content":"One two"})",
        R"("done_reason":"length","prompt_eval_count":3,"eval_count":2)", "One two", "", "",
        "length", 3, 2);
    row("cached prompt", {R"({"role":"assistant","content":"Hi"})"},
        R"({"role":"assistant","content":"Hi"})", R"("done_reason":"stop","eval_count":1)", "Hi",
        "", "", "stop", 0, 1); // T§13: no prompt_eval_count is 0
}

// Ollama's own API by hand, since there are no recordings of it: into every dialect, streamed and
// whole, and what the client reads is what stands in the row.
void tst_chat_pairs::native()
{
    QFETCH(QByteArray, stream);
    QFETCH(QByteArray, whole);
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, reasoning);
    QFETCH(QByteArray, call);
    QFETCH(QByteArray, finish);
    QFETCH(int, prompt);
    QFETCH(int, completion);
    const translate::Translator &ollama = translator(DialectId::Ollama);
    for (const DialectId to : kDialects) {
        const translate::Translator &target = translator(to);
        const auto decoder = ollama.makeDecoder({});
        const auto encoder = target.makeEncoder(options());
        decoder->feed(stream, *encoder);
        decoder->finish(false, *encoder);
        const QByteArray written = encoder->take();
        const WireEnd end = wireEnd(to, written);
        QVERIFY2(end.successes == 1 && end.errors == 0 && end.isLast && end.wrong.isEmpty(),
                 written.constData());
        const auto reader = target.makeDecoder({});
        const QByteArray body = target.encodeReply(ollama.decodeReply(whole, {}), options(), {});
        for (const Reply &reply :
             {translate::collect(*reader, written), target.decodeReply(body, {})}) {
            const Essence found = essence(reply);
            QCOMPARE(found.text, text);
            QCOMPARE(found.reasoning, reasoning);
            QCOMPARE(found.tools.isEmpty()
                         ? QByteArray()
                         : found.tools.first().name + ' ' + found.tools.first().arguments,
                     call);
            QCOMPARE(found.finish, finish);
            QCOMPARE(found.usage.prompt(), prompt);
            QCOMPARE(found.usage.completion(), completion);
        }
    }
}

void tst_chat_pairs::cuts_data()
{
    canonical_data();
}

// Cut behind each event and at random bytes: the client sees one terminal signal, and it is never
// one of success.
void tst_chat_pairs::cuts()
{
    QFETCH(int, from);
    QFETCH(int, to);
    const translate::Translator &source = translator(DialectId(from));
    const translate::Translator &target = translator(DialectId(to));
    QList<std::pair<QByteArray, QByteArray>> streams; // name, bytes
    for (const NamedReply &named : canonicalReplies()) {
        const auto encoder = source.makeEncoder(options());
        streams.append({named.name, translate::stream(named.reply, *encoder)});
    }
    for (const Recording &recording : testing::recordings(DialectId(from))) {
        if (recording.isStream && recording.status == 200)
            streams.append({recording.id, recording.body});
    }
    const bool isLong = qEnvironmentVariableIsSet("SIGNALBOX_LONG");
    int cuts = 0;
    int whole = 0;
    for (const auto &[name, bytes] : std::as_const(streams)) {
        std::set<qsizetype> all; // in order, each once
        for (const qsizetype end : eventEnds(bytes))
            all.insert(end);
        SeededRandom random(7);
        for (int i = 0; i < kRandomCuts; ++i)
            all.insert(qsizetype(random.below(quint64(bytes.size() + 1))));
        all.insert(bytes.size());
        const QList<qsizetype> places(all.begin(), all.end());
        const qsizetype most = isLong
            ? places.size()
            : qMax<qsizetype>(3, kCutBytes / qMax<qsizetype>(1, bytes.size()));
        const qsizetype step = qMax<qsizetype>(1, places.size() / most);
        // From behind, so that the whole stream is always among them.
        for (qsizetype i = places.size() - 1; i >= 0; i -= step) {
            ++cuts;
            const QByteArray wrong
                = cutOnce(source, target, bytes, places[i], DialectId(to), whole);
            QVERIFY2(wrong.isEmpty(),
                     QByteArray(name + " cut at " + QByteArray::number(places[i]) + ": " + wrong)
                         .constData());
        }
    }
    qInfo("%d cuts of %d streams, %d behind the terminal", cuts, int(streams.size()), whole);
}

QTEST_APPLESS_MAIN(tst_chat_pairs)
#include "tst_chat_pairs.moc"
