#include "http/parser.h"

#include "http/grammar.h"

namespace sb::http {

namespace {
// The methods any route of ours can have; the bytes are constants, so heads need no copy of them.
constexpr std::array<const char *, 7> kMethods{"GET",   "HEAD",   "POST",   "PUT",
                                               "PATCH", "DELETE", "OPTIONS"};

QByteArray knownMethod(QByteArrayView method)
{
    for (const char *known : kMethods) {
        if (method == known)
            return QByteArray::fromRawData(known, qsizetype(strlen(known)));
    }
    return {};
}

// Does the path climb? Slashes that arrived encoded count as slashes here.
bool hasDotDot(QByteArrayView path)
{
    qsizetype begin = 0;
    for (qsizetype i = 0; i <= path.size(); ++i) {
        const bool isEncoded = i + 2 < path.size() && path[i] == '%'
            && ((path[i + 1] == '2' && lowered(path[i + 2]) == 'f')
                || (path[i + 1] == '5' && lowered(path[i + 2]) == 'c'));
        if (i < path.size() && path[i] != '/' && path[i] != '\\' && !isEncoded)
            continue;
        if (path.sliced(begin, i - begin) == "..")
            return true;
        i += isEncoded ? 2 : 0;
        begin = i + 1;
    }
    return false;
}
} // namespace

bool isValidAuthority(QByteArrayView authority)
{
    qsizetype hostEnd = 0;
    if (authority.startsWith('[')) {
        hostEnd = authority.indexOf(']');
        if (hostEnd < 3)
            return false;
        for (qsizetype i = 1; i < hostEnd; ++i) {
            if (hexDigit(authority[i]) < 0 && authority[i] != ':' && authority[i] != '.')
                return false;
        }
        ++hostEnd;
    } else {
        while (hostEnd < authority.size() && isHostChar(authority[hostEnd]))
            ++hostEnd;
        if (hostEnd == 0)
            return false;
    }
    if (hostEnd == authority.size())
        return true;
    if (authority[hostEnd] != ':')
        return false;
    const QByteArrayView port = authority.sliced(hostEnd + 1);
    if (port.isEmpty() || port.size() > 5)
        return false;
    int value = 0;
    for (const char c : port) {
        if (c < '0' || c > '9')
            return false;
        value = value * 10 + (c - '0');
    }
    return value <= 65535;
}

void RequestParser::reset()
{
    Parser::reset();
    m_head = RequestHead();
    m_host = QByteArray();
    m_authority = QByteArray();
    m_hosts = 0;
    m_hasBadExpect = false;
}

bool RequestParser::takeStartLine(QByteArrayView line)
{
    const qsizetype first = line.indexOf(' ');
    const qsizetype last = line.lastIndexOf(' ');
    if (first <= 0 || last == first)
        return fail(ParseError::BadStartLine);
    const QByteArrayView method = line.first(first);
    const QByteArrayView target = line.sliced(first + 1, last - first - 1);
    const QByteArrayView version = line.sliced(last + 1);
    if (!std::all_of(method.begin(), method.end(), isToken) || target.isEmpty())
        return fail(ParseError::BadStartLine);
    if (version.size() != 8 || !version.startsWith("HTTP/1.")
        || (version[7] != '0' && version[7] != '1')) {
        return fail(version.startsWith("HTTP/") ? ParseError::BadVersion
                                                : ParseError::BadStartLine);
    }
    m_head.minorVersion = version[7] - '0';
    if (!std::all_of(target.begin(), target.end(), isTarget))
        return fail(ParseError::BadTarget);
    m_head.method = knownMethod(method);
    if (m_head.method.isEmpty())
        return fail(ParseError::BadMethod);
    return takeTarget(target);
}

bool RequestParser::takeTarget(QByteArrayView target)
{
    m_head.target = target.toByteArray();
    if (target == "*" && m_head.method == "OPTIONS") {
        m_head.path = m_head.target;
        return true;
    }
    if (!target.startsWith('/')) {
        // absolute-form: the authority must be the one in Host, which is checked at the head's end.
        if (target.size() < 8 || !isSameName(target.first(7), "http://"))
            return fail(ParseError::BadTarget);
        target = target.sliced(7);
        qsizetype end = 0;
        while (end < target.size() && target[end] != '/' && target[end] != '?')
            ++end;
        m_authority = target.first(end).toByteArray();
        if (!isValidAuthority(m_authority))
            return fail(ParseError::BadTarget);
        target = target.sliced(end);
    }
    const qsizetype question = target.indexOf('?');
    if (question >= 0)
        m_head.query = target.sliced(question + 1).toByteArray();
    return takePath(question < 0 ? target : target.first(question));
}

bool RequestParser::takePath(QByteArrayView path)
{
    if (path.indexOf('%') < 0) {
        if (path.isEmpty())
            m_head.path = QByteArrayLiteral("/");
        else if (path.size() == m_head.target.size())
            m_head.path = m_head.target;
        else
            m_head.path = path.toByteArray();
    } else {
        m_head.path.reserve(path.size());
        for (qsizetype i = 0; i < path.size(); ++i) {
            if (path[i] != '%') {
                m_head.path.append(path[i]);
                continue;
            }
            const int high = i + 2 < path.size() ? hexDigit(path[i + 1]) : -1;
            const int low = i + 2 < path.size() ? hexDigit(path[i + 2]) : -1;
            if (high < 0 || low < 0)
                return fail(ParseError::BadTarget);
            const char c = char(high * 16 + low);
            // Control characters have no business in a path; "%25" before "2f" would read as an
            // encoded slash after decoding once.
            const QByteArrayView behind = path.sliced(i + 3);
            if (!isText(c) || c == '\t'
                || (c == '%' && behind.size() >= 2 && hexDigit(behind[0]) >= 0
                    && hexDigit(behind[1]) >= 0))
                return fail(ParseError::BadTarget);
            if (c == '/')
                m_head.path.append(path.sliced(i, 3));
            else
                m_head.path.append(c);
            i += 2;
        }
    }
    return !hasDotDot(m_head.path) || fail(ParseError::BadTarget);
}

bool RequestParser::takeField(QByteArrayView name, QByteArrayView value)
{
    m_head.fields.add(name, value);
    if (name.size() == 4 && isSameName(name, "host")) {
        if (++m_hosts > 1 || !isValidAuthority(value))
            return fail(ParseError::BadHost);
        m_host = value.toByteArray();
        return true;
    }
    if (name.size() == 6 && isSameName(name, "expect")) {
        if (m_head.expectsContinue || !isSameName(value, "100-continue"))
            m_hasBadExpect = true;
        m_head.expectsContinue = true;
        return true;
    }
    return takeFraming(name, value);
}

Parser::Body RequestParser::takeHeadEnd(qint64 &length)
{
    const auto bad = [this](ParseError error) {
        fail(error);
        return Body::Bad;
    };
    if (m_hosts != 1)
        return bad(ParseError::BadHost);
    if (!m_authority.isEmpty() && m_authority.compare(m_host, Qt::CaseInsensitive) != 0)
        return bad(ParseError::BadTarget);
    // HTTP/1.0 knows no chunks; who sends them there counts on two readers disagreeing.
    if (m_framing.isChunked && m_head.minorVersion == 0)
        return bad(ParseError::BadFraming);
    if (m_head.minorVersion == 0) // [RFC 9110 §10.1.1]
        m_head.expectsContinue = m_hasBadExpect = false;
    if (m_hasBadExpect)
        return bad(ParseError::BadExpect);
    m_head.isKeepAlive
        = !m_framing.hasClose && (m_head.minorVersion == 1 || m_framing.hasKeepAlive);
    length = std::max<qint64>(m_framing.length, 0);
    m_head.contentLength = m_framing.isChunked ? -1 : length;
    return m_framing.isChunked ? Body::Chunked : Body::Length;
}

} // namespace sb::http
