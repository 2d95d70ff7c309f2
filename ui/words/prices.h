// Prices per million tokens, and one price beside another.
#pragma once

#include "base/money.h"

#include <QString>

#include <optional>

namespace sb::words {

// "$3.00", "$0.075"; unknown() where there is no price: unpriced is not $0.00.
QString perMillion(const std::optional<Price> &price);
// "×4.2 price", "×0.3 price", "same price".
QString timesPrice(double times);

} // namespace sb::words
