// What an attempt owes, and what an exchange settles at. [cost.md §2, §5, §9]
#include "ledger/pricing.h"

#include "record/names.h"

#include <QTest>

using namespace sb;
using namespace sb::ledger;

class TestPricing : public QObject {
    Q_OBJECT

private slots:
    void bills_data();
    void bills();
    void sums();
    void drills();
};

namespace {
struct Bench {
    config::ConfigSnapshot config;
    Bench()
    {
        for (const char *id : {"paid", "local", "sim"}) {
            config::ProviderSettings provider;
            provider.id = ProviderId(QString::fromLatin1(id));
            provider.isLocal = provider.id.text() == QStringLiteral("local");
            provider.isSimulated = provider.id.text() == QStringLiteral("sim");
            config::RateCard card;
            card.base.input = Price::parsePerMillion("2.50");
            card.base.output = Price::parsePerMillion("10.00");
            provider.models = {{QStringLiteral("m"), card}, {QStringLiteral("unpriced"), {}}};
            config.providers.append(provider);
        }
    }
    Attempt attempt(const char *provider, const char *model, qint64 in, qint64 out,
                    UsageSource source = UsageSource::Reported) const
    {
        Attempt a;
        a.target = {ProviderId(QString::fromLatin1(provider)), QString::fromLatin1(model), {}};
        a.usage.input = in;
        a.usage.output = out;
        a.usage.source = source;
        return a;
    }
    QByteArray line(const Attempt &a, Basis basis) const
    {
        const Bill bill = billFor(a, basis, 400, 1'764'000'000'000,
                                  *config.provider(a.target.provider), config);
        return name(bill.source).toByteArray() + ' ' + QByteArray::number(bill.cost.nano) + ' '
            + QByteArray::number(bill.uncertain.nano);
    }
};
} // namespace

void TestPricing::bills_data()
{
    QTest::addColumn<Attempt>("attempt");
    QTest::addColumn<Basis>("basis");
    QTest::addColumn<QByteArray>("line");
    const Bench b;
    const auto row = [](const char *name, const Attempt &attempt, Basis basis, const char *line) {
        QTest::newRow(name) << attempt << basis << QByteArray(line);
    };
    row("nothing", b.attempt("paid", "m", 10, 10), Basis::Nothing, "none 0 0");
    row("usage", b.attempt("paid", "m", 1000, 100), Basis::Usage, "computed 3500000 0");
    row("one token", b.attempt("paid", "m", 1, 0), Basis::Usage, "computed 2500 0");
    row("estimate", b.attempt("paid", "m", 1000, 100, UsageSource::Estimated), Basis::Usage,
        "estimated 3500000 0");
    // The prompt's 400 estimated tokens, as uncertain money.
    row("floor", b.attempt("paid", "m", 0, 0, UsageSource::None), Basis::InputFloor,
        "estimated 0 1000000");
    // Without a price it is not free.
    row("unpriced", b.attempt("paid", "unpriced", 1000, 100), Basis::Usage, "unpriced 0 0");
    row("unknown model", b.attempt("paid", "other", 1000, 100), Basis::Usage, "unpriced 0 0");
    row("floor, unpriced", b.attempt("paid", "other", 0, 0), Basis::InputFloor, "unpriced 0 0");
    row("local", b.attempt("local", "m", 1000, 100), Basis::Usage, "free 0 0");
    row("simulated", b.attempt("sim", "m", 1000, 100), Basis::Usage, "free 0 0");
    Attempt renamed = b.attempt("paid", "other", 1000, 100);
    renamed.servedModel = QStringLiteral("m");
    row("the reply's name decides", renamed, Basis::Usage, "computed 3500000 0");
    Attempt dated = b.attempt("paid", "m", 1000, 100);
    dated.servedModel = QStringLiteral("m-nobody-knows");
    row("else the one asked for", dated, Basis::Usage, "computed 3500000 0");
}

void TestPricing::bills()
{
    QFETCH(Attempt, attempt);
    QFETCH(Basis, basis);
    QFETCH(QByteArray, line);
    QCOMPARE(Bench().line(attempt, basis), line);
}

void TestPricing::sums()
{
    const Bench b;
    Exchange exchange;
    exchange.attempts = {b.attempt("paid", "m", 0, 0), b.attempt("paid", "m", 7, 3),
                         b.attempt("paid", "m", 0, 0)};
    exchange.attempts[0].uncertain = {500};
    exchange.attempts[0].costSource = CostSource::Estimated;
    exchange.attempts[1].cost = {1000};
    exchange.attempts[1].costSource = CostSource::Computed;
    exchange.outcome.servedBy = 1;
    Settlement settlement = settle(exchange, b.config);
    QCOMPARE(settlement.cost, Money{1000});
    QCOMPARE(settlement.uncertain, Money{500});
    QCOMPARE(settlement.source, CostSource::Estimated); // the weakest names the whole
    QCOMPARE(settlement.usage.input, 7);
    exchange.attempts[2].costSource = CostSource::Unpriced;
    QCOMPARE(settle(exchange, b.config).source, CostSource::Unpriced);
    QCOMPARE(settle(Exchange(), b.config).source, CostSource::None);
}

void TestPricing::drills()
{
    const Bench b;
    Exchange exchange;
    exchange.attempts = {b.attempt("sim", "m", 1, 1)};
    QVERIFY(settle(exchange, b.config).isDrill);
    exchange.attempts.append(b.attempt("paid", "m", 1, 1));
    QVERIFY(!settle(exchange, b.config).isDrill); // real money counts
    QVERIFY(!settle(Exchange(), b.config).isDrill);
}

QTEST_GUILESS_MAIN(TestPricing)
#include "tst_pricing.moc"
