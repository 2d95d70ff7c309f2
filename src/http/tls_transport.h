// TLS on a Transport: OpenSSL straight on the descriptor, no memory pair between.
//
// Bytes move only after a handshake whose certificate was verified; until then writes wait in the
// queue and a failed handshake drops them. The ends of streams are told apart: a close_notify is
// peerClosed(), a bare FIN is a failure, so that no cut reply passes for whole. [RFC 8446 §6.1]
#pragma once

#include "http/tls_context.h"
#include "http/transport.h"

#include <functional>
#include <optional>

namespace sb::http {

class TlsTransport final : public Transport, private TlsSessionSink {
public:
    // nullopt = the peer is verified and bytes may flow. Runs once, from the event loop; may
    // destroy the transport.
    using HandshakeDone = std::function<void(std::optional<TlsFault>)>;

    TlsTransport(TransportHub &hub, TlsContexts &contexts, const Origin &origin);
    ~TlsTransport() override;

    // After adopt().
    void startHandshake(HandshakeDone done);
    bool isResumed() const { return m_isResumed; }
    bool isQuiet() override; // tickets may come to a connection that idles

protected:
    void onReadable() override;
    void onWritable() override;
    Io doRead(char *to, qsizetype room) override;
    Io doWrite(const iovec *parts, int count) override;
    void doShutdownWrite() override;
    void beforeClose(bool isReset) override;
    bool hasBuffered() const override;

private:
    void sessionOffered(SslSession session) override;
    void shakeHands();
    void finishHandshake(std::optional<TlsFault> fault);
    Io stopReading(int result, qsizetype moved);

    // The descriptor as OpenSSL sees it, and what the kernel last said.
    struct Wire {
        int descriptor = -1;
        int error = 0;
    };
    static BIO *makeBio(Wire &wire);
    static int bioRead(BIO *bio, char *to, int room);
    static int bioWrite(BIO *bio, const char *from, int count);
    static long bioControl(BIO *bio, int command, long number, void *pointer);

    enum class Stage : quint8 { New, Handshake, Ready, Dead };

    TlsContexts &m_contexts;
    Origin m_origin;
    Wire m_wire; // outlives m_ssl, whose BIO points here
    SslHandle m_ssl;
    HandshakeDone m_done;
    Io m_end; // met behind bytes that were delivered first
    Stage m_stage = Stage::New;
    bool m_isResumed = false;
    bool m_isEndPending = false;
    bool m_readWantsWrite = false; // a key update has to be answered first
};

} // namespace sb::http
