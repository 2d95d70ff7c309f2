// Keys of a configured provider and taking providers out, on real sockets; and an apply under 200
// running streams.
#include "engine/engine.h"
#include "engine/setup.h"

#include <QCryptographicHash>
#include <QFile>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QTest>

using namespace sb;
using namespace sb::engine;

namespace {

constexpr int kPatience = 30'000;
const QByteArray kClientKey = "sbx-setup-providers-test-key";
const ProviderId kMock(QStringLiteral("mock"));

template <typename T> T await(QFuture<T> future)
{
    if (!QTest::qWaitFor([&] { return future.isFinished(); }, kPatience))
        qFatal("no answer");
    return future.result();
}

// An OpenAI-style provider that knows some keys: 401 for the others.
class MockProvider : public QTcpServer {
public:
    MockProvider()
    {
        listen(QHostAddress::LocalHost);
        connect(this, &QTcpServer::newConnection, this, [this] {
            QTcpSocket *socket = nextPendingConnection();
            const auto gathered = std::make_shared<QByteArray>();
            connect(socket, &QTcpSocket::readyRead, this, [this, socket, gathered] {
                *gathered += socket->readAll();
                const qsizetype head = gathered->indexOf("\r\n\r\n");
                if (head < 0)
                    return;
                const QByteArray lower = gathered->first(head).toLower();
                const qsizetype at = lower.indexOf("content-length:");
                const qsizetype length
                    = at < 0 ? 0 : lower.mid(at + 15, lower.indexOf("\r\n", at) - at - 15).toInt();
                if (gathered->size() < head + 4 + length)
                    return;
                const qsizetype bearer = gathered->indexOf("Bearer ");
                const QByteArray key
                    = bearer < 0 ? QByteArray() : gathered->mid(bearer + 7).split('\r').first();
                used += key;
                const bool isList = gathered->startsWith("GET ");
                gathered->clear();
                answer(socket, key, isList);
            });
        });
    }
    QByteArray base() const
    {
        return "http://127.0.0.1:" + QByteArray::number(serverPort()) + "/v1";
    }

    QList<QByteArray> good;
    QList<QByteArray> used;

private:
    void answer(QTcpSocket *socket, const QByteArray &key, bool isList)
    {
        const bool isGood = good.contains(key);
        const QByteArray body = !isGood
            ? QByteArray("{\"error\":{\"message\":\"Incorrect API key\",\"type\":"
                         "\"invalid_request_error\",\"code\":\"invalid_api_key\"}}")
            : isList ? QByteArray("{\"data\":[{\"id\":\"m1\"},{\"id\":\"m2\"}]}")
                     : QByteArray("{\"id\":\"x\",\"object\":\"chat.completion\",\"model\":\"m1\","
                                  "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
                                  "\"content\":\"hello\"},\"finish_reason\":\"stop\"}],\"usage\":{"
                                  "\"prompt_tokens\":3,\"completion_tokens\":1,\"total_tokens\":4}"
                                  "}");
        socket->write(QByteArray(isGood ? "HTTP/1.1 200 OK" : "HTTP/1.1 401 Unauthorized")
                      + "\r\ncontent-type: application/json\r\ncontent-length: "
                      + QByteArray::number(body.size()) + "\r\n\r\n" + body);
    }
};

QByteArray clientJson()
{
    return "\"clients\":[{\"id\":\"t\",\"secret\":\"digest:"
        + QCryptographicHash::hash(kClientKey, QCryptographicHash::Sha256).toHex()
        + "\",\"chains\":[\"*\"],\"default_chain\":\"c\"}]";
}

struct Running {
    QTemporaryDir folder;
    QString path = folder.filePath(QStringLiteral("config.json"));
    std::unique_ptr<Engine> engine;
    quint16 port = 0;

