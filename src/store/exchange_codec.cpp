#include "store/exchange_codec.h"

namespace sb::store {

namespace {
// Rules for whoever adds a field: append it at the end of its group, on both sides, and give the
// reader the default that an old record means. Version 2 is for what cannot be told that way.
constexpr quint8 kVersion = 1;
constexpr qsizetype kMaxEncoded = 8 * 1024 * 1024;
constexpr qsizetype kMaxList = 10'000;

void write(ByteWriter &out, const TargetRef &target)
{
    out.text(target.provider.text());
    out.text(target.model);
    out.text(target.key.text());
}

void read(ByteReader &in, TargetRef &target)
{
    target.provider = ProviderId(in.text());
    target.model = in.text();
    target.key = KeyId(in.text());
}

void write(ByteWriter &out, const Usage &usage)
{
    const auto group = out.beginGroup();
    out.integer(usage.input);
    out.integer(usage.cacheRead);
    out.integer(usage.cacheWrite);
    out.integer(usage.cacheWrite1h);
    out.integer(usage.inputAudio);
    out.integer(usage.output);
    out.integer(usage.outputAudio);
    out.integer(usage.reasoning);
    out.byte(quint8(usage.source));
    out.byte(usage.isOdd);
    out.endGroup(group);
}

void read(ByteReader &outer, Usage &usage)
{
    ByteReader in = outer.group();
    usage.input = in.integer();
    usage.cacheRead = in.integer();
    usage.cacheWrite = in.integer();
    usage.cacheWrite1h = in.integer();
    usage.inputAudio = in.integer();
    usage.output = in.integer();
    usage.outputAudio = in.integer();
    usage.reasoning = in.integer();
    usage.source = in.word(UsageSource::Estimated);
    usage.isOdd = in.flag();
    outer.join(in);
}

void write(ByteWriter &out, const Ask &ask)
{
    const auto group = out.beginGroup();
    out.byte(quint8(ask.dialect));
    out.byte(quint8(ask.endpoint));
    out.byte(quint8(ask.kind));
    out.text(ask.model);
    out.number(quint64(ask.models.size()));
    for (const QString &model : ask.models)
        out.text(model);
    out.byte(quint8(ask.isStream | ask.hasTools << 1 | ask.hasImages << 2 | ask.isNoFailover << 3
                    | ask.hasSchema << 4));
    out.integer(ask.bodyBytes);
    out.integer(ask.promptTokens);
    out.integer(ask.maxTokens);
    out.text(ask.session);
    out.number(quint64(ask.tags.size()));
    for (const QString &tag : ask.tags)
        out.text(tag);
    out.byte(quint8(ask.log));
    out.endGroup(group);
}

void read(ByteReader &outer, Ask &ask)
{
    ByteReader in = outer.group();
    ask.dialect = in.word(DialectId::Ollama);
    ask.endpoint = in.word(Endpoint::Compaction);
    ask.kind = in.word(RequestKind::Stateful);
    ask.model = in.text();
    for (qsizetype left = in.count(kMaxList); left > 0 && in.isGood(); --left)
        ask.models.append(in.text());
    const quint8 flags = in.byte();
    ask.isStream = flags & 1;
    ask.hasTools = flags & 2;
    ask.hasImages = flags & 4;
    ask.isNoFailover = flags & 8;
    ask.hasSchema = flags & 16;
    ask.bodyBytes = in.integer();
    ask.promptTokens = in.integer();
    ask.maxTokens = in.integer();
    ask.session = in.text();
    for (qsizetype left = in.count(kMaxList); left > 0 && in.isGood(); --left)
        ask.tags.append(in.text());
    if (!in.isAtEnd())
        ask.log = in.word(LogPolicy::Full);
    outer.join(in);
}

void write(ByteWriter &out, const Decision &decision)
{
    const auto group = out.beginGroup();
    out.byte(quint8(decision.source));
    out.text(decision.chain.text());
    out.number(quint64(decision.candidates.size()));
    for (const Candidate &candidate : decision.candidates) {
        const auto inner = out.beginGroup();
        write(out, candidate.target);
        out.integer(candidate.rank);
        out.byte(quint8(candidate.fate));
        out.byte(quint8(candidate.reason));
        out.integer(candidate.untilWallMs);
        out.byte(quint8(candidate.dialect));
        out.text(candidate.detail);
        out.endGroup(inner);
    }
    out.endGroup(group);
}

// Records of before translation say no dialect: it was the client's.
void read(ByteReader &outer, Decision &decision, DialectId client)
{
    ByteReader in = outer.group();
    decision.source = in.word(RouteSource::DefaultChain);
    decision.chain = ChainId(in.text());
    for (qsizetype left = in.count(kMaxList); left > 0 && in.isGood(); --left) {
        ByteReader one = in.group();
        Candidate candidate;
        read(one, candidate.target);
        candidate.rank = one.small<int>();
        candidate.fate = one.word(CandidateFate::Skipped);
        candidate.reason = one.word(SkipReason::NotTranslatable);
        candidate.untilWallMs = one.integer();
        candidate.dialect = client;
        if (!one.isAtEnd()) {
            candidate.dialect = one.word(DialectId::Ollama);
            candidate.detail = one.text();
        }
        in.join(one);
        decision.candidates.append(std::move(candidate));
    }
    outer.join(in);
}

void write(ByteWriter &out, const Attempt &attempt)
{
    const auto group = out.beginGroup();
    out.integer(attempt.ordinal);
    out.integer(attempt.rank);
    write(out, attempt.target);
    out.byte(quint8(attempt.stage));
    out.byte(quint8(attempt.outcome));
    out.byte(quint8(attempt.next));
    out.byte(quint8(attempt.notRepeated));
    out.integer(attempt.status);
    out.text(attempt.message);
    out.integer(attempt.hint.count());
    out.byte(quint8(attempt.isProbe | attempt.isReused << 1 | attempt.isResumed << 2
                    | attempt.isCommitted << 3 | attempt.isBadToolJson << 4
                    | attempt.isInjected << 5));
    write(out, attempt.usage);
    out.integer(attempt.cost.nano);
    out.integer(attempt.uncertain.nano);
    out.byte(quint8(attempt.costSource));
    out.text(attempt.servedModel);
    for (const Micros at : {attempt.startedAt, attempt.connectedAt, attempt.sentAt, attempt.headAt,
                            attempt.firstContentAt, attempt.endedAt})
        out.integer(at.count());
    out.integer(attempt.replyBytes);
    out.integer(attempt.reserved.nano);
    out.byte(quint8(attempt.dialect));
    out.endGroup(group);
}

void read(ByteReader &outer, Attempt &attempt, DialectId client)
{
    ByteReader in = outer.group();
    attempt.ordinal = in.small<int>();
    attempt.rank = in.small<int>();
    read(in, attempt.target);
    attempt.stage = in.word(Stage::Given);
    attempt.outcome = in.word(AttemptOutcome::MovedOn);
    attempt.next = in.word(Move::GiveUp);
    attempt.notRepeated = in.word(SkipReason::NotTranslatable);
    attempt.status = in.small<int>();
    attempt.message = in.text();
    attempt.hint = Millis(in.integer(-1));
    const quint8 flags = in.byte();
    attempt.isProbe = flags & 1;
    attempt.isReused = flags & 2;
    attempt.isResumed = flags & 4;
    attempt.isCommitted = flags & 8;
    attempt.isBadToolJson = flags & 16;
    attempt.isInjected = flags & 32;
    read(in, attempt.usage);
    attempt.cost.nano = in.integer();
    attempt.uncertain.nano = in.integer();
    attempt.costSource = in.word(CostSource::Free);
    attempt.servedModel = in.text();
    for (Micros *at : {&attempt.startedAt, &attempt.connectedAt, &attempt.sentAt, &attempt.headAt,
                       &attempt.firstContentAt, &attempt.endedAt})
        *at = Micros(in.integer(-1));
    attempt.replyBytes = in.integer();
    if (!in.isAtEnd())
        attempt.reserved.nano = in.integer();
    attempt.dialect = in.isAtEnd() ? client : in.word(DialectId::Ollama);
    outer.join(in);
}

void write(ByteWriter &out, const Settlement &settlement)
{
    const auto group = out.beginGroup();
    out.integer(settlement.cost.nano);
    out.integer(settlement.uncertain.nano);
    out.byte(quint8(settlement.source));
    write(out, settlement.usage);
    out.bytes(settlement.priceDate);
    out.byte(settlement.isDrill);
    out.endGroup(group);
}

void read(ByteReader &outer, Settlement &settlement)
{
    ByteReader in = outer.group();
    settlement.cost.nano = in.integer();
    settlement.uncertain.nano = in.integer();
    settlement.source = in.word(CostSource::Free);
    read(in, settlement.usage);
    settlement.priceDate = in.bytes().toByteArray();
    settlement.isDrill = in.flag();
    outer.join(in);
}

void write(ByteWriter &out, const Outcome &outcome)
{
    const auto group = out.beginGroup();
    out.byte(quint8(outcome.kind));
    out.byte(quint8(outcome.code));
    out.integer(outcome.status);
    out.integer(outcome.servedBy);
    out.byte(quint8(outcome.isFailover | outcome.isDiverted << 1));
    out.endGroup(group);
}

void read(ByteReader &outer, Outcome &outcome)
{
    ByteReader in = outer.group();
    outcome.kind = in.word(OutcomeKind::Stopped);
    outcome.code = in.word(Code::Deadline);
    outcome.status = in.small<int>();
    outcome.servedBy = in.small<int>(-1);
    const quint8 flags = in.byte();
    outcome.isFailover = flags & 1;
    outcome.isDiverted = flags & 2;
    outer.join(in);
}
} // namespace

void appendExchange(ByteWriter &out, const Exchange &exchange)
{
    out.byte(kVersion);
    const auto group = out.beginGroup();
    out.fixed64(exchange.id.high);
    out.fixed64(exchange.id.low);
    out.byte(quint8(exchange.phase));
    out.number(exchange.revision);
    out.text(exchange.client.text());
    write(out, exchange.ask);
    write(out, exchange.decision);
    out.number(quint64(exchange.attempts.size()));
    for (const Attempt &attempt : exchange.attempts)
        write(out, attempt);
    write(out, exchange.settlement);
    write(out, exchange.outcome);
    out.integer(exchange.wallMs);
    out.integer(exchange.acceptedAt.count());
    for (const Micros at : {exchange.decidedAt, exchange.committedAt, exchange.firstContentAt,
                            exchange.endedAt, exchange.overhead})
        out.integer(at.count());
    out.integer(exchange.replyBytes);
    out.integer(exchange.caller.pid);
    out.text(exchange.caller.program);
    out.text(exchange.caller.folder);
    out.fixed64(exchange.replayOf.high);
    out.fixed64(exchange.replayOf.low);
    out.endGroup(group);
}

QByteArray encodeExchange(const Exchange &exchange)
{
    ByteWriter out;
    appendExchange(out, exchange);
    return out.take();
}

Result<Exchange> decodeExchange(QByteArrayView bytes)
{
    const auto damaged = [](const char *what) {
        return unexpected(Error::make(QStringLiteral("bad_record"), QString::fromLatin1(what)));
    };
    if (bytes.isEmpty() || bytes.size() > kMaxEncoded)
        return damaged("record of an impossible size");
    ByteReader outer(bytes);
    if (outer.byte() != kVersion)
        return damaged("record of an unknown version");
    ByteReader in = outer.group();
    Exchange exchange;
    exchange.id.high = in.fixed64();
    exchange.id.low = in.fixed64();
    exchange.phase = in.word(Phase::Settled);
    exchange.revision = quint32(in.number());
    exchange.client = ClientId(in.text());
    read(in, exchange.ask);
    read(in, exchange.decision, exchange.ask.dialect);
    for (qsizetype left = in.count(kMaxList); left > 0 && in.isGood(); --left) {
        Attempt attempt;
        read(in, attempt, exchange.ask.dialect);
        exchange.attempts.append(std::move(attempt));
    }
    read(in, exchange.settlement);
    read(in, exchange.outcome);
    exchange.wallMs = in.integer();
    exchange.acceptedAt = Nanos(in.integer());
    for (Micros *at :
         {&exchange.decidedAt, &exchange.committedAt, &exchange.firstContentAt, &exchange.endedAt})
        *at = Micros(in.integer(-1));
    exchange.overhead = Micros(in.integer());
    exchange.replyBytes = in.integer();
    if (!in.isAtEnd()) {
        exchange.caller.pid = in.integer();
        exchange.caller.program = in.text();
        exchange.caller.folder = in.text();
        exchange.replayOf.high = in.fixed64();
        exchange.replayOf.low = in.fixed64();
    }
    if (!outer.isGood() || !in.isGood() || exchange.id.isNull())
        return damaged("record is cut or damaged");
    return exchange;
}

QByteArray idBytes(const ExchangeId &id)
{
    ByteWriter out(16);
    out.fixed64(id.high);
    out.fixed64(id.low);
    return out.take();
}

std::optional<ExchangeId> idFromBytes(QByteArrayView bytes)
{
    if (bytes.size() != 16)
        return std::nullopt;
    ByteReader in(bytes);
    ExchangeId id;
    id.high = in.fixed64();
    id.low = in.fixed64();
    return id;
}

} // namespace sb::store
