#include "http/upstream_call.h"

#include "http/address.h"
#include "http/upstream_core.h"

namespace sb::http {

namespace {

UpstreamError errorFor(ParseError error)
{
    switch (error) {
    case ParseError::StartLineTooLong:
    case ParseError::FieldTooLong:
    case ParseError::HeadTooLong:
    case ParseError::TooManyFields:
        return UpstreamError::HeadTooLarge;
    default:
        return UpstreamError::BadReply;
    }
}

} // namespace

SocketCall::SocketCall(std::shared_ptr<UpstreamCore> core, UpstreamRequest request,
                       UpstreamListener &listener)
    : m_core(std::move(core))
    , m_request(std::move(request))
    , m_listener(listener)
    , m_parser(m_core->limits)
    , m_headSize(m_request.head.size())
    , m_totalSize(m_headSize)
{
    for (const QByteArray &part : std::as_const(m_request.body))
        m_totalSize += part.size();
    m_parser.setBodyless(m_request.head.startsWith("HEAD "));
}

SocketCall::~SocketCall()
{
    if (m_gone)
        *m_gone = true;
    if (m_isSendDue)
        m_core->hub.forget(this);
    if (!m_connection)
        return;
    // Cancelled. A head that is not out whole must not be read as a request; one that is out gets a
    // plain end, so that the other side sees what was counted as sent.
    if (isHeadSent())
        m_connection->transport->close();
    else
        m_connection->transport->resetNow();
}

template <typename Call> bool SocketCall::isGoneAfter(Call &&call)
{
    bool gone = false;
    bool *const outer = std::exchange(m_gone, &gone);
    call();
    if (gone) {
        if (outer)
            *outer = true;
        return true;
    }
    m_gone = outer;
    return false;
}

void SocketCall::start()
{
    if (m_request.isReuseAllowed) {
        if (auto connection = m_core->pool.take(m_request.origin)) {
            m_core->keeper.noteTaken(m_request.origin);
            connection->info.isReused = true;
            attach(std::move(connection));
            // With what the other requests of this turn send: the first of the writes wakes the
            // other side, and the rest find it awake. Nothing is told before start() has returned.
            m_isSendDue = true;
            m_core->hub.later(this);
            return;
        }
    }
    m_connector = std::make_unique<Connector>(
        m_core->tools, m_request.origin,
        [this](Connector::Outcome outcome) { connected(std::move(outcome)); });
    m_connector->start(m_request.connectTimeout);
}

void SocketCall::connected(Connector::Outcome outcome)
{
    const std::unique_ptr<Connector> finished = std::move(m_connector);
    if (const auto *fault = std::get_if<Connector::Fault>(&outcome)) {
        fail(fault->error, fault->detail);
        return;
    }
    attach(std::get<std::unique_ptr<Connection>>(std::move(outcome)));
    m_connection->transport->flush();
    tellProgress();
}

void SocketCall::atEndOfTurn()
{
    m_isSendDue = false;
    if (!m_connection)
        return;
    m_connection->transport->flush();
    tellProgress();
}

// Queues the request; nothing is sent or told from here.
void SocketCall::attach(std::unique_ptr<Connection> connection)
{
    m_connection = std::move(connection);
    Transport &transport = *m_connection->transport;
    m_sentBefore = transport.sentBytes();
    transport.setListener(this);
    transport.write(m_request.head);
    for (const QByteArray &part : std::as_const(m_request.body))
        transport.write(part);
    transport.setReading(!m_isPaused);
}

qint64 SocketCall::sentBytes() const
{
    return m_connection ? m_connection->transport->sentBytes() - m_sentBefore : 0;
}

void SocketCall::pause()
{
    m_isPaused = true;
    if (m_connection)
        m_connection->transport->setReading(false);
}

void SocketCall::resume()
{
    m_isPaused = false;
    if (m_connection)
        m_connection->transport->setReading(true);
}

// What has happened on the way out, in order. False when a callback destroyed this call.
bool SocketCall::tellProgress()
{
    if (!std::exchange(m_isConnectTold, true)) {
        if (isGoneAfter([this] { m_listener.upstreamConnected(m_connection->info); }))
            return false;
    }
    if (!m_isSentTold && isAllSent()) {
        m_isSentTold = true;
        // The queue is empty, nothing points into these any more. The head has the provider's key
        // in it.
        m_request.head.fill('\0');
        m_request.head.clear();
        m_request.body.clear();
        m_request.bodyOwner.clear();
        if (isGoneAfter([this] { m_listener.upstreamSent(); }))
            return false;
    }
    return true;
}

void SocketCall::writeFlushed()
{
    tellProgress();
}

void SocketCall::bytesRead(char *bytes, qsizetype count)
{
    if (!tellProgress())
        return;
    for (;;) {
        const ParseStep step = m_parser.feed(bytes, count);
        bytes += step.consumed;
        count -= step.consumed;
        if (step.bodySize > 0) {
            const QByteArrayView body(step.body, step.bodySize);
            if (isGoneAfter([&] { m_listener.upstreamBody(body); }))
                return;
        }
        switch (step.state) {
        case ParseStep::State::More:
            return;
        case ParseStep::State::Head:
            m_hasHead = true;
            if (isGoneAfter([this] { m_listener.upstreamHead(m_parser.head()); }))
                return;
            break;
        case ParseStep::State::Complete:
            complete(false, count > 0);
            return;
        case ParseStep::State::Failed:
            fail(errorFor(m_parser.error()),
                 "the reply breaks HTTP: " + parseErrorName(m_parser.error()).toByteArray());
            return;
        }
    }
}

void SocketCall::peerClosed()
{
    if (!tellProgress())
        return;
    if (m_parser.finish() == Parser::Finish::Whole) {
        complete(true, false);
        return;
    }
    fail(UpstreamError::Reset,
         m_hasHead ? "the connection ended before the reply was whole"
                   : "the connection ended before a reply came");
}

void SocketCall::transportFailed(int error)
{
    if (!tellProgress())
        return;
    fail(UpstreamError::Reset,
         error != 0 ? errnoText(error)
                    : QByteArrayLiteral("the TLS connection ended without its closing message"));
}

void SocketCall::complete(bool isUnframed, bool hasExtraBytes)
{
    // Pooled before the end is told, so that a request started from there finds it.
    std::unique_ptr<Connection> connection = std::move(m_connection);
    if (!isUnframed && !hasExtraBytes && m_isSentTold && m_parser.head().isKeepAlive)
        m_core->pool.put(std::move(connection));
    else
        connection->transport->close();
    m_listener.upstreamEnd(isUnframed);
}

void SocketCall::fail(UpstreamError error, const QByteArray &detail)
{
    UpstreamFailure failure;
    failure.error = error;
    failure.isSent = m_connection && isHeadSent();
    failure.isReused = m_connection && m_connection->info.isReused;
    failure.hasHead = m_hasHead;
    failure.detail = detail;
    if (const std::unique_ptr<Connection> connection = std::move(m_connection))
        connection->transport->close();
    m_listener.upstreamFailed(failure);
}

} // namespace sb::http
