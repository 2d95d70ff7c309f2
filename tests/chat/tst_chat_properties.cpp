// Conversations and answers made by chance: what two dialects can both say comes back through them
// as it was, and what is sent obeys the grammar of its dialect, however broken the history is. The
// seed is fixed: every run makes the same ones.
#include "chat/chat_kit.h"
#include "chat/wire_grammar.h"
#include "translate/quirks.h"
#include "json/reader.h"
#include "json/writer.h"

#include <QTest>

#include <rapidcheck.h>

using namespace sb;
using namespace sb::chat;
using namespace sb::testing;
using namespace sb::translate;

namespace {

constexpr DialectId kDialects[]{DialectId::OpenAiChat, DialectId::OpenAiResponses,
                                DialectId::Anthropic, DialectId::Gemini, DialectId::Ollama};
constexpr QByteArrayView kSignature("U2lnbmVkIGJ5IHVz");

const Translator &of(DialectId dialect)
{
    return *translatorFor(dialect);
}

int pick(int count)
{
    return *rc::gen::inRange(0, count);
}

bool maybe()
{
    return pick(2) == 1;
}

Text someText()
{
    static const QByteArray texts[]{"hello",
                                    "two\nlines",
                                    "\xC3\xA9t\xC3\xA9 \xF0\x9F\x98\x80 \xE4\xB8\xAD",
                                    "say \"so\" \\ {}",
                                    " led by a space",
                                    "{\"looks\":\"like JSON\"",
                                    "\x01\x7f",
                                    QByteArray(3000, 'x')};
    return Text::plain(texts[pick(int(std::size(texts)))] + QByteArray::number(pick(10)));
}

QByteArray someArguments()
{
    static const QByteArray arguments[]{"{}",
                                        R"({"city":"Oslo"})",
                                        R"({"z":1,"a":[1,{"b":null}]})",
                                        R"({"n":9007199254740993,"x":1.5})",
                                        "{\n  \"city\": \"Rome\"\r\n}",
                                        "{\"t\":\"\xC3\xA9\\n\\\"\xF0\x9F\x98\x80\"}"};
    return arguments[pick(int(std::size(arguments)))];
}

Turn turnOf(Role role, std::vector<Part> parts)
{
    Turn turn;
    turn.role = role;
    turn.parts = std::move(parts);
    return turn;
}

Part image()
{
    MediaPart media;
    media.data = Text::plain("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ");
    media.mime = "image/png";
    return Part(media);
}

Part thought()
{
    Reasoning reasoning;
    reasoning.text = someText();
    Part part(reasoning);
    part.artifacts = {{ArtifactKind::AnthropicSignature, kSignature.toByteArray(), {}, {}}};
    return part;
}

// Calls, and the turn that answers them.
void addCalls(Request &request, std::vector<Part> said, int &ids)
{
    std::vector<Part> results;
    const int count = 1 + pick(3);
    for (int i = 0; i < count; ++i) {
        ToolCall call;
        call.id = "call_" + QByteArray::number(ids++);
        call.name = pick(2) ? "get_weather" : "f";
        call.arguments = Text::plain(someArguments());
        ToolResult result;
        result.callId = call.id;
        result.parts = {textPart(someText())};
        said.push_back(Part(call));
        results.push_back(Part(result));
    }
    request.turns.push_back(turnOf(Role::Assistant, std::move(said)));
    if (maybe())
        results.push_back(textPart(someText()));
    request.turns.push_back(turnOf(Role::User, std::move(results)));
}

Request someConversation(DialectId source)
{
    Request request;
    request.source = source;
    request.model = "m";
    request.maxOutput = 16 + pick(4000);
    if (maybe())
        request.temperature = pick(5) * 0.25;
    if (maybe())
        request.instructions = {turnOf(Role::System, {textPart(someText())})};
    for (const char *name : {"f", "get_weather"}) {
        Tool tool;
        tool.name = name;
        tool.description = someText();
        tool.schemaRaw = R"({"type":"object","properties":{"city":{"type":"string"}}})";
        request.tools.push_back(tool);
    }
    int ids = 0;
    const int rounds = pick(4);
    for (int i = 0; i < rounds; ++i) {
        if (request.turns.empty() || request.turns.back().role == Role::Assistant) {
            std::vector<Part> asked{textPart(someText())};
            if (maybe())
                asked.push_back(image());
            request.turns.push_back(turnOf(Role::User, std::move(asked)));
        }
        std::vector<Part> said;
        if (source == DialectId::Anthropic && maybe())
            said.push_back(thought());
        if (maybe()) {
            said.push_back(textPart(someText()));
            if (maybe()) {
                request.turns.push_back(turnOf(Role::Assistant, std::move(said)));
                continue;
            }
        }
        addCalls(request, std::move(said), ids);
    }
    if (request.turns.empty() || request.turns.back().role == Role::Assistant)
        request.turns.push_back(turnOf(Role::User, {textPart(someText())}));
    return request;
}

// What clients do to their histories: compaction, aborted turns, ids that start anew.
void breakHistory(Request &request)
{
    const int times = 1 + pick(4);
    for (int i = 0; i < times && !request.turns.empty(); ++i) {
        const size_t at = size_t(pick(int(request.turns.size())));
        Turn &turn = request.turns[at];
        const size_t part = turn.parts.empty() ? 0 : size_t(pick(int(turn.parts.size())));
        ToolCall *call = turn.parts.empty() ? nullptr : turn.parts[part].as<ToolCall>();
        switch (pick(8)) {
        case 0:
            request.turns.erase(request.turns.begin() + qptrdiff(at));
            break;
        case 1:
            if (!turn.parts.empty())
                turn.parts.erase(turn.parts.begin() + qptrdiff(part));
            break;
        case 2:
            if (!turn.parts.empty())
                turn.parts.push_back(turn.parts[part]);
            break;
        case 3:
            std::reverse(turn.parts.begin(), turn.parts.end());
            break;
        case 4:
            if (call)
                call->id = "call_0";
            break;
        case 5:
            if (call)
                call->arguments = Text::plain("{\"city\":\"Os");
            break;
        case 6:
            turn.parts.push_back(textPart(Text::plain("")));
            break;
        case 7:
            request.turns.insert(request.turns.begin() + qptrdiff(at),
                                 turnOf(Role::System, {textPart(someText())}));
            break;
        }
    }
    if (request.turns.empty() || request.turns.back().role != Role::User)
        request.turns.push_back(turnOf(Role::User, {textPart(someText())}));
}

Target targetOf(DialectId dialect)
{
    Target target;
    target.dialect = dialect;
    target.provider = "there";
    target.model = dialect == DialectId::Anthropic ? "claude-sonnet-4-5"
        : dialect == DialectId::Gemini             ? "gemini-2.5-flash"
                                                   : "gpt-4o";
    target.can = capabilitiesFor(dialect, Family::Unknown, target.model);
    return target;
}

RequestHead headOf(DialectId dialect)
{
    RequestHead head;
    if (dialect == DialectId::Gemini)
        head.path = "/v1beta/models/m:generateContent";
    if (dialect == DialectId::Ollama)
        head.path = "/api/chat";
    return head;
}

// Written for `dialect` and read as a client of it would have sent it.
std::optional<Request> through(const Request &request, DialectId dialect, QByteArray &body)
{
    Changes changes;
    body = of(dialect).encodeRequest(request, targetOf(dialect), changes).body;
    if (changes.isRejected())
        return std::nullopt;
    body.reserve(body.size() + 64);
    return of(dialect).decodeRequest(headOf(dialect), body, changes);
}

QByteArray compact(const QByteArray &text)
{
    const auto value = json::read(text);
    return value ? json::write(*value) : text;
}

// One line for each turn: what every dialect can say of it. Calls are counted, since ids may be
// rewritten, and neighbours of one role are one turn.
QByteArray meaning(const Request &request)
{
    QByteArray out = "system:";
    for (const Turn &turn : request.instructions) {
        for (const Part &part : turn.parts)
            out += part.is<TextPart>() ? part.as<TextPart>()->text.toPlain() : QByteArray("?");
    }
    struct Line {
        QByteArray text, images, calls, results;
    } line;
    QHash<QByteArray, int> calls;
    const auto flush = [&] {
        if (!line.text.isEmpty() || !line.images.isEmpty() || !line.calls.isEmpty()
            || !line.results.isEmpty())
            out += "\n[" + line.results + "][" + line.text + "][" + line.images + "][" + line.calls
                + ']';
        line = {};
    };
    Role role = Role::User;
    for (const Turn &turn : request.turns) {
        if (turn.role != role)
            flush();
        role = turn.role;
        for (const Part &part : turn.parts) {
            if (const auto *text = part.as<TextPart>()) {
                line.text += text->text.toPlain();
            } else if (const auto *media = part.as<MediaPart>()) {
                line.images += media->data.toPlain();
            } else if (const auto *call = part.as<ToolCall>()) {
                calls.insert(call->id, int(calls.size()));
                line.calls += call->name + compact(call->arguments.toPlain());
            } else if (const auto *result = part.as<ToolResult>()) {
                line.results += QByteArray::number(calls.value(result->callId, -1)) + '=';
                if (!result->objectRaw.isEmpty())
                    line.results += result->objectRaw;
                for (const Part &inner : result->parts)
                    line.results += inner.as<TextPart>()->text.toPlain();
            }
        }
    }
    flush();
    out += "\nmax " + QByteArray::number(request.maxOutput.value_or(-1));
    out += " temperature " + QByteArray::number(request.temperature.value_or(-1));
    for (const Tool &tool : request.tools)
        out += "\ntool " + tool.name + ": " + tool.description.toPlain();
    return out;
}

Reply someReply()
{
    Reply reply;
    reply.id = "answer";
    reply.model = "m";
    reply.createdSeconds = 1'790'000'000;
    if (maybe()) {
        Reasoning reasoning;
        reasoning.text = someText();
        reply.parts.push_back(Part(reasoning));
    }
    const bool hasText = maybe();
    if (hasText)
        reply.parts.push_back(textPart(someText()));
    const int calls = pick(4);
    for (int i = 0; i < calls; ++i) {
        ToolCall call;
        call.id = "call_" + QByteArray::number(i);
        call.name = "f";
        call.arguments = Text::plain(someArguments());
        reply.parts.push_back(Part(call));
    }
    if (!hasText && calls == 0)
        reply.parts.push_back(textPart(someText()));
    reply.finish = calls > 0 ? Finish::ToolCalls : maybe() ? Finish::Stop : Finish::Length;
    reply.usage.input = pick(1000);
    reply.usage.output = 1 + pick(1000);
    reply.usage.source = UsageSource::Reported;
    return reply;
}

std::string printable(const QByteArray &text)
{
    return text.toStdString();
}

} // namespace

