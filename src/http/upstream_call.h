// One request on the real wire: sent once on one connection, its reply parsed and handed on.
#pragma once

#include "base/recycled.h"
#include "http/connector.h"
#include "http/parser.h"
#include "http/upstream.h"

#include <memory>

namespace sb::http {

struct UpstreamCore;

// Owned by whoever started it; engine thread. It never sends twice: whatever breaks is reported
// with how far it had come, and another try is the caller's decision. [robustness §2]
class SocketCall final : public UpstreamCall,
                         public Recycled<SocketCall>,
                         private TransportListener,
                         private EndOfTurn {
public:
    SocketCall(std::shared_ptr<UpstreamCore> core, UpstreamRequest request,
               UpstreamListener &listener);
    ~SocketCall() override;

    void start();
    void pause() override;
    void resume() override;
    bool isSent() const override { return m_connection && isHeadSent(); }

private:
    void connected(Connector::Outcome outcome);
    void attach(std::unique_ptr<Connection> connection);
    qint64 sentBytes() const;
    bool isHeadSent() const { return sentBytes() >= m_headSize; }
    bool isAllSent() const { return sentBytes() >= m_totalSize; }
    bool tellProgress();
    void complete(bool isUnframed, bool hasExtraBytes);
    void fail(UpstreamError error, const QByteArray &detail);
    // True when the callback destroyed this call.
    template <typename Call> bool isGoneAfter(Call &&call);

    void bytesRead(char *bytes, qsizetype count) override;
    void peerClosed() override;
    void writeFlushed() override;
    void transportFailed(int error) override;
    void atEndOfTurn() override;

    std::shared_ptr<UpstreamCore> m_core;
    UpstreamRequest m_request;
    UpstreamListener &m_listener;
    std::unique_ptr<Connector> m_connector;
    std::unique_ptr<Connection> m_connection;
    ReplyParser m_parser;
    bool *m_gone = nullptr;
    qint64 m_sentBefore = 0; // by earlier requests on this connection
    qint64 m_headSize = 0;
    qint64 m_totalSize = 0;
    bool m_isSendDue = false; // at the end of the turn
    bool m_isPaused = false;
    bool m_isConnectTold = false;
    bool m_isSentTold = false;
    bool m_hasHead = false;
};

} // namespace sb::http
