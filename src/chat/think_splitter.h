// Reasoning written into the text between <think> tags, taken apart. [translation §9.4, pitfall 47]
#pragma once

#include "chat/event.h"

namespace sb::chat {

// Stands between a decoder and the next sink; renumbers the parts it adds. Only a tag at the very
// start opens; the first closer ends. Holds back at most the length of a tag.
class ThinkSplitter final : public EventSink {
public:
    explicit ThinkSplitter(EventSink &next)
        : m_next(next)
    {
    }
    void event(const Event &event) override;

private:
    // Owed: behind a closer, before the first text.
    enum class State : quint8 { Start, Inside, Owed, Outside };

    EventSink &m_next;
    State m_state = State::Start;
    QByteArray m_held;
    int m_shift = 0; // parts added so far
};

} // namespace sb::chat
