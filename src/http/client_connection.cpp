#include "http/client_connection.h"

#include "base/log.h"
#include "base/wire_text.h"

#include <charconv>

namespace sb::http {

namespace {
constexpr qsizetype kSpare = 64; // simdjson's padding
constexpr qsizetype kBodyStep = 1024 * 1024; // not more than this on a client's word alone
constexpr qsizetype kDirectRead = 16 * 1024; // a rest of this size is read into its last place
constexpr qsizetype kFirstRead = 16 * 1024; // of a request: what a large body copies at most
constexpr qsizetype kBehind = 64 * 1024; // unparsed bytes kept while a reply is made
constexpr qsizetype kSharedWrite = 2048; // smaller ones are cheaper copied
constexpr qint64 kDiscard
    = 64 * 1024; // a refused body up to this size does not cost the connection
constexpr Nanos kLinger = Seconds(2);
constexpr Nanos kPeerCheck = Millis(250);
constexpr Nanos kNever = Nanos::max();

QByteArrayView reason(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 204:
        return "No Content";
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
        return "Content Too Large";
    case 414:
        return "URI Too Long";
    case 415:
        return "Unsupported Media Type";
    case 417:
        return "Expectation Failed";
    case 426:
        return "Upgrade Required";
    case 429:
        return "Too Many Requests";
    case 431:
        return "Request Header Fields Too Large";
    case 500:
        return "Internal Server Error";
    case 502:
        return "Bad Gateway";
    case 503:
        return "Service Unavailable";
    case 504:
        return "Gateway Timeout";
    default:
        return "";
    }
}

ParserLimits parserLimits(const Limits &limits)
{
    ParserLimits out;
    out.startLine = limits.requestLine;
    out.field = limits.field;
    out.head = limits.head;
    out.fields = limits.fields;
    out.chunkExtensions = limits.chunkExtensions;
    out.trailers = limits.trailers;
    return out;
}

Code codeOf(ParseError error)
{
    switch (error) {
    case ParseError::BadMethod:
        return Code::Method;
    case ParseError::BadExpect:
        return Code::Expectation;
    case ParseError::StartLineTooLong:
        return Code::UriTooLong;
    case ParseError::FieldTooLong:
    case ParseError::HeadTooLong:
    case ParseError::TooManyFields:
        return Code::HeadTooLarge;
    default:
        return Code::BadRequest;
    }
}
} // namespace

// ReplyStream

void ReplyStream::begin(int status, QByteArrayView fields, qint64 length)
{
    if (!m_connection || m_isBegun)
        return;
    m_isBegun = true;
    const bool hasNoContent = status == 204 || status == 304;
    m_isBodyless = hasNoContent || m_connection->m_isHead;
    m_length = length;
    // HTTP/1.0 knows no chunks: there the end of the connection is the end of the body.
    m_isChunked = length < 0 && m_connection->m_minorVersion == 1 && !hasNoContent;
    if (length < 0 && !m_isChunked && !m_isBodyless)
        m_connection->m_isKeepAlive = false;
    m_connection->writeHead(status, fields, length, m_isChunked, length >= 0 && !hasNoContent);
    m_isChunked = m_isChunked && !m_isBodyless;
    m_connection->wrote();
}

template <typename Bytes> bool ReplyStream::writeBody(Bytes bytes)
{
    if (!m_connection || !m_isBegun)
        return true;
    Transport &transport = m_connection->m_transport;
    const qsizetype size = bytes.size();
    if (size == 0)
        return transport.queuedBytes() <= m_connection->m_server.limits().queueHigh;
    m_written += size;
    if (m_isBodyless)
        return true;
    if (m_length >= 0 && m_written > m_length) {
        qCWarning(lcHttp, "a reply got longer than it said");
        abort();
        return true;
    }
    bool hasRoom = true;
    if (m_isChunked) {
        char line[20];
        char *end = std::to_chars(line, line + 16, quint64(size), 16).ptr;
        *end++ = '\r';
        *end++ = '\n';
        transport.write(QByteArrayView(line, end - line));
        transport.write(std::move(bytes));
        hasRoom = transport.write(QByteArrayView("\r\n"));
    } else {
        hasRoom = transport.write(std::move(bytes));
    }
    m_connection->wrote();
    return hasRoom;
}

bool ReplyStream::write(QByteArrayView bytes)
{
    return writeBody(bytes);
}

