#include "engine/engine.h"

#include "base/file.h"
#include "base/log.h"
#include "engine/engine_private.h"
#include "engine/port_holder.h"
#include "loop/dispatcher.h"
#include "record/names.h"
#include "secret/client_key.h"
#include "json/reader.h"
#include "json/writer.h"

#include <QMetaMethod>
#include <QTimer>

#include <signal.h>
#include <sys/stat.h>

namespace sb::engine {

namespace {
constexpr Millis kOwnerPatience{35'000};
constexpr Seconds kFirstStartKeychain{2}; // the window is waiting for its gateway
const QString kDefaultClient = QStringLiteral("default");

http::ProxySettings proxyOf(const config::NetworkSettings &network)
{
    using From = config::NetworkSettings::Proxy;
    using To = http::ProxySettings::Mode;
    const To mode = network.proxy == From::None ? To::None
        : network.proxy == From::Manual         ? To::Manual
                                                : To::System;
    return {mode, network.proxyUrl};
}
} // namespace

Engine::Engine(const EngineOptions &options, QObject *parent)
    : QObject(parent)
    , d(std::make_unique<Private>(*this, options))
{
}

Engine::~Engine()
{
    if (d->core) {
        // A stop without waiting: what still runs is settled as stopped, the store is flushed.
        QMetaObject::invokeMethod(
            d->core, [core = d->core] { core->close(Millis(0), nullptr); }, Qt::QueuedConnection);
    }
    d->thread.quit();
    d->thread.wait();
}

BoardControl &Engine::control()
{
    return d->board;
}

History &Engine::history()
{
    return d->history;
}

Setup &Engine::setup()
{
    return d->setup;
}

QString Engine::dataDir() const
{
    return d->dataDir;
}

QString Engine::configPath() const
{
    return d->configPath;
}

bool Engine::isRunning() const
{
    return d->isRunning;
}

config::SnapshotPtr Engine::config() const
{
    return d->keeper ? d->keeper->snapshot() : nullptr;
}

void Engine::setListen(const config::Listener &listener)
{
    d->options.listen = listener;
}

// ---- start

QFuture<Result<Started>> Engine::start()
{
    Q_ASSERT(QThread::currentThread() == thread());
    Q_ASSERT(!d->starting && !d->isRunning);
    d->starting.emplace();
    d->starting->start();
    QFuture<Result<Started>> future = d->starting->future();
    if (auto taken = d->takeDataDir(); !taken)
        d->fail(taken.error());
    else
        d->begin();
    return future;
}

Result<void> Engine::Private::takeDataDir()
{
    if (auto made = file::makePrivateFolder(dataDir); !made)
        return unexpected(failure(QStringLiteral("data_dir"), made.error().detail));
    lock = std::make_unique<QLockFile>(QDir(dataDir).filePath(QStringLiteral("lock")));
    lock->setStaleLockTime(0); // stale only when its process is gone
    if (lock->tryLock(0)) {
        QFile::setPermissions(lock->fileName(), QFile::ReadOwner | QFile::WriteOwner);
        return {};
    }
    const auto owner = q.dataDirOwner();
    lock.reset();
    return unexpected(
        failure(QStringLiteral("data_dir_in_use"), owner ? QString::number(*owner) : QString()));
}

void Engine::Private::begin()
{
    keeper = std::make_unique<ConfigKeeper>(configPath, dataDir, nullptr);
    origins
        = std::make_unique<KeyOrigins>(QDir(dataDir).filePath(QStringLiteral("key-origins.json")));
    QObject::connect(keeper.get(), &ConfigKeeper::changed, &q,
                     [this] { applySnapshot(keeper->snapshot()); });
    QObject::connect(keeper.get(), &ConfigKeeper::refusedEdit, &q, &Engine::configRefused);
    QObject::connect(&q, &Engine::configRefused, keeper.get(),
                     [this](const QList<config::Problem> &problems) { tellRefusal(problems); });

    const auto loadAndOpen = [this] {
        if (auto loaded = keeper->load(); !loaded)
            return fail(loaded.error());
        loadKeysThen([this](const LoadedKeys &keys) { openCore(keys); });
    };
    if (keeper->exists() || !options.isConfigWritable)
        return loadAndOpen();
    isFirstStart = true;
    makeDefaultKey().then(&q, [this, loadAndOpen](const config::SecretRef &ref) {
        // A folder that we make is for us alone; one that was there is the user's business.
        const QString folder = QFileInfo(configPath).absolutePath();
        if (auto made
            = QFileInfo::exists(folder) ? Result<void>() : file::makePrivateFolder(folder);
            !made)
            return fail(made.error());
        const auto written = config::writeConfigFile(configPath, config::defaultConfigText(ref));
        if (!written)
            return fail(written.error());
        loadAndOpen();
    });
}

// Our own key for the client `default`: into the keychain, else into a file only we can read.
QFuture<config::SecretRef> Engine::Private::makeDefaultKey()
{
    auto promise = std::make_shared<QPromise<config::SecretRef>>();
    promise->start();
    SystemRandom random;
    const Secret key = secret::makeClientKey(random);
    const QString name = QStringLiteral("client/default");
    auto quick
        = std::make_shared<secret::KeychainVault>(QStringLiteral("signalbox"), kFirstStartKeychain);
    const auto done = [promise](const config::SecretRef &ref) {
        promise->addResult(ref);
        promise->finish();
    };
    // A folder of its own is a try-out or a test: it must not overwrite the key of the real one.
    const bool isOwnFolder = dataDir == config::defaultDataDir();
    const auto toFile = [this, key, name, done] {
        files.write(name, key).then(&q, [this, name, done](const Result<void> &) {
            done({config::SecretRef::Kind::File, files.pathOf(name)});
        });
    };
    if (!isOwnFolder) {
        toFile();
        return promise->future();
    }
    quick->write(name, key).then(&q, [this, quick, name, done, toFile](const Result<void> &kept) {
        if (kept)
            return done({config::SecretRef::Kind::Keychain, name});
        keeperOfSecrets.keychainFailed(kept.error().detail);
        toFile();
    });
    return promise->future();
}

void Engine::Private::loadKeysThen(std::function<void(const LoadedKeys &)> next)
{
    const config::SnapshotPtr snapshot = keeper->snapshot();
    loadKeys(snapshot, resolver)
        .then(&q, [this, snapshot, next = std::move(next)](LoadedKeys keys) {
            origins->sift(*snapshot, keys);
            next(keys);
        });
}

void Engine::Private::openCore(const LoadedKeys &keys)
{
    EngineCore::Opening opening;
    opening.config = keeper->snapshot();
    opening.keys = keys;
    opening.store.dataDir = dataDir;
    opening.store.historyDays = keeper->snapshot()->retention.historyDays;
    opening.store.historyBytes = keeper->snapshot()->retention.historyBytes;
    opening.journalFolder = QDir(dataDir).filePath(QStringLiteral("journal"));
    opening.listen = options.listen;
    opening.proxy = proxyOf(keeper->snapshot()->network);

    if (!thread.isRunning()) {
        loop::installDispatcher(thread);
        thread.start();
    }
    core = new EngineCore;
    core->moveToThread(&thread);
    QObject::connect(core, &EngineCore::published, &q, [this](const FramePtr &frame) {
        emit q.published(frame);
        updateListening(); // a receiver that was destroyed tells nobody
    });
    QObject::connect(&thread, &QThread::finished, core, &QObject::deleteLater);
    QMetaObject::invokeMethod(
        core,
        [this, core = core, opening = std::move(opening)] {
            const auto addresses = core->open(opening);
            QMetaObject::invokeMethod(
                &q, [this, addresses] { opened(addresses); }, Qt::QueuedConnection);
        },
        Qt::QueuedConnection);
}

void Engine::Private::opened(const Result<QList<QString>> &addresses)
{
    if (!addresses) {
        Error error = addresses.error();
        if (error.code == QStringLiteral("port_taken")) {
            const QList<config::Listener> wanted = options.listen
                ? QList<config::Listener>{*options.listen}
                : keeper->snapshot()->listeners;
            for (const config::Listener &listener : wanted) {
                if (const auto holder = portHolder(listener.port)) {
                    error.detail
                        = QStringLiteral("Port %1 is held by %2 (process %3).")
                              .arg(QString::number(listener.port),
                                   holder->program.isEmpty() ? QStringLiteral("another program")
                                                             : holder->program,
                                   QString::number(holder->pid));
                    break;
                }
            }
        }
        EngineCore *old = std::exchange(core, nullptr);
        QMetaObject::invokeMethod(
            old, [old] { old->close(Millis(0), [old] { old->deleteLater(); }); },
            Qt::QueuedConnection);
        return fail(error);
    }
    isRunning = true;
    isListening = false;
    updateListening();
    this->addresses = *addresses;
    Started started;
    started.addresses = *addresses;
    started.revision = keeper->snapshot()->revision;
    started.warnings = keeper->warnings();
    started.isFirstStart = std::exchange(isFirstStart, false);
    auto promise = std::move(*starting);
    starting.reset();
    promise.addResult(Result<Started>(started));
    promise.finish();
}

void Engine::Private::fail(Error error)
{
    keeper.reset();
    lock.reset();
    auto promise = std::move(*starting);
    starting.reset();
    promise.addResult(Result<Started>(unexpected(std::move(error))));
    promise.finish();
}

std::optional<qint64> Engine::dataDirOwner() const
{
    QLockFile probe(QDir(d->dataDir).filePath(QStringLiteral("lock")));
    qint64 pid = 0;
    QString host;
    QString program;
    if (!probe.getLockInfo(&pid, &host, &program) || pid <= 0)
        return std::nullopt;
    return pid;
}

QFuture<Result<void>> Engine::askOwnerToStop()
{
    auto promise = std::make_shared<QPromise<Result<void>>>();
    promise->start();
    const auto owner = dataDirOwner();
    const auto finish = [promise](Result<void> result) {
        promise->addResult(std::move(result));
        promise->finish();
    };
    // The lock file names its program; /proc would not tell, as our processes hide from it.
    qint64 pid = 0;
    QString host;
    QString program;
    QLockFile(QDir(d->dataDir).filePath(QStringLiteral("lock"))).getLockInfo(&pid, &host, &program);
    if (!owner || !program.startsWith(QStringLiteral("signalbox"))) {
        finish(unexpected(failure(
            QStringLiteral("data_dir_in_use"),
            QStringLiteral(
                "The process that holds the data folder is not a Signalbox that can be asked."))));
        return promise->future();
    }
    ::kill(pid_t(*owner), SIGTERM);
    auto *look = new QTimer(this);
    auto waited = std::make_shared<Millis>(0);
    connect(look, &QTimer::timeout, this, [look, owner = *owner, waited, finish] {
        *waited += Millis(100);
        const bool isGone = ::kill(pid_t(owner), 0) != 0;
        if (!isGone && *waited < kOwnerPatience)
            return;
        look->stop();
        look->deleteLater();
        if (isGone)
            finish({});
        else
            finish(unexpected(failure(QStringLiteral("data_dir_in_use"),
                                      QStringLiteral("The other process has not stopped yet."))));
    });
    look->start(100);
    return promise->future();
}

// ---- stop

QFuture<void> Engine::stop(Millis drain)
{
    if (d->stopping) {
        if (d->core)
            QMetaObject::invokeMethod(
                d->core, [core = d->core] { core->close(Millis(0), nullptr); },
                Qt::QueuedConnection);
        return d->stopping->future();
    }
    d->stopping.emplace();
    d->stopping->start();
    QFuture<void> future = d->stopping->future();
    const auto joined = [this] {
        d->thread.quit();
        d->thread.wait();
        d->core = nullptr;
        d->isRunning = false;
        d->lock.reset();
        auto promise = std::move(*d->stopping);
        d->stopping.reset();
        promise.finish();
    };
    if (!d->core) {
        joined();
        return future;
    }
    QMetaObject::invokeMethod(
        d->core,
        [this, core = d->core, drain, joined] {
            core->close(drain, [this, joined] {
                QMetaObject::invokeMethod(this, joined, Qt::QueuedConnection);
            });
        },
        Qt::QueuedConnection);
    return future;
}

// ---- commands

// The window and "status" show the first error until a good edit comes.
void Engine::Private::tellRefusal(const QList<config::Problem> &problems)
{
    for (const config::Problem &problem : problems) {
        if (problem.severity != config::Problem::Severity::Error || !core)
            continue;
        QMetaObject::invokeMethod(
            core, [core = core, problem] { core->refuseConfig(problem.path, problem.message); },
            Qt::QueuedConnection);
        return;
    }
}

// A key that the keychain did not take is said as long as it is not kept where it should be.
void Engine::Private::tellFallback(const config::SecretRef &ref, const QString &detail)
{
    if (!core)
        return;
    const Notice notice{Notice::Kind::KeychainFailing,
                        ref.kind == config::SecretRef::Kind::Ask ? QStringLiteral("this_run")
                                                                 : QStringLiteral("vault"),
                        detail, 0};
    QMetaObject::invokeMethod(
        core, [core = core, notice] { core->addNotice(notice); }, Qt::QueuedConnection);
}

QFuture<Result<quint32>> Engine::Private::applySnapshot(const Result<config::SnapshotPtr> &taken)
{
    if (!taken)
        return secret::answer<quint32>(unexpected(taken.error()));
    auto promise = std::make_shared<QPromise<Result<quint32>>>();
    promise->start();
    const config::SnapshotPtr snapshot = *taken;
    loadKeys(snapshot, resolver).then(&q, [this, promise, snapshot](LoadedKeys keys) {
        if (!core || !keeper || keeper->snapshot() != snapshot) {
            // Stopped, or overtaken by a newer edit, which applies itself.
            promise->addResult(Result<quint32>(snapshot->revision));
            promise->finish();
            return;
        }
        origins->sift(*snapshot, keys);
        QMetaObject::invokeMethod(
            core,
            [core = core, promise, snapshot, keys] {
                if (core->isOpen()) { // an edit may arrive while we stop
                    core->apply(snapshot, keys);
                    core->store()->setRetention(snapshot->retention.historyDays,
                                                snapshot->retention.historyBytes);
                }
                promise->addResult(Result<quint32>(snapshot->revision));
                promise->finish();
            },
            Qt::QueuedConnection);
    });
    return promise->future();
}

QFuture<Result<quint32>> Engine::reload()
{
    if (!d->keeper)
        return notRunning<quint32>();
    auto loaded = d->keeper->load();
    if (!loaded)
        emit configRefused(d->keeper->refused());
    return d->applySnapshot(loaded);
}

QFuture<Result<QList<config::Problem>>> Engine::checkConfig()
{
    if (!d->keeper)
        return notRunning<QList<config::Problem>>();
    return secret::answer<QList<config::Problem>>(d->keeper->check());
}

QFuture<Result<quint32>> Engine::editConfig(const QString &path, const QByteArray &jsonValue)
{
    if (!d->keeper)
        return notRunning<quint32>();
    return d->applySnapshot(d->keeper->edit(path, jsonValue));
}

QFuture<Result<quint32>> Engine::applyConfig(const QByteArray &text)
{
    if (!d->keeper)
        return notRunning<quint32>();
    return d->applySnapshot(d->keeper->replace(text));
}

QFuture<Result<QByteArray>> Engine::configText()
{
    if (!d->keeper)
        return notRunning<QByteArray>();
    return secret::answer<QByteArray>(d->keeper->text());
}

QFuture<FramePtr> Engine::frame()
{
    return d->onCore<FramePtr>([](EngineCore &core) { return core.frame(); });
}

QFuture<Result<Decision>> Engine::explain(const ExplainAsk &ask)
{
    return d->onCore<Result<Decision>>([ask](EngineCore &core) { return core.explain(ask); });
}

QFuture<Result<void>> Engine::addSimulatedProviders()
{
    if (!d->keeper || !d->keeper->snapshot())
        return notRunning<void>();
    // One edit after the other on the text, one atomic write at the end.
    auto text = d->keeper->text();
    if (!text)
        return secret::answer<void>(unexpected(text.error()));
    const config::SnapshotPtr now = d->keeper->snapshot();
    struct Simulated {
        const char *id, *script, *model;
    };
    static constexpr std::array simulated{Simulated{"sim-a", "flaky", "sim-large"},
                                          Simulated{"sim-b", "steady", "sim-large"},
                                          Simulated{"sim-c", "quick", "sim-small"}};
    QByteArray edited = *text;
    QList<QByteArray> targets;
    const auto change = [&edited](const QString &path, const QByteArray &json) -> Result<void> {
        const auto value = json::read(json);
        if (!value)
            return unexpected(value.error());
        auto next = config::edit(edited, path, *value);
        if (!next)
            return unexpected(next.error());
        edited = *next;
        return {};
    };
    for (const Simulated &one : simulated) {
        const ProviderId id(QString::fromLatin1(one.id));
        if (!now->provider(id)) {
            json::Writer w;
            w.beginObject()
                .member("id", one.id)
                .member("from", "sim")
                .member("script", one.script)
                .endObject();
            if (auto done = change(QStringLiteral("providers[+]"), w.take()); !done)
                return secret::answer<void>(unexpected(done.error()));
        }
        json::Writer w;
        w.beginObject().member("provider", one.id).member("model", one.model).endObject();
        targets.append(w.take());
    }
    const ChainId chain(kDefaultClient);
    if (!now->chain(chain)) {
        const QByteArray json = "{\"id\":\"default\",\"strategy\":\"ordered\",\"targets\":["
            + targets.join(',') + "]}";
        if (auto done = change(QStringLiteral("chains[+]"), json); !done)
            return secret::answer<void>(unexpected(done.error()));
        for (qsizetype i = 0; i < now->clients.size(); ++i) {
            if (!now->clients[i].defaultChain.isEmpty())
                continue;
            const QString path = QStringLiteral("clients[%1].default_chain").arg(i);
            if (auto done = change(path, "\"default\""); !done)
                return secret::answer<void>(unexpected(done.error()));
        }
    }
    return applyConfig(edited).then([](const Result<quint32> &applied) -> Result<void> {
        if (!applied)
            return unexpected(applied.error());
        return {};
    });
}

QFuture<Result<QString>> Engine::clientKey(const ClientId &client)
{
    if (!d->keeper || !d->keeper->snapshot())
        return notRunning<QString>();
    const config::SnapshotPtr now = d->keeper->snapshot();
    const config::ClientSettings *settings = now->client(client);
    if (!settings)
        return secret::answer<QString>(
            unexpected(failure(QStringLiteral("no_such_id"),
                               QStringLiteral("There is no client \"%1\".").arg(client.text()))));
    const auto reference = referenceFor(settings->secret);
    if (!reference)
        return secret::answer<QString>(unexpected(
            failure(QStringLiteral("not_supported"),
                    QStringLiteral("Only a digest of this key is kept; it cannot be shown."))));
    return d->resolver.resolve(*reference)
        .then([](const Result<Secret> &secret) -> Result<QString> {
            if (!secret)
                return unexpected(secret.error());
            return QString::fromLatin1(secret->reveal());
        });
}

QFuture<Result<void>> Engine::storeProviderKey(const ProviderId &provider, const KeyId &key,
                                               const Secret &secret)
{
    if (!d->keeper || !d->keeper->snapshot())
        return notRunning<void>();
    const config::ProviderSettings *settings = d->keeper->snapshot()->provider(provider);
    if (!settings)
        return secret::answer<void>(unexpected(
            failure(QStringLiteral("no_such_id"),
                    QStringLiteral("There is no provider \"%1\".").arg(provider.text()))));
    for (const config::KeySettings &own : settings->keys) {
        if (own.id != key)
            continue;
        secret::SecretVault *vault = own.secret.kind == config::SecretRef::Kind::Keychain
            ? static_cast<secret::SecretVault *>(&d->keychain)
            : own.secret.kind == config::SecretRef::Kind::Vault
            ? static_cast<secret::SecretVault *>(&d->passphrase)
            : own.secret.kind == config::SecretRef::Kind::Ask
            ? static_cast<secret::SecretVault *>(&d->asked)
            : nullptr;
        if (!vault)
            return secret::answer<void>(unexpected(failure(
                QStringLiteral("not_supported"),
                QStringLiteral("This key comes from a place that Signalbox does not write to."))));
        auto promise = std::make_shared<QPromise<Result<void>>>();
        promise->start();
        vault->write(own.secret.name, secret)
            .then(this, [this, promise, provider](const Result<void> &written) {
                if (written && d->origins) {
                    (void)d->origins->confirm(provider); // given for where it is now
                    d->applySnapshot(d->keeper->snapshot()); // the new secret takes effect
                }
                promise->addResult(written);
                promise->finish();
            });
        return promise->future();
    }
    return secret::answer<void>(
        unexpected(failure(QStringLiteral("no_such_id"),
                           QStringLiteral("This provider has no key \"%1\".").arg(key.text()))));
}

// Its keys may go to where it is now; the same configuration again takes them up.
QFuture<Result<void>> Engine::confirmAddress(const ProviderId &provider)
{
    if (!d->keeper || !d->keeper->snapshot())
        return notRunning<void>();
    if (!d->keeper->snapshot()->provider(provider))
        return secret::answer<void>(unexpected(
            failure(QStringLiteral("no_such_id"),
                    QStringLiteral("There is no provider \"%1\".").arg(provider.text()))));
    if (auto noted = d->origins->confirm(provider); !noted)
        return secret::answer<void>(noted);
    return d->applySnapshot(d->keeper->snapshot())
        .then([](const Result<quint32> &done) -> Result<void> {
            if (!done)
                return unexpected(done.error());
            return {};
        });
}

QFuture<Result<QByteArray>> Engine::verifyProvider(const ProviderId &provider)
{
    auto promise = std::make_shared<QPromise<Result<QByteArray>>>();
    promise->start();
    QFuture<Result<QByteArray>> future = promise->future();
    if (!d->core)
        return notRunning<QByteArray>();
    QMetaObject::invokeMethod(
        d->core,
        [core = d->core, provider, promise] {
            const auto told = [promise](const VerifyAnswer &answer) {
                json::Writer w;
                w.beginObject()
                    .member("ok", answer.isGood)
                    .member("status", answer.status)
                    .member("models", answer.models)
                    .member("outcome", name(answer.outcome))
                    .member("message", answer.message)
                    .endObject();
                promise->addResult(Result<QByteArray>(w.take()));
                promise->finish();
            };
            if (core->verify({}, provider, {}, told))
                return;
            const QString why = core->isOpen()
                ? QStringLiteral("There is no provider \"%1\" with an address to ask.")
                      .arg(provider.text())
                : QStringLiteral("The engine is not running.");
            promise->addResult(Result<QByteArray>(unexpected(Error::make(
                core->isOpen() ? QStringLiteral("no_such_id") : QStringLiteral("not_running"), why,
                Blame::Client))));
            promise->finish();
        },
        Qt::QueuedConnection);
    return future;
}

QFuture<Result<void>> Engine::flushHistory()
{
    auto promise = std::make_shared<QPromise<Result<void>>>();
    promise->start();
    QFuture<Result<void>> future = promise->future();
    if (!d->core)
        return secret::answer<void>({});
    QMetaObject::invokeMethod(
        d->core,
        [core = d->core, promise] {
            if (!core->isOpen())
                return answerStopped(*promise);
            core->store()->flush().then([promise](const Result<void> &flushed) {
                promise->addResult(flushed);
                promise->finish();
            });
        },
        Qt::QueuedConnection);
    return future;
}

QFuture<Result<store::Page>> Engine::page(std::optional<ExchangeId> before, int limit)
{
    auto promise = std::make_shared<QPromise<Result<store::Page>>>();
    promise->start();
    QFuture<Result<store::Page>> future = promise->future();
    if (!d->core)
        return secret::answer<store::Page>(store::Page());
    QMetaObject::invokeMethod(
        d->core,
        [core = d->core, before, limit, promise] {
            if (!core->isOpen())
                return answerStopped(*promise);
            core->store()->page(before, limit).then([promise](const Result<store::Page> &page) {
                promise->addResult(page);
                promise->finish();
            });
        },
        Qt::QueuedConnection);
    return future;
}

QFuture<Result<std::shared_ptr<const Exchange>>> Engine::find(const ExchangeId &id)
{
    using Found = std::shared_ptr<const Exchange>;
    auto promise = std::make_shared<QPromise<Result<Found>>>();
    promise->start();
    QFuture<Result<Found>> future = promise->future();
    if (!d->core)
        return secret::answer<Found>(unexpected(failure(QStringLiteral("no_such_id"), {})));
    QMetaObject::invokeMethod(
        d->core,
        [core = d->core, id, promise] {
            if (!core->isOpen())
                return answerStopped(*promise);
            core->store()->find(id).then([promise](const Result<Found> &found) {
                promise->addResult(found);
                promise->finish();
            });
        },
        Qt::QueuedConnection);
    return future;
}

// ---- who listens

void Engine::connectNotify(const QMetaMethod &signal)
{
    if (signal == QMetaMethod::fromSignal(&Engine::published))
        d->updateListening();
}

void Engine::disconnectNotify(const QMetaMethod &signal)
{
    // Later: Qt may hold its lock on our connections here, and asking for them would wait for it.
    if (!signal.isValid() || signal == QMetaMethod::fromSignal(&Engine::published))
        QMetaObject::invokeMethod(
            this, [this] { d->updateListening(); }, Qt::QueuedConnection);
}

// Frames are built only while somebody takes them.
void Engine::Private::updateListening()
{
    const bool isWanted = q.isSignalConnected(QMetaMethod::fromSignal(&Engine::published));
    if (!core || !isRunning || isWanted == isListening)
        return;
    isListening = isWanted;
    QMetaObject::invokeMethod(
        core, [core = core, isWanted] { core->setListening(isWanted); }, Qt::QueuedConnection);
}

} // namespace sb::engine
