#include "gateway/gateway.h"

#include "gateway/answers.h"
#include "gateway/attempt_runner.h"
#include "gateway/client_error.h"
#include "gateway/exchange_runner.h"
#include "gateway/recording.h"
#include "record/exchange_json.h"
#include "record/knock.h"
#include "record/names.h"
#include "route/planner.h"
#include "route/resolve.h"

namespace sb::gateway {

namespace {
constexpr size_t kRecent = 512;
constexpr size_t kRecentAtRest = 16;
constexpr Nanos kRest = Seconds(1);
constexpr Nanos kWarm = Seconds(300); // warm connections stay ready that long [robustness §5]

// Of a path that is not served: what is.
QByteArray unservedSentence(Endpoint endpoint)
{
    switch (endpoint) {
    case Endpoint::Stored:
    case Endpoint::Images:
    case Endpoint::Audio:
    case Endpoint::Files:
    case Endpoint::Batches:
        return "There is nothing at this path. Images, audio, files, batches and stored answers "
               "have OpenAI's own paths here, and an id is letters, digits, \"-\", \"_\" and "
               "\".\" only.";
    default:
        return "There is nothing at this path.";
    }
}

QByteArray sentenceFor(Code code, const dialect::PathMatch &match)
{
    switch (code) {
    case Code::ClientKey:
        return "This port needs a Signalbox client key. \"signalboxd keys show default\" prints "
               "yours.";
    case Code::TwoKeys:
        return "The request carries two different keys.";
    case Code::BadHost:
        return "The Host header is not an address of this gateway.";
    case Code::BadOrigin:
        return "Requests from web pages are refused unless their origin was allowed in the "
               "settings.";
    case Code::MediaType:
        return match.takesForm ? "POST needs content-type: multipart/form-data or application/json."
                               : "POST needs content-type: application/json.";
    case Code::NoSuchPath:
        return unservedSentence(match.endpoint);
    case Code::Method:
        return "This method is not allowed here.";
    case Code::Draining:
        return "Signalbox is stopping and takes no new requests.";
    case Code::HeadTooLarge:
        return "The head of the request is too large.";
    case Code::UriTooLong:
        return "The request line is too long.";
    case Code::BodyTooLarge:
        return "The body of the request is too large.";
    case Code::RequestTimeout:
        return "The request took too long to arrive.";
    case Code::Expectation:
        return "Only Expect: 100-continue is understood.";
    case Code::Upgrade:
        return "Upgrades are not supported; use plain HTTP.";
    case Code::Overloaded:
        return "Too many connections.";
    default:
        return "The request could not be read.";
    }
}

bool isGeneration(const http::RequestHead &head)
{
    return head.path == "/v1/generation" || head.path == "/generation"
        || head.path == "/v1/v1/generation";
}

// A name inside a header value: visible ASCII only, whatever the client wrote in its JSON.
void addHeaderSafe(WireText &to, const QString &text)
{
    constexpr qsizetype kMost = 256;
    const auto isPlain = [](QChar c) {
        return (c >= u'a' && c <= u'z') || (c >= u'0' && c <= u'9') || (c >= u'A' && c <= u'Z')
            || c == u'-' || c == u'.' || c == u'_' || c == u'/' || c == u':';
    };
    if (text.size() > kMost || !std::all_of(text.cbegin(), text.cend(), isPlain)) {
        to.add(text.toUtf8().left(kMost).toPercentEncoding("/:@+ ()[],=!~*'$&;"));
        return;
    }
    std::array<char, kMost> plain;
    std::transform(text.cbegin(), text.cend(), plain.begin(), [](QChar c) { return c.toLatin1(); });
    to.add(QByteArrayView(plain.data(), text.size()));
}

// A field that must stand once: empty, which no rule takes, where it stands again.
QByteArrayView onlyValue(const http::Fields &fields, QByteArrayView name)
{
    return fields.countOf(name) > 1 ? QByteArrayView("") : fields.value(name);
}

bool isKeyTwice(const http::Fields &fields)
{
    for (const char *carrier :
         {"authorization", "x-api-key", "api-key", "x-goog-api-key", "x-portkey-api-key"}) {
        if (fields.countOf(carrier) > 1)
            return true;
    }
    return false;
}

// The API whose SDK these headers are of. [clients §2]
DialectId sdkOf(const http::Fields &fields)
{
    if (fields.has("anthropic-version"))
        return DialectId::Anthropic;
    if (fields.has("x-goog-api-key") || fields.has("x-goog-api-client"))
        return DialectId::Gemini;
    return DialectId::OpenAiChat;
}

bool isHealth(const http::RequestHead &head)
{
    return head.path == "/health" && (head.method == "GET" || head.method == "HEAD");
}
} // namespace

Gateway::Gateway(Parts parts)
    : m_parts(std::move(parts))
    , m_gates(m_parts.clock, m_parts.random, m_parts.upstream)
    , m_steering(m_parts.clock, m_parts.random, [this](const EventView &event) { tell(event); })
    , m_recording(m_parts.clock,
                  [this](qint64 untilWallMs) {
                      if (m_parts.recordingSet)
                          m_parts.recordingSet(untilWallMs);
                      m_parts.ledger.changed();
                  })
    , m_recordingRoom(std::make_shared<RecordingRoom>())
    , m_rest(m_parts.clock)
    , m_sweep(m_parts.clock)
{
    m_gates.onEvent([this](const EventView &event) { tell(event); });
    m_parts.ledger.onBuild([this](Frame &frame) { fill(frame); });
}

Gateway::~Gateway()
{
    m_parts.ledger.onBuild({});
}

void Gateway::setSetup(const SetupPtr &setup)
{
    const SetupPtr before = std::exchange(m_setup, setup);
    m_lastConnection = 0; // what was admitted under the old keys is asked again
    m_gates.setSetup(setup);
    m_budgets.setCaps(setup->config->budgets, m_parts.clock.wallMs());
    m_steering.setConfig(setup->config);
    m_recentRequests.setEnabled(setup->config->privacy.keepsRecentRequests);
    m_parts.ledger.setConfig(setup->config);
    if (before)
        tellConfig(before);
}

// What an edit changed that stands as a mark in the charts.
void Gateway::tellConfig(const SetupPtr &before)
{
    for (const config::ProviderSettings &provider : m_setup->config->providers) {
        const config::ProviderSettings *old = before->config->provider(provider.id);
        if (!old || old->isOff == provider.isOff)
            continue;
        EventView event;
        event.kind = provider.isOff ? EventKind::SwitchedOff : EventKind::SwitchedOn;
        event.provider = provider.id;
        event.revision = m_setup->config->revision;
        tell(event);
    }
    if (before->config->revision == m_setup->config->revision)
        return;
    EventView event;
    event.kind = EventKind::ConfigApplied;
    event.revision = m_setup->config->revision;
    tell(event);
}

// What only the gateway knows of.
void Gateway::fill(Frame &frame)
{
    frame.budgets = m_budgets.views(frame.wallMs);
    m_steering.fill(frame);
    frame.recording = m_recording.view();
    frame.recording.givenUp += m_parts.sink.capturesLost();
    for (ProviderView &view : frame.providers) {
        for (KeyView &key : view.keys) {
            if (key.state != KeyState::Off && !m_setup->readyKeys.contains({view.id, key.id}))
                key.state = KeyState::Missing;
        }
    }
}

void Gateway::tellBudgets()
{
    for (const guard::Step &step : m_budgets.takeSteps()) {
        EventView event;
        event.kind = step.kind;
        event.client = step.client;
        event.subject = step.id;
        event.untilWallMs = step.resetsAtWallMs;
        tell(event);
    }
}

void Gateway::tell(EventView event)
{
    event.wallMs = m_parts.clock.wallMs();
    m_parts.sink.event(event);
    m_parts.ledger.addEvent(event);
}

void Gateway::beginRun(const QByteArray &digest, const RunGrant &grant, std::optional<Money> cap)
{
    m_runs.begin(digest, grant);
    if (cap)
        m_budgets.addRun(grant.session, *cap);
    m_parts.ledger.changed();
}

void Gateway::endRun(const QString &session)
{
    m_runs.end(session);
    m_budgets.removeRun(session);
    m_lastConnection = 0; // an admission under its key is asked again
    m_parts.ledger.changed();
}

void Gateway::stop()
{
    m_isDraining = true;
    std::vector<ExchangeRunner *> running;
    for (const auto &entry : m_running)
        running.push_back(entry.second.get());
    for (ExchangeRunner *runner : running)
        runner->stop();
    m_draining.clear();
    m_recentRequests.wipe();
}

// Valid while the setup lives.
route::FactsOf Gateway::factsOf(const SetupPtr &setup) const
{
    return [this, config = setup->config](const config::ProviderSettings &provider,
                                          const QString &model) {
        return m_targets.facts(*config, provider, model);
    };
}

chat::ArtifactMemory *Gateway::artifacts()
{
    return &m_artifacts;
}

// A client is about to ask: have connections to the first targets of its chains ready.
void Gateway::connected(const http::Peer &peer)
{
    if (m_parts.callers)
        m_parts.callers->connected(peer);
    for (const config::ChainSettings &chain : m_setup->config->chains) {
        if (chain.targets.isEmpty())
            continue;
        const ProviderId &provider = chain.targets.first().provider;
        for (int d = 0; d < kDialectCount; ++d) {
            const auto base = m_setup->bases.constFind({provider, DialectId(d)});
            if (base != m_setup->bases.cend() && base->origin.isTls) {
                m_parts.upstream.warm(base->origin, kWarm);
                break;
            }
        }
    }
}

Gateway::Admitted Gateway::judge(const http::RequestHead &head, const http::Peer &peer) const
{
    Admitted admitted;
    const http::Fields &fields = head.fields;
    admitted.match = dialect::matchPath(head.method, head.path, sdkOf(fields));
    admitted.code = guard::judge(
        {head.method, fields.value("host"), onlyValue(fields, "origin"),
         onlyValue(fields, "sec-fetch-site"), onlyValue(fields, "content-type"), peer.localPort,
         admitted.match.takesForm, head.contentLength == 0 && admitted.match.isKept()},
        m_setup->rules);
    if (admitted.code != Code::None || isHealth(head))
        return admitted;
    if (isKeyTwice(fields)) {
        admitted.code = Code::TwoKeys;
        return admitted;
    }
    const ClientId bound = m_listenerClients.value(peer.listener);
    const auto who = m_setup->keyring.identify(
        {fields.value("authorization"), fields.value("x-api-key"), fields.value("api-key"),
         fields.value("x-goog-api-key"), fields.value("x-portkey-api-key"), head.query},
        bound);
    admitted.code = who.code;
    admitted.client = who.client;
    admitted.isKnock = who.code == Code::ClientKey && who.unknown.isEmpty()
        && (head.method == "HEAD" || head.method == "GET");
    if (const RunGrant *run = who.unknown.isEmpty() ? nullptr : m_runs.find(who.unknown)) {
        const config::ClientSettings *parent = m_setup->config->client(run->client);
        if (parent && !parent->isRevoked) {
            admitted.code = Code::None;
            admitted.client = run->client;
            admitted.run = *run;
        }
    }
    if (admitted.code != Code::None)
        return admitted;
    if (fields.has("upgrade"))
        admitted.code = Code::Upgrade;
    else if (isGeneration(head))
        admitted.code = head.method == "GET" ? Code::None : Code::Method;
    else if (!admitted.match.isKnown)
        admitted.code = Code::NoSuchPath;
    else if (!admitted.match.isMethodAllowed)
        admitted.code = Code::Method;
    return admitted;
}

std::optional<http::Refusal> Gateway::admit(const http::RequestHead &head, const http::Peer &peer)
{
    const Admitted admitted = judge(head, peer);
    m_lastConnection = peer.connection;
    m_lastAdmitted = admitted;
    if (admitted.code == Code::None)
        return std::nullopt;
    http::Refusal refused
        = refusal(admitted.code, codeStatus(admitted.code), &head, admitted.isKnock);
    if (admitted.code == Code::Method)
        refused.fields += "allow: "
            + (admitted.match.allow.isEmpty() ? QByteArray("GET") : admitted.match.allow) + "\r\n";
    return refused;
}

http::Refusal Gateway::refusal(Code code, int status, const http::RequestHead *head)
{
    return refusal(code, status, head, false);
}

http::Refusal Gateway::refusal(Code code, int status, const http::RequestHead *head, bool isKnock)
{
    Admitted admitted;
    admitted.isKnock = isKnock;
    if (head)
        admitted.match = dialect::matchPath(head->method, head->path, sdkOf(head->fields));
    const ExchangeId id = ExchangeId::make(m_parts.clock.wallMs(), m_parts.random);
    http::Refusal refused;
    refused.status = status;
    refused.code = code;
    dialect::ClientError error;
    error.code = code;
    error.status = status;
    error.message = sentenceFor(code, admitted.match);
    error.id = id;
    refused.body = dialect::errorBody(admitted.match.dialect, error);
    Exchange empty;
    empty.id = id;
    empty.revision = m_setup->config->revision;
    refused.fields
        = ownFields(empty, Nanos(0)) + "x-signalbox-code: " + codeName(code).toByteArray() + "\r\n";
    refused.fields += code == Code::Draining || code == Code::Overloaded
        ? "retry-after: 5\r\n"
        : "x-should-retry: false\r\n";
    recordRefusal(id, admitted, code, status);
    return refused;
}

// A refusal is an exchange too: it settles and is published, without a client and without attempts.
void Gateway::recordRefusal(const ExchangeId &id, const Admitted &admitted, Code code, int status)
{
    auto exchange = std::make_shared<Exchange>();
    exchange->id = id;
    exchange->phase = Phase::Settled;
    exchange->revision = m_setup->config->revision;
    exchange->client = admitted.client;
    exchange->ask.dialect = admitted.match.dialect;
    exchange->ask.endpoint = admitted.match.endpoint;
    if (admitted.isKnock)
        exchange->ask.tags = {kKnockTag};
    exchange->wallMs = m_parts.clock.wallMs();
    exchange->acceptedAt = m_parts.clock.now();
    exchange->endedAt = exchange->committedAt = Micros(0);
    exchange->outcome.kind = OutcomeKind::Refused;
    exchange->outcome.code = code;
    exchange->outcome.status = status;
    m_parts.ledger.opened(*exchange);
    m_parts.sink.settled(*exchange);
    m_parts.ledger.settled(exchange);
    m_parts.sink.record(exchange);
}

void Gateway::handle(http::Request request, std::shared_ptr<http::ResponseStream> stream)
{
    sweep();
    if (isHealth(request.head)) {
        stream->begin(204, {}, 0);
        stream->end();
        return;
    }
    // A connection reads one request at a time: where it was the last to ask, the answer stands.
    const Admitted admitted = m_lastConnection == request.peer.connection
        ? std::exchange(m_lastAdmitted, {})
        : judge(request.head, request.peer);
    m_lastConnection = 0;
    const config::ClientSettings *client = m_setup->config->client(admitted.client);
    if (admitted.code != Code::None || !client) {
        // The configuration changed between head and body.
        answerError(*stream, admitted.match,
                    admitted.code == Code::None ? Code::ClientKey : admitted.code,
                    sentenceFor(admitted.code == Code::None ? Code::ClientKey : admitted.code,
                                admitted.match));
        return;
    }
    if (isGeneration(request.head))
        return answerGeneration(request, admitted.client, stream, admitted.match);
    if (admitted.match.endpoint == Endpoint::Models) {
        const ExchangeId id = ExchangeId::make(m_parts.clock.wallMs(), m_parts.random);
        if (admitted.match.model.isEmpty())
            return answer(*stream, id, 200,
                          modelsAnswer(admitted.match.dialect, *m_setup->config, *client,
                                       m_parts.clock.wallMs()));
        if (const auto body = modelAnswer(admitted.match.dialect, admitted.match.model,
                                          *m_setup->config, *client, m_parts.clock.wallMs()))
            return answer(*stream, id, 200, *body);
        return answerError(*stream, admitted.match, Code::NoSuchModel,
                           "There is no chain, alias or model \"" + admitted.match.model.left(128)
                               + "\".");
    }

    const Endpoint endpoint = admitted.match.endpoint;
    if (endpoint == Endpoint::Version || endpoint == Endpoint::Running
        || endpoint == Endpoint::Show) {
        const ExchangeId id = ExchangeId::make(m_parts.clock.wallMs(), m_parts.random);
        if (const auto body = ollamaAnswer(endpoint, request.body, *m_setup->config, *client,
                                           m_parts.clock.wallMs()))
            return answer(*stream, id, 200, *body);
        return answerError(*stream, admitted.match, Code::NoSuchModel,
                           "There is no such chain, alias or model.");
    }

    auto runner
        = std::make_unique<ExchangeRunner>(*this, m_setup, std::move(request), std::move(stream),
                                           admitted.client, admitted.match, admitted.run);
    ExchangeRunner &running = *runner;
    m_running.emplace(running.exchange().id, std::move(runner));
    running.run();
}

void Gateway::answer(http::ResponseStream &stream, const ExchangeId &id, int status,
                     const QByteArray &body)
{
    Exchange plain;
    plain.id = id;
    plain.revision = m_setup->config->revision;
    const QByteArray fields = ownFields(plain, Nanos(0)) + "content-type: application/json\r\n";
    stream.begin(status, fields, body.size());
    stream.write(body);
    stream.end();
}

void Gateway::answerError(http::ResponseStream &stream, const dialect::PathMatch &match, Code code,
                          const QByteArray &sentence)
{
    dialect::ClientError error;
    error.code = code;
    error.status = codeStatus(code);
    error.message = sentence;
    error.id = ExchangeId::make(m_parts.clock.wallMs(), m_parts.random);
    Exchange plain;
    plain.id = error.id;
    plain.revision = m_setup->config->revision;
    const QByteArray body = dialect::errorBody(match.dialect, error);
    const QByteArray fields = ownFields(plain, Nanos(0))
        + "content-type: application/json\r\nx-should-retry: false\r\nx-signalbox-code: "
        + codeName(code).toByteArray() + "\r\n";
    stream.begin(error.status, fields, body.size());
    stream.write(body);
    stream.end();
}

void Gateway::answerGeneration(const http::Request &request, const ClientId &client,
                               const std::shared_ptr<http::ResponseStream> &stream,
                               const dialect::PathMatch &match)
{
    const auto id = generationId(request.head.query);
    const auto noSuchId = [this, match](http::ResponseStream &to) {
        answerError(to, match, Code::NoSuchId, "There is no request with this id for this key.");
    };
    if (!id)
        return noSuchId(*stream);
    const auto running = m_running.find(*id);
    if (running != m_running.end() && running->second->exchange().client == client)
        return answer(*stream, *id, 200, toJson(running->second->exchange()));
    if (const auto recent = recall(*id)) {
        if (recent->client != client)
            return noSuchId(*stream);
        return answer(*stream, *id, 200, toJson(*recent));
    }
    m_parts.find(*id,
                 [this, id = *id, client, stream, noSuchId](std::shared_ptr<const Exchange> found) {
                     if (!found || found->client != client)
                         return noSuchId(*stream);
                     answer(*stream, id, 200, toJson(*found));
                 });
}

void Gateway::addOwnFields(WireText &to, const Exchange &exchange, Nanos overhead) const
{
    to.add("x-signalbox-id: ");
    to.add(exchange.id.text());
    if (const Attempt *server = exchange.server()) {
        to.add("\r\nx-signalbox-served-by: ");
        addHeaderSafe(to, server->target.provider.text());
        if (!server->target.model.isEmpty()) { // what a provider keeps has none
            to.add("/");
            addHeaderSafe(to, server->target.model);
        }
    }
    to.add("\r\nx-signalbox-attempts: ");
    to.add(exchange.attempts.size());
    if (exchange.outcome.isFailover)
        to.add("\r\nx-signalbox-failover: true");
    to.add("\r\nx-signalbox-cache: off\r\nx-signalbox-overhead-us: ");
    to.add(std::chrono::duration_cast<Micros>(overhead).count());
    to.add("\r\nx-signalbox-revision: ");
    to.add(qint64(exchange.revision));
    to.add("\r\n");
}

QByteArray Gateway::ownFields(const Exchange &exchange, Nanos overhead) const
{
    WireText fields;
    addOwnFields(fields, exchange, overhead);
    return fields.view().toByteArray();
}

qint64 Gateway::soonestWallMs(const Decision &decision) const
{
    qint64 soonest = 0;
    for (const Candidate &candidate : decision.candidates) {
        const route::TargetGate gate
            = route::gateOf(candidate.target, m_gates.table(), m_parts.clock.now());
        if (gate.admission == route::Admission::Tripped && gate.untilWallMs > 0
            && (soonest == 0 || gate.untilWallMs < soonest))
            soonest = gate.untilWallMs;
    }
    return soonest;
}

bool Gateway::isAllLimited(const Decision &decision) const
{
    bool isAny = false;
    for (const Candidate &candidate : decision.candidates) {
        if (candidate.reason != SkipReason::Tripped)
            continue;
        bool isLimited = false;
        for (const route::GateKey &key : route::gatesOf(candidate.target)) {
            const auto gate = m_gates.table().constFind(key);
            if (gate != m_gates.table().cend() && gate->state == GateState::Tripped)
                isLimited = gate->cause == AttemptOutcome::RateLimited;
        }
        if (!isLimited)
            return false;
        isAny = true;
    }
    return isAny;
}

// The exchange has settled. Its runner may be on the call stack, so it goes on a later turn; an
// answered attempt reads on for a moment so that its connection can be used again.
void Gateway::finished(const std::shared_ptr<const Exchange> &exchange,
                       std::unique_ptr<AttemptRunner> runner)
{
    remember(exchange);
    const ExchangeId &id = exchange->id;
    const auto entry = m_running.find(id);
    if (entry != m_running.end()) {
        m_doneRunners.push_back(std::move(entry->second));
        m_running.erase(entry);
    }
    if (runner && runner->canDrain()) {
        AttemptRunner *key = runner.get();
        m_draining.emplace(key, std::move(runner));
        key->drain([this, key] {
            const auto found = m_draining.find(key);
            if (found != m_draining.end()) {
                discard(std::move(found->second));
                m_draining.erase(found);
            }
        });
    } else if (runner) {
        discard(std::move(runner));
    }
    if (!m_sweep.isActive())
        m_sweep.start(Millis(20), [this] {
            m_parts.sink.flush();
            sweep();
        });
}

// The store answers a moment later; whoever asks at once asks here.
void Gateway::remember(const std::shared_ptr<const Exchange> &exchange)
{
    if (exchange->ask.log == LogPolicy::Off)
        return;
    if (m_recent.size() < kRecent)
        m_recent.push_back(exchange);
    else
        m_recent[m_nextRecent++ % kRecent] = exchange;
    m_lastKept = exchange->acceptedAt + exchange->endedAt;
    if (!m_rest.isActive())
        m_rest.start(kRest, [this] { forgetRecent(); });
}

// After a busy stretch each of them holds a page or two of memory that nothing else is in; the
// store has had them for long.
void Gateway::forgetRecent()
{
    const Nanos since = m_parts.clock.now() - m_lastKept;
    if (since < kRest)
        return m_rest.start(kRest - since, [this] { forgetRecent(); });
    if (m_recent.size() <= kRecentAtRest)
        return;
    if (m_recent.size() == kRecent)
        std::rotate(m_recent.begin(), m_recent.begin() + std::ptrdiff_t(m_nextRecent % kRecent),
                    m_recent.end());
    m_recent.erase(m_recent.begin(), m_recent.end() - std::ptrdiff_t(kRecentAtRest));
    m_recent.shrink_to_fit();
    m_nextRecent = 0;
}

std::shared_ptr<const Exchange> Gateway::recall(const ExchangeId &id) const
{
    const auto found = std::find_if(m_recent.cbegin(), m_recent.cend(),
                                    [&id](const auto &exchange) { return exchange->id == id; });
    return found == m_recent.cend() ? nullptr : *found;
}

void Gateway::discard(std::unique_ptr<AttemptRunner> runner)
{
    m_discarded.push_back(std::move(runner));
    if (!m_sweep.isActive())
        m_sweep.start(Millis(20), [this] {
            m_parts.sink.flush();
            sweep();
        });
}

void Gateway::sweep()
{
    // Swapped out first: a destructor may discard more.
    auto runners = std::exchange(m_doneRunners, {});
    auto attempts = std::exchange(m_discarded, {});
}

} // namespace sb::gateway
