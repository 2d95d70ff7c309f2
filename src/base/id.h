// Names from the configuration that must not be mixed up: a chain id is not a provider id.
#pragma once

#include "base/hash.h"

#include <QString>

namespace sb {

template <typename Tag> class Id {
public:
    Id() = default;
    explicit Id(QString text)
        : m_text(std::move(text))
    {
    }

    const QString &text() const { return m_text; }
    bool isEmpty() const { return m_text.isEmpty(); }

    friend bool operator==(const Id &, const Id &) = default;
    friend auto operator<=>(const Id &a, const Id &b) { return a.m_text.compare(b.m_text) <=> 0; }
    friend size_t qHash(const Id &id, size_t seed = 0) { return hashOf(id.m_text, seed); }

private:
    QString m_text;
};

using ProviderId = Id<struct ProviderTag>;
using KeyId = Id<struct KeyTag>;
using ChainId = Id<struct ChainTag>;
using ClientId = Id<struct ClientTag>;

} // namespace sb
