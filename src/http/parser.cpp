#include "http/parser.h"

#include "http/grammar.h"

#include <bit>

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace sb::http {

namespace {
// The first byte that is no text, or `end`; sixteen at a time, as fields are mostly values.
const char *skipText(const char *at, const char *end)
{
#ifdef __SSE2__
    const __m128i blank = _mm_set1_epi8(' ');
    const __m128i tab = _mm_set1_epi8('\t');
    const __m128i del = _mm_set1_epi8(0x7f);
    for (; end - at >= 16; at += 16) {
        const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i *>(at));
        const __m128i isHigh = _mm_cmpeq_epi8(_mm_max_epu8(block, blank), block);
        const __m128i isText = _mm_andnot_si128(_mm_cmpeq_epi8(block, del),
                                                _mm_or_si128(isHigh, _mm_cmpeq_epi8(block, tab)));
        const unsigned text = unsigned(_mm_movemask_epi8(isText));
        if (text != 0xffff)
            return at + std::countr_one(text);
    }
#endif
    while (at != end && isText(*at))
        ++at;
    return at;
}
} // namespace

QByteArrayView parseErrorName(ParseError error)
{
    constexpr std::array kNames{
        "none",
        "bad_byte",
        "bad_start_line",
        "bad_version",
        "bad_method",
        "bad_target",
        "bad_field",
        "bad_host",
        "bad_framing",
        "bad_expect",
        "bad_chunk",
        "bad_status",
        "start_line_too_long",
        "field_too_long",
        "head_too_long",
        "too_many_fields",
        "extensions_too_long",
        "trailers_too_long",
        "too_many_interim",
    };
    static_assert(kNames.size() == size_t(ParseError::TooManyInterim) + 1);
    return QByteArrayView(kNames[size_t(error)]);
}

Parser::Parser(const ParserLimits &limits)
    : m_limits(limits)
{
}

void Parser::reset()
{
    m_line.clear();
    m_framing = Framing();
    m_left = m_total = m_extensions = 0;
    m_fieldCount = m_nameLength = m_digits = m_interim = 0;
    m_state = State::StartLine;
    m_body = Body::None;
    m_error = ParseError::None;
    m_isNameOpen = m_hasCr = m_hadBlank = false;
}

bool Parser::fail(ParseError error)
{
    m_error = error;
    m_state = State::Failed;
    return false;
}

void Parser::startLine(bool isField)
{
    m_line.clear();
    m_nameLength = 0;
    m_isNameOpen = isField;
}

// One line up to its CRLF. Whatever comes first in the bytes decides, an unfit byte or a limit, so
// that pieces of any size give the same error. False: more bytes are needed, or it failed.
bool Parser::takeLine(const char *&at, const char *end, QByteArrayView &line)
{
    if (m_hasCr) {
        if (at == end)
            return false;
        if (*at != '\n')
            return fail(ParseError::BadByte);
        ++at;
        m_hasCr = false;
        m_total += 2;
        line = m_line;
        return true;
    }
    const char *const begin = at;
    const bool isTrailer = m_state == State::Trailer;
    const qsizetype lineLimit = m_state == State::StartLine ? m_limits.startLine : m_limits.field;
    const qsizetype totalLimit = isTrailer ? m_limits.trailers : m_limits.head;
    const qsizetype lineRoom = lineLimit - m_line.size();
    const qsizetype room = std::max<qsizetype>(0, std::min(lineRoom, totalLimit - m_total));
    const char *const stop = end - begin > room ? begin + room : end;
    const char *p = begin;
    while (m_isNameOpen && p != stop) {
        if (isToken(*p)) {
            ++p;
            ++m_nameLength;
            continue;
        }
        if (*p == ':' && m_nameLength > 0)
            m_isNameOpen = false;
        else if (*p != '\r' || m_nameLength > 0)
            return fail(isText(*p) || *p == '\r' ? ParseError::BadField : ParseError::BadByte);
        break;
    }
    p = skipText(p, stop);
    if (p == end) {
        m_line.append(begin, p - begin);
        m_total += p - begin;
        at = end;
        return false;
    }
    if (*p != '\r') {
        if (!isText(*p))
            return fail(ParseError::BadByte);
        if (isTrailer)
            return fail(ParseError::TrailersTooLong);
        if (p - begin < lineRoom)
            return fail(ParseError::HeadTooLong);
        return fail(m_state == State::StartLine ? ParseError::StartLineTooLong
                                                : ParseError::FieldTooLong);
    }
    if (p + 1 == end) {
        m_line.append(begin, p - begin);
        m_total += p - begin;
        m_hasCr = true;
        at = end;
        return false;
    }
    if (p[1] != '\n')
        return fail(ParseError::BadByte);
    m_total += p - begin + 2;
    at = p + 2;
    if (m_line.isEmpty()) {
        line = QByteArrayView(begin, p - begin);
    } else {
        m_line.append(begin, p - begin);
        line = m_line;
    }
    return true;
}

