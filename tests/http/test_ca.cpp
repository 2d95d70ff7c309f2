#include "test_ca.h"

#include "upstream_kit.h"

#include <QFile>
#include <QHostAddress>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace sb::http::test {

namespace {

std::shared_ptr<EVP_PKEY> makeKey()
{
    return {EVP_EC_gen("P-256"), EVP_PKEY_free};
}

void addExtension(X509 *certificate, X509 *issuer, int nid, const QByteArray &value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.constData());
    Q_ASSERT(extension);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

Identity makeCertificate(const CertSpec &spec, const Identity *issuer, bool isAuthority)
{
    static long serial = 1000;
    Identity result;
    result.key = makeKey();
    result.certificate = {X509_new(), X509_free};
    X509 *certificate = result.certificate.get();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), spec.notBefore);
    X509_gmtime_adj(X509_getm_notAfter(certificate), spec.notAfter);
    X509_set_pubkey(certificate, result.key.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char *>(spec.commonName.constData()),
                               -1, -1, 0);
    X509 *signer = issuer ? issuer->certificate.get() : certificate;
    X509_set_issuer_name(certificate, X509_get_subject_name(signer));

    addExtension(certificate, signer, NID_basic_constraints,
                 isAuthority ? "critical,CA:TRUE" : "critical,CA:FALSE");
    addExtension(certificate, signer, NID_subject_key_identifier, "hash");
    if (isAuthority)
        addExtension(certificate, signer, NID_key_usage, "critical,keyCertSign,cRLSign");
    QList<QByteArray> names;
    for (const QByteArray &name : spec.dnsNames)
        names.append("DNS:" + name);
    for (const QByteArray &address : spec.addresses)
        names.append("IP:" + address);
    if (!names.isEmpty())
        addExtension(certificate, signer, NID_subject_alt_name, names.join(','));
    X509_sign(certificate, issuer ? issuer->key.get() : result.key.get(), EVP_sha256());
    return result;
}

int chooseProtocol(SSL *, const unsigned char **out, unsigned char *outLength,
                   const unsigned char *in, unsigned int inLength, void *)
{
    static const unsigned char ours[] = "\x08http/1.1";
    unsigned char *chosen = nullptr;
    if (SSL_select_next_proto(&chosen, outLength, ours, sizeof ours - 1, in, inLength)
        != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

} // namespace

QByteArray Identity::pem() const
{
    BIO *bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, certificate.get());
    char *data = nullptr;
    const long length = BIO_get_mem_data(bio, &data);
    const QByteArray text(data, length);
    BIO_free(bio);
    return text;
}

TestCa::TestCa(const QByteArray &name)
{
    CertSpec spec;
    spec.commonName = name;
    m_identity = makeCertificate(spec, nullptr, true);
}

Identity TestCa::issue(const CertSpec &spec) const
{
    return makeCertificate(spec, &m_identity, false);
}

Identity TestCa::selfSigned(const CertSpec &spec)
{
    return makeCertificate(spec, nullptr, false);
}

bool TestCa::writePem(const QString &path) const
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(pem()) > 0;
}

void TlsPeer::write(const QByteArray &bytes)
{
    m_unsent += bytes;
    pump();
}

void TlsPeer::end(bool isPolite)
{
    if (isPolite) {
        SSL_shutdown(m_ssl.get());
        pump();
    }
    m_socket->disconnectFromHost();
}

void TlsPeer::reset()
{
    resetSocket(m_socket);
}

