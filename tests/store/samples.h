// Exchanges for the store's tests: random but seeded, or plain with a given time and cost.
#pragma once

#include "base/random.h"
#include "record/exchange.h"

#include <QString>

namespace sb::store::samples {

inline QString word(Random &random)
{
    static const QString kWords[] = {QString(),
                                     QStringLiteral("a"),
                                     QStringLiteral("claude-sonnet-5"),
                                     QString::fromUtf8("gr\xc3\xbc\xc3\x9f-\xf0\x9f\x98\x80"),
                                     QStringLiteral("x\n\"',=\t"),
                                     QString(300, QLatin1Char('z'))};
    return kWords[random.below(std::size(kWords))];
}

inline qint64 number(Random &random)
{
    switch (random.below(4)) {
    case 0:
        return 0;
    case 1:
        return qint64(random.below(200));
    case 2:
        return -qint64(random.below(1'000'000));
    default:
        return qint64(random.next());
    }
}

inline Usage usage(Random &random)
{
    Usage usage;
    for (qint64 *count : {&usage.input, &usage.cacheRead, &usage.cacheWrite, &usage.cacheWrite1h,
                          &usage.inputAudio, &usage.output, &usage.outputAudio, &usage.reasoning})
        *count = number(random);
    usage.source = UsageSource(random.below(3));
    usage.isOdd = random.below(2);
    return usage;
}

inline TargetRef target(Random &random)
{
    return {ProviderId(word(random)), word(random), KeyId(word(random))};
}

inline Exchange anything(Random &random)
{
    Exchange e;
    e.id = {random.next(), random.next() | 1};
    e.phase = Phase(random.below(4));
    e.revision = quint32(random.next());
    e.client = ClientId(word(random));
    Ask &ask = e.ask;
    ask.dialect = DialectId(random.below(5));
    ask.endpoint = Endpoint(random.below(quint64(Endpoint::Files) + 1));
    ask.kind = RequestKind(random.below(3));
    ask.model = word(random);
    for (auto left = random.below(4); left > 0; --left)
        ask.models << word(random);
    ask.isStream = random.below(2);
    ask.hasTools = random.below(2);
    ask.hasImages = random.below(2);
    ask.hasSchema = random.below(2);
    ask.isNoFailover = random.below(2);
    ask.bodyBytes = number(random);
    ask.promptTokens = number(random);
    ask.maxTokens = number(random);
    ask.session = word(random);
    for (auto left = random.below(4); left > 0; --left)
        ask.tags << word(random);
    ask.log = LogPolicy(random.below(3));
    e.decision.source = RouteSource(random.below(8));
    e.decision.chain = ChainId(word(random));
    for (auto left = random.below(5); left > 0; --left)
        e.decision.candidates << Candidate{
            target(random),
            int(random.next()),
            CandidateFate(random.below(3)),
            SkipReason(random.below(quint64(SkipReason::NotTranslatable) + 1)),
            number(random),
            DialectId(random.below(kDialectCount)),
            word(random)};
    for (auto left = random.below(4); left > 0; --left) {
        Attempt a;
        a.ordinal = int(random.next());
        a.rank = int(random.below(9));
        a.target = target(random);
        a.dialect = DialectId(random.below(kDialectCount));
        a.stage = Stage(random.below(5));
        a.outcome = AttemptOutcome(random.below(quint64(AttemptOutcome::MovedOn) + 1));
        a.next = Move(random.below(6));
        a.notRepeated = SkipReason(random.below(quint64(SkipReason::NotTranslatable) + 1));
        a.status = int(random.below(600));
        a.message = word(random);
        a.hint = Millis(number(random));
        a.isProbe = random.below(2);
        a.isReused = random.below(2);
        a.isResumed = random.below(2);
        a.isCommitted = random.below(2);
        a.isBadToolJson = random.below(2);
        a.usage = usage(random);
        a.cost.nano = number(random);
        a.uncertain.nano = number(random);
        a.reserved.nano = number(random);
        a.costSource = CostSource(random.below(6));
        a.servedModel = word(random);
        for (Micros *at :
             {&a.startedAt, &a.connectedAt, &a.sentAt, &a.headAt, &a.firstContentAt, &a.endedAt})
            *at = Micros(number(random));
        a.replyBytes = number(random);
        e.attempts << a;
    }
    e.settlement.cost.nano = number(random);
    e.settlement.uncertain.nano = number(random);
    e.settlement.source = CostSource(random.below(6));
    e.settlement.usage = usage(random);
    e.settlement.priceDate = random.below(2) ? QByteArray("2026-11-22") : QByteArray();
    e.settlement.isDrill = random.below(2);
    e.outcome.kind = OutcomeKind(random.below(7));
    e.outcome.code = Code(random.below(quint64(Code::Deadline) + 1));
    e.outcome.status = int(random.below(600));
    e.outcome.servedBy = int(random.below(5)) - 1;
    e.outcome.isFailover = random.below(2);
    e.outcome.isDiverted = random.below(2);
    e.wallMs = number(random);
    e.acceptedAt = Nanos(number(random));
    for (Micros *at : {&e.decidedAt, &e.committedAt, &e.firstContentAt, &e.endedAt, &e.overhead})
        *at = Micros(number(random));
    e.replyBytes = number(random);
    return e;
}

// What a gateway writes all day: a chain of two, the first refused, the second served.
inline Exchange ordinary(qint64 wallMs, Random &random, qint64 costNano = 1'000)
{
    Exchange e;
    e.id = ExchangeId::make(wallMs, random);
    e.wallMs = wallMs;
    e.phase = Phase::Settled;
    e.revision = 7;
    e.client = ClientId(QStringLiteral("claude-code"));
    e.ask.model = QStringLiteral("coding");
    e.ask.bodyBytes = 4'321;
    e.ask.promptTokens = 1'400;
    e.decision.source = RouteSource::Chain;
    e.decision.chain = ChainId(QStringLiteral("coding"));
    const TargetRef first{ProviderId(QStringLiteral("anthropic")),
                          QStringLiteral("claude-sonnet-5"), KeyId(QStringLiteral("main"))};
    const TargetRef second{ProviderId(QStringLiteral("mock")), QStringLiteral("mock-large"),
                           KeyId(QStringLiteral("main"))};
    e.decision.candidates = {Candidate{first, 1, CandidateFate::Tried, SkipReason::None, 0},
                             Candidate{second, 2, CandidateFate::Tried, SkipReason::None, 0}};
    Attempt refused;
    refused.ordinal = 1;
    refused.rank = 1;
    refused.target = first;
    refused.stage = Stage::Refused;
    refused.outcome = AttemptOutcome::RateLimited;
    refused.next = Move::NextTarget;
    refused.status = 429;
    refused.message = QStringLiteral("Number of requests has exceeded your rate limit");
    refused.startedAt = Micros(120);
    refused.endedAt = Micros(40'000);
    Attempt served;
    served.ordinal = 2;
    served.rank = 2;
    served.target = second;
    served.stage = Stage::Given;
    served.outcome = AttemptOutcome::Served;
    served.next = Move::Deliver;
    served.status = 200;
    served.usage.input = 1'000;
    served.usage.output = 200;
    served.usage.source = UsageSource::Reported;
    served.cost.nano = costNano;
    served.costSource = CostSource::Computed;
    served.startedAt = Micros(40'100);
    served.sentAt = Micros(41'000);
    served.firstContentAt = Micros(300'000);
    served.endedAt = Micros(900'000);
    e.attempts = {refused, served};
    e.settlement = {served.cost, {}, CostSource::Computed, served.usage, "2026-11-22", false};
    e.outcome = {OutcomeKind::Served, Code::None, 200, 1, true, false};
    e.firstContentAt = Micros(300'000);
    e.endedAt = Micros(900'100);
    return e;
}

// The same before its last attempt has an answer.
inline Exchange underWay(Exchange e, qint64 estimateNano)
{
    e.phase = Phase::Attempting;
    Attempt &last = e.attempts.last();
    last.outcome = AttemptOutcome::Running;
    last.stage = Stage::Unsent;
    last.usage = {};
    last.cost = {};
    last.costSource = CostSource::None;
    last.uncertain.nano = estimateNano;
    e.settlement = {};
    e.outcome = {};
    e.endedAt = kNever;
    return e;
}

} // namespace sb::store::samples
