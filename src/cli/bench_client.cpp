#include "cli/bench_client.h"

#include "http/parser.h"

#include <QFile>
#include <QHostAddress>

#include <chrono>

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sb::cli {

namespace {
using SteadyClock = std::chrono::steady_clock;

constexpr timeval kPatience{60, 0}; // for each step of a call
constexpr qsizetype kMostKept = 64 * 1024; // of a body, to look into

Unexpected failed(const QString &why)
{
    return unexpected(Error::make(QStringLiteral("bench_failed"), why));
}

double microsSince(SteadyClock::time_point begun)
{
    return std::chrono::duration<double, std::micro>(SteadyClock::now() - begun).count();
}

// A string behind `key` that is not empty.
bool hasText(QByteArrayView text, QByteArrayView key)
{
    for (qsizetype at = text.indexOf(key); at >= 0; at = text.indexOf(key, at)) {
        at += key.size();
        qsizetype value = at;
        while (value < text.size() && (text[value] == ' ' || text[value] == ':'))
            ++value;
        if (value + 1 < text.size() && text[value] == '"' && text[value + 1] != '"')
            return true;
    }
    return false;
}
} // namespace

bool hasToken(QByteArrayView text)
{
    return hasText(text, "\"content\"") || hasText(text, "\"reasoning_content\"")
        || hasText(text, "\"reasoning\"") || text.contains("content_block_delta");
}

Result<BenchPlace> makeBenchPlace(const http::Origin &origin)
{
    BenchPlace place{origin, nullptr};
    if (!origin.isTls)
        return place;
    place.context = {SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
    SSL_CTX *context = place.context.get();
    if (!context)
        return failed(QStringLiteral("TLS could not be set up."));
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF); // a new program knows no session
    if (origin.caFile.isEmpty())
        SSL_CTX_set_default_verify_paths(context);
    else if (SSL_CTX_load_verify_file(context, QFile::encodeName(origin.caFile).constData()) != 1)
        return failed(origin.caFile + QStringLiteral(" could not be read."));
    return place;
}

BenchClient::~BenchClient()
{
    close();
}

void BenchClient::close()
{
    SSL_free(std::exchange(m_ssl, nullptr));
    if (m_socket >= 0)
        ::close(std::exchange(m_socket, -1));
}

Result<void> BenchClient::connect()
{
    const http::Origin &origin = m_place.origin;
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo *found = nullptr;
    if (const int why = ::getaddrinfo(origin.host.constData(),
                                      QByteArray::number(origin.port).constData(), &hints, &found))
        return failed(QString::fromLatin1(origin.host) + QStringLiteral(": ")
                      + QString::fromLocal8Bit(gai_strerror(why)));
    int error = 0;
    for (const addrinfo *one = found; one && m_socket < 0; one = one->ai_next) {
        m_socket = ::socket(one->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const int on = 1;
        setsockopt(m_socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        setsockopt(m_socket, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
        setsockopt(m_socket, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
        if (::connect(m_socket, one->ai_addr, one->ai_addrlen) != 0) {
            error = errno;
            close();
        }
    }
    ::freeaddrinfo(found);
    if (m_socket < 0)
        return failed(QString::fromLatin1(origin.host) + u':' + QString::number(origin.port)
                      + QStringLiteral(": ") + qt_error_string(error));
    if (!m_place.context)
        return {};
    ERR_clear_error();
    m_ssl = SSL_new(m_place.context.get());
    const bool isLiteral = !QHostAddress(QString::fromLatin1(origin.host)).isNull();
    if (isLiteral)
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(m_ssl), origin.host.constData());
    else {
        SSL_set1_host(m_ssl, origin.host.constData());
        SSL_set_tlsext_host_name(m_ssl, origin.host.constData());
    }
    SSL_set_fd(m_ssl, m_socket);
    if (SSL_connect(m_ssl) == 1)
        return {};
    char text[256] = "the connection ended";
    if (const unsigned long code = ERR_peek_last_error())
        ERR_error_string_n(code, text, sizeof text);
    close();
    return failed(QString::fromLatin1(origin.host) + QStringLiteral(": TLS: ")
                  + QString::fromLatin1(text));
}

bool BenchClient::sendAll(const QByteArray &bytes)
{
    qsizetype sent = 0;
    while (sent < bytes.size()) {
        const qsizetype left = bytes.size() - sent;
        const qsizetype now = m_ssl
            ? qsizetype(SSL_write(m_ssl, bytes.constData() + sent, int(left)))
            : qsizetype(::send(m_socket, bytes.constData() + sent, size_t(left), MSG_NOSIGNAL));
        if (now <= 0)
            return false;
        sent += now;
    }
    return true;
}

qsizetype BenchClient::read(char *to, qsizetype most)
{
    return m_ssl ? qsizetype(SSL_read(m_ssl, to, int(most)))
                 : qsizetype(::recv(m_socket, to, size_t(most), 0));
}

Result<BenchTimes> BenchClient::ask(const QByteArray &request)
{
    const SteadyClock::time_point begun = SteadyClock::now();
    BenchTimes times;
    if (m_socket < 0) {
        if (const auto connected = connect(); !connected)
            return unexpected(connected.error());
    }
    const QString who
        = QString::fromLatin1(m_place.origin.host) + u':' + QString::number(m_place.origin.port);
    const auto broken = [&](const QString &why) {
        close();
        return failed(who + QStringLiteral(": ") + why);
    };
    if (!sendAll(request))
        return broken(QStringLiteral("it does not take the request."));
    http::ReplyParser parser(http::ParserLimits{});
    QByteArray body;
    char buffer[16 * 1024];
    while (!parser.isComplete()) {
        const qsizetype got = read(buffer, sizeof buffer);
        if (got <= 0 && parser.finish() == http::Parser::Finish::Whole)
            break;
        if (got <= 0)
            return broken(QStringLiteral("the reply ended early."));
        char *at = buffer;
        qsizetype left = got;
        do {
            const http::ParseStep step = parser.feed(at, left);
            if (step.state == http::ParseStep::State::Failed)
                return broken(QStringLiteral("the reply is no HTTP."));
            if (step.bodySize > 0 && body.size() < kMostKept) {
                body.append(step.body, step.bodySize);
                const bool isStream
                    = parser.head().fields.value("content-type").startsWith("text/event-stream");
                if (times.firstTokenUs == 0 && (!isStream || hasToken(body)))
                    times.firstTokenUs = microsSince(begun);
            }
            at += step.consumed;
            left -= step.consumed;
            if (step.state == http::ParseStep::State::Complete)
                break;
        } while (left > 0);
    }
    times.wholeUs = microsSince(begun);
    const int status = parser.head().status;
    if (!parser.head().isKeepAlive || parser.head().contentLength == -2)
        close();
    if (status != 200)
        return broken(QStringLiteral("it answered %1: %2")
                          .arg(status)
                          .arg(QString::fromUtf8(body.left(500)).simplified()));
    if (times.firstTokenUs == 0)
        times.firstTokenUs = times.wholeUs;
    return times;
}

} // namespace sb::cli
