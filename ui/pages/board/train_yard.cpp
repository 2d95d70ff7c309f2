#include "pages/board/train_yard.h"

#include "words/format.h"
#include "words/states.h"

#include <QCoreApplication>

#include <algorithm>
#include <map>
#include <set>

namespace sb::pages {

using models::BoardState;
using models::FailMark;
using models::Train;
using models::TrainPlace;

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(TrainYard)
};

constexpr double kPadding = 6; // left and right of a pill's text
constexpr double kRoom = 4; // between queued pills
constexpr int kQueue = 2; // pills side by side at one resting place; more become one "x3"

QString detour(int rank)
{
    switch (rank) {
    case 2:
        return Words::tr("2nd target");
    case 3:
        return Words::tr("3rd target");
    default:
        return Words::tr("target %1").arg(words::count(rank));
    }
}

QString drilled(const QString &text)
{
    return Words::tr("drill %1", "what a drill met: 429, 2nd target").arg(text);
}

} // namespace

void TrainYard::take(const BoardState &state, qint64 nowMs)
{
    std::set<ExchangeId> named;
    for (const Train &train : state.trains()) {
        named.insert(train.id);
        auto known = m_trains.find(train.id);
        if (known == m_trains.end()) {
            Visual visual{.train = train, .since = nowMs, .saidAt = nowMs};
            if (train.client < 0 && train.row >= 0)
                visual.leg = Leg::AtChain; // its client has no plate
            visual.isLeaving = train.place == TrainPlace::Leaving;
            m_trains.insert(train.id, visual);
            continue;
        }
        if (known->train.place != train.place || known->train.row != train.row)
            known->saidAt = nowMs;
        known->train = train;
        known->isLeaving |= train.place == TrainPlace::Leaving;
    }
    for (Visual &visual : m_trains) {
        if (!visual.isLeaving && !named.contains(visual.train.id)) {
            visual.isLeaving = true;
            visual.saidAt = nowMs;
        }
        advance(visual, nowMs);
    }
    m_marks = state.marks();
}

// Runs legs to their end, each at its own length, until one still runs or the engine's word is
// reached.
void TrainYard::advance(Visual &v, qint64 nowMs) const
{
    const auto legTime = [this](qint64 time) { return m_isMotionOn ? time : 0; };
    // A leg begins when the one before has ended and the engine has said so, however late we look.
    const auto begins = [&v] { return std::max(v.since, v.saidAt); };
    const auto start = [&](Leg leg, qint64 at) {
        v.leg = leg;
        v.since = at;
    };
    for (;;) {
        switch (v.leg) {
        case Leg::ToChain:
            if (nowMs - v.since < legTime(kToChainMs))
                return;
            start(Leg::AtChain, v.since + legTime(kToChainMs));
            break;
        case Leg::AtChain:
            if (v.train.row >= 0 && v.train.place != TrainPlace::Inbound) {
                v.row = v.train.row;
                start(Leg::ToProvider, begins());
                break;
            }
            if (v.isLeaving) {
                v.before = v.leg;
                start(Leg::Fading, begins());
                break;
            }
            return;
        case Leg::ToProvider:
            if (nowMs - v.since < legTime(kToProviderMs))
                return;
            start(Leg::Platform, v.since + legTime(kToProviderMs));
            break;
        case Leg::Platform:
        case Leg::Telling:
            if (v.train.row >= 0 && v.train.row != v.row && !v.isLeaving) {
                v.row = v.train.row; // the next target's track
                start(Leg::ToProvider, begins());
                break;
            }
            if (v.isLeaving) {
                if (v.train.row >= 0 && v.train.row != v.row) {
                    v.row = v.train.row;
                    start(Leg::ToProvider, begins());
                    break;
                }
                v.before = v.leg;
                start(Leg::Fading, begins());
                break;
            }
            if (v.leg == Leg::Platform && v.train.place == TrainPlace::Streaming) {
                start(Leg::Telling, begins());
                break;
            }
            return;
        case Leg::Fading:
            if (nowMs - v.since < kFadeMs)
                return;
            start(Leg::Gone, nowMs);
            return;
        case Leg::Gone:
            return;
        }
    }
}

