// The parser by tables: every rule of the listener's grammar, and each message fed in every split.
#include "http/parser.h"

#include <QTest>

using namespace sb::http;

namespace {

template <typename P> QByteArray describeHead(P &parser);
template <> QByteArray describeHead(RequestParser &parser)
{
    const RequestHead &h = parser.head();
    QByteArray out = h.method + ' ' + h.path + '?' + h.query + " 1."
        + QByteArray::number(h.minorVersion) + " length=" + QByteArray::number(h.contentLength)
        + (h.isKeepAlive ? " keep" : " close") + (h.expectsContinue ? " expect" : "");
    for (int i = 0; i < h.fields.count(); ++i)
        out += '|' + h.fields.name(i).toByteArray() + '=' + h.fields.value(i).toByteArray();
    return out;
}
template <> QByteArray describeHead(ReplyParser &parser)
{
    const ReplyHead &h = parser.head();
    QByteArray out = QByteArray::number(h.status) + " 1." + QByteArray::number(h.minorVersion)
        + " length=" + QByteArray::number(h.contentLength) + (h.isKeepAlive ? " keep" : " close");
    for (int i = 0; i < h.fields.count(); ++i)
        out += '|' + h.fields.name(i).toByteArray() + '=' + h.fields.value(i).toByteArray();
    return out;
}

// Feeds pieces of the given sizes (the last one repeats) and prints everything that was seen.
template <typename P> QByteArray run(P &parser, const QByteArray &input, const QList<int> &pieces)
{
    QByteArray out;
    QByteArray body;
    qsizetype at = 0;
    int piece = 0;
    const auto flushBody = [&] {
        if (!body.isEmpty())
            out += "body[" + body + "]\n";
        body.clear();
    };
    while (true) {
        const int size = pieces.isEmpty() ? int(input.size())
                                          : pieces[std::min<qsizetype>(piece++, pieces.size() - 1)];
        QByteArray part = input.sliced(at, std::min<qsizetype>(size, input.size() - at));
        part.detach();
        at += part.size();
        char *from = part.data();
        qsizetype left = part.size();
        while (true) {
            const ParseStep step = parser.feed(from, left);
            body.append(step.body, step.bodySize);
            from += step.consumed;
            left -= step.consumed;
            if (step.state == ParseStep::State::Head) {
                out += describeHead(parser) + '\n';
                continue;
            }
            if (step.state == ParseStep::State::Complete) {
                flushBody();
                out += "complete\n";
                parser.reset();
                if (left == 0)
                    break;
                continue;
            }
            if (step.state == ParseStep::State::Failed) {
                flushBody();
                return out + "failed " + parseErrorName(parser.error()).toByteArray() + '\n';
            }
            if (left != 0)
                return out + "NOT CONSUMED\n";
            break;
        }
        if (at == input.size())
            break;
    }
    flushBody();
    constexpr std::array kFinish{"idle", "whole", "cut"};
    return out + kFinish[size_t(parser.finish())] + '\n';
}

const QByteArray kHost = "Host: a\r\n";

} // namespace

class TstParser : public QObject {
    Q_OBJECT

private slots:
    void request_data();
    void request();
    void reply_data();
    void reply();
    void limits_data();
    void limits();
    void everySplit();
    void chunksBecomeOneSpan();
    void knownLengthGoesToItsPlace();
    void bodylessReply();
};

