#include "engine/config_writing.h"

#include "config/catalog.h"
#include "config/secret_ref.h"
#include "record/names.h"
#include "json/reader.h"
#include "json/writer.h"

#include <QUrl>

namespace sb::engine {

namespace {
const ChainId kDefaultChain(QStringLiteral("default"));
constexpr qsizetype kLongestId = 48;
} // namespace

void ConfigText::set(const QString &path, const QByteArray &json)
{
    if (m_error)
        return;
    std::optional<json::Value> value;
    if (!json.isEmpty()) {
        auto read = json::read(json);
        if (!read) {
            m_error = read.error();
            return;
        }
        value = *read;
    }
    auto edited = config::edit(m_text, path, value);
    if (edited)
        m_text = *edited;
    else
        m_error = edited.error();
}

Result<QByteArray> ConfigText::take() const
{
    if (m_error)
        return unexpected(*m_error);
    return m_text;
}

QString freeId(const QString &wanted, const std::function<bool(const QString &)> &isTaken)
{
    QString id;
    for (const QChar c : wanted.toLower()) {
        const bool isPlain = (c >= u'a' && c <= u'z') || (c >= u'0' && c <= u'9');
        if (isPlain)
            id += c;
        else if (!id.isEmpty() && !id.endsWith(u'-'))
            id += u'-';
        if (id.size() >= kLongestId)
            break;
    }
    while (id.endsWith(u'-'))
        id.chop(1);
    if (id.isEmpty())
        id = QStringLiteral("new");
    if (!isTaken(id))
        return id;
    for (int n = 2;; ++n) {
        const QString numbered = id + u'-' + QString::number(n);
        if (!isTaken(numbered))
            return numbered;
    }
}

QByteArray providerJson(const NewProvider &provider, const config::Catalog &catalog)
{
    const ProviderDraft &draft = provider.draft;
    const config::CatalogProvider *known = catalog.provider(draft.catalogId);
    json::Writer w;
    w.beginObject().member("id", draft.id.text());
    const bool hasOwnName = !draft.label.isEmpty()
        && !(known && known->name == draft.label && known->id == draft.id.text());
    if (hasOwnName)
        w.member("label", draft.label.left(80));
    if (known)
        w.member("from", u"catalog:" + known->id);
    if (!draft.baseUrl.isEmpty()) {
        // A catalogue's entry at another address keeps its authentication and prices.
        if (known)
            w.key("dialects").beginObject().member(name(draft.dialect), draft.baseUrl).endObject();
        else
            w.member("dialect", name(draft.dialect)).member("base_url", draft.baseUrl);
    }
    if (draft.isLocal && !(known && known->isLocal))
        w.member("local", true);
    if (provider.secret.kind != config::SecretRef::Kind::None) {
        w.key("keys").beginArray().beginObject().member("id", "main");
        w.member("secret", config::secretRefText(provider.secret));
        w.endObject().endArray();
    } else if (!known) {
        w.key("auth").beginObject().member("type", "none").endObject();
    }
    w.endObject();
    return w.take();
}

Result<QByteArray> withProviders(const QByteArray &text, const config::ConfigSnapshot &now,
                                 const QList<NewProvider> &providers,
                                 const config::Catalog &catalog)
{
    ConfigText edited(text);
    QList<QByteArray> targets;
    for (const NewProvider &provider : providers) {
        edited.set(QStringLiteral("providers[+]"), providerJson(provider, catalog));
        if (provider.model.isEmpty())
            continue;
        json::Writer w;
        w.beginObject()
            .member("provider", provider.draft.id.text())
            .member("model", provider.model)
            .endObject();
        targets.append(w.take());
    }
    if (targets.isEmpty())
        return edited.take();
    qsizetype chain = 0;
    while (chain < now.chains.size() && now.chains[chain].id != kDefaultChain)
        ++chain;
    if (chain < now.chains.size()) {
        for (const QByteArray &target : targets)
            edited.set(QStringLiteral("chains[%1].targets[+]").arg(chain), target);
        return edited.take();
    }
    edited.set(QStringLiteral("chains[+]"),
               "{\"id\":\"default\",\"strategy\":\"ordered\",\"targets\":[" + targets.join(',')
                   + "]}");
    for (qsizetype i = 0; i < now.clients.size(); ++i) {
        const config::ClientSettings &client = now.clients[i];
        if (client.defaultChain.isEmpty() && !client.isRevoked
            && client.chains.contains(QStringLiteral("*")))
            edited.set(QStringLiteral("clients[%1].default_chain").arg(i), "\"default\"");
    }
    return edited.take();
}

} // namespace sb::engine
