#include "pages/peek/capture_source.h"

#include "words/format.h"
#include "words/plain.h"

namespace sb::pages {

namespace {
constexpr Millis kHour{3'600'000};
}

void CaptureSource::setLink(link::EngineLink *link)
{
    m_link = link;
    connect(link, &link::EngineLink::frameArrived, this, &CaptureSource::takeFrame);
}

// What the empty tabs say and offer depends on whether something is being recorded.
void CaptureSource::takeFrame(const FramePtr &frame)
{
    const bool isRecording = frame->recording.untilWallMs > 0;
    if (isRecording == m_isRecording)
        return;
    m_isRecording = isRecording;
    if (m_state != State::None && m_state != State::Kept)
        become(m_state);
}

void CaptureSource::setExchange(const std::shared_ptr<const Exchange> &exchange)
{
    const bool isSame = m_exchange && exchange && m_exchange->id == exchange->id;
    const bool hasEnded
        = isSame && m_exchange->phase != Phase::Settled && exchange->phase == Phase::Settled;
    m_exchange = exchange;
    if (isSame && !hasEnded)
        return;
    m_capture = {};
    m_error.clear();
    become(State::None);
}

void CaptureSource::become(State state)
{
    m_state = state;
    ++m_version;
    emit changed();
}

void CaptureSource::want()
{
    if (m_state != State::None || !m_exchange || !m_link)
        return;
    if (m_exchange->phase != Phase::Settled) {
        become(State::Running);
        return;
    }
    become(State::Asking);
    m_link->history()
        .capture(m_exchange->id)
        .then(this, [this, id = m_exchange->id](const Result<Capture> &answer) {
            if (!m_exchange || m_exchange->id != id || m_state != State::Asking)
                return;
            if (!answer) {
                m_error
                    = answer.error().detail.isEmpty() ? answer.error().code : answer.error().detail;
                become(State::Failed);
                return;
            }
            m_capture = *answer;
            switch (m_capture.state) {
            case CaptureState::Kept:
                return become(m_capture.exchange ? State::Kept : State::NotRecorded);
            case CaptureState::NotRecorded:
                return become(State::NotRecorded);
            case CaptureState::GivenUp:
                return become(State::GivenUp);
            case CaptureState::Trimmed:
                return become(State::Trimmed);
            }
        });
}

QString CaptureSource::base() const
{
    return m_link ? m_link->frame()->addresses.value(0) : QString();
}

QString CaptureSource::reason() const
{
    const qint64 until = m_link ? m_link->frame()->recording.untilWallMs : 0;
    switch (m_state) {
    case State::None:
    case State::Kept:
        return {};
    case State::Running:
        return tr("The request is still running; its bodies can be read when it has ended.");
    case State::Asking:
        return tr("Reading what was recorded…");
    case State::NotRecorded:
        return until > 0
            ? tr("Bodies of this request were not recorded: it began before the recording, or its "
                 "client asked for none. Those that begin before %1 are recorded.")
                  .arg(words::timeMinutes(until))
            : tr("Bodies were not recorded. They are only when you ask for it, and stay on this "
                 "computer.");
    case State::GivenUp:
        return tr("Bodies of this request were given up: more was going on at that moment than "
                  "could be written down.");
    case State::Trimmed:
        return m_capture.trimmedWallMs > 0
            ? tr("The recorded bodies of this request were deleted on %1.")
                  .arg(words::dateTime(m_capture.trimmedWallMs))
            : tr("The recorded bodies of this request were deleted.");
    case State::Failed:
        return tr("What was recorded cannot be read just now: %1.")
            .arg(words::trimmed(m_error, 200));
    }
    return {};
}

bool CaptureSource::canRecord() const
{
    return m_link && m_link->frame()->recording.untilWallMs == 0
        && (m_state == State::NotRecorded || m_state == State::GivenUp
            || m_state == State::Trimmed);
}

void CaptureSource::record()
{
    if (!m_link)
        return;
    m_link->control().setRecording(kHour).then(this, [this](const Result<void> &answer) {
        emit said(answer ? tr("Bodies of requests that begin in the next hour are recorded.")
                         : tr("Recording did not begin: %1.")
                               .arg(words::trimmed(answer.error().detail.isEmpty()
                                                       ? answer.error().code
                                                       : answer.error().detail,
                                                   200)));
    });
}

} // namespace sb::pages
