// Who is calling, for clients on this machine: looked up once per connection, off the engine
// thread.
//
// Owned by the engine core, engine thread; one worker thread of its own. Connections that come
// close together are looked up in one go, and after each go the worker rests 49 times as long as it
// took: however many connect, it uses 2 % of a core and the engine thread only keeps a list. What
// is not looked up in time stays unknown.
#pragma once

#include "base/clock.h"
#include "engine/process_table.h"
#include "gateway/caller_book.h"

#include <deque>
#include <functional>

#include <QHash>
#include <QObject>
#include <QThreadPool>

namespace sb::engine {

class CallerLookup final : public QObject, public gateway::CallerBook {
    Q_OBJECT
public:
    // Runs on the worker; tests give their own.
    using Find = std::function<CallersFound(const QList<CallerAsk> &, const QList<qint64> &)>;

    explicit CallerLookup(Clock &clock, Find find = {});
    ~CallerLookup() override;

    // Off: nothing is looked up, and what was known is forgotten.
    void setOn(bool isOn);
    // Told when callers became known; engine thread.
    void onFound(std::function<void()> told) { m_told = std::move(told); }

    void connected(const http::Peer &peer) override;
    const Caller *of(quint64 connection) const override;

    int batches() const { return m_batches; } // begun since the start
    int waiting() const { return int(m_waiting.size()); }

    static constexpr int kMostWaiting = 256;
    static constexpr int kMostKnown = 4'096;
    static constexpr int kMostLikely = 32;

private:
    void begin();
    void take(const CallersFound &found, Nanos took, quint32 round);

    Clock &m_clock;
    Find m_find;
    QThreadPool m_worker;
    Timer m_rest;
    bool m_isOn = true;
    bool m_isBusy = false; // looking, resting, or about to
    quint32 m_round = 0; // counts switches: an answer of before is dropped
    int m_batches = 0;
    QList<CallerAsk> m_waiting;
    QHash<quint64, Caller> m_known; // by connection
    std::deque<quint64> m_order; // of m_known, oldest first
    QList<qint64> m_likely; // processes that called, newest first
    std::function<void()> m_told;
};

} // namespace sb::engine
