#include "base/bytes.h"
#include "chat/collector.h"
#include "dialect/scratch.h"
#include "translate/ollama/line_reader.h"
#include "translate/ollama/ollama.h"

using namespace sb::chat;

namespace sb::translate::ollama {

namespace {

QByteArrayView trimmed(QByteArrayView line)
{
    constexpr QByteArrayView kMark("\xEF\xBB\xBF");
    if (line.startsWith(kMark))
        line = line.sliced(kMark.size());
    return line.trimmed();
}

// One JSON object a line. A line may lie in pieces of any size; it is read when its line feed is
// there, or at the end of the body.
class Decoder final : public StreamDecoder {
public:
    explicit Decoder(const DecodeOptions &options)
        : m_options(options)
        , m_reader(m_emitter, m_options)
    {
    }

    void feed(QByteArrayView bytes, EventSink &sink) override;
    void finish(bool isUnframed, EventSink &sink) override;

private:
    void take(QByteArrayView line);

    DecodeOptions m_options;
    Emitter m_emitter;
    LineReader m_reader;
    QByteArray m_held; // the start of a line
};

void Decoder::feed(QByteArrayView bytes, EventSink &sink)
{
    m_emitter.to(sink);
    while (!m_emitter.isEnded()) {
        const qsizetype end = bytes.indexOf('\n');
        const QByteArrayView piece = end < 0 ? bytes : bytes.first(end);
        if (m_held.size() + piece.size() > m_options.eventLimit)
            return m_reader.fail("The provider sent a line longer than is allowed.");
        if (end < 0) {
            appendBytes(m_held, piece);
            return;
        }
        if (m_held.isEmpty()) {
            take(piece);
        } else {
            appendBytes(m_held, piece);
            const QByteArray line = std::exchange(m_held, {});
            take(line);
        }
        bytes = bytes.sliced(end + 1);
    }
}

void Decoder::take(QByteArrayView line)
{
    line = trimmed(line);
    if (line.isEmpty())
        return;
    json::Scan &scan = dialect::scratch();
    if (!scan.run(line))
        m_reader.fail("The provider sent a line that is not JSON.");
    else
        m_reader.read(scan.root());
}

void Decoder::finish(bool, EventSink &sink)
{
    m_emitter.to(sink);
    if (m_emitter.isEnded())
        return;
    // A whole object needs no line feed; a part of one is not read: the stream was cut in it.
    const QByteArray rest = std::exchange(m_held, {});
    const QByteArrayView line = trimmed(rest);
    if (!line.isEmpty()) {
        json::Scan &scan = dialect::scratch();
        if (scan.run(line))
            m_reader.read(scan.root());
    }
    // Nothing but `done` is an end. [translation §15]
    if (!m_emitter.isEnded())
        m_emitter.cut();
    dialect::tidyScratch();
}

} // namespace

std::unique_ptr<StreamDecoder> makeDecoder(const DecodeOptions &options)
{
    return std::make_unique<Decoder>(options);
}

Reply decodeReply(const QByteArray &body, const DecodeOptions &options)
{
    json::Scan &scan = dialect::scratch();
    const QByteArrayView text = trimmed(body);
    Collector collector;
    if (scan.run(text)) {
        Emitter emitter;
        emitter.to(collector);
        LineReader reader(emitter, options);
        reader.read(scan.root());
        if (!emitter.isEnded())
            emitter.cut();
    } else {
        // Lines, though no stream was asked for; or nothing that can be read.
        Decoder decoder(options);
        decoder.feed(body, collector);
        decoder.finish(false, collector);
    }
    dialect::tidyScratch();
    Reply reply = collector.take();
    if (text.isEmpty() && reply.fault)
        reply.fault->outcome = AttemptOutcome::EmptyCompletion;
    else if (reply.fault
             && (reply.fault->outcome == AttemptOutcome::BrokenEvent || text.front() != '{'))
        reply.fault->outcome = AttemptOutcome::BadReply;
    return reply;
}

} // namespace sb::translate::ollama