// Moves bytes between the socket and the engine until neither has more.
void TlsPeer::pump()
{
    if (isHeld)
        return;
    SSL *ssl = m_ssl.get();
    const QByteArray in = m_socket->readAll();
    if (!in.isEmpty())
        BIO_write(SSL_get_rbio(ssl), in.constData(), int(in.size()));
    if (!isReady && SSL_do_handshake(ssl) == 1) {
        isReady = true;
        isResumed = SSL_session_reused(ssl) == 1;
        if (const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name))
            serverName = name;
        const unsigned char *alpn = nullptr;
        unsigned int length = 0;
        SSL_get0_alpn_selected(ssl, &alpn, &length);
        protocol = QByteArray(reinterpret_cast<const char *>(alpn), qsizetype(length));
    }
    if (isReady) {
        if (!m_unsent.isEmpty()
            && SSL_write(ssl, m_unsent.constData(), int(m_unsent.size())) == int(m_unsent.size()))
            m_unsent.clear();
        char buffer[16 * 1024];
        for (int count; (count = SSL_read(ssl, buffer, sizeof buffer)) > 0;) {
            received.append(buffer, count);
            m_server->applicationBytes += count;
        }
    }
    ERR_clear_error();
    char *out = nullptr;
    const long length = BIO_get_mem_data(SSL_get_wbio(ssl), &out);
    if (length > 0) {
        m_socket->write(out, length);
        (void)BIO_reset(SSL_get_wbio(ssl));
        m_socket->flush(); // to the kernel now: the other side may look before this loop turns
    }
}

TlsServer::TlsServer(const Options &options)
    : m_holdsHandshake(options.holdsHandshake)
{
    m_context.reset(SSL_CTX_new(TLS_server_method()));
    SSL_CTX *context = m_context.get();
    if (options.minVersion < TLS1_2_VERSION)
        SSL_CTX_set_cipher_list(context, "DEFAULT:@SECLEVEL=0");
    SSL_CTX_set_min_proto_version(context, options.minVersion);
    SSL_CTX_set_max_proto_version(context, options.maxVersion);
    SSL_CTX_use_certificate(context, options.identity.certificate.get());
    SSL_CTX_use_PrivateKey(context, options.identity.key.get());
    static const unsigned char id[] = "signalbox";
    SSL_CTX_set_session_id_context(context, id, sizeof id - 1);
    SSL_CTX_set_alpn_select_cb(context, chooseProtocol, nullptr);
    connect(&m_server, &QTcpServer::newConnection, this, [this] { accept(); });
    m_server.listen(QHostAddress::LocalHost, options.port);
}

TlsServer::~TlsServer()
{
    for (const auto &peer : peers)
        peer->m_socket->disconnect(this);
}

void TlsServer::accept()
{
    while (QTcpSocket *socket = m_server.nextPendingConnection()) {
        peers.push_back(std::make_unique<TlsPeer>());
        TlsPeer &peer = *peers.back();
        peer.m_server = this;
        peer.m_socket = socket;
        peer.isHeld = m_holdsHandshake;
        peer.m_ssl.reset(SSL_new(m_context.get()));
        SSL_set_bio(peer.m_ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        SSL_set_accept_state(peer.m_ssl.get());
        connect(socket, &QTcpSocket::disconnected, this, [&peer] { peer.isClosed = true; });
        connect(socket, &QTcpSocket::readyRead, this, [this, &peer] { bytesCame(peer); });
        bytesCame(peer);
    }
}

void TlsServer::bytesCame(TlsPeer &peer)
{
    peer.pump();
    for (;;) {
        const qsizetype head = peer.received.indexOf("\r\n\r\n");
        if (head < 0)
            return;
        qsizetype length = 0;
        const qsizetype field = peer.received.left(head + 2).toLower().indexOf("content-length:");
        if (field >= 0) {
            const qsizetype from = field + 15;
            length = peer.received.sliced(from, peer.received.indexOf("\r\n", from) - from)
                         .trimmed()
                         .toLongLong();
        }
        if (peer.received.size() < head + 4 + length)
            return;
        const QByteArray request = peer.received.left(head + 4 + length);
        peer.received.remove(0, request.size());
        ++requests;
        if (onRequest)
            onRequest(peer, request);
    }
}

} // namespace sb::http::test
