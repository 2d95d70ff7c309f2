#include "http/head.h"

namespace sb::http {

namespace {
bool isSameName(QByteArrayView name, QByteArrayView lowerName)
{
    if (name.size() != lowerName.size())
        return false;
    for (qsizetype i = 0; i < name.size(); ++i) {
        const char c = name[i];
        if ((c >= 'A' && c <= 'Z' ? char(c | 0x20) : c) != lowerName[i])
            return false;
    }
    return true;
}
} // namespace

QByteArrayView Fields::value(QByteArrayView lowerName) const
{
    for (int i = 0; i < count(); ++i) {
        if (isSameName(name(i), lowerName)) {
            const QByteArrayView found = value(i);
            // An empty value is not an absent one.
            return found.isNull() ? QByteArrayView("") : found;
        }
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
