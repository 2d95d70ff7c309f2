// The keys we make ourselves, for clients.
#pragma once

#include "base/random.h"
#include "base/secret.h"

namespace sb::secret {

// "sbx-" and 256 random bits in base 62, 47 characters. Give it SystemRandom.
Secret makeClientKey(Random &random);

} // namespace sb::secret
