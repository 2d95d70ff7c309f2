// Certificates made while a test runs, and a TLS server on the test's own loop to show them.
#pragma once

#include <QByteArray>
#include <QList>
#include <QString>
#include <QTcpServer>
#include <QTcpSocket>

#include <functional>
#include <memory>
#include <vector>

#include <openssl/ssl.h>

namespace sb::http::test {

struct CertSpec {
    QByteArray commonName = "test";
    QList<QByteArray> dnsNames;
    QList<QByteArray> addresses;
    long notBefore = -3600; // seconds from now
    long notAfter = 24 * 3600;
};

// A certificate with its key; a value that shares both.
struct Identity {
    std::shared_ptr<X509> certificate;
    std::shared_ptr<EVP_PKEY> key;
    QByteArray pem() const; // the certificate alone
};

class TestCa {
public:
    explicit TestCa(const QByteArray &name = "Signalbox test authority");
    Identity issue(const CertSpec &spec) const;
    static Identity selfSigned(const CertSpec &spec);
    QByteArray pem() const { return m_identity.pem(); }
    bool writePem(const QString &path) const;

private:
    Identity m_identity;
};

class TlsServer;

// One connection of the server, plain bytes on this side.
class TlsPeer {
public:
    void write(const QByteArray &bytes);
    void end(bool isPolite = true); // close_notify and FIN; or a bare FIN
    void reset();

    QByteArray received; // application bytes not yet taken as a request
    QByteArray serverName; // SNI
    QByteArray protocol; // ALPN
    bool isReady = false; // handshake done
    bool isResumed = false;
    bool isClosed = false;
    bool isHeld = false; // takes nothing from the socket

private:
    friend class TlsServer;
    void pump();

    TlsServer *m_server = nullptr;
    QTcpSocket *m_socket = nullptr;
    std::unique_ptr<SSL, decltype(&SSL_free)> m_ssl{nullptr, SSL_free};
    QByteArray m_unsent; // plain
};

class TlsServer : public QObject {
public:
    struct Options {
        Identity identity;
        int minVersion = TLS1_2_VERSION;
        int maxVersion = 0; // any
        bool holdsHandshake = false; // accepts and says nothing
        quint16 port = 0;
    };
    explicit TlsServer(const Options &options);
    ~TlsServer() override;

    quint16 port() const { return m_server.serverPort(); }

    std::function<void(TlsPeer &, const QByteArray &request)> onRequest;

    std::vector<std::unique_ptr<TlsPeer>> peers;
    qint64 applicationBytes = 0;
    int requests = 0;

private:
    friend class TlsPeer;
    void accept();
    void bytesCame(TlsPeer &peer);

    QTcpServer m_server;
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> m_context{nullptr, SSL_CTX_free};
    bool m_holdsHandshake = false;
};

} // namespace sb::http::test
