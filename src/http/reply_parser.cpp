#include "http/parser.h"

#include "http/grammar.h"

namespace sb::http {

void ReplyParser::reset()
{
    Parser::reset();
    m_head = ReplyHead();
    m_isBodyless = false;
}

bool ReplyParser::takeStartLine(QByteArrayView line)
{
    // "HTTP/1.1 200 reason"; the reason may be empty, and so may the blank before it be missing,
    // as several servers in use do. [RFC 9112 §4]
    if (line.size() < 12 || !line.startsWith("HTTP/1.") || line[8] != ' '
        || (line.size() > 12 && line[12] != ' '))
        return fail(ParseError::BadStartLine);
    if (line[7] != '0' && line[7] != '1')
        return fail(ParseError::BadVersion);
    m_head.minorVersion = line[7] - '0';
    m_head.status = 0;
    for (int i = 9; i < 12; ++i) {
        if (line[i] < '0' || line[i] > '9')
            return fail(ParseError::BadStartLine);
        m_head.status = m_head.status * 10 + (line[i] - '0');
    }
    // We never ask for an upgrade, so 101 is no answer to us.
    if (m_head.status < 100 || m_head.status > 599 || m_head.status == 101)
        return fail(ParseError::BadStatus);
    return true;
}

bool ReplyParser::takeField(QByteArrayView name, QByteArrayView value)
{
    m_head.fields.add(name, value);
    return takeFraming(name, value);
}

Parser::Body ReplyParser::takeHeadEnd(qint64 &length)
{
    const auto isBodyless = m_isBodyless || m_head.status == 204 || m_head.status == 304;
    if (m_head.status < 200) {
        // Who ends the connection with it says that no final reply comes; HTTP/1.0 knows no such.
        if (m_framing.hasClose || (m_head.minorVersion == 0 && !m_framing.hasKeepAlive)) {
            fail(ParseError::BadFraming);
            return Body::Bad;
        }
        m_head = ReplyHead();
        return Body::Interim;
    }
    if (m_framing.isChunked && m_head.minorVersion == 0) {
        fail(ParseError::BadFraming);
        return Body::Bad;
    }
    const bool isFramed = isBodyless || m_framing.isChunked || m_framing.length >= 0;
    m_head.isKeepAlive
        = isFramed && !m_framing.hasClose && (m_head.minorVersion == 1 || m_framing.hasKeepAlive);
    if (isBodyless) {
        m_head.contentLength = 0;
        return Body::None;
    }
    if (m_framing.isChunked) {
        m_head.contentLength = -1;
        return Body::Chunked;
    }
    if (m_framing.length >= 0) {
        m_head.contentLength = length = m_framing.length;
        return Body::Length;
    }
    m_head.contentLength = -2;
    return Body::UntilEnd;
}

} // namespace sb::http
