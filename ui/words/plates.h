// What stands on the board's plates, and why: lines that come in a long and a short form, and whole
// sentences for the inspector.
#pragma once

#include "words/names.h"

namespace sb::words {

// The second line of a provider plate, the wordiest first; a narrow plate takes the first that
// fits. "tripped: 429, retry 0:23", "429, retry 0:23".
QStringList providerLines(const ProviderView &view, qint64 nowWallMs);
// "Held on target 1 by you, 9:41 left", the wordiest first.
QStringList heldLines(int rank, qint64 untilWallMs, qint64 nowWallMs);
// "DRILL 1:42".
QString drillTag(qint64 untilWallMs, qint64 nowWallMs);
// Why a chain is as it is; `server` is who served last, empty when nobody did.
QString chainReason(const ChainView &view, const QString &server, qint64 nowWallMs);
// What a client does, a sentence.
QString clientReason(const ClientView &view, qint64 nowWallMs);

// Why a request was not simply served by its first target: "Anthropic: rate limit (429)",
// "Anthropic skipped: tripped". Empty where there is nothing to explain.
QString why(const Exchange &exchange, const Names &names);

} // namespace sb::words
