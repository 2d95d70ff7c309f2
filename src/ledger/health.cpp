#include "ledger/health.h"

#include "record/failure_class.h"

namespace sb::ledger {

namespace {
constexpr Nanos kWindow = Seconds(300);

template <typename T> T median(std::vector<T> &values)
{
    const auto middle = values.begin() + qsizetype(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

} // namespace

void Health::ended(const Attempt &attempt, Nanos now, Micros duration, bool isWatched)
{
    Sample sample{now, kNever, duration, -1, failureClass(attempt.outcome).has_value()};
    if (attempt.outcome == AttemptOutcome::Served && attempt.firstContentAt != kNever) {
        sample.firstContent = attempt.firstContentAt - attempt.startedAt;
        const Micros generating = attempt.endedAt - attempt.firstContentAt;
        if (generating > Millis(20) && attempt.usage.completion() > 1)
            sample.tokensPerSecond
                = double(attempt.usage.completion() - 1) * 1e6 / double(generating.count());
        if (isWatched) {
            m_secondFirst.push_back(sample.firstContent);
            if (sample.tokensPerSecond >= 0)
                m_secondSpeed.push_back(sample.tokensPerSecond);
        }
    }
    m_samples.push_back(sample);
    forget(now);
}

void Health::fill(ProviderView &view, Nanos now)
{
    forget(now);
    std::vector<Micros> first;
    std::vector<Micros> whole;
    std::vector<double> speed;
    for (const Sample &sample : m_samples) {
        ++view.attempts5m;
        if (sample.isFailure) {
            ++view.failures5m;
            continue;
        }
        if (sample.firstContent == kNever)
            continue;
        first.push_back(sample.firstContent);
        whole.push_back(sample.duration);
        if (sample.tokensPerSecond >= 0)
            speed.push_back(sample.tokensPerSecond);
    }
    if (!first.empty()) {
        view.p50FirstContent = median(first);
        view.p50Duration = median(whole);
    }
    if (!speed.empty())
        view.tokensPerSecond = median(speed);
}

bool Health::takeSecond(SecondView &second)
{
    if (m_secondFirst.empty())
        return false;
    second.firstContent = median(m_secondFirst);
    if (!m_secondSpeed.empty())
        second.tokensPerSecond = median(m_secondSpeed);
    m_secondFirst.clear();
    m_secondSpeed.clear();
    return true;
}

void Health::forgetSecond()
{
    m_secondFirst = {};
    m_secondSpeed = {};
}

void Health::forget(Nanos now)
{
    while (!m_samples.empty()
           && (m_samples.size() > kSamples || now - m_samples.front().at > kWindow))
        m_samples.pop_front();
}

} // namespace sb::ledger
