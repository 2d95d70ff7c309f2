// One client's connection: reads requests one after the other, hands each to the handler, and sends
// its reply. Owned by the server, lives on the engine's thread; dies at the end of a turn after
// retire(). [robustness §6]
#pragma once

#include "http/body_decoder.h"
#include "http/server_core.h"

namespace sb::http {

class ClientConnection;

// The reply of one request. Outlives its connection where the handler still holds it, and is then
// deaf.
class ReplyStream final : public ResponseStream {
public:
    explicit ReplyStream(ClientConnection &connection)
        : m_connection(&connection)
    {
    }

    void setListener(ResponseListener *listener) override { m_listener = listener; }
    void begin(int status, QByteArrayView fields, qint64 length) override;
    bool write(QByteArrayView bytes) override;
    bool write(QByteArray bytes) override;
    void end() override;
    void abort() override;
    bool isOpen() const override { return m_connection != nullptr; }
    bool isBegun() const override { return m_isBegun; }
    qint64 queuedBytes() const override;
    qint64 writtenBytes() const override { return m_written; }

    // The connection lets go: with a word to the listener where the reply was not whole.
    void detach(bool hasLeft);
    void tellDrained();

private:
    template <typename Bytes> bool writeBody(Bytes bytes);

    ClientConnection *m_connection;
    ResponseListener *m_listener = nullptr;
    qint64 m_length = -1;
    qint64 m_written = 0;
    bool m_isBegun = false;
    bool m_isChunked = false;
    bool m_isBodyless = false;
};

class ClientConnection final : private TransportListener, private EndOfTurn {
public:
    ClientConnection(ServerCore &server, int descriptor, Peer peer);
    ~ClientConnection();

    void start();
    Nanos deadline() const; // the next moment at which expire() has something to do
    void expire(Nanos now);
    // Idle: goes at once. Busy: closes after its reply.
    void drain();
    void drop(); // at once; an open stream hears clientLeft()

    bool isIdle() const { return m_state == State::Idle && m_requests > 0; }
    bool isBusy() const
    {
        return m_state == State::Head || m_state == State::Body || m_state == State::Busy;
    }
    bool isOver() const { return m_state == State::Over; }
    bool isSilent() { return m_transport.isQuiet(); } // nothing of it waits in the socket
    const Peer &peer() const { return m_peer; }

    std::list<ClientConnection *>::iterator withoutHead; // the server's
    bool isWithoutHead = false;

private:
    friend class ReplyStream;
    enum class State : quint8 {
        Idle, // no byte of a request yet
        Head,
        Body,
        Busy, // the handler has the request
        Closing, // the reply is on its way, FIN follows; what still comes is thrown away
        Over,
    };

    ReadSpace readSpace() override;
    void bytesRead(char *bytes, qsizetype count) override;
    void peerClosed() override;
    void writeDrained() override;
    void writeFlushed() override;
    void transportFailed(int error) override;
    void atEndOfTurn() override;

    void read(char *bytes, qsizetype count);
    bool takeHead(bool hasMore);
    void takeBody(const char *bytes, qsizetype count);
    void growBody(qsizetype needed);
    void takeRequest(QByteArrayView behind);
    void keepBehind(const char *bytes, qsizetype count);
    void refuse(Code code, int status);
    void sendRefusal(const Refusal &refusal, bool closes);
    void refuseParseError();
    void setState(State state);
    void replyDone(bool isWhole);
    void nextRequest();
    void closeAfterReply();
    void writeHead(int status, QByteArrayView fields, qint64 length, bool isChunked,
                   bool hasLengthField);
    void wrote();
    void flushSoon();
    void watchQueue();

    ServerCore &m_server;
    Transport m_transport;
    RequestParser m_parser;
    Peer m_peer;
    std::shared_ptr<ReplyStream> m_stream;
    QByteArray m_body; // sized ahead of the bytes in it
    qsizetype m_bodySize = 0;
    qint64 m_bodyBytes = 0; // since the head, thrown away ones too
    QByteArray m_behind; // bytes of the next requests, unparsed until the reply is done
    Nanos m_since{0}; // when the state began
    Nanos m_receivedAt{0};
    Nanos m_stallCheck{0}; // 0 = the queue is not watched
    qint64 m_sentAtCheck = 0;
    Nanos m_peerCheck{0}; // 0 = the peer's FIN comes by reading
    int m_requests = 0;
    int m_minorVersion = 1;
    ContentEncoding m_encoding = ContentEncoding::Identity;
    State m_state = State::Idle;
    bool m_isHead = false;
    bool m_isKeepAlive = true;
    bool m_isDiscarding = false; // the body of a refused request
    bool m_isInHandler = false;
    bool m_isReadLater = false;
};

} // namespace sb::http
