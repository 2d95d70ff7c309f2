// A gateway on a fake wire and a manual clock, with clients that are values.
#pragma once

#include "config/config_file.h"
#include "gateway/gateway.h"
#include "ledger/ledger.h"
#include "record/capture_draft.h"
#include "scripted_upstream.h"

#include <QCryptographicHash>
#include <QTest>

namespace sb::gateway {

// What one client got, and when.
class FakeStream final : public http::ResponseStream {
public:
    FakeStream(Clock &clock, std::function<void()> onEnd)
        : m_clock(clock)
        , m_onEnd(std::move(onEnd))
    {
    }

    void setListener(http::ResponseListener *listener) override { m_listener = listener; }
    void begin(int s, QByteArrayView f, qint64 length) override
    {
        if (!m_isOpen)
            return;
        ++begins;
        status = s;
        fields = f.toByteArray();
        m_length = length;
        begunAt = m_clock.now();
    }
    bool write(QByteArrayView bytes) override
    {
        if (m_isOpen)
            body.append(bytes);
        return !isFull;
    }
    bool write(QByteArray bytes) override { return write(QByteArrayView(bytes)); }
    void end() override
    {
        if (!std::exchange(m_isOpen, false))
            return;
        ++ends;
        endedAt = m_clock.now();
        if (m_length >= 0 && m_length != body.size())
            wrongLength = true;
        m_onEnd();
    }
    void abort() override
    {
        m_isOpen = false;
        ++aborts;
    }
    bool isOpen() const override { return m_isOpen; }
    bool isBegun() const override { return begins > 0; }
    qint64 queuedBytes() const override { return 0; }
    qint64 writtenBytes() const override { return body.size(); }

    void hangUp()
    {
        if (!std::exchange(m_isOpen, false))
            return;
        if (m_listener)
            std::exchange(m_listener, nullptr)->clientLeft();
    }
    void drain()
    {
        isFull = false;
        if (m_listener)
            m_listener->drained();
    }
    QByteArray field(const QByteArray &name) const
    {
        for (const QByteArray &line : fields.split('\n')) {
            if (line.startsWith(name) && line.mid(name.size(), 2) == ": ")
                return line.mid(name.size() + 2).trimmed();
        }
        return {};
    }

