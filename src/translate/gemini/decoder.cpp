// A provider's stream: events, or one array whose elements come one after the other. And a whole
// answer, which is a stream of one. [dialects §5.5, pitfall 91]
#include "chat/collector.h"
#include "dialect/reply.h"
#include "dialect/sse.h"
#include "translate/gemini/answer_reader.h"
#include "translate/gemini/gemini.h"
#include "translate/gemini/wire.h"

namespace sb::translate::gemini {

namespace {

// Cuts `[{…},{…}]` and `{…}` into their objects.
class ObjectCutter {
public:
    // True when text[at] ends an object (or a list where one should be); `from` is then where it
    // began. Brackets that do not match are for the reader to see.
    bool take(QByteArrayView text, qsizetype at, qsizetype &from)
    {
        const char c = text[at];
        if (m_isInString) {
            if (m_isAfterBackslash)
                m_isAfterBackslash = false;
            else if (c == '\\')
                m_isAfterBackslash = true;
            else if (c == '"')
                m_isInString = false;
            return false;
        }
        switch (c) {
        case '"':
            m_isInString = true;
            break;
        case '[':
            if (m_depth == 0 && !m_isArray) {
                m_isArray = true;
                break;
            }
            [[fallthrough]];
        case '{':
            if (m_depth++ == 0)
                m_from = at;
            break;
        case ']':
            if (m_depth == 0) {
                m_isClosed = true;
                break;
            }
            [[fallthrough]];
        case '}':
            if (m_depth > 0 && --m_depth == 0) {
                from = m_from;
                return true;
            }
            break;
        default:
            break;
        }
        return false;
    }
    // The bytes before `count` are gone.
    void moved(qsizetype count) { m_from -= count; }
    bool isBetween() const { return m_depth == 0 && !m_isInString; }
    bool isWhole() const { return isBetween() && (!m_isArray || m_isClosed); }

private:
    qsizetype m_from = 0;
    int m_depth = 0;
    bool m_isArray = false;
    bool m_isClosed = false;
    bool m_isInString = false;
    bool m_isAfterBackslash = false;
};

class Decoder final : public StreamDecoder {
public:
    explicit Decoder(const DecodeOptions &options)
        : m_reader(options)
        , m_framer(options.eventLimit)
        , m_limit(options.eventLimit)
        , m_isFinishWaived(options.can.isFinishWaived)
    {
    }

    void feed(QByteArrayView bytes, chat::EventSink &sink) override
    {
        m_reader.emitter().to(sink);
        if (m_form == Form::Unknown) {
            m_pending.append(bytes);
            QByteArrayView text = QByteArrayView(m_pending);
            if (text.startsWith("\xEF\xBB\xBF"))
                text = text.sliced(3);
            text = text.trimmed();
            if (text.isEmpty() || text == "\xEF" || text == "\xEF\xBB")
                return;
            m_form = text.front() == '[' || text.front() == '{' ? Form::Objects : Form::Events;
            const QByteArray first = std::exchange(m_pending, {});
            m_form == Form::Objects ? feedObjects(first) : feedEvents(first);
        } else if (m_form == Form::Objects) {
            feedObjects(bytes);
        } else {
            feedEvents(bytes);
        }
        tidyScan();
    }

    void finish(bool isUnframed, chat::EventSink &sink) override
    {
        Q_UNUSED(isUnframed); // the dialect has no terminator but the finish reason
        chat::Emitter &emitter = m_reader.emitter();
        emitter.to(sink);
        bool isWhole = true;
        if (m_form == Form::Events) {
            m_framer.end();
            takeEvents();
            dialect::SseEvent event;
            if (!emitter.isEnded() && m_framer.rest(event)) {
                const QByteArrayView text = textOf(event);
                // Half an event is a cut stream.
                if (!text.trimmed().isEmpty()) {
                    if (scan().run(text))
                        m_reader.read(scan().root());
                    else
                        isWhole = false;
                }
            }
        } else if (m_form == Form::Objects) {
            isWhole = m_cutter.isWhole();
        }
        m_reader.finish();
        if (isWhole)
            emitter.end(m_isFinishWaived && m_form != Form::Unknown);
        else
            emitter.cut();
        tidyScan();
    }

private:
    enum class Form : quint8 { Unknown, Events, Objects };

