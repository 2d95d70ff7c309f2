// What the engine answered to a command, as one sentence: who refused what, and what can be done.
#pragma once

#include "base/error.h"

#include <QString>

namespace sb::words {

// By the error's code ("too_late", "not_tripped", …); an unknown code shows the engine's own words.
QString refusal(const Error &error);

} // namespace sb::words
