// The failures of a provider in seven classes, as charts stack them.
#pragma once

#include "record/exchange.h"

namespace sb {

enum class FailureClass : quint8 {
    Limited, // 429, quota
    Refused, // key, model, redirect: it did not want this call
    Server, // 5xx, overloaded
    Network, // lookup, connect, proxy, reset
    Tls,
    Timeout, // no head, no content, stalled
    Broken, // cut, empty, garbled, an error in the stream
};
constexpr int kFailureClasses = int(FailureClass::Broken) + 1;

// Nothing for what says nothing about the provider: served, the client's own mistake, the client
// left, the user moved on.
std::optional<FailureClass> failureClass(AttemptOutcome outcome);

// It ended, and not well, whoever is to blame: the client's own mistake too, but not its leaving.
bool isFailure(AttemptOutcome outcome);

} // namespace sb
