#include "config/catalog.h"
#include "config/config_file.h"
#include "json/reader.h"

#include <QDateTime>
#include <QElapsedTimer>
#include <QFile>
#include <QtTest>

using namespace sb;
using namespace sb::config;

namespace {

QByteArray read(const QString &path)
{
    QFile file(path);
    return file.open(QFile::ReadOnly) ? file.readAll() : QByteArray();
}

qint64 wallMs(const QString &iso)
{
    return QDateTime::fromString(iso, Qt::ISODate).toMSecsSinceEpoch();
}

qint64 number(const json::Value &object, QByteArrayView key)
{
    const json::Value *found = object.find(key);
    return found ? found->toInt().value_or(0) : 0;
}

QString text(const json::Value &object, QByteArrayView key)
{
    const json::Value *found = object.find(key);
    return found ? found->toString() : QString();
}

// "1" → 1,000,000; "0.55" → 550,000.
qint64 ppm(const QString &factor)
{
    return Price::parsePerMillion(factor.toLatin1()).value_or(Price{-1}).pico;
}

std::optional<Price> price(const json::Value &card, QByteArrayView key)
{
    const json::Value *found = card.find(key);
    return found ? Price::parsePerMillion(found->text()) : std::nullopt;
}

Rates rates(const json::Value &card)
{
    Rates out;
    out.input = price(card, "input");
    out.cacheRead = price(card, "cache_read");
    out.cacheWrite = price(card, "cache_write");
    out.cacheWrite1h = price(card, "cache_write_1h");
    out.inputAudio = price(card, "input_audio");
    out.output = price(card, "output");
    out.outputAudio = price(card, "output_audio");
    out.reasoning = price(card, "reasoning");
    return out;
}

// Nothing when the case has classes that Usage does not.
std::optional<Usage> usageOf(const json::Value &buckets)
{
    const QHash<QByteArray, qint64 Usage::*> known{{"input", &Usage::input},
                                                   {"cache_read", &Usage::cacheRead},
                                                   {"cache_write", &Usage::cacheWrite},
                                                   {"cache_write_1h", &Usage::cacheWrite1h},
                                                   {"input_audio", &Usage::inputAudio},
                                                   {"output", &Usage::output},
                                                   {"output_audio", &Usage::outputAudio},
                                                   {"reasoning", &Usage::reasoning}};
    Usage usage;
    usage.source = UsageSource::Reported;
    for (const json::Member &member : buckets.members()) {
        if (!known.contains(member.key))
            return std::nullopt;
        usage.*known.value(member.key) = member.value.toInt().value_or(0);
    }
    return usage;
}

} // namespace

class TestPriceBook : public QObject {
    Q_OBJECT

    std::shared_ptr<const Catalog> m_catalog = builtInCatalog();

    std::shared_ptr<const PriceBook> wholeBook() const
    {
        QList<QString> ids;
        for (const CatalogProvider &provider : m_catalog->providers)
            ids.append(provider.id);
        return m_catalog->prices(ids);
    }

private slots:
    void theReferenceCases_data();
    void theReferenceCases();
    void ownCases_data();
    void ownCases();
    void cardsByTime();
    void tiersAndHours();
    void names_data();
    void names();
    void undated_data();
    void undated();
    void onlyConfiguredProvidersAreParsed();
    void everyOfferCanBePriced();
    void nonsenseDoesNotOverflow();
    void brokenCataloguesAreRefused_data();
    void brokenCataloguesAreRefused();
    void startIsQuick();
};

// The worked cases of the project's cost reference that this catalogue and Usage can express.
void TestPriceBook::theReferenceCases_data()
{
    QTest::addColumn<QByteArray>("json");
    const QByteArray file = read(qEnvironmentVariable("SIGNALBOX_CORPORA")
                                 + QStringLiteral("/../reference/cost_cases.json"));
    if (!qEnvironmentVariableIsSet("SIGNALBOX_CORPORA") || file.isEmpty()) {
        QTest::newRow("absent") << QByteArray();
        return;
    }
    int rows = 0;
    const Result<json::Value> cases = json::read(file);
    QVERIFY(cases);
    for (const json::Value &one : cases->find("cases")->items()) {
        const QString profile = text(one, "profile");
        const bool isOurs = profile == u"openai-chat" || profile == u"anthropic"
            || profile == u"deepseek" || profile == u"groq" || profile == u"openai-responses"
            || profile == u"embeddings" || profile == u"ollama" || profile == u"xai-chat";
        const auto usage = usageOf(*one.find("expect")->find("buckets"));
        if (!isOurs || !usage || one.find("fees"))
            continue;
        const QByteArray line = file.mid(one.offset());
        QTest::addRow("%d %s", int(number(one, "id")), qPrintable(text(one, "title")))
            << line.first(line.indexOf('\n') < 0 ? line.size() : line.indexOf('\n'));
        ++rows;
    }
    QVERIFY(rows > 25);
}

