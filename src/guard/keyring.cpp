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

QByteArray queryKey(QByteArrayView query)
{
    qsizetype from = 0;
    while (from < query.size()) {
        qsizetype end = query.indexOf('&', from);
        if (end < 0)
            end = query.size();
        const QByteArrayView pair = query.sliced(from, end - from);
        if (pair.startsWith("key="))
            return QByteArray::fromPercentEncoding(pair.sliced(4).toByteArray());
        from = end + 1;
    }
    return {};
}
} // namespace

Keyring::Answer Keyring::identify(const Carriers &carriers, const ClientId &bound) const
{
    const QByteArray fromQuery = carriers.query.isEmpty() ? QByteArray() : queryKey(carriers.query);
    QByteArrayView key;
    for (const QByteArrayView carried :
         {bearerOf(carriers.authorization), carriers.xApiKey, carriers.apiKey, carriers.xGoogApiKey,
          carriers.xPortkeyApiKey, QByteArrayView(fromQuery)}) {
        if (carried.isEmpty())
            continue;
        if (!key.isEmpty() && key != carried)
            return {Code::TwoKeys, {}};
        key = carried;
    }
    if (!key.isEmpty()) {
        const auto found
            = m_clients.constFind(QCryptographicHash::hash(key, QCryptographicHash::Sha256));
        if (found != m_clients.cend())
            return {Code::None, *found};
    }
    if (!bound.isEmpty())
        return {Code::None, bound};
    return {Code::ClientKey, {}};
}

} // namespace sb::guard
