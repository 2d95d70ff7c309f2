// What is here to be used, and putting it to use: first keys, found servers, their verification.
#include "engine/setup_commands.h"

#include "base/log.h"
#include "config/address.h"
#include "engine/config_writing.h"
#include "engine/engine_private.h"
#include "engine/local_probe.h"
#include "engine/own_address.h"
#include "record/names.h"

namespace sb::engine {

namespace {

template <typename T> struct Answer {
    QPromise<T> promise;
    bool isGiven = false;

    void give(T value)
    {
        if (std::exchange(isGiven, true))
            return;
        promise.addResult(std::move(value));
        promise.finish();
    }
};

template <typename T> std::shared_ptr<Answer<T>> openAnswer()
{
    auto answer = std::make_shared<Answer<T>>();
    answer->promise.start();
    return answer;
}

Variables environmentVariables()
{
    Variables variables;
    for (const QByteArray &name : wantedVariables()) {
        if (QByteArray value = qgetenv(name.constData()); !value.isEmpty())
            variables.insert(name, Secret(std::move(value)));
    }
    return variables;
}

QString placeName(const LocalPlace &place)
{
    const QString host = QString::fromLatin1(place.host);
    return (host.contains(u':') ? u'[' + host + u']' : host) + u':' + QString::number(place.port);
}

QByteArray baseOf(const LocalPlace &place)
{
    return "http://" + placeName(place).toLatin1() + place.base;
}

QString listKey(const ProviderDraft &draft)
{
    return draft.catalogId + u'|' + QString::fromLatin1(draft.baseUrl);
}

// Where that provider would be called for chat; empty when the catalogue knows no such.
QByteArray addressOf(const ProviderDraft &draft, const config::Catalog &catalog)
{
    if (!draft.baseUrl.isEmpty())
        return draft.baseUrl;
    const config::CatalogProvider *known = catalog.provider(draft.catalogId);
    return known
        ? known->bases.value(DialectId::OpenAiChat, known->bases.value(DialectId::Anthropic))
        : QByteArray();
}

bool isConfigured(const ProviderDraft &draft, const config::ConfigSnapshot &now,
                  const config::Catalog &catalog)
{
    const auto wanted = provider::parseBase(addressOf(draft, catalog), {});
    return std::any_of(now.providers.cbegin(), now.providers.cend(), [&](const auto &provider) {
        if (draft.baseUrl.isEmpty() && !draft.catalogId.isEmpty())
            return provider.catalogId == draft.catalogId;
        return wanted
            && std::any_of(provider.baseUrls.cbegin(), provider.baseUrls.cend(),
                           [&](const QByteArray &url) {
                               const auto base = provider::parseBase(url, {});
                               return base && base->origin == wanted->origin;
                           });
    });
}

} // namespace

QFuture<QList<FoundProvider>> SetupCommands::lookHere()
{
    Engine::Private &d = *m_engine.d;
    const auto catalog = config::builtInCatalog();
    auto answer = openAnswer<QList<FoundProvider>>();
    const QFuture<QList<FoundProvider>> future = answer->promise.future();
    QList<FoundProvider> found
        = foundIn(environmentVariables(), *catalog, FoundProvider::Where::Environment);
    const config::SnapshotPtr now = m_engine.config();
    if (!now || !d.core) {
        answer->give(found);
        return future;
    }
    for (FoundProvider &one : found)
        one.isConfigured = isConfigured(one.draft, *now, *catalog);
    const QList<LocalPlace> places = localPlaces(qgetenv("OLLAMA_HOST"));
    const auto taken
        = [this, answer, keys = found, now, catalog](const QList<LocalServer> &servers) {
              QList<FoundProvider> found = keys;
              for (const LocalServer &server : servers) {
                  FoundProvider one;
                  one.where = FoundProvider::Where::LocalServer;
                  one.draft.catalogId = server.place.catalogId;
                  one.draft.label = server.place.label;
                  one.draft.id = ProviderId(server.place.id);
                  one.draft.isLocal = true;
                  one.draft.baseUrl = baseOf(server.place);
                  const config::CatalogProvider *known = catalog->provider(one.draft.catalogId);
                  if (known && known->bases.value(DialectId::OpenAiChat) == one.draft.baseUrl)
                      one.draft.baseUrl.clear(); // as the catalogue has it
                  one.name = placeName(server.place);
                  one.models = int(server.models.size());
                  one.isConfigured = isConfigured(one.draft, *now, *catalog);
                  m_lists.insert(listKey(one.draft), server.models);
                  found.append(one);
              }
              answer->give(found);
          };
    QMetaObject::invokeMethod(
        d.core,
        [engine = &m_engine, core = d.core, places, taken, ports = ownPorts(*now, d.addresses)] {
            core->probe(places, ports, [engine, taken](const QList<LocalServer> &servers) {
                QMetaObject::invokeMethod(
                    engine, [taken, servers] { taken(servers); }, Qt::QueuedConnection);
            });
        },
        Qt::QueuedConnection);
    return future;
}

QFuture<Result<QList<FoundProvider>>> SetupCommands::lookInShell()
{
    using Found = QList<FoundProvider>;
    if (!m_shell)
        m_shell = std::make_unique<ShellEnvironment>();
    return m_shell->read(wantedVariables())
        .then(&m_engine, [this](const Result<Variables> &read) -> Result<Found> {
            if (!read)
                return unexpected(read.error());
            const auto catalog = config::builtInCatalog();
            Found found = foundIn(*read, *catalog, FoundProvider::Where::Shell);
            const config::SnapshotPtr now = m_engine.config();
            found.removeIf([](const FoundProvider &one) {
                // What our own environment has is found there.
                return qEnvironmentVariableIsSet(one.name.toLatin1().constData());
            });
            for (FoundProvider &one : found) {
                one.isConfigured = now && isConfigured(one.draft, *now, *catalog);
                m_shellKeys.insert(one.name, read->value(one.name.toLatin1()));
            }
            return found;
        });
}

QList<ProviderDraft> SetupCommands::recognise(const Secret &key) const
{
    return recognised(key, *config::builtInCatalog());
}

// The draft becomes a configuration of its own, of one provider, which is then asked like any
// other: same addresses, same authentication, same limits.
QFuture<Result<Verified>> SetupCommands::verify(const ProviderDraft &draft, const Secret &key)
{
    Engine::Private &d = *m_engine.d;
    const config::SnapshotPtr now = m_engine.config();
    if (!now || !d.core)
        return notRunning<Verified>();
    const auto catalog = config::builtInCatalog();
    if (auto own = refuseOwnAddress(addressOf(draft, *catalog), *now, d.addresses); !own)
        return secret::answer<Verified>(unexpected(own.error()));
    NewProvider probe{draft, {}, {}};
    probe.draft.id = ProviderId(QStringLiteral("draft"));
    probe.draft.label.clear();
    if (!key.isEmpty())
        probe.secret = {config::SecretRef::Kind::Ask, QStringLiteral("draft")};
    const QByteArray text = "{\"version\":1,\"providers\":[" + providerJson(probe, *catalog) + "]}";
    const config::Checked checked = config::validate(text, 0, catalog);
    if (!checked.snapshot) {
        const QString why
            = checked.problems.isEmpty() ? QString() : checked.problems.first().message;
        return secret::answer<Verified>(unexpected(failure(QStringLiteral("bad_address"), why)));
    }
    const route::KeyName name{probe.draft.id, KeyId(QStringLiteral("main"))};
    QHash<route::KeyName, Secret> keys;
    if (!key.isEmpty()) {
        QByteArray bytes = key.reveal().toByteArray();
        auto clean = secret::asKey(std::move(bytes));
        if (!clean)
            return secret::answer<Verified>(unexpected(clean.error()));
        log::protect(*clean);
        keys.insert(name, *clean);
    }
    const gateway::SetupPtr setup = gateway::makeSetup(checked.snapshot, keys, {});
    auto answer = openAnswer<Result<Verified>>();
    const QFuture<Result<Verified>> future = answer->promise.future();
    const auto took = [this, answer, draft](const VerifyAnswer &reply) {
        if (!reply.isGood) {
            answer->give(
                unexpected(failure(QString::fromLatin1(sb::name(reply.outcome)), reply.message)));
            return;
        }
        Verified verified;
        verified.models = reply.models;
        verified.modelIds = reply.modelIds;
        verified.took = reply.took;
        m_lists.insert(listKey(draft), reply.modelIds);
        answer->give(verified);
    };
    QMetaObject::invokeMethod(
        d.core,
        [engine = &m_engine, core = d.core, setup, name, took, answer] {
            const auto back = [engine](auto call) {
                QMetaObject::invokeMethod(engine, std::move(call), Qt::QueuedConnection);
            };
            const bool isAsked
                = core->verify(setup, name.first, {}, [back, took](const VerifyAnswer &reply) {
                      back([took, reply] { took(reply); });
                  });
            if (!isAsked)
                back([answer] {
                    answer->give(unexpected(
                        failure(QStringLiteral("not_running"),
                                QStringLiteral("There is no address that could be asked."))));
                });
        },
        Qt::QueuedConnection);
    return future;
}

QFuture<Result<ProviderId>> SetupCommands::addProvider(const ProviderDraft &draft,
                                                       const Secret &key)
{
    return addAll({{draft, key, {}}})
        .then([](const Result<QList<ProviderId>> &added) -> Result<ProviderId> {
            if (!added)
                return unexpected(added.error());
            return added->first();
        });
}

QFuture<Result<QList<ProviderId>>> SetupCommands::useFound(const QList<FoundProvider> &found)
{
    QList<Wanted> wanted;
    for (const FoundProvider &one : found) {
        Wanted want{one.draft, {}, {}};
        switch (one.where) {
        case FoundProvider::Where::Environment:
            want.reference = {config::SecretRef::Kind::Env, one.name};
            break;
        case FoundProvider::Where::Shell: {
            const auto key = m_shellKeys.constFind(one.name);
            if (key == m_shellKeys.cend())
                return secret::answer<QList<ProviderId>>(unexpected(
                    failure(QStringLiteral("no_such_id"),
                            QStringLiteral("The shell was not asked for %1.").arg(one.name))));
            want.key = *key;
            break;
        }
        case FoundProvider::Where::LocalServer:
            break;
        }
        wanted.append(want);
    }
    return addAll(wanted);
}

// Keys first, one after the other; then one edit for all. When the edit is refused, the keys go.
QFuture<Result<QList<ProviderId>>> SetupCommands::addAll(const QList<Wanted> &wanted)
{
    using Added = QList<ProviderId>;
    const config::SnapshotPtr now = m_engine.config();
    if (!now)
        return notRunning<Added>();
    if (wanted.isEmpty())
        return secret::answer<Added>(Added());
    const auto catalog = config::builtInCatalog();
    for (const Wanted &want : wanted) {
        const QByteArray address = addressOf(want.draft, *catalog);
        if (const QString problem = config::baseUrlProblem(address); !problem.isEmpty())
            return secret::answer<Added>(
                unexpected(failure(QStringLiteral("bad_address"), problem)));
        if (auto own = refuseOwnAddress(address, *now, m_engine.d->addresses); !own)
            return secret::answer<Added>(unexpected(own.error()));
    }
    auto work = std::make_shared<Adding>();
    work->wanted = wanted;
    work->answer.start();
    const QFuture<Result<Added>> future = work->answer.future();
    keepNext(work);
    return future;
}

void SetupCommands::keepNext(const std::shared_ptr<Adding> &work)
{
    const qsizetype at = work->kept.size();
    if (at == work->wanted.size())
        return writeAll(work);
    const Wanted &want = work->wanted[at];
    if (want.key.isEmpty()) {
        work->kept.append(want.reference);
        return keepNext(work);
    }
    QByteArray bytes = want.key.reveal().toByteArray();
    const auto clean = secret::asKey(std::move(bytes));
    if (!clean)
        return failAll(work, clean.error());
    m_engine.d->keeperOfSecrets
        .keepProviderKey(want.draft.id, KeyId(QStringLiteral("main")), *clean)
        .then(&m_engine, [this, work](const Result<config::SecretRef> &kept) {
            if (!kept)
                return failAll(work, kept.error());
            work->kept.append(*kept);
            keepNext(work);
        });
}

void SetupCommands::writeAll(const std::shared_ptr<Adding> &work)
{
    const config::SnapshotPtr now = m_engine.config();
    const auto text = m_engine.d->keeper
        ? m_engine.d->keeper->text()
        : Result<QByteArray>(unexpected(failure(QStringLiteral("not_running"), QString())));
    if (!now || !text)
        return failAll(work, text ? failure(QStringLiteral("not_running"), {}) : text.error());
    const auto catalog = config::builtInCatalog();
    QList<NewProvider> providers;
    QList<ProviderId> ids;
    for (qsizetype i = 0; i < work->wanted.size(); ++i) {
        NewProvider one{work->wanted[i].draft, work->kept[i], {}};
        const QString wish = one.draft.id.isEmpty() ? one.draft.label : one.draft.id.text();
        one.draft.id = ProviderId(freeId(wish, [&](const QString &id) {
            return now->provider(ProviderId(id)) || ids.contains(ProviderId(id));
        }));
        one.model = firstModel(one.draft.catalogId, m_lists.value(listKey(work->wanted[i].draft)),
                               *catalog);
        // A local server that lists nothing has nothing to be a target.
        if (one.draft.isLocal && !m_lists.contains(listKey(work->wanted[i].draft)))
            one.model.clear();
        ids.append(one.draft.id);
        providers.append(one);
    }
    const auto edited = withProviders(*text, *now, providers, *catalog);
    if (!edited)
        return failAll(work, edited.error());
    for (const ProviderId &id : std::as_const(ids)) // chosen for the address that was shown
        (void)m_engine.d->origins->confirm(id);
    m_engine.applyConfig(*edited).then(&m_engine, [this, work, ids](const Result<quint32> &done) {
        if (!done)
            return failAll(work, done.error());
        work->answer.addResult(Result<QList<ProviderId>>(ids));
        work->answer.finish();
    });
}

void SetupCommands::failAll(const std::shared_ptr<Adding> &work, const Error &error)
{
    for (qsizetype i = 0; i < work->kept.size(); ++i) {
        if (!work->wanted[i].key.isEmpty())
            m_engine.d->keeperOfSecrets.forget(work->kept[i]);
    }
    work->answer.addResult(Result<QList<ProviderId>>(unexpected(error)));
    work->answer.finish();
}

} // namespace sb::engine