void TestPriceBook::theReferenceCases()
{
    QFETCH(QByteArray, json);
    if (json.isEmpty())
        QSKIP("SIGNALBOX_CORPORA is not set");
    if (json.endsWith(','))
        json.chop(1);
    const Result<json::Value> one = json::read(json);
    QVERIFY(one);
    const json::Value &expect = *one->find("expect");
    const qint64 at = wallMs(text(*one, "at"));
    const qint64 prompt = number(expect, "prompt_tokens");
    std::optional<Rates> found;
    if (const json::Value *own = one->find("rates")) {
        RateCard card;
        card.base = rates(own->items()[0]);
        found = ratesAt({card}, at, prompt);
    } else {
        const auto book = wholeBook();
        const Offer *offer = book->offer(text(*one, "provider"), text(*one, "model"));
        QVERIFY2(offer, qPrintable(text(*one, "model")));
        found = ratesAt(offer->cards, at, prompt);
    }
    QVERIFY(found);
    const auto usage = usageOf(*expect.find("buckets"));
    const qint64 wanted = number(expect, "cost_nano_usd");
    const qint64 factor = ppm(text(expect, "factor"));
    if (factor == 1'000'000) {
        const auto cost = priceUsage(*usage, *found);
        QVERIFY(cost);
        QCOMPARE(cost->nano, wanted);
        return;
    }
    // Service tiers and regions are not in Usage yet: the base must be right up to the factor.
    const auto cost = priceUsage(*usage, *found);
    QVERIFY(cost);
    QCOMPARE(cost->nano * factor / 1'000'000, wanted);
}

void TestPriceBook::ownCases_data()
{
    QTest::addColumn<QByteArray>("card");
    QTest::addColumn<QByteArray>("usage");
    QTest::addColumn<qint64>("nano");
    const QByteArray file = read(QStringLiteral(SB_TEST_DATA "/prices/cases.json"));
    const Result<json::Value> cases = json::read(file);
    QVERIFY2(cases, "tests/data/prices/cases.json");
    for (const json::Value &one : cases->items()) {
        const auto piece = [&](const char *key) {
            const json::Value *value = one.find(key);
            const QByteArray rest = file.mid(value->offset());
            return rest.first(rest.indexOf('}') + 1);
        };
        const json::Value *nano = one.find("nano_usd");
        QTest::newRow(qPrintable(text(one, "title")))
            << piece("rates") << piece("usage") << (nano->isNull() ? qint64(-1) : *nano->toInt());
    }
}

void TestPriceBook::ownCases()
{
    QFETCH(QByteArray, card);
    QFETCH(QByteArray, usage);
    QFETCH(qint64, nano);
    const auto parsed = usageOf(*json::read(usage));
    QVERIFY(parsed);
    const auto cost = priceUsage(*parsed, rates(*json::read(card)));
    QCOMPARE(cost ? cost->nano : -1, nano);
}

