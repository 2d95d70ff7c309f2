// Where a call goes that is about what one provider keeps.
#include "route_kit.h"

#include "route/holder.h"

using namespace sb;
using namespace sb::route;

class TestHolder : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void places_data();
    void places();

private:
    config::SnapshotPtr m_config;
};

void TestHolder::initTestCase()
{
    m_config = configOf(R"({"version":1,
        "providers":[
          {"id":"one","dialect":"openai-chat","base_url":"https://one.example/v1",
           "keys":[{"id":"gone","secret":"env:A"},{"id":"a","secret":"env:B"},{"id":"b","secret":"env:C"},
                   {"id":"off","secret":"env:E","off":true}]},
          {"id":"two","dialect":"openai-chat","base_url":"https://two.example/v1","auth":{"type":"none"}},
          {"id":"bare","dialect":"openai-chat","base_url":"https://bare.example/v1",
           "keys":[{"id":"gone","secret":"env:D"}]},
          {"id":"other","dialect":"anthropic","base_url":"https://other.example","auth":{"type":"none"}}],
        "chains":[
          {"id":"both","targets":[{"provider":"one","model":"m"},{"provider":"two","model":"m"}]},
          {"id":"first","targets":[{"provider":"other","model":"m"},{"provider":"one","model":"m"},
                                   {"provider":"one","model":"n"},{"provider":"bare","model":"m"}]},
          {"id":"keyed","targets":[{"provider":"one","model":"m","key":"b"}]},
          {"id":"none","targets":[{"provider":"other","model":"m"},{"provider":"bare","model":"m"}]}],
        "clients":[
          {"id":"all","secret":"env:A","chains":["*"],"default_chain":"both"},
          {"id":"first","secret":"env:B","chains":["first"],"default_chain":"first"},
          {"id":"keyed","secret":"env:C","chains":["keyed"]},
          {"id":"none","secret":"env:D","chains":["none"]}]})");
}

void TestHolder::places_data()
{
    QTest::addColumn<QByteArray>("client");
    QTest::addColumn<QByteArray>("chain"); // x-signalbox-chain
    QTest::addColumn<QByteArray>("holder"); // provider/key that is known to keep it
    QTest::addColumn<QByteArray>("line");
    const auto row = [](const char *client, const char *chain, const char *holder,
                        const char *line) {
        QTest::addRow("%s @%s %s", client, chain, holder)
            << QByteArray(client) << QByteArray(chain) << QByteArray(holder) << QByteArray(line);
    };
    row("all", "", "", "no_such_id one, two");
    row("all", "first", "", "header first: one/a");
    row("all", "keyed", "", "header keyed: one/b");
    row("all", "both", "", "no_such_id one, two");
    row("all", "none", "", "no_such_id");
    row("all", "nope", "", "no_such_model");
    row("first", "", "", "default_chain first: one/a");
    row("keyed", "", "", "chain keyed: one/b");
    row("none", "", "", "no_such_id");
    row("first", "both", "", "not_allowed");
    // Who made it is asked, within what the client may use.
    row("all", "", "two/", "default_chain both: two/");
    row("all", "", "one/b", "default_chain both: one/b");
    row("all", "both", "one/b", "header both: one/b");
    row("first", "", "one/b", "default_chain first: one/b");
    row("keyed", "", "one/b", "chain keyed: one/b");
    row("keyed", "", "one/a", "no_such_id");
    row("keyed", "", "two/", "no_such_id");
    row("all", "", "one/gone", "no_such_id");
    row("all", "", "one/off", "no_such_id");
    row("all", "first", "two/", "header first: one/a"); // the header comes first
}

void TestHolder::places()
{
    QFETCH(QByteArray, client);
    QFETCH(QByteArray, chain);
    QFETCH(QByteArray, holder);
    const auto text = [](const QByteArray &bytes) { return QString::fromUtf8(bytes); };
    const QSet<KeyName> ready{{ProviderId(QStringLiteral("one")), KeyId(QStringLiteral("a"))},
                              {ProviderId(QStringLiteral("one")), KeyId(QStringLiteral("b"))},
                              {ProviderId(QStringLiteral("one")), KeyId(QStringLiteral("off"))}};
    std::optional<TargetRef> known;
    if (!holder.isEmpty())
        known = TargetRef{ProviderId(text(holder.split('/')[0])), QStringLiteral("m"),
                          KeyId(text(holder.split('/')[1]))};
    const auto found = resolveHolder({*m_config, *m_config->client(ClientId(text(client))),
                                      DialectId::OpenAiChat, ready, ChainId(text(chain)), known});
    QByteArray line;
    if (!found) {
        line = found.error().code.toUtf8();
        const QString detail = found.error().detail;
        const qsizetype from = detail.indexOf(QStringLiteral("it could be "));
        if (from >= 0)
            line += ' ' + detail.mid(from + 12, detail.indexOf(u'.') - from - 12).toUtf8();
    } else {
        QCOMPARE(found->targets.size(), 1);
        const config::ChainTarget &target = found->targets.first();
        QVERIFY(target.model.isEmpty());
        line = name(found->source).toByteArray() + ' ' + found->chain.text().toUtf8() + ": "
            + target.provider.text().toUtf8() + '/' + target.key.text().toUtf8();
    }
    QTEST(line, "line");
}

QTEST_GUILESS_MAIN(TestHolder)
#include "tst_holder.moc"
