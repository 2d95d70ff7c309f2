// Which target keeps which answer, by the provider's own id: what the Responses API stores is asked
// for by that id later, and only where it was made. In memory alone, the newest ones.
//
// Engine thread, owned by the gateway.
#pragma once

#include "record/exchange.h"

#include <QHash>

#include <optional>
#include <vector>

namespace sb::gateway {

class AnswerBook {
public:
    static constexpr size_t kMost = 4096;
    static constexpr qsizetype kLongestId = 256;

    struct Entry {
        ClientId client; // who asked for it
        TargetRef target;
    };

    void note(const QByteArray &id, const ClientId &client, const TargetRef &target);
    const Entry *find(const QByteArray &id) const;
    // Who keeps this client's answer.
    std::optional<TargetRef> holder(const QByteArray &id, const ClientId &client) const;

private:
    QHash<QByteArray, Entry> m_entries;
    std::vector<QByteArray> m_order; // a ring
    size_t m_next = 0;
};

} // namespace sb::gateway
