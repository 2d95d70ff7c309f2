#include "wire_generator.h"

namespace sb::http {

QByteArray WireGenerator::eol()
{
    return mostly("\r\n", 60, {"\n", "\r", "\r\r\n", "\n\r", "\r\n\r\n", " \r\n", "\r\n "});
}

QByteArray WireGenerator::target()
{
    return mostly("/v1/messages", 3,
                  {"/",
                   "*",
                   "/a?b=c",
                   "/a?",
                   "?a",
                   "/a#b",
                   "/a/../b",
                   "/%2e%2e/a",
                   "/a%2fb",
                   "/a%00",
                   "/a%",
                   "/a%zz",
                   "//a",
                   "/a b",
                   "/\xc3\xa9",
                   "/\x7f",
                   "/<>\"{}|\\^`",
                   "http://a/",
                   "http://a",
                   "http://a?x",
                   "HTTP://A/",
                   "http://b/",
                   "http://u@a/",
                   "http://a:80/",
                   "http://a:99999/",
                   "http://[::1]/",
                   "http://[/",
                   "https://a/",
                   "ftp://a/",
                   "http:/a",
                   "http//a",
                   "a:80",
                   "a",
                   "",
                   "/ HTTP/1.1"});
}

QByteArray WireGenerator::startLine(bool isReply)
{
    const QByteArray version
        = mostly("HTTP/1.1", 8,
                 {"HTTP/1.0", "HTTP/1.2", "HTTP/1.10", "HTTP/01.1", "HTTP/2.0", "HTTP/0.9",
                  "http/1.1", "HTTP/1.", "HTTP/1", "HTTP/.1", "HTTP /1.1", "ICE/1.0", "HTTP/1.1 "});
    const QByteArray blank = mostly(" ", 40, {"  ", "\t", "", " \t"});
    if (isReply) {
        return version + blank
            + mostly("200", 2, {"200", "204", "304",  "100",  "103", "101", "404", "500",
                                "599", "600", "099",  "2000", "20",  "2x0", "+20", "",
                                "999", "000", "0200", "206",  "205", "301", "401", "429"})
            + mostly(" OK", 4,
                     {"", " ", "  ", " \xc3\xa9", "OK", "\tOK", " O\tK", " a\x01", " \x7f"});
    }
    return mostly("POST", 3,
                  {"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", "QUERY",
                   "PRI", "post", "Post", "GE T", "G\x01T", "", "POSTX", "M-SEARCH", "SOURCE"})
        + blank + target() + blank + version;
}

QByteArray WireGenerator::field()
{
    const QByteArray length = mostly("5", 3,
                                     {"0",
                                      "1",
                                      "10",
                                      "05",
                                      "+5",
                                      "-5",
                                      "5,5",
                                      "5, 5",
                                      "5 5",
                                      "0x5",
                                      "5;",
                                      "five",
                                      "",
                                      "5.0",
                                      "5 ",
                                      "\t5",
                                      " 5",
                                      "_5",
                                      "5\x0b",
                                      "18446744073709551621",
                                      "99999999999999999999999",
                                      "999999999999999",
                                      "9999999999999999",
                                      "4294967301"});
    const QByteArray coding
        = mostly("chunked", 3,
                 {"Chunked", "CHUNKED", "chunked, chunked", "gzip, chunked", "chunked, gzip",
                  "identity", "gzip", "", "xchunked", "chunked;q=1", "\"chunked\"", ",chunked",
                  "chunked,", " chunked ", "\tchunked", "chunked\x0b", "chunk", "ch unked"});
    const QByteArray connection
        = mostly("keep-alive", 2,
                 {"close", "Close", "upgrade", "keep-alive, close", "close, keep-alive", "closed",
                  "cl ose", "Upgrade, close", ",close", "close,", "\tclose", "close;q=1", "x", "",
                  "keep-alivex", "keep-alive,upgrade", "transfer-encoding", "content-length"});
    const QByteArray separator = mostly(
        ": ", 30, {":", " : ", ":  ", ":\t", "", " ", ";", "::", ":\r\n ", ":\x01", "\xa0: "});
    switch (below(12)) {
    case 0:
    case 1:
        return mostly("Content-Length", 20,
                      {"content-length", "CONTENT-LENGTH", "Content_Length", "Content-Lengt",
                       "Content-Length\t",
                       "\xef"
                       "Content-Length"})
            + separator + length;
    case 2:
    case 3:
    case 4:
        return mostly("Transfer-Encoding", 20,
                      {"transfer-encoding", "TRANSFER-ENCODING", "Transfer_Encoding",
                       "Transfer-Encodin", "Transfer-Encoding "})
            + separator + coding;
    case 5:
        return mostly("Connection", 4, {"connection", "Proxy-Connection", "proxy-connection"})
            + separator + connection;
    case 6:
        return QByteArray("Upgrade") + separator + any({"h2c", "websocket", "", "TLS/1.0"});
    case 7:
        return QByteArray("Expect") + separator
            + any({"100-continue", "100-Continue", "200-ok", "", "100-continue, x"});
    case 8:
        return mostly("Host", 4, {"host", "HOST", "Host "}) + separator
            + any({"a", "a:80", "b", "", "a b", "a, b", "[::1]", "a:x", "u@a", "a/b"});
    case 9:
        return any({"X-A", "X_A", "X.A", "X A", "X(A)", "", ":", "X\x01", "X\xc3\xa9", "\"X\"",
                    "X/A", "!#$%&'*+-.^_`|~", "0"})
            + separator + any({"b", "", " ", "a\tb", "\xc3\xa9", "a\x01", "a\x7f", "a\rb", "a\nb"});
    default:
        return QByteArray("X-") + QByteArray::number(below(100)) + separator + "value";
    }
}

QByteArray WireGenerator::chunks()
{
    QByteArray out;
    for (qsizetype n = below(4); n > 0; --n) {
        const qsizetype size = below(20);
        if (size == 0)
            continue;
        const QByteArray digits = QByteArray::number(size, 16);
        out += mostly(digits, 8,
                      {"+5", "-1", "0x5", "5 ", " 5", "", "g", "5,5", "000005", "5_",
                       "FFFFFFFFFFFFFFFF", "10000000000000005"});
        out += mostly("", 5,
                      {";a", ";a=b", ";a=\"b\"", ";a=\"b\\\"c\"", ";", ";=b", ";a=", ";a b", " ;a",
                       ";a;b=c", ";a=\"b", ";a=b;", "; a=b", ";a\x01", ";a=\"\xc3\xa9\""});
        out += eol() + QByteArray(size + mostly("0", 20, {"1", "9"}).toInt(), 'x') + eol();
    }
    out += mostly("0", 10, {"00", "0;a", "0 ", "-0", "0x0", "", "1"}) + eol();
    while (oneIn(4))
        out += field() + eol();
    return out + eol();
}

QByteArray WireGenerator::message(bool isReply)
{
    QByteArray out = mostly("", 30, {"\r\n", "\n", "\r\n\r\n", " ", "\r"});
    out += startLine(isReply) + eol();
    if (!isReply && !oneIn(20))
        out += QByteArray("Host: a") + eol();
    // Mostly one way of framing, so that a good share of the messages is right.
    enum {
        None,
        Length,
        Chunked,
        Random
    } framing
        = std::array{None, Length, Chunked, Chunked, Random}[size_t(below(5))];
    const QByteArray body(below(30), 'y');
    if (framing == Length)
        out += "Content-Length: "
            + mostly(QByteArray::number(body.size()), 10, {"0", "1", "29", "300"}) + eol();
    if (framing == Chunked)
        out += QByteArray("Transfer-Encoding: chunked") + eol();
    for (qsizetype n = framing == Random ? 1 + below(4) : below(8) / 4; n > 0; --n)
        out += field() + eol();
    if (oneIn(40)) {
        for (qsizetype n = below(120); n > 0; --n)
            out += field() + eol();
    }
    out += eol();
    if (framing == Length)
        return out + body;
    return framing == Chunked || (framing == Random && oneIn(2)) ? out + chunks() : out;
}

QByteArray WireGenerator::changed(QByteArray bytes, const QList<QByteArray> &others)
{
    constexpr char kInteresting[] = "\r\n\0 \t:;,\"{}[]0\xff\x7f+-_x";
    for (qsizetype edits = below(4); edits > 0; --edits) {
        const qsizetype at = below(bytes.size() + 1);
        switch (below(9)) {
        case 0:
            bytes.insert(at, kInteresting[below(qsizetype(sizeof kInteresting))]);
            break;
        case 1:
            if (at < bytes.size())
                bytes[at] = char(m_random());
            break;
        case 2:
            bytes.remove(at, 1 + below(8));
            break;
        case 3:
            bytes.insert(at, bytes.mid(below(bytes.size()), below(64)));
            break;
        case 4:
            bytes.truncate(at);
            break;
        case 5:
            if (!others.isEmpty())
                bytes = bytes.left(at) + others[below(others.size())].mid(below(200));
            break;
        case 6: { // one more field at the end of a line
            const qsizetype line = bytes.indexOf("\r\n", at);
            if (line >= 0)
                bytes.insert(line + 2, field().append("\r\n"));
            break;
        }
        case 7: { // a line twice, or not at all
            const qsizetype line = bytes.indexOf("\r\n", at);
            const qsizetype end = line < 0 ? -1 : bytes.indexOf("\r\n", line + 2);
            if (end < 0)
                break;
            if (oneIn(2))
                bytes.insert(end + 2, bytes.mid(line + 2, end - line));
            else
                bytes.remove(line + 2, end - line);
            break;
        }
        default:
            if (at < bytes.size())
                bytes[at] = char(bytes[at] ^ (1 << below(8)));
        }
    }
    return bytes;
}

QByteArray WireGenerator::next(bool isReply)
{
    const QList<QByteArray> &known = isReply ? m_replies : m_requests;
    if (!known.isEmpty() && oneIn(2))
        return changed(known[below(known.size())], known);
    QByteArray out;
    for (qsizetype n = 1 + below(3) / 2; n > 0; --n)
        out += message(isReply);
    return oneIn(4) ? changed(out, known) : out;
}

} // namespace sb::http