bool ReplyStream::write(QByteArray bytes)
{
    if (bytes.size() <= kSharedWrite)
        return writeBody(QByteArrayView(bytes));
    return writeBody(std::move(bytes));
}

void ReplyStream::end()
{
    if (!m_connection)
        return;
    if (!m_isBegun || (m_length >= 0 && !m_isBodyless && m_written != m_length)) {
        qCWarning(lcHttp, "a reply ended before it was whole");
        abort();
        return;
    }
    if (m_isChunked)
        m_connection->m_transport.write(QByteArrayView("0\r\n\r\n"));
    std::exchange(m_connection, nullptr)->replyDone(true);
}

void ReplyStream::abort()
{
    if (m_connection)
        std::exchange(m_connection, nullptr)->replyDone(false);
}

qint64 ReplyStream::queuedBytes() const
{
    return m_connection ? m_connection->m_transport.queuedBytes() : 0;
}

void ReplyStream::detach(bool hasLeft)
{
    m_connection = nullptr;
    if (ResponseListener *const listener = std::exchange(m_listener, nullptr); listener && hasLeft)
        listener->clientLeft();
}

void ReplyStream::tellDrained()
{
    if (m_listener)
        m_listener->drained();
}

// ClientConnection: life

ClientConnection::ClientConnection(ServerCore &server, int descriptor, Peer peer)
    : m_server(server)
    , m_transport(server.hub())
    , m_parser(parserLimits(server.limits()))
    , m_peer(std::move(peer))
{
    m_transport.setListener(this);
    m_transport.setMarks(server.limits().queueHigh, server.limits().queueLow);
    m_transport.adopt(descriptor);
}

ClientConnection::~ClientConnection()
{
    if (m_stream)
        m_stream->detach(false);
    m_server.hub().forget(this);
}

void ClientConnection::start()
{
    setState(State::Idle);
    m_server.beganHead(*this);
    m_transport.setReading(true);
}

void ClientConnection::setState(State state)
{
    m_state = state;
    m_since = m_server.clock().now();
    if (state != State::Over)
        m_server.noteDeadline(deadline());
}

