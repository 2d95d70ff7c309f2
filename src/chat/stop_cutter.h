// Stop sequences for targets that have none. [translation §4 "Stop emulation"]
#pragma once

#include "chat/event.h"

#include <vector>

namespace sb::chat {

// Stands between a decoder and the next sink. Holds back the longest end of the text that could
// begin a stop sequence; on a match the answer ends there with Finish::StopSequence and isCut()
// tells the gateway to hang up. Only in text, never in arguments or reasoning.
class StopCutter final : public EventSink {
public:
    StopCutter(std::vector<QByteArray> stops, EventSink &next)
        : m_stops(std::move(stops))
        , m_next(next)
    {
    }
    void event(const Event &event) override;
    bool isCut() const { return m_isCut; }

private:
    std::vector<QByteArray> m_stops; // plain UTF-8, none empty
    EventSink &m_next;
    QByteArray m_held;
    std::vector<int> m_openCalls; // their parts
    bool m_isCut = false;
};

} // namespace sb::chat
