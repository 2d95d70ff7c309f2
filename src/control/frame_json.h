// What `status` prints: a frame as one JSON object; and what `tail` prints between the exchanges:
// an event, known by its first member "event". Same spelling as the record: snake_case, units last.
#pragma once

#include "record/frame.h"

namespace sb::control {

QByteArray frameJson(const Frame &frame);
QByteArray eventJson(const EventView &event);

} // namespace sb::control