    int status = 0;
    QByteArray fields;
    QByteArray body;
    int begins = 0;
    int ends = 0;
    int aborts = 0;
    bool isFull = false;
    bool wrongLength = false;
    Nanos begunAt{-1};
    Nanos endedAt{-1};

private:
    Clock &m_clock;
    std::function<void()> m_onEnd;
    http::ResponseListener *m_listener = nullptr;
    qint64 m_length = -1;
    bool m_isOpen = true;
};
using StreamPtr = std::shared_ptr<FakeStream>;

class KitSink final : public ledger::Sink {
public:
    bool sent(const Exchange &exchange, int index) override
    {
        ++sentCount[exchange.id];
        isOrdered &= !settledCount.contains(exchange.id)
            && index == int(exchange.attempts.size()) - 1
            && exchange.attempts[index].stage == Stage::Unsent;
        if (onSent)
            onSent();
        return true;
    }
    void event(const EventView &event) override { events.append(event); }
    bool settled(const Exchange &exchange) override
    {
        ++settledCount[exchange.id];
        return true;
    }
    void record(std::shared_ptr<const Exchange> exchange) override
    {
        exchanges.append(std::move(exchange));
    }
    bool capture(CaptureDraft &&draft) override
    {
        captures.append(std::move(draft));
        return true;
    }
    QHash<ExchangeId, int> sentCount;
    QHash<ExchangeId, int> settledCount;
    QList<std::shared_ptr<const Exchange>> exchanges;
    QList<EventView> events;
    QList<CaptureDraft> captures;
    std::function<void()> onSent;
    bool isOrdered = true;
};

class GatewayKit {
public:
    explicit GatewayKit(int providers, const QByteArray &routing = "{}", quint64 seed = 7)
        : random(seed)
        , wire(clock)
    {
        QByteArray list;
        QByteArray targets;
        for (int i = 1; i <= providers; ++i) {
            const QByteArray n = QByteArray::number(i);
            const QByteArray comma = i > 1 ? "," : "";
            list += comma + "{\"id\":\"p" + n + "\",\"dialects\":{\"openai-chat\":\"https://p" + n
                + ".example/v1\",\"anthropic\":\"https://p" + n
                + ".example\"},\"auth\":{\"type\":\"none\"},\"models\":[{\"id\":\"m\",\"price\":{"
                  "\"input\":\"2.50\",\"output\":\"10.00\"}}]}";
            targets += comma + "{\"provider\":\"p" + n + "\",\"model\":\"m\"}";
        }
        const QByteArray text = "{\"version\":1,\"providers\":[" + list
            + "],\"chains\":[{\"id\":\"c\",\"targets\":[" + targets + "]}],\"routing\":" + routing
            + ",\"clients\":[{\"id\":\"tester\",\"secret\":\"env:X\",\"chains\":[\"*\"],"
              "\"default_chain\":\"c\"},{\"id\":\"other\",\"secret\":\"env:Y\",\"chains\":[\"*\"],"
              "\"default_chain\":\"c\"}]}";
        const config::Checked checked = config::validate(text, 1, config::builtInCatalog());
        for (const config::Problem &problem : checked.problems)
            qInfo().noquote() << problem.path << problem.message;
        if (!checked.snapshot)
            qFatal("the test's configuration is refused");
        ledger = std::make_unique<ledger::Ledger>(
            clock, [this](const FramePtr &frame) { frames.append(frame); },
            [this] { return gateway ? gateway->gates().views() : QList<GateView>(); });
        gateway = std::make_unique<Gateway>(Gateway::Parts{
            clock, random, wire, *ledger, sink,
            [](const ExchangeId &, std::function<void(std::shared_ptr<const Exchange>)> found) {
                found(nullptr);
            }});
        gateway->gates().onChanged([this] { ledger->gatesChanged(); });
        gateway->setSetup(setupOf(checked.snapshot));
        gateway->setListenerClients({ClientId()});
    }
    // Applies an edited configuration, as the engine would.
    void edit(const std::function<void(config::ConfigSnapshot &)> &change)
    {
        auto edited = std::make_shared<config::ConfigSnapshot>(*gateway->setup()->config);
        ++edited->revision;
        change(*edited);
        gateway->setSetup(setupOf(edited));
    }
    ~GatewayKit() { gateway->stop(); }

    StreamPtr ask(const QByteArray &path, const QByteArray &body,
                  const QList<std::pair<QByteArray, QByteArray>> &fields = {},
                  const QByteArray &method = "POST")
    {
        auto stream = std::make_shared<FakeStream>(clock, [this] {
            // The journal has the settlement before the client has the end.
            isSettledFirst &= sink.settledCount.size() > m_endsSeen;
            ++m_endsSeen;
        });
        http::Request request;
        request.head.method = method;
        request.head.target = path;
        const qsizetype query = path.indexOf('?');
        request.head.path = query < 0 ? path : path.first(query);
        if (query >= 0)
            request.head.query = path.sliced(query + 1);
        request.head.fields.add("host", "127.0.0.1:7317");
        request.head.fields.add("authorization", QByteArray("Bearer " + key));
        for (const auto &[name, value] : fields)
            request.head.fields.add(name, value);
        if (!request.head.fields.has("content-type"))
            request.head.fields.add("content-type", "application/json");
        request.body.reserve(body.size() + 64);
        request.body.append(body);
        request.head.contentLength = body.size();
        request.peer.localPort = 7317;
        request.peer.connection = ++m_connection;
        request.receivedAt = clock.now();
        const auto refused = gateway->admit(request.head, request.peer);
        if (refused) {
            stream->begin(refused->status, refused->fields, refused->body.size());
            stream->write(refused->body);
            stream->end();
            return stream;
        }
        gateway->handle(std::move(request), stream);
        return stream;
    }
    StreamPtr chat(bool isStream, const QList<std::pair<QByteArray, QByteArray>> &fields = {})
    {
        return ask("/v1/chat/completions",
                   QByteArray("{\"model\":\"c\",\"stream\":") + (isStream ? "true" : "false")
                       + ",\"messages\":[{\"role\":\"user\",\"content\":\"hello there\"}]}",
                   fields);
    }
    const Exchange &last() const { return *sink.exchanges.last(); }

