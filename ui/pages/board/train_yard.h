// Requests as trains: where each pill is now, given what the engine last said.
//
// A value, GUI thread; time is monotonic milliseconds handed in. The engine's word comes at most
// ten times a second and fast requests come and go within one frame, so a train runs its legs here
// (client to chain 120 ms, chain to provider 180 ms, fade 400 ms) and never ahead of what was said.
// Resting places: before the chain, at the platform (provider's end), telling (chain's end).
#pragma once

#include "pages/board/track_layout.h"

#include <QHash>

#include <functional>

namespace sb::pages {

struct Pill {
    QPointF center;
    double width = 0;
    QString text;
    bool isCaution = false;
    bool isDanger = false; // a failure mark: square
    double opacity = 1;
    const TrackPath *path = nullptr; // into the layout handed to pills()
    bool isDrill = false; // a drill's doing
    ExchangeId id; // of the one request it stands for; null for a queue or a mark
};

class TrainYard {
public:
    static constexpr qint64 kToChainMs = 120;
    static constexpr qint64 kToProviderMs = 180;
    static constexpr qint64 kFadeMs = 400;
    static constexpr int kMaxTrains = 24; // more: one pill per track
    static constexpr double kPillHeight = 16;

    // `nowWallMs` is the engine's wall time at `nowMs`.
    void take(const models::BoardState &state, qint64 nowMs);
    void setMotion(bool isOn) { m_isMotionOn = isOn; }

    // Width of a text in the pill's font, without padding.
    using Measure = std::function<double(const QString &)>;
    QList<Pill> pills(const TrackLayout &layout, qint64 nowMs, qint64 nowWallMs,
                      const Measure &measure);
    // A leg or a fade is running, so the next picture differs.
    bool isMoving(qint64 nowMs) const;
    // Waiting seconds are shown, so the picture differs every tenth of a second.
    bool isWaiting() const;
    bool isEmpty() const { return m_trains.isEmpty() && m_marks.isEmpty(); }

private:
    enum class Leg : quint8 { ToChain, AtChain, ToProvider, Platform, Telling, Fading, Gone };
    struct Visual {
        models::Train train;
        Leg leg = Leg::ToChain;
        qint64 since = 0; // start of the leg
        int row = -1; // of the track it is on
        qint64 saidAt = 0; // when the engine last said something new about it
        bool isLeaving = false;
        Leg before = Leg::ToChain; // Fading: the place it fades at
    };
    void advance(Visual &visual, qint64 nowMs) const;
    static double share(const Visual &visual, qint64 nowMs);
    QString label(const Visual &visual, qint64 nowWallMs) const;
    static QString plainLabel(const Visual &visual, qint64 nowWallMs);

    QHash<ExchangeId, Visual> m_trains;
    QList<models::FailMark> m_marks;
    bool m_isMotionOn = true;
};

} // namespace sb::pages
