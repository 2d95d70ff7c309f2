#include "upstream_kit.h"

#include "http/address.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sb::http::test {

void resetSocket(QTcpSocket *socket)
{
    const linger now{1, 0};
    ::setsockopt(int(socket->socketDescriptor()), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    socket->abort();
}

ScriptServer::ScriptServer(const QHostAddress &address, quint16 port)
{
    connect(&m_server, &QTcpServer::newConnection, this, [this] { accept(); });
    m_server.listen(address, port);
}

Origin ScriptServer::origin() const
{
    return Origin{false, m_server.serverAddress().toString().toLatin1(), m_server.serverPort(), {}};
}

void ScriptServer::stop()
{
    m_server.close();
}

void ScriptServer::accept()
{
    while (QTcpSocket *socket = m_server.nextPendingConnection()) {
        socket->setParent(this); // lives on when the listener closes
        sides.push_back(std::make_unique<ServerSide>());
        ServerSide &side = *sides.back();
        side.socket = socket;
        connect(socket, &QTcpSocket::disconnected, this, [&side] { side.isClosed = true; });
        connect(socket, &QTcpSocket::readyRead, this, [this, &side] { bytesCame(side); });
        if (onConnection)
            onConnection(side);
        if (socket->bytesAvailable() > 0)
            bytesCame(side);
    }
}

void ScriptServer::bytesCame(ServerSide &side)
{
    side.received += side.socket->readAll();
    if (onBytes)
        onBytes(side);
    for (;;) {
        const qsizetype head = side.received.indexOf("\r\n\r\n");
        if (head < 0)
            return;
        qsizetype length = 0;
        const qsizetype field = side.received.left(head + 2).toLower().indexOf("content-length:");
        if (field >= 0)
            length = side.received
                         .sliced(field + 15, side.received.indexOf("\r\n", field) - field - 15)
                         .trimmed()
                         .toLongLong();
        if (side.received.size() < head + 4 + length)
            return;
        const QByteArray request = side.received.left(head + 4 + length);
        side.received.remove(0, request.size());
        ++side.requests;
        ++requests;
        if (onRequest)
            onRequest(side, request);
    }
}

namespace {
class TimedLookup final : public Lookup {
public:
    QTimer timer;
};
} // namespace

std::unique_ptr<Lookup> TableResolver::lookup(const QByteArray &host, Done done)
{
    ++lookups;
    auto lookup = std::make_unique<TimedLookup>();
    lookup->timer.setSingleShot(true);
    const auto addresses = names.value(host);
    QObject::connect(&lookup->timer, &QTimer::timeout, &lookup->timer,
                     [addresses, done = std::move(done)] {
                         const auto run = done;
                         if (addresses.isEmpty())
                             run(unexpected(Error::make(QStringLiteral("lookup_failed"),
                                                        QStringLiteral("no such name"))));
                         else
                             run(addresses);
                     });
    lookup->timer.start(delay);
    return lookup;
}

BlackHole::BlackHole(const QHostAddress &address, quint16 port)
{
    SocketAddress where = toSocketAddress(address, port);
    auto *generic = reinterpret_cast<sockaddr *>(&where.storage);
    m_listener = ::socket(where.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (where.storage.ss_family == AF_INET6) {
        const int on = 1;
        ::setsockopt(m_listener, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    }
    if (::bind(m_listener, generic, where.length) != 0 || ::listen(m_listener, 0) != 0)
        return;
    ::getsockname(m_listener, generic, &where.length);
    // Fill the queue until a connection stays without an answer.
    for (int i = 0; i < 8; ++i) {
        const int filler
            = ::socket(where.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        m_fillers.push_back(filler);
        ::connect(filler, generic, where.length);
        pollfd entry{filler, POLLOUT, 0};
        if (::poll(&entry, 1, 100) == 0) {
            m_port = ntohs(where.storage.ss_family == AF_INET6
                               ? reinterpret_cast<sockaddr_in6 *>(generic)->sin6_port
                               : reinterpret_cast<sockaddr_in *>(generic)->sin_port);
            return;
        }
    }
}

BlackHole::~BlackHole()
{
    for (const int filler : m_fillers)
        ::close(filler);
    ::close(m_listener);
}

QByteArray reply(const QByteArray &body, const QByteArray &fields)
{
    return "HTTP/1.1 200 OK\r\n" + fields + "content-length: " + QByteArray::number(body.size())
        + "\r\n\r\n" + body;
}

void Recorder::note(const QString &word, const QString &key)
{
    if (words.isEmpty() || words.last() != word)
        words.append(word);
    if (onWord)
        onWord(word);
    if (destroyAt == key)
        call.reset();
}

void Recorder::upstreamConnected(const ConnectInfo &connectInfo)
{
    info = connectInfo;
    note(QStringLiteral("connected"), QStringLiteral("connected"));
}

void Recorder::upstreamSent()
{
    note(QStringLiteral("sent"), QStringLiteral("sent"));
}

void Recorder::upstreamHead(const ReplyHead &head)
{
    status = head.status;
    note(QStringLiteral("head-") + QString::number(head.status), QStringLiteral("head"));
}

void Recorder::upstreamBody(QByteArrayView bytes)
{
    bodyBytes += bytes.size();
    if (keepsBody)
        body += bytes;
    note(QStringLiteral("body"), QStringLiteral("body"));
}

void Recorder::upstreamEnd(bool isUnframed)
{
    ended = true;
    unframed = isUnframed;
    note(QStringLiteral("end"), QStringLiteral("end"));
}

void Recorder::upstreamFailed(const UpstreamFailure &what)
{
    failure = what;
    note(QStringLiteral("failed-") + QString::fromLatin1(errorWord(what.error))
             + (what.isSent ? QStringLiteral("+sent") : QString())
             + (what.isReused ? QStringLiteral("+reused") : QString())
             + (what.hasHead ? QStringLiteral("+head") : QString()),
         QStringLiteral("failed"));
}

UpstreamRequest getRequest(const Origin &origin, const QByteArray &path)
{
    UpstreamRequest request;
    request.origin = origin;
    request.head = "GET " + path + " HTTP/1.1\r\nhost: x\r\n\r\n";
    return request;
}

UpstreamRequest postRequest(const Origin &origin, const QList<QByteArray> &body)
{
    UpstreamRequest request;
    request.origin = origin;
    request.body = body;
    qsizetype length = 0;
    for (const QByteArray &part : body)
        length += part.size();
    request.head = "POST /v1/chat HTTP/1.1\r\nhost: x\r\ncontent-length: "
        + QByteArray::number(length) + "\r\n\r\n";
    return request;
}

const char *errorWord(UpstreamError error)
{
    switch (error) {
    case UpstreamError::DnsFailed:
        return "DnsFailed";
    case UpstreamError::ConnectFailed:
        return "ConnectFailed";
    case UpstreamError::ConnectTimeout:
        return "ConnectTimeout";
    case UpstreamError::ProxyFailed:
        return "ProxyFailed";
    case UpstreamError::TlsWrongName:
        return "TlsWrongName";
    case UpstreamError::TlsExpired:
        return "TlsExpired";
    case UpstreamError::TlsNotYetValid:
        return "TlsNotYetValid";
    case UpstreamError::TlsSelfSigned:
        return "TlsSelfSigned";
    case UpstreamError::TlsUnknownCa:
        return "TlsUnknownCa";
    case UpstreamError::TlsFailed:
        return "TlsFailed";
    case UpstreamError::Reset:
        return "Reset";
    case UpstreamError::BadReply:
        return "BadReply";
    case UpstreamError::HeadTooLarge:
        return "HeadTooLarge";
    }
    return "?";
}

} // namespace sb::http::test
