#include "http/transport.h"

#include "base/bytes.h"

#include <QCoreApplication>
#include <QEvent>

#include <array>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

namespace sb::http {

namespace {
constexpr qsizetype kScratch = 128 * 1024;
constexpr qsizetype kOwnChunk = 16 * 1024; // small writes gather up to this
constexpr qsizetype kUsualChunk = 2000; // a head and a short body
constexpr size_t kSpareBuffers = 64;
constexpr int kParts = 64; // per gathered write
constexpr int kReadRounds = 4; // per readiness, so that one fast peer cannot starve the others
} // namespace

TransportHub::TransportHub(std::function<void()> beforeSend)
    : m_beforeSend(std::move(beforeSend))
{
}

TransportHub::~TransportHub() = default;

ReadSpace TransportHub::scratch()
{
    if (!m_scratch)
        m_scratch.reset(new char[kScratch]);
    return {m_scratch.get(), kScratch};
}

QByteArray TransportHub::spareBuffer()
{
    QByteArray buffer;
    if (m_spare.empty()) {
        buffer.reserve(kUsualChunk);
        return buffer;
    }
    buffer.swap(m_spare.back());
    m_spare.pop_back();
    return buffer;
}

void TransportHub::giveBack(QByteArray &&buffer)
{
    if (m_spare.size() == kSpareBuffers || buffer.capacity() > 2 * kUsualChunk)
        return;
    buffer.resize(0);
    m_spare.push_back(std::move(buffer));
}

void TransportHub::later(EndOfTurn *what)
{
    m_waiting.push_back(what);
    if (!m_isPosted) {
        m_isPosted = true;
        QCoreApplication::postEvent(this, new QEvent(QEvent::User));
    }
}

void TransportHub::forget(EndOfTurn *what)
{
    std::replace(m_waiting.begin(), m_waiting.end(), what, static_cast<EndOfTurn *>(nullptr));
}

bool TransportHub::event(QEvent *event)
{
    if (event->type() != QEvent::User)
        return QObject::event(event);
    m_isPosted = false;
    // What is added meanwhile waits for the next turn.
    const size_t count = m_waiting.size();
    for (size_t i = 0; i < count; ++i) {
        if (EndOfTurn *const what = std::exchange(m_waiting[i], nullptr))
            what->atEndOfTurn();
    }
    m_waiting.erase(m_waiting.begin(), m_waiting.begin() + std::ptrdiff_t(count));
    return true;
}

// Calls straight into the transport: no signal, no connection object.
class Transport::Notifier final : public QSocketNotifier {
public:
    Notifier(Transport &transport, qintptr descriptor, Type type)
        : QSocketNotifier(descriptor, type)
        , m_transport(transport)
    {
    }

protected:
    bool event(QEvent *event) override
    {
        if (event->type() != QEvent::SockAct)
            return QSocketNotifier::event(event);
        // The transport may be destroyed, and this with it.
        if (type() == Read)
            m_transport.onReadable();
        else
            m_transport.onWritable();
        return true;
    }

private:
    Transport &m_transport;
};

Transport::Transport(TransportHub &hub)
    : m_hub(hub)
{
}

Transport::~Transport()
{
    if (m_gone)
        *m_gone = true;
    closeDescriptor();
}

void Transport::adopt(int descriptor)
{
    Q_ASSERT(m_descriptor < 0);
    m_descriptor = descriptor;
    fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK);
    fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    const int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    m_read = m_sent = 0;
    m_error = 0;
    m_isReading = m_isEnded = m_isFull = m_isShutdownWanted = m_isBroken = false;
}

int Transport::release()
{
    m_readNotifier.reset();
    m_writeNotifier.reset();
    m_queue.clear();
    m_queued = m_frontOffset = 0;
    m_isReading = false;
    return std::exchange(m_descriptor, -1);
}

void Transport::setWatchingRead(bool on)
{
    if (!m_readNotifier) {
        if (!on || m_descriptor < 0)
            return;
        m_readNotifier = std::make_unique<Notifier>(*this, m_descriptor, QSocketNotifier::Read);
        return;
    }
    m_readNotifier->setEnabled(on);
}

void Transport::setWatchingWrite(bool on)
{
    if (!m_writeNotifier) {
        if (!on || m_descriptor < 0)
            return;
        m_writeNotifier = std::make_unique<Notifier>(*this, m_descriptor, QSocketNotifier::Write);
        return;
    }
    m_writeNotifier->setEnabled(on);
}

void Transport::setReading(bool on)
{
    on = on && isOpen() && !m_isEnded && !m_isBroken;
    if (m_isReading == on)
        return;
    m_isReading = on;
    setWatchingRead(on);
    if (on && hasBuffered())
        doLater(Read);
}

