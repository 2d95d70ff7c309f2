#include "sim/gate.h"

#include <QHostAddress>

#include <cstring>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/filter.h>
#endif

namespace sb::sim {

namespace {

constexpr int kBacklog = 512;
constexpr int kAcceptsPerTurn = 64;
constexpr int kFillers = 8;
constexpr Millis kNoDescriptors{250};

int boundSocket(const sockaddr_storage &address, socklen_t size)
{
    const int descriptor
        = ::socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        return -1;
    const int on = 1;
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address.ss_family == AF_INET6)
        setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (::bind(descriptor, reinterpret_cast<const sockaddr *>(&address), size) == 0)
        return descriptor;
    const int error = errno;
    ::close(descriptor);
    errno = error;
    return -1;
}

bool isLoopback(const sockaddr_storage &address)
{
    if (address.ss_family == AF_INET) {
        const auto *v4 = reinterpret_cast<const sockaddr_in *>(&address);
        return (ntohl(v4->sin_addr.s_addr) >> 24) == 127;
    }
    const auto *v6 = reinterpret_cast<const sockaddr_in6 *>(&address);
    return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

// Nobody gets a connection from here on: a packet that asks for one is dropped, its sender asks
// again a second later. Those who have one already stay in the queue.
void shutOut(int listener)
{
#ifdef __linux__
    sock_filter dropAll{BPF_RET | BPF_K, 0, 0, 0};
    const sock_fprog program{1, &dropAll};
    setsockopt(listener, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
#else
    Q_UNUSED(listener)
#endif
}

Unexpected failure(const char *code, const QString &what)
{
    return unexpected(
        Error::make(QString::fromLatin1(code),
                    what + QStringLiteral(": ") + QString::fromLocal8Bit(std::strerror(errno))));
}

} // namespace

Gate::Gate(Clock &clock, Accepted accepted)
    : m_accepted(std::move(accepted))
    , m_pause(clock)
{
}

Gate::~Gate()
{
    stopListening();
    for (const int filler : m_fillers)
        ::close(filler);
    if (m_holder >= 0)
        ::close(m_holder);
}

Result<std::unique_ptr<Gate>> Gate::open(const QString &host, quint16 port, Clock &clock,
                                         Accepted accepted)
{
    QString name = host == QStringLiteral("localhost") ? QStringLiteral("127.0.0.1") : host;
    if (name.startsWith(QLatin1Char('[')) && name.endsWith(QLatin1Char(']')))
        name = name.mid(1, name.size() - 2);
    const QHostAddress address(name);
    std::unique_ptr<Gate> gate(new Gate(clock, std::move(accepted)));
    if (address.protocol() == QAbstractSocket::IPv4Protocol) {
        auto *v4 = reinterpret_cast<sockaddr_in *>(&gate->m_address);
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        v4->sin_addr.s_addr = htonl(address.toIPv4Address());
        gate->m_addressSize = sizeof *v4;
    } else if (address.protocol() == QAbstractSocket::IPv6Protocol) {
        auto *v6 = reinterpret_cast<sockaddr_in6 *>(&gate->m_address);
        const Q_IPV6ADDR bytes = address.toIPv6Address();
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        std::memcpy(&v6->sin6_addr, &bytes, sizeof bytes);
        gate->m_addressSize = sizeof *v6;
    } else {
        return unexpected(Error::make(QStringLiteral("bad_address"),
                                      QStringLiteral("%1 is not an IP address.").arg(host)));
    }

    const QString place = QStringLiteral("%1 port %2").arg(host).arg(port);
    gate->m_holder = boundSocket(gate->m_address, gate->m_addressSize);
    if (gate->m_holder < 0)
        return failure(errno == EADDRINUSE ? "port_taken" : "cannot_listen", place);
    socklen_t size = sizeof gate->m_address;
    getsockname(gate->m_holder, reinterpret_cast<sockaddr *>(&gate->m_address), &size);
    gate->m_port = ntohs(gate->m_address.ss_family == AF_INET
                             ? reinterpret_cast<sockaddr_in *>(&gate->m_address)->sin_port
                             : reinterpret_cast<sockaddr_in6 *>(&gate->m_address)->sin6_port);
    if (!gate->listen())
        return failure(errno == EADDRINUSE ? "port_taken" : "cannot_listen", place);
    return gate;
}

bool Gate::listen()
{
    if (m_listener < 0)
        m_listener = boundSocket(m_address, m_addressSize);
    if (m_listener < 0 || ::listen(m_listener, kBacklog) != 0)
        return false;
    if (!m_notifier) {
        m_notifier = std::make_unique<QSocketNotifier>(m_listener, QSocketNotifier::Read);
        QObject::connect(m_notifier.get(), &QSocketNotifier::activated, m_notifier.get(),
                         [this] { acceptWaiting(kAcceptsPerTurn); });
    }
    m_notifier->setEnabled(true);
    return true;
}

void Gate::stopListening()
{
    m_notifier.reset();
    if (m_listener >= 0)
        ::close(std::exchange(m_listener, -1));
}

void Gate::setState(GateState state)
{
    if (state == m_state)
        return;
    for (const int filler : std::exchange(m_fillers, {}))
        ::close(filler);
    m_state = state;
    switch (state) {
    case GateState::Open:
        if (!listen()) {
            // The port was held all the time; only descriptors can be missing. Try again soon.
            stopListening();
            m_state = GateState::Refusing;
            m_pause.start(kNoDescriptors, [this] { setState(GateState::Open); });
        }
        break;
    case GateState::Refusing:
        // Whoever is connected already was served by the kernel, and may have sent a request; a
        // close would reset them unseen.
        if (m_listener >= 0)
            shutOut(m_listener);
        acceptWaiting(0);
        stopListening();
        break;
    case GateState::Swallowing:
        swallow();
        break;
    }
}

void Gate::swallow()
{
    if (m_listener < 0 && !listen())
        return;
    acceptWaiting(0);
    m_notifier->setEnabled(false);
    ::listen(m_listener, 0);
    sockaddr_storage to = m_address;
    if (to.ss_family == AF_INET
        && reinterpret_cast<sockaddr_in *>(&to)->sin_addr.s_addr == INADDR_ANY)
        reinterpret_cast<sockaddr_in *>(&to)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int i = 0; i < kFillers; ++i) {
        const int filler = ::socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (filler < 0)
            return;
        m_fillers.push_back(filler);
        ::connect(filler, reinterpret_cast<sockaddr *>(&to), m_addressSize);
        pollfd entry{filler, POLLOUT, 0};
        if (::poll(&entry, 1, 1) == 0)
            return; // this one hangs: the queue is full
    }
}

void Gate::acceptWaiting(int most)
{
    for (int i = 0; (most == 0 || i < most) && m_listener >= 0; ++i) {
        sockaddr_storage peer{};
        socklen_t size = sizeof peer;
        const int descriptor = ::accept4(m_listener, reinterpret_cast<sockaddr *>(&peer), &size,
                                         SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor >= 0) {
            m_accepted(descriptor, isLoopback(peer));
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            m_notifier->setEnabled(false);
            m_pause.start(kNoDescriptors, [this] {
                if (m_notifier && m_state == GateState::Open)
                    m_notifier->setEnabled(true);
            });
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            return;
        }
    }
}

} // namespace sb::sim