Nanos ClientConnection::deadline() const
{
    const Limits &limits = m_server.limits();
    Nanos next = kNever;
    switch (m_state) {
    case State::Idle:
        next = m_since + (m_requests == 0 ? Nanos(limits.headTime) : Nanos(limits.keepAliveIdle));
        break;
    case State::Head:
        next = m_since + limits.headTime;
        break;
    case State::Body:
        // Ten seconds, and one more for every KiB that came.
        next = m_since + limits.firstBodyByte
            + Nanos(m_bodyBytes * 1'000'000'000 / std::max<qint64>(limits.bodyBytesPerSecond, 1));
        break;
    case State::Busy:
        break;
    case State::Closing:
        if (m_transport.queuedBytes() == 0)
            next = m_since + kLinger;
        break;
    case State::Over:
        return kNever;
    }
    if (m_stallCheck.count() != 0)
        next = std::min(next, m_stallCheck);
    if (m_peerCheck.count() != 0)
        next = std::min(next, m_peerCheck);
    return next;
}

void ClientConnection::expire(Nanos now)
{
    if (m_stallCheck.count() != 0 && now >= m_stallCheck) {
        if (m_transport.queuedBytes() == 0) {
            m_stallCheck = Nanos(0);
        } else if (m_transport.sentBytes() == m_sentAtCheck) {
            qCInfo(lcHttp, "connection %llu takes nothing, closed", m_peer.connection);
            return drop();
        } else {
            m_sentAtCheck = m_transport.sentBytes();
            m_stallCheck = now + m_server.limits().clientTakesNothing;
        }
    }
    if (m_peerCheck.count() != 0 && now >= m_peerCheck) {
        if (m_transport.isPeerGone())
            return drop();
        m_peerCheck = now + kPeerCheck;
    }
    if (now < deadline())
        return;
    switch (m_state) {
    case State::Idle:
    case State::Closing:
        return drop();
    case State::Head:
    case State::Body:
        if (m_isDiscarding)
            return drop();
        return refuse(Code::RequestTimeout, 408);
    case State::Busy:
    case State::Over:
        return;
    }
}

void ClientConnection::drain()
{
    m_isKeepAlive = false;
    if (m_state == State::Idle)
        closeAfterReply();
}

void ClientConnection::drop()
{
    if (m_state == State::Over)
        return;
    if (m_state == State::Idle && m_transport.queuedBytes() > 0)
        m_transport.flush(); // a whole reply that waited for the end of the turn
    setState(State::Over);
    m_transport.close();
    m_server.endedHead(*this);
    m_server.retire(*this);
    if (const auto stream = std::exchange(m_stream, nullptr))
        stream->detach(true);
}

// ClientConnection: reading

ReadSpace ClientConnection::readSpace()
{
    if (m_state == State::Idle) {
        ReadSpace space = m_server.hub().scratch();
        space.size = std::min(space.size, kFirstRead);
        return space;
    }
    if (m_state != State::Body || m_isDiscarding || m_parser.lengthLeft() < kDirectRead)
        return {};
    growBody(m_bodySize + qsizetype(std::min<qint64>(m_parser.lengthLeft(), kDirectRead)));
    return {m_body.data() + m_bodySize,
            qsizetype(std::min<qint64>(m_body.size() - m_bodySize, m_parser.lengthLeft()))};
}

void ClientConnection::bytesRead(char *bytes, qsizetype count)
{
    if (m_isReadLater) // earlier bytes wait for the end of the turn
        return keepBehind(bytes, count);
    switch (m_state) {
    case State::Idle:
    case State::Head:
    case State::Body:
        return read(bytes, count);
    case State::Busy:
        return keepBehind(bytes, count);
    case State::Closing:
    case State::Over:
        return;
    }
}

void ClientConnection::read(char *bytes, qsizetype count)
{
    while (true) {
        if (m_state == State::Idle) {
            if (count == 0)
                return;
            m_receivedAt = m_server.clock().now();
            m_state = State::Head;
            m_since = m_receivedAt;
        }
        const ParseStep step = m_parser.feed(bytes, count);
        bytes += step.consumed;
        count -= step.consumed;
        if (step.bodySize > 0) {
            takeBody(step.body, step.bodySize);
            if (m_state != State::Body)
                return;
        }
        switch (step.state) {
        case ParseStep::State::More:
            // Only a head that came in pieces has a deadline worth the server's attention.
            if (m_state == State::Head) {
                if (!isWithoutHead)
                    m_server.beganHead(*this);
                if (m_state == State::Head)
                    m_server.noteDeadline(deadline());
            }
            return;
        case ParseStep::State::Head:
            if (!takeHead(count > 0))
                return;
            continue;
        case ParseStep::State::Failed:
            return refuseParseError();
        case ParseStep::State::Complete:
            if (m_isDiscarding) {
                m_isDiscarding = false;
                nextRequest();
                if (m_state != State::Idle)
                    return;
                continue;
            }
            takeRequest(QByteArrayView(bytes, count));
            return;
        }
    }
}

// The head is complete. False: it was refused and nothing more is read.
bool ClientConnection::takeHead(bool hasMore)
{
    m_server.endedHead(*this);
    const RequestHead &head = m_parser.head();
    const Limits &limits = m_server.limits();
    ++m_requests;
    m_isHead = head.method == "HEAD";
    m_minorVersion = head.minorVersion;
    m_isKeepAlive
        = head.isKeepAlive && m_requests < limits.requestsPerConnection && !m_server.isDraining();
    m_bodySize = 0;
    m_bodyBytes = 0;
    m_isDiscarding = false;
    m_encoding = ContentEncoding::Identity;
    if (std::optional<Refusal> refusal = m_server.handler().admit(head, m_peer)) {
        // A small body that comes anyway is cheaper to read than a new connection.
        const bool closes = refusal->closes || !m_isKeepAlive || head.contentLength < 0
            || head.contentLength > kDiscard || head.expectsContinue;
        sendRefusal(*refusal, closes);
        if (closes)
            return false;
        m_isDiscarding = true;
        setState(State::Body);
        return true;
    }
    if (head.contentLength > limits.body) {
        refuse(Code::BodyTooLarge, 413);
        return false;
    }
    if (head.contentLength != 0) {
        const auto encoding = head.fields.countOf("content-encoding") > 1
            ? std::nullopt
            : contentEncoding(head.fields.value("content-encoding"));
        if (!encoding) {
            refuse(Code::MediaType, 415);
            return false;
        }
        m_encoding = *encoding;
        if (head.expectsContinue && !hasMore) {
            m_transport.write(QByteArrayView("HTTP/1.1 100 Continue\r\n\r\n"));
            m_transport.flush();
        }
        setState(State::Body);
    } else {
        m_state = State::Body; // over at once: no deadline to note
    }
    return true;
}

void ClientConnection::growBody(qsizetype needed)
{
    if (needed <= m_body.size())
        return;
    // What the client announced, but on its word alone not more than a step at a time.
    const qint64 announced = m_parser.head().contentLength;
    qint64 size = std::max<qint64>(needed, 4 * m_bodySize);
    if (announced > 0)
        size = std::max<qint64>(needed,
                                std::min<qint64>(announced, std::max<qint64>(size, kBodyStep)));
    m_body.reserve(qsizetype(size) + kSpare);
    m_body.resize(qsizetype(size));
}

void ClientConnection::takeBody(const char *bytes, qsizetype count)
{
    m_bodyBytes += count;
    if (m_isDiscarding)
        return;
    if (m_bodySize + count > m_server.limits().body)
        return refuse(Code::BodyTooLarge, 413);
    // Bytes read straight into their place are there already.
    if (m_bodySize < m_body.size() && bytes == m_body.constData() + m_bodySize) {
        m_bodySize += count;
        return;
    }
    growBody(m_bodySize + count);
    memcpy(m_body.data() + m_bodySize, bytes, size_t(count));
    m_bodySize += count;
}

void ClientConnection::takeRequest(QByteArrayView behind)
{
    m_body.truncate(m_bodySize);
    const DecodeVerdict verdict = decodeBody(m_body, m_encoding, m_server.limits().body,
                                             m_server.limits().decodeRatio, kSpare);
    if (verdict == DecodeVerdict::Broken)
        return refuse(Code::BadRequest, 400);
    if (verdict == DecodeVerdict::TooLarge)
        return refuse(Code::BodyTooLarge, 413);
    if (m_body.capacity() < m_body.size() + kSpare && m_parser.head().method != "GET")
        m_body.reserve(m_body.size() + kSpare);
    Request request;
    request.head = std::move(m_parser.head());
    request.body = std::exchange(m_body, QByteArray());
    request.peer = m_peer;
    request.receivedAt = m_receivedAt;
    m_parser.reset();
    m_bodySize = 0;
    m_state = State::Busy; // no deadline of its own
    keepBehind(behind.data(), behind.size());
    m_stream = std::make_shared<ReplyStream>(*this);
    m_isInHandler = true;
    m_server.handler().handle(std::move(request), m_stream);
    m_isInHandler = false;
    // What the handler wrote inside the call waited for this.
    if (m_state == State::Busy && m_transport.queuedBytes() > 0)
        flushSoon();
}

// While a reply is made, what comes is kept unparsed; past the limit the socket is not read, and
// the client's leaving is looked for instead.
void ClientConnection::keepBehind(const char *bytes, qsizetype count)
{
    if (count == 0 || !m_isKeepAlive)
        return;
    m_behind.append(bytes, count);
    if (m_behind.size() >= kBehind && m_transport.isReading()) {
        m_transport.setReading(false);
        m_peerCheck = m_server.clock().now() + kPeerCheck;
        m_server.noteDeadline(m_peerCheck);
    }
}

void ClientConnection::peerClosed()
{
    // A reply that is whole still leaves, to a client that only closed its own side.
    if ((m_state == State::Idle || m_state == State::Closing) && m_transport.queuedBytes() > 0
        && m_behind.isEmpty())
        return closeAfterReply();
    drop();
}

void ClientConnection::transportFailed(int)
{
    drop();
}

// ClientConnection: replying

void ClientConnection::writeHead(int status, QByteArrayView fields, qint64 length, bool isChunked,
                                 bool hasLengthField)
{
    if (m_server.isDraining())
        m_isKeepAlive = false;
    WireText head;
    head.add("HTTP/1.1 ");
    head.add(status);
    head.add(" ");
    head.add(reason(status));
    head.add("\r\n");
    head.add(fields);
    head.add(m_server.dateLine());
    if (isChunked) {
        head.add("transfer-encoding: chunked\r\n");
    } else if (hasLengthField) {
        head.add("content-length: ");
        head.add(length);
        head.add("\r\n");
    }
    if (!m_isKeepAlive)
        head.add("connection: close\r\n");
    else if (m_minorVersion == 0)
        head.add("connection: keep-alive\r\n");
    head.add("\r\n");
    m_transport.write(head.view());
}

// Bytes are queued: they leave at the end of the turn, or when the handler returns.
void ClientConnection::wrote()
{
    if (m_isInHandler)
        return;
    m_transport.flushLater();
    watchQueue();
}

// Replies leave together at the end of the turn: the first of the writes wakes the clients' side,
// and the rest find it awake.
void ClientConnection::flushSoon()
{
    if (m_transport.queuedBytes() == 0)
        return;
    m_transport.flushLater();
    watchQueue();
}

void ClientConnection::watchQueue()
{
    if (m_stallCheck.count() != 0 || m_transport.queuedBytes() == 0)
        return;
    m_sentAtCheck = m_transport.sentBytes();
    m_stallCheck = m_server.clock().now() + m_server.limits().clientTakesNothing;
    m_server.noteDeadline(m_stallCheck);
}

void ClientConnection::replyDone(bool isWhole)
{
    m_stream.reset();
    if (m_state != State::Busy)
        return;
    if (!isWhole) {
        m_transport.resetNow();
        return drop();
    }
    flushSoon();
    if (!m_isKeepAlive)
        return closeAfterReply();
    nextRequest();
}

// Ready for the next request, which may be here already; it is read at the end of the turn, so that
// a handler is never called inside its own end().
void ClientConnection::nextRequest()
{
    m_parser.reset();
    if (m_server.isDraining() || !m_isKeepAlive)
        return closeAfterReply();
    m_body = QByteArray();
    m_bodySize = 0;
    m_peerCheck = Nanos(0);
    setState(State::Idle);
    if (!m_behind.isEmpty() && !std::exchange(m_isReadLater, true))
        m_server.hub().later(this);
}

void ClientConnection::atEndOfTurn()
{
    m_isReadLater = false;
    if (m_state != State::Idle)
        return;
    QByteArray bytes = std::exchange(m_behind, QByteArray());
    m_transport.setReading(true);
    bytes.detach();
    read(bytes.data(), bytes.size());
}

// The last reply of this connection is queued: FIN behind it, and a short time in which the client
// may read it. Closing with unread bytes would reset the reply away. [RFC 9112 §9.6]
void ClientConnection::closeAfterReply()
{
    m_behind = QByteArray();
    m_body = QByteArray();
    m_peerCheck = Nanos(0);
    m_server.endedHead(*this);
    if (m_state == State::Idle && m_transport.queuedBytes() == 0)
        return drop();
    m_transport.shutdownWrite();
    watchQueue();
    m_transport.setReading(true);
    setState(State::Closing);
}

void ClientConnection::writeDrained()
{
    if (m_stream)
        m_stream->tellDrained();
}

void ClientConnection::writeFlushed()
{
    m_stallCheck = Nanos(0);
    if (m_state == State::Closing)
        setState(State::Closing); // the linger begins now
}

void ClientConnection::refuse(Code code, int status)
{
    const bool hasHead = m_parser.isStartLineDone();
    const Refusal refusal
        = m_server.handler().refusal(code, status, hasHead ? &m_parser.head() : nullptr);
    sendRefusal(refusal, true);
}

void ClientConnection::refuseParseError()
{
    const ParseError error = m_parser.error();
    qCInfo(lcHttp, "connection %llu refused: %s", m_peer.connection, parseErrorName(error).data());
    m_isHead = m_parser.head().method == "HEAD";
    if (m_isDiscarding)
        return drop();
    const Code code = codeOf(error);
    refuse(code, codeStatus(code));
}

void ClientConnection::sendRefusal(const Refusal &refusal, bool closes)
{
    if (closes)
        m_isKeepAlive = false;
    QByteArray fields;
    if (!refusal.body.isEmpty())
        fields = "content-type: " + refusal.contentType + "\r\n";
    fields += refusal.fields;
    const bool hasNoContent = refusal.status == 204 || refusal.status == 304;
    writeHead(refusal.status, fields, refusal.body.size(), false, !hasNoContent);
    if (!m_isHead && !hasNoContent)
        m_transport.write(QByteArrayView(refusal.body));
    if (closes)
        return closeAfterReply();
    flushSoon();
}

} // namespace sb::http
