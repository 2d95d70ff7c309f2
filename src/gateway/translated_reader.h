// A provider's stream read in its dialect and written in the client's, behind the interface that
// streams of one dialect have: whoever drives it keeps its timers, rules and records.
//
// What a provider says of its own failure never reaches the writer: the gateway words it, or asks
// the next target. Engine thread; owned by its attempt.
#pragma once

#include "chat/arguments.h"
#include "chat/stop_cutter.h"
#include "translate/translator.h"

#include <functional>

namespace sb::gateway {

class TranslatedReader final : public dialect::StreamReader, private chat::EventSink {
public:
    struct Parts {
        std::unique_ptr<translate::StreamDecoder> decoder;
        // The client's stream; null: it wants a whole reply, which `whole` writes at the end.
        std::shared_ptr<translate::StreamEncoder> encoder;
        std::function<QByteArray(const chat::Reply &, QByteArrayView cost)> whole;
        // What it came to by now, as a JSON number; empty = not known.
        std::function<QByteArray(const Usage &, const QByteArray &model)> cost;
        std::function<void(const chat::Reply &)> remember; // may be null
        std::vector<QByteArray> stops; // emulated by us; plain UTF-8
        // Set to the bytes of the client's start event, which stand in front of what was given.
        std::shared_ptr<qsizetype> startBytes;
    };
    explicit TranslatedReader(Parts parts);

    dialect::StreamStep feed(QByteArrayView bytes) override;
    dialect::StreamStep finish(bool isUnframed) override;

private:
    void event(const chat::Event &event) override;
    void noteDelta(const chat::Event &event);
    void noteFinish(const chat::Event &event);
    dialect::StreamStep step(bool isAtEnd);

    Parts m_parts;
    std::optional<chat::StopCutter> m_cutter;
    chat::EventSink *m_sink; // where the decoder's events go: this, or the cutter before it
    chat::Collector m_collector; // for a whole reply, or one to remember
    std::vector<chat::ArgumentsTracker> m_arguments; // by part
    std::optional<chat::Fault> m_fault;
    QByteArray m_forward;
    bool m_collects = false;
    bool m_isContentNew = false; // since the last step
    bool m_isContentOwed = false; // the writer held back what would show it
    bool m_isEnded = false;
};

} // namespace sb::gateway
