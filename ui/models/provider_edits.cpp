#include "models/provider_edits.h"

#include "config/config_file.h"
#include "json/reader.h"

namespace sb::models {

using json::Value;

namespace {

constexpr qsizetype kShortest = 16; // below, even the ends would tell too much
constexpr qsizetype kEnd = 4;

Unexpected refused(const QString &why)
{
    return unexpected(Error::make(QStringLiteral("bad_edit"), why));
}

QString textOf(const Value &object, QByteArrayView key)
{
    const Value *found = object.find(key);
    return found && found->isString() ? found->toString() : QString();
}

} // namespace

Result<QByteArray> withPrice(QByteArrayView configText, const ProviderId &provider,
                             const QString &model, const QString &input, const QString &output,
                             const QStringList &alsoListed)
{
    const Result<Value> root = json::read(configText);
    if (!root)
        return unexpected(root.error());
    const Value *providers = root->find("providers");
    qsizetype at = -1;
    for (qsizetype i = 0; providers && providers->isArray() && i < providers->items().size(); ++i) {
        if (textOf(providers->items()[i], "id") == provider.text())
            at = i;
    }
    if (at < 0)
        return refused(QStringLiteral("There is no provider \"%1\".").arg(provider.text()));
    Value price = Value::object();
    const Value *models = providers->items()[at].find("models");
    const QString path = QStringLiteral("providers[%1].models").arg(at);
    for (qsizetype i = 0; models && models->isArray() && i < models->items().size(); ++i) {
        const Value &own = models->items()[i];
        if (textOf(own, "id") != model)
            continue;
        if (const Value *old = own.find("price"); old && old->isObject())
            price = *old; // cache prices and tiers stay
        price.set("input", Value::string(input));
        price.set("output", Value::string(output));
        return config::edit(configText, path + QStringLiteral("[%1].price").arg(i), price);
    }
    price.set("input", Value::string(input));
    price.set("output", Value::string(output));
    Value entry = Value::object();
    entry.set("id", Value::string(model));
    entry.set("price", price);
    if (models && models->isArray())
        return config::edit(configText, path + u"[+]", entry);
    QList<Value> items{entry};
    for (const QString &other : alsoListed) {
        if (other == model)
            continue;
        Value listed = Value::object();
        listed.set("id", Value::string(other));
        items.append(listed);
    }
    return config::edit(configText, path, Value::array(items));
}

QList<ProviderUse> usesOf(const ProviderId &provider, const config::ConfigSnapshot &config)
{
    QList<ProviderUse> uses;
    for (const config::ChainSettings &chain : config.chains) {
        ProviderUse use{chain.id, {}, false};
        for (int row = 0; row < chain.targets.size(); ++row) {
            if (chain.targets[row].provider == provider)
                use.ranks.append(row + 1);
        }
        use.isAll = use.ranks.size() == chain.targets.size();
        if (!use.ranks.isEmpty())
            uses.append(use);
    }
    return uses;
}

QStringList modelsUsed(const ProviderId &provider, const config::ConfigSnapshot &config)
{
    QStringList names;
    const auto add = [&names](const QString &name) {
        if (!name.isEmpty() && !names.contains(name))
            names.append(name);
    };
    for (const config::ChainSettings &chain : config.chains) {
        for (const config::ChainTarget &target : chain.targets) {
            if (target.provider == provider)
                add(target.model);
        }
    }
    const QString prefix = provider.text() + u'/';
    for (const QString &to : config.aliases) {
        if (to.startsWith(prefix))
            add(to.sliced(prefix.size()));
    }
    return names;
}

QString maskedKey(const QString &key)
{
    const QString text = key.trimmed();
    if (text.size() < kShortest)
        return QStringLiteral("...");
    // The part that names the provider: up to the second dash, at most eight characters.
    qsizetype head = text.indexOf(u'-');
    if (head >= 0) {
        const qsizetype second = text.indexOf(u'-', head + 1);
        if (second > 0 && second < 8)
            head = second;
    }
    const QString start = head > 0 && head < 8 ? text.first(head + 1) : text.first(3);
    return start + QStringLiteral("...") + text.last(kEnd);
}

} // namespace sb::models
