// The free text of a custom tool that a provider was offered as a function with one string,
// `{"input":"…"}`: taken out of the arguments while they come. [translation §7.1, pitfall 78]
#pragma once

#include "chat/text.h"

namespace sb::translate::openai_responses {

// One per call. What it gives is text inside a JSON string, escapes whole.
class FreeInput {
public:
    QByteArray feed(chat::TextView arguments);
    // What is still held. Arguments of another shape are taken as the text itself.
    QByteArray end();

private:
    enum class State : quint8 { Before, Held, Inside, After, Raw };

    void findStart();
    QByteArray takeInside();

    QByteArray m_text; // plain; what is not given yet
    State m_state = State::Before;
};

} // namespace sb::translate::openai_responses