bool Transport::isPeerGone() const
{
    if (m_descriptor < 0 || m_isEnded || m_isBroken)
        return true;
#ifdef POLLRDHUP
    pollfd entry{m_descriptor, POLLRDHUP, 0};
    return poll(&entry, 1, 0) > 0 && (entry.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
#else
    char byte;
    const ssize_t count = recv(m_descriptor, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return count == 0 || (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
#endif
}

bool Transport::isQuiet()
{
    if (m_descriptor < 0 || m_isEnded || m_isBroken)
        return false;
    pollfd entry{m_descriptor, POLLIN, 0};
    return poll(&entry, 1, 0) == 0;
}

void Transport::noteQueue()
{
    if (m_queued > m_high)
        m_isFull = true;
}

bool Transport::write(QByteArrayView bytes)
{
    if (!isOpen() || m_isBroken || bytes.isEmpty())
        return !m_isFull;
    if (!m_queue.empty() && m_queue.back().isOurs
        && m_queue.back().bytes.size() + bytes.size() <= kOwnChunk) {
        appendBytes(m_queue.back().bytes, bytes);
    } else {
        Chunk chunk;
        chunk.isOurs = true;
        if (bytes.size() <= kUsualChunk)
            chunk.bytes = m_hub.spareBuffer();
        else
            chunk.bytes.reserve(bytes.size());
        appendBytes(chunk.bytes, bytes);
        m_queue.push_back(std::move(chunk));
    }
    m_queued += bytes.size();
    noteQueue();
    return !m_isFull;
}

bool Transport::write(QByteArray bytes)
{
    if (!isOpen() || m_isBroken || bytes.isEmpty())
        return !m_isFull;
    m_queued += bytes.size();
    m_queue.push_back(Chunk{std::move(bytes), false});
    noteQueue();
    return !m_isFull;
}

void Transport::setMarks(qint64 high, qint64 low)
{
    m_high = high;
    m_low = low;
}

Transport::Io Transport::writeQueue()
{
    if (m_queued > 0)
        m_hub.beforeSend();
    while (m_queued > 0) {
        std::array<iovec, kParts> parts;
        int count = 0;
        qsizetype offered = 0;
        for (const Chunk &chunk : m_queue) {
            if (count == kParts)
                break;
            const qsizetype skip = count == 0 ? m_frontOffset : 0;
            parts[size_t(count++)] = iovec{const_cast<char *>(chunk.bytes.constData()) + skip,
                                           size_t(chunk.bytes.size() - skip)};
            offered += chunk.bytes.size() - skip;
        }
        const Io io = doWrite(parts.data(), count);
        if (io.state != Io::State::Moved)
            return io;
        dropSent(io.bytes);
        if (io.bytes < offered)
            return Io{Io::State::WouldBlock, 0, 0};
    }
    return Io{};
}

void Transport::dropSent(qsizetype count)
{
    m_sent += count;
    m_queued -= count;
    if (m_queued == 0) {
        for (Chunk &chunk : m_queue) {
            if (chunk.isOurs)
                m_hub.giveBack(std::move(chunk.bytes));
        }
        m_queue.clear();
        if (m_queue.capacity() > 64)
            m_queue.shrink_to_fit();
        m_frontOffset = 0;
        return;
    }
    size_t whole = 0;
    qsizetype offset = m_frontOffset + count;
    while (offset >= m_queue[whole].bytes.size())
        offset -= m_queue[whole++].bytes.size();
    m_queue.erase(m_queue.begin(), m_queue.begin() + std::ptrdiff_t(whole));
    m_frontOffset = offset;
}

bool Transport::pushQueue()
{
    if (!isOpen() || m_isBroken)
        return false;
    const Io io = writeQueue();
    switch (io.state) {
    case Io::State::Moved:
        setWatchingWrite(false);
        if (m_isShutdownWanted) {
            m_isShutdownWanted = false;
            doShutdownWrite();
        }
        return true;
    case Io::State::WouldBlock:
        setWatchingWrite(true);
        return false;
    case Io::State::Ended:
    case Io::State::Failed:
        failLater(io.error);
        return false;
    }
    Q_UNREACHABLE();
}

bool Transport::flush()
{
    const bool isEmpty = pushQueue();
    if (m_isFull && m_queued <= m_low && !m_isBroken)
        doLater(Drained);
    return isEmpty;
}

// From the loop: tells the listener what the push achieved.
void Transport::pushAndTell()
{
    const bool isEmpty = pushQueue();
    if (m_isBroken)
        return;
    if (m_isFull && m_queued <= m_low) {
        m_isFull = false;
        if (isGoneAfter([this] { m_listener->writeDrained(); }))
            return;
    }
    if (isEmpty && m_queued == 0)
        m_listener->writeFlushed();
}

void Transport::flushLater()
{
    doLater(Flush);
}

void Transport::doLater(Later what)
{
    const bool isListed = m_later != 0;
    m_later |= what;
    if (!isListed)
        m_hub.later(this);
}

void Transport::failLater(int error)
{
    if (m_isBroken)
        return;
    m_isBroken = true;
    m_error = error;
    setWatchingWrite(false);
    doLater(Failed);
}

void Transport::atEndOfTurn()
{
    const quint8 what = std::exchange(m_later, 0);
    if (!isOpen())
        return;
    if ((what & Flush) && !m_isBroken && isGoneAfter([this] { pushAndTell(); }))
        return;
    if ((what & Drained) && m_isFull && m_queued <= m_low && !m_isBroken) {
        m_isFull = false;
        if (isGoneAfter([this] { m_listener->writeDrained(); }))
            return;
    }
    if ((what & (Read | Failed)) && m_isReading) {
        if (isGoneAfter([this] { onReadable(); }))
            return;
    }
    if (what & Failed) {
        closeDescriptor();
        m_listener->transportFailed(m_error);
    }
}

void Transport::onReadable()
{
    for (int round = 0; round < kReadRounds; ++round) {
        ReadSpace space = m_listener->readSpace();
        if (space.size <= 0)
            space = m_hub.scratch();
        const Io io = doRead(space.at, space.size);
        if (io.bytes > 0) {
            m_read += io.bytes;
            if (isGoneAfter([&] { m_listener->bytesRead(space.at, io.bytes); }) || !m_isReading)
                return;
            // Less than there was room for: the kernel has no more, and asking it costs a call.
            if (io.bytes < space.size && !hasBuffered())
                return;
            continue;
        }
        switch (io.state) {
        case Io::State::Moved:
        case Io::State::WouldBlock:
            return;
        case Io::State::Ended:
            m_isEnded = true;
            setReading(false);
            m_listener->peerClosed();
            return;
        case Io::State::Failed:
            setReading(false);
            // A broken write had its own, earlier error; it is told at the end of the turn.
            if (!m_isBroken) {
                m_isBroken = true;
                closeDescriptor();
                m_listener->transportFailed(io.error);
            }
            return;
        }
    }
    if (hasBuffered())
        doLater(Read);
}

void Transport::onWritable()
{
    pushAndTell();
}

Transport::Io Transport::doRead(char *to, qsizetype room)
{
    for (;;) {
        const ssize_t count = recv(m_descriptor, to, size_t(room), 0);
        if (count > 0)
            return Io{Io::State::Moved, qsizetype(count), 0};
        if (count == 0)
            return Io{Io::State::Ended, 0, 0};
        if (errno == EINTR)
            continue;
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            return Io{Io::State::WouldBlock, 0, 0};
        return Io{Io::State::Failed, 0, errno};
    }
}

Transport::Io Transport::doWrite(const iovec *parts, int count)
{
    msghdr message{};
    message.msg_iov = const_cast<iovec *>(parts);
    message.msg_iovlen = size_t(count);
    for (;;) {
        const ssize_t sent = sendmsg(m_descriptor, &message, MSG_NOSIGNAL);
        if (sent >= 0)
            return Io{Io::State::Moved, qsizetype(sent), 0};
        if (errno == EINTR)
            continue;
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            return Io{Io::State::WouldBlock, 0, 0};
        return Io{Io::State::Failed, 0, errno};
    }
}

void Transport::doShutdownWrite()
{
    ::shutdown(m_descriptor, SHUT_WR);
}

void Transport::shutdownWrite()
{
    if (!isOpen() || m_isBroken)
        return;
    m_isShutdownWanted = true;
    flush();
}

void Transport::close()
{
    if (!isOpen())
        return;
    beforeClose(false);
    closeDescriptor();
}

void Transport::resetNow()
{
    if (!isOpen())
        return;
    beforeClose(true);
    const linger now{1, 0};
    setsockopt(m_descriptor, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    closeDescriptor();
}

void Transport::closeDescriptor()
{
    m_readNotifier.reset();
    m_writeNotifier.reset();
    m_queue.clear();
    m_queued = m_frontOffset = 0;
    m_isReading = false;
    m_isFull = false;
    if (std::exchange(m_later, quint8(0)) != 0)
        m_hub.forget(this);
    if (m_descriptor >= 0)
        ::close(std::exchange(m_descriptor, -1));
}

} // namespace sb::http
