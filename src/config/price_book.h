// Prices as facts: the catalogue carried in the program, and the card that was in force at a moment.
#pragma once

#include "base/id.h"
#include "base/money.h"
#include "record/usage.h"

#include <QByteArray>
#include <QHash>
#include <QList>
#include <QString>

#include <memory>
#include <optional>

namespace sb::config {

// Missing = not known or not priced apart; the fallbacks are those of cost.md §3.
struct Rates {
    std::optional<Price> input, cacheRead, cacheWrite, cacheWrite1h, inputAudio, output, outputAudio;
};

struct RateCard {
    qint64 fromWallMs = 0; // 0 reaches back without limit
    Rates base;
    struct Tier {
        qint64 minPrompt = 0; // prompt tokens, cached ones included
        Rates rates; // missing fields keep the base
    };
    QList<Tier> tiers; // ascending
};

struct Offer {
    QString model; // as sent to the provider
    QList<RateCard> cards; // oldest first
    qint64 context = 0; // 0 = unknown
    qint64 maxOutput = 0;
    bool hasTools = false, lacksTools = false;
    bool hasVision = false, lacksVision = false;
};

class PriceBook {
public:
    virtual ~PriceBook() = default;
    virtual QByteArray date() const = 0; // "2026-11-22"
    // By provider id of the catalogue and model name as sent or as the reply names it (dated
    // suffixes and case are matched as the catalogue's rules say).
    virtual const Offer *offer(const QString &catalogProvider, const QString &model) const = 0;
};

// The card in force at that moment, with the tier that the prompt size selects already applied.
std::optional<Rates> ratesAt(const QList<RateCard> &cards, qint64 startedWallMs, qint64 promptTokens);

// Exact cost; nothing when a class with tokens has no price at all.
std::optional<Money> priceUsage(const Usage &usage, const Rates &rates);

} // namespace sb::config
