// The listener's seam: what a handler of requests sees of the HTTP server.
//
// Everything here lives on one thread (the engine's). The server owns connections; a handler never
// sees one. Limits, framing, keep-alive, Expect and timeouts are the server's business; a request
// that breaks them is answered by the server through Handler::refusalBody and never reaches
// handle(). [RFC 9110, RFC 9112; robustness §6]
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "http/head.h"
#include "record/code.h"

#include <QHostAddress>

#include <functional>
#include <memory>
#include <optional>

namespace sb::http {

struct Peer {
    QHostAddress address;
    quint16 port = 0;
    quint16 localPort = 0;
    int listener = 0; // index into the listeners given to the server
    quint64 connection = 0; // counts up, never reused
};

struct Request {
    RequestHead head;
    // Whole and, where content-encoding was gzip or deflate, decoded. Its allocation has at least
    // 64 bytes of room behind the end (simdjson's padding).
    QByteArray body;
    Peer peer;
    Nanos receivedAt{0}; // first byte of the head
};

// A reply given before or instead of handle().
struct Refusal {
    int status = 400;
    Code code = Code::BadRequest;
    QByteArray contentType = "application/json";
    QByteArray fields; // further complete "name: value\r\n" lines
    QByteArray body;
    bool closes = false;
};

class ResponseListener {
public:
    // The client hung up (FIN or reset) before the reply was whole, took no byte for 60 s, or the
    // server stops. The stream is dead; called once, never inside a call on the stream.
    virtual void clientLeft() = 0;
    // The queue fell below its low mark after write() said it was full.
    virtual void drained() = 0;

protected:
    ~ResponseListener() = default;
};

// One reply on its way to a client. Shared by the connection and whoever answers; calls after
// clientLeft(), end() or abort() do nothing.
class ResponseStream {
public:
    virtual ~ResponseStream() = default;

    virtual void setListener(ResponseListener *listener) = 0; // not owned; nullptr before it dies

    // Sends status and fields. `fields` are complete lines; the server adds date, connection,
    // content-length or transfer-encoding. length -1 = chunked.
    virtual void begin(int status, QByteArrayView fields, qint64 length) = 0;
    // Body bytes; begin() and small writes of one event-loop turn leave in one system call.
    // False when more than the high mark (1 MiB) waits: stop until drained().
    virtual bool write(QByteArrayView bytes) = 0;
    virtual bool write(QByteArray bytes) = 0; // shares the buffer instead of copying
    virtual void end() = 0; // whole
    virtual void abort() = 0; // not whole: the connection is reset, so no client takes it for whole

    virtual bool isOpen() const = 0;
    virtual bool isBegun() const = 0;
    virtual qint64 queuedBytes() const = 0;
    virtual qint64 writtenBytes() const = 0; // body bytes accepted so far
};

class Handler {
public:
    virtual ~Handler() = default;

    // A client connected: a good moment to open warm connections upstream.
    virtual void connected(const Peer &) { }
    // The head is complete, no body byte was read. A refusal here is answered at once (before 100).
    virtual std::optional<Refusal> admit(const RequestHead &head, const Peer &peer) = 0;
    // The request is complete. May answer inside the call or later.
    virtual void handle(Request request, std::shared_ptr<ResponseStream> stream) = 0;
    // The body and content type for a refusal the server itself makes (bad head, too large, slow):
    // in the dialect the path shows, as far as a head was understood.
    virtual Refusal refusal(Code code, int status, const RequestHead *head) = 0;
};

struct ListenAddress {
    QString host = QStringLiteral("127.0.0.1"); // 127.0.0.1 also binds ::1 where there is one
    quint16 port = 7317; // 0 = any free one
};

struct Limits {
    qsizetype requestLine = 8 * 1024;
    qsizetype field = 8 * 1024;
    qsizetype head = 32 * 1024;
    int fields = 100;
    qint64 body = 64ll * 1024 * 1024;
    int decodeRatio = 100;
    qsizetype chunkExtensions = 4 * 1024;
    qsizetype trailers = 8 * 1024;
    Seconds headTime{10};
    Seconds firstBodyByte{10};
    qint64 bodyBytesPerSecond = 1024; // after firstBodyByte
    Seconds keepAliveIdle{75};
    int requestsPerConnection = 1000;
    int connections = 8192; // lowered to half of the descriptors that are left
    int withoutHead = 64;
    qint64 queueHigh = 1024 * 1024;
    qint64 queueLow = 256 * 1024;
    Seconds clientTakesNothing{60};
};

class Server {
public:
    virtual ~Server() = default;

    // Binds every address; all or nothing. The error's detail names the address, and the code is
    // "port_taken" where that is the reason.
    virtual Result<QList<ListenAddress>> listen(const QList<ListenAddress> &addresses) = 0;
    // No new connections; idle ones close, busy ones close after their reply.
    virtual void drain() = 0;
    // Closes everything now; open streams hear clientLeft().
    virtual void close() = 0;
    virtual int connectionCount() const = 0;
    virtual int busyCount() const = 0; // with a request being read or answered

    // `handler` and `clock` outlive the server. Call and use on one thread that has an event loop.
    // `beforeSend` runs before any byte of a reply is handed to the kernel.
    static std::unique_ptr<Server> create(Handler &handler, Clock &clock, const Limits &limits,
                                          std::function<void()> beforeSend = {});
};

} // namespace sb::http
