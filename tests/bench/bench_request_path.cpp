// What the pure parts of a request's way cost: reading a head, scanning a body, reading a stream.
#include "dialect/dialect.h"
#include "http/parser.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>

using namespace sb;

namespace {

constexpr int kRounds = 20'000;
constexpr int kSmokeRounds = 200;
constexpr int kEvents = 100; // per stream

// Prints the median of nine runs; false when the work went wrong.
template <typename Work> bool measure(const char *name, const char *unit, int rounds, Work &&work)
{
    constexpr int kRuns = 9;
    std::array<double, kRuns> results{};
    for (double &result : results) {
        const auto begun = std::chrono::steady_clock::now();
        for (int i = 0; i < rounds; ++i) {
            if (!work())
                return false;
        }
        const std::chrono::duration<double, std::nano> took
            = std::chrono::steady_clock::now() - begun;
        result = took.count() / rounds;
    }
    std::sort(results.begin(), results.end());
    std::printf("%-28s %10.0f ns per %s\n", name, results[kRuns / 2], unit);
    return true;
}

QByteArray padded(QByteArray text)
{
    text.reserve(text.size() + 64);
    return text;
}

} // namespace

int main()
{
    const int rounds = std::getenv("SIGNALBOX_SMOKE") ? kSmokeRounds : kRounds;
    const QByteArray head
        = "POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:7317\r\n"
          "authorization: Bearer sbx-0123456789012345678901234567890123456789012\r\n"
          "content-type: application/json\r\naccept: application/json\r\n"
          "user-agent: OpenAI/JS 7.57.0\r\nx-stainless-lang: js\r\nx-stainless-os: Linux\r\n"
          "connection: keep-alive\r\ncontent-length: 0\r\n\r\n";
    QByteArray body = R"({"model":"coding","stream":true,"messages":[)";
    for (int i = 0; i < 40; ++i)
        body += R"({"role":"user","content":")" + QByteArray(230, 'x') + R"( and \"so\" on"},)";
    body.chop(1);
    body = padded(QByteArray(body + "]}"));
    QByteArray stream;
    for (int i = 0; i < kEvents; ++i)
        stream += R"(data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m",)"
                  R"("choices":[{"index":0,"delta":{"content":" word"},"finish_reason":null}]})"
                  "\n\n";

    bool isGood = measure("read a request head", "head", rounds, [&] {
        http::RequestParser parser;
        QByteArray bytes = head;
        http::ParseStep step = parser.feed(bytes.data(), bytes.size());
        return step.state == http::ParseStep::State::Head;
    });
    isGood = measure("scan a body of 10 KB", "body", rounds,
                     [&] {
                         const auto facts = dialect::readRequest(DialectId::OpenAiChat,
                                                                 Endpoint::Generate, body);
                         return facts.has_value() && facts->isStream;
                     })
        && isGood;
    isGood = measure("read a stream of 100 events", "stream", rounds / 10,
                     [&] {
                         const auto reader = dialect::makeStreamReader(DialectId::OpenAiChat, {});
                         return reader->feed(stream).hasContent;
                     })
        && isGood;
    if (!isGood)
        std::fputs("a benchmark got a wrong answer\n", stderr);
    return isGood ? 0 : 1;
}
