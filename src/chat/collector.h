// Puts a stream's events together into a whole reply. Its texts own their bytes. [translation §18]
#pragma once

#include "chat/event.h"

namespace sb::chat {

class Collector final : public EventSink {
public:
    void event(const Event &event) override;

    bool isEnded() const { return m_isEnded; }
    // Whole only after End{clean}; otherwise `fault` is set, or the stream has not ended.
    const Reply &reply() const { return m_reply; }
    Reply take();

private:
    void open(const Event &event);
    void delta(const Event &event);
    Part *partOf(const Event &event);

    Reply m_reply;
    bool m_isEnded = false;
};

} // namespace sb::chat
