// What is no conversation and only passes: images and audio by their model, files, batches and
// stored answers at the one provider that keeps them. Nobody here reads what comes back.
#include "dialect/multipart.h"
#include "gateway/exchange_runner.h"
#include "gateway/gateway.h"
#include "route/holder.h"

namespace sb::gateway {

namespace {

// Our own key stays here.
QByteArray withoutKey(const QByteArray &query)
{
    QByteArrayList kept;
    for (const QByteArray &pair : query.split('&')) {
        if (!pair.startsWith("key="))
            kept.append(pair);
    }
    return kept.join('&');
}

bool hasModelsOfItsOwn(Endpoint endpoint)
{
    return endpoint == Endpoint::Images || endpoint == Endpoint::Audio
        || endpoint == Endpoint::Moderations || endpoint == Endpoint::Rerank;
}

} // namespace

Result<dialect::RequestFacts> ExchangeRunner::readBody() const
{
    if (m_match.isKept()) { // for its provider to read
        dialect::RequestFacts facts;
        facts.dialect = m_match.dialect;
        facts.endpoint = m_match.endpoint;
        facts.kind = RequestKind::Stateful;
        return facts;
    }
    const QByteArrayView type = m_request.head.fields.value("content-type");
    if (m_match.takesForm && dialect::isFormType(type))
        return dialect::readForm(m_match.endpoint, type, m_request.body);
    return dialect::readRequest(m_match.dialect, m_match.endpoint, m_request.body);
}

Result<route::Resolved> ExchangeRunner::resolveKept() const
{
    const AnswerBook::Entry *known
        = m_match.endpoint == Endpoint::Stored ? m_gateway.answers().find(m_match.item) : nullptr;
    if (known && known->client != m_exchange.client)
        return unexpected(Error::make(
            QStringLiteral("no_such_id"),
            QStringLiteral("There is no stored answer with this id for this key."), Blame::Client));
    return route::resolveHolder({*m_setup->config, *m_client, m_match.dialect, m_setup->readyKeys,
                                 m_ask.chain, known ? std::optional(known->target) : std::nullopt});
}

// The chain that stands in for a model that is none of ours names models that talk: for these its
// providers are asked for the client's own, if the client may name any.
void ExchangeRunner::keepOwnModel(route::Resolved &resolved) const
{
    if (!hasModelsOfItsOwn(m_match.endpoint) || resolved.source != RouteSource::DefaultChain
        || !route::mayUseAnything(*m_client))
        return;
    QList<config::ChainTarget> own;
    for (const config::ChainTarget &target : std::as_const(resolved.targets)) {
        const config::ChainTarget named{target.provider, m_facts.model, target.key};
        const auto *provider = m_setup->config->provider(target.provider);
        const bool isThere = std::any_of(own.cbegin(), own.cend(), [&](const auto &other) {
            return other.provider == named.provider && other.key == named.key;
        });
        if (provider && provider->models.isEmpty() && !isThere)
            own.append(named);
    }
    if (own.isEmpty())
        return;
    resolved.targets = own;
    resolved.chain = {}; // as "provider/model" has none: these are not its targets
}

// An answer that goes on from a stored one is made where that one is kept, if that can be now.
void ExchangeRunner::preferHolder()
{
    if (m_facts.previousAnswer.isEmpty())
        return;
    const auto holder = m_gateway.answers().holder(m_facts.previousAnswer, m_exchange.client);
    const auto isElsewhere = [&](const Candidate &candidate) {
        return candidate.fate == CandidateFate::Waiting
            && (candidate.target.provider != holder->provider
                || candidate.target.key != holder->key);
    };
    QList<Candidate> &candidates = m_exchange.decision.candidates;
    const bool isThere
        = holder
        && std::any_of(candidates.cbegin(), candidates.cend(), [&](const Candidate &candidate) {
               return candidate.fate == CandidateFate::Waiting && !isElsewhere(candidate);
           });
    if (!isThere)
        return;
    for (Candidate &candidate : candidates) {
        if (!isElsewhere(candidate))
            continue;
        candidate.fate = CandidateFate::Skipped;
        candidate.reason = SkipReason::StatefulRequest;
    }
}

void ExchangeRunner::attemptNamed(const QByteArray &answerId)
{
    if (m_facts.isStored && !isTranslated())
        m_gateway.answers().note(answerId, m_exchange.client, m_exchange.attempts.last().target);
}

provider::Wire ExchangeRunner::passedOn() const
{
    const http::Fields &fields = m_request.head.fields;
    provider::Wire wire;
    wire.method = m_request.head.method;
    wire.path = m_match.passPath;
    if (m_match.isKept())
        wire.query = withoutKey(m_request.head.query);
    wire.accept = fields.value("accept").toByteArray();
    if (wire.accept.isEmpty())
        wire.accept = "*/*";
    if (m_match.takesForm) // its boundary is the body's
        wire.contentType = fields.value("content-type").toByteArray();
    return wire;
}

// No part at all: a request without a body.
QList<QByteArray> ExchangeRunner::keptBody() const
{
    return m_request.head.method == "POST" ? QList{m_request.body} : QList<QByteArray>();
}

// The provider's own status, length and type: what stands for a whole reply there does here.
void ExchangeRunner::beginPassed(const http::ReplyHead &head)
{
    WireText fields;
    m_gateway.addOwnFields(fields, m_exchange, overhead());
    if (const QByteArrayView type = head.fields.value("content-type"); !type.isEmpty())
        fields.addField("content-type", type);
    addReplyFields(fields, head);
    m_exchange.outcome.status = head.status;
    m_stream->begin(head.status, fields.view(), std::max(head.contentLength, qint64(-1)));
}

// What a provider says of a path or of an item is no word about its models, and a key that may not
// do this may do the rest: no gate hears of it.
AttemptOutcome ExchangeRunner::gateWord(const Attempt &attempt) const
{
    return m_match.isPassed() && attempt.outcome == AttemptOutcome::KeyRejected
        ? AttemptOutcome::LacksFeature
        : attempt.outcome;
}

void ExchangeRunner::readRefused(Attempt &attempt) const
{
    const bool isSaid
        = attempt.stage == Stage::Refused && attempt.status >= 400 && attempt.status < 500;
    if (isSaid && !m_match.isKept() && attempt.outcome == AttemptOutcome::ModelNotFound)
        attempt.outcome = AttemptOutcome::LacksFeature;
    if (isSaid && m_match.isKept()
        && (attempt.outcome == AttemptOutcome::ModelNotFound
            || attempt.outcome == AttemptOutcome::LacksFeature
            || attempt.outcome == AttemptOutcome::Conflict))
        attempt.outcome = AttemptOutcome::BadRequest;
}

} // namespace sb::gateway
