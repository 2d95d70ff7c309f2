// One client of `signalboxd bench`: asks a server once and notes when the first token came.
//
// Blocking, on the caller's thread: nothing else is to happen while it measures.
#pragma once

#include "base/result.h"
#include "http/upstream.h"

#include <QByteArray>

#include <memory>

#include <openssl/ssl.h>

namespace sb::cli {

// Where it asks. The authorities are read once, here, so that no measured call pays for that.
struct BenchPlace {
    http::Origin origin;
    std::shared_ptr<SSL_CTX> context; // null: no TLS
};
Result<BenchPlace> makeBenchPlace(const http::Origin &origin);

// From the call to ask(); where it had no connection, names, connecting and TLS are in it.
struct BenchTimes {
    double firstTokenUs = 0; // the first word of a stream; the first byte of a body that is none
    double wholeUs = 0;
};

class BenchClient {
public:
    explicit BenchClient(const BenchPlace &place)
        : m_place(place)
    {
    }
    ~BenchClient();
    BenchClient(const BenchClient &) = delete;
    BenchClient &operator=(const BenchClient &) = delete;

    // Errors: bench_failed, with the server's own words where there are any.
    Result<BenchTimes> ask(const QByteArray &request);

private:
    Result<void> connect();
    bool sendAll(const QByteArray &bytes);
    qsizetype read(char *to, qsizetype most);
    void close();

    const BenchPlace &m_place;
    int m_socket = -1;
    SSL *m_ssl = nullptr;
};

// Does a stream's text so far hold a word of the answer? Either dialect.
bool hasToken(QByteArrayView text);

} // namespace sb::cli