    explicit Running(const QByteArray &text)
    {
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
            qFatal("cannot write");
        file.close();
        engine = std::make_unique<Engine>(
            EngineOptions{path, folder.filePath(QStringLiteral("data")),
                          config::Listener{QStringLiteral("127.0.0.1"), 0, {}}, true});
        const auto started = await(engine->start());
        if (!started)
            qFatal("%s", qPrintable(started.error().detail));
        port = quint16(started->addresses.first().section(u':', -1).toUInt());
    }
    Setup &setup() { return engine->setup(); }
    QByteArray text() const
    {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    QByteArray request(const QByteArray &model, bool isStream) const
    {
        const QByteArray body = "{\"model\":\"" + model
            + (isStream ? "\",\"stream\":true,\"max_tokens\":60" : "\"")
            + ",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}";
        return "POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:" + QByteArray::number(port)
            + "\r\nauthorization: Bearer " + kClientKey
            + "\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: "
            + QByteArray::number(body.size()) + "\r\n\r\n" + body;
    }
    QByteArray ask(const QByteArray &model) const
    {
        QTcpSocket socket;
        socket.connectToHost(QStringLiteral("127.0.0.1"), port);
        socket.write(request(model, false));
        if (!QTest::qWaitFor([&] { return socket.state() == QTcpSocket::UnconnectedState; },
                             kPatience))
            qWarning("the connection stays open");
        return socket.readAll();
    }
};

QByteArray mockText(const MockProvider &mock)
{
    return "{\"version\":1,\"providers\":[{\"id\":\"mock\",\"dialect\":\"openai-chat\","
           "\"base_url\":\""
        + mock.base()
        + "\",\"keys\":[{\"id\":\"first\",\"secret\":\"env:SBX_TEST_FIRST_KEY\"}]},{\"id\":\"sim\","
          "\"from\":\"sim\",\"script\":\"quick\"}],\"chains\":[{\"id\":\"c\",\"targets\":[{"
          "\"provider\":\"mock\",\"model\":\"m1\"},{\"provider\":\"sim\",\"model\":\"s\"}]}],"
          "\"aliases\":{\"odd \\\"one\\\"\":\"mock/m2\",\"fine\":\"c\"},"
        + clientJson() + "}";
}

} // namespace

class TestSetupProviders : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void verifiesOneKey();
    void rotationKeepsBothServing();
    void keysAreSwitchedAndRemoved();
    void badKeysAreRefused();
    void removalTakesWhatNamesIt();
    void applyUnderRunningStreams();
};

void TestSetupProviders::initTestCase()
{
    qputenv("SBX_TEST_FIRST_KEY", "sk-first-key-0001");
}

void TestSetupProviders::verifiesOneKey()
{
    MockProvider mock;
    mock.good = {"sk-first-key-0001"};
    Running run(mockText(mock));
    const auto verified = await(run.setup().verify(kMock, KeyId(QStringLiteral("first"))));
    QVERIFY2(verified.has_value(), verified ? "" : qPrintable(verified.error().detail));
    QCOMPARE(verified->models, 2);
    QCOMPARE(verified->modelIds, (QStringList{QStringLiteral("m1"), QStringLiteral("m2")}));
    mock.good.clear();
    QCOMPARE(await(run.setup().verify(kMock, KeyId(QStringLiteral("first")))).error().code,
             QStringLiteral("key_rejected"));
    QCOMPARE(await(run.setup().verify(kMock, KeyId(QStringLiteral("none")))).error().code,
             QStringLiteral("no_such_id"));
    QCOMPARE(await(run.setup().verify(ProviderId(QStringLiteral("none")), KeyId())).error().code,
             QStringLiteral("no_such_id"));
}

void TestSetupProviders::rotationKeepsBothServing()
{
    MockProvider mock;
    mock.good = {"sk-first-key-0001", "sk-second-key-0002"};
    Running run(mockText(mock));
    const auto rotated = await(run.setup().rotateKey(kMock, KeyId(QStringLiteral("first")),
                                                     Secret(QByteArray("sk-second-key-0002"))));
    QVERIFY2(rotated.has_value(), rotated ? "" : qPrintable(rotated.error().detail));
    QVERIFY(!run.text().contains("sk-second")); // a reference, never the key
    const auto &keys = run.setup().config()->provider(kMock)->keys;
    QCOMPARE(keys.size(), 2);
    QCOMPARE(keys[0].id, *rotated);
    QVERIFY(!keys[0].isDraining);
    QCOMPARE(keys[1].id.text(), QStringLiteral("first"));
    QVERIFY(keys[1].isDraining);

    QVERIFY(run.ask("c").contains("hello"));
    QCOMPARE(mock.used.last(), QByteArray("sk-second-key-0002"));
    // The new key turns out bad: the old one still serves, in the same request.
    mock.good = {"sk-first-key-0001"};
    const QByteArray reply = run.ask("c");
    QVERIFY(reply.startsWith("HTTP/1.1 200"));
    QVERIFY(reply.contains("x-signalbox-served-by: mock/m1"));
    QCOMPARE(mock.used.last(), QByteArray("sk-first-key-0001"));
    const FramePtr frame = await(run.engine->frame());
    for (const ProviderView &provider : frame->providers) {
        if (provider.id == kMock) {
            QCOMPARE(provider.keys.size(), 2);
            QVERIFY(provider.keys[1].isDraining);
        }
    }
    QVERIFY(await(run.setup().removeKey(kMock, KeyId(QStringLiteral("first")))));
    QCOMPARE(run.setup().config()->provider(kMock)->keys.size(), 1);
}