    // Its data; an error may stand there without `data:`. [dialects §5.5]
    static QByteArrayView textOf(const dialect::SseEvent &event)
    {
        if (event.hasData)
            return event.data;
        const QByteArrayView raw = event.raw.trimmed();
        return raw.startsWith('{') || raw.startsWith('[') ? raw : QByteArrayView();
    }

    void feedEvents(QByteArrayView bytes)
    {
        if (m_reader.emitter().isEnded())
            return;
        m_framer.feed(bytes);
        takeEvents();
        if (m_framer.isOverLimit())
            breakOff("The provider sent an event that is too long.");
    }

    void takeEvents()
    {
        dialect::SseEvent event;
        while (!m_reader.emitter().isEnded() && m_framer.next(event)) {
            const QByteArrayView text = textOf(event);
            if (text.isEmpty()) {
                m_reader.emitter().alive();
                continue;
            }
            if (text != "[DONE]")
                take(text);
        }
    }

    void take(QByteArrayView text)
    {
        if (text.trimmed().isEmpty())
            return;
        if (scan().run(text))
            m_reader.read(scan().root());
        else
            breakOff("The provider sent an event that is not JSON.");
    }

    void feedObjects(QByteArrayView bytes)
    {
        if (m_reader.emitter().isEnded())
            return;
        m_pending.append(bytes);
        qsizetype done = 0;
        for (; m_at < m_pending.size(); ++m_at) {
            qsizetype from = 0;
            if (!m_cutter.take(m_pending, m_at, from))
                continue;
            take(QByteArrayView(m_pending).sliced(from, m_at + 1 - from));
            done = m_at + 1;
            if (m_reader.emitter().isEnded())
                return;
        }
        if (m_cutter.isBetween())
            done = m_at;
        if (done > 0) {
            m_pending.remove(0, done);
            m_at -= done;
            m_cutter.moved(done);
        }
        if (m_pending.size() > m_limit)
            breakOff("The provider sent an event that is too long.");
    }

    void breakOff(const char *message)
    {
        m_reader.emitter().fail({AttemptOutcome::BrokenEvent, 0, message});
    }

    AnswerReader m_reader;
    dialect::SseFramer m_framer;
    ObjectCutter m_cutter;
    QByteArray m_pending; // until the form is known; objects: what is not whole yet
    qsizetype m_at = 0; // of m_pending: looked at
    qsizetype m_limit;
    Form m_form = Form::Unknown;
    bool m_isFinishWaived = false;
};

} // namespace

std::unique_ptr<StreamDecoder> makeDecoder(const DecodeOptions &options)
{
    return std::make_unique<Decoder>(options);
}

chat::Reply decodeReply(const QByteArray &body, const DecodeOptions &options)
{
    chat::Collector collector;
    AnswerReader reader(options);
    chat::Emitter &emitter = reader.emitter();
    emitter.to(collector);
    const QByteArrayView text = QByteArrayView(body).trimmed();
    if (text.isEmpty()) {
        emitter.fail({AttemptOutcome::EmptyCompletion, 0, "The provider's answer was empty."});
    } else if (text.startsWith("data:") || text.startsWith(":")) {
        // A stream where none was asked for.
        const auto decoder = makeDecoder(options);
        return collect(*decoder, body);
    } else if (!scan().run(text)) {
        emitter.fail({AttemptOutcome::BadReply, 0, "The provider's answer is not JSON."});
    } else {
        const json::Node root = scan().root();
        if (root.isArray()) {
            for (const json::Node item : root.items())
                reader.read(item);
        } else {
            reader.read(root);
        }
        reader.finish();
        if (!emitter.isEnded() && !emitter.hasFinish() && !emitter.hasContent())
            emitter.fail(
                {AttemptOutcome::EmptyCompletion, 0, "The provider's answer has no candidates."});
        emitter.end(options.can.isFinishWaived);
    }
    tidyScan();
    return collector.take();
}

} // namespace sb::translate::gemini
