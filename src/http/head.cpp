#include "http/head.h"

#include "http/grammar.h"

#include <algorithm>

namespace sb::http {

namespace {
constexpr qsizetype kUsual = 500; // bytes of names and values: most heads grow no further
}

QByteArrayView Fields::firstOf(QByteArrayView lowerName) const
{
    for (int i = 0; i < count(); ++i) {
        if (isSameName(name(i), lowerName))
            return value(i); // an empty value is not a null view: it points into our bytes
    }
    return {};
}

int Fields::allOf(QByteArrayView lowerName) const
{
    int found = 0;
    for (int i = 0; i < count(); ++i)
        found += isSameName(name(i), lowerName) ? 1 : 0;
    return found;
}

void Fields::wipe(std::initializer_list<QByteArrayView> lowerNames)
{
    for (int i = 0; i < count(); ++i) {
        if (std::any_of(lowerNames.begin(), lowerNames.end(),
                        [this, i](QByteArrayView lower) { return isSameName(name(i), lower); }))
            std::fill_n(m_bytes.data() + m_entries[i].value, m_entries[i].valueLength, ' ');
    }
}

void Fields::add(QByteArrayView name, QByteArrayView value)
{
    const qsizetype needed = m_used + name.size() + value.size();
    if (needed > m_bytes.size())
        m_bytes.resize(std::max(needed, m_used == 0 ? kUsual : 2 * m_bytes.size()));
    const quint32 at = quint32(m_used);
    char *const to = m_bytes.data() + m_used;
    std::copy(name.begin(), name.end(), to);
    std::copy(value.begin(), value.end(), to + name.size());
    m_used = needed;
    m_kinds |= kindOf(name);
    m_entries.append(
        Entry{at, quint32(name.size()), at + quint32(name.size()), quint32(value.size())});
}

} // namespace sb::http