void TestSetupProviders::keysAreSwitchedAndRemoved()
{
    MockProvider mock;
    mock.good = {"sk-first-key-0001", "sk-second-key-0002"};
    Running run(mockText(mock));
    const KeyId first(QStringLiteral("first"));
    QCOMPARE(await(run.setup().removeKey(kMock, first)).error().code, QStringLiteral("last_key"));
    const auto added
        = await(run.setup().addKey(kMock, Secret(QByteArray(" sk-second-key-0002\n"))));
    QVERIFY(added.has_value());
    QVERIFY(run.ask("c").contains("hello"));
    QCOMPARE(mock.used.last(), QByteArray("sk-first-key-0001")); // further keys come behind
    QVERIFY(await(run.setup().setKeyOff(kMock, first, true)));
    QVERIFY(run.setup().config()->provider(kMock)->keys[0].isOff);
    QVERIFY(run.ask("c").contains("hello"));
    QCOMPARE(mock.used.last(), QByteArray("sk-second-key-0002"));
    QVERIFY(await(run.setup().setKeyOff(kMock, first, false)));
    QVERIFY(!run.setup().config()->provider(kMock)->keys[0].isOff);
    QCOMPARE(await(run.setup().setKeyOff(kMock, KeyId(QStringLiteral("x")), true)).error().code,
             QStringLiteral("no_such_id"));
    QVERIFY(await(run.setup().removeKey(kMock, first)));
    QStringList notes;
    const QList<ConfigVersion> kept = await(run.setup().versions()).value();
    for (const ConfigVersion &version : kept)
        notes += version.note;
    QVERIFY(notes.contains(QStringLiteral("remove key mock/first")));
    QVERIFY(notes.contains(QStringLiteral("key mock/first off")));
}

void TestSetupProviders::badKeysAreRefused()
{
    MockProvider mock;
    Running run(mockText(mock));
    const QByteArray before = run.text();
    QVERIFY(!await(run.setup().addKey(kMock, Secret(QByteArray("   ")))));
    QVERIFY(!await(run.setup().addKey(kMock, Secret(QByteArray("two\r\nlines")))));
    QCOMPARE(await(run.setup().addKey(ProviderId(QStringLiteral("none")),
                                      Secret(QByteArray("sk-second-key-0002"))))
                 .error()
                 .code,
             QStringLiteral("no_such_id"));
    QCOMPARE(await(run.setup().rotateKey(kMock, KeyId(QStringLiteral("none")),
                                         Secret(QByteArray("sk-second-key-0002"))))
                 .error()
                 .code,
             QStringLiteral("no_such_id"));
    QCOMPARE(run.text(), before);
}

void TestSetupProviders::removalTakesWhatNamesIt()
{
    MockProvider mock;
    Running run(mockText(mock));
    const QByteArray before = run.text();
    QVERIFY(await(run.setup().removeProvider(kMock)));
    const config::SnapshotPtr after = run.setup().config();
    QVERIFY(!after->provider(kMock));
    QCOMPARE(after->chains[0].targets.size(), 1);
    QCOMPARE(after->aliases.size(), 1);
    QCOMPARE(await(run.setup().removeProvider(ProviderId(QStringLiteral("sim")))).error().code,
             QStringLiteral("last_target"));
    QCOMPARE(await(run.setup().removeProvider(kMock)).error().code, QStringLiteral("no_such_id"));
    // And back, whole.
    QVERIFY(await(run.setup().applyText(before, after->revision, QStringLiteral("undo"))));
    QCOMPARE(run.text(), before);
    QVERIFY(run.setup().config()->provider(kMock));
}

