#include "http/happy_eyeballs.h"

#include <QSocketNotifier>

#include "http/address.h"

#include <cerrno>

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sb::http {

Family familyOf(const QHostAddress &address)
{
    return address.protocol() == QAbstractSocket::IPv6Protocol ? Family::V6 : Family::V4;
}

QList<QHostAddress> interleave(const QList<QHostAddress> &addresses,
                               std::optional<Family> preferred)
{
    QList<QHostAddress> first, second;
    for (const QHostAddress &address : addresses) {
        if (!preferred)
            preferred = familyOf(address);
        QList<QHostAddress> &list = familyOf(address) == *preferred ? first : second;
        if (!list.contains(address))
            list.append(address);
    }
    QList<QHostAddress> result;
    for (qsizetype i = 0; i < std::max(first.size(), second.size()); ++i) {
        if (i < first.size())
            result.append(first.at(i));
        if (i < second.size())
            result.append(second.at(i));
    }
    return result;
}

std::optional<Family> FamilyMemory::recall(const QByteArray &host, quint16 port) const
{
    const auto it = m_entries.constFind(std::pair(host, port));
    if (it == m_entries.cend() || it->until < m_clock->sinceBoot())
        return std::nullopt;
    return it->family;
}

void FamilyMemory::remember(const QByteArray &host, quint16 port, Family family)
{
    if (m_entries.size() >= maxEntries)
        m_entries.clear();
    m_entries.insert(std::pair(host, port), Entry{family, m_clock->sinceBoot() + keepFor});
}

// One connecting socket.
struct AddressRace::Runner {
    Runner(int fd, const QHostAddress &address)
        : fd(fd)
        , address(address)
        , notifier(fd, QSocketNotifier::Write)
    {
    }
    ~Runner()
    {
        notifier.setEnabled(false); // before the number can be given to another socket
        if (fd >= 0)
            ::close(fd);
    }

    int fd;
    QHostAddress address;
    QSocketNotifier notifier;
};

AddressRace::AddressRace(Clock &clock, Nanos delay, Done done)
    : m_clock(clock)
    , m_delay(delay)
    , m_done(std::move(done))
    , m_next(clock)
{
}

AddressRace::~AddressRace() = default;

void AddressRace::start(QList<QHostAddress> addresses, quint16 port)
{
    m_waiting = std::move(addresses);
    m_port = port;
    startNext();
}

void AddressRace::startNext()
{
    while (!m_waiting.isEmpty()) {
        if (launch(m_waiting.takeFirst())) {
            if (!m_waiting.isEmpty())
                m_next.start(m_delay, [this] { startNext(); });
            return;
        }
    }
    m_next.stop();
    if (m_runners.empty()) {
        // Never inside start(): the caller is still setting itself up.
        m_next.start(Nanos(0), [this] { finish(Result{-1, {}, m_failures}); });
    }
}

bool AddressRace::launch(const QHostAddress &address)
{
    const SocketAddress target = toSocketAddress(address, m_port);
    const int fd
        = ::socket(target.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        noteFailure(address, errno);
        return false;
    }
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    int status;
    do {
        status = ::connect(fd, reinterpret_cast<const sockaddr *>(&target.storage), target.length);
    } while (status != 0 && errno == EINTR);
    if (status != 0 && errno != EINPROGRESS) {
        noteFailure(address, errno);
        ::close(fd);
        return false;
    }
    // A connect that succeeded at once makes the descriptor writable, so it takes the same way.
    m_runners.push_back(std::make_unique<Runner>(fd, address));
    QObject::connect(&m_runners.back()->notifier, &QSocketNotifier::activated,
                     &m_runners.back()->notifier, [this, fd] { runnerReady(fd); });
    return true;
}

void AddressRace::runnerReady(int fd)
{
    const auto it = std::find_if(m_runners.begin(), m_runners.end(),
                                 [fd](const auto &runner) { return runner->fd == fd; });
    if (it == m_runners.end())
        return;
    int error = 0;
    socklen_t length = sizeof error;
    if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0)
        error = errno;
    const std::unique_ptr<Runner> runner = std::move(*it);
    m_runners.erase(it);
    if (error == 0) {
        runner->notifier.setEnabled(false);
        win(std::exchange(runner->fd, -1), runner->address);
        return;
    }
    noteFailure(runner->address, error);
    if (!m_waiting.isEmpty() || m_runners.empty())
        startNext();
}

void AddressRace::noteFailure(const QHostAddress &address, int error)
{
    if (!m_failures.isEmpty())
        m_failures += "; ";
    m_failures += addressText(address, m_port) + ": " + errnoText(error);
}

void AddressRace::win(int fd, const QHostAddress &address)
{
    m_runners.clear();
    m_waiting.clear();
    m_next.stop();
    finish(Result{fd, address, {}});
}

void AddressRace::finish(Result result)
{
    const Done done = std::move(m_done);
    done(std::move(result));
}

} // namespace sb::http
