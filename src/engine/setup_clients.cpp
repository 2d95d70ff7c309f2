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

} // namespace

QFuture<Result<NewClient>> SetupCommands::addClient(const ClientDraft &draft)
{
    const QString wish = draft.id.isEmpty() ? draft.label : draft.id.text();
    const ClientId named(freeId(wish, [](const QString &) { return false; }));
    return keepThenApply(
        named,
        [draft, wish](const config::ConfigSnapshot &now, const config::SecretRef &kept,
                      ConfigText &text) -> Result<KeyChange> {
            const ClientId id(freeId(wish, [&](const QString &taken) {
                return now.client(ClientId(taken)) != nullptr;
            }));
            const ChainId usual(QStringLiteral("default"));
            const ChainId chain = !draft.defaultChain.isEmpty() ? draft.defaultChain
                : now.chain(usual)                              ? usual
                                                                : ChainId();
            json::Writer w;
            w.beginObject().member("id", id.text());
            if (!draft.label.isEmpty() && draft.label != id.text())
                w.member("label", draft.label.left(80));
            w.member("secret", config::secretRefText(kept));
            w.key("chains").beginArray();
            for (const QString &allowed : draft.chains)
                w.string(QStringView(allowed));
            w.endArray();
            if (!chain.isEmpty())
                w.member("default_chain", chain.text());
            w.endObject();
            text.set(QStringLiteral("clients[+]"), w.take());
            return KeyChange{id, {}};
        });
}

QFuture<Result<QString>> SetupCommands::clientKey(const ClientId &client)
{
    return m_engine.clientKey(client);
}

// A fresh entry for the new key; the old one goes only after the configuration names the new.
QFuture<Result<NewClient>> SetupCommands::rotateClient(const ClientId &client)
{
    const config::SnapshotPtr before = m_engine.config();
    if (before && indexOf(*before, client) < 0)
        return secret::answer<NewClient>(unexpected(noClient(client)));
    return keepThenApply(client,
                         [client](const config::ConfigSnapshot &now, const config::SecretRef &kept,
                                  ConfigText &text) -> Result<KeyChange> {
                             const qsizetype at = indexOf(now, client);
                             if (at < 0)
                                 return unexpected(noClient(client));
                             text.set(QStringLiteral("clients[%1].secret").arg(at),
                                      json::quoted(QString::fromUtf8(config::secretRefText(kept))));
                             return KeyChange{client, now.clients[at].secret};
                         });
}

QFuture<Result<NewClient>> SetupCommands::keepThenApply(const ClientId &named, KeyEdit edit)
{
    if (!m_engine.config())
        return notRunning<NewClient>();
    SystemRandom random;
    const Secret key = secret::makeClientKey(random);
    auto promise = std::make_shared<QPromise<Result<NewClient>>>();
    promise->start();
    const QFuture<Result<NewClient>> future = promise->future();
    const auto finish = [promise](Result<NewClient> result) {
        promise->addResult(std::move(result));
        promise->finish();
    };
    m_engine.d->keeperOfSecrets.keepClientKey(named, key)
        .then(&m_engine, [this, edit, key, finish](const Result<config::SecretRef> &kept) {
            if (!kept)
                return finish(unexpected(kept.error()));
            const auto forget = [this, finish, ref = *kept](const Error &why) {
                m_engine.d->keeperOfSecrets.forget(ref);
                finish(unexpected(why));
            };
            const config::SnapshotPtr now = m_engine.config();
            if (!now)
                return forget(failure(QStringLiteral("not_running"), {}));
            const auto text = m_engine.configText().result();
            if (!text)
                return forget(text.error());
            ConfigText edited(*text);
            const Result<KeyChange> change = edit(*now, *kept, edited);
            if (!change)
                return forget(change.error());
            const Result<QByteArray> wanted = edited.take();
            if (!wanted)
                return forget(wanted.error());
            m_engine.applyConfig(*wanted).then(
                &m_engine,
                [this, forget, finish, key, change = *change](const Result<quint32> &applied) {
                    if (!applied)
                        return forget(applied.error());
                    if (change.replaced)
                        m_engine.d->keeperOfSecrets.forget(*change.replaced);
                    finish(NewClient{change.id, QString::fromLatin1(key.reveal())});
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

} // namespace sb::engine
