// The store's writing half: takes exchanges from the ring, commits them in batches, keeps the
// files.
//
// Lives on the thread "sb-store-w"; every function runs there, those said to be the engine's
// excepted. Wakes every 100 ms while there is something and sleeps otherwise. Failure
// is data: a full disk pauses the history and keeps settlements waiting in memory, a damaged file
// is moved aside. [robustness §9]
#pragma once

#include "store/ballast.h"
#include "store/capture_writer.h"
#include "store/health_memory.h"
#include "store/history_file.h"
#include "store/ledger_file.h"
#include "store/ring.h"
#include "store/store.h"

#include <QObject>
#include <QPointer>
#include <QTimer>

namespace sb::store {

class Writer final : public QObject {
public:
    explicit Writer(const Options &options);
    ~Writer() override;

    // ---- engine thread ----
    void record(ExchangePtr exchange);
    void append(const EventView &event);
    bool capture(CaptureDraft &&draft);
    quint64 capturesLost() const { return m_captures.lost(); }
    quint64 dropped() const { return m_dropped.load(std::memory_order_relaxed); }

    // ---- own thread ----
    Result<Opened> open();
    // Commits what waits and closes the files; nothing else may be called afterwards.
    void close();
    Result<void> flush();
    void flushCaptures();
    Result<qint64> forgetCaptures();
    // The fine grains of health; what is in the ring is in them.
    QList<HealthCell> health(qint64 fromWallMs, qint64 toWallMs, Millis bucket);
    // Adds to the fine grains: what comes in, and what is read back after a start.
    void watchHealth(std::span<const ExchangePtr> exchanges);
    qint64 wallMs() const;
    // The newest row that the history had when it was opened.
    qint64 firstSeq() const { return m_firstSeq; }
    void saveGates(const QList<GateRow> &gates);
    void saveRevision(quint32 revision);
    void saveRecording(qint64 untilWallMs);
    Result<void> setRetention(int days, qint64 bytes);
    void trimNow(std::function<void(Result<qint64>)> done);
    void addListener(QObject *context, std::function<void(const Notice &)> call);
    void setOnCommitted(std::function<void(const ExchangeId &)> call);
    // Called when a file was replaced by a new one, for the reader to open it anew.
    void setOnReplaced(std::function<void()> call) { m_onReplaced = std::move(call); }
    // The background check found damage.
    void replaceHistory(const QString &why);
    bool wasUnclean() const { return m_wasUnclean; }
    QString historyPath() const;
    QString ledgerPath() const;
    QString capturePath() const;
    QString journalFolder() const;

private:
    using EventPtr = std::shared_ptr<const EventView>;
    // One of the two.
    struct Item {
        ExchangePtr exchange;
        EventPtr event;
    };
    struct Listener {
        QPointer<QObject> context;
        std::function<void(const Notice &)> call;
    };

    Result<void> openFiles(QList<Notice> &notices);
    Result<void> readState(Opened &opened);
    Result<void> replay(Opened &opened);
    void wake();
    void tick();
    void goIdle();
    void tidyMemory();
    bool drain();
    Result<void> commitBatch();
    void push(Item &&item);
    void writeEvents();
    void addToHistory(std::span<const ExchangePtr> exchanges);
    Result<void> bookDropped();
    Result<void> replaceLedger(const QString &why);
    void onFull(const QString &file);
    void tryAgain();
    void writeGates();
    void trimStep();
    bool trimCaptures();
    void writeCaptures(bool isAll);
    void checkpoint(qint64 whenOver);
    void notify(const Notice &notice);
    Notice notice(Notice::Kind kind, const QString &subject, const QString &detail) const;

    const Options m_options;
    Ring<Item> m_ring;
    std::atomic<quint64> m_dropped{0}; // history rows given up
    std::atomic<quint64> m_passed{0}; // pushes the ring refused; also in m_dropped

    LedgerFile m_ledger;
    HistoryFile m_history;
    CaptureWriter m_captures;
    Ballast m_ballast;
    QTimer m_timer;
    std::vector<ExchangePtr> m_batch; // taken from the ring, not yet in the ledger
    std::vector<EventPtr> m_events; // to be written
    HealthMemory m_health;
    QHash<HealthQuarters::Place, int> m_peaks; // not yet in the ledger
    qint64 m_firstSeq = 0;
    std::optional<QList<GateRow>> m_gates; // to be written
    std::optional<quint32> m_revision;
    std::optional<qint64> m_recordingUntilMs; // to be written
    std::function<void(const ExchangeId &)> m_onCommitted;
    std::function<void()> m_onReplaced;
    QList<Listener> m_listeners;
    QList<Notice> m_untold; // from before there was a listener
    std::vector<std::function<void(Result<qint64>)>> m_trimWaiters;
    qint64 m_trimmed = 0;
    qint64 m_nextTrimMs = 0;
    Nanos m_retryAt{}; // the ledger's disk was full; 0 = not waiting
    quint64 m_passedBooked = 0;
    size_t m_bookedSinceTidy = 0;
    int m_days;
    qint64 m_bytes;
    int m_quietTicks = 0;
    bool m_isHistoryPaused = false;
    bool m_isDirty = false; // written since the last checkpoint
    bool m_isTrimming = false;
    bool m_isCaptureTrimmed = false; // in the trim that runs
    bool m_isOpen = false;
    bool m_wasUnclean = false;
};

} // namespace sb::store
