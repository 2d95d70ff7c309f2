#include "http/tls_transport.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace sb::http {

namespace {
constexpr qsizetype kRecord = 16 * 1024; // plain bytes in one TLS record [RFC 8446 §5.1]
}

TlsTransport::TlsTransport(TransportHub &hub, TlsContexts &contexts, const Origin &origin)
    : Transport(hub)
    , m_contexts(contexts)
    , m_origin(origin)
{
}

TlsTransport::~TlsTransport()
{
    close();
    // A session counts as spoiled when its connection goes without a goodbye; a cancelled request
    // says nothing against it.
    if (m_ssl)
        SSL_set_shutdown(m_ssl.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

// OpenSSL's own socket BIO uses write(), which raises SIGPIPE.
BIO *TlsTransport::makeBio(Wire &wire)
{
    static BIO_METHOD *const method = [] {
        BIO_METHOD *made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "transport");
        if (made) {
            BIO_meth_set_read(made, bioRead);
            BIO_meth_set_write(made, bioWrite);
            BIO_meth_set_ctrl(made, bioControl);
        }
        return made;
    }();
    BIO *bio = method ? BIO_new(method) : nullptr;
    if (bio) {
        BIO_set_data(bio, &wire);
        BIO_set_init(bio, 1);
    }
    return bio;
}

int TlsTransport::bioRead(BIO *bio, char *to, int room)
{
    Wire &wire = *static_cast<Wire *>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    ssize_t count;
    do {
        count = ::recv(wire.descriptor, to, size_t(room), 0);
    } while (count < 0 && errno == EINTR);
    if (count < 0) {
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            BIO_set_retry_read(bio);
        else
            wire.error = errno;
    }
    return int(count);
}

int TlsTransport::bioWrite(BIO *bio, const char *from, int count)
{
    Wire &wire = *static_cast<Wire *>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    ssize_t sent;
    do {
        sent = ::send(wire.descriptor, from, size_t(count), MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0) {
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            BIO_set_retry_write(bio);
        else
            wire.error = errno;
    }
    return int(sent);
}

long TlsTransport::bioControl(BIO *, int command, long, void *)
{
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

void TlsTransport::startHandshake(HandshakeDone done)
{
    m_done = std::move(done);
    m_stage = Stage::Handshake;
    m_wire.descriptor = descriptor();
    // The first step waits for readiness too, so that `done` never runs inside this call.
    setWatchingWrite(true);
}

void TlsTransport::shakeHands()
{
    if (!m_ssl) {
        auto handle = m_contexts.makeHandle(m_origin, *this);
        BIO *bio = handle ? makeBio(m_wire) : nullptr;
        if (!bio) {
            const QByteArray why = handle ? QByteArrayLiteral("TLS could not be set up")
                                          : handle.error().detail.toUtf8();
            finishHandshake(TlsFault{UpstreamError::TlsFailed, why});
            return;
        }
        m_ssl = std::move(*handle);
        SSL_set_bio(m_ssl.get(), bio, bio);
    }
    ERR_clear_error();
    const int result = SSL_do_handshake(m_ssl.get());
    if (result == 1) {
        m_isResumed = SSL_session_reused(m_ssl.get()) == 1;
        if (isPeerVerified(m_ssl.get()))
            finishHandshake(std::nullopt);
        else
            finishHandshake(describeTlsFailure(m_ssl.get(), m_origin, SSL_ERROR_NONE, 0));
        return;
    }
    const int error = SSL_get_error(m_ssl.get(), result);
    switch (error) {
    case SSL_ERROR_WANT_READ:
        setWatchingWrite(false);
        setWatchingRead(true);
        return;
    case SSL_ERROR_WANT_WRITE:
        setWatchingWrite(true);
        return;
    default:
        finishHandshake(describeTlsFailure(m_ssl.get(), m_origin, error, m_wire.error));
        return;
    }
}

void TlsTransport::finishHandshake(std::optional<TlsFault> fault)
{
    setWatchingRead(false);
    setWatchingWrite(false);
    m_stage = fault ? Stage::Dead : Stage::Ready;
    const HandshakeDone done = std::move(m_done);
    done(std::move(fault)); // may destroy us
}

void TlsTransport::sessionOffered(SslSession session)
{
    m_contexts.sessions().put(m_origin, std::move(session));
}

void TlsTransport::onReadable()
{
    if (m_stage == Stage::Handshake)
        shakeHands();
    else
        Transport::onReadable();
}

void TlsTransport::onWritable()
{
    if (m_stage == Stage::Handshake) {
        shakeHands();
        return;
    }
    const bool wasReadBlocked = std::exchange(m_readWantsWrite, false);
    if (isGoneAfter([this] { Transport::onWritable(); }))
        return;
    if (wasReadBlocked && isReading())
        Transport::onReadable();
}

Transport::Io TlsTransport::stopReading(int result, qsizetype moved)
{
    Io io;
    switch (SSL_get_error(m_ssl.get(), result)) {
    case SSL_ERROR_WANT_WRITE:
        m_readWantsWrite = true;
        setWatchingWrite(true);
        [[fallthrough]];
    case SSL_ERROR_WANT_READ:
        return moved > 0 ? Io{Io::State::Moved, moved, 0} : Io{Io::State::WouldBlock, 0, 0};
    case SSL_ERROR_ZERO_RETURN:
        io = Io{Io::State::Ended, 0, 0};
        break;
    default:
        m_stage = Stage::Dead;
        io = Io{Io::State::Failed, 0, m_wire.error};
        break;
    }
    ERR_clear_error();
    if (moved == 0)
        return io;
    m_end = io;
    m_isEndPending = true;
    return Io{Io::State::Moved, moved, 0};
}

Transport::Io TlsTransport::doRead(char *to, qsizetype room)
{
    if (m_isEndPending) {
        m_isEndPending = false;
        return m_end;
    }
    if (m_stage != Stage::Ready)
        return Io{m_stage == Stage::Dead ? Io::State::Failed : Io::State::WouldBlock, 0,
                  m_wire.error};
    qsizetype moved = 0;
    while (moved < room) {
        ERR_clear_error();
        size_t count = 0;
        const int result = SSL_read_ex(m_ssl.get(), to + moved, size_t(room - moved), &count);
        if (result != 1)
            return stopReading(result, moved);
        moved += qsizetype(count);
    }
    return Io{Io::State::Moved, moved, 0};
}

Transport::Io TlsTransport::doWrite(const iovec *parts, int count)
{
    if (m_stage != Stage::Ready)
        return Io{m_stage == Stage::Dead ? Io::State::Failed : Io::State::WouldBlock, 0,
                  m_wire.error};
    std::array<char, kRecord> gathered;
    qsizetype moved = 0;
    qsizetype offset = 0; // into the part at hand
    int part = 0;
    while (part < count) {
        // One full record at a time: head and small parts share one instead of making many.
        const char *from = static_cast<const char *>(parts[part].iov_base) + offset;
        qsizetype length = std::min(qsizetype(parts[part].iov_len) - offset, kRecord);
        if (length < kRecord && part + 1 < count) {
            std::memcpy(gathered.data(), from, size_t(length));
            for (int next = part + 1; next < count && length < kRecord; ++next) {
                const qsizetype more = std::min(qsizetype(parts[next].iov_len), kRecord - length);
                std::memcpy(gathered.data() + length, parts[next].iov_base, size_t(more));
                length += more;
            }
            from = gathered.data();
        }
        ERR_clear_error();
        size_t accepted = 0;
        const int result = SSL_write_ex(m_ssl.get(), from, size_t(length), &accepted);
        if (result != 1) {
            const int error = SSL_get_error(m_ssl.get(), result);
            if (error == SSL_ERROR_WANT_WRITE || error == SSL_ERROR_WANT_READ)
                return moved > 0 ? Io{Io::State::Moved, moved, 0} : Io{Io::State::WouldBlock, 0, 0};
            m_stage = Stage::Dead;
            ERR_clear_error();
            return Io{Io::State::Failed, 0, m_wire.error};
        }
        moved += qsizetype(accepted);
        offset += qsizetype(accepted);
        while (part < count && offset >= qsizetype(parts[part].iov_len))
            offset -= qsizetype(parts[part++].iov_len);
    }
    return Io{Io::State::Moved, moved, 0};
}

void TlsTransport::doShutdownWrite()
{
    beforeClose(false);
    Transport::doShutdownWrite();
}

void TlsTransport::beforeClose(bool isReset)
{
    if (isReset || m_stage != Stage::Ready || SSL_in_init(m_ssl.get()))
        return;
    SSL_shutdown(m_ssl.get()); // says goodbye if the socket takes it; nobody waits for the answer
    ERR_clear_error();
}

bool TlsTransport::hasBuffered() const
{
    return m_isEndPending || (m_stage == Stage::Ready && SSL_has_pending(m_ssl.get()) == 1);
}

bool TlsTransport::isQuiet()
{
    if (!isOpen() || m_isEndPending || m_stage != Stage::Ready)
        return false;
    if (Transport::isQuiet() && SSL_has_pending(m_ssl.get()) == 0)
        return true;
    // Something is there: tickets are swallowed by looking, anything else is unexpected.
    ERR_clear_error();
    char byte;
    size_t count = 0;
    const int result = SSL_peek_ex(m_ssl.get(), &byte, 1, &count);
    const bool isQuiet = result != 1 && SSL_get_error(m_ssl.get(), result) == SSL_ERROR_WANT_READ;
    ERR_clear_error();
    return isQuiet;
}

} // namespace sb::http
