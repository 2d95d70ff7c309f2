// The client seam: one POST or GET to a provider, never repeated by itself.
//
// Lives on the engine thread. Replies get the same strict framing as requests; redirects are not
// followed; cookies do not exist. [robustness §1, §5; performance §0.3; RFC 8305; RFC 9112]
#pragma once

#include "base/clock.h"
#include "base/hash.h"
#include "http/head.h"

#include <QByteArray>
#include <QList>
#include <QString>

#include <functional>
#include <memory>
#include <optional>

namespace sb::http {

// Where a connection goes; connections are pooled by this whole value.
struct Origin {
    bool isTls = true;
    QByteArray host; // lower case, no brackets
    quint16 port = 443;
    QString caFile; // trust only this PEM file; empty = the system's authorities
    friend bool operator==(const Origin &, const Origin &) = default;
    friend size_t qHash(const Origin &o, size_t seed = 0)
    {
        return hashAll(seed, o.isTls, o.host, o.port, o.caFile);
    }
};

struct UpstreamRequest {
    Origin origin;
    // Request line and fields, complete with the empty line; built from nothing by the provider
    // room.
    QByteArray head;
    // Sent behind the head in one gathered write; parts may be raw-data slices of `bodyOwner`.
    QList<QByteArray> body;
    QByteArray bodyOwner;
    Nanos connectTimeout = Seconds(5); // lookup, connect, proxy and TLS together
    bool isReuseAllowed = true;
};

enum class UpstreamError : quint8 {
    DnsFailed,
    ConnectFailed, // refused, unreachable
    ConnectTimeout,
    ProxyFailed,
    TlsWrongName,
    TlsExpired,
    TlsNotYetValid,
    TlsSelfSigned,
    TlsUnknownCa,
    TlsFailed,
    Reset, // RST or FIN before the reply was whole
    BadReply, // framing or grammar broken
    HeadTooLarge, // > 64 KiB or > 200 fields
};

struct UpstreamFailure {
    UpstreamError error = UpstreamError::Reset;
    bool isSent = false; // the head was handed to the kernel whole: the provider may have read it
    bool isReused = false; // on a pooled connection
    bool hasHead = false; // a reply head had come
    QByteArray detail; // for logs
};

struct ConnectInfo {
    bool isReused = false;
    bool isResumed = false; // TLS session resumed
    QByteArray address; // "127.0.0.1:443"
    QByteArray proxy; // "host:port" where one was used
};

// Callbacks never run inside start(), inside the call's destructor, or after it. Any callback may
// destroy its call.
class UpstreamListener {
public:
    virtual void upstreamConnected(const ConnectInfo &) { }
    virtual void upstreamSent() { } // the last body byte was handed to the kernel
    virtual void upstreamHead(const ReplyHead &head)
        = 0; // final one; 1xx are swallowed (8 at most)
    // De-chunked bytes, all that one socket read brought, contiguous; valid during the call.
    virtual void upstreamBody(QByteArrayView bytes) = 0;
    // The framing says the body is whole. isUnframed: it ended by FIN without length or chunks.
    virtual void upstreamEnd(bool isUnframed) = 0;
    virtual void upstreamFailed(const UpstreamFailure &failure) = 0;

protected:
    ~UpstreamListener() = default;
};

// A running request. Destroying it cancels: the connection is closed at once unless the reply was
// whole. Owned by the caller.
class UpstreamCall {
public:
    virtual ~UpstreamCall() = default;
    virtual void pause() = 0; // stop reading the socket
    virtual void resume() = 0;
    // The head was handed to the kernel whole: the provider may have read it.
    virtual bool isSent() const = 0;
};

class Upstream {
public:
    virtual ~Upstream() = default;
    // `listener` outlives the returned call.
    virtual std::unique_ptr<UpstreamCall> start(UpstreamRequest request, UpstreamListener &listener)
        = 0;
    // Keep one connected, idle connection there for `keepFor` from now (renewed when it ages past
    // the reuse limit); failures are silent.
    virtual void warm(const Origin &origin, Nanos keepFor) = 0;
    virtual void dropIdle() = 0; // after suspend, on config change
};

// How to reach https upstreams; never used for loopback addresses.
struct ProxySettings {
    enum class Mode : quint8 { None, Manual, System } mode = Mode::System; // System = the environment
    QByteArray url; // Manual: "http://user:password@host:port"
    friend bool operator==(const ProxySettings &, const ProxySettings &) = default;
};

struct UpstreamOptions {
    ProxySettings proxy;
    Nanos reuseIdle = Seconds(20); // a pooled connection older than this is not reused
    int idlePerOrigin = 32;
    qsizetype replyHead = 64 * 1024;
    int replyFields = 200;
    Nanos happyEyeballsDelay = Millis(250); // [RFC 8305 §8]
    std::function<void()> beforeSend; // before any byte of a request is handed to the kernel
};

// The real wire: raw descriptors, OpenSSL, own pool. `clock` outlives it.
std::unique_ptr<Upstream> createSocketUpstream(Clock &clock, const UpstreamOptions &options);

} // namespace sb::http