class tst_chat_properties : public QObject {
    Q_OBJECT

private slots:
    void conversationsComeBack();
    void brokenHistoriesObeyTheGrammar();
    void answersComeBack();
    void grammarFindsFaults_data();
    void grammarFindsFaults();
};

// T§20.2: from → chat → to → chat → from.
void tst_chat_properties::conversationsComeBack()
{
    const bool holds = rc::check("conversations come back", [] {
        const DialectId client = kDialects[pick(5)];
        QByteArray body;
        const auto sent = through(someConversation(client), client, body);
        RC_ASSERT(sent.has_value());
        const QByteArray wanted = meaning(*sent);
        for (const DialectId provider : kDialects) {
            QByteArray foreign;
            const auto there = through(*sent, provider, foreign);
            RC_ASSERT(there.has_value());
            RC_LOG() << int(client) << " to " << int(provider) << "\n"
                     << printable(foreign) << "\n";
            RC_ASSERT(printable(wireFault(provider, foreign)) == std::string());
            // Nobody is sent a signature that is not his own. [P-36]
            if (provider != DialectId::Anthropic)
                RC_ASSERT(!foreign.contains(kSignature));
            RC_ASSERT(printable(meaning(*there)) == printable(wanted));
            QByteArray again;
            const auto back = through(*there, client, again);
            RC_ASSERT(back.has_value());
            RC_ASSERT(printable(meaning(*back)) == printable(wanted));
        }
    });
    QVERIFY(holds);
}

