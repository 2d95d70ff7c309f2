#include "chat/effort.h"

#include <algorithm>
#include <array>

namespace sb::chat {

namespace {

struct Name {
    Effort effort;
    const char *word;
};
constexpr std::array kNames{
    Name{Effort::None, "none"},     Name{Effort::Minimal, "minimal"}, Name{Effort::Low, "low"},
    Name{Effort::Medium, "medium"}, Name{Effort::High, "high"},       Name{Effort::XHigh, "xhigh"},
    Name{Effort::Max, "max"},
};

constexpr qint64 kLeastBudget = 1024; // Anthropic's
constexpr qint64 kMostUnknown = 65'536; // where the model's limit is not known
constexpr qint64 kUsualOutput = 8'192; // where the model's limit is not known [pitfall 53]
constexpr qint64 kThinkingOutput = 32'000;

// The nearest the target has: the next lower one, else the lowest. [translation §9.1]
Effort nearest(Effort wanted, const std::vector<Effort> &efforts)
{
    Effort best = Effort::Unset;
    Effort lowest = Effort::Unset;
    for (const Effort one : efforts) {
        if (lowest == Effort::Unset || one < lowest)
            lowest = one;
        if (one <= wanted && (best == Effort::Unset || one > best))
            best = one;
    }
    return best != Effort::Unset ? best : lowest;
}

qint64 clampedBudget(qint64 budget, const Capabilities &can)
{
    if (can.budgetMin > 0)
        budget = std::max(budget, can.budgetMin);
    if (can.budgetMax > 0)
        budget = std::min(budget, can.budgetMax);
    return budget;
}

} // namespace

QByteArrayView effortName(Effort effort)
{
    for (const Name &name : kNames) {
        if (name.effort == effort)
            return name.word;
    }
    return {};
}

Effort effortFromName(QByteArrayView word)
{
    for (const Name &name : kNames) {
        if (word.compare(name.word, Qt::CaseInsensitive) == 0)
            return name.effort;
    }
    return Effort::Unset;
}

Effort effortForBudget(qint64 tokens)
{
    if (tokens <= 0)
        return Effort::None;
    if (tokens <= 1'024)
        return Effort::Minimal;
    if (tokens <= 4'096)
        return Effort::Low;
    if (tokens <= 12'288)
        return Effort::Medium;
    if (tokens <= 24'576)
        return Effort::High;
    return tokens <= 49'152 ? Effort::XHigh : Effort::Max;
}

qint64 budgetForEffort(Effort effort, const Capabilities &can)
{
    switch (effort) {
    case Effort::Unset:
    case Effort::None:
        return 0;
    case Effort::Minimal:
        return clampedBudget(1'024, can);
    case Effort::Low:
        return clampedBudget(4'096, can);
    case Effort::Medium:
        return clampedBudget(8'192, can);
    case Effort::High:
        return clampedBudget(16'384, can);
    case Effort::XHigh:
        return clampedBudget(32'768, can);
    case Effort::Max:
        return can.budgetMax > 0 ? can.budgetMax
            : can.maxOutput > 0  ? can.maxOutput - 1
                                 : kMostUnknown;
    }
    return 0;
}

ReasoningAsk targetReasoning(const ReasoningAsk &ask, const Target &target, Changes &changes)
{
    using State = ReasoningAsk::State;
    const Capabilities &can = target.can;
    ReasoningAsk to = ask;
    if (to.effort == Effort::None || (to.budget && *to.budget == 0))
        to.state = State::Off;
    const bool isAsked = to.state != State::Unset || to.effort != Effort::Unset || to.budget;
    if (!isAsked)
        return to;
    if (to.state == State::Off) {
        to.budget.reset();
        if (can.canTurnThinkingOff) {
            to.effort = Effort::None;
            return to;
        }
        to.state = State::On;
        to.effort = can.efforts.empty() ? Effort::Low : nearest(Effort::Minimal, can.efforts);
        changes.clamp("reasoning", "none", effortName(to.effort), "thinking-always-on");
        return to;
    }
    if (can.thinking == ThinkingKind::None && target.dialect != DialectId::Anthropic)
        return to; // not known: sent as asked, and the refusal is learned from
    const bool isBudget = can.thinking == ThinkingKind::Budget
        || (can.thinking == ThinkingKind::None && target.dialect == DialectId::Anthropic);
    if (isBudget) {
        if (!to.budget && to.effort != Effort::Unset)
            to.budget = budgetForEffort(to.effort, can);
        if (to.budget) {
            const qint64 fit = clampedBudget(std::max(*to.budget, kLeastBudget), can);
            if (fit != *to.budget)
                changes.clamp("reasoning", QByteArray::number(*to.budget), QByteArray::number(fit),
                              "thinking-budget-range");
            to.budget = fit;
            to.state = State::On;
        } else if (to.state == State::On || to.state == State::Adaptive) {
            to.budget = budgetForEffort(Effort::Medium, can);
            to.state = State::On;
        }
        to.effort = Effort::Unset;
        return to;
    }
    if (to.effort == Effort::Unset && to.budget)
        to.effort = effortForBudget(*to.budget);
    to.budget.reset();
    if (to.effort != Effort::Unset && !can.efforts.empty()) {
        const Effort fit = nearest(to.effort, can.efforts);
        if (fit != to.effort)
            changes.clamp("reasoning", effortName(to.effort), effortName(fit), "effort-range");
        to.effort = fit;
    }
    to.state = can.thinking == ThinkingKind::Adaptive ? State::Adaptive : State::On;
    return to;
}

// [translation §4] The client's own limit is kept, the budget gives way; a limit we chose does not.
OutputRoom outputRoom(const Request &request, const ReasoningAsk &reasoning, const Target &target,
                      Changes &changes)
{
    const Capabilities &can = target.can;
    OutputRoom room;
    room.budget = reasoning.state == ReasoningAsk::State::Off ? 0 : reasoning.budget.value_or(0);
    const bool thinks = room.budget > 0 || reasoning.state == ReasoningAsk::State::Adaptive
        || reasoning.state == ReasoningAsk::State::On;
    if (request.maxOutput) {
        room.maxOutput = *request.maxOutput;
        if (can.maxOutput > 0 && room.maxOutput > can.maxOutput) {
            changes.clamp("max_tokens", QByteArray::number(room.maxOutput),
                          QByteArray::number(can.maxOutput), "max-tokens-range");
            room.maxOutput = can.maxOutput;
        }
        if (room.budget >= room.maxOutput && room.budget > 0) {
            const qint64 fit = room.maxOutput - 1;
            const qint64 least = std::max(kLeastBudget, can.budgetMin);
            changes.clamp("reasoning", QByteArray::number(room.budget),
                          QByteArray::number(fit < least ? 0 : fit), "thinking-budget-room");
            room.budget = fit < least ? 0 : fit;
        }
        return room;
    }
    if (target.dialect != DialectId::Anthropic)
        return room;
    room.maxOutput = can.maxOutput > 0 ? can.maxOutput : thinks ? kThinkingOutput : kUsualOutput;
    if (room.budget >= room.maxOutput) {
        if (can.maxOutput > 0)
            room.budget = can.maxOutput - 1;
        else
            room.maxOutput = room.budget + kUsualOutput;
    }
    changes.note(Deed::Mapped, "max_tokens", {}, QByteArray::number(room.maxOutput),
                 "max-tokens-required");
    return room;
}

} // namespace sb::chat
