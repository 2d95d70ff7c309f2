#include "store/journal.h"

#include "base/log.h"
#include "store/crc32c.h"
#include "store/exchange_codec.h"
#include "store/journal_files.h"

#include <QFile>

#include <atomic>
#include <cerrno>
#include <deque>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sb::store {

namespace {
constexpr qsizetype kMostWaiting = 256 * 1024;

Error journalError(const QString &path)
{
    return Error::make(QStringLiteral("journal"),
                       path + QStringLiteral(": ") + qt_error_string(errno));
}

// Handed from the writer thread to the engine thread: the last committed id. The engine may miss
// values in between, and a torn read is noticed and left for the next time.
class LastCommitted {
public:
    void set(const ExchangeId &id)
    {
        const quint32 turn = m_turn.load(std::memory_order_relaxed);
        m_turn.store(turn + 1, std::memory_order_relaxed);
        // Release: whoever reads one of these also sees the odd turn before it.
        m_high.store(id.high, std::memory_order_release);
        m_low.store(id.low, std::memory_order_release);
        m_turn.store(turn + 2, std::memory_order_release);
    }
    // Something set since `seen`, which is then brought up to date.
    std::optional<ExchangeId> newer(quint32 &seen) const
    {
        const quint32 before = m_turn.load(std::memory_order_acquire);
        if (before == seen || before & 1)
            return std::nullopt;
        const ExchangeId id{m_high.load(std::memory_order_acquire),
                            m_low.load(std::memory_order_acquire)};
        if (m_turn.load(std::memory_order_relaxed) != before)
            return std::nullopt;
        seen = before;
        return id;
    }

private:
    std::atomic<quint32> m_turn{0};
    std::atomic<quint64> m_high{0};
    std::atomic<quint64> m_low{0};
};

class FileJournal final : public Journal {
public:
    FileJournal(const QString &folder, quint32 firstNumber)
        : m_folder(folder)
        , m_number(firstNumber)
        , m_oldest(firstNumber)
        , m_oldestNeeded(firstNumber)
        , m_buffer(64 * 1024)
    {
        m_underway.reserve(1024);
    }
    ~FileJournal() override
    {
        flush();
        if (m_file >= 0)
            ::close(m_file);
    }

    bool startSegment()
    {
        const QString path = segmentPath(m_folder, m_number);
        const int file = ::open(QFile::encodeName(path).constData(),
                                O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
        if (file < 0)
            return false;
        if (m_file >= 0)
            ::close(m_file);
        m_file = file;
        m_bytes = 0;
        return true;
    }

    bool sent(const ExchangeId &id, const Exchange &exchange, int attempt, When when) override
    {
        makeRoom();
        if (!m_underway.contains(id))
            m_underway.insert(id, m_number);
        begin(FrameKind::Sent);
        m_buffer.number(quint64(std::max(attempt, 0)));
        appendExchange(m_buffer, exchange);
        return append(when);
    }

    bool settled(const Exchange &exchange, When when) override
    {
        makeRoom();
        begin(FrameKind::Settled);
        appendExchange(m_buffer, exchange);
        const bool isWritten = append(when);
        const auto at = m_underway.constFind(exchange.id);
        quint32 first = m_number;
        if (at != m_underway.cend()) {
            first = *at;
            m_underway.erase(at);
        }
        m_uncommitted.push_back({exchange.id, first});
        if ((++m_settledCount & 0xff) == 0)
            noteCommitted();
        return isWritten;
    }

    int flush() override
    {
        const int waiting = std::exchange(m_waiting, 0);
        if (waiting == 0)
            return 0;
        const qsizetype size = m_buffer.size();
        ssize_t written;
        do
            written = ::write(m_file, m_buffer.data(), size_t(size));
        while (written < 0 && errno == EINTR);
        m_buffer.clear();
        if (written == size) [[likely]] {
            m_bytes += size;
            return 0;
        }
        // A full disk may take half a frame: take it back, or leave it to the reader, who skips it.
        if (written > 0 && ::ftruncate(m_file, m_bytes) != 0)
            m_bytes += written;
        return waiting;
    }

    void committed(const ExchangeId &upTo) override
    {
        m_lastCommitted.set(upTo);
        const quint32 needed = m_oldestNeeded.load(std::memory_order_acquire);
        for (; m_oldest < needed; ++m_oldest)
            ::unlink(QFile::encodeName(segmentPath(m_folder, m_oldest)).constData());
    }

private:
    struct Uncommitted {
        ExchangeId id;
        quint32 firstSegment;
    };

    void begin(FrameKind kind)
    {
        m_frame = m_buffer.size();
        m_buffer.raw(kFrameMagic);
        m_buffer.fixed64(0);
        m_buffer.byte(quint8(kind));
    }

    bool append(When when)
    {
        const qsizetype size = m_buffer.size() - m_frame;
        m_buffer.set32(m_frame + 4, quint32(size - kFrameHead));
        m_buffer.set32(m_frame + 8, crc32c(m_buffer.view().sliced(m_frame + 12)));
        ++m_waiting;
        return (when == When::Soon && m_buffer.size() < kMostWaiting) || flush() == 0;
    }

    void makeRoom()
    {
        if (m_bytes + m_buffer.size() < kSegmentBytes) [[likely]]
            return;
        flush();
        noteCommitted();
        ++m_number;
        if (!startSegment())
            --m_number; // goes on in the full one
    }

    // Engine thread: what the writer committed makes older segments free.
    void noteCommitted()
    {
        const auto upTo = m_lastCommitted.newer(m_seen);
        if (!upTo)
            return;
        const auto last = std::find_if(m_uncommitted.cbegin(), m_uncommitted.cend(),
                                       [&](const Uncommitted &one) { return one.id == *upTo; });
        if (last == m_uncommitted.cend())
            return;
        m_uncommitted.erase(m_uncommitted.cbegin(), last + 1);
        quint32 needed = m_number;
        for (const Uncommitted &one : m_uncommitted)
            needed = std::min(needed, one.firstSegment);
        for (const quint32 first : std::as_const(m_underway))
            needed = std::min(needed, first);
        m_oldestNeeded.store(needed, std::memory_order_release);
    }

    const QString m_folder;
    // Engine thread.
    int m_file = -1;
    quint32 m_number;
    qint64 m_bytes = 0;
    quint32 m_seen = 0;
    quint32 m_settledCount = 0;
    QHash<ExchangeId, quint32> m_underway; // first segment of each exchange not settled
    std::deque<Uncommitted> m_uncommitted; // settled, in order
    // Writer thread.
    quint32 m_oldest;
    // Both.
    LastCommitted m_lastCommitted;
    std::atomic<quint32> m_oldestNeeded;

    ByteWriter m_buffer; // engine thread; whole frames that wait, and the one being made
    qsizetype m_frame = 0; // where that one begins
    int m_waiting = 0;
};
} // namespace

Result<std::unique_ptr<Journal>> Journal::open(const QString &folder)
{
    const QByteArray path = QFile::encodeName(folder);
    if (::mkdir(path.constData(), 0700) != 0 && errno != EEXIST)
        return unexpected(journalError(folder));
    if (::chmod(path.constData(), 0700) != 0)
        return unexpected(journalError(folder));
    const QList<Segment> old = segmentsIn(folder);
    auto journal = std::make_unique<FileJournal>(folder, old.isEmpty() ? 1 : old.last().number + 1);
    if (!journal->startSegment())
        return unexpected(journalError(folder));
    return std::unique_ptr<Journal>(std::move(journal));
}

} // namespace sb::store
