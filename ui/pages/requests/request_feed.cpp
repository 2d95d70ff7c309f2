#include "pages/requests/request_feed.h"

#include <algorithm>

namespace sb::pages {

namespace {
constexpr size_t kRecent = 2'000;
constexpr int kPage = 500; // without a filter; more come as one scrolls
constexpr int kFound = 1'000;
} // namespace

RequestFeed::RequestFeed(engine::History &history, models::RequestModel &model, QObject *parent)
    : QObject(parent)
    , m_history(history)
    , m_model(model)
{
    connect(&m_page, &QFutureWatcherBase::finished, this, &RequestFeed::takePage);
    connect(&m_search, &QFutureWatcherBase::finished, this, &RequestFeed::takeSearch);
    connect(&m_search, &QFutureWatcherBase::progressValueChanged, this, [this](int value) {
        m_scanned = value;
        emit changed();
    });
    connect(&m_search, &QFutureWatcherBase::progressRangeChanged, this, [this](int, int most) {
        m_range = most;
        emit changed();
    });
}

RequestFeed::~RequestFeed()
{
    cancel();
}

void RequestFeed::cancel()
{
    for (QFutureWatcherBase *watcher :
         {static_cast<QFutureWatcherBase *>(&m_page), static_cast<QFutureWatcherBase *>(&m_search)})
        watcher->cancel();
    m_isScanning = false;
}

void RequestFeed::setFilter(const ExchangeFilter &filter)
{
    cancel();
    QList<Ptr> found;
    for (auto it = m_recent.rbegin(); it != m_recent.rend(); ++it) {
        if (filter.matches(*it->second))
            found.append(it->second);
    }
    m_model.reset(filter, found);
    m_isMissing = false;
    m_isStopped = false;
    m_next.reset();
    m_matches = found.size();
    m_total = filter.isEmpty() ? -1 : qint64(m_recent.size());
    m_newMatches = 0;
    m_newTotal = 0;
    m_newest = m_recent.empty() ? ExchangeId{} : m_recent.rbegin()->first;
    ask(std::nullopt);
}

void RequestFeed::ask(std::optional<ExchangeId> before)
{
    m_isScanning = true;
    m_scanned = 0;
    m_range = 0;
    m_error.clear();
    if (m_model.filter().isEmpty()) {
        m_page.setFuture(m_history.page(before, kPage));
    } else {
        m_search.setFuture(m_history.search({.filter = m_model.filter(),
                                             .before = before,
                                             .fromWallMs = 0,
                                             .toWallMs = 0,
                                             .limit = kFound}));
    }
    emit changed();
}

void RequestFeed::takePage()
{
    if (!m_isScanning || m_page.isCanceled() || m_page.future().resultCount() == 0)
        return;
    const Result<store::Page> answer = m_page.result();
    if (answer) {
        m_model.merge(answer->exchanges);
        m_next = answer->next;
    } else {
        m_error = answer.error().code;
    }
    finish();
}

void RequestFeed::takeSearch()
{
    if (!m_isScanning || m_search.isCanceled() || m_search.future().resultCount() == 0)
        return;
    const Result<engine::SearchResult> answer = m_search.result();
    if (answer) {
        m_model.merge(answer->exchanges);
        m_next = answer->next;
        // Pages add up; the whole is told by each.
        m_total = std::max(m_total, answer->total);
        m_matches = std::max<qint64>(answer->matches, m_model.rowCount());
    } else {
        m_error = answer.error().code;
    }
    finish();
}

void RequestFeed::finish()
{
    m_isScanning = false;
    m_isLoaded = true;
    emit changed();
}

void RequestFeed::fetchOlder()
{
    if (m_isScanning || !m_next)
        return;
    ask(m_next);
}

void RequestFeed::stop()
{
    if (!m_isScanning)
        return;
    cancel();
    m_isStopped = true;
    finish();
}

void RequestFeed::take(const QList<Ptr> &changed, bool isShown)
{
    if (changed.isEmpty() && !(isShown && (m_isMissing || m_isBehind)))
        return;
    for (const Ptr &exchange : changed) {
        const bool isNew = m_recent.insert_or_assign(exchange->id, exchange).second;
        if (isNew && m_newest < exchange->id) {
            m_newest = exchange->id;
            ++m_newTotal;
            m_newMatches += m_model.filter().matches(*exchange) ? 1 : 0;
        }
    }
    while (m_recent.size() > kRecent) {
        m_recent.erase(m_recent.begin());
        m_isMissing = m_isMissing || !isShown;
    }
    const bool wasBehind = m_isBehind;
    m_isBehind = !isShown;
    if (!isShown)
        return;
    if (m_isMissing) {
        reload();
        return;
    }
    if (wasBehind) {
        QList<Ptr> recent;
        for (const auto &[id, exchange] : m_recent)
            recent.append(exchange);
        m_model.take(recent);
    } else {
        m_model.take(changed);
    }
    emit this->changed();
}

double RequestFeed::share() const
{
    return m_isScanning && m_range > 0 ? std::clamp(double(m_scanned) / double(m_range), 0.0, 1.0)
                                       : -1;
}

qint64 RequestFeed::matches() const
{
    if (m_model.filter().isEmpty())
        return m_model.rowCount() + m_model.waiting();
    return std::max<qint64>(m_matches + m_newMatches, m_model.rowCount() + m_model.waiting());
}

qint64 RequestFeed::total() const
{
    return m_total < 0 ? -1 : std::max(m_total + m_newTotal, matches());
}

} // namespace sb::pages
