// What `status` prints: a frame as one JSON object. Same spelling as the record: snake_case, units
// last.
#pragma once

#include "record/frame.h"

namespace sb::control {

QByteArray frameJson(const Frame &frame);

} // namespace sb::control
