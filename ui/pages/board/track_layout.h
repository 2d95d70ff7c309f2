// Where everything of the track diagram lies: a pure function from the board's state and a size.
//
// Units are device-independent pixels of the diagram widget. Three columns of plates; tracks run
// level, cross at 45 degrees (steeper if they must), run level. A plate's place depends on the
// configuration, the size, holds and which idle plates are folded, never on traffic. [console §3.1]
#pragma once

#include "models/board_state.h"

#include <QPointF>
#include <QRectF>

#include <array>

namespace sb::pages {

enum class Column : quint8 { Clients, Chains, Providers };
constexpr int kColumns = 3;

struct LayoutOptions {
    bool isNarrow = false; // window below 1100 px
    std::array<int, kColumns> scroll{0, 0, 0}; // px, clamped by the layout
    std::array<bool, kColumns> isUnfolded{false, false, false};
    double scale = 1.0; // the user's font scale: plates grow with their text
    // Ids, top to bottom, as they were drawn before: kept while the providers are the same, so that
    // an edit of chains moves no plate.
    QStringList providers;
};

struct PlateBox {
    Column column = Column::Clients;
    int index = 0; // in the state's list; -1 for the fold plate
    int folded = 0; // fold plate: how many idle plates it stands for
    QRectF rect;
    QList<QRectF> rows; // chains: one per target, whole width
    QString key() const; // stays the same while the plate lives
    QString id;
};

// A track of up to four points: level, slope, level. Where a plate is out of sight the track ends
// in an arrow at the edge of its column and `hidden` counts the tracks that share the arrow.
struct TrackPath {
    std::array<QPointF, 4> points;
    int client = -1; // client track: client → chain
    int chain = -1;
    int row = -1; // target track: chain row → provider
    int provider = -1;
    models::RouteState state = models::RouteState::Idle;
    int perMinute = 0;
    bool isFromHidden = false;
    bool isToHidden = false;

    double length() const;
    QPointF at(double distance) const;
};

struct HiddenArrow {
    Column column = Column::Clients;
    bool isBelow = true;
    QPointF tip;
    int count = 0; // plates out of sight with a track
};

struct TrackLayout {
    std::array<QRectF, kColumns> columns; // the visible part, below the headings
    std::array<int, kColumns> contentHeight{0, 0, 0};
    std::array<int, kColumns> maxScroll{0, 0, 0};
    QList<PlateBox> plates; // column by column, top to bottom
    QList<TrackPath> clientTracks; // same order as BoardState::clientRoutes() without None
    QList<TrackPath> targetTracks;
    QList<HiddenArrow> arrows;

    const PlateBox *plate(Column column, int index) const;
    const TrackPath *clientTrack(int client, int chain) const;
    const TrackPath *targetTrack(int chain, int row) const;
};

namespace geometry {
constexpr int kTop = 40; // above the first plate: the column headings
constexpr int kBottom = 12;
constexpr int kSide = 24;
constexpr int kPlateHeight = 52;
constexpr int kPitch = 72;
constexpr int kChainHead = 32;
constexpr int kTargetRow = 20;
constexpr int kChainGap = 12;
constexpr int kFoldHeight = 28;
constexpr int kLane = 9;
constexpr int kLevelEnd = 12;
constexpr int kStop = 14; // a tripped track ends this far before the plate
constexpr int kMaxPlates = 8; // more fold
} // namespace geometry

TrackLayout layOut(const models::BoardState &state, const QSizeF &size,
                   const LayoutOptions &options = {});
// The height at which nothing has to scroll.
int preferredHeight(const models::BoardState &state, const LayoutOptions &options = {});
// Order of the providers: as in `before` where it holds the same ones, else by the mean place of
// the chain rows that lead to them, then configuration.
QList<int> providerOrder(const models::BoardState &state, const QStringList &before = {});

} // namespace sb::pages
