#include "http/head.h"

#include "http/grammar.h"

namespace sb::http {

QByteArrayView Fields::value(QByteArrayView lowerName) const
{
    for (int i = 0; i < count(); ++i) {
        if (isSameName(name(i), lowerName))
            return value(i); // an empty value is not a null view: it points into our bytes
    }
    return {};
}

int Fields::countOf(QByteArrayView lowerName) const
{
    int found = 0;
    for (int i = 0; i < count(); ++i)
        found += isSameName(name(i), lowerName) ? 1 : 0;
    return found;
}

void Fields::add(QByteArrayView name, QByteArrayView value)
{
    const quint32 at = quint32(m_bytes.size());
    m_bytes.append(name);
    m_bytes.append(value);
    m_entries.append(
        Entry{at, quint32(name.size()), at + quint32(name.size()), quint32(value.size())});
}

} // namespace sb::http
