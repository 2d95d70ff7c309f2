// The catalogue carried in the program: how to reach providers, and what their models cost.
//
// Made once from the compiled-in resource (resources/catalog.json, written by
// packaging/make_catalog.py) and immutable afterwards, so it may be shared between threads. Only
// the head is parsed at start; the offers of a provider are parsed when a price book asks for them.
#pragma once

#include "config/price_book.h"
#include "config/settings.h"

#include <QByteArrayView>
#include <QHash>
#include <QList>
#include <QString>

#include <memory>

namespace sb::config {

struct CatalogProvider {
    QString id;
    QString name;
    QHash<DialectId, QByteArray> bases; // without a trailing slash; may hold "{placeholders}"
    AuthScheme auth;
    bool isKeyOptional = false; // a local server: a key is sent only if the user gave one
    QList<QByteArray> env; // variables that conventionally hold the key
    QString usage;
    bool isLocal = false;
    QByteArray modelsUrl; // whole URL of the free model list; empty: none known
};

struct Catalog {
    QByteArray date;
    QList<CatalogProvider> providers; // by id

    const CatalogProvider *provider(QStringView id) const;
    // Prices of these providers; unknown ids are left out.
    std::shared_ptr<const PriceBook> prices(const QList<QString> &providerIds) const;

    // Null when the text is no catalogue of ours. `text` must outlive the catalogue.
    static std::shared_ptr<const Catalog> parse(QByteArrayView text);

    QHash<QString, QByteArrayView> offerTexts; // provider id → its offers, a JSON array
};

// Lower case, "." and "_" as "-": how model names are compared when they are not equal.
QString looseModelName(QStringView name);
// The name without a trailing date ("-2024-08-06", "-20250929", "@20250929"), or the name itself.
QStringView undatedModelName(QStringView name);

} // namespace sb::config
