#include "guard/keyring.h"

#include <QCryptographicHash>

namespace sb::guard {

namespace {
QByteArrayView bearerOf(QByteArrayView authorization)
{
    constexpr QByteArrayView scheme("bearer ");
    if (authorization.size() <= scheme.size()
        || authorization.first(scheme.size()).compare(scheme, Qt::CaseInsensitive) != 0)
        return {};
    return authorization.sliced(scheme.size()).trimmed();
}

// Every "key=" of the query; more than one differing value is two keys, as with two headers.
QList<QByteArray> queryKeys(QByteArrayView query)
{
    QList<QByteArray> keys;
    qsizetype from = 0;
    while (from < query.size()) {
        qsizetype end = query.indexOf('&', from);
        if (end < 0)
            end = query.size();
        const QByteArrayView pair = query.sliced(from, end - from);
        if (pair.startsWith("key="))
            keys.append(QByteArray::fromPercentEncoding(pair.sliced(4).toByteArray()));
        from = end + 1;
    }
    return keys;
}
} // namespace

// Every entry is looked at and each in constant time: how long it takes tells nothing of a key.
const ClientId *Keyring::recall(QByteArrayView key) const
{
    const ClientId *found = nullptr;
    for (const Verified &verified : std::as_const(m_verified)) {
        if (equalConstantTime(verified.key.reveal(), key))
            found = &verified.client;
    }
    return found;
}

void Keyring::remember(QByteArrayView key, const ClientId &client) const
{
    Verified verified{Secret::fromView(key), client};
    if (m_verified.size() < kVerified)
        m_verified.append(std::move(verified));
    else
        m_verified[m_nextVerified++ % kVerified] = std::move(verified);
}

Keyring::Answer Keyring::identify(const Carriers &carriers, const ClientId &bound) const
{
    const QList<QByteArray> fromQuery
        = carriers.query.isEmpty() ? QList<QByteArray>() : queryKeys(carriers.query);
    QByteArrayView key;
    const auto isSecond = [&key](QByteArrayView carried) {
        if (carried.isEmpty())
            return false;
        if (!key.isEmpty() && key != carried)
            return true;
        key = carried;
        return false;
    };
    for (const QByteArrayView carried :
         {bearerOf(carriers.authorization), carriers.xApiKey, carriers.apiKey, carriers.xGoogApiKey,
          carriers.xPortkeyApiKey}) {
        if (isSecond(carried))
            return {Code::TwoKeys, {}};
    }
    for (const QByteArray &carried : fromQuery) {
        if (isSecond(carried))
            return {Code::TwoKeys, {}};
    }
    QByteArray digest;
    if (!key.isEmpty()) {
        if (const ClientId *known = recall(key))
            return {Code::None, *known, {}};
        digest = QCryptographicHash::hash(key, QCryptographicHash::Sha256);
        const auto found = m_clients.constFind(digest);
        if (found != m_clients.cend()) {
            remember(key, *found);
            return {Code::None, *found, {}};
        }
    }
    if (!bound.isEmpty())
        return {Code::None, bound, digest};
    return {Code::ClientKey, {}, digest};
}

} // namespace sb::guard