bool Parser::takeHeadBytes(const char *&at, const char *end, bool &isHeadDone)
{
    QByteArrayView line;
    while (takeLine(at, end, line)) {
        if (m_state == State::StartLine) {
            if (line.isEmpty()) {
                // One empty line before a message is to be ignored. [RFC 9112 §2.2]
                if (std::exchange(m_hadBlank, true))
                    return fail(ParseError::BadStartLine);
                m_total = 0;
                startLine(false);
                continue;
            }
            if (!takeStartLine(line))
                return false;
            m_state = State::FieldLine;
            startLine(true);
            continue;
        }
        if (!line.isEmpty()) {
            const QByteArrayView name = line.first(m_nameLength);
            if (m_state == State::Trailer) {
                // Dropped, but one that speaks of framing or routing is a trick. [RFC 9110 §6.5.1]
                if (isSameName(name, "content-length") || isSameName(name, "transfer-encoding")
                    || isSameName(name, "host") || isSameName(name, "connection")
                    || isSameName(name, "proxy-connection"))
                    return fail(ParseError::BadFraming);
            } else {
                if (++m_fieldCount > m_limits.fields)
                    return fail(ParseError::TooManyFields);
                const QByteArrayView rest = line.sliced(m_nameLength + 1);
                const QByteArrayView value = trimmedBlanks(rest);
                m_hasTabBehind = value.end() != rest.end()
                    && QByteArrayView(value.end(), rest.end()).contains('\t');
                if (!takeField(name, value))
                    return false;
            }
            startLine(true);
            continue;
        }
        m_line.clear();
        if (m_state == State::Trailer) {
            m_state = State::Done;
            return false;
        }
        qint64 length = 0;
        m_body = takeHeadEnd(length);
        switch (m_body) {
        case Body::Bad:
            return false;
        case Body::Interim:
            if (++m_interim > m_limits.interim)
                return fail(ParseError::TooManyInterim);
            m_framing = Framing();
            m_total = m_fieldCount = 0;
            m_hadBlank = false;
            m_state = State::StartLine;
            startLine(false);
            continue;
        default:
            m_left = length;
            m_line = QByteArray();
            m_state = State::Begin;
            isHeadDone = true;
            return true;
        }
    }
    return false;
}

