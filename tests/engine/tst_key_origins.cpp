// A provider's key goes to the address it was given for and nowhere else. [robustness §7 rule 10]
#include "engine/key_origins.h"

#include "config/catalog.h"
#include "config/config_file.h"
#include "engine/engine.h"

#include <QCryptographicHash>
#include <QFile>
#include <QFileInfo>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QTest>

using namespace sb;
using namespace sb::engine;

namespace {
constexpr int kPatience = 20'000;
const QByteArray kKey = "sk-origin-test-0123456789abcdef";
const QByteArray kOwn = "sbx-origin-test-key-0001";

// Providers by id and base URL, each with the key "main".
QByteArray configText(const QList<std::pair<QByteArray, QByteArray>> &providers)
{
    QByteArray list;
    for (const auto &[id, url] : providers)
        list += QByteArray(list.isEmpty() ? "" : ",") + "{\"id\":\"" + id
            + "\",\"dialects\":{\"openai-chat\":\"" + url
            + "\"},\"keys\":[{\"id\":\"main\",\"secret\":\"env:SB_ORIGIN_TEST\"}]}";
    return "{\"version\":1,\"providers\":[" + list
        + "],\"chains\":[{\"id\":\"c\",\"targets\":[{\"provider\":\"p\",\"model\":\"m\"}]}],"
          "\"clients\":[{\"id\":\"tester\",\"secret\":\"digest:"
        + QCryptographicHash::hash(kOwn, QCryptographicHash::Sha256).toHex()
        + "\",\"chains\":[\"*\"],\"default_chain\":\"c\"}]}";
}

struct Sifted {
    QStringList kept; // providers
    QStringList notices;
};

Sifted sift(KeyOrigins &origins, const QList<std::pair<QByteArray, QByteArray>> &providers,
            const QByteArray &key = kKey)
{
    const config::Checked checked
        = config::validate(configText(providers), 1, config::builtInCatalog());
    if (!checked.snapshot)
        qFatal("the test's configuration is refused");
    LoadedKeys keys;
    for (const auto &provider : checked.snapshot->providers)
        keys.provider.insert({provider.id, KeyId(QStringLiteral("main"))}, Secret::fromView(key));
    origins.sift(*checked.snapshot, keys);
    Sifted sifted;
    for (auto one = keys.provider.cbegin(); one != keys.provider.cend(); ++one)
        sifted.kept.append(one.key().first.text());
    sifted.kept.sort();
    for (const Notice &notice : std::as_const(keys.notices))
        sifted.notices.append(notice.subject + u' ' + notice.detail);
    return sifted;
}

template <typename T> T await(QFuture<T> future)
{
    if (!QTest::qWaitFor([&] { return future.isFinished(); }, kPatience))
        qFatal("no answer");
    return future.result();
}

// Remembers what it was sent and refuses it.
class Listener : public QTcpServer {
public:
    Listener()
    {
        connect(this, &QTcpServer::newConnection, this, [this] {
            while (QTcpSocket *socket = nextPendingConnection()) {
                connect(socket, &QTcpSocket::readyRead, this, [this, socket] {
                    heard += socket->readAll();
                    socket->write("HTTP/1.1 400 No\r\ncontent-length: 2\r\n\r\n{}");
                });
                connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
            }
        });
        if (!listen(QHostAddress::LocalHost, 0))
            qFatal("cannot listen");
    }
    QByteArray url() const
    {
        return "http://127.0.0.1:" + QByteArray::number(serverPort()) + "/v1";
    }
    QByteArray heard;
};
} // namespace

class tst_key_origins : public QObject {
    Q_OBJECT
private slots:
    void staysWhereItWasGiven();
    void pastedProviderGetsNothing();
    void confirmation();
    void outlivesARestart();
    void damagedFile();
    void throughTheEngine();

private:
    QString newPath() { return m_dir.filePath(QString::number(++m_number)); }
    QTemporaryDir m_dir;
    int m_number = 0;
};

void tst_key_origins::staysWhereItWasGiven()
{
    KeyOrigins origins(newPath());
    const QStringList p{QStringLiteral("p")};
    QCOMPARE(sift(origins, {{"p", "https://a.example/v1"}}).kept, p);
    QCOMPARE(sift(origins, {{"p", "https://a.example/v2/deep"}}).kept, p); // a path is no place
    QCOMPARE(sift(origins, {{"p", "https://a.example:443"}}).kept, p);
    for (const char *url : {"https://b.example/v1", "https://a.example:8443/v1",
                            "https://x.a.example/v1", "http://127.0.0.1:443/v1"}) {
        const Sifted moved = sift(origins, {{"p", url}});
        QCOMPARE(moved.kept, QStringList());
        QCOMPARE(moved.notices.size(), 1);
        QVERIFY2(moved.notices.first().startsWith(QStringLiteral("moved:p http")),
                 qPrintable(moved.notices.first()));
    }
    const Sifted back = sift(origins, {{"p", "https://a.example/v1"}});
    QCOMPARE(back.kept, p);
    QCOMPARE(back.notices, QStringList());
    // Another key belongs to where it is first seen.
    QCOMPARE(sift(origins, {{"p", "https://b.example/v1"}}, "sk-another-0123456789").kept, p);
    QCOMPARE(sift(origins, {{"p", "https://a.example/v1"}}, "sk-another-0123456789").kept,
             QStringList());
}

