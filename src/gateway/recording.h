// What passes for one exchange, taken down while bodies are recorded: what its client sent, what
// each attempt sent and got, what the client got.
//
// Engine thread; owned by the exchange's runner, shared with the attempt and the stream that it
// listens to. Nothing waits for it: it copies the beginning of each body and no more, and where all
// recordings together hold too much it gives this one up. Keys are blanked in heads here; what
// bodies quote of them is blanked before anything is stored (record/capture_draft.h).
#pragma once

#include "base/clock.h"
#include "http/server.h"
#include "record/capture_draft.h"

#include <memory>

namespace sb::gateway {

// What the recordings of a gateway hold together.
class RecordingRoom {
public:
    static constexpr qint64 kMost = 64ll * 1024 * 1024;

    bool take(qint64 bytes)
    {
        if (m_held + bytes > m_most)
            return false;
        m_held += bytes;
        return true;
    }
    void give(qint64 bytes) { m_held -= bytes; }
    void setMost(qint64 bytes) { m_most = bytes; }
    qint64 held() const { return m_held; }

private:
    qint64 m_held = 0;
    qint64 m_most = kMost;
};

class Recording {
public:
    // `start`: where the exchange's offsets count from.
    Recording(std::shared_ptr<RecordingRoom> room, Clock &clock, Nanos start);
    ~Recording();
    Recording(const Recording &) = delete;
    Recording &operator=(const Recording &) = delete;

    void requested(const http::RequestHead &head, QByteArrayView body);
    // What goes to the provider, as it goes; `key` is what it authenticates with.
    void sent(int ordinal, const QByteArray &head, const QList<QByteArray> &body,
              const Secret &key);
    void answerBegun(const http::ReplyHead &head, bool isJsonStream);
    void answered(QByteArrayView bytes) { add(m_draft.attempts.back().answer, bytes); }
    void replyBegun(int status, QByteArrayView fields, bool isJsonStream);
    void replied(QByteArrayView bytes) { add(m_draft.reply, bytes); }

    // Once. Given up: without bodies.
    CaptureDraft take(const ExchangeId &id, const QList<AttemptChanges> &changes);

private:
    void add(DraftMessage &message, QByteArrayView bytes);
    bool claim(qint64 bytes);
    void giveUp();
    void noteSecret(QByteArrayView name, QByteArrayView value);
    QByteArray blankedTarget(QByteArrayView target);
    void addField(QByteArray &head, QByteArrayView name, QByteArrayView value);

    std::shared_ptr<RecordingRoom> m_room;
    Clock &m_clock;
    Nanos m_start;
    CaptureDraft m_draft;
    qint64 m_held = 0;
};

// The client's stream, with a recording that listens.
class RecordedStream final : public http::ResponseStream {
public:
    RecordedStream(std::shared_ptr<http::ResponseStream> stream,
                   std::shared_ptr<Recording> recording, bool isJsonStream)
        : m_stream(std::move(stream))
        , m_recording(std::move(recording))
        , m_isJsonStream(isJsonStream)
    {
    }

    void setListener(http::ResponseListener *listener) override { m_stream->setListener(listener); }
    void begin(int status, QByteArrayView fields, qint64 length) override;
    bool write(QByteArrayView bytes) override;
    bool write(QByteArray bytes) override;
    void end() override { m_stream->end(); }
    void abort() override { m_stream->abort(); }
    bool isOpen() const override { return m_stream->isOpen(); }
    bool isBegun() const override { return m_stream->isBegun(); }
    qint64 queuedBytes() const override { return m_stream->queuedBytes(); }
    qint64 writtenBytes() const override { return m_stream->writtenBytes(); }

private:
    std::shared_ptr<http::ResponseStream> m_stream;
    std::shared_ptr<Recording> m_recording;
    bool m_isJsonStream; // Gemini's array
};

} // namespace sb::gateway
