// The one way out to the clipboard.
//
// A text with a key of ours in it is marked, so that clipboard histories leave it out: the hint of
// password managers, which KDE's Klipper and its kin read. [robustness §8]
#pragma once

#include <QString>

namespace sb::kit {

void copyText(const QString &text);
// A whole client key ("sbx-" and 43 letters or digits) stands somewhere in it.
bool holdsClientKey(const QString &text);

} // namespace sb::kit