// Of its track, 0 at the near end, 1 at the far end.
double TrainYard::share(const Visual &v, qint64 nowMs)
{
    const auto done = [&](qint64 length) {
        const double x = std::clamp(double(nowMs - v.since) / double(length), 0.0, 1.0);
        return 1 - (1 - x) * (1 - x); // slows down into the station
    };
    switch (v.leg == Leg::Fading ? v.before : v.leg) {
    case Leg::ToChain:
        return done(kToChainMs);
    case Leg::ToProvider:
        return done(kToProviderMs);
    case Leg::Telling:
        return v.leg == Leg::Fading ? 0 : 1 - done(kToProviderMs);
    case Leg::AtChain:
    case Leg::Platform:
        return 1;
    default:
        return 1;
    }
}

QString TrainYard::label(const Visual &v, qint64 nowWallMs) const
{
    const QString text = plainLabel(v, nowWallMs);
    return v.train.isDrill ? drilled(text) : text;
}

QString TrainYard::plainLabel(const Visual &v, qint64 nowWallMs)
{
    if (v.row < 0)
        return words::countShort(v.train.promptTokens);
    if (v.train.isDetoured && v.train.rank > 1)
        return detour(v.train.rank);
    const Leg place = v.leg == Leg::Fading ? v.before : v.leg;
    if (place == Leg::Telling && v.train.tokensPerSecond > 0)
        return words::speed(v.train.tokensPerSecond);
    if (place == Leg::ToProvider)
        return words::countShort(v.train.promptTokens);
    const qint64 waited = std::max<qint64>(0, nowWallMs - v.train.waitingSinceWallMs);
    return Words::tr("%1 s", "seconds a request has waited")
        .arg(QLocale().toString(double(waited) / 1000, 'f', waited < 10'000 ? 1 : 0));
}

QList<Pill> TrainYard::pills(const TrackLayout &layout, qint64 nowMs, qint64 nowWallMs,
                             const Measure &measure)
{
    m_trains.removeIf([&](auto it) {
        advance(*it, nowMs);
        return it->leg == Leg::Gone;
    });

    QList<const Visual *> order;
    order.reserve(m_trains.size());
    for (const Visual &visual : std::as_const(m_trains))
        order.append(&visual);
    std::sort(order.begin(), order.end(),
              [](const Visual *a, const Visual *b) { return a->train.id < b->train.id; });

    const bool isCrowded = order.size() > kMaxTrains;
    // Trains at rest on one track at one end queue up; a longer queue is one pill with its number.
    struct Place {
        const TrackPath *path;
        bool isFarEnd;
        auto operator<=>(const Place &) const = default;
    };
    std::map<Place, QList<const Visual *>> resting;
    QList<Pill> pills;
    const auto widthOf = [&](const QString &text) { return measure(text) + 2 * kPadding; };
    const auto clampTo = [](const TrackPath &path, double along, double half) {
        const double length = path.length();
        const double stop = path.state == models::RouteState::Tripped ? geometry::kStop : 0;
        return std::clamp(along, std::min(half + 4, length / 2),
                          std::max(length / 2, length - half - 4 - stop));
    };
    for (const Visual *visual : std::as_const(order)) {
        const TrackPath *path = visual->row < 0
            ? layout.clientTrack(visual->train.client, visual->train.chain)
            : layout.targetTrack(visual->train.chain, visual->row);
        if (!path)
            continue;
        const bool isResting = visual->leg == Leg::AtChain || visual->leg == Leg::Platform
            || (visual->leg == Leg::Telling && nowMs - visual->since >= kToProviderMs);
        if (isCrowded) {
            resting[{path, false}].append(visual);
        } else if (isResting || !m_isMotionOn) {
            const double at = visual->leg == Leg::Telling ? 0 : share(*visual, nowMs);
            resting[{path, at > 0.5}].append(visual);
        } else {
            const QString text = label(*visual, nowWallMs);
            const double width = widthOf(text);
            const double along = clampTo(*path, share(*visual, nowMs) * path->length(), width / 2);
            const double opacity = visual->leg == Leg::Fading
                ? 1 - std::clamp(double(nowMs - visual->since) / kFadeMs, 0.0, 1.0)
                : 1;
            pills.append(Pill{path->at(along), width, text, visual->train.isDetoured, false,
                              opacity, path, visual->train.isDrill, visual->train.id});
        }
    }
    // Lanes lie 9 px apart and pills are 16 high: one that would cover another steps back on its
    // track.
    QList<QRectF> taken;
    const auto rectOf = [](const Pill &pill) {
        return QRectF(pill.center.x() - pill.width / 2, pill.center.y() - kPillHeight / 2,
                      pill.width, kPillHeight);
    };
    const auto settle = [&](Pill pill, double along, bool isFarEnd) {
        const TrackPath &path = *pill.path;
        const double start = clampTo(path, along, pill.width / 2);
        const double step = isFarEnd ? -6 : 6;
        double at = start;
        for (int tries = 0; tries < 40; ++tries, at += step) {
            const double held = clampTo(path, at, pill.width / 2);
            pill.center = path.at(held);
            const QRectF rect = rectOf(pill).adjusted(-2, -1, 2, 1);
            if (std::none_of(taken.begin(), taken.end(),
                             [&](const QRectF &other) { return other.intersects(rect); }))
                break;
            if (std::abs(held - at) > 0.1) { // no room left on this track
                pill.center = path.at(start);
                break;
            }
        }
        taken.append(rectOf(pill));
        pills.append(pill);
    };

    // The newest mark of a track stands at its far end.
    std::map<const TrackPath *, const FailMark *> newest;
    for (const FailMark &mark : std::as_const(m_marks)) {
        const TrackPath *path = layout.targetTrack(mark.chain, mark.row);
        if (!path || mark.untilWallMs <= nowWallMs)
            continue;
        const FailMark *&known = newest[path];
        if (!known || known->untilWallMs < mark.untilWallMs)
            known = &mark;
    }
    for (const auto &[path, mark] : newest) {
        const QString word = words::mark(mark->outcome, mark->status);
        const QString text = mark->isDrill ? drilled(word) : word;
        const double width = std::max(widthOf(text) - 2, kPillHeight);
        settle(Pill{{}, width, text, false, true, 1, path, mark->isDrill, {}},
               path->length() - width / 2 - 10, true);
    }
    for (const auto &[place, queue] : resting) {
        const TrackPath &path = *place.path;
        const bool isCaution = std::any_of(queue.begin(), queue.end(), [](const Visual *visual) {
            return visual->train.isDetoured;
        });
        const double length = path.length();
        if (isCrowded || queue.size() > kQueue) {
            const QString text
                = Words::tr("x%1", "so many requests").arg(words::count(queue.size()));
            const double width = widthOf(text);
            const double wish = isCrowded ? length / 2 : place.isFarEnd ? length : 0;
            settle(Pill{{}, width, text, isCaution, false, 1, &path}, wish, place.isFarEnd);
            continue;
        }
        double used = 0;
        for (const Visual *visual : queue) {
            const QString text = label(*visual, nowWallMs);
            const double width = widthOf(text);
            const double wish
                = place.isFarEnd ? length - used - width / 2 - 4 : used + width / 2 + 4;
            settle(Pill{{},
                        width,
                        text,
                        visual->train.isDetoured,
                        false,
                        1,
                        &path,
                        visual->train.isDrill,
                        visual->train.id},
                   wish, place.isFarEnd);
            used += width + kRoom;
        }
    }
    return pills;
}

bool TrainYard::isMoving(qint64 nowMs) const
{
    return std::any_of(m_trains.begin(), m_trains.end(), [&](const Visual &visual) {
        const bool isPullingBack
            = visual.leg == Leg::Telling && nowMs - visual.since < kToProviderMs;
        return visual.leg == Leg::ToChain || visual.leg == Leg::ToProvider
            || visual.leg == Leg::Fading || visual.isLeaving || isPullingBack;
    });
}

bool TrainYard::isWaiting() const
{
    return std::any_of(m_trains.begin(), m_trains.end(), [](const Visual &visual) {
        return visual.leg == Leg::Platform || visual.leg == Leg::Telling;
    });
}

} // namespace sb::pages
