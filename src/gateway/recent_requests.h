// The newest requests as their clients sent them, so that one can be looked at or sent again.
//
// Engine thread; owned by the gateway. In memory only, bounded, wiped when it ends. Bodies share
// the request's own buffer, so keeping one costs no copy. Keys are blanked before a head stays.
#pragma once

#include "dialect/dialect.h"
#include "http/server.h"
#include "record/changes.h"

#include <vector>

namespace sb::gateway {

struct RecentRequest {
    ExchangeId id;
    ClientId client;
    dialect::PathMatch match;
    http::RequestHead head;
    QByteArray body;
    QList<AttemptChanges> changes; // what translations did to it
    qint64 bytes = 0; // of body and changes
};

class RecentRequests {
public:
    static constexpr size_t kMost = 200;
    static constexpr qint64 kMostBytes = 64ll * 1024 * 1024;
    static constexpr qint64 kMostBody = 8ll * 1024 * 1024;

    ~RecentRequests() { wipe(); }

    void setEnabled(bool isEnabled); // off forgets what is there
    // The oldest make room. A body over the limit is not kept.
    void keep(const ExchangeId &id, const ClientId &client, const dialect::PathMatch &match,
              http::RequestHead &&head, QByteArray &&body, QList<AttemptChanges> &&changes = {});
    const RecentRequest *find(const ExchangeId &id) const;
    void wipe(); // overwrites the bodies that nobody else holds
    qint64 bytes() const { return m_bytes; }
    size_t count() const { return m_count; }

private:
    void dropOldest();

    std::vector<RecentRequest> m_ring; // made at the first request
    size_t m_first = 0;
    size_t m_count = 0;
    qint64 m_bytes = 0;
    bool m_isEnabled = true;
};

} // namespace sb::gateway
