// The recorded bodies of the request on show: asked of the engine once, when a tab wants them.
//
// Owned by the peek, GUI thread. What it holds belongs to one exchange; another one drops it.
// [console §3.2, §3.9]
#pragma once

#include "link/engine_link.h"
#include "record/capture.h"

#include <QObject>

namespace sb::pages {

class CaptureSource final : public QObject {
    Q_OBJECT
public:
    enum class State : quint8 {
        None, // nobody has asked yet
        Running, // the request has not ended
        Asking,
        Kept,
        NotRecorded,
        GivenUp,
        Trimmed,
        Failed, // they could not be read
    };

    using QObject::QObject;

    void setLink(link::EngineLink *link);
    void setExchange(const std::shared_ptr<const Exchange> &exchange);
    const std::shared_ptr<const Exchange> &exchange() const { return m_exchange; }
    void want(); // asks, if that was not done

    State state() const { return m_state; }
    // Null unless Kept.
    std::shared_ptr<const CapturedExchange> captured() const { return m_capture.exchange; }
    // Counts up with each change, so that a view knows what it shows.
    int version() const { return m_version; }
    QString base() const; // of the gateway's address

    // Why there is nothing, in one sentence; empty when Kept.
    QString reason() const;
    // Recording would help the next time, and is not on.
    bool canRecord() const;
    // Records the next hour; a refusal is said.
    void record();

signals:
    void changed();
    void said(const QString &sentence);

private:
    void become(State state);
    void takeFrame(const FramePtr &frame);

    link::EngineLink *m_link = nullptr;
    std::shared_ptr<const Exchange> m_exchange;
    Capture m_capture;
    QString m_error;
    State m_state = State::None;
    int m_version = 0;
    bool m_isRecording = false;
};

} // namespace sb::pages
