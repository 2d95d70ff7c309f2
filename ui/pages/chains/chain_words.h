// What the Chains page says about changes, warnings and the worst case, as whole sentences.
#pragma once

#include "engine/setup.h"
#include "models/chain_advice.h"
#include "models/chain_draft.h"
#include "words/names.h"

#include <QString>

namespace sb::pages {

// "coding: target 3 moved to place 1 (OpenAI / gpt-5)."
QString changeSentence(const models::DraftChange &change, const words::Names &names);
QString warningSentence(const models::ChainWarning &warning, const models::DraftChain &chain,
                        const words::Names &names);
// "Up to 7 attempts, 74 s before giving up."
QString worstCaseSentence(const models::WorstCase &worst);
// Who uses the chain: clients whose default it is, clients that name it, aliases. Empty: nobody.
QString usersSentence(const ChainId &chain, const config::ConfigSnapshot &config,
                      const models::ChainDraft &draft);
QString problemSentence(const config::Problem &problem);
// "window", "command line", "file".
QString authorWord(const QString &author);

} // namespace sb::pages
