// Providers that are configured: their keys, and taking one out.
#include "engine/setup_commands.h"

#include "config/secret_ref.h"
#include "engine/engine_private.h"
#include "record/names.h"
#include "json/reader.h"

#include <algorithm>

namespace sb::engine {

namespace {

using config::ProviderSettings;
using json::Value;

Error noProvider(const ProviderId &provider)
{
    return failure(QStringLiteral("no_such_id"),
                   QStringLiteral("There is no provider \"%1\".").arg(provider.text()));
}

Error noKey(const KeyId &key)
{
    return failure(QStringLiteral("no_such_id"),
                   QStringLiteral("This provider has no key \"%1\".").arg(key.text()));
}

qsizetype placeOf(const config::ConfigSnapshot &config, const ProviderId &provider)
{
    for (qsizetype i = 0; i < config.providers.size(); ++i) {
        if (config.providers[i].id == provider)
            return i;
    }
    return -1;
}

qsizetype placeOf(const ProviderSettings &provider, const KeyId &key)
{
    for (qsizetype i = 0; i < provider.keys.size(); ++i) {
        if (provider.keys[i].id == key)
            return i;
    }
    return -1;
}

// "main", "main-2", …
KeyId freeKey(const ProviderSettings &provider)
{
    const QString first = QStringLiteral("main");
    KeyId id(first);
    for (int i = 2; placeOf(provider, id) >= 0; ++i)
        id = KeyId(first + u'-' + QString::number(i));
    return id;
}

Value keyValue(const KeyId &id, const config::SecretRef &ref)
{
    Value value = Value::object();
    value.set("id", Value::string(id.text()));
    value.set("secret", Value::string(QByteArrayView(config::secretRefText(ref))));
    return value;
}

Result<Secret> usable(const Secret &key)
{
    const QByteArrayView bytes = key.reveal();
    return secret::asKey(bytes.toByteArray());
}

QString pathOf(qsizetype provider)
{
    return QStringLiteral("providers[%1]").arg(provider);
}

Result<void> nothing(const Result<quint32> &done)
{
    if (!done)
        return unexpected(done.error());
    return {};
}

// The keys of a provider as the file has them, changed by `change`.
template <typename Change>
Result<QByteArray> withKeys(const QByteArray &text, const ProviderId &provider, Change change)
{
    const auto root = json::read(text);
    if (!root)
        return unexpected(root.error());
    const Value *providers = root->find("providers");
    const QList<Value> list
        = providers && providers->isArray() ? providers->items() : QList<Value>();
    for (qsizetype i = 0; i < list.size(); ++i) {
        const Value *id = list[i].find("id");
        if (!id || id->toString() != provider.text())
            continue;
        const Value *keys = list[i].find("keys");
        QList<Value> items = keys && keys->isArray() ? keys->items() : QList<Value>();
        if (const Result<void> changed = change(items); !changed)
            return unexpected(changed.error());
        return config::edit(text, pathOf(i) + u".keys", Value::array(items));
    }
    return unexpected(noProvider(provider));
}

qsizetype itemOf(const QList<Value> &items, const KeyId &key)
{
    for (qsizetype i = 0; i < items.size(); ++i) {
        if (const Value *id = items[i].find("id"); id && id->toString() == key.text())
            return i;
    }
    return -1;
}

// Everything that names the provider goes with it: its targets, aliases to its models. A chain
// that would be left without a target stands in the way.
Result<QByteArray> without(QByteArray text, const config::ConfigSnapshot &config,
                           const ProviderId &provider)
{
    const auto edit = [&text](const QString &path) -> Result<void> {
        auto next = config::edit(text, path, std::nullopt);
        if (!next)
            return unexpected(next.error());
        text = *next;
        return {};
    };
    for (qsizetype c = 0; c < config.chains.size(); ++c) {
        const config::ChainSettings &chain = config.chains[c];
        const auto count = std::count_if(
            chain.targets.cbegin(), chain.targets.cend(),
            [&provider](const config::ChainTarget &one) { return one.provider == provider; });
        if (count > 0 && count == chain.targets.size())
            return unexpected(failure(
                QStringLiteral("last_target"),
                QStringLiteral("Chain \"%1\" would have no target left.").arg(chain.id.text())));
        for (qsizetype t = chain.targets.size(); t-- > 0;) {
            if (chain.targets[t].provider != provider)
                continue;
            if (auto done = edit(QStringLiteral("chains[%1].targets[%2]").arg(c).arg(t)); !done)
                return unexpected(done.error());
        }
    }
    for (auto alias = config.aliases.cbegin(); alias != config.aliases.cend(); ++alias) {
        if (!alias.value().startsWith(provider.text() + u'/')
            || config.chain(ChainId(alias.value())))
            continue;
        QString name = alias.key();
        name.replace(u'\\', QStringLiteral("\\\\")).replace(u'"', QStringLiteral("\\\""));
        if (auto done = edit(QStringLiteral("aliases[\"%1\"]").arg(name)); !done)
            return unexpected(done.error());
    }
    if (auto done = edit(pathOf(placeOf(config, provider))); !done)
        return unexpected(done.error());
    return text;
}

} // namespace

// As the window's own: the file is caught up with first, so that places fit its text.
QFuture<Result<void>>
SetupCommands::applyEdit(const std::function<Result<QByteArray>(const QByteArray &)> &edit,
                         const QString &note)
{
    ConfigKeeper *keeper = m_engine.d->keeper.get();
    if (!keeper || !keeper->snapshot())
        return notRunning<void>();
    if (!keeper->catchUp())
        return secret::answer<void>(unexpected(
            failure(QStringLiteral("config_invalid"),
                    QStringLiteral("The configuration file has an error; mend it first."))));
    const Result<QByteArray> text = keeper->text();
    if (!text)
        return secret::answer<void>(unexpected(text.error()));
    const Result<QByteArray> edited = edit(*text);
    if (!edited)
        return secret::answer<void>(unexpected(edited.error()));
    return m_engine.d->applySnapshot(keeper->replace(*edited, {QStringLiteral("window"), note}))
        .then(nothing);
}

QFuture<Result<void>> SetupCommands::removeProvider(const ProviderId &provider)
{
    // The secrets stay where they are: the removal can be undone from the history.
    return applyEdit(
        [this, provider](const QByteArray &text) -> Result<QByteArray> {
            const config::SnapshotPtr now = m_engine.config();
            if (placeOf(*now, provider) < 0)
                return unexpected(noProvider(provider));
            return without(text, *now, provider);
        },
        QStringLiteral("remove provider %1").arg(provider.text()));
}

QFuture<Result<KeyId>> SetupCommands::keepKey(const ProviderId &provider,
                                              const std::optional<KeyId> &old, const Secret &key)
{
    const config::SnapshotPtr now = m_engine.config();
    if (!now)
        return notRunning<KeyId>();
    const ProviderSettings *settings = now->provider(provider);
    if (!settings)
        return secret::answer<KeyId>(unexpected(noProvider(provider)));
    if (old && placeOf(*settings, *old) < 0)
        return secret::answer<KeyId>(unexpected(noKey(*old)));
    const Result<Secret> clean = usable(key);
    if (!clean)
        return secret::answer<KeyId>(unexpected(clean.error()));
    const KeyId id = freeKey(*settings);
    auto promise = std::make_shared<QPromise<Result<KeyId>>>();
    promise->start();
    const QFuture<Result<KeyId>> future = promise->future();
    m_engine.d->keeperOfSecrets.keepProviderKey(provider, id, *clean)
        .then(&m_engine, [this, promise, provider, id, old](const Result<config::SecretRef> &kept) {
            const auto finish = [promise](Result<KeyId> result) {
                promise->addResult(std::move(result));
                promise->finish();
            };
            if (!kept)
                return finish(unexpected(kept.error()));
            const auto change = [id, old, ref = *kept](QList<Value> &items) -> Result<void> {
                if (!old) {
                    items.append(keyValue(id, ref));
                    return {};
                }
                const qsizetype place = itemOf(items, *old);
                if (place < 0)
                    return unexpected(noKey(*old));
                Value draining = items[place];
                draining.set("draining", Value::boolean(true));
                items[place] = draining;
                items.insert(0, keyValue(id, ref));
                return {};
            };
            // Given for where this provider is now.
            if (const auto &origins = m_engine.d->origins)
                (void)origins->confirm(provider);
            applyEdit([provider,
                       change](const QByteArray &text) { return withKeys(text, provider, change); },
                      old ? QStringLiteral("rotate key %1/%2").arg(provider.text(), old->text())
                          : QStringLiteral("add key %1/%2").arg(provider.text(), id.text()))
                .then(&m_engine, [this, finish, id, ref = *kept](const Result<void> &done) {
                    if (done)
                        return finish(id);
                    m_engine.d->keeperOfSecrets.forget(ref); // nobody names it
                    finish(unexpected(done.error()));
                });
        });
    return future;
}

QFuture<Result<KeyId>> SetupCommands::addKey(const ProviderId &provider, const Secret &key)
{
    return keepKey(provider, std::nullopt, key);
}

QFuture<Result<KeyId>> SetupCommands::rotateKey(const ProviderId &provider, const KeyId &old,
                                                const Secret &key)
{
    return keepKey(provider, old, key);
}

QFuture<Result<void>> SetupCommands::setKeyOff(const ProviderId &provider, const KeyId &key,
                                               bool isOff)
{
    const auto change = [key, isOff](QList<Value> &items) -> Result<void> {
        const qsizetype place = itemOf(items, key);
        if (place < 0)
            return unexpected(noKey(key));
        Value changed = items[place];
        if (isOff)
            changed.set("off", Value::boolean(true));
        else
            changed.remove("off");
        items[place] = changed;
        return {};
    };
    return applyEdit(
        [provider, change](const QByteArray &text) { return withKeys(text, provider, change); },
        isOff ? QStringLiteral("key %1/%2 off").arg(provider.text(), key.text())
              : QStringLiteral("key %1/%2 on").arg(provider.text(), key.text()));
}

QFuture<Result<void>> SetupCommands::removeKey(const ProviderId &provider, const KeyId &key)
{
    // The secret stays where it is: the removal can be undone from the history.
    const auto change = [key](QList<Value> &items) -> Result<void> {
        const qsizetype place = itemOf(items, key);
        if (place < 0)
            return unexpected(noKey(key));
        if (items.size() == 1)
            return unexpected(
                failure(QStringLiteral("last_key"),
                        QStringLiteral("This is the provider's only key; add another one first.")));
        items.removeAt(place);
        if (items.size() == 1) {
            Value last = items.first(); // nothing stands before it any more
            last.remove("draining");
            items[0] = last;
        }
        return {};
    };
    return applyEdit(
        [provider, change](const QByteArray &text) { return withKeys(text, provider, change); },
        QStringLiteral("remove key %1/%2").arg(provider.text(), key.text()));
}

QFuture<Result<Verified>> SetupCommands::verify(const ProviderId &provider, const KeyId &key)
{
    EngineCore *core = m_engine.d->core;
    const config::SnapshotPtr now = m_engine.config();
    if (!core || !now)
        return notRunning<Verified>();
    const ProviderSettings *settings = now->provider(provider);
    if (!settings)
        return secret::answer<Verified>(unexpected(noProvider(provider)));
    if (!key.isEmpty() && placeOf(*settings, key) < 0)
        return secret::answer<Verified>(unexpected(noKey(key)));
    auto promise = std::make_shared<QPromise<Result<Verified>>>();
    promise->start();
    const QFuture<Result<Verified>> future = promise->future();
    QMetaObject::invokeMethod(
        core,
        [core, provider, key, promise] {
            const auto told = [promise](const VerifyAnswer &answer) {
                if (answer.isGood)
                    promise->addResult(
                        Result<Verified>(Verified{answer.models, answer.modelIds, answer.took}));
                else
                    promise->addResult(Result<Verified>(unexpected(
                        failure(QString::fromLatin1(sb::name(answer.outcome)), answer.message))));
                promise->finish();
            };
            if (core->verify({}, provider, key, told))
                return;
            promise->addResult(Result<Verified>(
                unexpected(failure(QStringLiteral("no_address"),
                                   QStringLiteral("There is no address that could be asked.")))));
            promise->finish();
        },
        Qt::QueuedConnection);
    return future;
}

} // namespace sb::engine
