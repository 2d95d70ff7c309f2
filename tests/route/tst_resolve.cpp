// Model names → targets. [contract §2 "Model names"]
#include "route_kit.h"

#include "route/resolve.h"

using namespace sb;
using namespace sb::route;

class TestResolve : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void names_data();
    void names();
    void visible();

private:
    config::SnapshotPtr m_config;
};

void TestResolve::initTestCase()
{
    m_config = configOf(R"({"version":1,
        "providers":[
          {"id":"one","dialect":"openai-chat","base_url":"https://one.example/v1","auth":{"type":"none"},
           "models":[{"id":"large"},{"id":"shared"},{"id":"org/deep"}]},
          {"id":"two","dialect":"openai-chat","base_url":"https://two.example/v1","auth":{"type":"none"},
           "models":[{"id":"shared"},{"id":"only-two"}]},
          {"id":"open","dialect":"openai-chat","base_url":"https://open.example/v1","auth":{"type":"none"}}],
        "chains":[
          {"id":"coding","targets":[{"provider":"one","model":"large"},{"provider":"two","model":"shared"}]},
          {"id":"cheap","targets":[{"provider":"open","model":"tiny"}]}],
        "aliases":{"gpt-4o":"coding","small":"two/only-two"},
        "clients":[
          {"id":"all","secret":"env:A","chains":["*"]},
          {"id":"fallback","secret":"env:B","chains":["*"],"default_chain":"cheap"},
          {"id":"narrow","secret":"env:C","chains":["cheap"]}]})");
}

void TestResolve::names_data()
{
    QTest::addColumn<QByteArray>("client");
    QTest::addColumn<QByteArray>("asked"); // "model", "model+a+b", "@chain model"
    QTest::addColumn<QByteArray>("line");
    const auto row = [](const char *client, const char *asked, const char *line) {
        QTest::addRow("%s: %s", client, asked)
            << QByteArray(client) << QByteArray(asked) << QByteArray(line);
    };
    row("all", "coding", "chain coding: one/large two/shared");
    row("all", "gpt-4o", "alias coding: one/large two/shared");
    row("all", "small", "alias: two/only-two");
    row("all", "one/large", "provider_model: one/large");
    row("all", "one/org/deep", "provider_model: one/org/deep"); // the first segment only
    row("all", "open/any/thing", "provider_model: open/any/thing"); // no list: anything passes
    row("all", "only-two", "bare_model: two/only-two");
    row("all", "org/deep", "bare_model: one/org/deep"); // "org" is no provider
    row("all", "shared", "no_such_model"); // two offer it
    row("all", "Coding", "no_such_model near coding"); // case counts
    row("all", "ONE/large", "no_such_model near one/large");
    row("all", "codign", "no_such_model near coding");
    row("all", "one/", "no_such_model");
    row("all", "", "no_such_model");
    row("all", "@cheap coding", "header cheap: open/tiny");
    row("all", "@nope coding", "no_such_model");
    row("all", "coding+only-two", "body: one/large two/shared two/only-two");
    row("all", "coding+coding+only-two", "body: one/large two/shared two/only-two");
    row("all", "+cheap", "body: open/tiny");
    row("all", "coding+nope-at-all", "no_such_model");
    row("fallback", "anything-else", "default_chain cheap: open/tiny");
    row("fallback", "coding", "chain coding: one/large two/shared");
    row("fallback", "", "no_such_model");
    row("fallback", "@nope x", "no_such_model"); // asked for by name: no default
    row("narrow", "cheap", "chain cheap: open/tiny");
    row("narrow", "coding", "not_allowed");
    row("narrow", "gpt-4o", "not_allowed");
    row("narrow", "one/large", "not_allowed");
    row("narrow", "only-two", "not_allowed");
    row("narrow", "@coding cheap", "not_allowed");
    row("narrow", "cheap+coding", "not_allowed");
}

void TestResolve::names()
{
    QFETCH(QByteArray, client);
    QFETCH(QByteArray, asked);
    QFETCH(QByteArray, line);
    QString model = QString::fromUtf8(asked);
    ChainId header;
    if (model.startsWith(u'@')) {
        header = ChainId(model.section(u' ', 0, 0).mid(1));
        model = model.section(u' ', 1);
    }
    QStringList parts = model.split(u'+');
    model = parts.takeFirst();
    const auto *settings = m_config->client(ClientId(QString::fromUtf8(client)));
    QVERIFY(settings);
    const auto resolved = resolve({*m_config, *settings, model, parts, header});
    QByteArray out;
    if (resolved) {
        out = name(resolved->source).toByteArray();
        if (!resolved->chain.isEmpty())
            out += ' ' + resolved->chain.text().toUtf8();
        out += ':';
        for (const config::ChainTarget &target : resolved->targets)
            out += ' ' + target.provider.text().toUtf8() + '/' + target.model.toUtf8();
        QCOMPARE(out, line);
        return;
    }
    out = resolved.error().code.toUtf8();
    QCOMPARE(resolved.error().blame, Blame::Client);
    const qsizetype near = line.indexOf(" near ");
    QCOMPARE(out, near < 0 ? line : line.left(near));
    if (near >= 0) {
        const QString nearest = QStringLiteral("Nearest: ") + QString::fromUtf8(line.mid(near + 6));
        QVERIFY2(resolved.error().detail.contains(nearest), qPrintable(resolved.error().detail));
    }
}

void TestResolve::visible()
{
    const auto seen = [&](const char *client) {
        return sb::route::names(
            visibleNames(*m_config, *m_config->client(ClientId(QString::fromLatin1(client)))));
    };
    QCOMPARE(seen("all"),
             "coding, cheap, gpt-4o, small, one/large, one/shared, one/org/deep, two/shared, "
             "two/only-two, open/tiny");
    QCOMPARE(seen("narrow"), "cheap");
    // A hostile name costs nothing and is not echoed whole.
    const auto *all = m_config->client(ClientId(QStringLiteral("all")));
    const auto long1 = resolve({*m_config, *all, QString(1'000'000, u'x'), {}, {}});
    QVERIFY(!long1);
    QVERIFY(long1.error().detail.size() < 400);
}

QTEST_GUILESS_MAIN(TestResolve)
#include "tst_resolve.moc"
