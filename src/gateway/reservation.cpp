#include "gateway/reservation.h"

#include "ledger/pricing.h"

#include <QDateTime>

namespace sb::gateway {

namespace {
constexpr qint64 kPerMessage = 16; // tokens of framing, at most [robustness §10]
constexpr qint64 kOwnMembers = 256; // bytes that we may add to the body
constexpr qint64 kPerImage = 48'000; // the dearest table of tiles known [cost.md §6]
constexpr qint64 kOutput = 16'384; // where the client gave no bound [cost.md §8]
constexpr qint64 kLeastOutput = 256; // less is no answer

qint64 promptBound(const ReserveAsk &ask, qint64 context)
{
    qint64 tokens = ask.body.size() + kOwnMembers + kPerMessage * ask.facts.messages;
    if (ask.facts.hasImages)
        tokens += kPerImage * std::max<qint64>(ask.body.count("image"), 1);
    // A longer prompt is refused by the provider and costs nothing.
    return context > 0 ? std::min(tokens, context) : tokens;
}

QByteArray windowWords(guard::Window window)
{
    switch (window) {
    case guard::Window::Hour:
        return "an hour";
    case guard::Window::Day:
        return "a day";
    case guard::Window::Week:
        return "a week";
    case guard::Window::Month:
        return "a month";
    case guard::Window::Run:
        return "for this run";
    }
    return {};
}

QByteArray usd(Money money)
{
    return money.dollars() + " USD";
}
} // namespace

guard::Spender spenderOf(const Exchange &exchange, const ProviderId &provider, const QString &run)
{
    return {exchange.client, exchange.decision.chain, provider, run, exchange.wallMs};
}

Reservation reserve(guard::Budgets &budgets, const ReserveAsk &ask)
{
    Reservation reservation;
    const Endpoint endpoint = ask.facts.endpoint;
    if (endpoint == Endpoint::CountTokens || endpoint == Endpoint::Models
        || ask.charge == dialect::Charge::None)
        return reservation; // never billed
    const guard::Spender spender = spenderOf(ask.exchange, ask.provider.id, ask.run);
    const std::optional<Money> room = budgets.roomFor(spender);
    if (!room || ask.provider.isLocal || ask.provider.isSimulated)
        return reservation;
    if (ask.charge == dialect::Charge::Unknown) {
        reservation.refused = SkipReason::NoPrice;
        return reservation;
    }

    const config::ModelFacts facts = config::modelFacts(ask.config, ask.provider, ask.model);
    const qint64 prompt = promptBound(ask, facts.offer ? facts.offer->context : 0);
    const bool isCachedLong = ask.body.contains("\"1h\"") || ask.body.contains("\"12h\"")
        || ask.body.contains("\"24h\"");
    const ledger::Ceiling ceiling = ledger::ceilingFor(
        ask.provider, ask.model, prompt, isCachedLong, ask.exchange.wallMs, ask.config);
    const bool isGenerating = endpoint == Endpoint::Generate || endpoint == Endpoint::Completions;
    qint64 output = isGenerating ? ask.facts.maxTokens : 0;
    if (isGenerating && !ask.facts.isOutputBounded) {
        output = facts.offer && facts.offer->maxOutput > 0
            ? std::min(kOutput, facts.offer->maxOutput)
            : kOutput;
    }
    const auto choices = qint64(ask.facts.choices);
    const auto cost = [&](qint64 tokens) {
        return ledger::atMost(
            ceiling, prompt, std::min(tokens, std::numeric_limits<int>::max() / choices) * choices);
    };
    std::optional<Money> amount = cost(output);
    if (!amount) {
        reservation.refused = SkipReason::NoPrice;
        return reservation;
    }
    if (isGenerating && !ask.facts.isOutputBounded) {
        // Ours to choose: the largest that fits, if that is still an answer.
        qint64 low = 0;
        qint64 high = *amount > *room ? output : 0;
        while (high - low > 1) {
            const qint64 middle = low + (high - low) / 2;
            (*cost(middle) <= *room ? low : high) = middle;
        }
        if (high > 0 && low >= kLeastOutput) {
            output = low;
            amount = cost(output);
        }
        reservation.outputBound = {output,
                                   ask.provider.catalogId == QStringLiteral("openai")
                                       || ask.provider.catalogId == QStringLiteral("azure")};
    }
    reservation.hold = budgets.reserve(spender, *amount, reservation.refusal);
    if (reservation.refusal)
        reservation.refused = SkipReason::OverBudget;
    else
        reservation.amount = *amount;
    return reservation;
}

QByteArray refusalSentence(const guard::Refusal &refusal, const QTimeZone &zone)
{
    QByteArray text = "The cap \"" + refusal.id.toUtf8() + "\" of " + usd(refusal.cap) + ' '
        + windowWords(refusal.window) + " leaves no room for this request: " + usd(refusal.spent)
        + " are spent";
    if (refusal.held.nano > 0)
        text += " and " + usd(refusal.held) + " held for requests that run";
    text += ", and it could cost up to " + usd(refusal.needed) + ". ";
    if (refusal.resetsAtWallMs == 0)
        return text + "The cap ends with the run.";
    const QDateTime at = QDateTime::fromMSecsSinceEpoch(refusal.resetsAtWallMs, zone);
    return text + "It resets at " + at.toString(QStringLiteral("yyyy-MM-dd HH:mm")).toLatin1()
        + " (" + zone.id() + ").";
}

QByteArray noPriceSentence(const TargetRef &target)
{
    return "A cap on spending is in force, and what \"" + target.provider.text().toUtf8() + '/'
        + target.model.toUtf8()
        + "\" costs is not known. Give the model a price in the configuration, or lift the cap.";
}

QByteArray noBoundSentence()
{
    return "A cap on spending is in force, and what images, audio, batches and compactions cost "
           "cannot be bounded before they are made. Lift the cap, or call the provider itself.";
}

} // namespace sb::gateway
