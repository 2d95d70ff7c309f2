#include "store/capture_writer.h"

#include "base/log.h"
#include "store/capture_codec.h"

namespace sb::store {

namespace {
constexpr Seconds kRetryAfter{60};
} // namespace

CaptureWriter::CaptureWriter(const QString &path, qint64 budget)
    : m_path(path)
    , m_budget(budget)
{
}

bool CaptureWriter::admit(CaptureDraft &draft)
{
    const qint64 bytes = draft.bytes();
    if (m_waitingBytes.fetch_add(bytes, std::memory_order_relaxed) + bytes <= kMostWaiting)
        return true;
    m_waitingBytes.fetch_sub(bytes, std::memory_order_relaxed);
    const ExchangeId id = draft.id;
    draft = {};
    draft.id = id;
    draft.isGivenUp = true;
    return false;
}

void CaptureWriter::take(std::shared_ptr<CaptureDraft> draft)
{
    const qint64 bytes = draft->bytes();
    m_waiting.emplace_back(std::move(draft), bytes);
}

void CaptureWriter::write(qint64 nowWallMs, bool isAll, bool isRoom)
{
    if (m_waiting.empty())
        return;
    if (m_retryAt.count() != 0 && PlainClock().now() >= m_retryAt)
        m_retryAt = {};
    if (!isRoom || m_retryAt.count() != 0 || !isOpen(true))
        return loseAll();
    do {
        QList<CaptureFile::Row> rows;
        qint64 done = 0;
        while (!m_waiting.empty() && done < kSomeBytes) {
            const auto [draft, bytes] = std::move(m_waiting.front());
            m_waiting.pop_front();
            done += bytes;
            m_waitingBytes.fetch_sub(bytes, std::memory_order_relaxed);
            if (draft->isGivenUp)
                rows.append({draft->id, CaptureState::GivenUp, {}});
            else
                rows.append({draft->id, CaptureState::Kept,
                             encodeCapture(developed(std::move(*draft), knownSecrets()))});
        }
        keep(rows, nowWallMs);
    } while (isAll && !m_waiting.empty());
}

void CaptureWriter::keep(const QList<CaptureFile::Row> &rows, qint64 nowWallMs)
{
    Result<void> done = isOpen(true) ? tryKeep(rows, nowWallMs) : Result<void>();
    if (!done && isDamaged(done.error())) {
        failed(done.error());
        done = isOpen(true) ? tryKeep(rows, nowWallMs) : Result<void>();
    }
    if (done && m_file.isOpen())
        return;
    const auto gone = std::count_if(rows.cbegin(), rows.cend(), [](const CaptureFile::Row &row) {
        return row.state == CaptureState::Kept;
    });
    m_lost.fetch_add(quint64(gone), std::memory_order_relaxed);
    if (!done)
        failed(done.error());
}

Result<void> CaptureWriter::tryKeep(const QList<CaptureFile::Row> &rows, qint64 nowWallMs)
{
    m_isDirty = true;
    if (auto done = m_file.add(rows); !done)
        return done;
    while (true) {
        const auto shrunk = m_file.shrinkSome(m_budget, nowWallMs);
        if (!shrunk)
            return unexpected(shrunk.error());
        if (*shrunk == 0)
            return {};
    }
}

void CaptureWriter::loseAll()
{
    for (const auto &[draft, bytes] : m_waiting) {
        m_waitingBytes.fetch_sub(bytes, std::memory_order_relaxed);
        if (!draft->isGivenUp)
            m_lost.fetch_add(1, std::memory_order_relaxed);
    }
    m_waiting.clear();
}

bool CaptureWriter::isOpen(bool isMaking)
{
    auto done = m_file.open(m_path, isMaking);
    if (!done && isDamaged(done.error())) {
        failed(done.error());
        done = m_file.open(m_path, isMaking);
    }
    if (!done)
        failed(done.error());
    return m_file.isOpen();
}

void CaptureWriter::failed(const Error &error)
{
    qCWarning(lcStore, "recorded bodies: %ls", qUtf16Printable(error.detail));
    if (!isDamaged(error)) {
        m_retryAt = PlainClock().now() + kRetryAfter;
        return;
    }
    m_file.close();
    const QString aside = moveAside(m_path);
    if (m_damaged)
        m_damaged(aside);
}

qint64 CaptureWriter::forgetSome(const ExchangeId &before)
{
    if (!isOpen(false))
        return 0;
    const auto gone = m_file.forgetSome(before);
    if (!gone) {
        failed(gone.error());
        return 0;
    }
    m_isDirty = m_isDirty || *gone > 0;
    return *gone;
}

Result<qint64> CaptureWriter::forgetAll(qint64 nowWallMs)
{
    write(nowWallMs, true, true);
    if (!isOpen(false))
        return 0;
    const auto held = CaptureFile::count(m_file.database());
    if (!held)
        return unexpected(held.error());
    while (true) {
        const auto gone = m_file.shrinkSome(0, nowWallMs);
        if (!gone)
            return unexpected(gone.error());
        if (*gone == 0)
            break;
    }
    tidy();
    return *held;
}

void CaptureWriter::tidy()
{
    if (!m_file.isOpen())
        return;
    if (const auto done = m_file.tidy(); !done)
        failed(done.error());
}

void CaptureWriter::goIdle()
{
    if (m_isDirty && m_file.isOpen())
        (void)m_file.database().run(QStringLiteral("PRAGMA wal_checkpoint(TRUNCATE)"));
    m_isDirty = false;
}

const SecretMask &CaptureWriter::knownSecrets()
{
    const size_t count = log::protectedCount();
    if (!m_known || count != m_knownCount) {
        m_known = std::make_unique<SecretMask>(log::protectedSpellings());
        m_knownCount = count;
    }
    return *m_known;
}

} // namespace sb::store
