#include "sim/plan.h"

#include "base/random.h"

#include <QDateTime>
#include <QLocale>
#include <QTimeZone>

#include <algorithm>

namespace sb::sim {

namespace {

constexpr Millis kSlowHead{5'000};
constexpr Millis kSlowFirstToken{5'000};
constexpr Millis kSlowStream{1'000};
constexpr Millis kPing{1'000};
// Lets the bytes in front of a reset arrive: a reset may overtake what the peer has not read yet.
constexpr Millis kBeforeReset{20};
constexpr int kRepeats = 150; // row 29 counts to 100
constexpr int kGarbage = 600;
// A sound gzip head, and then nothing that inflates.
constexpr char kNoGzip[]
    = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xff\xff\xff\xff not deflate at all";
constexpr int kDribbles = 8; // pieces of a slow reply that is no stream

QByteArrayView reasonPhrase(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 402:
        return "Payment Required";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 408:
        return "Request Timeout";
    case 413:
        return "Payload Too Large";
    case 415:
        return "Unsupported Media Type";
    case 429:
        return "Too Many Requests";
    case 500:
        return "Internal Server Error";
    case 502:
        return "Bad Gateway";
    case 503:
        return "Service Unavailable";
    case 504:
        return "Gateway Timeout";
    case 529:
        return "Overloaded";
    default:
        return "Status";
    }
}

// length -1 = chunked, -2 = until the end of the connection.
QByteArray headBytes(int status, QByteArrayView contentType, qint64 length, bool closes,
                     QByteArrayView fields, qint64 wallMs)
{
    const QDateTime now = QDateTime::fromMSecsSinceEpoch(wallMs, Qt::UTC);
    QByteArray head
        = "HTTP/1.1 " + QByteArray::number(status) + ' ' + reasonPhrase(status).toByteArray();
    head += "\r\ndate: "
        + QLocale::c().toString(now, QStringLiteral("ddd, dd MMM yyyy hh:mm:ss")).toLatin1()
        + " GMT";
    head += "\r\ncontent-type: " + contentType.toByteArray() + "\r\n";
    head += fields;
    if (length >= 0)
        head += "content-length: " + QByteArray::number(length) + "\r\n";
    else if (length == -1)
        head += "transfer-encoding: chunked\r\n";
    if (closes || length == -2)
        head += "connection: close\r\n";
    head += "\r\n";
    return head;
}

class Builder {
public:
    void add(Nanos wait, QByteArray bytes)
    {
        m_wait += wait;
        if (m_wait.count() == 0 && !m_parts.empty())
            m_parts.back().bytes += bytes;
        else
            m_parts.push_back({std::exchange(m_wait, Nanos(0)), std::move(bytes)});
    }
    void wait(Nanos wait) { m_wait += wait; }
    void takeInto(Plan &plan)
    {
        plan.parts = std::move(m_parts);
        if (m_wait.count() > 0)
            plan.parts.push_back({m_wait, {}});
    }

private:
    std::vector<Part> m_parts;
    Nanos m_wait{0};
};

// The request, its fault and how fast things go.
class Planner {
public:
    Planner(const Ask &ask, const std::optional<Fault> &fault, PlanContext &context)
        : m_ask(ask)
        , m_fault(fault.value_or(Fault()))
        , m_context(context)
        , m_idField(
              (ask.shape == Shape::Anthropic ? "request-id: req_sim" : "x-request-id: req_sim")
              + QByteArray::number(context.number) + "\r\n")
    {
        m_plan.fault = m_fault.name;
        m_plan.closes = !context.isKeepAlive;
    }

    Plan run();
    Plan pass(const Passed &reply);

private:
    bool is(QByteArrayView name) const { return m_fault.name == name; }
    bool isCut() const { return is("cut_fin") || is("cut_rst") || is("stall") || is("ping_only"); }
    Nanos delayOr(Millis fallback) const
    {
        return m_fault.delay.count() > 0 ? m_fault.delay : fallback;
    }
    QByteArray head(QByteArrayView contentType, qint64 length, int status = 200) const
    {
        const QByteArray fields = m_idField + m_fields;
        return headBytes(status, contentType, length, m_plan.closes, fields, m_context.wallMs);
    }

    bool planWithoutAnswer();
    void planError();
    void spoilAnswer(Answer &answer) const;
    void planStream(const Answer &answer);
    void spoilEvents(QList<Event> &events) const;
    void planBody(const Answer &answer);
    void planWhole(Passed reply, qint64 tokens);
    void endCut();

    const Ask &m_ask;
    const Fault m_fault;
    PlanContext &m_context;
    const QByteArray m_idField;
    QByteArray m_fields;
    Plan m_plan;
    Builder m_out;
};

Plan Planner::run()
{
    if (!planWithoutAnswer()) {
        const qint64 seconds = m_context.wallMs / 1000;
        Answer answer
            = makeAnswer(m_ask, m_context.script, m_context.random, m_context.number, seconds);
        spoilAnswer(answer);
        if (m_ask.shape == Shape::Responses) {
            m_plan.answerId = answer.id;
            m_plan.answer = replyBody(m_ask, answer);
        }
        if (is("gzip_fault"))
            m_fields = "content-encoding: gzip\r\n";
        if (m_ask.isStream)
            planStream(answer);
        else
            planBody(answer);
    }
    m_out.takeInto(m_plan);
    return std::move(m_plan);
}

Plan Planner::pass(const Passed &reply)
{
    if (!planWithoutAnswer())
        planWhole(reply, 0);
    m_out.takeInto(m_plan);
    return std::move(m_plan);
}

bool Planner::planWithoutAnswer()
{
    if (is("no_head") || is("black_hole")) {
        m_plan.end = Plan::End::Silence;
    } else if (is("refuse")) {
        // It came over a connection from before; a provider that is gone closes it.
        m_plan.end = Plan::End::Fin;
    } else if (is("reset")) {
        m_plan.end = Plan::End::Reset;
    } else if (is("garbage")) {
        SeededRandom noise(m_fault.seed != 0 ? m_fault.seed : m_context.number + 1);
        QByteArray bytes(kGarbage, '\0');
        for (char &byte : bytes)
            byte = char(noise.below(256));
        bytes[0] = '\x7f';
        m_out.add(Nanos(0), bytes);
        m_plan.end = Plan::End::Fin;
    } else if (is("status")) {
        planError();
    } else if (is("html")) {
        const int status = m_fault.status > 0 ? m_fault.status : 200;
        const QByteArray page
            = "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head>\n"
              "<body><center><h1>502 Bad Gateway</h1></center><hr></body></html>\n";
        m_out.add(Nanos(0), head("text/html; charset=utf-8", page.size(), status) + page);
    } else {
        return false;
    }
    return true;
}

void Planner::planError()
{
    const int status = m_fault.status > 0 ? m_fault.status : 500;
    const QByteArray message
        = "Simulated: the provider answers " + QByteArray::number(status) + '.';
    const QByteArray body = errorBody(m_ask.shape, status, message,
                                      QByteArray("req_sim" + QByteArray::number(m_context.number)));
    if (m_fault.retryAfterSeconds >= 0)
        m_fields = "retry-after: " + QByteArray::number(m_fault.retryAfterSeconds) + "\r\n";
    m_out.wait(m_fault.delay);
    m_out.add(Nanos(0), head("application/json", body.size(), status) + body);
}

void Planner::spoilAnswer(Answer &answer) const
{
    if (is("wrong_model")) {
        answer.model = "sim-other-model";
    } else if (is("wrong_usage")) {
        answer.promptTokens = answer.outputTokens = 0;
    } else if (is("empty")) {
        answer.tokens.clear();
        answer.calls.clear();
        answer.outputTokens = 0;
        answer.hasEndReason = false;
    } else if (is("repeat") && !answer.tokens.isEmpty()) {
        answer.tokens.insert(answer.tokens.begin() + qMin<qsizetype>(1, answer.tokens.size()),
                             kRepeats, " again");
        answer.outputTokens = answer.tokens.size();
    } else if (is("bad_tool_args")) {
        if (answer.calls.isEmpty()) {
            // The request offers tools and asks for none; one of them is called all the same.
            answer.calls.append({m_ask.firstTool, {}});
            answer.tokens.clear();
        }
        for (ToolCall &call : answer.calls)
            call.arguments = "{\"city\":\"Pra";
    }
}

void Planner::spoilEvents(QList<Event> &events) const
{
    const qsizetype at = qMin<qsizetype>(m_fault.afterEvents, events.size());
    if (isCut()) {
        events.resize(at);
    } else if (is("error_in_200")) {
        const int status = m_fault.status > 0 ? m_fault.status : 503;
        events.resize(at);
        events.append(errorEvent(m_ask.shape, status,
                                 "Simulated: the provider reports an error in its stream."));
    } else if (is("bad_json")) {
        events.insert(
            at,
            {"data: {\"id\":\"sim\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"bro\n\n",
             true});
    } else if (is("bad_sse")) {
        events.insert(at,
                      {QByteArray("event: \xff\xfe\ndata: {\"type\":\ndata: ]broken\n\n"), true});
    } else if (is("gzip_fault")) {
        events = {{QByteArray(kNoGzip, sizeof kNoGzip - 1), true}};
    }
}

void Planner::endCut()
{
    if (is("cut_fin")) {
        m_plan.end = Plan::End::Fin;
    } else if (is("cut_rst")) {
        m_plan.end = Plan::End::Reset;
        m_out.wait(kBeforeReset);
    } else {
        m_plan.end = Plan::End::Silence;
    }
}

void Planner::planStream(const Answer &answer)
{
    const bool isChunked = m_context.canChunk;
    const auto framed = [isChunked](const QByteArray &bytes) {
        return isChunked ? QByteArray::number(bytes.size(), 16) + "\r\n" + bytes + "\r\n" : bytes;
    };
    if (!isChunked)
        m_plan.closes = true;

    QList<Event> events = replyEvents(m_ask, answer);
    const QList<Event> whole = events;
    spoilEvents(events);

    Nanos gap = m_ask.perToken.count() >= 0 ? m_ask.perToken : m_context.script.perToken;
    if (is("slow_stream"))
        gap = delayOr(kSlowStream);
    const Nanos first = m_context.script.firstToken;
    Nanos beforeContent = first - first / 2;
    if (is("slow_first_token"))
        beforeContent += delayOr(kSlowFirstToken);

    m_out.add(first / 2 + (is("slow_head") ? delayOr(kSlowHead) : Nanos(0)),
              head(streamType(m_ask), isChunked ? -1 : -2));
    bool hasContent = false;
    const auto play = [&](const Event &event) {
        m_out.add(!event.isContent ? Nanos(0)
                      : hasContent ? gap
                                   : beforeContent,
                  framed(event.bytes));
        hasContent = hasContent || event.isContent;
    };
    for (const Event &event : events)
        play(event);

    if (isCut() && !(is("stall") && m_fault.delay.count() > 0)) {
        endCut();
        if (is("ping_only")) {
            m_plan.pulse = framed(pingEvent(m_ask.shape));
            m_plan.pulseEvery = delayOr(kPing);
        }
        return;
    }
    if (is("stall")) {
        m_out.wait(m_fault.delay);
        for (qsizetype i = events.size(); i < whole.size(); ++i)
            play(whole[i]);
    }
    if (isChunked)
        m_out.add(Nanos(0), "0\r\n\r\n");
}

void Planner::planBody(const Answer &answer)
{
    QByteArray body = is("error_in_200")
        ? errorBody(m_ask.shape, m_fault.status > 0 ? m_fault.status : 503,
                    "Simulated: the provider reports an error in its answer.", "req_sim")
        : replyBody(m_ask, answer);
    planWhole({200, std::move(body)}, answer.outputTokens);
}

void Planner::planWhole(Passed reply, qint64 tokens)
{
    QByteArray &body = reply.body;
    if (is("bad_json") || is("bad_sse"))
        body.truncate(body.size() / 2);
    else if (is("gzip_fault"))
        body.prepend("\x1f\x8b");

    const Nanos gap = m_ask.perToken.count() >= 0 ? m_ask.perToken : m_context.script.perToken;
    Nanos wait = m_context.script.firstToken + gap * tokens;
    if (is("slow_head"))
        wait += delayOr(kSlowHead);
    else if (is("slow_first_token"))
        wait += delayOr(kSlowFirstToken);

    const QByteArray top = head(reply.type, body.size(), reply.status);
    if (isCut()) {
        const qsizetype sent = m_fault.afterEvents > 0 ? body.size() / 2 : 0;
        m_out.add(wait, top + body.first(sent));
        if (is("stall") && m_fault.delay.count() > 0)
            m_out.add(m_fault.delay, body.sliced(sent));
        else
            endCut();
    } else if (is("slow_stream")) {
        m_out.add(wait, top);
        for (int i = 0; i < kDribbles; ++i) {
            const qsizetype from = body.size() * i / kDribbles;
            m_out.add(delayOr(kSlowStream),
                      body.sliced(from, body.size() * (i + 1) / kDribbles - from));
        }
    } else {
        m_out.add(wait, top + body);
    }
}

} // namespace

Plan planAnswer(const Ask &ask, const std::optional<Fault> &fault, PlanContext &context)
{
    return Planner(ask, fault, context).run();
}

Plan planPassed(const Passed &reply, const std::optional<Fault> &fault, PlanContext &context)
{
    return Planner(Ask(), fault, context).pass(reply);
}

Plan planReply(int status, const QByteArray &body, const PlanContext &context,
               QByteArrayView fields, QByteArrayView contentType)
{
    Plan plan;
    plan.closes = !context.isKeepAlive;
    plan.parts.push_back(
        {Nanos(0),
         headBytes(status, contentType, body.size(), plan.closes, fields, context.wallMs) + body});
    return plan;
}

} // namespace sb::sim
