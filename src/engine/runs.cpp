// Runs of `signalboxd with`, through the façade and on the engine thread.
#include "engine/engine_private.h"
#include "secret/client_key.h"

namespace sb::engine {

namespace {
constexpr qsizetype kLongestProgram = 32;
constexpr Nanos kSettle = Seconds(3); // what a command left open is settled by then, as a rule
constexpr int kTail = 6; // letters that make a session's name its own

QString sessionName(const QString &program, Random &random)
{
    QString name;
    for (const QChar c : program.toLower().left(kLongestProgram)) {
        const bool isPlain = (c >= u'a' && c <= u'z') || (c >= u'0' && c <= u'9') || c == u'.'
            || c == u'_' || c == u'-';
        name += isPlain ? c : QChar(u'-');
    }
    if (name.isEmpty())
        name = QStringLiteral("run");
    name += u'-';
    for (int i = 0; i < kTail; ++i)
        name += QLatin1Char("abcdefghijkmnpqrstuvwxyz23456789"[random.below(32)]);
    return name;
}

// The client that Connect makes for a tool, by the tool's program. [clients §1]
ClientId clientOf(const QString &program)
{
    static const QHash<QString, QString> made{
        {QStringLiteral("claude"), QStringLiteral("claude-code")},
        {QStringLiteral("gemini"), QStringLiteral("gemini-cli")},
        {QStringLiteral("cn"), QStringLiteral("continue")}};
    return ClientId(made.value(program, program));
}

// An address that programs on this machine reach.
QString localAddress(const QList<QString> &addresses)
{
    for (const QString &address : addresses) {
        if (address.startsWith(QStringLiteral("http://127.")))
            return address;
    }
    QString first = addresses.value(0);
    return first.replace(QStringLiteral("//0.0.0.0:"), QStringLiteral("//127.0.0.1:"))
        .replace(QStringLiteral("//[::]:"), QStringLiteral("//127.0.0.1:"));
}

Error noSuch(const QString &what, const QString &id)
{
    return Error::make(QStringLiteral("no_such_id"),
                       QStringLiteral("There is no %1 \"%2\".").arg(what, id), Blame::Client);
}
} // namespace

Result<RunStarted> EngineCore::beginRun(const RunAsk &ask)
{
    if (!isOpen())
        return unexpected(
            failure(QStringLiteral("not_running"), QStringLiteral("The engine is not running.")));
    const config::ConfigSnapshot &config = *m_gateway->setup()->config;
    const config::ClientSettings *client = nullptr;
    ClientId wanted = ask.client;
    if (wanted.isEmpty()) {
        // A tool that has its own client here runs as that one, so that it is told apart.
        const config::ClientSettings *own = config.client(clientOf(ask.program));
        wanted = own && !own->isRevoked ? own->id : ClientId(QStringLiteral("default"));
    }
    for (const config::ClientSettings &one : config.clients) {
        // Without a name and without a `default`, the first one stands for it.
        if (!one.isRevoked && (one.id == wanted || (!client && ask.client.isEmpty())))
            client = &one;
    }
    if (!client)
        return unexpected(noSuch(QStringLiteral("client"), wanted.text()));
    if (!ask.chain.isEmpty()) {
        if (!config.chain(ask.chain))
            return unexpected(noSuch(QStringLiteral("chain"), ask.chain.text()));
        if (!client->chains.contains(QStringLiteral("*"))
            && !client->chains.contains(ask.chain.text()))
            return unexpected(
                failure(QStringLiteral("not_allowed"),
                        QStringLiteral("The client \"%1\" may not use the chain \"%2\".")
                            .arg(client->id.text(), ask.chain.text())));
    }
    RunStarted started;
    do
        started.session = sessionName(ask.program, m_random);
    while (m_gateway->runs().has(started.session));
    started.client = client->id;
    started.key = secret::makeClientKey(m_random);
    started.address = localAddress(m_addresses);
    m_gateway->beginRun(started.key.sha256(), {started.session, client->id, ask.chain}, ask.cap);
    return started;
}

void EngineCore::runReceipt(const QString &session,
                            std::function<void(const Result<gateway::RunReceipt> &)> done)
{
    const auto answer = [done](const gateway::RunReceipt &receipt) {
        done(Result<gateway::RunReceipt>(receipt));
    };
    if (!isOpen() || !m_gateway->runs().whenSettled(session, answer)) {
        done(unexpected(noSuch(QStringLiteral("run"), session)));
        return;
    }
    m_clock->after(kSettle, [this, session] {
        if (isOpen())
            m_gateway->runs().stopWaiting(session);
    });
}

void EngineCore::endRun(const QString &session)
{
    if (isOpen())
        m_gateway->endRun(session);
}

QFuture<Result<RunStarted>> Engine::beginRun(const RunAsk &ask)
{
    if (!d->core)
        return notRunning<RunStarted>();
    return d->onCore<Result<RunStarted>>([ask](EngineCore &core) { return core.beginRun(ask); });
}

QFuture<Result<gateway::RunReceipt>> Engine::runReceipt(const QString &session)
{
    if (!d->core)
        return notRunning<gateway::RunReceipt>();
    auto promise = std::make_shared<QPromise<Result<gateway::RunReceipt>>>();
    promise->start();
    const QFuture<Result<gateway::RunReceipt>> future = promise->future();
    QMetaObject::invokeMethod(
        d->core,
        [core = d->core, session, promise] {
            core->runReceipt(session, [promise](const Result<gateway::RunReceipt> &receipt) {
                promise->addResult(receipt);
                promise->finish();
            });
        },
        Qt::QueuedConnection);
    return future;
}

void Engine::endRun(const QString &session)
{
    if (d->core)
        QMetaObject::invokeMethod(
            d->core, [core = d->core, session] { core->endRun(session); }, Qt::QueuedConnection);
}

} // namespace sb::engine