void TestPriceBook::cardsByTime()
{
    RateCard first;
    first.base.input = Price{1};
    RateCard second;
    second.fromWallMs = 1'000;
    second.base.input = Price{2};
    RateCard third;
    third.fromWallMs = 2'000;
    third.base.input = Price{3};
    const QList<RateCard> cards{first, second, third};
    QCOMPARE(ratesAt(cards, 0, 0)->input->pico, 1);
    QCOMPARE(ratesAt(cards, 999, 0)->input->pico, 1);
    QCOMPARE(ratesAt(cards, 1'000, 0)->input->pico, 2);
    QCOMPARE(ratesAt(cards, 9'999, 0)->input->pico, 3);
    QVERIFY(!ratesAt({second}, 999, 0));
    QVERIFY(!ratesAt({}, 0, 0));
}

void TestPriceBook::tiersAndHours()
{
    RateCard card;
    card.base.input = Price{1};
    card.base.output = Price{10};
    Rates longer;
    longer.input = Price{2};
    Rates longest;
    longest.input = Price{3};
    longest.output = Price{30};
    card.tiers = {{100, longer}, {200, longest}};
    QCOMPARE(ratesAt({card}, 0, 99)->input->pico, 1);
    QCOMPARE(ratesAt({card}, 0, 100)->input->pico, 2);
    QCOMPARE(ratesAt({card}, 0, 100)->output->pico, 10); // missing in the tier: the base
    QCOMPARE(ratesAt({card}, 0, 1'000)->output->pico, 30);

    RateCard windowed;
    windowed.base.input = Price{1};
    Rates peak;
    peak.input = Price{2};
    windowed.windows = {{60, 240, 0x1f, peak}}; // 01:00–04:00, Monday to Friday
    const auto at = [&](const char *iso) {
        return ratesAt({windowed}, wallMs(QString::fromLatin1(iso)), 0)->input->pico;
    };
    QCOMPARE(at("2026-11-23T00:59:59Z"), 1); // Monday
    QCOMPARE(at("2026-11-23T01:00:00Z"), 2);
    QCOMPARE(at("2026-11-23T03:59:59Z"), 2);
    QCOMPARE(at("2026-11-23T04:00:00Z"), 1);
    QCOMPARE(at("2026-11-27T02:00:00Z"), 2); // Friday
    QCOMPARE(at("2026-11-28T02:00:00Z"), 1); // Saturday
    QCOMPARE(at("2026-11-29T02:00:00Z"), 1); // Sunday
    QCOMPARE(at("1969-12-31T02:00:00Z"), 2); // a Wednesday before 1970
}

void TestPriceBook::names_data()
{
    QTest::addColumn<QString>("provider");
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("model"); // empty: unknown
    const auto row = [](const char *provider, const char *name, const char *model) {
        QTest::addRow("%s/%s", provider, name)
            << QString::fromLatin1(provider) << QString::fromLatin1(name)
            << QString::fromLatin1(model);
    };
    row("openai", "gpt-4o", "gpt-4o");
    row("openai", "GPT-4O", "gpt-4o");
    row("openai", "gpt-4o-2024-08-06", "gpt-4o-2024-08-06");
    row("openai", "gpt-4o-2024-05-13",
        "gpt-4o"); // that offer is retired; the family's price counts
    row("openai", "gpt-4.1-2025-04-14", "gpt-4.1");
    row("openai", "gpt_4_1", "gpt-4.1");
    row("openai", "gpt-4o-", "");
    row("openai", "gpt-9", "");
    row("openai", "", "");
    row("anthropic", "claude-sonnet-5-20260629", "claude-sonnet-5");
    row("anthropic", "claude-sonnet-5@20260629", "claude-sonnet-5");
    row("anthropic", "claude-sonnet-5.5", "claude-sonnet-5-5");
    row("anthropic", "Claude-Opus-4-5-20251101", "claude-opus-4-5-20251101");
    row("nobody", "gpt-4o", "");
    row("bedrock", "anthropic.claude-sonnet-5", "");
}

void TestPriceBook::names()
{
    QFETCH(QString, provider);
    QFETCH(QString, name);
    QFETCH(QString, model);
    const auto book = wholeBook();
    const Offer *offer = book->offer(provider, name);
    QCOMPARE(offer ? offer->model : QString(), model);
    QCOMPARE(book->date(), QByteArray("2026-11-22"));
}

void TestPriceBook::undated_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("plain");
    QTest::newRow("dashes") << QStringLiteral("m-2024-08-06") << QStringLiteral("m");
    QTest::newRow("digits") << QStringLiteral("m-20250929") << QStringLiteral("m");
    QTest::newRow("at") << QStringLiteral("m@20250929") << QStringLiteral("m");
    QTest::newRow("four digits") << QStringLiteral("m-2604") << QStringLiteral("m-2604");
    QTest::newRow("century") << QStringLiteral("m-12345678") << QStringLiteral("m-12345678");
    QTest::newRow("only a date") << QStringLiteral("-20250929") << QStringLiteral("-20250929");
    QTest::newRow("letters") << QStringLiteral("m-2024-08-0x") << QStringLiteral("m-2024-08-0x");
    QTest::newRow("empty") << QString() << QString();
}

void TestPriceBook::undated()
{
    QFETCH(QString, name);
    QFETCH(QString, plain);
    QCOMPARE(undatedModelName(name).toString(), plain);
}

void TestPriceBook::onlyConfiguredProvidersAreParsed()
{
    const auto book
        = m_catalog->prices({QStringLiteral("openai"), QString(), QStringLiteral("nobody")});
    QVERIFY(book->offer(QStringLiteral("openai"), QStringLiteral("gpt-4o")));
    QVERIFY(!book->offer(QStringLiteral("anthropic"), QStringLiteral("claude-sonnet-5")));
}

void TestPriceBook::everyOfferCanBePriced()
{
    Usage usage;
    usage.input = 1'000;
    usage.cacheRead = 1'000;
    usage.cacheWrite = 1'000;
    usage.cacheWrite1h = 1'000;
    const qint64 now = wallMs(QStringLiteral("2026-11-22T12:00:00Z"));
    int priced = 0;
    int toolOffers = 0;
    for (auto it = m_catalog->offerTexts.cbegin(); it != m_catalog->offerTexts.cend(); ++it) {
        const auto book = m_catalog->prices({it.key()});
        const Result<json::Value> offers = json::read(it.value());
        QVERIFY(offers);
        for (const json::Value &item : offers->items()) {
            const QString model = item.items()[0].toString();
            const Offer *offer = book->offer(it.key(), model);
            QVERIFY2(offer && offer->model == model, qPrintable(model));
            QVERIFY(!(offer->hasTools && offer->lacksTools));
            QVERIFY(!(offer->hasVision && offer->lacksVision));
            toolOffers += offer->hasTools;
            const auto found = ratesAt(offer->cards, now, usage.prompt());
            if (!found)
                continue;
            const auto cost = priceUsage(usage, *found);
            QVERIFY2(cost && cost->nano >= 0, qPrintable(it.key() + u'/' + model));
            ++priced;
        }
    }
    QVERIFY(priced > 1'400);
    QVERIFY(toolOffers > 800);
}

void TestPriceBook::nonsenseDoesNotOverflow()
{
    Rates rates;
    rates.input = Price{100'000'000'000}; // the most that a user may write
    rates.output = rates.input;
    Usage usage;
    usage.input = std::numeric_limits<qint64>::max();
    usage.cacheRead = usage.input;
    usage.output = std::numeric_limits<qint64>::max();
    const auto cost = priceUsage(usage, rates);
    QVERIFY(cost && cost->nano > 0);
    usage = {};
    usage.input = -5;
    usage.output = -9;
    usage.reasoning = -1;
    QCOMPARE(priceUsage(usage, rates)->nano, 0);
}

void TestPriceBook::brokenCataloguesAreRefused_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("json") << QByteArray("{}");
    QTest::newRow("no head") << QByteArray("\n\"offers\":{\n}}");
    QTest::newRow("other schema") << QByteArray(
        "{\"schema\":\"x/1\",\"providers\":[\n],\n\"offers\":{\n}}\n");
    QTest::newRow("bad line") << QByteArray(
        "{\"schema\":\"signalbox-catalog/1\",\"providers\":[\n],\n\"offers\":{\n\"a[]\n}}\n");
}

void TestPriceBook::brokenCataloguesAreRefused()
{
    QFETCH(QByteArray, text);
    QVERIFY(!Catalog::parse(text));
    const QByteArray sound(
        "{\"schema\":\"signalbox-catalog/1\",\"providers\":[\n],\n\"offers\":{\n\"a\":[]\n}}\n");
    QVERIFY(Catalog::parse(sound));
}

void TestPriceBook::startIsQuick()
{
    QElapsedTimer timer;
    timer.start();
    const auto catalog = builtInCatalog();
    const qint64 head = timer.nsecsElapsed();
    timer.start();
    const auto book = catalog->prices(
        {QStringLiteral("openai"), QStringLiteral("anthropic"), QStringLiteral("openrouter")});
    const qint64 offers = timer.nsecsElapsed();
    qInfo("head %.2f ms, offers of three providers %.2f ms", double(head) / 1e6,
          double(offers) / 1e6);
    QVERIFY(catalog && book);
    QVERIFY(head + offers < 100'000'000); // generous: the machine may be busy
}

QTEST_APPLESS_MAIN(TestPriceBook)
#include "tst_price_book.moc"