    ManualClock clock;
    SeededRandom random;
    KitSink sink;
    ScriptedUpstream wire;
    QList<FramePtr> frames;
    std::unique_ptr<ledger::Ledger> ledger;
    std::unique_ptr<Gateway> gateway;
    bool isSettledFirst = true;
    QByteArray key = "key"; // of the client that asks; "key2" is other's

private:
    static SetupPtr setupOf(const config::SnapshotPtr &config)
    {
        const auto digest
            = [](const char *k) { return QCryptographicHash::hash(k, QCryptographicHash::Sha256); };
        return makeSetup(config, {},
                         {{ClientId(QStringLiteral("tester")), digest("key")},
                          {ClientId(QStringLiteral("other")), digest("key2")}});
    }

    quint64 m_connection = 0;
    qsizetype m_endsSeen = 0;
};

// ---- Replies of a provider ---------------------------------------------------------------------

inline QByteArray chunk(const QByteArray &delta, const QByteArray &finish = "null")
{
    return "data: {\"id\":\"x\",\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"choices\":[{"
           "\"index\":0,\"delta\":"
        + delta + ",\"finish_reason\":" + finish + "}]}\n\n";
}
inline QByteArray roleChunk()
{
    return chunk("{\"role\":\"assistant\",\"content\":\"\"}");
}
inline QByteArray textChunk(const QByteArray &text)
{
    return chunk("{\"content\":\"" + text + "\"}");
}
inline QByteArray lastChunks()
{
    return chunk("{}", "\"stop\"")
        + "data: {\"id\":\"x\",\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"choices\":[],"
          "\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":2,\"total_tokens\":7}}\n\n"
          "data: [DONE]\n\n";
}
inline QByteArray wholeReply()
{
    return "{\"id\":\"x\",\"object\":\"chat.completion\",\"model\":\"m\",\"choices\":[{\"index\":0,"
           "\"message\":{\"role\":\"assistant\",\"content\":\"hi\"},\"finish_reason\":\"stop\"}],"
           "\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":2,\"total_tokens\":7}}";
}
inline Acts streams()
{
    return {connects(),
            sends(),
            heads(200, "text/event-stream"),
            bodies(roleChunk()),
            bodies(textChunk("hi")),
            bodies(lastChunks()),
            ends()};
}
inline Acts saying(const QByteArray &body, const QByteArray &type = "application/json")
{
    return {connects(), sends(), heads(200, type), bodies(body), ends()};
}
inline Acts answers()
{
    return saying(wholeReply());
}
inline Acts refuses(int status, const QList<std::pair<QByteArray, QByteArray>> &fields = {})
{
    return {connects(), sends(), heads(status, "application/json", Millis(1), fields),
            bodies("{\"error\":{\"message\":\"no\"}}"), ends()};
}

// Providers p1, p2, … that speak one dialect each.
inline void speak(GatewayKit &kit, const QList<DialectId> &dialects)
{
    kit.edit([&](config::ConfigSnapshot &config) {
        for (qsizetype i = 0; i < dialects.size(); ++i) {
            const QByteArray host = "https://p" + QByteArray::number(i + 1) + ".example";
            const bool hasVersion
                = dialects[i] == DialectId::OpenAiChat || dialects[i] == DialectId::OpenAiResponses;
            config.providers[i].baseUrls
                = {{dialects[i], hasVersion ? QByteArray(host + "/v1") : host}};
        }
    });
}

} // namespace sb::gateway
