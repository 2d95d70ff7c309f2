// Recorded bodies on their way to `captures.db`: held while they wait, developed, packed, written.
//
// Lives on the store's writer thread, as part of Writer; admit() and lost() are for any thread.
// Whatever goes wrong here costs bodies and nothing else: too many waiting, a full disk and a
// damaged file are counted, and what is served and booked never waits for them.
#pragma once

#include "base/clock.h"
#include "store/capture_file.h"

#include <atomic>
#include <deque>
#include <functional>

namespace sb::store {

class CaptureWriter {
public:
    static constexpr qint64 kMostWaiting = 32ll * 1024 * 1024;
    static constexpr qint64 kSomeBytes = 4ll * 1024 * 1024; // developed before others get a turn

    CaptureWriter(const QString &path, qint64 budget);

    // ---- any thread ----
    // Makes room for it; false when too much waits, and its bodies are gone then: what is left of
    // it says so and may be taken all the same.
    bool admit(CaptureDraft &draft);
    quint64 lost() const { return m_lost.load(std::memory_order_relaxed); } // after admit()

    // ---- the writer's thread ----
    // `damaged` gets the name under which a damaged file was put aside.
    void onDamaged(std::function<void(const QString &aside)> call) { m_damaged = std::move(call); }
    void take(std::shared_ptr<CaptureDraft> draft);
    bool hasWaiting() const { return !m_waiting.empty(); }
    // Some of them, or all; without `isRoom` they are given up.
    void write(qint64 nowWallMs, bool isAll, bool isRoom);
    // What is older than that exchange goes, a few rows a call; 0 = nothing left.
    qint64 forgetSome(const ExchangeId &before);
    Result<qint64> forgetAll(qint64 nowWallMs); // how many had bodies
    void tidy(); // after forgetting
    void goIdle();
    void close() { m_file.close(); }

private:
    bool isOpen(bool isMaking);
    void keep(const QList<CaptureFile::Row> &rows, qint64 nowWallMs);
    Result<void> tryKeep(const QList<CaptureFile::Row> &rows, qint64 nowWallMs);
    void loseAll();
    void failed(const Error &error);
    const SecretMask &knownSecrets();

    const QString m_path;
    const qint64 m_budget;
    std::atomic<qint64> m_waitingBytes{0};
    std::atomic<quint64> m_lost{0};
    std::deque<std::pair<std::shared_ptr<CaptureDraft>, qint64>> m_waiting; // with its bytes
    std::function<void(const QString &)> m_damaged;
    CaptureFile m_file;
    std::unique_ptr<SecretMask> m_known;
    size_t m_knownCount = 0;
    Nanos m_retryAt{}; // the disk was full
    bool m_isDirty = false;
};

} // namespace sb::store
