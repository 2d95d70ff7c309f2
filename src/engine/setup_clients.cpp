// Our own clients and their keys.
#include "engine/setup_commands.h"

#include "config/secret_ref.h"
#include "engine/config_writing.h"
#include "engine/engine_private.h"
#include "secret/client_key.h"
#include "json/writer.h"

namespace sb::engine {

namespace {
Error noClient(const ClientId &client)
{
    return failure(QStringLiteral("no_such_id"),
                   QStringLiteral("There is no client \"%1\".").arg(client.text()));
}

qsizetype indexOf(const config::ConfigSnapshot &now, const ClientId &client)
{
    for (qsizetype i = 0; i < now.clients.size(); ++i) {
        if (now.clients[i].id == client)
            return i;
    }
    return -1;
}

QByteArray quoted(const QByteArray &text)
{
    json::Writer w;
    w.string(QByteArrayView(text));
    return w.take();
}
} // namespace

QFuture<Result<NewClient>> SetupCommands::addClient(const ClientDraft &draft)
{
    if (!m_engine.config())
        return notRunning<NewClient>();
    SystemRandom random;
    const Secret key = secret::makeClientKey(random);
    const QString wish = draft.id.isEmpty() ? draft.label : draft.id.text();
    const ClientId named(freeId(wish, [](const QString &) { return false; }));
    auto promise = std::make_shared<QPromise<Result<NewClient>>>();
    promise->start();
    const QFuture<Result<NewClient>> future = promise->future();
    const auto finish = [promise](Result<NewClient> result) {
        promise->addResult(std::move(result));
        promise->finish();
    };
    m_engine.d->keeperOfSecrets.keepClientKey(named, key)
        .then(&m_engine, [this, draft, wish, key, finish](const Result<config::SecretRef> &kept) {
            if (!kept)
                return finish(unexpected(kept.error()));
            const config::SnapshotPtr now = m_engine.config();
            const auto text = m_engine.configText().result();
            if (!now || !text) {
                m_engine.d->keeperOfSecrets.forget(*kept);
                return finish(
                    unexpected(text ? failure(QStringLiteral("not_running"), {}) : text.error()));
            }
            const ClientId id(freeId(wish, [&](const QString &taken) {
                return now->client(ClientId(taken)) != nullptr;
            }));
            const ChainId chain = !draft.defaultChain.isEmpty() ? draft.defaultChain
                : now->chain(ChainId(QStringLiteral("default")))
                ? ChainId(QStringLiteral("default"))
                : ChainId();
            json::Writer w;
            w.beginObject().member("id", id.text());
            if (!draft.label.isEmpty() && draft.label != id.text())
                w.member("label", draft.label.left(80));
            w.member("secret", config::secretRefText(*kept));
            w.key("chains").beginArray();
            for (const QString &allowed : draft.chains)
                w.string(QStringView(allowed));
            w.endArray();
            if (!chain.isEmpty())
                w.member("default_chain", chain.text());
            w.endObject();
            ConfigText edited(*text);
            edited.set(QStringLiteral("clients[+]"), w.take());
            applyOrForget(edited.take(), *kept, [finish, id, key](const Result<void> &done) {
                if (!done)
                    return finish(unexpected(done.error()));
                finish(NewClient{id, QString::fromLatin1(key.reveal())});
            });
        });
    return future;
}

QFuture<Result<QString>> SetupCommands::clientKey(const ClientId &client)
{
    return m_engine.clientKey(client);
}

// A fresh entry for the new key; the old one goes only after the configuration names the new.
QFuture<Result<NewClient>> SetupCommands::rotateClient(const ClientId &client)
{
    const config::SnapshotPtr before = m_engine.config();
    if (!before)
        return notRunning<NewClient>();
    if (indexOf(*before, client) < 0)
        return secret::answer<NewClient>(unexpected(noClient(client)));
    SystemRandom random;
    const Secret key = secret::makeClientKey(random);
    auto promise = std::make_shared<QPromise<Result<NewClient>>>();
    promise->start();
    const QFuture<Result<NewClient>> future = promise->future();
    const auto finish = [promise](Result<NewClient> result) {
        promise->addResult(std::move(result));
        promise->finish();
    };
    m_engine.d->keeperOfSecrets.keepClientKey(client, key)
        .then(&m_engine, [this, client, key, finish](const Result<config::SecretRef> &kept) {
            if (!kept)
                return finish(unexpected(kept.error()));
            const config::SnapshotPtr now = m_engine.config();
            const auto text = m_engine.configText().result();
            const qsizetype at = now ? indexOf(*now, client) : -1;
            if (at < 0 || !text) {
                m_engine.d->keeperOfSecrets.forget(*kept);
                return finish(unexpected(text ? noClient(client) : text.error()));
            }
            const config::SecretRef old = now->clients[at].secret;
            ConfigText edited(*text);
            edited.set(QStringLiteral("clients[%1].secret").arg(at),
                       quoted(config::secretRefText(*kept)));
            applyOrForget(edited.take(), *kept,
                          [this, finish, client, key, old](const Result<void> &done) {
                              if (!done)
                                  return finish(unexpected(done.error()));
                              m_engine.d->keeperOfSecrets.forget(old);
                              finish(NewClient{client, QString::fromLatin1(key.reveal())});
                          });
        });
    return future;
}

// The entry stays: its past requests keep their name, and the key cannot come back by itself.
QFuture<Result<void>> SetupCommands::revokeClient(const ClientId &client)
{
    const config::SnapshotPtr now = m_engine.config();
    if (!now)
        return notRunning<void>();
    const qsizetype at = indexOf(*now, client);
    if (at < 0)
        return secret::answer<void>(unexpected(noClient(client)));
    return m_engine.editConfig(QStringLiteral("clients[%1].revoked").arg(at), "true")
        .then([](const Result<quint32> &done) -> Result<void> {
            if (!done)
                return unexpected(done.error());
            return {};
        });
}

void SetupCommands::applyOrForget(const Result<QByteArray> &text, const config::SecretRef &kept,
                                  std::function<void(const Result<void> &)> done)
{
    if (!text) {
        m_engine.d->keeperOfSecrets.forget(kept);
        return done(unexpected(text.error()));
    }
    m_engine.applyConfig(*text).then(&m_engine, [this, kept, done](const Result<quint32> &applied) {
        if (applied)
            return done({});
        m_engine.d->keeperOfSecrets.forget(kept);
        done(unexpected(applied.error()));
    });
}

} // namespace sb::engine
