#include "gateway/translation.h"

namespace sb::gateway {

namespace {

// Long answers are asked for as streams, whatever the client wants: a provider would refuse them
// whole, or a proxy would cut them. [translation §18]
constexpr qint64 kLongestWhole = 8192; // tokens at Anthropic

FieldChange::Kind kindOf(chat::Deed deed)
{
    switch (deed) {
    case chat::Deed::Mapped:
        return FieldChange::Kind::Mapped;
    case chat::Deed::Dropped:
        break;
    case chat::Deed::Clamped:
        return FieldChange::Kind::Clamped;
    case chat::Deed::Degraded:
        return FieldChange::Kind::Degraded;
    case chat::Deed::Emulated:
        return FieldChange::Kind::Emulated;
    case chat::Deed::Repaired:
        return FieldChange::Kind::Repaired;
    }
    return FieldChange::Kind::Dropped;
}

// UTF-8 of what the client may not have seen escaped.
std::vector<QByteArray> plainStops(const std::vector<chat::Text> &stops)
{
    std::vector<QByteArray> plain;
    for (const chat::Text &stop : stops) {
        if (QByteArray text = stop.toPlain(); !text.isEmpty())
            plain.push_back(std::move(text));
    }
    return plain;
}

bool areStopsEmulated(const chat::Changes &changes)
{
    return std::any_of(
        changes.entries().cbegin(), changes.entries().cend(), [](const chat::Change &change) {
            return change.deed == chat::Deed::Emulated && change.field.startsWith("stop");
        });
}

} // namespace

Translation::Translation(Client client)
    : m_client(std::move(client))
    , m_own(*translate::translatorFor(m_client.dialect))
    , m_decoded(m_client.isStrict)
{
    if (isEmbedding()) {
        m_embed = translate::decodeEmbedRequest(m_client.dialect, m_client.head, m_client.body,
                                                m_decoded);
        m_embed.model = m_client.model;
        return;
    }
    m_request = m_own.decodeRequest(m_client.head, m_client.body, m_decoded);
    if (!m_decoded.isRejected() && m_client.memory)
        m_client.memory->restore(m_request);
}

std::optional<Translation::Call> Translation::call(const chat::Target &target, qint64 outputBound,
                                                   bool isBegun, CostOf cost)
{
    m_rejection.reset();
    m_changes = m_decoded;
    m_theirs = translate::translatorFor(target.dialect);
    chat::Target asked = target;
    asked.isStream = m_client.isStream
        || (!isEmbedding() && target.dialect == DialectId::Anthropic
            && m_request.maxOutput.value_or(outputBound) > kLongestWhole);
    translate::WireRequest wire;
    if (!m_changes.isRejected())
        wire = written(asked, outputBound);
    m_dropped = m_changes.droppedHeader();
    if (m_changes.isRejected()) {
        m_rejection = m_changes.rejection();
        return std::nullopt;
    }

    m_reading = {asked.can, asked.origin(), wire.map};
    m_startBytes = std::make_shared<qsizetype>(0);
    m_stops = areStopsEmulated(m_changes) ? plainStops(m_request.stop) : std::vector<QByteArray>();
    m_encoder = m_client.isStream ? newEncoder(isBegun) : nullptr;

    Call call;
    call.wire = {std::move(wire.path), std::move(wire.query), std::move(wire.fields), true};
    call.body = std::move(wire.body);
    call.isStream = asked.isStream;
    call.makeReader = [this, cost = std::move(cost)] {
        return std::make_unique<TranslatedReader>(readerParts(cost));
    };
    return call;
}

translate::WireRequest Translation::written(const chat::Target &target, qint64 outputBound)
{
    if (isEmbedding())
        return translate::encodeEmbedRequest(m_embed, target, m_changes);
    chat::Request request = m_request;
    if (outputBound > 0 && !request.maxOutput)
        request.maxOutput = outputBound;
    return m_theirs->encodeRequest(std::move(request), target, m_changes);
}

TranslatedReader::Parts Translation::readerParts(CostOf cost) const
{
    TranslatedReader::Parts parts;
    parts.decoder = m_theirs->makeDecoder(m_reading);
    parts.encoder = m_encoder;
    parts.startBytes = m_startBytes;
    parts.stops = m_stops;
    parts.cost = std::move(cost);
    if (!m_encoder) {
        parts.whole = [own = &m_own, options = encodeOptions()](const chat::Reply &reply,
                                                                QByteArrayView cost) {
            return own->encodeReply(reply, options, cost);
        };
    }
    if (m_client.memory) {
        parts.remember = [memory = m_client.memory, origin = m_reading.origin](
                             const chat::Reply &reply) { memory->remember(reply, origin); };
    }
    return parts;
}

translate::EncodeOptions Translation::encodeOptions() const
{
    translate::EncodeOptions options;
    options.model = m_client.model;
    options.asksUsage = m_request.asksUsage;
    options.isLegacyFunctions = m_request.isLegacyFunctions;
    // Google shows thoughts only where they were asked for.
    options.showsReasoning
        = m_request.reasoning.showsText.value_or(m_client.dialect != DialectId::Gemini);
    options.tools = m_request.tools;
    options.origin = m_reading.origin;
    options.id = m_client.id;
    options.path = m_client.head.path;
    options.query = m_client.head.query;
    options.createdSeconds = m_client.createdSeconds;
    options.promptTokens = m_client.promptTokens;
    return options;
}

std::shared_ptr<translate::StreamEncoder> Translation::newEncoder(bool isBegun) const
{
    std::shared_ptr<translate::StreamEncoder> encoder = m_own.makeEncoder(encodeOptions());
    if (isBegun) {
        encoder->preamble();
        encoder->take(); // the client has it
    }
    return encoder;
}

chat::Reply Translation::read(const QByteArray &body)
{
    if (isEmbedding()) {
        m_vectors
            = translate::decodeEmbedReply(m_theirs->dialect, body, qsizetype(m_embed.texts.size()));
        chat::Reply reply;
        reply.model = m_vectors.model;
        reply.usage = m_vectors.usage;
        reply.fault = m_vectors.fault;
        return reply;
    }
    return m_theirs->decodeReply(body, m_reading);
}

QByteArray Translation::whole(const chat::Reply &reply, QByteArrayView cost) const
{
    if (isEmbedding())
        return translate::encodeEmbedReply(m_client.dialect, m_vectors, m_embed, m_client.head.path,
                                           cost);
    return m_own.encodeReply(reply, encodeOptions(), cost);
}

QByteArray Translation::streamed(const chat::Reply &reply, QByteArrayView cost)
{
    m_encoder->setCost(cost.toByteArray());
    return translate::stream(reply, *m_encoder);
}

void Translation::remember(const chat::Reply &reply)
{
    if (m_client.memory && !isEmbedding())
        m_client.memory->remember(reply, m_reading.origin);
}

QByteArray Translation::streamError(const dialect::ClientError &error, bool isGiven)
{
    if (!isGiven)
        m_encoder = newEncoder(true);
    m_encoder->take();
    m_encoder->fail(error);
    return m_encoder->take();
}

QByteArray Translation::preamble(QByteArray &held)
{
    const std::shared_ptr<translate::StreamEncoder> fresh = m_own.makeEncoder(encodeOptions());
    fresh->preamble();
    if (*m_startBytes > 0) {
        held.remove(0, *m_startBytes); // the same said with the provider's id
    } else if (m_encoder) {
        m_encoder->preamble();
        m_encoder->take();
    }
    return fresh->take();
}

QByteArray Translation::keepAlive()
{
    m_encoder->keepAlive();
    return m_encoder->take();
}

QByteArray Translation::contentType() const
{
    return m_own.streamContentType(encodeOptions()).toByteArray();
}

QList<FieldChange> Translation::takeChanges(int *unlisted)
{
    QList<FieldChange> list;
    list.reserve(qsizetype(m_changes.entries().size()));
    for (const chat::Change &change : m_changes.entries())
        list.append({kindOf(change.deed), change.field, change.from, change.to, change.rule});
    *unlisted = m_changes.unlisted();
    return list;
}

} // namespace sb::gateway
