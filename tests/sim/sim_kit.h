// What the simulator's tests share: a clock on Qt's timers and a client that sees raw bytes.
#pragma once

#include "base/clock.h"
#include "sim/simulator.h"

#include <QTcpSocket>
#include <QTest>
#include <QTimer>

#include <map>
#include <memory>

namespace sb::sim::test {

// Real time, timers by the event loop.
class QtClock final : public Clock {
public:
    Nanos now() const override { return m_plain.now(); }
    Nanos sinceBoot() const override { return m_plain.sinceBoot(); }
    qint64 wallMs() const override { return m_plain.wallMs(); }
    TimerId after(Nanos delay, std::function<void()> call) override
    {
        const TimerId id = ++m_lastId;
        auto timer = std::make_unique<QTimer>();
        timer->setSingleShot(true);
        timer->setTimerType(Qt::PreciseTimer);
        QObject::connect(timer.get(), &QTimer::timeout, timer.get(),
                         [this, id, call = std::move(call)] {
                             const auto run = call;
                             auto node = m_timers.extract(id);
                             node.mapped().release()->deleteLater();
                             run();
                         });
        timer->start(std::chrono::ceil<Millis>(delay));
        m_timers.emplace(id, std::move(timer));
        return id;
    }
    void cancel(TimerId id) override { m_timers.erase(id); }

private:
    PlainClock m_plain;
    TimerId m_lastId = 0;
    std::map<TimerId, std::unique_ptr<QTimer>> m_timers;
};

// A connection that keeps every byte.
class RawClient {
public:
    explicit RawClient(quint16 port, const QString &host = QStringLiteral("127.0.0.1"))
    {
        QObject::connect(&m_socket, &QTcpSocket::readyRead, &m_socket,
                         [this] { m_received += m_socket.readAll(); });
        m_socket.connectToHost(host, port);
    }

    void send(const QByteArray &bytes) { m_socket.write(bytes); }
    const QByteArray &received() const { return m_received; }
    bool has(QByteArrayView text) const { return m_received.contains(text); }
    bool isConnected() const { return m_socket.state() == QAbstractSocket::ConnectedState; }
    bool isClosed() const { return m_socket.state() == QAbstractSocket::UnconnectedState; }
    bool isRefused() const
    {
        return isClosed() && m_socket.error() == QAbstractSocket::ConnectionRefusedError;
    }
    QTcpSocket &socket() { return m_socket; }

private:
    QTcpSocket m_socket;
    QByteArray m_received;
};

inline QByteArray post(const QByteArray &path, const QByteArray &body,
                       const QByteArray &fields = {})
{
    return "POST " + path
        + " HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: "
        + QByteArray::number(body.size()) + "\r\n" + fields + "\r\n" + body;
}

inline QByteArray request(bool isStream, const QByteArray &text = "hello there",
                          const QByteArray &more = {})
{
    return "{\"model\":\"sim-large\",\"max_tokens\":1000,\"stream\":"
        + QByteArray(isStream ? "true" : "false") + more
        + ",\"messages\":[{\"role\":\"user\",\"content\":\"" + text + "\"}]}";
}

inline QByteArray chat(bool isStream, const QByteArray &text = "hello there",
                       const QByteArray &fields = {})
{
    return post("/v1/chat/completions",
                request(isStream, text, ",\"stream_options\":{\"include_usage\":true}"), fields);
}

inline QByteArray messages(bool isStream)
{
    return post("/v1/messages", request(isStream));
}

} // namespace sb::sim::test
