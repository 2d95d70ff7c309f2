// What a translation costs over passing bytes through: a small request, an event of a stream, a
// conversation of 1 MB; for every pair of dialects that has translators.
//
// Limits: a small request 15 µs more, an event 2 µs, the conversation 3 ms. Figures are CPU time of
// this thread, the median of nine runs.
#include "dialect/dialect.h"
#include "record/names.h"
#include "translate/translator.h"

#include <time.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

using namespace sb;

namespace {

constexpr int kEvents = 200; // per stream

double cpuNanos()
{
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return double(now.tv_sec) * 1e9 + double(now.tv_nsec);
}

template <typename Work> double median(int rounds, Work &&work)
{
    std::array<double, 9> results{};
    for (double &result : results) {
        const double begun = cpuNanos();
        for (int i = 0; i < rounds; ++i)
            work();
        result = (cpuNanos() - begun) / rounds;
    }
    std::sort(results.begin(), results.end());
    return results[results.size() / 2];
}

QByteArray padded(const QByteArray &text)
{
    QByteArray out;
    out.reserve(text.size() + 64);
    out.append(text);
    return out;
}

// A conversation in neutral words: `turns` of user text, calls and their results.
chat::Request conversation(int turns, const QByteArray &text)
{
    chat::Request request;
    request.model = "coding";
    request.isStream = true;
    request.maxOutput = 4096;
    request.instructions.push_back(
        {chat::Role::System, {chat::textPart(chat::Text::plain("You are a careful helper."))}});
    chat::Tool tool;
    tool.name = "read_file";
    tool.description = chat::Text::plain("Reads a file.");
    tool.schemaRaw
        = R"({"type":"object","properties":{"path":{"type":"string"}},"required":["path"]})";
    request.tools.push_back(tool);
    for (int i = 0; i < turns; ++i) {
        const QByteArray id = "call_" + QByteArray::number(i);
        request.turns.push_back(
            {chat::Role::User, {chat::textPart(chat::Text::plain("Go on with " + text))}});
        chat::ToolCall call;
        call.id = id;
        call.name = "read_file";
        call.arguments = chat::Text::plain(R"({"path":"a.txt"})");
        request.turns.push_back(
            {chat::Role::Assistant,
             {chat::textPart(chat::Text::plain("Reading.")), chat::Part(call)}});
        chat::ToolResult result;
        result.callId = id;
        result.name = "read_file";
        result.parts.push_back(chat::textPart(chat::Text::plain(text)));
        request.turns.push_back({chat::Role::User, {chat::Part(result)}});
    }
    request.turns.push_back({chat::Role::User, {chat::textPart(chat::Text::plain("And now?"))}});
    return request;
}

QByteArray written(const translate::Translator &by, const chat::Request &request)
{
    chat::Changes changes;
    chat::Target target;
    target.dialect = by.dialect;
    target.model = "coding";
    target.isStream = true;
    return padded(by.encodeRequest(request, target, changes).body);
}

QByteArray answer(const translate::Translator &by)
{
    translate::EncodeOptions options;
    options.model = "coding";
    options.id = {1, 2};
    const auto encoder = by.makeEncoder(options);
    chat::EventSink &sink = *encoder;
    chat::Event event;
    event.kind = chat::Event::Kind::Start;
    event.id = "x";
    event.name = "m";
    sink.event(event);
    event = {};
    event.kind = chat::Event::Kind::Open;
    event.part = 0;
    sink.event(event);
    event.kind = chat::Event::Kind::Delta;
    for (int i = 0; i < kEvents; ++i) {
        event.text = chat::TextView::plain(" word and more");
        sink.event(event);
    }
    event.kind = chat::Event::Kind::Close;
    sink.event(event);
    Usage usage;
    usage.input = 10;
    usage.output = 20;
    usage.source = UsageSource::Reported;
    event = {};
    event.kind = chat::Event::Kind::Usage;
    event.usage = &usage;
    sink.event(event);
    event = {};
    event.kind = chat::Event::Kind::Finish;
    event.finish = chat::Finish::Stop;
    sink.event(event);
    return encoder->take();
}

} // namespace

int main()
{
    const int scale = std::getenv("SIGNALBOX_SMOKE") ? 100 : 1;
    const chat::Request small = conversation(2, QByteArray(200, 'x'));
    const chat::Request large = conversation(250, QByteArray(2000, 'x'));
    std::printf("%-34s %12s %12s %12s\n", "from client to provider", "small, us", "event, us",
                "1 MB, ms");
    for (int c = 0; c < kDialectCount; ++c) {
        for (int p = 0; p < kDialectCount; ++p) {
            const translate::Translator *client = translate::translatorFor(DialectId(c));
            const translate::Translator *provider = translate::translatorFor(DialectId(p));
            if (c == p || !client || !provider)
                continue;
            const translate::RequestHead head{c == int(DialectId::Gemini)
                                                  ? "/v1beta/models/coding:streamGenerateContent"
                                                  : c == int(DialectId::Ollama) ? "/api/chat"
                                                                                : "",
                                              {},
                                              {},
                                              {}};
            chat::Target target;
            target.dialect = DialectId(p);
            target.provider = "p";
            target.family = "m";
            target.model = "coding";
            target.isStream = true;
            qsizetype bytes = 0;
            const auto request = [&](const QByteArray &body) {
                chat::Changes changes;
                bytes += provider
                             ->encodeRequest(client->decodeRequest(head, body, changes), target,
                                             changes)
                             .body.size();
            };
            const QByteArray smallBody = written(*client, small);
            const QByteArray largeBody = written(*client, large);
            const double smallNanos = median(2000 / scale + 1, [&] { request(smallBody); });
            const double largeNanos = median(20 / scale + 1, [&] { request(largeBody); });
            const QByteArray stream = answer(*provider);
            const double streamNanos = median(100 / scale + 1, [&] {
                const auto decoder = provider->makeDecoder({});
                translate::EncodeOptions options;
                options.model = "coding";
                options.id = {1, 2};
                const auto encoder = client->makeEncoder(options);
                // In pieces, as a socket gives them.
                for (qsizetype at = 0; at < stream.size(); at += 1400) {
                    decoder->feed(QByteArrayView(stream).sliced(
                                      at, std::min<qsizetype>(1400, stream.size() - at)),
                                  *encoder);
                    bytes += encoder->take().size();
                }
                decoder->finish(false, *encoder);
                bytes += encoder->take().size();
            });
            const QByteArray pair
                = name(DialectId(c)).toByteArray() + " to " + name(DialectId(p)).toByteArray();
            std::printf("%-34s %12.2f %12.3f %12.3f\n", pair.constData(), smallNanos / 1000,
                        streamNanos / 1000 / kEvents,
                        largeNanos / 1e6 * 1e6 / double(largeBody.size()));
            if (bytes == 0)
                return 1;
        }
    }
    return 0;
}
