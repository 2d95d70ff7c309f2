#include "chat/chat_kit.h"

#include "record/names.h"
#include "json/reader.h"
#include "json/writer.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>

using namespace sb::chat;

namespace sb::testing {

namespace {

QByteArray textOf(const json::Value &object, const char *key)
{
    const json::Value *value = object.find(key);
    return value ? value->text() : QByteArray();
}

qint64 countOf(const json::Value &object, const char *key)
{
    const json::Value *value = object.find(key);
    return value ? value->toInt().value_or(0) : 0;
}

bool boolOf(const json::Value &object, const char *key)
{
    const json::Value *value = object.find(key);
    return value && value->toBool();
}

Expectation readExpectation(const json::Value &wanted)
{
    Expectation expect;
    if (const json::Value *text = wanted.find("text"); text && text->isString())
        expect.text = text->text();
    if (wanted.find("text_chars"))
        expect.textChars = countOf(wanted, "text_chars");
    expect.textSha1 = textOf(wanted, "text_sha1");
    expect.reasoningChars = countOf(wanted, "reasoning_chars");
    if (const json::Value *tools = wanted.find("tools")) {
        for (const json::Value &tool : tools->items()) {
            const json::Value *arguments = tool.find("args");
            expect.tools.append({textOf(tool, "name"),
                                 !arguments                  ? QByteArray()
                                     : arguments->isString() ? arguments->text()
                                                             : json::write(*arguments)});
        }
    }
    expect.finish = textOf(wanted, "finish");
    if (const json::Value *usage = wanted.find("usage"); usage && usage->isObject()) {
        expect.hasUsage = true;
        expect.input = countOf(*usage, "input");
        expect.output = countOf(*usage, "output");
        expect.cached = countOf(*usage, "cached");
        expect.cacheWrite = countOf(*usage, "cache_write");
        expect.reasoning = countOf(*usage, "reasoning");
    }
    expect.isComplete = boolOf(wanted, "complete");
    const json::Value *error = wanted.find("error");
    expect.hasError = error && !error->isNull();
    return expect;
}

Recording readRecording(const json::Value &record, DialectId dialect, const QByteArray &provider)
{
    Recording recording;
    recording.id = textOf(record, "id");
    recording.dialect = dialect;
    recording.provider = provider;
    recording.model = textOf(record, "model");
    recording.path = textOf(record, "path");
    if (const json::Value *request = record.find("request_json"); request && request->isObject())
        recording.request = json::write(*request);
    recording.status = int(countOf(record, "status"));
    if (const json::Value *headers = record.find("headers"))
        recording.contentType = textOf(*headers, "content-type");
    recording.isStream = boolOf(record, "is_stream");
    recording.body = record.find("body_b64") ? QByteArray::fromBase64(textOf(record, "body_b64"))
                                             : textOf(record, "body");
    if (const json::Value *features = record.find("features")) {
        for (const json::Value &feature : features->items())
            recording.features.append(feature.text());
    }
    if (const json::Value *expect = record.find("expect"))
        recording.expect = readExpectation(*expect);
    return recording;
}

// Compact, in the order it came; text that is no JSON stays as it is.
QByteArray compact(const QByteArray &json)
{
    const Result<json::Value> value = json::read(json);
    return value ? json::write(*value) : json;
}

qsizetype characters(const QByteArray &utf8)
{
    return QString::fromUtf8(utf8).toUcs4().size();
}

void differ(QByteArray &out, const char *what, const QByteArray &a, const QByteArray &b)
{
    if (a != b)
        out += QByteArray(what) + ": " + a.left(200) + " | " + b.left(200) + '\n';
}

void differ(QByteArray &out, const char *what, qint64 a, qint64 b)
{
    differ(out, what, QByteArray::number(a), QByteArray::number(b));
}

template <typename Tools> QByteArray toolLine(const Tools &tools)
{
    QByteArray line;
    for (const auto &tool : tools)
        line += tool.name + '(' + compact(tool.arguments) + ") ";
    return line;
}

} // namespace

bool hasCorpora()
{
    return !qEnvironmentVariableIsEmpty("SIGNALBOX_CORPORA");
}

QList<Recording> recordings(DialectId dialect)
{
    QList<Recording> all;
    if (!hasCorpora())
        return all;
    const QDir dir(qEnvironmentVariable("SIGNALBOX_CORPORA") + QStringLiteral("/recordings/")
                   + QString::fromLatin1(name(dialect)));
    for (const QString &name :
         dir.entryList({QStringLiteral("*.jsonl")}, QDir::Files, QDir::Name)) {
        QFile file(dir.filePath(name));
        if (!file.open(QIODevice::ReadOnly))
            continue;
        while (!file.atEnd()) {
            if (const Result<json::Value> record = json::read(file.readLine()))
                all.append(readRecording(*record, dialect, name.chopped(6).toUtf8()));
        }
    }
    return all;
}

QByteArray finishClass(Finish finish)
{
    switch (finish) {
    case Finish::None:
        return {};
    case Finish::Stop:
    case Finish::StopSequence:
        return "stop";
    case Finish::ToolCalls:
        return "tool_calls";
    case Finish::Length:
    case Finish::ContextFull:
        return "length";
    case Finish::ContentFilter:
    case Finish::Refusal:
        return "filter";
    case Finish::Pause:
        return "pause";
    case Finish::MalformedCall:
        return "malformed";
    case Finish::Error:
        return "error";
    }
    return {};
}

Essence essence(const Reply &reply)
{
    Essence found;
    for (const Part &part : reply.parts) {
        if (const auto *text = part.as<TextPart>()) {
            found.text += text->text.toPlain();
        } else if (const auto *refusal = part.as<RefusalPart>()) {
            found.text += refusal->text.toPlain();
        } else if (const auto *reasoning = part.as<Reasoning>()) {
            found.reasoning += reasoning->text.toPlain();
            for (const Text &summary : reasoning->summary)
                found.reasoning += summary.toPlain();
        } else if (const auto *call = part.as<ToolCall>()) {
            const QByteArray arguments = call->arguments.toPlain();
            found.tools.append(
                {call->name, call->kind == ToolKind::Custom ? arguments : compact(arguments)});
        }
    }
    found.finish = finishClass(reply.finish);
    found.usage = reply.usage;
    found.isFault = reply.fault.has_value();
    return found;
}

QByteArray difference(const Essence &a, const Essence &b)
{
    QByteArray out;
    differ(out, "text", a.text, b.text);
    differ(out, "reasoning", a.reasoning, b.reasoning);
    differ(out, "tools", toolLine(a.tools), toolLine(b.tools));
    differ(out, "finish", a.finish, b.finish);
    differ(out, "prompt", a.usage.prompt(), b.usage.prompt());
    differ(out, "completion", a.usage.completion(), b.usage.completion());
    differ(out, "cache read", a.usage.cacheRead, b.usage.cacheRead);
    differ(out, "fault", a.isFault, b.isFault);
    return out;
}

QByteArray difference(const Essence &answer, const Expectation &expect)
{
    QByteArray out;
    if (expect.hasError) {
        differ(out, "fault", answer.isFault, 1);
        return out;
    }
    if (expect.text) {
        differ(out, "text", answer.text, *expect.text);
    } else if (expect.textChars >= 0) {
        differ(out, "text length", characters(answer.text), expect.textChars);
        differ(out, "text hash",
               QCryptographicHash::hash(answer.text, QCryptographicHash::Sha1).toHex().left(16),
               expect.textSha1);
    }
    differ(out, "reasoning length", characters(answer.reasoning), expect.reasoningChars);
    differ(out, "tools", toolLine(answer.tools), toolLine(expect.tools));
    differ(out, "finish", answer.finish, expect.finish);
    if (expect.hasUsage) {
        differ(out, "input", answer.usage.prompt(), expect.input);
        differ(out, "output", answer.usage.completion(), expect.output);
        differ(out, "cached", answer.usage.cacheRead, expect.cached);
        differ(out, "cache write", answer.usage.cacheWrite + answer.usage.cacheWrite1h,
               expect.cacheWrite);
        differ(out, "reasoning tokens", answer.usage.reasoning, expect.reasoning);
    }
    return out;
}

void EventLog::demand(bool is, const char *promise)
{
    if (!is && m_broken.isEmpty())
        m_broken = QByteArray(promise) + " after:\n" + text();
}

void EventLog::event(const Event &event)
{
    using Kind = Event::Kind;
    demand(!m_isEnded, "an event behind End");
    demand(m_isStarted || event.kind == Kind::Start || event.kind == Kind::Alive,
           "an event before Start");
    const QByteArray part = QByteArray::number(event.part);
    QByteArray head;
    switch (event.kind) {
    case Kind::Start:
        demand(!m_isStarted, "a second Start");
        m_isStarted = true;
        m_lines.append("start " + event.id.toByteArray() + ' ' + event.name.toByteArray());
        break;
    case Kind::Open:
        demand(event.part == m_isOpen.size(), "parts out of order");
        m_isOpen.append(true);
        m_lines.append("open " + part + ' ' + QByteArray::number(int(event.partKind)) + ' '
                       + event.id.toByteArray() + ' ' + event.name.toByteArray());
        break;
    case Kind::Delta:
        demand(event.part >= 0 && event.part < m_isOpen.size() && m_isOpen[event.part],
               "a Delta outside of its part");
        head = "delta " + part + ' ' + QByteArray::number(int(event.deltaKind)) + ' ';
        if (head == m_delta && !event.isNewSummary)
            m_lines.last() += event.text.toPlain();
        else
            m_lines.append(head + event.text.toPlain());
        break;
    case Kind::Close:
        demand(event.part >= 0 && event.part < m_isOpen.size() && m_isOpen[event.part],
               "a Close without its Open");
        if (event.part >= 0 && event.part < m_isOpen.size())
            m_isOpen[event.part] = false;
        m_lines.append("close " + part + (event.isIncomplete ? " incomplete" : ""));
        break;
    case Kind::Usage:
        demand(m_finishes == 0, "Usage behind Finish");
        m_lines.append("usage " + QByteArray::number(event.usage->prompt()) + ' '
                       + QByteArray::number(event.usage->completion()));
        break;
    case Kind::Finish:
        demand(m_finishes++ == 0, "a second Finish");
        demand(!m_isOpen.contains(true), "a Finish with an open part");
        m_lines.append("finish " + finishClass(event.finish));
        break;
    case Kind::Error:
        ++m_errors;
        demand(m_finishes == 0, "an Error behind Finish");
        m_lines.append("error " + event.fault->message);
        break;
    case Kind::Alive:
        return;
    case Kind::End:
        m_isEnded = true;
        m_isClean = event.isClean;
        demand(event.isClean == (m_finishes == 1) && event.isClean == (m_errors == 0),
               "an End that does not fit");
        m_lines.append(event.isClean ? "end clean" : "end broken");
        break;
    }
    m_delta = head;
}

QByteArray EventLog::text() const
{
    return m_lines.join('\n');
}

namespace {

QByteArray run(const translate::Translator &translator, const QList<QByteArray> &pieces,
               const translate::DecodeOptions &options, EventLog &log)
{
    const auto decoder = translator.makeDecoder(options);
    for (QByteArray piece : pieces) {
        decoder->feed(piece, log);
        piece.fill('#'); // nothing may hold on to it
    }
    decoder->finish(false, log);
    return log.broken();
}

} // namespace

void Hearing::event(const Event &event)
{
    m_log.event(event);
    m_collector.event(event);
}

void say(Emitter &emitter, const QByteArray &text, qsizetype piece)
{
    for (qsizetype at = 0; at < text.size(); at += piece)
        emitter.text(
            TextView::plain(QByteArrayView(text).sliced(at).first(qMin(piece, text.size() - at))));
}

QByteArray splitEverywhere(const translate::Translator &translator, const QByteArray &stream,
                           const translate::DecodeOptions &options)
{
    EventLog whole;
    if (QByteArray broken = run(translator, {stream}, options, whole); !broken.isEmpty())
        return broken;
    const qsizetype step = qMax<qsizetype>(1, stream.size() / 2000);
    for (qsizetype at = 0; at <= stream.size(); at += step) {
        EventLog log;
        if (QByteArray broken
            = run(translator, {stream.first(at), stream.sliced(at)}, options, log);
            !broken.isEmpty())
            return broken;
        if (log.text() != whole.text())
            return "split at " + QByteArray::number(at) + ":\n" + log.text() + "\ninstead of\n"
                + whole.text();
    }
    QList<QByteArray> bytes;
    for (const char c : stream)
        bytes.append(QByteArray(1, c));
    EventLog log;
    if (QByteArray broken = run(translator, bytes, options, log); !broken.isEmpty())
        return broken;
    return log.text() == whole.text() ? QByteArray() : "byte by byte:\n" + log.text();
}

QByteArray cutEverywhere(const translate::Translator &translator, const QByteArray &stream,
                         qsizetype wholeFrom, const translate::DecodeOptions &options)
{
    const qsizetype step = qMax<qsizetype>(1, stream.size() / 2000);
    for (qsizetype at = 0; at <= stream.size(); at += step) {
        EventLog log;
        QByteArray wrong = run(translator, {stream.first(at)}, options, log);
        if (wrong.isEmpty() && !log.isEnded())
            wrong = "no End";
        if (wrong.isEmpty() && at < wholeFrom && log.isClean())
            wrong = "a cut stream passed as whole";
        if (wrong.isEmpty() && at >= wholeFrom && !log.isClean())
            wrong = "a whole stream passed as cut";
        if (!wrong.isEmpty())
            return "cut at " + QByteArray::number(at) + ": " + wrong + '\n' + log.text();
    }
    return {};
}

QByteArray roundTrip(const Reply &reply, const translate::Translator &to,
                     const translate::EncodeOptions &options)
{
    const Essence wanted = essence(reply);
    const QByteArray body = to.encodeReply(reply, options, {});
    if (QByteArray wrong = difference(essence(to.decodeReply(body, {})), wanted); !wrong.isEmpty())
        return "whole: " + wrong + body;
    const auto encoder = to.makeEncoder(options);
    const QByteArray streamed = translate::stream(reply, *encoder);
    const auto decoder = to.makeDecoder({});
    if (QByteArray wrong = difference(essence(translate::collect(*decoder, streamed)), wanted);
        !wrong.isEmpty())
        return "streamed: " + wrong + streamed;
    return {};
}

namespace {

Part reasoningPart(const char *text)
{
    Reasoning reasoning;
    reasoning.text = Text::plain(text);
    return Part(reasoning);
}

Part callPart(const char *id, const char *name, const char *arguments)
{
    ToolCall call;
    call.id = id;
    call.name = name;
    call.arguments = Text::plain(arguments);
    return Part(call);
}

Reply replyOf(std::vector<Part> parts, Finish finish)
{
    Reply reply;
    reply.id = "answer-1";
    reply.model = "model-1";
    reply.createdSeconds = 1'790'000'000;
    reply.parts = std::move(parts);
    reply.finish = finish;
    reply.usage.input = 20;
    reply.usage.cacheRead = 5;
    reply.usage.output = 9;
    reply.usage.source = UsageSource::Reported;
    return reply;
}

} // namespace

QList<NamedReply> canonicalReplies()
{
    const Part text = textPart(Text::plain("It is sunny in Paris."));
    const Part thought = reasoningPart("The user wants the weather.");
    const Part paris = callPart("call_1", "get_weather", R"({"city":"Paris"})");
    const Part rome = callPart("call_2", "get_weather", R"({"city":"Rome","days":[1,2]})");
    RefusalPart refusal;
    refusal.text = Text::plain("I cannot help with that.");
    return {
        {"text", replyOf({text}, Finish::Stop)},
        {"reasoning", replyOf({thought, text}, Finish::Stop)},
        {"call", replyOf({paris}, Finish::ToolCalls)},
        {"parallel calls", replyOf({paris, rome}, Finish::ToolCalls)},
        {"all", replyOf({thought, text, paris, rome}, Finish::ToolCalls)},
        {"length", replyOf({text}, Finish::Length)},
        {"refusal", replyOf({Part(refusal)}, Finish::Refusal)},
        {"filtered", replyOf({}, Finish::ContentFilter)},
        {"odd characters",
         replyOf(
             {textPart(Text::escaped("\\u00e9\\ud83d\\ude00 \\\"q\\\" \\\\ \\n \\u0001 \xC3\xA9"))},
             Finish::Stop)},
    };
}

} // namespace sb::testing
