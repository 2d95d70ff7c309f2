// Recorded bodies for tests and pictures: an agent's request to Anthropic with tools, an image and
// reasoning, its answer as a stream, and the failed attempt before it.
#pragma once

#include "record/capture.h"

#include <memory>

namespace sb::test {

inline QByteArray agentRequest()
{
    return "{\"model\":\"coding\",\"max_tokens\":4096,\"stream\":true,"
           "\"system\":\"You are a careful programmer. Answer briefly.\","
           "\"tools\":[{\"name\":\"read_file\",\"description\":\"Reads a file of the project.\","
           "\"input_schema\":{\"type\":\"object\",\"properties\":{\"path\":{\"type\":\"string\"}}}}"
           ","
           "{\"name\":\"run\",\"description\":\"Runs a command.\",\"input_schema\":{\"type\":"
           "\"object\"}}],"
           "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"Why does "
           "the board flicker when a train arrives? The picture shows it.\"},{\"type\":\"image\","
           "\"source\":{\"type\":\"base64\",\"media_type\":\"image/png\",\"data\":\"iVBORw0KGgo"
           "AAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
           "\"}}"
           "]},{\"role\":\"assistant\",\"content\":[{\"type\":\"thinking\",\"thinking\":\"The "
           "painter may draw the train twice.\",\"signature\":\"c2ln\"},{\"type\":\"tool_use\","
           "\"id\":\"toolu_1\",\"name\":\"read_file\",\"input\":{\"path\":\"ui/board.cpp\"}}]},"
           "{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"toolu_1\","
           "\"content\":\"void Board::paint()\\n{\\n    drawTracks();\\n    drawTrains();\\n}\"}]}"
           "]}";
}

inline QList<QByteArray> agentEvents()
{
    return {"event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\","
            "\"type\":\"message\",\"role\":\"assistant\",\"model\":\"coding\",\"content\":[],"
            "\"stop_reason\":null,\"usage\":{\"input_tokens\":812,\"output_tokens\":1}}}\n\n",
            "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,"
            "\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"
            "\"delta\":{\"type\":\"text_delta\",\"text\":\"Tracks and trains are painted \"}}\n\n",
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"
            "\"delta\":{\"type\":\"text_delta\",\"text\":\"in one pass: clip to the dirty "
            "rectangle.\"}}\n\n",
            "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n",
            "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":"
            "\"end_turn\"},\"usage\":{\"output_tokens\":19}}\n\n",
            "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"};
}

inline CapturedMessage streamed(const QList<QByteArray> &events)
{
    CapturedMessage message;
    message.head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n";
    qint64 at = 840'000;
    for (const QByteArray &event : events) {
        message.events.append({Micros(at), message.body.bytes.size(), event.size()});
        message.body.bytes += event;
        at += event.contains("delta") ? 310'000 : 4'000;
    }
    message.body.size = message.body.bytes.size();
    return message;
}

inline CapturedMessage whole(const QByteArray &head, const QByteArray &body)
{
    return {.head = head, .body = {.bytes = body, .size = body.size()}, .events = {}};
}

// Of this exchange: as many attempts as it has, all but the last refused.
inline Capture captureOf(const Exchange &exchange)
{
    auto captured = std::make_shared<CapturedExchange>();
    captured->id = exchange.id;
    captured->request = whole("POST /v1/messages?beta=true HTTP/1.1\r\nhost: 127.0.0.1:7317\r\n"
                              "content-type: application/json\r\nx-api-key: ************\r\n"
                              "anthropic-version: 2023-06-01\r\n",
                              agentRequest());
    for (const Attempt &attempt : exchange.attempts) {
        CapturedAttempt made;
        made.ordinal = attempt.ordinal;
        made.request = whole("POST /v1/messages HTTP/1.1\r\nhost: api.example\r\nx-api-key: "
                             "********\r\n",
                             agentRequest());
        made.answer = attempt.ordinal < exchange.attempts.size()
            ? whole("HTTP/1.1 429 Too Many Requests\r\nretry-after: 30\r\n",
                    "{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":"
                    "\"Slow down.\"}}")
            : streamed(agentEvents());
        captured->attempts.append(made);
    }
    captured->reply = streamed(agentEvents());
    return {.state = CaptureState::Kept, .trimmedWallMs = 0, .exchange = captured};
}

} // namespace sb::test