void TstParser::request_data()
{
    QTest::addColumn<QByteArray>("input");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char *name, QByteArray input, QByteArray expected) {
        QTest::newRow(name) << input << expected;
    };
    row("get", "GET /v1/models?a=b HTTP/1.1\r\nHost: 127.0.0.1:7317\r\n\r\n",
        "GET /v1/models?a=b 1.1 length=0 keep|Host=127.0.0.1:7317\ncomplete\nidle\n");
    row("post", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nnull",
        "POST /? 1.1 length=4 keep|Host=a|Content-Length=4\nbody[null]\ncomplete\nidle\n");
    row("short body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nnull",
        "POST /? 1.1 length=5 keep|Host=a|Content-Length=5\nbody[null]\ncut\n");
    row("chunked",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3;x=y;z=\"a;\\\"b\"\r\nabc\r\n0A\r\n0123456789\r\n000\r\nX: y\r\n\r\n",
        "POST /? 1.1 length=-1 keep|Host=a|Transfer-Encoding=chunked\nbody[abc0123456789]\n"
        "complete\nidle\n");
    row("two", "GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.0\r\nHost: a\r\n\r\n",
        "GET /a? 1.1 length=0 keep|Host=a\ncomplete\nGET /b? 1.0 length=0 "
        "close|Host=a\ncomplete\nidle\n");
    row("http10 keep-alive", "GET /b HTTP/1.0\r\nHost: a\r\nConnection: foo, Keep-Alive\r\n\r\n",
        "GET /b? 1.0 length=0 keep|Host=a|Connection=foo, Keep-Alive\ncomplete\nidle\n");
    row("close", "GET /b HTTP/1.1\r\nHost: a\r\nConnection: x , close\r\n\r\n",
        "GET /b? 1.1 length=0 close|Host=a|Connection=x , close\ncomplete\nidle\n");
    row("expect", "POST /b HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n\r\n",
        "POST /b? 1.1 length=0 keep expect|Host=a|Expect=100-Continue\ncomplete\nidle\n");
    row("expect of 1.0 is ignored", "GET /b HTTP/1.0\r\nHost: a\r\nExpect: fire\r\n\r\n",
        "GET /b? 1.0 length=0 close|Host=a|Expect=fire\ncomplete\nidle\n");
    row("values", "GET / HTTP/1.1\r\nHost:\t a \t\r\nX-E:\r\nX-O: \xc3\xa4\tb  c\r\n\r\n",
        "GET /? 1.1 length=0 keep|Host=a|X-E=|X-O=\xc3\xa4\tb  c\ncomplete\nidle\n");
    row("absolute form", "GET http://A:80/x?y HTTP/1.1\r\nHost: a:80\r\n\r\n",
        "GET /x?y 1.1 length=0 keep|Host=a:80\ncomplete\nidle\n");
    row("absolute form without path", "GET http://a?y HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /?y 1.1 length=0 keep|Host=a\ncomplete\nidle\n");
    row("asterisk", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        "OPTIONS *? 1.1 length=0 keep|Host=a\ncomplete\nidle\n");
    row("decoded once", "GET /a%20b%2Fc%2fd%C3%A4 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /a b%2Fc%2fd\xc3\xa4? 1.1 length=0 keep|Host=a\ncomplete\nidle\n");
    row("blank line before", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /? 1.1 length=0 keep|Host=a\ncomplete\nidle\n");
    row("ipv6 host", "GET / HTTP/1.1\r\nHost: [::1]:7317\r\n\r\n",
        "GET /? 1.1 length=0 keep|Host=[::1]:7317\ncomplete\nidle\n");
    row("15 digits", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 000000000000004\r\n\r\nnull",
        "POST /? 1.1 length=4 "
        "keep|Host=a|Content-Length=000000000000004\nbody[null]\ncomplete\nidle\n");
    row("nothing", "", "idle\n");
    row("half a line", "GET / HT", "cut\n");
    row("half a head", "GET / HTTP/1.1\r\nHos", "cut\n");

    const auto bad = [](const char *name, QByteArray input, const char *error) {
        QTest::newRow(name) << input << QByteArray(QByteArray("failed ") + error + "\n");
    };
    const auto line = [&](const char *name, QByteArray first, const char *error) {
        bad(name, first + "\r\n" + kHost + "\r\n", error);
    };
    line("two blank lines", "\r\n\r\nGET / HTTP/1.1", "bad_start_line");
    line("version 0.9", "GET /", "bad_start_line");
    line("version 2", "GET / HTTP/2.0", "bad_version");
    line("version 1.2", "GET / HTTP/1.2", "bad_version");
    line("version case", "GET / http/1.1", "bad_start_line");
    line("version digits", "GET / HTTP/1.11", "bad_version");
    line("preface", "PRI * HTTP/2.0", "bad_version");
    line("rtsp", "GET / RTSP/1.0", "bad_start_line");
    line("tab", "GET\t/\tHTTP/1.1", "bad_start_line");
    line("two spaces", "GET  / HTTP/1.1", "bad_target");
    line("space behind", "GET / HTTP/1.1 ", "bad_start_line");
    line("space in target", "GET /a b HTTP/1.1", "bad_target");
    line("lower case method", "get / HTTP/1.1", "bad_method");
    line("unknown method", "TRACE / HTTP/1.1", "bad_method");
    line("connect", "CONNECT a:443 HTTP/1.1", "bad_method");
    line("method no token", "G(T / HTTP/1.1", "bad_start_line");
    line("fragment", "GET /#a HTTP/1.1", "bad_target");
    line("raw non-ascii", "GET /\xc3\xa4 HTTP/1.1", "bad_target");
    line("relative", "GET a HTTP/1.1", "bad_target");
    line("https absolute", "GET https://a/ HTTP/1.1", "bad_target");
    line("other host absolute", "GET http://b/ HTTP/1.1", "bad_target");
    line("user info", "GET http://u@a/ HTTP/1.1", "bad_target");
    line("dot dot", "GET /a/../b HTTP/1.1", "bad_target");
    line("dot dot at end", "GET /a/.. HTTP/1.1", "bad_target");
    line("encoded dot dot", "GET /a/%2e%2E/b HTTP/1.1", "bad_target");
    line("dot dot before encoded slash", "GET /a/%2e.%2fb HTTP/1.1", "bad_target");
    line("dot dot and backslash", "GET /a/..%5cb HTTP/1.1", "bad_target");
    line("encoded nul", "GET /a%00 HTTP/1.1", "bad_target");
    line("encoded newline", "GET /a%0a HTTP/1.1", "bad_target");
    line("bad percent", "GET /a%2 HTTP/1.1", "bad_target");
    line("bad percent 2", "GET /a%zz HTTP/1.1", "bad_target");
    line("twice encoded", "GET /a%252fb HTTP/1.1", "bad_target");
    line("nul", QByteArray("GET /\0 HTTP/1.1", 15), "bad_byte");
    bad("tls hello", QByteArray("\x16\x03\x01\x02", 4), "bad_byte");
    bad("bare lf", "GET / HTTP/1.1\nHost: a\n\n", "bad_byte");
    bad("bare cr", "GET / HTTP/1.1\rHost: a\r\n\r\n", "bad_byte");

    const auto field = [&](const char *name, QByteArray line, const char *error) {
        bad(name, "POST / HTTP/1.1\r\n" + kHost + line + "\r\n\r\n", error);
    };
    field("no colon", "X", "bad_field");
    field("space before colon", "X : y", "bad_field");
    field("empty name", ": y", "bad_field");
    field("fold", "X: y\r\n z", "bad_field");
    field("name byte", "X\xc3: y", "bad_field");
    field("control in name", "X\x01: y", "bad_byte");
    field("control in value", "X: \x01", "bad_byte");
    field("delete in value", "X: \x7f", "bad_byte");
    field("cr in value", "X: a\rb", "bad_byte");
    field("lf in value", "X: a\nb", "bad_byte");
    field("second host", "Host: a", "bad_host");
    field("two lengths", "Content-Length: 0\r\nContent-Length: 0", "bad_framing");
    field("length list", "Content-Length: 0, 0", "bad_framing");
    field("length sign", "Content-Length: +1", "bad_framing");
    field("length empty", "Content-Length: ", "bad_framing");
    field("length 16 digits", "Content-Length: 0000000000000001", "bad_framing");
    field("length, then a tab", "Content-Length: 0\t", "bad_framing");
    field("length, then a tab and a blank", "Content-Length: 0\t ", "bad_framing");
    field("chunked, then a tab", "Transfer-Encoding: chunked\t", "bad_framing");
    field("length and chunks", "Content-Length: 0\r\nTransfer-Encoding: chunked", "bad_framing");
    field("chunks and length", "Transfer-Encoding: chunked\r\nContent-Length: 0", "bad_framing");
    field("gzip chunked", "Transfer-Encoding: gzip, chunked", "bad_framing");
    field("identity", "Transfer-Encoding: identity", "bad_framing");
    field("two encodings", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
          "bad_framing");
    field("other expectation", "Expect: 200-ok", "bad_expect");
    field("two expectations", "Expect: 100-continue\r\nExpect: 100-continue", "bad_expect");
    bad("no host", "GET / HTTP/1.1\r\n\r\n", "bad_host");
    bad("no host 1.0", "GET / HTTP/1.0\r\n\r\n", "bad_host");
    for (const char *host : {"", "a b", "a,b", "u@a", "a/b", "a:", "a:b", "a:123456", "a:70000",
                             "[::1", "[]", "[::1]x", ":80"})
        bad(qPrintable(QString::fromLatin1("host '%1'").arg(QString::fromLatin1(host))),
            QByteArray("GET / HTTP/1.1\r\nHost: ") + host + "\r\n\r\n", "bad_host");
    bad("chunked 1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        "bad_framing");

    const auto chunk = [](const char *name, QByteArray body, QByteArray seen, const char *error) {
        QTest::newRow(name) << "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                + body
                            << "POST /? 1.1 length=-1 keep|Host=a|Transfer-Encoding=chunked\n"
                + (seen.isEmpty() ? QByteArray() : "body[" + seen + "]\n") + "failed " + error
                + "\n";
    };
    chunk("no size", "\r\n", "", "bad_chunk");
    chunk("ZZ", "ZZ\r\n", "", "bad_chunk");
    chunk("plus", "+3\r\nabc\r\n", "", "bad_chunk");
    chunk("0x", "0x3\r\nabc\r\n", "", "bad_chunk");
    chunk("blank before", " 3\r\nabc\r\n", "", "bad_chunk");
    chunk("blank behind", "3 \r\nabc\r\n", "", "bad_chunk");
    chunk("16 digits", "0000000000000003\r\nabc\r\n", "", "bad_chunk");
    chunk("lf", "3\nabc\r\n", "", "bad_chunk");
    chunk("cr x", "3\rxabc\r\n", "", "bad_chunk");
    chunk("too much data", "3\r\nabcd\r\n", "abc", "bad_chunk");
    chunk("lf behind data", "3\r\nabc\n", "abc", "bad_chunk");
    chunk("empty extension", "3;\r\nabc\r\n", "", "bad_chunk");
    chunk("blank in extension", "3; a\r\nabc\r\n", "", "bad_chunk");
    chunk("empty extension value", "3;a=\r\nabc\r\n", "", "bad_chunk");
    chunk("open quote", "3;a=\"b\r\nabc\r\n", "", "bad_chunk");
    chunk("behind quote", "3;a=\"b\"c\r\nabc\r\n", "", "bad_chunk");
    chunk("bad trailer", "3\r\nabc\r\n0\r\nX y\r\n\r\n", "abc", "bad_field");
    for (const char *name : {"Content-Length: 3", "Transfer-Encoding: chunked", "Host: a",
                             "Connection: Close", "Proxy-Connection: close"})
        chunk(qPrintable(QStringLiteral("trailer ") + QLatin1String(name)),
              QByteArray("3\r\nabc\r\n0\r\n") + name + "\r\n\r\n", "abc", "bad_framing");
    chunk("trailer lf", "3\r\nabc\r\n0\r\nX: y\n\r\n", "abc", "bad_byte");
}

void TstParser::request()
{
    QFETCH(QByteArray, input);
    QFETCH(QByteArray, expected);
    RequestParser parser;
    QCOMPARE(run(parser, input, {}), expected);
    RequestParser byByte;
    const QByteArray seen = run(byByte, input, {1});
    QCOMPARE(seen, expected);
}

void TstParser::reply_data()
{
    QTest::addColumn<QByteArray>("input");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char *name, QByteArray input, QByteArray expected) {
        QTest::newRow(name) << input << expected;
    };
    row("length", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        "200 1.1 length=2 keep|Content-Length=2\nbody[{}]\ncomplete\nidle\n");
    row("chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "200 1.1 length=-1 keep|Transfer-Encoding=Chunked\nbody[{}]\ncomplete\nidle\n");
    row("until end", "HTTP/1.1 200 OK\r\n\r\n{}", "200 1.1 length=-2 close\nbody[{}]\nwhole\n");
    row("cut length", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}",
        "200 1.1 length=3 keep|Content-Length=3\nbody[{}]\ncut\n");
    row("cut chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n",
        "200 1.1 length=-1 keep|Transfer-Encoding=chunked\nbody[{}]\ncut\n");
    row("no reason", "HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n",
        "404 1.1 length=0 keep|Content-Length=0\ncomplete\nidle\n");
    row("interim",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\n"
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "200 1.1 length=0 keep|Content-Length=0\ncomplete\nidle\n");
    row("only interim", "HTTP/1.1 100 Continue\r\n\r\n", "cut\n");
    row("204", "HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n",
        "204 1.1 length=0 keep|Content-Length=5\ncomplete\nidle\n");
    row("304", "HTTP/1.1 304 No\r\nTransfer-Encoding: chunked\r\n\r\n",
        "304 1.1 length=0 keep|Transfer-Encoding=chunked\ncomplete\nidle\n");
    row("1.0 keeps alive when told",
        "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n",
        "200 1.0 length=0 keep|Connection=keep-alive|Content-Length=0\ncomplete\nidle\n");
    row("a proxy's word closes",
        "HTTP/1.1 200 OK\r\nProxy-Connection: close\r\nContent-Length: 0\r\n\r\n",
        "200 1.1 length=0 close|Proxy-Connection=close|Content-Length=0\ncomplete\nidle\n");
    row("1.0 closes", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        "200 1.0 length=0 close|Content-Length=0\ncomplete\nidle\n");
    const auto bad = [](const char *name, QByteArray input, const char *error) {
        QTest::newRow(name) << input << QByteArray(QByteArray("failed ") + error + "\n");
    };
    bad("letters", "HTTP/1.1 2OO OK\r\n\r\n", "bad_start_line");
    bad("four digits", "HTTP/1.1 2000 OK\r\n\r\n", "bad_start_line");
    bad("099", "HTTP/1.1 099 OK\r\n\r\n", "bad_status");
    bad("600", "HTTP/1.1 600 OK\r\n\r\n", "bad_status");
    bad("101", "HTTP/1.1 101 Switching\r\n\r\n", "bad_status");
    bad("version", "HTTP/2.0 200 OK\r\n\r\n", "bad_start_line");
    bad("version 1.2", "HTTP/1.2 200 OK\r\n\r\n", "bad_version");
    bad("ssh", "SSH-2.0-OpenSSH_9.2\r\n", "bad_start_line");
    bad("html", "<html><body>Bad gateway</body></html>\r\n", "bad_start_line");
    bad("two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
        "bad_framing");
    bad("encoding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n{}", "bad_framing");
    bad("chunked 1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "bad_framing");
    bad("space before colon", "HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\n{}", "bad_field");
    bad("interim that closes",
        "HTTP/1.1 103 Hints\r\nConnection: close\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "bad_framing");
    bad("interim 1.0", "HTTP/1.0 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\n\r\n", "bad_framing");
    QByteArray flood;
    for (int i = 0; i < 9; ++i)
        flood += "HTTP/1.1 100 Continue\r\n\r\n";
    bad("interim flood", flood, "too_many_interim");
}

void TstParser::reply()
{
    QFETCH(QByteArray, input);
    QFETCH(QByteArray, expected);
    ReplyParser parser({});
    QCOMPARE(run(parser, input, {}), expected);
    ReplyParser byByte({});
    QCOMPARE(run(byByte, input, {1}), expected);
}

void TstParser::limits_data()
{
    QTest::addColumn<QByteArray>("input");
    QTest::addColumn<QByteArray>("last"); // the outcome's last line
    const auto row = [](const char *name, QByteArray input, QByteArray last) {
        QTest::newRow(name) << input << last;
    };
    const QByteArray end = "\r\nHost: a\r\n\r\n";
    const auto get = [](int lineSize) -> QByteArray {
        return "GET /" + QByteArray(lineSize - 14, 'x') + " HTTP/1.1";
    };
    QCOMPARE(get(100).size(), 100);
    row("line at the limit", get(8192) + end, "idle");
    row("line over it", get(8193) + end, "failed start_line_too_long");
    const auto field
        = [](int size) -> QByteArray { return "X: " + QByteArray(size - 3, 'y') + "\r\n"; };
    const QByteArray head = "GET / HTTP/1.1\r\nHost: a\r\n";
    row("field at the limit", head + field(8192) + "\r\n", "idle");
    row("field over it", head + field(8193) + "\r\n", "failed field_too_long");
    row("head over the limit",
        head + field(8000) + field(8000) + field(8000) + field(8000) + field(8000),
        "failed head_too_long");
    row("endless name", head + QByteArray(9000, 'n'), "failed field_too_long");
    QByteArray many = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (int i = 0; i < 99; ++i)
        many += "X: y\r\n";
    row("100 fields", many + "\r\n", "idle");
    row("101 fields", many + "X: y\r\n\r\n", "failed too_many_fields");
    const QByteArray chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    row("extension at the limit", chunked + "1;" + QByteArray(4095, 'e') + "\r\na\r\n0\r\n\r\n",
        "idle");
    row("extension over it", chunked + "1;" + QByteArray(4096, 'e') + "\r\na\r\n0\r\n\r\n",
        "failed extensions_too_long");
    QByteArray crumbs = chunked;
    for (int i = 0; i < 2100; ++i)
        crumbs += "1;e\r\na\r\n";
    row("extensions add up", crumbs, "failed extensions_too_long");
    row("trailers", chunked + "0\r\n" + field(4000) + field(4000) + field(400),
        "failed trailers_too_long");
}

void TstParser::limits()
{
    QFETCH(QByteArray, input);
    QFETCH(QByteArray, last);
    for (const QList<int> &pieces :
         {QList<int>(), QList<int>{1}, QList<int>{7}, QList<int>{4096}}) {
        RequestParser parser;
        const QByteArray seen = run(parser, input, pieces).trimmed();
        QCOMPARE(seen.mid(seen.lastIndexOf('\n') + 1), last);
    }
}

void TstParser::everySplit()
{
    const QByteArray request
        = "\r\nPOST /v1/chat%20x?a=b HTTP/1.1\r\nHost: localhost:7317\r\nAccept:  */*\r\n"
          "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n"
          "5;a=\"q\\\"\"\r\nhello\r\nB\r\n wide world\r\n00\r\nTrail: er\r\n\r\n"
          "GET /next HTTP/1.1\r\nHost: [::1]\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\nX : "
          "y\r\n";
    const QByteArray reply = "HTTP/1.1 100 Continue\r\nA: b\r\n\r\n\r\nHTTP/1.1 200 "
                             "OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                             "3\r\nabc\r\n1;x\r\nd\r\n0\r\n\r\nHTTP/1.1 404 No\r\nContent-Length: "
                             "4\r\n\r\nnopeHTTP/1.1 2x0";
    RequestParser wholeRequest;
    const QByteArray expectedRequest = run(wholeRequest, request, {});
    QVERIFY(expectedRequest.endsWith("body[abc]\ncomplete\nfailed bad_field\n"));
    ReplyParser wholeReply({});
    const QByteArray expectedReply = run(wholeReply, reply, {});
    QVERIFY(expectedReply.endsWith("body[nope]\ncomplete\ncut\n"));
    for (int i = 1; i < request.size(); ++i) {
        RequestParser parser;
        QCOMPARE(run(parser, request, {i, int(request.size())}), expectedRequest);
    }
    for (int i = 1; i < reply.size(); ++i) {
        ReplyParser parser({});
        QCOMPARE(run(parser, reply, {i, int(reply.size())}), expectedReply);
    }
    // Two cuts, all pairs that are near each other.
    for (int i = 1; i < request.size(); ++i) {
        for (int j = 1; j < 6; ++j) {
            RequestParser parser;
            QCOMPARE(run(parser, request, {i, j, int(request.size())}), expectedRequest);
        }
    }
}

void TstParser::chunksBecomeOneSpan()
{
    ReplyParser parser({});
    QByteArray head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    QCOMPARE(parser.feed(head.data(), head.size()).state, ParseStep::State::Head);
    QByteArray bytes = "5\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n3\r\nab";
    const ParseStep step = parser.feed(bytes.data(), bytes.size());
    QCOMPARE(step.state, ParseStep::State::More);
    QCOMPARE(step.consumed, bytes.size());
    QCOMPARE(QByteArray(step.body, step.bodySize), QByteArray("hello worldab"));
    QByteArray rest = "c\r\n0\r\n\r\nmore";
    const ParseStep last = parser.feed(rest.data(), rest.size());
    QCOMPARE(last.state, ParseStep::State::Complete);
    QCOMPARE(QByteArray(last.body, last.bodySize), QByteArray("c"));
    QCOMPARE(last.consumed, rest.size() - 4);
}

void TstParser::knownLengthGoesToItsPlace()
{
    RequestParser parser;
    QByteArray head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n";
    QCOMPARE(parser.feed(head.data(), head.size()).state, ParseStep::State::Head);
    QCOMPARE(parser.feed(nullptr, 0).state, ParseStep::State::More);
    QCOMPARE(parser.lengthLeft(), 10);
    QByteArray body = "01234";
    const ParseStep step = parser.feed(body.data(), 5);
    QCOMPARE(step.body, body.data());
    QCOMPARE(step.bodySize, 5);
    QCOMPARE(parser.lengthLeft(), 5);
    QCOMPARE(parser.feed(body.data(), 5).state, ParseStep::State::Complete);
    QCOMPARE(parser.lengthLeft(), 0);
}

void TstParser::bodylessReply()
{
    ReplyParser parser({});
    parser.setBodyless(true);
    QByteArray bytes = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n";
    QCOMPARE(parser.feed(bytes.data(), bytes.size()).state, ParseStep::State::Head);
    QCOMPARE(parser.feed(nullptr, 0).state, ParseStep::State::Complete);
    QVERIFY(parser.head().isKeepAlive);
}

QTEST_APPLESS_MAIN(TstParser)
#include "tst_parser.moc"
