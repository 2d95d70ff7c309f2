// The reply to a request that nobody waits for: a replay. It is read to its end and dropped.
#pragma once

#include "http/server.h"

namespace sb::gateway {

class UnreadReply final : public http::ResponseStream {
public:
    void setListener(http::ResponseListener *) override { }
    void begin(int, QByteArrayView, qint64) override { m_isBegun = true; }
    bool write(QByteArrayView bytes) override
    {
        m_written += bytes.size();
        return true;
    }
    bool write(QByteArray bytes) override { return write(QByteArrayView(bytes)); }
    void end() override { m_isOpen = false; }
    void abort() override { m_isOpen = false; }
    bool isOpen() const override { return m_isOpen; }
    bool isBegun() const override { return m_isBegun; }
    qint64 queuedBytes() const override { return 0; }
    qint64 writtenBytes() const override { return m_written; }

private:
    qint64 m_written = 0;
    bool m_isBegun = false;
    bool m_isOpen = true;
};

} // namespace sb::gateway
