// Where a call goes that is about what one provider keeps: an uploaded file, a batch, a stored
// answer. Another account cannot know its ids, so the provider must be certain. Pure.
// [robustness §2 "Stateful"]
#pragma once

#include "route/planner.h"

#include <optional>

namespace sb::route {

struct HolderInput {
    const config::ConfigSnapshot &config;
    const config::ClientSettings &client;
    DialectId dialect = DialectId::OpenAiChat; // of the call
    const QSet<KeyName> &readyKeys;
    ChainId headerChain; // x-signalbox-chain
    std::optional<TargetRef> holder; // who is known to keep it
};

// One target without a model: the holder, where this client may use it; else the only provider that
// speaks the dialect and has its key, among those of the chain named, or of all that the client may
// use. Its chain is the one that lets the client in, whose caps count. Errors carry a contract
// code: no_such_id (detail says which providers it could be), no_such_model, not_allowed.
Result<Resolved> resolveHolder(const HolderInput &input);

} // namespace sb::route
