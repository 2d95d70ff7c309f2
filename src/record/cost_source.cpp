#include "record/cost_source.h"

namespace sb {

namespace {
int weakness(CostSource source)
{
    switch (source) {
    case CostSource::None:
        return 0;
    case CostSource::Free:
        return 1;
    case CostSource::ProviderReported:
        return 2;
    case CostSource::Computed:
        return 3;
    case CostSource::Estimated:
        return 4;
    case CostSource::Unpriced:
        return 5;
    }
    return 0;
}
} // namespace

CostSource weaker(CostSource a, CostSource b)
{
    return weakness(b) > weakness(a) ? b : a;
}

} // namespace sb
