#include "config/catalog.h"

#include "config/config_file.h"
#include "record/names.h"
#include "json/reader.h"

#include <QFile>
#include <QResource>

// Outside every namespace: the macro declares a function.
static void initConfigResources()
{
    Q_INIT_RESOURCE(config);
}

namespace sb::config {

namespace {

using json::Value;

std::optional<Price> priceOf(const Value &card, QByteArrayView key)
{
    const Value *text = card.find(key);
    return text ? Price::parsePerMillion(text->text()) : std::nullopt;
}

Rates ratesOf(const Value &card)
{
    Rates rates;
    rates.input = priceOf(card, "i");
    rates.cacheRead = priceOf(card, "r");
    rates.cacheWrite = priceOf(card, "w");
    rates.cacheWrite1h = priceOf(card, "W");
    rates.inputAudio = priceOf(card, "a");
    rates.output = priceOf(card, "o");
    rates.outputAudio = priceOf(card, "A");
    rates.reasoning = priceOf(card, "R");
    return rates;
}

quint8 daysOf(const Value &window)
{
    const Value *days = window.find("d");
    if (days && days->text() == "mon-fri")
        return 0x1f;
    if (days && days->text() == "sat-sun")
        return 0x60;
    return 0x7f;
}

qint64 intAt(const QList<Value> &items, qsizetype index)
{
    return index < items.size() ? items[index].toInt().value_or(0) : 0;
}

RateCard cardOf(const Value &source)
{
    RateCard card;
    if (const Value *from = source.find("f"))
        card.fromWallMs = from->toInt().value_or(0);
    card.base = ratesOf(source);
    if (const Value *tiers = source.find("t")) {
        for (const Value &tier : tiers->items()) {
            if (tier.items().size() == 2)
                card.tiers.append({intAt(tier.items(), 0), ratesOf(tier.items()[1])});
        }
    }
    if (const Value *windows = source.find("w")) {
        for (const Value &window : windows->items()) {
            const Value *spans = window.find("u");
            if (!spans)
                continue;
            for (const Value &span : spans->items())
                card.windows.append({int(intAt(span.items(), 0)), int(intAt(span.items(), 1)),
                                     daysOf(window), ratesOf(window)});
        }
    }
    return card;
}

enum OfferFlag { HasTools = 1, LacksTools = 2, HasVision = 4, LacksVision = 8 };

Offer offerOf(const QList<Value> &fields)
{
    Offer offer;
    offer.model = fields[0].toString();
    offer.context = intAt(fields, 1);
    offer.maxOutput = intAt(fields, 2);
    const qint64 flags = intAt(fields, 3);
    offer.hasTools = flags & HasTools;
    offer.lacksTools = flags & LacksTools;
    offer.hasVision = flags & HasVision;
    offer.lacksVision = flags & LacksVision;
    for (const Value &card : fields[4].items())
        offer.cards.append(cardOf(card));
    return offer;
}

// The offers of one provider with the ways their names may be written.
struct Shelf {
    QList<Offer> offers;
    QHash<QString, qsizetype> exact;
    QHash<QString, qsizetype> loose;
    QHash<QString, qsizetype> undated; // -1: several dated offers share the name
};

Shelf shelfOf(QByteArrayView text)
{
    Shelf shelf;
    const Result<Value> read = json::read(text);
    if (!read)
        return shelf;
    for (const Value &item : read->items()) {
        if (item.items().size() != 5)
            continue;
        const qsizetype index = shelf.offers.size();
        shelf.offers.append(offerOf(item.items()));
        const QString &model = shelf.offers.last().model;
        shelf.exact.insert(model, index);
        const QString loose = looseModelName(model);
        if (!shelf.loose.contains(loose))
            shelf.loose.insert(loose, index);
        const QStringView undated = undatedModelName(loose);
        if (undated.size() < loose.size()) {
            const QString name = undated.toString();
            shelf.undated.insert(name, shelf.undated.contains(name) ? -1 : index);
        }
    }
    return shelf;
}

class CatalogPrices final : public PriceBook {
public:
    CatalogPrices(QByteArray date, QHash<QString, Shelf> shelves)
        : m_date(std::move(date))
        , m_shelves(std::move(shelves))
    {
    }

    QByteArray date() const override { return m_date; }

    QStringList models(const QString &catalogProvider) const override
    {
        QStringList names;
        if (const auto shelf = m_shelves.constFind(catalogProvider); shelf != m_shelves.cend()) {
            for (const Offer &offer : shelf->offers)
                names.append(offer.model);
        }
        names.sort();
        return names;
    }

