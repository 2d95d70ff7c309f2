#include "gateway/answer_book.h"

namespace sb::gateway {

void AnswerBook::note(const QByteArray &id, const ClientId &client, const TargetRef &target)
{
    if (id.isEmpty() || id.size() > kLongestId)
        return;
    if (const auto known = m_entries.constFind(id); known != m_entries.cend()) {
        // A provider that gives an id twice does not give one client's answer to another.
        if (known->client == client)
            m_entries[id].target = target;
        return;
    }
    if (m_order.size() < kMost)
        m_order.push_back(id);
    else
        m_entries.remove(std::exchange(m_order[m_next++ % kMost], id));
    m_entries.insert(id, {client, target});
}

const AnswerBook::Entry *AnswerBook::find(const QByteArray &id) const
{
    const auto known = m_entries.constFind(id);
    return known == m_entries.cend() ? nullptr : &*known;
}

std::optional<TargetRef> AnswerBook::holder(const QByteArray &id, const ClientId &client) const
{
    const Entry *entry = find(id);
    return entry && entry->client == client ? std::optional(entry->target) : std::nullopt;
}

} // namespace sb::gateway
