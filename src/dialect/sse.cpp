#include "dialect/sse.h"

#include <bit>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace sb::dialect {

// Offset of the first LF or CR at or after `at`, -1 when there is none.
static qsizetype findLineEnd(QByteArrayView text, qsizetype at)
{
#ifdef __SSE2__
    const __m128i lf = _mm_set1_epi8('\n');
    const __m128i cr = _mm_set1_epi8('\r');
    for (; at + 16 <= text.size(); at += 16) {
        const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i *>(text.data() + at));
        const int hits
            = _mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(block, lf), _mm_cmpeq_epi8(block, cr)));
        if (hits)
            return at + std::countr_zero(unsigned(hits));
    }
#endif
    for (; at < text.size(); ++at) {
        if (text[at] == '\n' || text[at] == '\r')
            return at;
    }
    return -1;
}

void SseFramer::feed(QByteArrayView bytes)
{
    if (m_eventStart == m_view.size()) {
        m_view = bytes;
        m_isOwn = false;
    } else {
        // park() has put what was left over into m_pending; drop what was given from its front.
        m_pending.remove(0, m_eventStart);
        m_pending.append(bytes);
        m_view = m_pending;
        m_isOwn = true;
        m_at -= m_eventStart;
        m_lineStart -= m_eventStart;
        m_name.from -= m_eventStart;
        m_data.from -= m_eventStart;
        m_eventStart = 0;
        return;
    }
    m_eventStart = m_lineStart = m_at = 0;
}

bool SseFramer::skipMark()
{
    static constexpr char kMark[] = "\xEF\xBB\xBF";
    const qsizetype seen = qMin(m_view.size(), qsizetype(3));
    const bool isPrefix = seen == 0 || memcmp(m_view.data(), kMark, size_t(seen)) == 0;
    if (isPrefix && seen < 3 && !m_isAtEnd)
        return false;
    m_isAtStart = false;
    if (isPrefix && seen == 3)
        m_lineStart = m_at = 3;
    return true;
}

bool SseFramer::next(SseEvent &event)
{
    if (m_isOverLimit || m_view.isEmpty())
        return false;
    if (m_isAtStart && !skipMark()) {
        park();
        return false;
    }
    while (true) {
        const qsizetype lineEnd = findLineEnd(m_view, m_at);
        if (lineEnd < 0) {
            m_at = m_view.size();
            break;
        }
        qsizetype after = lineEnd + 1;
        if (m_view[lineEnd] == '\r') {
            if (after == m_view.size() && !m_isAtEnd) {
                m_at = lineEnd;
                break;
            }
            if (after < m_view.size() && m_view[after] == '\n')
                ++after;
        }
        const qsizetype lineStart = m_lineStart;
        m_lineStart = m_at = after;
        if (after - m_eventStart > m_limit) {
            m_isOverLimit = true;
            return false;
        }
        if (lineEnd == lineStart) {
            give(event, after);
            return true;
        }
        takeLine(lineStart, lineEnd);
    }
    if (m_view.size() - m_eventStart > m_limit)
        m_isOverLimit = true;
    park();
    return false;
}

void SseFramer::takeLine(qsizetype from, qsizetype to)
{
    const QByteArrayView line = view(from, to - from);
    // Nearly every line.
    if (m_dataLines == 0 && line.size() >= 5 && memcmp(line.data(), "data:", 5) == 0) {
        const qsizetype value = line.size() > 5 && line[5] == ' ' ? 6 : 5;
        m_data = {from + value, line.size() - value};
        m_dataLines = 1;
        return;
    }
    const void *colonAt = memchr(line.data(), ':', size_t(line.size()));
    const qsizetype colon
        = colonAt ? static_cast<const char *>(colonAt) - line.data() : line.size();
    qsizetype value = qMin(colon + 1, line.size());
    if (value < line.size() && line[value] == ' ')
        ++value;
    const Part part{from + value, line.size() - value};
    const QByteArrayView field = line.first(colon);
    if (field == "data") {
        if (m_dataLines == 0) {
            m_data = part;
        } else {
            if (m_dataLines == 1)
                m_joined = view(m_data.from, m_data.length).toByteArray();
            m_joined.append('\n');
            m_joined.append(view(part.from, part.length));
        }
        ++m_dataLines;
    } else if (field == "event") {
        m_name = part;
    }
}

void SseFramer::give(SseEvent &event, qsizetype end)
{
    event.raw = view(m_eventStart, end - m_eventStart);
    event.name = m_name.length > 0 ? view(m_name.from, m_name.length) : QByteArrayView();
    event.hasData = m_dataLines > 0;
    event.data = {};
    if (m_dataLines > 1) {
        m_given.swap(m_joined);
        event.data = m_given;
        m_joined.clear();
    } else if (m_dataLines == 1 && m_data.length > 0) {
        event.data = view(m_data.from, m_data.length);
    }
    m_name = m_data = {};
    m_dataLines = 0;
    m_eventStart = end;
}

// What is left over must outlive the caller's bytes; what stands in m_pending may stay, since
// events given from it are still being read.
void SseFramer::park()
{
    if (m_isOwn || m_eventStart == m_view.size())
        return;
    m_pending = m_view.sliced(m_eventStart).toByteArray();
    m_at -= m_eventStart;
    m_lineStart -= m_eventStart;
    m_name.from -= m_eventStart;
    m_data.from -= m_eventStart;
    m_eventStart = 0;
    m_view = m_pending;
    m_isOwn = true;
}

bool SseFramer::rest(SseEvent &event)
{
    if (m_isOverLimit || m_eventStart == m_view.size())
        return false;
    if (m_lineStart < m_view.size())
        takeLine(m_lineStart, m_view.size());
    m_lineStart = m_at = m_view.size();
    give(event, m_view.size());
    return true;
}

} // namespace sb::dialect
