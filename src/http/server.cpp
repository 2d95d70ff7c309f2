#include "http/server.h"

#include "base/log.h"
#include "http/client_connection.h"

#include <QDir>
#include <QEvent>
#include <QTcpServer>

#include <unordered_map>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sb::http {

namespace {
constexpr Nanos kAcceptPause = Millis(250);
constexpr Nanos kSweepFloor = Millis(50); // sweeps are never closer, however deadlines lie
constexpr int kPortTries = 32;
constexpr int kBacklog = 512;
constexpr int kLooks = 8; // at connections without a head, for each new one
constexpr int kAcceptBurst = 64; // then the connections get a turn

// The descriptors this process may have, after raising the soft limit to the hard one.
qint64 descriptorLimit()
{
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 1024;
    if (limit.rlim_cur < limit.rlim_max) {
        rlimit raised = limit;
        raised.rlim_cur = std::min<rlim_t>(limit.rlim_max, 65536);
        if (raised.rlim_cur > limit.rlim_cur && setrlimit(RLIMIT_NOFILE, &raised) == 0)
            limit = raised;
    }
    return limit.rlim_cur == RLIM_INFINITY ? 65536 : qint64(limit.rlim_cur);
}

// Those in use; 0 where the system has no list of them.
qint64 openDescriptors()
{
    return QDir(QStringLiteral("/proc/self/fd"))
        .entryList(QDir::AllEntries | QDir::System | QDir::NoDotAndDotDot)
        .size();
}

// Half of what is left: the other half is for calls to providers, the store and lookups.
int connectionsFor(const Limits &limits)
{
    const qint64 left = descriptorLimit() - openDescriptors();
    return int(std::clamp<qint64>(left / 2, 1, limits.connections));
}

int openSpare()
{
    return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

class ServerImpl;

// QTcpServer binds and listens; accepting is ours. (Its own way takes "too many open files" for
// "nothing there" once it has seen the latter, and then spins. Seen with Qt 6.4.2.)
class Listener final {
public:
    Listener(ServerImpl &server, int index)
        : m_server(server)
        , m_index(index)
    {
        m_socket.setListenBacklogSize(kBacklog);
    }

    bool listen(const QHostAddress &address, quint16 port)
    {
        if (!m_socket.listen(address, port))
            return false;
        m_socket.pauseAccepting();
        m_notifier = std::make_unique<Notifier>(*this, m_socket.socketDescriptor());
        setAccepting(true);
        return true;
    }
    void setAccepting(bool on)
    {
        if (m_notifier)
            m_notifier->setEnabled(on);
    }
    // Safe inside its own accepting.
    void close()
    {
        setAccepting(false);
        m_socket.close();
    }
    // A connected descriptor, or -1 with errno.
    int accept(sockaddr_storage &peer, socklen_t &size)
    {
        if (!m_socket.isListening()) {
            errno = EAGAIN;
            return -1;
        }
#ifdef __linux__
        return ::accept4(int(m_socket.socketDescriptor()), reinterpret_cast<sockaddr *>(&peer),
                         &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
#else
        return ::accept(int(m_socket.socketDescriptor()), reinterpret_cast<sockaddr *>(&peer),
                        &size);
#endif
    }
    const QTcpServer &socket() const
    {
        return m_socket;
    }
    int index() const
    {
        return m_index;
    }

private:
    class Notifier final : public QSocketNotifier {
    public:
        Notifier(Listener &owner, qintptr descriptor)
            : QSocketNotifier(descriptor, Read)
            , m_owner(owner)
        {
        }

    protected:
        bool event(QEvent *event) override
        {
            if (event->type() != QEvent::SockAct)
                return QSocketNotifier::event(event);
            m_owner.acceptAll();
            return true;
        }

    private:
        Listener &m_owner;
    };

    void acceptAll();

    ServerImpl &m_server;
    QTcpServer m_socket;
    std::unique_ptr<Notifier> m_notifier; // before the socket goes
    int m_index;
};

class ServerImpl final : public Server, private ServerCore {
public:
    ServerImpl(Handler &handler, Clock &clock, const Limits &limits,
               std::function<void()> beforeSend)
        : m_handler(handler)
        , m_clock(clock)
        , m_limits(limits)
        , m_hub(std::move(beforeSend))
        , m_sweep(clock)
        , m_resume(clock)
        , m_spare(openSpare())
        , m_reaper(*this)
    {
        m_limits.connections = connectionsFor(limits);
    }

    ~ServerImpl() override
    {
        close();
        reap();
        m_hub.forget(&m_reaper);
        if (m_spare >= 0)
            ::close(m_spare);
    }

    Result<QList<ListenAddress>> listen(const QList<ListenAddress> &addresses) override;
    void drain() override;
    void close() override;
    int connectionCount() const override { return int(m_connections.size() - m_retired.size()); }
    int busyCount() const override
    {
        return int(std::count_if(m_connections.begin(), m_connections.end(),
                                 [](const auto &entry) { return entry.second->isBusy(); }));
    }

    void incoming(int descriptor, const Listener &listener, const sockaddr_storage &from);
    void acceptFailed(int error);

private:
    struct Reaper final : EndOfTurn {
        explicit Reaper(ServerImpl &owner)
            : server(owner)
        {
        }
        void atEndOfTurn() override { server.reap(); }
        ServerImpl &server;
    };

    Handler &handler() override { return m_handler; }
    Clock &clock() override { return m_clock; }
    const Limits &limits() const override { return m_limits; }
    TransportHub &hub() override { return m_hub; }
    QByteArrayView dateLine() override;
    bool isDraining() const override { return m_isDraining; }
    void noteDeadline(Nanos when) override;
    void beganHead(ClientConnection &connection) override;
    void endedHead(ClientConnection &connection) override;
    void retire(ClientConnection &connection) override;

    Result<quint16> bind(const QHostAddress &address, quint16 port, int index, bool isOptional);
    void stopListening();
    void sweep();
    void reap();

    Handler &m_handler;
    Clock &m_clock;
    Limits m_limits;
    TransportHub m_hub;
    Timer m_sweep;
    Timer m_resume;
    Nanos m_sweepAt{0}; // 0 = not set
    int m_spare;
    Reaper m_reaper;
    std::vector<std::unique_ptr<Listener>> m_listeners;
    std::unordered_map<quint64, std::unique_ptr<ClientConnection>> m_connections;
    std::list<ClientConnection *> m_withoutHead; // oldest first
    std::vector<quint64> m_retired;
    QByteArray m_dateLine;
    qint64 m_dateSecond = -1;
    quint64 m_nextConnection = 1;
    bool m_isDraining = false;
};

void Listener::acceptAll()
{
    for (int i = 0; i < kAcceptBurst; ++i) {
        sockaddr_storage peer{};
        socklen_t size = sizeof peer;
        const int descriptor = accept(peer, size);
        if (descriptor >= 0) {
            m_server.incoming(descriptor, *this, peer);
            continue;
        }
        if (errno == EINTR || errno == ECONNABORTED || errno == EPROTO)
            continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK)
            m_server.acceptFailed(errno);
        return;
    }
}

// Listening

Result<quint16> ServerImpl::bind(const QHostAddress &address, quint16 port, int index,
                                 bool isOptional)
{
    auto listener = std::make_unique<Listener>(*this, index);
    if (!listener->listen(address, port)) {
        const bool isTaken = listener->socket().serverError() == QAbstractSocket::AddressInUseError;
        // No ::1 on this machine is no failure; ::1 with our port taken is one.
        if (isOptional && !isTaken)
            return quint16(0);
        const QString where = address.toString() + u':' + QString::number(port);
        return unexpected(
            Error::make(isTaken ? QStringLiteral("port_taken") : QStringLiteral("cannot_listen"),
                        where + QStringLiteral(": ") + listener->socket().errorString()));
    }
    const quint16 bound = listener->socket().serverPort();
    m_listeners.push_back(std::move(listener));
    return bound;
}

Result<QList<ListenAddress>> ServerImpl::listen(const QList<ListenAddress> &addresses)
{
    QList<ListenAddress> bound;
    const size_t before = m_listeners.size();
    const auto giveUp = [&](Error error) {
        m_listeners.resize(before);
        return unexpected(std::move(error));
    };
    for (int i = 0; i < addresses.size(); ++i) {
        const ListenAddress &wanted = addresses[i];
        const bool isLoopback = wanted.host == QLatin1String("127.0.0.1")
            || wanted.host == QLatin1String("localhost");
        const QHostAddress address(isLoopback ? QStringLiteral("127.0.0.1") : wanted.host);
        if (address.isNull())
            return giveUp(Error::make(QStringLiteral("cannot_listen"),
                                      wanted.host + QStringLiteral(": not an address")));
        std::optional<Error> failure;
        for (int attempt = 0; attempt < kPortTries; ++attempt) {
            failure.reset();
            const size_t mark = m_listeners.size();
            const Result<quint16> port = bind(address, wanted.port, i, false);
            if (!port)
                return giveUp(port.error());
            if (isLoopback) {
                const Result<quint16> both = bind(QHostAddress::LocalHostIPv6, *port, i, true);
                if (!both) {
                    // A free port on one side that is taken on the other: with port 0, ask again.
                    failure = both.error();
                    m_listeners.resize(mark);
                    if (wanted.port == 0)
                        continue;
                    break;
                }
            }
            bound.append(ListenAddress{wanted.host, *port});
            break;
        }
        if (failure)
            return giveUp(*failure);
    }
    m_isDraining = false;
    return bound;
}

// No descriptor is left: idle connections go, one waiting client is turned away with the spare
// descriptor instead of hanging, and after a pause we look again.
void ServerImpl::acceptFailed(int error)
{
    qCWarning(lcHttp, "accept failed: %s", strerror(error));
    for (const auto &[id, connection] : m_connections) {
        if (connection->isIdle())
            connection->drop();
    }
    if (m_spare >= 0) {
        ::close(std::exchange(m_spare, -1));
        for (const auto &listener : m_listeners) {
            sockaddr_storage peer{};
            socklen_t size = sizeof peer;
            if (const int turnedAway = listener->accept(peer, size); turnedAway >= 0) {
                ::close(turnedAway);
                break;
            }
        }
        m_spare = openSpare();
    }
    for (const auto &listener : m_listeners)
        listener->setAccepting(false);
    m_resume.start(kAcceptPause, [this] {
        if (m_spare < 0)
            m_spare = openSpare();
        for (const auto &listener : m_listeners)
            listener->setAccepting(listener->socket().isListening());
    });
}

void ServerImpl::incoming(int descriptor, const Listener &listener, const sockaddr_storage &from)
{
    if (m_isDraining || connectionCount() >= m_limits.connections) {
        ::close(descriptor);
        return;
    }
    Peer peer;
    peer.address.setAddress(reinterpret_cast<const sockaddr *>(&from));
    peer.port = ntohs(from.ss_family == AF_INET6
                          ? reinterpret_cast<const sockaddr_in6 *>(&from)->sin6_port
                          : reinterpret_cast<const sockaddr_in *>(&from)->sin_port);
    peer.localPort = listener.socket().serverPort();
    peer.listener = listener.index();
    peer.connection = m_nextConnection++;
    std::unique_ptr<ClientConnection> owned(new ClientConnection(*this, descriptor, peer));
    ClientConnection &connection = *owned;
    m_connections.emplace(peer.connection, std::move(owned));
    connection.start();
    m_handler.connected(peer);
}

// Connections

void ServerImpl::beganHead(ClientConnection &connection)
{
    if (connection.isWithoutHead)
        return;
    connection.isWithoutHead = true;
    connection.withoutHead = m_withoutHead.insert(m_withoutHead.end(), &connection);
    // The longest silent go, but not those whose head is here and only waits for its turn: after a
    // busy moment a whole burst of them is accepted at once. Those go to the back, so that each is
    // asked a few times and not at every further connection.
    for (int looks = 0; looks<kLooks &&int(m_withoutHead.size())> m_limits.withoutHead
         && m_withoutHead.front() != &connection;
         ++looks) {
        ClientConnection &oldest = *m_withoutHead.front();
        if (oldest.isSilent())
            oldest.drop();
        else
            m_withoutHead.splice(m_withoutHead.end(), m_withoutHead, m_withoutHead.begin());
    }
}

void ServerImpl::endedHead(ClientConnection &connection)
{
    if (std::exchange(connection.isWithoutHead, false))
        m_withoutHead.erase(connection.withoutHead);
}

// Somebody may be walking over the map, or be inside this connection: reap() takes it out.
void ServerImpl::retire(ClientConnection &connection)
{
    if (m_retired.empty())
        m_hub.later(&m_reaper);
    m_retired.push_back(connection.peer().connection);
}

void ServerImpl::reap()
{
    for (const quint64 id : std::exchange(m_retired, {}))
        m_connections.erase(id);
}

// Time

void ServerImpl::noteDeadline(Nanos when)
{
    if (when == Nanos::max() || (m_sweepAt.count() != 0 && m_sweepAt <= when))
        return;
    m_sweepAt = when;
    m_sweep.start(when - m_clock.now(), [this] { sweep(); });
}

void ServerImpl::sweep()
{
    const Nanos now = m_clock.now();
    m_sweepAt = Nanos(0);
    Nanos next = Nanos::max();
    std::vector<ClientConnection *> due;
    for (const auto &[id, connection] : m_connections) {
        const Nanos deadline = connection->deadline();
        if (deadline <= now)
            due.push_back(connection.get());
        else
            next = std::min(next, deadline);
    }
    // None of these calls destroys a connection: they are retired and reaped later.
    for (ClientConnection *connection : due) {
        connection->expire(now);
        next = std::min(next, connection->deadline());
    }
    if (next != Nanos::max())
        noteDeadline(std::max(next, now + kSweepFloor));
}

QByteArrayView ServerImpl::dateLine()
{
    const qint64 second = m_clock.wallMs() / 1000;
    if (second != m_dateSecond) {
        m_dateSecond = second;
        const time_t time = time_t(second);
        tm parts{};
        gmtime_r(&time, &parts);
        constexpr const char *kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
        constexpr const char *kMonths[]
            = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        char text[64];
        const int size
            = snprintf(text, sizeof text, "date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n",
                       kDays[parts.tm_wday], parts.tm_mday, kMonths[parts.tm_mon],
                       parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
        m_dateLine = QByteArray(text, size);
    }
    return m_dateLine;
}

void ServerImpl::stopListening()
{
    m_isDraining = true;
    m_resume.stop();
    // Closed, not destroyed: this may be called while one of them is accepting.
    for (const auto &listener : m_listeners)
        listener->close();
}

void ServerImpl::drain()
{
    stopListening();
    for (const auto &[id, connection] : m_connections)
        connection->drain();
}

void ServerImpl::close()
{
    stopListening();
    for (const auto &[id, connection] : m_connections)
        connection->drop();
}

} // namespace

std::unique_ptr<Server> Server::create(Handler &handler, Clock &clock, const Limits &limits,
                                       std::function<void()> beforeSend)
{
    return std::make_unique<ServerImpl>(handler, clock, limits, std::move(beforeSend));
}

} // namespace sb::http
