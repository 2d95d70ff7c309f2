// Prices as facts: the catalogue carried in the program, and the card that was in force at a
// moment.
#pragma once

#include "base/id.h"
#include "base/money.h"
#include "record/usage.h"

#include <QByteArray>
#include <QHash>
#include <QList>
#include <QString>
#include <QStringList>

#include <memory>
#include <optional>

namespace sb::config {

// Missing = not known or not priced apart; the fallbacks are those of cost.md §3.
struct Rates {
    std::optional<Price> input, cacheRead, cacheWrite, cacheWrite1h, inputAudio, output,
        outputAudio;
    std::optional<Price> reasoning; // only where it differs from output

    friend bool operator==(const Rates &, const Rates &) = default;
};

struct RateCard {
    qint64 fromWallMs = 0; // 0 reaches back without limit
    Rates base;
    struct Tier {
        qint64 minPrompt = 0; // prompt tokens, cached ones included
        Rates rates; // missing fields keep the base
        friend bool operator==(const Tier &, const Tier &) = default;
    };
    QList<Tier> tiers; // ascending

    // Hours with prices of their own. Holidays that would be cheap are not known here: the price is
    // then overstated. [cost.md §6, DeepSeek]
    struct Window {
        int startMinute = 0; // of the UTC day
        int endMinute = 0; // not included; never past midnight
        quint8 days = 0x7f; // bit 0 = Monday
        Rates rates; // missing fields keep what held before
        friend bool operator==(const Window &, const Window &) = default;
    };
    QList<Window> windows;

    friend bool operator==(const RateCard &, const RateCard &) = default;
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
    // The names sent for what it offers, sorted.
    virtual QStringList models(const QString &catalogProvider) const = 0;
};

// The card in force at that moment, with the tier that the prompt size selects and the hour already
// applied. Nothing when every card begins later.
std::optional<Rates> ratesAt(const QList<RateCard> &cards, qint64 startedWallMs,
                             qint64 promptTokens);

// Exact cost, rounded once; nothing when a class with tokens has no price at all. Counts beyond a
// billion tokens are taken as a billion, so that nonsense from a provider cannot overflow a sum.
std::optional<Money> priceUsage(const Usage &usage, const Rates &rates);

} // namespace sb::config
