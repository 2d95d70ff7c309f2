// Our own 16 px line icons, tinted from the tokens of the palette in force when they are drawn.
#pragma once

#include <QIcon>

namespace sb::kit {

enum class Glyph : quint8 {
    Board,
    Copy,
    Check,
    Close,
    Inspector,
    Theme,
    Menu,
    Table,
    Play,
    Requests,
    Health,
    Spend,
    Chains,
    Providers,
    Connect,
    Lab,
    Settings,
    Search,
    Star,
    Pause,
    Add,
    Remove,
    Undo,
    Redo,
    Up,
    Down,
    More,
    Refresh,
    Open,
    Edit,
    Key,
};

// Normal: secondary text; active or selected: text; disabled: muted. Sharp at every scale factor.
QIcon icon(Glyph glyph);
// The application's icon, in its own colours.
QIcon applicationIcon();

} // namespace sb::kit