// A running request keeps the configuration it began with; an apply must not be felt.
void TestSetupProviders::applyUnderRunningStreams()
{
    constexpr int kStreams = 200;
    QTemporaryDir folder;
    QFile script(folder.filePath(QStringLiteral("long.json")));
    QVERIFY(script.open(QIODevice::WriteOnly));
    script.write(R"({"first_token_ms":5,"per_token_ms":250,"tokens":2000})");
    script.close();
    const QByteArray sim = R"("from":"sim","script":")" + script.fileName().toUtf8() + "\"}";
    const QByteArray both = R"([{"provider":"a","model":"m"},{"provider":"b","model":"m"}])";
    const QByteArray one = R"([{"provider":"b","model":"m"}])";
    const QByteArray text = R"({"version":1,"providers":[{"id":"a",)" + sim + R"(,{"id":"b",)" + sim
        + R"(],"chains":[{"id":"c","targets":)" + both + "}]," + clientJson() + '}';
    Running run(text);

    struct Stream {
        QTcpSocket socket;
        QByteArray got;
        bool isEnded = false;
    };
    const QByteArray body
        = R"({"model":"c","stream":true,"messages":[{"role":"user","content":"hello"}]})";
    const QByteArray request = "POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:"
        + QByteArray::number(run.port) + "\r\nauthorization: Bearer " + kClientKey
        + "\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: "
        + QByteArray::number(body.size()) + "\r\n\r\n" + body;
    std::vector<std::unique_ptr<Stream>> streams;
    const auto haveAllBegun = [&] {
        return std::all_of(streams.cbegin(), streams.cend(),
                           [](const auto &stream) { return stream->got.contains("data: "); });
    };
    for (int i = 0; i < kStreams; ++i) {
        streams.push_back(std::make_unique<Stream>());
        Stream *stream = streams.back().get();
        connect(&stream->socket, &QTcpSocket::readyRead, this,
                [stream] { stream->got += stream->socket.readAll(); });
        connect(&stream->socket, &QTcpSocket::disconnected, this,
                [stream] { stream->isEnded = true; });
        stream->socket.connectToHost(QStringLiteral("127.0.0.1"), run.port);
        stream->socket.write(request);
        // Few at a time: the listener drops the oldest of more than 64 heads it waits for.
        if (i % 40 == 39)
            QVERIFY(QTest::qWaitFor(haveAllBegun, kPatience));
    }
    const auto ended = [&] {
        return std::count_if(streams.cbegin(), streams.cend(),
                             [](const auto &stream) { return stream->isEnded; });
    };
    QCOMPARE(ended(), 0);

    // The first target leaves the chain, then its provider goes altogether.
    QByteArray turned = text;
    turned.replace(both, one);
    const quint32 before = run.setup().config()->revision;
    QVERIFY(await(run.setup().applyText(turned, before, QStringLiteral("1 change"))));
    QVERIFY(await(run.setup().removeProvider(ProviderId(QStringLiteral("a")))));
    QVERIFY(!run.setup().config()->provider(ProviderId(QStringLiteral("a"))));
    QCOMPARE(ended(), 0); // all of them were running when both were applied
    Stream next;
    connect(&next.socket, &QTcpSocket::readyRead, this,
            [&next] { next.got += next.socket.readAll(); });
    next.socket.connectToHost(QStringLiteral("127.0.0.1"), run.port);
    next.socket.write(request);
    QVERIFY(QTest::qWaitFor([&] { return next.got.contains("data: "); }, kPatience));
    QVERIFY(next.got.contains("x-signalbox-served-by: b/m\r\n"));

    // Every stream goes on from where it was; none was ended, repeated or moved.
    constexpr qsizetype kMore = 1'000; // bytes: several events
    std::vector<qsizetype> sizes;
    for (const auto &stream : streams)
        sizes.push_back(stream->got.size());
    const auto haveAllGrown = [&] {
        for (size_t i = 0; i < streams.size(); ++i) {
            if (streams[i]->got.size() < sizes[i] + kMore)
                return false;
        }
        return true;
    };
    QVERIFY(QTest::qWaitFor(haveAllGrown, kPatience));
    QCOMPARE(ended(), 0);
    for (const auto &stream : streams) {
        QVERIFY(stream->got.startsWith("HTTP/1.1 200"));
        QVERIFY2(stream->got.contains("x-signalbox-served-by: a/m\r\n"),
                 stream->got.left(1'000).constData());
        QVERIFY(stream->got.contains("x-signalbox-attempts: 1\r\n"));
        QVERIFY(!stream->got.contains("\"error\""));
        stream->socket.disconnect(this);
        stream->socket.abort();
    }
}

QTEST_GUILESS_MAIN(TestSetupProviders)
#include "tst_setup_providers.moc"
