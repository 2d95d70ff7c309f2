#include "http/tls_context.h"

#include <QFile>
#include <QFileInfo>
#include <QHostAddress>

#include "http/address.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

namespace sb::http {

namespace {

constexpr unsigned char kAlpn[] = "\x08http/1.1";

int offerSession(SSL *ssl, SSL_SESSION *session)
{
    auto *sink = static_cast<TlsSessionSink *>(SSL_get_app_data(ssl));
    if (!sink || !isPeerVerified(ssl))
        return 0; // not taken over
    sink->sessionOffered(SslSession(session));
    return 1;
}

QString opensslText()
{
    char text[256] = "no reason given";
    if (const unsigned long code = ERR_peek_last_error())
        ERR_error_string_n(code, text, sizeof text);
    ERR_clear_error();
    return QString::fromLatin1(text);
}

Unexpected tlsError(const QString &detail)
{
    return unexpected(Error::make(QStringLiteral("tls_failed"), detail));
}

bool isLiteral(const QByteArray &host)
{
    return !QHostAddress(QString::fromLatin1(host)).isNull();
}

} // namespace

Result<SSL_CTX *> TlsContexts::contextFor(const QString &caFile)
{
    if (const auto it = m_contexts.constFind(caFile); it != m_contexts.cend())
        return it->get();
    ERR_clear_error();
    Context context(SSL_CTX_new(TLS_client_method()));
    if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1)
        return tlsError(QStringLiteral("TLS could not be set up: ") + opensslText());

    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    if (caFile.isEmpty()) {
        SSL_CTX_set_default_verify_paths(context.get());
        // Where Debian keeps its authorities, should this OpenSSL have been built to look
        // elsewhere. The folder is read by hash when a certificate is needed, so it costs nothing
        // here.
        if (QFileInfo(QStringLiteral("/etc/ssl/certs")).isDir())
            SSL_CTX_load_verify_dir(context.get(), "/etc/ssl/certs");
    } else if (SSL_CTX_load_verify_file(context.get(), QFile::encodeName(caFile).constData())
               != 1) {
        return tlsError(QStringLiteral("the CA file ") + caFile
                        + QStringLiteral(" could not be read: ") + opensslText());
    }
    ERR_clear_error();

    // Buffers go back while a connection idles; a write may accept one record and go on later from
    // another address (the queue moves).
    SSL_CTX_set_mode(context.get(),
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE
                         | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context.get(), 1);
    SSL_CTX_set_options(context.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_session_cache_mode(context.get(),
                                   SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context.get(), offerSession);
    if (SSL_CTX_set_alpn_protos(context.get(), kAlpn, sizeof kAlpn - 1) != 0) // 0 is success here
        return tlsError(QStringLiteral("TLS could not be set up: ") + opensslText());

    std::shared_ptr<SSL_CTX> shared(std::move(context));
    m_contexts.insert(caFile, shared);
    return shared.get();
}

Result<SslHandle> TlsContexts::makeHandle(const Origin &origin, TlsSessionSink &sink)
{
    const auto context = contextFor(origin.caFile);
    if (!context)
        return unexpected(context.error());
    ERR_clear_error();
    SslHandle ssl(SSL_new(*context));
    if (!ssl)
        return tlsError(QStringLiteral("TLS could not be set up: ") + opensslText());
    SSL_set_app_data(ssl.get(), &sink);
    SSL_set_connect_state(ssl.get());

    QByteArray host = origin.host;
    X509_VERIFY_PARAM *parameters = SSL_get0_param(ssl.get());
    bool isSet = false;
    if (isLiteral(host)) {
        isSet = X509_VERIFY_PARAM_set1_ip_asc(parameters, host.constData()) == 1;
    } else {
        if (host.endsWith('.'))
            host.chop(1);
        // Names count only as alternative names; "f*.example.com" is nobody's certificate.
        X509_VERIFY_PARAM_set_hostflags(
            parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
        isSet = !host.isEmpty()
            && X509_VERIFY_PARAM_set1_host(parameters, host.constData(), size_t(host.size())) == 1
            && SSL_set_tlsext_host_name(ssl.get(), host.constData()) == 1;
    }
    if (!isSet)
        return tlsError(QStringLiteral("the name cannot be checked against a certificate: ")
                        + QString::fromLatin1(origin.host));

    if (const SslSession session = m_sessions.take(origin))
        SSL_set_session(ssl.get(), session.get());
    return ssl;
}

void TlsContexts::clear()
{
    m_contexts.clear();
    m_sessions.clear();
}

bool isPeerVerified(SSL *ssl)
{
    return SSL_get_verify_result(ssl) == X509_V_OK && SSL_get0_peer_certificate(ssl) != nullptr;
}

TlsFault describeTlsFailure(SSL *ssl, const Origin &origin, int sslError, int systemError)
{
    const unsigned long queued = ERR_peek_last_error();
    const bool isVerification = ERR_GET_LIB(queued) == ERR_LIB_SSL
        && ERR_GET_REASON(queued) == SSL_R_CERTIFICATE_VERIFY_FAILED;
    const long verdict = SSL_get_verify_result(ssl);
    const QByteArray who = authorityText(origin.host, origin.port);
    TlsFault fault;

    if (verdict != X509_V_OK && (isVerification || sslError == SSL_ERROR_NONE)) {
        switch (verdict) {
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            fault.error = UpstreamError::TlsWrongName;
            fault.detail = "the certificate shown by " + who + " is for another name";
            break;
        case X509_V_ERR_CERT_HAS_EXPIRED:
            fault.error = UpstreamError::TlsExpired;
            fault.detail = "the certificate of " + who + " has expired";
            break;
        case X509_V_ERR_CERT_NOT_YET_VALID:
            fault.error = UpstreamError::TlsNotYetValid;
            fault.detail = "the certificate of " + who + " is not valid yet";
            break;
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            fault.error = UpstreamError::TlsSelfSigned;
            fault.detail = "the certificate of " + who + " is signed by itself";
            break;
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        case X509_V_ERR_CERT_UNTRUSTED:
            fault.error = UpstreamError::TlsUnknownCa;
            fault.detail
                = "the certificate of " + who + " comes from an authority that is not trusted";
            if (!origin.caFile.isEmpty())
                fault.detail += " by " + origin.caFile.toUtf8();
            break;
        default:
            fault.detail = "the certificate of " + who + " was refused";
            break;
        }
        fault.detail += QByteArrayLiteral(" (") + X509_verify_cert_error_string(verdict) + ')';
    } else if (sslError == SSL_ERROR_SYSCALL && systemError != 0) {
        fault.detail = "the TLS handshake with " + who + " broke: " + errnoText(systemError);
    } else if (queued != 0) {
        const char *reason = ERR_reason_error_string(queued);
        fault.detail = "the TLS handshake with " + who
            + " failed: " + (reason ? QByteArray(reason) : QByteArrayLiteral("unknown reason"));
    } else {
        fault.detail = "the TLS handshake with " + who + " was cut short";
    }
    ERR_clear_error();
    return fault;
}

} // namespace sb::http
