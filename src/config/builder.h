// Turns a document that checkShape() has seen into settings, and reports what only the whole can
// tell: unknown names, contradictions, settings that would do nothing. Used by validate() alone.
#pragma once

#include "config/catalog.h"
#include "config/settings.h"
#include "json/value.h"

#include <QSet>

namespace sb::config {

class Builder {
public:
    Builder(const Catalog &catalog, QList<Problem> &problems)
        : m_catalog(catalog)
        , m_problems(problems)
    {
    }

    // Values that had the wrong type are left at their defaults; their Problems are there already.
    ConfigSnapshot build(const json::Value &root);

private:
    void providers(const json::Value &root);
    ProviderSettings provider(const json::Value &source, const QString &path);
    void simulated(const json::Value &source, const QString &path, ProviderSettings &out);
    const CatalogProvider *fromCatalog(const QString &from, const QString &path);
    void bases(const json::Value &source, const QString &path, const CatalogProvider *known,
               ProviderSettings &out);
    void auth(const json::Value &source, const QString &path, const CatalogProvider *known,
              ProviderSettings &out);
    void keys(const json::Value &source, const QString &path, ProviderSettings &out);
    void models(const json::Value &source, const QString &path, ProviderSettings &out);
    void timeouts(const json::Value &source, ProviderSettings &out);
    void passHeaders(const json::Value &source, const QString &path, ProviderSettings &out);

    void chains(const json::Value &root);
    ChainTarget target(const json::Value &source, const QString &path);
    void aliases(const json::Value &root);
    void clients(const json::Value &root);
    void chainsOfClient(const json::Value &source, const QString &path, ClientSettings &out);
    void listeners(const json::Value &root);
    void wideListener(const Listener &listener, const QString &path);
    void budgets(const json::Value &root);
    void routing(const json::Value &root);
    void network(const json::Value &root);

    QList<QString> providerIds() const;
    QList<QString> chainIds() const;
    QList<QString> clientIds() const;
    void error(const QString &path, const QString &message, const QString &nearest = {});
    void warning(const QString &path, const QString &message, const QString &nearest = {});
    // Reports the second use of an id; empty ids are some other Problem's.
    bool isFirst(QSet<QString> &seen, const QString &id, const QString &path);

    const Catalog &m_catalog;
    QList<Problem> &m_problems;
    ConfigSnapshot m_out;
};

// Members by name, with a default where they are absent or of the wrong type.
QString textMember(const json::Value &object, QByteArrayView key, const QString &fallback = {});
qint64 intMember(const json::Value &object, QByteArrayView key, qint64 fallback);
bool boolMember(const json::Value &object, QByteArrayView key, bool fallback = false);
const QList<json::Value> &listMember(const json::Value &object, QByteArrayView key);
QString indexPath(const QString &path, qsizetype index);

} // namespace sb::config