    const Offer *offer(const QString &catalogProvider, const QString &model) const override
    {
        const auto shelf = m_shelves.constFind(catalogProvider);
        if (shelf == m_shelves.cend())
            return nullptr;
        const auto look = [&shelf](const QHash<QString, qsizetype> &index,
                                   const QString &name) -> const Offer * {
            const qsizetype at = index.value(name, -1);
            return at < 0 ? nullptr : &shelf->offers.at(at);
        };
        if (const Offer *found = look(shelf->exact, model))
            return found;
        const QString loose = looseModelName(model);
        if (const Offer *found = look(shelf->loose, loose))
            return found;
        // A reply often names the dated form of what is sold without a date, and the other way.
        const QStringView undated = undatedModelName(loose);
        if (undated.size() < loose.size())
            return look(shelf->loose, undated.toString());
        return look(shelf->undated, loose);
    }

private:
    QByteArray m_date;
    QHash<QString, Shelf> m_shelves;
};

AuthScheme authOf(const Value &source)
{
    AuthScheme auth;
    const Value *type = source.find("type");
    if (type && type->text() == "header")
        auth.kind = AuthScheme::Kind::Header;
    else if (type && type->text() == "none")
        auth.kind = AuthScheme::Kind::None;
    if (const Value *header = source.find("header"))
        auth.header = header->text();
    if (const Value *extra = source.find("extra")) {
        for (const json::Member &member : extra->members())
            auth.extra.append({member.key.toLower(), member.value.text()});
    }
    return auth;
}

CatalogProvider providerOf(const Value &source)
{
    CatalogProvider provider;
    const auto textOf = [&source](QByteArrayView key) {
        const Value *found = source.find(key);
        return found ? found->text() : QByteArray();
    };
    provider.id = QString::fromUtf8(textOf("id"));
    provider.name = QString::fromUtf8(textOf("name"));
    provider.usage = QString::fromUtf8(textOf("usage"));
    provider.modelsUrl = textOf("models");
    if (const Value *bases = source.find("bases")) {
        for (const json::Member &base : bases->members()) {
            if (const auto dialect = fromName<DialectId>(base.key))
                provider.bases.insert(*dialect, base.value.text());
        }
    }
    if (const Value *auth = source.find("auth")) {
        provider.auth = authOf(*auth);
        if (const Value *optional = auth->find("optional"))
            provider.isKeyOptional = optional->toBool();
    }
    if (const Value *env = source.find("env")) {
        for (const Value &name : env->items())
            provider.env.append(name.text());
    }
    if (const Value *local = source.find("local"))
        provider.isLocal = local->toBool();
    return provider;
}

// `"id":[…],` of the second half. [make_catalog.py, layout]
bool takeOfferLine(QByteArrayView line, QHash<QString, QByteArrayView> &out)
{
    const qsizetype colon = line.indexOf(':');
    if (colon < 3 || line[0] != '"' || line[colon - 1] != '"')
        return false;
    QByteArrayView offers = line.sliced(colon + 1);
    if (offers.endsWith(','))
        offers.chop(1);
    out.insert(QString::fromUtf8(line.sliced(1, colon - 2)), offers);
    return true;
}

} // namespace

QString looseModelName(QStringView name)
{
    QString loose = name.toString().toLower();
    for (QChar &c : loose) {
        if (c == u'.' || c == u'_')
            c = u'-';
    }
    return loose;
}

QStringView undatedModelName(QStringView name)
{
    const auto digits = [](QStringView text) {
        return std::all_of(text.begin(), text.end(),
                           [](QChar c) { return c >= u'0' && c <= u'9'; });
    };
    // "-YYYY-MM-DD"
    if (name.size() > 11) {
        const QStringView tail = name.last(11);
        if (tail[0] == u'-' && tail[5] == u'-' && tail[8] == u'-' && tail[1] == u'2'
            && digits(tail.sliced(1, 4)) && digits(tail.sliced(6, 2)) && digits(tail.sliced(9, 2)))
            return name.chopped(11);
    }
    // "-YYYYMMDD", "@YYYYMMDD"
    if (name.size() > 9) {
        const QStringView tail = name.last(9);
        if ((tail[0] == u'-' || tail[0] == u'@') && tail[1] == u'2' && digits(tail.sliced(1)))
            return name.chopped(9);
    }
    return name;
}

const CatalogProvider *Catalog::provider(QStringView id) const
{
    const auto found = std::find_if(providers.cbegin(), providers.cend(),
                                    [id](const CatalogProvider &one) { return one.id == id; });
    return found == providers.cend() ? nullptr : &*found;
}

std::shared_ptr<const PriceBook> Catalog::prices(const QList<QString> &providerIds) const
{
    QHash<QString, Shelf> shelves;
    for (const QString &id : providerIds) {
        const auto text = offerTexts.constFind(id);
        if (text != offerTexts.cend() && !shelves.contains(id))
            shelves.insert(id, shelfOf(*text));
    }
    return std::make_shared<CatalogPrices>(date, std::move(shelves));
}

std::shared_ptr<const Catalog> Catalog::parse(QByteArrayView text)
{
    constexpr QByteArrayView kMark("\n\"offers\":{\n");
    const qsizetype mark = text.indexOf(kMark);
    if (mark < 0)
        return nullptr;
    // The head ends in "],": one brace makes it a document of its own.
    QByteArrayView headText = text.first(mark);
    if (!headText.endsWith(','))
        return nullptr;
    headText.chop(1);
    const QByteArray document = headText.toByteArray() + '}';
    const Result<Value> head = json::read(document);
    const Value *schema = head ? head->find("schema") : nullptr;
    if (!schema || schema->text() != "signalbox-catalog/1")
        return nullptr;

    auto catalog = std::make_shared<Catalog>();
    if (const Value *date = head->find("date"))
        catalog->date = date->text();
    if (const Value *providers = head->find("providers")) {
        catalog->providers.reserve(providers->items().size());
        for (const Value &provider : providers->items())
            catalog->providers.append(providerOf(provider));
    }
    QByteArrayView rest = text.sliced(mark + kMark.size());
    while (!rest.isEmpty() && rest[0] == '"') {
        qsizetype end = rest.indexOf('\n');
        if (end < 0)
            end = rest.size();
        if (!takeOfferLine(rest.first(end), catalog->offerTexts))
            return nullptr;
        rest = rest.sliced(std::min(end + 1, rest.size()));
    }
    return catalog;
}

std::shared_ptr<const Catalog> builtInCatalog()
{
    initConfigResources();
    // Uncompressed in the program's own pages, so the view lives as long as the process.
    const QResource resource(QStringLiteral(":/config/catalog.json"));
    auto catalog = Catalog::parse(QByteArrayView(resource.data(), resource.size()));
    Q_ASSERT(catalog); // our own file, built in
    return catalog;
}

} // namespace sb::config