void tst_key_origins::pastedProviderGetsNothing()
{
    KeyOrigins origins(newPath());
    sift(origins, {{"p", "https://a.example/v1"}});
    const Sifted pasted
        = sift(origins, {{"p", "https://a.example/v1"}, {"evil", "https://evil.example/v1"}});
    QCOMPARE(pasted.kept, QStringList{QStringLiteral("p")});
    QCOMPARE(pasted.notices, QStringList{QStringLiteral("moved:evil https://evil.example:443")});
}

void tst_key_origins::confirmation()
{
    KeyOrigins origins(newPath());
    const QStringList p{QStringLiteral("p")};
    sift(origins, {{"p", "https://a.example/v1"}});
    QCOMPARE(sift(origins, {{"p", "https://b.example/v1"}}).kept, QStringList());
    QVERIFY(origins.confirm(ProviderId(QStringLiteral("p"))));
    QCOMPARE(sift(origins, {{"p", "https://b.example/v1"}}).kept, p);
    QCOMPARE(sift(origins, {{"p", "https://a.example/v1"}}).kept, p); // and back
    // It was said about b, not about whatever comes next.
    QCOMPARE(sift(origins, {{"p", "https://c.example/v1"}}).kept, QStringList());
}

void tst_key_origins::outlivesARestart()
{
    const QString path = newPath();
    {
        KeyOrigins origins(path);
        sift(origins, {{"p", "https://a.example/v1"}});
    }
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray text = file.readAll();
    QVERIFY(text.contains("https://a.example:443"));
    QVERIFY(!text.contains(kKey) && !text.contains(kKey.toBase64()));
    QCOMPARE(QFileInfo(path).permissions() & 0x77, QFile::Permissions());
    {
        KeyOrigins origins(path);
        QCOMPARE(sift(origins, {{"p", "https://b.example/v1"}}).kept, QStringList());
        QVERIFY(origins.confirm(ProviderId(QStringLiteral("p"))));
    }
    KeyOrigins origins(path); // as after `provider confirm` without a running gateway
    QCOMPARE(sift(origins, {{"p", "https://b.example/v1"}}).kept.size(), 1);
}

void tst_key_origins::damagedFile()
{
    for (const char *text : {"", "{", "[]", "{\"keys\":7}", "{\"keys\":{\"x\":7},\"confirmed\":{}}",
                             "{\"keys\":{\"x\":[7,null]},\"confirmed\":[7]}"}) {
        const QString path = newPath();
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text);
        file.close();
        KeyOrigins origins(path);
        QCOMPARE(sift(origins, {{"p", "https://a.example/v1"}}).kept.size(), 1);
        QCOMPARE(sift(origins, {{"p", "https://b.example/v1"}}).kept.size(), 0);
    }
}

// The whole way: the file is edited, the request goes without the key or not at all.
void tst_key_origins::throughTheEngine()
{
    qputenv("SB_ORIGIN_TEST", kKey);
    Listener first;
    Listener second;
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("config.json"));
    const auto write = [&path](const QByteArray &text) {
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate)
            || file.write(text) != text.size())
            qFatal("cannot write");
    };
    write(configText({{"p", first.url()}}));
    Engine engine({path, folder.filePath(QStringLiteral("data")),
                   config::Listener{QStringLiteral("127.0.0.1"), 0, {}}, true});
    const auto started = await(engine.start());
    QVERIFY(started);
    const quint16 port = quint16(started->addresses.first().section(u':', -1).toUInt());
    const auto ask = [port] {
        const QByteArray body = R"({"model":"c","messages":[{"role":"user","content":"hi"}]})";
        QTcpSocket socket;
        socket.connectToHost(QStringLiteral("127.0.0.1"), port);
        socket.write("POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:"
                     + QByteArray::number(port) + "\r\nauthorization: Bearer " + kOwn
                     + "\r\ncontent-type: application/json\r\nconnection: "
                       "close\r\ncontent-length: "
                     + QByteArray::number(body.size()) + "\r\n\r\n" + body);
        return QTest::qWaitFor([&] { return socket.state() == QTcpSocket::UnconnectedState; },
                               kPatience);
    };
    QVERIFY(ask());
    QVERIFY(first.heard.contains(kKey));
    write(configText({{"p", second.url()}}));
    QVERIFY(await(engine.reload()));
    QVERIFY(ask());
    QVERIFY(!second.heard.contains(kKey));
    const auto isTold = [&engine] {
        const auto frame = await(engine.frame());
        for (const Notice &notice : frame->notices) {
            if (notice.subject == QStringLiteral("moved:p"))
                return true;
        }
        return false;
    };
    QVERIFY(isTold());
    QVERIFY(!await(engine.confirmAddress(ProviderId(QStringLiteral("nobody")))));
    QVERIFY(await(engine.confirmAddress(ProviderId(QStringLiteral("p")))));
    QVERIFY(!isTold());
    QVERIFY(ask());
    QVERIFY(second.heard.contains(kKey));
    const QFuture<void> stopped = engine.stop(Millis(0));
    QVERIFY(QTest::qWaitFor([&] { return stopped.isFinished(); }, kPatience));
    qunsetenv("SB_ORIGIN_TEST");
}

QTEST_GUILESS_MAIN(tst_key_origins)
#include "tst_key_origins.moc"
