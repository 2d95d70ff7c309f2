// Plays a whole reply as the events of a stream: for clients that want one where the provider gave
// a whole answer. One delta per part. [translation §18]
#pragma once

#include "chat/event.h"

namespace sb::chat {

// The same reply comes out of a Collector again, a `fault` as Error. A reply without a finish and
// without a fault is played as cut.
void play(const Reply &reply, EventSink &sink);

} // namespace sb::chat
