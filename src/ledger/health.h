// What the last five minutes say about a provider: counts, medians, speed. Engine thread.
#pragma once

#include "record/frame.h"

#include <deque>

namespace sb::ledger {

class Health {
public:
    // The samples of seconds are kept only while somebody watches: nobody else takes them.
    void ended(const Attempt &attempt, Nanos now, Micros duration, bool isWatched = true);
    // Numbers of the five minutes up to now; state and cause are filled in by the caller.
    void fill(ProviderView &view, Nanos now);
    // The second that has just passed, for the small charts; false when it had no sample.
    bool takeSecond(SecondView &second);
    void forgetSecond();

private:
    struct Sample {
        Nanos at;
        Micros firstContent;
        Micros duration;
        double tokensPerSecond; // negative = unknown
        bool isFailure;
    };
    void forget(Nanos now);

    static constexpr size_t kSamples = 4096; // newest win; medians of more say nothing new
    std::deque<Sample> m_samples;
    std::vector<Micros> m_secondFirst;
    std::vector<double> m_secondSpeed;
};

} // namespace sb::ledger
