#include "json/splice.h"

#include <algorithm>

namespace sb::json {

void Splice::replace(Span place, QByteArray with)
{
    const auto later
        = std::upper_bound(m_edits.begin(), m_edits.end(), place.from,
                           [](qsizetype from, const Edit &edit) { return from < edit.place.from; });
    m_edits.insert(later, Edit{place, std::move(with)});
}

QList<QByteArray> Splice::parts() const
{
    if (m_edits.isEmpty())
        return {m_text};
    QList<QByteArray> result;
    result.reserve(2 * m_edits.size() + 1);
    qsizetype at = 0;
    const auto keepTo = [&](qsizetype end) {
        if (end > at)
            result.append(QByteArray::fromRawData(m_text.constData() + at, end - at));
    };
    for (const Edit &edit : m_edits) {
        Q_ASSERT(edit.place.from >= at);
        keepTo(edit.place.from);
        if (!edit.with.isEmpty())
            result.append(edit.with);
        at = edit.place.end();
    }
    keepTo(m_text.size());
    return result;
}

static bool isSpace(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

Span memberSpan(QByteArrayView text, Span key, Span value)
{
    qsizetype from = key.from;
    qsizetype end = value.end();
    qsizetype next = end;
    while (next < text.size() && isSpace(text[next]))
        ++next;
    if (next < text.size() && text[next] == ',') {
        // The first of several: the comma behind goes, and the space up to the next key.
        end = next + 1;
        while (end < text.size() && isSpace(text[end]))
            ++end;
        return {from, end - from};
    }
    qsizetype before = from;
    while (before > 0 && isSpace(text[before - 1]))
        --before;
    if (before > 0 && text[before - 1] == ',')
        from = before - 1;
    return {from, end - from};
}

} // namespace sb::json