// The chunk-size line, byte by byte: it is short and may be cut anywhere. [RFC 9112 §7.1]
bool Parser::takeChunkLineByte(unsigned char c)
{
    const char ch = char(c);
    if (m_state >= State::ExtensionStart && m_state <= State::ExtensionQuoteEnd
        && ++m_extensions > m_limits.chunkExtensions)
        return fail(ParseError::ExtensionsTooLong);
    const auto afterItem = [&] { // an extension, or its value, may end here
        if (ch == ';')
            m_state = State::ExtensionStart;
        else if (ch == '\r')
            m_state = State::ChunkLineEnd;
        else
            return fail(ParseError::BadChunk);
        return true;
    };
    switch (m_state) {
    case State::ChunkSize:
    case State::ChunkDigits: {
        const int digit = hexDigit(ch);
        if (digit < 0)
            return m_state == State::ChunkDigits ? afterItem() : fail(ParseError::BadChunk);
        if (++m_digits > 15)
            return fail(ParseError::BadChunk);
        m_left = m_left * 16 + digit;
        m_state = State::ChunkDigits;
        return true;
    }
    case State::ExtensionStart:
        m_state = State::ExtensionName;
        return isToken(ch) || fail(ParseError::BadChunk);
    case State::ExtensionName:
        if (isToken(ch))
            return true;
        if (ch != '=')
            return afterItem();
        m_state = State::ExtensionValueStart;
        return true;
    case State::ExtensionValueStart:
        m_state = ch == '"' ? State::ExtensionQuoted : State::ExtensionToken;
        return ch == '"' || isToken(ch) || fail(ParseError::BadChunk);
    case State::ExtensionToken:
        return isToken(ch) || afterItem();
    case State::ExtensionQuoted:
        if (ch == '"')
            m_state = State::ExtensionQuoteEnd;
        else if (ch == '\\')
            m_state = State::ExtensionEscape;
        return isText(ch) || fail(ParseError::BadChunk);
    case State::ExtensionEscape:
        m_state = State::ExtensionQuoted;
        return isText(ch) || fail(ParseError::BadChunk);
    case State::ExtensionQuoteEnd:
        return afterItem();
    case State::ChunkLineEnd:
        if (ch != '\n')
            return fail(ParseError::BadChunk);
        m_digits = 0;
        if (m_left > 0) {
            m_state = State::ChunkData;
        } else {
            m_state = State::Trailer;
            m_total = 0;
            startLine(true);
        }
        return true;
    case State::ChunkDataCr:
        m_state = State::ChunkDataLf;
        return ch == '\r' || fail(ParseError::BadChunk);
    case State::ChunkDataLf:
        m_state = State::ChunkSize;
        return ch == '\n' || fail(ParseError::BadChunk);
    default:
        Q_UNREACHABLE();
    }
}

// The end of a chunk and the size of the next where both are here whole and without extensions, as
// nearly all are: what the byte by byte states would come to. Anything else is left to them.
void Parser::skipPlainChunkLine(char *&at, const char *end)
{
    constexpr int kDigits = 7;
    if (end - at < 2 + kDigits + 2 || at[0] != '\r' || at[1] != '\n')
        return;
    const char *p = at + 2;
    qint64 size = 0;
    int digits = 0;
    for (; digits <= kDigits; ++digits, ++p) {
        const int digit = hexDigit(*p);
        if (digit < 0)
            break;
        size = size * 16 + digit;
    }
    if (digits == 0 || digits > kDigits || size == 0 || p[0] != '\r' || p[1] != '\n')
        return;
    at += p + 2 - at;
    m_left = size;
    m_digits = 0;
    m_state = State::ChunkData;
}

