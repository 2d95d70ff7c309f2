// What the start makes of a journal that a killed process left behind.
#pragma once

#include "record/exchange.h"

namespace sb::store {

// An exchange that was under way: its running attempts become Interrupted, stage Unknown, and what
// they may have cost is uncertain; nothing turns free and nothing stays open. [robustness §10]
Exchange interrupted(Exchange exchange);

} // namespace sb::store
