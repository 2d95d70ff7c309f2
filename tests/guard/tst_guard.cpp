// Who may knock, and whose key it is. [robustness §7, rules 2–8]
#include "guard/keyring.h"
#include "guard/local_rules.h"

#include <QCryptographicHash>
#include <QTest>

using namespace sb;
using namespace sb::guard;

class TestGuard : public QObject {
    Q_OBJECT

private slots:
    void rules_data();
    void rules();
    void forms();
    void keys_data();
    void keys();
};

void TestGuard::rules_data()
{
    QTest::addColumn<QByteArray>("host");
    QTest::addColumn<QByteArray>("origin"); // null: absent
    QTest::addColumn<QByteArray>("site");
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<Code>("code");
    const QByteArray none;
    const QByteArray json = "application/json";
    const auto host = [&](const char *text, Code code) {
        QTest::addRow("host %s", text) << QByteArray(text) << none << none << json << code;
    };
    host("127.0.0.1:7317", Code::None);
    host("localhost:7317", Code::None);
    host("LocalHost:7317", Code::None);
    host("[::1]:7317", Code::None);
    host("box.lan:7317", Code::None); // added by the user
    host("127.0.0.1", Code::BadHost);
    host("127.0.0.1:7318", Code::BadHost);
    host("127.0.0.2:7317", Code::BadHost);
    host("evil.example:7317", Code::BadHost);
    host("localhost.evil.example:7317", Code::BadHost);
    host("a.local:7317", Code::BadHost);
    host("192.168.1.2:7317", Code::BadHost);
    host("", Code::BadHost);
    const auto page
        = [&](const char *name, const QByteArray &origin, const QByteArray &site, Code code) {
              QTest::newRow(name) << QByteArray("localhost:7317") << origin << site << json << code;
          };
    page("origin null", "null", none, Code::BadOrigin);
    page("origin empty", "", none, Code::BadOrigin);
    page("foreign origin", "https://evil.example", none, Code::BadOrigin);
    page("own origin", "http://localhost:7317", none, Code::BadOrigin);
    page("allowed origin", "https://mine.example", "cross-site", Code::None);
    page("allowed origin, other port", "https://mine.example:444", none, Code::BadOrigin);
    page("cross-site", none, "cross-site", Code::BadOrigin);
    page("same-site", none, "same-site", Code::BadOrigin);
    page("same-origin", none, "same-origin", Code::None);
    page("typed by hand", none, "none", Code::None);
    const auto type = [&](const char *text, Code code) {
        QTest::addRow("type %s", text)
            << QByteArray("localhost:7317") << none << none << QByteArray(text) << code;
    };
    type("application/json; charset=utf-8", Code::None);
    type("Application/JSON", Code::None);
    type("application/json ; x", Code::None);
    type("text/plain", Code::MediaType);
    type("application/x-www-form-urlencoded", Code::MediaType);
    type("application/jsonp", Code::MediaType);
    type("text/plain; application/json", Code::MediaType);
    type("", Code::MediaType);
}

void TestGuard::rules()
{
    QFETCH(QByteArray, host);
    QFETCH(QByteArray, origin);
    QFETCH(QByteArray, site);
    QFETCH(QByteArray, type);
    QFETCH(Code, code);
    const LocalRules rules{{"box.lan:7317"}, {"https://mine.example"}};
    const auto view = [](const QByteArray &text) {
        return text.isNull() ? QByteArrayView() : QByteArrayView(text);
    };
    QCOMPARE(judge({"POST", host, view(origin), view(site), type, 7317}, rules), code);
    // A GET has no body to be typed; everything else holds for it too.
    QCOMPARE(judge({"GET", host, view(origin), view(site), {}, 7317}, rules),
             code == Code::MediaType ? Code::None : code);
}