// T§14.15, and every pass before it.
void tst_chat_properties::brokenHistoriesObeyTheGrammar()
{
    const bool holds = rc::check("broken histories obey the grammar", [] {
        Request request = someConversation(DialectId::OpenAiChat);
        breakHistory(request);
        for (const DialectId provider : kDialects) {
            QByteArray body;
            RC_ASSERT(through(request, provider, body).has_value());
            RC_LOG() << int(provider) << "\n" << printable(body) << "\n";
            RC_ASSERT(printable(wireFault(provider, body)) == std::string());
            QByteArray twice; // the same bytes each time: prompt caches go by them [P-72]
            through(request, provider, twice);
            RC_ASSERT(body == twice);
        }
    });
    QVERIFY(holds);
}

// T§18: whole, streamed, and streamed in pieces of any size.
void tst_chat_properties::answersComeBack()
{
    const bool holds = rc::check("answers come back", [] {
        const Reply reply = someReply();
        EncodeOptions options;
        options.id = {1, 2};
        options.asksUsage = true;
        options.query = "alt=sse";
        for (const DialectId client : kDialects) {
            RC_ASSERT(printable(roundTrip(reply, of(client), options)) == std::string());
            const auto encoder = of(client).makeEncoder(options);
            const QByteArray bytes = translate::stream(reply, *encoder);
            EventLog whole;
            const auto reader = of(client).makeDecoder({});
            reader->feed(bytes, whole);
            reader->finish(false, whole);
            RC_ASSERT(printable(whole.broken()) == std::string());
            RC_ASSERT(whole.isClean() && whole.finishes() == 1);
            EventLog pieces;
            const auto slow = of(client).makeDecoder({});
            for (qsizetype at = 0; at < bytes.size();) {
                const qsizetype size = std::min<qsizetype>(1 + pick(300), bytes.size() - at);
                slow->feed(QByteArray(bytes.mid(at, size)), pieces);
                at += size;
            }
            slow->finish(false, pieces);
            RC_ASSERT(printable(pieces.text()) == printable(whole.text()));
        }
    });
    QVERIFY(holds);
}

