// Which of two sources of a cost says less about a sum that has both.
#pragma once

#include "record/exchange.h"

namespace sb {

// Pure. None is the strongest (it adds nothing), Unpriced the weakest.
CostSource weaker(CostSource a, CostSource b);

} // namespace sb
