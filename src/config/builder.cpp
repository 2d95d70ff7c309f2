#include "config/builder.h"

#include "config/address.h"
#include "config/secret_ref.h"
#include "config/shape.h"
#include "record/names.h"

namespace sb::config {

using json::Value;

QString textMember(const Value &object, QByteArrayView key, const QString &fallback)
{
    const Value *found = object.find(key);
    return found && found->isString() && !found->text().isEmpty() ? found->toString() : fallback;
}

qint64 intMember(const Value &object, QByteArrayView key, qint64 fallback)
{
    const Value *found = object.find(key);
    return found ? found->toInt().value_or(fallback) : fallback;
}

bool boolMember(const Value &object, QByteArrayView key, bool fallback)
{
    const Value *found = object.find(key);
    return found ? found->toBool(fallback) : fallback;
}

const QList<Value> &listMember(const Value &object, QByteArrayView key)
{
    static const QList<Value> kNone;
    const Value *found = object.find(key);
    return found && found->isArray() ? found->items() : kNone;
}

QString indexPath(const QString &path, qsizetype index)
{
    return path + u'[' + QString::number(index) + u']';
}

ConfigSnapshot Builder::build(const Value &root)
{
    providers(root);
    chains(root);
    aliases(root);
    clients(root);
    listeners(root);
    budgets(root);
    routing(root);
    if (const Value *retention = root.find("retention"); retention && retention->isObject()) {
        m_out.retention.historyDays
            = int(intMember(*retention, "history_days", m_out.retention.historyDays));
        m_out.retention.historyBytes
            = intMember(*retention, "history_bytes", m_out.retention.historyBytes);
    }
    network(root);
    if (const Value *privacy = root.find("privacy"); privacy && privacy->isObject()) {
        m_out.privacy.looksUpCallers
            = boolMember(*privacy, "callers", m_out.privacy.looksUpCallers);
        m_out.privacy.keepsRecentRequests
            = boolMember(*privacy, "recent_requests", m_out.privacy.keepsRecentRequests);
    }

    QList<QString> sellers;
    for (const ProviderSettings &provider : m_out.providers)
        sellers.append(provider.catalogId);
    m_out.prices = m_catalog.prices(sellers);
    return std::move(m_out);
}

void Builder::chains(const Value &root)
{
    QSet<QString> seen;
    const QList<Value> &list = listMember(root, "chains");
    for (qsizetype i = 0; i < list.size(); ++i) {
        const QString path = indexPath(QStringLiteral("$.chains"), i);
        ChainSettings chain;
        chain.id = ChainId(textMember(list[i], "id"));
        const QList<Value> &targets = listMember(list[i], "targets");
        for (qsizetype t = 0; t < targets.size(); ++t)
            chain.targets.append(target(targets[t], indexPath(path + u".targets", t)));
        if (!isFirst(seen, chain.id.text(), path + u".id"))
            continue;
        m_out.chains.append(std::move(chain));
    }
}

ChainTarget Builder::target(const Value &source, const QString &path)
{
    ChainTarget out;
    out.provider = ProviderId(textMember(source, "provider"));
    out.model = textMember(source, "model");
    out.key = KeyId(textMember(source, "key"));
    if (out.provider.isEmpty())
        return out;
    const ProviderSettings *provider = m_out.provider(out.provider);
    if (!provider) {
        error(path + u".provider", QStringLiteral("There is no provider with this id."),
              nearestOf(out.provider.text(), providerIds()));
        return out;
    }
    if (!out.key.isEmpty()) {
        QList<QString> known;
        for (const KeySettings &key : provider->keys)
            known.append(key.id.text());
        if (!known.contains(out.key.text()))
            error(path + u".key", QStringLiteral("The provider has no key with this id."),
                  nearestOf(out.key.text(), known));
    }
    if (!provider->models.isEmpty() && !out.model.isEmpty()) {
        QList<QString> known;
        for (const ModelSettings &model : provider->models)
            known.append(model.id);
        if (!known.contains(out.model))
            error(path + u".model",
                  QStringLiteral("The provider's \"models\" do not have this one."),
                  nearestOf(out.model, known));
    }
    return out;
}

void Builder::aliases(const Value &root)
{
    const Value *map = root.find("aliases");
    if (!map || !map->isObject())
        return;
    QList<QString> names = chainIds();
    for (const QString &id : providerIds())
        names.append(id + u'/');
    for (const json::Member &member : map->members()) {
        if (member.key == "//" || !member.value.isString() || member.value.text().isEmpty())
            continue;
        const QString name = QString::fromUtf8(member.key);
        const QString to = member.value.toString();
        const QString path = memberPath(QStringLiteral("$.aliases"), member.key);
        if (name.isEmpty() || name.size() > 200) {
            error(path, QStringLiteral("An alias has 1 to 200 characters."));
            continue;
        }
        if (m_out.chain(ChainId(name))) {
            error(path, QStringLiteral("A chain has this name, so the alias would do nothing."));
            continue;
        }
        const qsizetype slash = to.indexOf(u'/');
        const bool isKnown = m_out.chain(ChainId(to))
            || (slash > 0 && slash + 1 < to.size() && m_out.provider(ProviderId(to.first(slash))));
        if (!isKnown)
            error(path,
                  QStringLiteral("An alias leads to a chain of this file or to provider/model."),
                  nearestOf(slash > 0 ? to.first(slash + 1) : to, names));
        else
            m_out.aliases.insert(name, to);
    }
}

void Builder::clients(const Value &root)
{
    QSet<QString> seen;
    QHash<QByteArray, QString> secrets;
    const QList<Value> &list = listMember(root, "clients");
    for (qsizetype i = 0; i < list.size(); ++i) {
        const QString path = indexPath(QStringLiteral("$.clients"), i);
        ClientSettings client;
        client.id = ClientId(textMember(list[i], "id"));
        client.label = textMember(list[i], "label", client.id.text());
        client.isRevoked = boolMember(list[i], "revoked");
        client.maxLog = fromName<LogPolicy>(textMember(list[i], "log").toUtf8())
                            .value_or(LogPolicy::Metadata);
        if (const Value *secret = list[i].find("secret");
            secret && secret->isString() && !secret->text().isEmpty()) {
            const QString at = path + u".secret";
            if (const auto ref = parseSecretRef(secret->text())) {
                client.secret = *ref;
                const QByteArray text = secretRefText(*ref);
                if (secrets.contains(text))
                    error(at,
                          QStringLiteral("Client \"%1\" has the same key: a key means one client.")
                              .arg(secrets.value(text)));
                secrets.insert(text, client.id.text());
            } else {
                error(at,
                      QStringLiteral("This is no reference to a secret, and secrets themselves are "
                                     "never written here. Let one be made and kept with: "
                                     "signalboxd keys add %1 (it writes the reference here).")
                          .arg(client.id.isEmpty() ? QStringLiteral("ID") : client.id.text()));
            }
        }
        chainsOfClient(list[i], path, client);
        if (isFirst(seen, client.id.text(), path + u".id"))
            m_out.clients.append(std::move(client));
    }
    if (list.isEmpty())
        warning(QStringLiteral("$.clients"),
                QStringLiteral("There is no client, so every request is refused. Add one with: "
                               "signalboxd keys add default"));
}

void Builder::chainsOfClient(const Value &source, const QString &path, ClientSettings &out)
{
    const Value *chains = source.find("chains");
    if (!chains)
        out.chains = {QStringLiteral("*")};
    const QList<Value> &list = listMember(source, "chains");
    for (qsizetype c = 0; c < list.size(); ++c) {
        const QString name = list[c].toString();
        if (!list[c].isString() || name.isEmpty())
            continue;
        if (name != u"*" && !m_out.chain(ChainId(name)))
            error(indexPath(path + u".chains", c),
                  QStringLiteral("There is no chain with this id."), nearestOf(name, chainIds()));
        else
            out.chains.append(name);
    }
    out.defaultChain = ChainId(textMember(source, "default_chain"));
    if (out.defaultChain.isEmpty())
        return;
    const QString at = path + u".default_chain";
    if (!m_out.chain(out.defaultChain))
        error(at, QStringLiteral("There is no chain with this id."),
              nearestOf(out.defaultChain.text(), chainIds()));
    else if (!out.chains.contains(u"*") && !out.chains.contains(out.defaultChain.text()))
        error(at, QStringLiteral("The client may not use this chain: add it to \"chains\"."));
}

void Builder::listeners(const Value &root)
{
    const QList<Value> &list = listMember(root, "listen");
    if (!root.find("listen"))
        m_out.listeners.append(Listener{});
    for (qsizetype i = 0; i < list.size(); ++i) {
        const QString path = indexPath(QStringLiteral("$.listen"), i);
        Listener listener;
        listener.host = textMember(list[i], "host", listener.host);
        listener.port
            = quint16(std::clamp<qint64>(intMember(list[i], "port", listener.port), 0, 65'535));
        listener.client = ClientId(textMember(list[i], "client"));
        if (!isListenHost(listener.host)) {
            error(path + u".host",
                  QStringLiteral("This must be an IP address, without brackets, or "
                                 "localhost."));
            continue;
        }
        if (!listener.client.isEmpty()) {
            const ClientSettings *client = m_out.client(listener.client);
            if (!client)
                error(path + u".client", QStringLiteral("There is no client with this id."),
                      nearestOf(listener.client.text(), clientIds()));
            else if (client->isRevoked)
                error(path + u".client", QStringLiteral("This client is revoked."));
        }
        if (!isLoopbackHost(listener.host))
            wideListener(listener, path);
        const bool isTwice = listener.port != 0
            && std::any_of(m_out.listeners.cbegin(), m_out.listeners.cend(),
                           [&listener](const Listener &other) {
                               return other.port == listener.port && other.host == listener.host;
                           });
        if (isTwice)
            error(path, QStringLiteral("This address is given twice."));
        m_out.listeners.append(std::move(listener));
    }
    for (qsizetype i = 0; i < m_out.clients.size(); ++i) {
        const ClientSettings &client = m_out.clients[i];
        const bool isBound = std::any_of(
            m_out.listeners.cbegin(), m_out.listeners.cend(),
            [&client](const Listener &listener) { return listener.client == client.id; });
        if (client.secret.kind == SecretRef::Kind::None && !isBound && !client.isRevoked)
            warning(indexPath(QStringLiteral("$.clients"), i),
                    QStringLiteral("The client has no key and no listener is bound to it, so no "
                                   "request can be its."));
    }
}

void Builder::wideListener(const Listener &listener, const QString &path)
{
    const bool hasKey = std::any_of(
        m_out.clients.cbegin(), m_out.clients.cend(), [](const ClientSettings &client) {
            return !client.isRevoked && client.secret.kind != SecretRef::Kind::None;
        });
    if (!hasKey)
        error(path + u".host",
              QStringLiteral("Listening beyond this computer needs at least one "
                             "client with a key."));
    else
        warning(path + u".host",
                QStringLiteral("Other computers can reach this listener, without "
                               "encryption."));
    if (!listener.client.isEmpty())
        warning(path + u".client",
                QStringLiteral("Open mode beyond this computer: anyone who reaches "
                               "the port spends as this client."));
}

void Builder::budgets(const Value &root)
{
    QSet<QString> seen;
    const QList<Value> &list = listMember(root, "budgets");
    for (qsizetype i = 0; i < list.size(); ++i) {
        const QString path = indexPath(QStringLiteral("$.budgets"), i);
        BudgetSettings budget;
        budget.id = textMember(list[i], "id");
        budget.scope = textMember(list[i], "scope");
        budget.window = textMember(list[i], "window");
        budget.cap = Money::parse(textMember(list[i], "cap").toUtf8()).value_or(Money{});
        const qsizetype colon = budget.scope.indexOf(u':');
        const QString kind = budget.scope.first(std::max<qsizetype>(colon, 0));
        const QString name = budget.scope.sliced(colon + 1);
        const bool isKind = kind == u"client" || kind == u"chain" || kind == u"provider";
        const QList<QString> known = kind == u"client" ? clientIds()
            : kind == u"chain"                         ? chainIds()
                                                       : providerIds();
        if (!isKind && !budget.scope.isEmpty() && budget.scope != u"all")
            error(path + u".scope",
                  QStringLiteral("This must be all, client:ID, chain:ID or provider:ID."),
                  nearestOf(colon < 0 ? budget.scope : kind,
                            {QStringLiteral("all"), QStringLiteral("client"),
                             QStringLiteral("chain"), QStringLiteral("provider")}));
        else if (isKind && !known.contains(name))
            error(path + u".scope", QStringLiteral("There is no %1 with this id.").arg(kind),
                  nearestOf(name, known));
        budget.warnPercent = int(intMember(list[i], "warn_percent", budget.warnPercent));
        if (isFirst(seen, budget.id, path + u".id"))
            m_out.budgets.append(std::move(budget));
    }
}

void Builder::routing(const Value &root)
{
    const Value *source = root.find("routing");
    if (!source || !source->isObject())
        return;
    RoutingSettings &out = m_out.routing;
    const auto number = [source](QByteArrayView key, int &to) {
        to = int(
            std::clamp<qint64>(intMember(*source, key, to), 0, std::numeric_limits<int>::max()));
    };
    const auto millis = [source](QByteArrayView key, Millis &to) {
        to = Millis(intMember(*source, key, to.count()));
    };
    number("max_attempts", out.maxAttempts);
    number("retries_per_target", out.retriesPerTarget);
    number("max_unknown_repeats", out.maxUnknownRepeats);
    millis("backoff_base_ms", out.backoffBase);
    millis("backoff_cap_ms", out.backoffCap);
    millis("waiting_total_ms", out.waitingTotal);
    millis("commit_grace_ms", out.commitGrace);
    millis("total_ms", out.total);
    millis("stream_max_ms", out.streamMax);
    number("trip_after", out.tripAfter);
    millis("trip_base_ms", out.tripBase);
    millis("trip_cap_ms", out.tripCap);
    out.tripForget = Seconds(intMember(*source, "trip_forget_s", out.tripForget.count()));
    number("ratio_minimum", out.ratioMinimum);
    number("ratio_percent", out.ratioPercent);
    number("retry_budget_percent", out.retryBudgetPercent);
    number("retry_budget_minimum", out.retryBudgetMinimum);
    const QString path = QStringLiteral("$.routing");
    if (out.backoffCap < out.backoffBase)
        error(path + u".backoff_cap_ms", QStringLiteral("The cap is below backoff_base_ms."));
    if (out.tripCap < out.tripBase)
        error(path + u".trip_cap_ms", QStringLiteral("The cap is below trip_base_ms."));
}

void Builder::network(const Value &root)
{
    const Value *source = root.find("network");
    if (!source || !source->isObject())
        return;
    using Proxy = NetworkSettings::Proxy;
    NetworkSettings &out = m_out.network;
    const QString path = QStringLiteral("$.network");
    const QString proxy = textMember(*source, "proxy", QStringLiteral("system"));
    out.proxy = proxy == u"none" ? Proxy::None : proxy == u"manual" ? Proxy::Manual : Proxy::System;
    out.proxyUrl = textMember(*source, "proxy_url").toUtf8();
    if (out.proxy == Proxy::Manual && out.proxyUrl.isEmpty())
        error(path + u".proxy", QStringLiteral("Proxy manual needs \"proxy_url\"."));
    else if (out.proxy != Proxy::Manual && source->find("proxy_url"))
        error(path + u".proxy_url",
              QStringLiteral("This does nothing unless \"proxy\" is manual."));
    else if (!out.proxyUrl.isEmpty()) {
        if (const QString problem = proxyUrlProblem(out.proxyUrl); !problem.isEmpty())
            error(path + u".proxy_url", problem);
    }
    const QList<Value> &hosts = listMember(*source, "allowed_hosts");
    for (qsizetype i = 0; i < hosts.size(); ++i) {
        if (!hosts[i].isString() || hosts[i].text().isEmpty())
            continue;
        const QByteArray host = hosts[i].text().toLower();
        if (isHostField(host))
            out.allowedHosts.append(host);
        else
            error(indexPath(path + u".allowed_hosts", i),
                  QStringLiteral("This must be a name, or a name and port like \"box.lan:7317\"."));
    }
    const QList<Value> &origins = listMember(*source, "allowed_origins");
    for (qsizetype i = 0; i < origins.size(); ++i) {
        if (!origins[i].isString() || origins[i].text().isEmpty())
            continue;
        if (isOrigin(origins[i].text()))
            out.allowedOrigins.append(origins[i].text());
        else
            error(indexPath(path + u".allowed_origins", i),
                  QStringLiteral("This must be an origin as browsers send it, like "
                                 "\"https://app.example\"; no *, no path."));
    }
}

QList<QString> Builder::providerIds() const
{
    QList<QString> ids;
    for (const ProviderSettings &provider : m_out.providers)
        ids.append(provider.id.text());
    return ids;
}

QList<QString> Builder::chainIds() const
{
    QList<QString> ids;
    for (const ChainSettings &chain : m_out.chains)
        ids.append(chain.id.text());
    return ids;
}

QList<QString> Builder::clientIds() const
{
    QList<QString> ids;
    for (const ClientSettings &client : m_out.clients)
        ids.append(client.id.text());
    return ids;
}

void Builder::error(const QString &path, const QString &message, const QString &nearest)
{
    m_problems.append({Problem::Severity::Error, path,
                       nearest.isEmpty()
                           ? message
                           : message + QStringLiteral(" Did you mean \"%1\"?").arg(nearest),
                       nearest});
}

void Builder::warning(const QString &path, const QString &message, const QString &nearest)
{
    m_problems.append({Problem::Severity::Warning, path, message, nearest});
}

bool Builder::isFirst(QSet<QString> &seen, const QString &id, const QString &path)
{
    if (id.isEmpty())
        return false;
    if (seen.contains(id)) {
        error(path, QStringLiteral("The id \"%1\" is used twice.").arg(id));
        return false;
    }
    seen.insert(id);
    return true;
}

} // namespace sb::config
