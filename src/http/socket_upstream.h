// The real wire, with its lookups as a seam. `upstream.h` has what most callers want.
#pragma once

#include "http/resolver.h"
#include "http/upstream.h"

#include <memory>

namespace sb::http {

std::unique_ptr<Upstream> createSocketUpstream(Clock &clock, const UpstreamOptions &options,
                                               std::unique_ptr<Resolver> resolver);

} // namespace sb::http
