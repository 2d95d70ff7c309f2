// Text from outside made safe to look at: control and bidirectional marks become visible signs.
#pragma once

#include <QString>

namespace sb::words {

// Names, models and provider messages come from strangers. C0, C1, DEL, line and paragraph
// separators and the bidi controls turn into "␀"-style pictures or "⟨U+202E⟩"; a newline and a tab
// become a space. Nothing else changes. [robustness §7.14]
QString visible(const QString &text);

// visible(), cut to `limit` characters with an ellipsis.
QString trimmed(const QString &text, qsizetype limit);

} // namespace sb::words
