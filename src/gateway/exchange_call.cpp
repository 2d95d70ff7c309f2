// What goes to the provider of one attempt and what becomes of its answer: bytes that pass through
// where it speaks the client's dialect, a translation where it speaks another.
#include "gateway/exchange_runner.h"
#include "gateway/gateway.h"

namespace sb::gateway {

namespace {
// Gemini's `alt=sse`.
bool isEventStreamAsked(QByteArrayView query)
{
    return query.contains("alt=sse");
}
} // namespace

bool ExchangeRunner::isTranslated() const
{
    return !m_exchange.attempts.isEmpty() && m_exchange.attempts.last().dialect != m_match.dialect;
}

// What the path says of the request: Azure's deployment, Gemini's model and method.
void ExchangeRunner::takePath()
{
    if (m_facts.model.isEmpty())
        m_facts.model = QString::fromUtf8(m_match.model);
    if (m_match.dialect == DialectId::Gemini)
        m_facts.isStream = m_request.head.path.endsWith(":streamGenerateContent");
}

std::optional<AttemptInput> ExchangeRunner::inputFor(const Candidate &candidate,
                                                     const Reservation &reserved)
{
    const config::ProviderSettings &provider
        = *m_setup->config->provider(candidate.target.provider);
    const provider::Base base = m_setup->bases.value({provider.id, candidate.dialect});
    AttemptInput input;
    input.dialect = candidate.dialect;
    input.endpoint
        = candidate.dialect == m_match.dialect || m_match.endpoint == Endpoint::Embeddings
        ? m_match.endpoint
        : Endpoint::Generate;
    input.request.origin = base.origin;
    provider::Wire wire;
    if (candidate.dialect == m_match.dialect) {
        wire = m_match.isPassed() ? passedOn() : passedWire(candidate.target.model);
        input.isStream = m_facts.isStream;
        input.stripsUsage = m_facts.isStream && !m_facts.asksUsage;
        input.isJsonStream = m_match.dialect == DialectId::Gemini && m_facts.isStream
            && !isEventStreamAsked(wire.query);
        input.request.bodyOwner = m_request.body;
        input.isPassed = m_match.isPassed();
        input.request.body = m_match.isKept()
            ? keptBody()
            : dialect::renderRequest(m_facts, m_request.body, candidate.target.model.toUtf8(),
                                     reserved.outputBound);
    } else {
        std::optional<Translation::Call> call = translatedCall(candidate, base, reserved);
        if (!call)
            return std::nullopt;
        wire = std::move(call->wire);
        input.isStream = call->isStream;
        input.makeReader = std::move(call->makeReader);
        input.request.body = {call->body};
        input.request.bodyOwner = std::move(call->body);
    }
    input.limits = limitsFor(provider, input.isStream);
    qint64 bytes = input.request.body.isEmpty() ? -1 : 0;
    for (const QByteArray &part : std::as_const(input.request.body))
        bytes += part.size();
    const bool isFirstTarget
        = m_exchange.attempts.isEmpty() || m_exchange.attempts.first().target == candidate.target;
    input.request.head = provider::requestHead(
        {provider, base, candidate.dialect, m_match.endpoint, input.isStream,
         m_setup->keys.value({provider.id, candidate.target.key}), &m_request.head, bytes,
         isFirstTarget, &wire});
    return input;
}

// Same dialect: the path is the endpoint's own, but where it names the model or the item.
provider::Wire ExchangeRunner::passedWire(const QString &model) const
{
    provider::Wire wire;
    if (m_match.dialect == DialectId::Ollama) // "embed" and "embeddings" are two
        wire.path = m_request.head.path.sliced(m_request.head.path.lastIndexOf('/') + 1);
    if (m_match.dialect == DialectId::OpenAiChat && m_match.endpoint == Endpoint::Completions
        && m_request.head.path.contains("/fim/"))
        wire.path = "fim/completions";
    if (m_match.dialect != DialectId::Gemini)
        return wire;
    // "/v1beta/models/NAME:method", however the client wrote what stands before it.
    const QByteArrayView path = m_request.head.path;
    const qsizetype colon = path.lastIndexOf(':');
    if (colon > 0)
        wire.path = "models/" + model.toUtf8().toPercentEncoding("/:@") + path.sliced(colon);
    // Our own key stays here.
    for (const QByteArray &pair : m_request.head.query.split('&')) {
        if (!pair.startsWith("alt="))
            continue;
        wire.query = pair;
    }
    return wire;
}

std::optional<Translation::Call> ExchangeRunner::translatedCall(const Candidate &candidate,
                                                                const provider::Base &base,
                                                                const Reservation &reserved)
{
    if (!m_translation) {
        const http::Fields &fields = m_request.head.fields;
        Translation::Client client;
        client.dialect = m_match.dialect;
        client.endpoint = m_match.endpoint;
        client.head = {m_request.head.path, m_request.head.query,
                       fields.value("anthropic-beta").toByteArray(),
                       fields.value("anthropic-version").toByteArray()};
        client.body = m_request.body;
        client.model = m_facts.model.toUtf8();
        client.isStream = m_facts.isStream;
        client.isStrict = m_ask.isStrict;
        client.id = m_exchange.id;
        client.createdSeconds = m_exchange.wallMs / 1000;
        client.promptTokens = m_facts.promptTokens;
        client.memory = m_gateway.artifacts();
        m_translation = std::make_unique<Translation>(std::move(client));
    }
    chat::Target target;
    target.dialect = candidate.dialect;
    target.provider = candidate.target.provider.text().toUtf8();
    target.family = modelFamily(candidate.target.model);
    target.model = candidate.target.model.toUtf8();
    target.can = m_gateway.targets().capabilities(
        *m_setup->config, *m_setup->config->provider(candidate.target.provider),
        candidate.target.model, candidate.dialect, base.authority);
    auto call = m_translation->call(
        target, reserved.outputBound.tokens, m_isPreambleSent,
        [this](const Usage &usage, const QByteArray &model) { return costWith(usage, model); });

    constexpr qsizetype kMost = 16; // attempts whose changes are kept
    if (m_changes.size() < kMost) {
        AttemptChanges changes;
        changes.ordinal = call ? int(m_exchange.attempts.size()) + 1 : 0;
        changes.rank = candidate.rank;
        changes.changes = m_translation->takeChanges(&changes.unlisted);
        m_changes.append(std::move(changes));
    }
    return call;
}

// What passes through goes as it came, with one exception: vectors in the encoding asked for.
void ExchangeRunner::mendPassed(AttemptEnd &end) const
{
    if (m_match.endpoint == Endpoint::Embeddings && m_match.dialect == DialectId::OpenAiChat)
        end.body = translate::withAskedEncoding(m_request.body, end.body);
}

// A whole answer of a provider of another dialect: read before it counts as one.
std::optional<chat::Reply> ExchangeRunner::readForeign(AttemptEnd &end)
{
    Attempt &attempt = m_exchange.attempts.last();
    if (attempt.outcome != AttemptOutcome::Served)
        return std::nullopt;
    if (end.isStream) {
        if (!m_facts.isStream) { // asked for as a stream, wanted whole
            end.body = std::exchange(end.lastEvents, {});
            end.isStream = false;
        }
        return std::nullopt;
    }
    chat::Reply reply = m_translation->read(end.body);
    if (reply.fault) {
        attempt.outcome = reply.fault->outcome == AttemptOutcome::Served ? AttemptOutcome::BadReply
                                                                         : reply.fault->outcome;
        return std::nullopt;
    }
    return reply;
}

void ExchangeRunner::writeForeign(const chat::Reply &reply, AttemptEnd &end)
{
    const Attempt &attempt = m_exchange.attempts.last();
    const QByteArray cost
        = attempt.costSource == CostSource::Computed || attempt.costSource == CostSource::Free
        ? costWith(attempt.usage, attempt.servedModel.toUtf8())
        : QByteArray();
    m_translation->remember(reply);
    if (m_facts.isStream) {
        end.lastEvents = m_translation->streamed(reply, cost);
        end.isStream = true;
    } else {
        end.body = m_translation->whole(reply, cost);
    }
}

// Dollars of the whole exchange if the running attempt ends with this usage; empty: not known.
QByteArray ExchangeRunner::costWith(const Usage &usage, const QByteArray &model) const
{
    if (usage.source == UsageSource::None)
        return {};
    Attempt asked = m_exchange.attempts.last();
    asked.usage = usage;
    asked.servedModel = QString::fromUtf8(model);
    const config::ProviderSettings &provider = *m_setup->config->provider(asked.target.provider);
    const ledger::Bill bill
        = ledger::billFor(asked, ledger::Basis::Usage, m_exchange.ask.promptTokens,
                          m_exchange.wallMs, provider, *m_setup->config);
    if (bill.source == CostSource::None || bill.source == CostSource::Unpriced)
        return {};
    Money cost = bill.cost;
    for (qsizetype i = 0; i + 1 < m_exchange.attempts.size(); ++i)
        cost.nano += m_exchange.attempts[i].cost.nano;
    return cost.dollars();
}

bool ExchangeRunner::learn(const provider::Reading &reading)
{
    const Attempt &attempt = m_exchange.attempts.last();
    const bool isNew = m_gateway.targets().learn(attempt.target, m_exchange.ask, attempt.outcome,
                                                 reading.message);
    // Bytes that pass through go as they came.
    return isNew && isTranslated() && attempt.stage == Stage::Refused && m_candidate >= 0
        && m_exchange.attempts.size() < m_setup->config->routing.maxAttempts && left() > Nanos(0);
}

// Empty where the client's dialect has none that is safe.
QByteArray ExchangeRunner::ownPreamble()
{
    // A completion has no role to begin with.
    if (m_match.dialect == DialectId::OpenAiChat && m_match.endpoint == Endpoint::Completions)
        return {};
    QByteArray preamble = dialect::preamble(m_match.dialect, m_exchange.id, m_facts.model.toUtf8(),
                                            m_exchange.wallMs / 1000);
    if (preamble.isEmpty())
        return preamble;
    if (isTranslated())
        return m_translation->preamble(m_held);
    // A held start of the provider is replaced by ours.
    m_held = dialect::withoutStart(m_match.dialect, m_held);
    return preamble;
}

QByteArray ExchangeRunner::inBandError(const dialect::ClientError &error, bool isGiven)
{
    if (isTranslated())
        return m_translation->streamError(error, isGiven);
    if (m_match.dialect == DialectId::Gemini && !isEventStreamAsked(m_request.head.query))
        return (isGiven ? "," : "[") + dialect::errorBody(m_match.dialect, error) + "]";
    return dialect::streamError(m_match.dialect, error);
}

QByteArray ExchangeRunner::contentType() const
{
    if (isTranslated())
        return m_translation->contentType();
    // Google streams one array where no events were asked for.
    if (m_match.dialect == DialectId::Gemini && !isEventStreamAsked(m_request.head.query))
        return "application/json; charset=utf-8";
    return dialect::streamContentType(m_match.dialect).toByteArray();
}

void ExchangeRunner::addDropped(WireText &fields) const
{
    if (!isTranslated())
        return;
    const QByteArray dropped = m_translation->droppedHeader();
    if (dropped.isEmpty())
        return;
    fields.add("x-signalbox-dropped: ");
    fields.add(dropped);
    fields.add("\r\n");
}

FinalError ExchangeRunner::rejected() const
{
    FinalError error;
    error.kind = OutcomeKind::Refused;
    error.shown = translate::toClientError(*m_rejection, m_exchange.id);
    return error;
}

} // namespace sb::gateway
