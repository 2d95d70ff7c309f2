// The design tokens: every colour of the window, dark and light, and the 4 px grid.
//
// Widgets ask `tokensFor(palette())` when they paint, so a theme change needs no wiring: Qt
// repaints on PaletteChange and the lightness of the palette's window colour names the set.
// [console §5]
#pragma once

#include <array>

#include <QColor>
#include <QPalette>

namespace sb::kit {

// A signal colour: the lamp (3:1 on every surface) and its text form (4.5:1).
struct Signal {
    QColor lamp;
    QColor text;
};

struct Tokens {
    bool isDark = true;
    QColor window, panel, raised, inset; // surfaces
    QColor hairline, plateBorder, controlBorder;
    QColor text, secondary, muted;
    Signal serving, caution, danger, probing, drill;
    QColor accent, onAccent;
    QColor trackIdle, trackLive;
    QColor train, onTrain; // neutral train and its ink
    QColor onCaution; // ink on a caution train
    std::array<QColor, 6> series; // chart identities, fixed per provider when it is made
    QColor seriesOther;
};

const Tokens &darkTokens();
const Tokens &lightTokens();
// The set this palette was made from; for a foreign palette the one nearer in lightness.
const Tokens &tokensFor(const QPalette &palette);
QPalette paletteOf(const Tokens &tokens);

// `share` of `over` on `under`, opaque: for hover and selection surfaces.
QColor mix(const QColor &under, const QColor &over, double share);
// Contrast of two opaque colours, 1…21. [WCAG 2.2 relative luminance]
double contrast(const QColor &a, const QColor &b);

// Lengths in device-independent pixels.
namespace space {
constexpr int kGrid = 4;
constexpr int kMargin = 16; // of a page
constexpr int kGap = 12; // between panels
constexpr int kInside = 8; // inside a control
constexpr int kRow = 28;
constexpr int kPlateRadius = 6;
constexpr int kControlRadius = 4;
constexpr int kLamp = 12;
constexpr int kIcon = 16;
constexpr int kRail = 176;
constexpr int kRailNarrow = 48;
constexpr int kStrip = 40;
constexpr int kInspector = 420;
constexpr int kPeek = 520; // one request: texts need more room
constexpr int kNarrowBelow = 1100; // window width at which the rail folds
} // namespace space

} // namespace sb::kit
