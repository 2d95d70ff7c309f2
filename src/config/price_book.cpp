#include "config/price_book.h"

#include <array>

namespace sb::config {

namespace {

constexpr qint64 kMostTokens = 1'000'000'000;

void overlay(Rates &base, const Rates &over)
{
    const auto take = [](std::optional<Price> &to, const std::optional<Price> &from) {
        if (from)
            to = from;
    };
    take(base.input, over.input);
    take(base.cacheRead, over.cacheRead);
    take(base.cacheWrite, over.cacheWrite);
    take(base.cacheWrite1h, over.cacheWrite1h);
    take(base.inputAudio, over.inputAudio);
    take(base.output, over.output);
    take(base.outputAudio, over.outputAudio);
    take(base.reasoning, over.reasoning);
}

bool isWithin(const RateCard::Window &window, qint64 wallMs)
{
    constexpr qint64 kDayMs = 86'400'000;
    qint64 day = wallMs / kDayMs;
    qint64 inDay = wallMs % kDayMs;
    if (inDay < 0) {
        inDay += kDayMs;
        --day;
    }
    const int weekday = int((((day + 3) % 7) + 7) % 7); // 1970-01-01 was a Thursday; 0 = Monday
    const int minute = int(inDay / 60'000);
    return (window.days >> weekday & 1) && minute >= window.startMinute
        && minute < window.endMinute;
}

} // namespace

std::optional<Rates> ratesAt(const QList<RateCard> &cards, qint64 startedWallMs,
                             qint64 promptTokens)
{
    const RateCard *card = nullptr;
    for (const RateCard &candidate : cards) {
        if (candidate.fromWallMs == 0 || candidate.fromWallMs <= startedWallMs)
            card = &candidate;
    }
    if (!card)
        return std::nullopt;
    Rates rates = card->base;
    const RateCard::Tier *tier = nullptr;
    for (const RateCard::Tier &candidate : card->tiers) {
        if (candidate.minPrompt <= promptTokens)
            tier = &candidate;
    }
    if (tier)
        overlay(rates, tier->rates);
    for (const RateCard::Window &window : card->windows) {
        if (isWithin(window, startedWallMs)) {
            overlay(rates, window.rates);
            break;
        }
    }
    return rates;
}

std::optional<Money> priceUsage(const Usage &usage, const Rates &rates)
{
    // [cost.md §3]: what a class costs when it has no price of its own.
    const auto cacheWrite = rates.cacheWrite ? rates.cacheWrite : rates.input;
    const qint64 reasoning = rates.reasoning
        ? std::clamp(usage.reasoning, qint64(0), std::max(usage.output, qint64(0)))
        : 0;
    const struct {
        qint64 count;
        std::optional<Price> price;
    } classes[] = {
        {usage.input, rates.input},
        {usage.cacheRead, rates.cacheRead ? rates.cacheRead : rates.input},
        {usage.cacheWrite, cacheWrite},
        {usage.cacheWrite1h, rates.cacheWrite1h ? rates.cacheWrite1h : cacheWrite},
        {usage.inputAudio, rates.inputAudio ? rates.inputAudio : rates.input},
        {usage.output - reasoning, rates.output},
        {reasoning, rates.reasoning},
        {usage.outputAudio, rates.outputAudio ? rates.outputAudio : rates.output},
    };
    std::array<BillLine, std::size(classes)> lines;
    size_t used = 0;
    for (const auto &one : classes) {
        if (one.count <= 0)
            continue;
        if (!one.price)
            return std::nullopt;
        lines[used++] = BillLine{std::min(one.count, kMostTokens), *one.price, false};
    }
    return bill(std::span(lines.data(), used));
}

} // namespace sb::config
