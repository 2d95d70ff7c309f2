#include "translate/translator.h"

#include "chat/player.h"

namespace sb::translate {

StreamEncoder::StreamEncoder(DialectId dialect, EncodeOptions options)
    : m_dialect(dialect)
    , m_options(std::move(options))
{
}

void StreamEncoder::preamble()
{
    if (!m_isEnded)
        ensureStarted();
}

void StreamEncoder::ensureStarted()
{
    if (m_isStarted)
        return;
    m_isStarted = true;
    chat::Event start;
    start.kind = chat::Event::Kind::Start;
    start.createdSeconds = m_options.createdSeconds;
    writeStart(start);
}

void StreamEncoder::keepAlive()
{
    if (!m_isEnded && m_isStarted)
        writeKeepAlive();
}

void StreamEncoder::writeKeepAlive()
{
    m_out += dialect::keepAlive(m_dialect);
}

void StreamEncoder::writeError(const dialect::ClientError &error)
{
    m_out += dialect::streamError(m_dialect, error);
}

void StreamEncoder::fail(const dialect::ClientError &error)
{
    if (m_isEnded)
        return;
    m_isEnded = true;
    writeError(error);
}

void StreamEncoder::event(const chat::Event &event)
{
    using Kind = chat::Event::Kind;
    if (m_isEnded)
        return;
    switch (event.kind) {
    case Kind::Start:
        if (m_isStarted)
            return;
        m_isStarted = true;
        if (event.createdSeconds) {
            writeStart(event);
        } else {
            chat::Event start = event;
            start.createdSeconds = m_options.createdSeconds;
            writeStart(start);
        }
        return;
    case Kind::Open:
        ensureStarted();
        m_hasContent = true;
        writeOpen(event);
        return;
    case Kind::Delta:
        writeDelta(event);
        return;
    case Kind::Close:
        writeClose(event);
        return;
    case Kind::Usage:
        m_usage = *event.usage;
        writeUsage(m_usage);
        return;
    case Kind::Finish:
        ensureStarted();
        writeFinish(event, m_usage);
        m_isEnded = true;
        m_isFinished = true;
        return;
    case Kind::Error:
        fail(toClientError(*event.fault, m_dialect, m_options.id));
        return;
    case Kind::Alive:
        return; // the gateway decides when a client gets a sign of life
    case Kind::End:
        // Without a finish and without an error before it.
        fail(toClientError({AttemptOutcome::StreamCut, 0, "The provider's stream broke off."},
                           m_dialect, m_options.id));
        return;
    }
}

chat::Reply collect(StreamDecoder &decoder, QByteArrayView bytes, bool isUnframed)
{
    chat::Collector collector;
    decoder.feed(bytes, collector);
    decoder.finish(isUnframed, collector);
    return collector.take();
}

QByteArray stream(const chat::Reply &reply, StreamEncoder &encoder)
{
    chat::play(reply, encoder);
    return encoder.take();
}

} // namespace sb::translate