// A grammar that finds nothing may be one that does not look.
void tst_chat_properties::grammarFindsFaults_data()
{
    QTest::addColumn<DialectId>("dialect");
    QTest::addColumn<QByteArray>("body");
    QTest::newRow("Chat")
        << DialectId::OpenAiChat
        << QByteArray(
               R"({"messages":[{"role":"assistant","tool_calls":[{"id":"a"}]},{"role":"user"}]})");
    QTest::newRow("Chat, twice")
        << DialectId::OpenAiChat
        << QByteArray(
               R"({"messages":[{"role":"assistant","tool_calls":[{"id":"a"},{"id":"a"}]},{"role":"tool","tool_call_id":"a"},{"role":"tool","tool_call_id":"a"}]})");
    QTest::newRow("Responses")
        << DialectId::OpenAiResponses
        << QByteArray(R"({"input":[{"type":"function_call_output","call_id":"a","output":""}]})");
    QTest::newRow("Anthropic")
        << DialectId::Anthropic
        << QByteArray(
               R"({"messages":[{"role":"user","content":[{"type":"text","text":"q"}]},{"role":"assistant","content":[{"type":"tool_use","id":"a"}]},{"role":"user","content":[{"type":"text","text":"q"},{"type":"tool_result","tool_use_id":"a"}]}]})");
    QTest::newRow("Gemini")
        << DialectId::Gemini
        << QByteArray(
               R"({"contents":[{"role":"user","parts":[{"text":"q"}]},{"role":"user","parts":[{"text":"q"}]}]})");
    QTest::newRow("Ollama") << DialectId::Ollama
                            << QByteArray(R"({"messages":[{"role":"tool","content":"1"}]})");
}

void tst_chat_properties::grammarFindsFaults()
{
    QFETCH(DialectId, dialect);
    QFETCH(QByteArray, body);
    QVERIFY(!wireFault(dialect, body).isEmpty());
}

int main(int argc, char **argv)
{
    qputenv("RC_PARAMS", "seed=20261123 max_success=200 max_size=50");
    tst_chat_properties test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_chat_properties.moc"
