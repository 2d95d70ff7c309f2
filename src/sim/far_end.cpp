#include "sim/far_end.h"

#include <QTcpServer>
#include <QTcpSocket>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <deque>
#include <functional>

namespace sb::sim {

namespace {

template <auto Free> struct Deleter {
    template <typename T> void operator()(T *thing) const { Free(thing); }
};
using KeyHandle = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using CertificateHandle = std::unique_ptr<X509, Deleter<X509_free>>;
using ContextHandle = std::unique_ptr<SSL_CTX, Deleter<SSL_CTX_free>>;

CertificateHandle makeCertificate(EVP_PKEY *key)
{
    constexpr long kDay = 24 * 3600;
    CertificateHandle certificate(X509_new());
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kDay);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kDay);
    X509_set_pubkey(certificate.get(), key);
    X509_NAME *name = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char *>("127.0.0.1"), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate.get(), certificate.get(), nullptr, nullptr, 0);
    X509_EXTENSION *address
        = X509V3_EXT_conf_nid(nullptr, &context, NID_subject_alt_name, "IP:127.0.0.1");
    X509_add_ext(certificate.get(), address, -1);
    X509_EXTENSION_free(address);
    X509_sign(certificate.get(), key, EVP_sha256());
    return certificate;
}

// Bytes on their way in one direction; an empty piece is the end.
class Wire {
public:
    Wire(Clock &clock, Nanos delay, std::function<void(const QByteArray &)> arrived)
        : m_clock(clock)
        , m_timer(clock)
        , m_delay(delay)
        , m_arrived(std::move(arrived))
    {
    }

    void send(const QByteArray &piece)
    {
        m_pieces.push_back({m_clock.now() + m_delay, piece});
        if (m_pieces.size() == 1)
            m_timer.start(m_delay, [this] { deliver(); });
    }

private:
    struct Piece {
        Nanos due;
        QByteArray bytes;
    };

    void deliver()
    {
        while (!m_pieces.empty() && m_pieces.front().due <= m_clock.now()) {
            const QByteArray bytes = std::move(m_pieces.front().bytes);
            m_pieces.pop_front();
            m_arrived(bytes);
        }
        if (!m_pieces.empty())
            m_timer.start(m_pieces.front().due - m_clock.now(), [this] { deliver(); });
    }

    Clock &m_clock;
    Timer m_timer;
    Nanos m_delay;
    std::function<void(const QByteArray &)> m_arrived;
    std::deque<Piece> m_pieces;
};

