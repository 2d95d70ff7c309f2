#include "http/head.h"

#include "base/bytes.h"
#include "http/grammar.h"

namespace sb::http {

namespace {
constexpr qsizetype kUsual = 500; // bytes of names and values: most heads grow no further
}

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

void Fields::wipe(QByteArrayView lowerName)
{
    for (int i = 0; i < count(); ++i) {
        if (isSameName(name(i), lowerName))
            std::fill_n(m_bytes.data() + m_entries[i].value, m_entries[i].valueLength, ' ');
    }
}

void Fields::add(QByteArrayView name, QByteArrayView value)
{
    const quint32 at = quint32(m_bytes.size());
    if (at == 0)
        m_bytes.reserve(kUsual);
    appendBytes(m_bytes, name);
    appendBytes(m_bytes, value);
    m_entries.append(
        Entry{at, quint32(name.size()), at + quint32(name.size()), quint32(value.size())});
}

} // namespace sb::http
