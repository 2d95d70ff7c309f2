#include "chat/player.h"
#include "chat/think_splitter.h"
#include "dialect/event_pattern.h"
#include "dialect/sse.h"
#include "translate/openai_chat/answer_reader.h"
#include "translate/openai_chat/openai_chat.h"

#include <optional>

using namespace sb::chat;

namespace sb::translate::openai_chat {

namespace {

// [dialects §2.4] Whole with a finish reason and "[DONE]"; a quirk may waive either.
class Decoder final : public StreamDecoder {
public:
    explicit Decoder(const DecodeOptions &options)
        : m_options(options)
        , m_framer(options.eventLimit)
        , m_reader(m_emitter, m_options)
    {
        if (m_options.can.isInlineThink)
            m_splitter.emplace(m_relay);
    }

    void feed(QByteArrayView bytes, EventSink &sink) override;
    void finish(bool isUnframed, EventSink &sink) override;

private:
    // The splitter lives as long as the stream, the sink only as long as a call.
    struct Relay final : EventSink {
        void event(const Event &event) override { to->event(event); }
        EventSink *to = nullptr;
    };
    enum class Form : quint8 { Unknown, Events, Json };

    void direct(EventSink &sink);
    bool onEvent(const dialect::SseEvent &event); // false: it cannot be read
    void breakOff();

    DecodeOptions m_options;
    Relay m_relay;
    std::optional<ThinkSplitter> m_splitter;
    Emitter m_emitter;
    dialect::SseFramer m_framer;
    AnswerReader m_reader;
    json::Scan m_scan; // its own: the sink may read JSON while an event is walked
    dialect::EventPattern m_pattern;
    bool m_isPatternReasoning = false;
    Form m_form = Form::Unknown;
    QByteArray m_json; // where the provider answered whole although a stream was asked for
};

void Decoder::direct(EventSink &sink)
{
    m_relay.to = &sink;
    m_emitter.to(m_splitter ? static_cast<EventSink &>(*m_splitter) : sink);
}

void Decoder::feed(QByteArrayView bytes, EventSink &sink)
{
    if (m_emitter.isEnded())
        return;
    direct(sink);
    if (m_form == Form::Unknown) {
        const QByteArrayView begin = bytes.trimmed();
        if (!begin.isEmpty())
            m_form = begin[0] == '{' || begin[0] == '[' ? Form::Json : Form::Events;
    }
    if (m_form == Form::Json) {
        m_json.append(bytes);
        if (m_json.size() > m_options.eventLimit)
            breakOff();
        return;
    }
    m_framer.feed(bytes);
    dialect::SseEvent event;
    while (!m_emitter.isEnded() && m_framer.next(event)) {
        if (!onEvent(event))
            breakOff();
    }
    if (m_framer.isOverLimit())
        breakOff();
}

void Decoder::finish(bool isUnframed, EventSink &sink)
{
    if (m_emitter.isEnded())
        return;
    direct(sink);
    if (m_form == Form::Json) {
        if (!m_scan.run(m_json)) {
            m_emitter.cut();
            return;
        }
        json::Node root = m_scan.root();
        if (root.isArray() && !root.isEmpty())
            root = *root.items().begin();
        if (m_reader.read(root)) {
            if (m_emitter.isStarted())
                m_reader.end();
            else
                breakOff();
        }
        return;
    }
    m_framer.end();
    dialect::SseEvent event;
    while (!m_emitter.isEnded() && m_framer.next(event)) {
        if (!onEvent(event))
            breakOff();
    }
    // A last event without its blank line counts if it is whole; half a one is a cut.
    if (!m_emitter.isEnded() && m_framer.rest(event))
        onEvent(event);
    if (m_emitter.isEnded())
        return;
    // Only life signs, or nothing, is no answer. [pitfall 87]
    const bool isWaived = m_options.can.isDoneWaived && !isUnframed && m_emitter.isStarted();
    if (isWaived)
        m_reader.end();
    m_emitter.cut();
}

void Decoder::breakOff()
{
    m_emitter.fail({AttemptOutcome::BrokenEvent, 0,
                    "The provider's stream has an event that cannot be read."});
}

bool Decoder::onEvent(const dialect::SseEvent &event)
{
    if (!event.hasData) {
        m_emitter.alive();
        return true;
    }
    if (const QByteArrayView text = m_pattern.match(event.name, event.data); !text.isEmpty()) {
        if (m_isPatternReasoning)
            m_reader.sayReasoning(text);
        else
            m_reader.sayText(text);
        return true;
    }
    if (event.data == "[DONE]") {
        m_reader.end();
        return true;
    }
    if (event.data.trimmed().isEmpty()) {
        m_emitter.alive();
        return true;
    }
    if (!m_scan.run(event.data))
        return false;
    json::Node root = m_scan.root();
    if (root.isArray() && !root.isEmpty())
        root = *root.items().begin();
    if (!root.isObject())
        return false;
    if (event.name == "error") {
        m_reader.fail(root);
        return true;
    }
    if (!m_reader.read(root))
        return true;
    if (const json::Node text = m_reader.onlyText(); text.exists()) {
        m_isPatternReasoning = m_reader.isOnlyReasoning();
        m_pattern.learn(event.name, event.data, text);
    }
    return true;
}

} // namespace

std::unique_ptr<StreamDecoder> makeDecoder(const DecodeOptions &options)
{
    return std::make_unique<Decoder>(options);
}

} // namespace sb::translate::openai_chat