// One client's connection, the TLS end of it, and the connection to the plain server behind.
class Line final : public QObject {
public:
    Line(QTcpSocket *client, SSL_CTX *context, quint16 target, Nanos delay, Clock &clock)
        : m_client(client)
        , m_in(clock, delay, [this](const QByteArray &bytes) { arrivedHere(bytes); })
        , m_out(clock, delay, [this](const QByteArray &bytes) { arrivedThere(bytes); })
        , m_ssl(SSL_new(context))
    {
        m_client->setParent(this);
        m_client->setSocketOption(QAbstractSocket::LowDelayOption, 1);
        SSL_set_bio(m_ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        SSL_set_accept_state(m_ssl.get());
        connect(m_client, &QTcpSocket::readyRead, this, [this] { m_in.send(m_client->readAll()); });
        connect(m_client, &QTcpSocket::disconnected, this, [this] { m_in.send({}); });
        connect(&m_plain, &QTcpSocket::readyRead, this, [this] {
            const QByteArray bytes = m_plain.readAll();
            SSL_write(m_ssl.get(), bytes.constData(), int(bytes.size()));
            flush();
        });
        const auto plainEnded = [this] {
            SSL_shutdown(m_ssl.get());
            flush();
            m_out.send({});
        };
        connect(&m_plain, &QTcpSocket::disconnected, this, plainEnded);
        connect(&m_plain, &QTcpSocket::errorOccurred, this, [this, plainEnded] {
            if (m_plain.state() == QAbstractSocket::UnconnectedState)
                plainEnded(); // it never connected
        });
        m_plain.setSocketOption(QAbstractSocket::LowDelayOption, 1);
        m_plain.connectToHost(QHostAddress(QHostAddress::LocalHost), target);
    }

private:
    void arrivedHere(const QByteArray &bytes)
    {
        if (bytes.isEmpty()) {
            m_plain.disconnectFromHost();
            deleteLater();
            return;
        }
        BIO_write(SSL_get_rbio(m_ssl.get()), bytes.constData(), int(bytes.size()));
        char buffer[16 * 1024];
        ERR_clear_error();
        int got = 0;
        while ((got = SSL_read(m_ssl.get(), buffer, sizeof buffer)) > 0)
            m_plain.write(buffer, got);
        const int why = SSL_get_error(m_ssl.get(), got);
        flush();
        m_plain.flush();
        if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
            m_out.send({}); // its end, or no TLS at all
    }

    void arrivedThere(const QByteArray &bytes)
    {
        if (bytes.isEmpty()) {
            m_client->disconnectFromHost();
            return;
        }
        m_client->write(bytes);
        m_client->flush();
    }

    void flush()
    {
        BIO *bio = SSL_get_wbio(m_ssl.get());
        const size_t waiting = BIO_ctrl_pending(bio);
        if (waiting == 0)
            return;
        QByteArray bytes(qsizetype(waiting), Qt::Uninitialized);
        BIO_read(bio, bytes.data(), int(bytes.size()));
        m_out.send(bytes);
    }

    QTcpSocket *m_client; // a child
    QTcpSocket m_plain;
    Wire m_in;
    Wire m_out;
    std::unique_ptr<SSL, Deleter<SSL_free>> m_ssl;
};

class SocketFarEnd final : public FarEnd {
public:
    SocketFarEnd(quint16 target, Millis delay, Clock &clock)
        : m_target(target)
        , m_delay(delay)
        , m_clock(clock)
    {
        QObject::connect(&m_server, &QTcpServer::newConnection, &m_server, [this] {
            while (QTcpSocket *client = m_server.nextPendingConnection()) {
                auto *line = new Line(client, m_context.get(), m_target, m_delay, m_clock);
                line->setParent(&m_server);
            }
        });
    }

    Result<void> open()
    {
        const KeyHandle key(EVP_EC_gen("P-256"));
        m_context.reset(SSL_CTX_new(TLS_server_method()));
        const CertificateHandle certificate = key ? makeCertificate(key.get()) : nullptr;
        if (!certificate || SSL_CTX_use_certificate(m_context.get(), certificate.get()) != 1
            || SSL_CTX_use_PrivateKey(m_context.get(), key.get()) != 1)
            return unexpected(Error::make(QStringLiteral("tls_failed"),
                                          QStringLiteral("A certificate could not be made.")));
        const std::unique_ptr<BIO, Deleter<BIO_free_all>> text(BIO_new(BIO_s_mem()));
        PEM_write_bio_X509(text.get(), certificate.get());
        char *data = nullptr;
        const long size = BIO_get_mem_data(text.get(), &data);
        m_certificate = QByteArray(data, size);
        if (!m_server.listen(QHostAddress(QHostAddress::LocalHost)))
            return unexpected(Error::make(QStringLiteral("cannot_listen"), m_server.errorString()));
        return {};
    }

    quint16 port() const override { return m_server.serverPort(); }
    QByteArray certificate() const override { return m_certificate; }

private:
    quint16 m_target;
    Nanos m_delay;
    Clock &m_clock;
    ContextHandle m_context; // outlives the lines
    QByteArray m_certificate;
    QTcpServer m_server; // owns the lines
};

} // namespace

Result<std::unique_ptr<FarEnd>> FarEnd::start(quint16 target, Millis delay, Clock &clock)
{
    auto end = std::make_unique<SocketFarEnd>(target, delay, clock);
    if (auto opened = end->open(); !opened)
        return unexpected(opened.error());
    return std::unique_ptr<FarEnd>(std::move(end));
}

} // namespace sb::sim
