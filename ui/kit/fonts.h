// The two families of the window and their sizes, following the user's font scale.
#pragma once

#include <QFont>

class QApplication;

namespace sb::kit {

enum class Type : quint8 {
    Body, // 13 px
    Strong, // 13 px, 600
    Label, // 12 px: headers, captions
    LabelStrong, // 12 px, 600
    Title, // 16 px, 600
    Mono, // 12 px: numbers, addresses, times, ids
    MonoSmall, // 11 px, the smallest there is
    MonoSmallStrong, // 11 px bold: trains
};

// Sets the application font (13 px body times the user's scale): Inter if installed, else the
// platform's own. Once, after QApplication and before any widget.
void applyFonts(QApplication &application);
// A font of that role, from the application font set by applyFonts().
QFont font(Type type);

} // namespace sb::kit
