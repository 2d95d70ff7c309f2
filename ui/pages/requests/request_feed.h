// Fills the rows of Requests: live exchanges from frames, older ones from History, off this thread.
//
// Owned by the page, GUI thread. One question to History runs at a time; a new filter cancels it.
// Live ones are remembered (2,000) so that a new filter shows them at once and what is not stored
// yet is not missed. Counts are what History said plus what came since. [console §3.2]
#pragma once

#include "engine/history.h"
#include "models/request_model.h"

#include <QFutureWatcher>
#include <QObject>

#include <map>

namespace sb::pages {

class RequestFeed final : public QObject {
    Q_OBJECT
public:
    using Ptr = std::shared_ptr<const Exchange>;

    // Both outlive the feed.
    RequestFeed(engine::History &history, models::RequestModel &model, QObject *parent = nullptr);
    ~RequestFeed() override;

    void setFilter(const ExchangeFilter &filter); // starts anew
    void reload() { setFilter(m_model.filter()); }
    // A hidden page's rows wait until it is shown.
    void take(const QList<Ptr> &changed, bool isShown);
    void fetchOlder(); // the next page below, if there is one and none is on its way
    void stop(); // the scan; what was found stays

    bool isScanning() const { return m_isScanning; }
    double share() const; // of the scan, 0…1; negative: not known
    bool hasMore() const { return m_next.has_value(); }
    bool isStopped() const { return m_isStopped; } // by stop(), before its end
    bool isEverLoaded() const { return m_isLoaded; }
    qint64 matches() const; // let through, as far as looked
    qint64 total() const; // -1 = not known
    const QString &error() const { return m_error; } // code of the last answer, empty = good

signals:
    void changed(); // any of the above

private:
    void ask(std::optional<ExchangeId> before);
    void takePage();
    void takeSearch();
    void finish();
    void cancel();

    engine::History &m_history;
    models::RequestModel &m_model;
    QFutureWatcher<Result<store::Page>> m_page;
    QFutureWatcher<Result<engine::SearchResult>> m_search;
    std::map<ExchangeId, Ptr> m_recent;
    std::optional<ExchangeId> m_next;
    QString m_error;
    qint64 m_scanned = 0;
    qint64 m_range = 0; // rows to scan
    qint64 m_total = -1;
    qint64 m_matches = 0; // of History's answers
    qint64 m_newTotal = 0; // came since
    qint64 m_newMatches = 0;
    ExchangeId m_newest; // of what was counted
    bool m_isScanning = false;
    bool m_isLoaded = false;
    bool m_isStopped = false;
    bool m_isBehind = false; // frames came while hidden
    bool m_isMissing = false; // more passed by hidden than is remembered
};

} // namespace sb::pages