ParseStep Parser::feed(char *bytes, qsizetype count)
{
    ParseStep step;
    char *at = bytes;
    char *const end = bytes + count;
    char *bodyEnd = nullptr;
    const auto done = [&](ParseStep::State state) {
        step.state = state;
        step.consumed = at - bytes;
        step.bodySize = step.body ? bodyEnd - step.body : 0;
        return step;
    };
    for (;;) {
        switch (m_state) {
        case State::StartLine:
        case State::FieldLine:
        case State::Trailer: {
            const char *from = at;
            bool isHeadDone = false;
            takeHeadBytes(from, end, isHeadDone);
            at += from - at;
            if (isHeadDone)
                return done(ParseStep::State::Head);
            if (m_state == State::Failed)
                return done(ParseStep::State::Failed);
            if (m_state == State::Done)
                return done(ParseStep::State::Complete);
            return done(ParseStep::State::More);
        }
        case State::Begin:
            m_state = m_body == Body::Chunked ? State::ChunkSize
                : m_body == Body::UntilEnd    ? State::UntilEnd
                : m_body == Body::Length      ? State::Length
                                              : State::Done;
            if (m_state == State::Length && m_left == 0)
                m_state = State::Done;
            continue;
        case State::Length:
        case State::UntilEnd: {
            const bool isBounded = m_state == State::Length;
            const qsizetype take
                = isBounded ? qsizetype(std::min<qint64>(m_left, end - at)) : end - at;
            if (take > 0) {
                step.body = at;
                at += take;
                bodyEnd = at;
            }
            if (isBounded && (m_left -= take) == 0) {
                m_state = State::Done;
                continue;
            }
            return done(ParseStep::State::More);
        }
        case State::ChunkData: {
            const qsizetype take = qsizetype(std::min<qint64>(m_left, end - at));
            if (take == 0)
                return done(ParseStep::State::More);
            // Close the gap that the framing left, so that the caller sees one piece.
            if (!step.body)
                step.body = bodyEnd = at;
            else
                memmove(bodyEnd, at, size_t(take));
            bodyEnd += take;
            at += take;
            if ((m_left -= take) == 0) {
                m_state = State::ChunkDataCr;
                skipPlainChunkLine(at, end);
            }
            continue;
        }
        case State::Done:
            return done(ParseStep::State::Complete);
        case State::Failed:
            return done(ParseStep::State::Failed);
        default:
            if (at == end)
                return done(ParseStep::State::More);
            if (!takeChunkLineByte(static_cast<unsigned char>(*at)))
                return done(ParseStep::State::Failed);
            ++at;
            continue;
        }
    }
}

Parser::Finish Parser::finish() const
{
    if (isIdle() && m_interim == 0)
        return Finish::Idle;
    if (m_state == State::Done || m_state == State::UntilEnd)
        return Finish::Whole;
    if (m_state == State::Begin)
        return m_body == Body::None || m_body == Body::UntilEnd
                || (m_body == Body::Length && m_left == 0)
            ? Finish::Whole
            : Finish::Cut;
    return Finish::Cut;
}

bool Parser::takeFraming(QByteArrayView name, QByteArrayView value)
{
    switch (name.size()) {
    case 10:
    case 16:
        // The second is no word of the standard, but who reads it closes, and then nothing follows.
        if (isSameName(name, "connection") || isSameName(name, "proxy-connection")) {
            m_framing.hasClose = m_framing.hasClose || hasListItem(value, "close");
            m_framing.hasKeepAlive = m_framing.hasKeepAlive || hasListItem(value, "keep-alive");
        }
        return true;
    case 14:
        if (!isSameName(name, "content-length"))
            return true;
        // One field of digits; a second one, even an equal one, is how messages are smuggled.
        // A tab behind the digits is a blank to the grammar and part of the value to other readers.
        if (m_framing.length >= 0 || value.isEmpty() || value.size() > 15 || m_hasTabBehind)
            return fail(ParseError::BadFraming);
        m_framing.length = 0;
        for (const char c : value) {
            if (c < '0' || c > '9')
                return fail(ParseError::BadFraming);
            m_framing.length = m_framing.length * 10 + (c - '0');
        }
        break;
    case 17:
        if (!isSameName(name, "transfer-encoding"))
            return true;
        if (m_framing.isChunked || !isSameName(value, "chunked") || m_hasTabBehind)
            return fail(ParseError::BadFraming);
        m_framing.isChunked = true;
        break;
    default:
        return true;
    }
    return (m_framing.length < 0 || !m_framing.isChunked) || fail(ParseError::BadFraming);
}

} // namespace sb::http
