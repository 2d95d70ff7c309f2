#include "gateway/recent_requests.h"

namespace sb::gateway {

namespace {
qint64 sizeOf(const QList<AttemptChanges> &list)
{
    qint64 bytes = 0;
    for (const AttemptChanges &attempt : list) {
        bytes += qint64(sizeof(AttemptChanges));
        for (const FieldChange &change : attempt.changes)
            bytes += qint64(sizeof(FieldChange)) + change.field.size() + change.from.size()
                + change.to.size() + change.rule.size();
    }
    return bytes;
}
} // namespace

void RecentRequests::setEnabled(bool isEnabled)
{
    m_isEnabled = isEnabled;
    if (!isEnabled)
        wipe();
}

void RecentRequests::keep(const ExchangeId &id, const ClientId &client,
                          const dialect::PathMatch &match, http::RequestHead &&head,
                          QByteArray &&body, QList<AttemptChanges> &&changes)
{
    const qint64 size = body.capacity() + sizeOf(changes);
    if (!m_isEnabled || size > kMostBody || body.isEmpty())
        return;
    if (m_ring.empty())
        m_ring.resize(kMost);
    while (m_count > 0 && (m_count == kMost || m_bytes + size > kMostBytes))
        dropOldest();
    RecentRequest &slot = m_ring[(m_first + m_count) % kMost];
    ++m_count;
    m_bytes += size;
    slot.id = id;
    slot.client = client;
    slot.match = match;
    slot.head = std::move(head);
    slot.head.fields.wipe(
        {"authorization", "x-api-key", "api-key", "x-goog-api-key", "x-portkey-api-key", "cookie"});
    slot.body = std::move(body);
    slot.changes = std::move(changes);
    slot.bytes = size;
}

const RecentRequest *RecentRequests::find(const ExchangeId &id) const
{
    for (size_t i = 0; i < m_count; ++i) {
        const RecentRequest &slot = m_ring[(m_first + i) % kMost];
        if (slot.id == id)
            return &slot;
    }
    return nullptr;
}

void RecentRequests::wipe()
{
    for (size_t i = 0; i < m_count; ++i) {
        QByteArray &body = m_ring[(m_first + i) % kMost].body;
        if (body.isDetached())
            body.fill('\0');
    }
    m_ring.clear();
    m_ring.shrink_to_fit();
    m_first = m_count = 0;
    m_bytes = 0;
}

void RecentRequests::dropOldest()
{
    RecentRequest &slot = m_ring[m_first];
    m_bytes -= slot.bytes;
    slot.body = QByteArray();
    slot.changes.clear();
    slot.id = ExchangeId();
    m_first = (m_first + 1) % kMost;
    --m_count;
}

} // namespace sb::gateway
