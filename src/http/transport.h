// A connected, non-blocking stream socket on its raw descriptor: the one class below both the
// listener's connections and the upstream client. TLS is a subclass that replaces the four do…
// calls. [performance §0.2: 2–3 KB a connection instead of QTcpSocket's 24–32]
#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QObject>
#include <QSocketNotifier>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

struct iovec;

namespace sb::http {

// Something that has work for the end of the turn.
class EndOfTurn {
public:
    virtual void atEndOfTurn() = 0;

protected:
    ~EndOfTurn() = default;
};

// Where the next bytes should go; empty = the loop's shared buffer.
struct ReadSpace {
    char *at = nullptr;
    qsizetype size = 0;
};

// What happens on a transport. Callbacks come from the event loop, never inside a call on the
// transport; each may close or destroy it.
class TransportListener {
public:
    virtual ReadSpace readSpace() { return {}; }
    // `bytes` may be changed in place (de-chunking); in the shared buffer they live for this call.
    virtual void bytesRead(char *bytes, qsizetype count) = 0;
    // The peer's FIN, after all its bytes; writing may go on. Reading is off from here.
    virtual void peerClosed() = 0;
    // The queue fell to the low mark after write() had said "full".
    virtual void writeDrained() { }
    // The loop handed the last queued byte to the kernel (the listener's own flush() says it
    // itself).
    virtual void writeFlushed() { }
    // The connection broke and is closed: an errno value, or 0 where the layer above has its own
    // reason. Bytes that had arrived were delivered before.
    virtual void transportFailed(int error) = 0;

protected:
    ~TransportListener() = default;
};

// What all transports of one thread's loop share: the read buffer, and the work that waits for the
// end of the turn. Outlives its transports; lives on their thread.
class TransportHub final : public QObject {
public:
    // `beforeSend` runs before any byte is handed to the kernel.
    explicit TransportHub(std::function<void()> beforeSend = {});
    ~TransportHub() override;

    void beforeSend()
    {
        if (m_beforeSend)
            m_beforeSend();
    }

    ReadSpace scratch();
    // Buffers for what is about to be sent, used again and again: they are short-lived.
    QByteArray spareBuffer();
    void giveBack(QByteArray &&buffer);
    // atEndOfTurn() runs once for each call; forget() before the object dies.
    void later(EndOfTurn *what);
    void forget(EndOfTurn *what);

protected:
    bool event(QEvent *event) override;

private:
    std::function<void()> m_beforeSend;
    std::unique_ptr<char[]> m_scratch;
    std::vector<EndOfTurn *> m_waiting;
    std::vector<QByteArray> m_spare;
    bool m_isPosted = false;
};

// Owned by whoever reads and writes it; one thread.
class Transport : private EndOfTurn {
public:
    explicit Transport(TransportHub &hub);
    virtual ~Transport(); // closes
    Transport(const Transport &) = delete;
    Transport &operator=(const Transport &) = delete;

    void setListener(TransportListener *listener) { m_listener = listener; } // not owned
    // Takes a connected socket over, makes it non-blocking and switches Nagle's algorithm off.
    // Reading starts with setReading(true).
    void adopt(int descriptor);
    // Gives the socket away again; queued bytes are forgotten.
    int release();
    int descriptor() const { return m_descriptor; }
    bool isOpen() const { return m_descriptor >= 0; }

    void setReading(bool on);
    bool isReading() const { return m_isReading; }
    // Asks the kernel now, even while reading is off: has the peer closed or reset?
    bool isPeerGone() const;
    // Asks likewise, for a connection that idles between messages: false when bytes, an end or an
    // error have come.
    virtual bool isQuiet();

    // Queue bytes; nothing leaves before flush() or the end of the turn after flushLater().
    // False when more than the high mark waits. A QByteArray is shared, not copied: one made by
    // fromRawData must stay valid until the queue is empty.
    bool write(QByteArrayView bytes);
    bool write(QByteArray bytes);
    // One gathered write (more only if the kernel takes all). True when nothing waits any more.
    // A failure is told later, not inside the call.
    bool flush();
    void flushLater();
    void setMarks(qint64 high, qint64 low);

    // FIN once the queue is empty.
    void shutdownWrite();
    void close();
    void resetNow(); // RST: the peer cannot take what it has for whole

    qint64 queuedBytes() const { return m_queued; }
    qint64 readBytes() const { return m_read; } // since adopt()
    qint64 sentBytes() const { return m_sent; } // handed to the kernel since adopt()

protected:
    struct Io {
        enum class State : quint8 { Moved, WouldBlock, Ended, Failed } state = State::Moved;
        qsizetype bytes = 0;
        int error = 0;
    };

    // Readiness; a subclass takes them over while it shakes hands.
    virtual void onReadable();
    virtual void onWritable();
    // Fill as much of the room as there is; State::Moved with fewer bytes means "no more for now".
    virtual Io doRead(char *to, qsizetype room);
    virtual Io doWrite(const iovec *parts, int count);
    virtual void doShutdownWrite();
    virtual void beforeClose(bool isReset) { Q_UNUSED(isReset) }
    // Bytes (or an end) wait above the kernel, where no readiness will be reported for them.
    virtual bool hasBuffered() const { return false; }

    void setWatchingWrite(bool on);
    void setWatchingRead(bool on);
    // Tells the listener at the end of the turn, after reading what had still arrived.
    void failLater(int error);
    // For a subclass inside onReadable/onWritable: true when a callback destroyed or closed us.
    template <typename Call> bool isGoneAfter(Call &&call)
    {
        bool gone = false;
        bool *const outer = std::exchange(m_gone, &gone);
        call();
        if (gone) {
            if (outer)
                *outer = true;
            return true;
        }
        m_gone = outer;
        return !isOpen();
    }
    TransportListener *listener() const { return m_listener; }

private:
    class Notifier;
    struct Chunk {
        QByteArray bytes;
        bool isOurs = false; // may be appended to
    };
    enum Later : quint8 { Flush = 1, Read = 2, Drained = 4, Failed = 8 };

    void atEndOfTurn() override;
    void doLater(Later what);
    Io writeQueue();
    bool pushQueue();
    void pushAndTell();
    void dropSent(qsizetype count);
    void closeDescriptor();
    void noteQueue();

    TransportHub &m_hub;
    TransportListener *m_listener = nullptr;
    bool *m_gone = nullptr;
    std::unique_ptr<Notifier> m_readNotifier;
    std::unique_ptr<Notifier> m_writeNotifier;
    std::vector<Chunk> m_queue;
    qsizetype m_frontOffset = 0; // bytes of the first chunk already sent
    qint64 m_queued = 0;
    qint64 m_read = 0;
    qint64 m_sent = 0;
    qint64 m_high = 1024 * 1024;
    qint64 m_low = 256 * 1024;
    int m_descriptor = -1;
    int m_error = 0;
    quint8 m_later = 0;
    bool m_isReading = false;
    bool m_isEnded = false; // FIN seen
    bool m_isFull = false;
    bool m_isShutdownWanted = false;
    bool m_isBroken = false;
};

} // namespace sb::http