// A form is a body where the path says so, and nowhere else; so is none at all. A page is kept out
// all the same.
void TestGuard::forms()
{
    const char *form = "Multipart/Form-Data; boundary=b";
    const auto ask = [](const char *type, bool takesForm, QByteArrayView origin = {}) {
        return judge({"POST", "localhost:7317", origin, {}, type, 7317, takesForm}, {});
    };
    QCOMPARE(ask(form, true), Code::None);
    QCOMPARE(ask(form, false), Code::MediaType);
    QCOMPARE(ask(form, true, "https://evil.example"), Code::BadOrigin);
    QCOMPARE(ask("application/json", true), Code::None);
    for (const char *other : {"", "text/plain", "application/x-www-form-urlencoded",
                              "multipart/mixed; boundary=b", "multipart/form-datax"})
        QCOMPARE(ask(other, true), Code::MediaType);

    const auto empty = [](const char *type, bool isBodyless, QByteArrayView origin = {}) {
        return judge({"POST", "localhost:7317", origin, {}, type, 7317, false, isBodyless}, {});
    };
    QCOMPARE(empty(nullptr, true), Code::None);
    QCOMPARE(empty(nullptr, false), Code::MediaType);
    QCOMPARE(empty("text/plain", true), Code::MediaType);
    QCOMPARE(empty(nullptr, true, "https://evil.example"), Code::BadOrigin);
}

void TestGuard::keys_data()
{
    QTest::addColumn<Carriers>("carriers");
    QTest::addColumn<QByteArray>("bound");
    QTest::addColumn<QByteArray>("line");
    const auto row
        = [](const char *name, const Carriers &carriers, const char *bound, const char *line) {
              QTest::newRow(name) << carriers << QByteArray(bound) << QByteArray(line);
          };
    row("none", {}, "", "client_key");
    row("none, bound", {}, "tools", "tools");
    row("bearer", {.authorization = "Bearer alpha"}, "", "a");
    row("bearer in lower case", {.authorization = "bearer alpha"}, "", "a");
    row("bearer with blanks", {.authorization = "Bearer   alpha "}, "", "a");
    row("basic is no key", {.authorization = "Basic alpha"}, "", "client_key");
    row("the word alone", {.authorization = "Bearer "}, "", "client_key");
    row("x-api-key", {.xApiKey = "alpha"}, "", "a");
    row("api-key", {.apiKey = "beta"}, "", "b");
    row("x-goog-api-key", {.xGoogApiKey = "beta"}, "", "b");
    row("x-portkey-api-key", {.xPortkeyApiKey = "alpha"}, "", "a");
    row("query", {.query = "alt=sse&key=alpha"}, "", "a");
    row("query, coded", {.query = "key=%61lpha"}, "", "a");
    row("query, another name", {.query = "monkey=alpha"}, "", "client_key");
    row("a prefix is nothing", {.xApiKey = "alph"}, "", "client_key");
    row("a longer one is nothing", {.xApiKey = "alphaa"}, "", "client_key");
    row("case counts", {.xApiKey = "Alpha"}, "", "client_key");
    row("the same twice", {.authorization = "Bearer alpha", .xApiKey = "alpha"}, "", "a");
    row("two different", {.authorization = "Bearer alpha", .xApiKey = "beta"}, "", "two_keys");
    row("two different, one unknown", {.authorization = "Bearer alpha", .query = "key=x"}, "",
        "two_keys");
    row("two different, bound", {.apiKey = "x", .xGoogApiKey = "y"}, "tools", "two_keys");
    row("unknown, bound", {.xApiKey = "ollama"}, "tools", "tools");
    row("known, bound", {.xApiKey = "beta"}, "tools", "b");
}

void TestGuard::keys()
{
    QFETCH(Carriers, carriers);
    QFETCH(QByteArray, bound);
    QFETCH(QByteArray, line);
    Keyring ring;
    const auto sha
        = [](const char *key) { return QCryptographicHash::hash(key, QCryptographicHash::Sha256); };
    ring.add(sha("alpha"), ClientId(QStringLiteral("a")));
    ring.add(sha("beta"), ClientId(QStringLiteral("b")));
    const auto answer = ring.identify(carriers, ClientId(QString::fromUtf8(bound)));
    QCOMPARE(answer.code == Code::None ? answer.client.text().toUtf8()
                                       : codeName(answer.code).toByteArray(),
             line);
}

QTEST_GUILESS_MAIN(TestGuard)
#include "tst_guard.moc"
