// The shared draft of chains as the board draws it, and the board's edits of it.
//
// Pure but for the draft it edits; GUI thread.
#pragma once

#include "models/board_state.h"

namespace sb::config {
struct ConfigSnapshot;
}
namespace sb::models {
class ChainDrafts;
}

namespace sb::pages {

// The changed chains that run, by their running name.
models::DraftRows draftRows(const models::ChainDrafts &drafts);
// The row of the draft that the drawn row stands for, -1 = none (removed). `chain` becomes the
// chain's name in the draft.
int draftRow(const models::ChainDrafts &drafts, const models::ChainPlate &plate, int row,
             ChainId &chain);
// Models a new target of that provider could have: used ones first, then configured ones.
QStringList modelsOf(const models::BoardState &state, const config::ConfigSnapshot *config,
                     const ProviderId &provider);

} // namespace sb::pages
