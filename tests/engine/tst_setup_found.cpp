// Setting up from nothing: keys recognised, servers and shells looked at, providers and clients
// added, on real sockets, files and processes.
#include "engine/config_writing.h"
#include "engine/engine.h"
#include "engine/known_providers.h"
#include "engine/setup.h"
#include "engine/shell_environment.h"

#include <QDir>
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
const QByteArray kKey = "sk-ant-api03-abcdefghijklmnop9f2c";

template <typename T> T await(QFuture<T> future)
{
    if (!QTest::qWaitFor([&] { return future.isFinished(); }, kPatience))
        qFatal("no answer");
    return future.result();
}

// A model server: answers GET by path, counts what it was asked.
class FakeServer : public QTcpServer {
public:
    explicit FakeServer(const QHash<QByteArray, QByteArray> &bodies,
                        const QHostAddress &address = QHostAddress::LocalHost)
        : m_bodies(bodies)
    {
        listen(address);
        connect(this, &QTcpServer::newConnection, this, [this] {
            QTcpSocket *socket = nextPendingConnection();
            connect(socket, &QTcpSocket::readyRead, socket, [this, socket] {
                const QByteArray head = socket->readAll();
                heads += head;
                const QByteArray path = head.split(' ').value(1);
                const bool hasKey = needed.isEmpty() || head.contains(needed);
                const QByteArray body = hasKey
                    ? m_bodies.value(path)
                    : QByteArray("{\"error\":{\"message\":\"bad key\"}}");
                const QByteArray status = !hasKey ? "401 Unauthorized"
                    : body.isEmpty()              ? "404 Not Found"
                                                  : "200 OK";
                socket->write("HTTP/1.1 " + status
                              + "\r\ncontent-type: application/json\r\nconnection: close\r\n"
                                "content-length: "
                              + QByteArray::number(body.size()) + "\r\n\r\n" + body);
                socket->disconnectFromHost();
            });
        });
    }
    QByteArray host() const { return "127.0.0.1:" + QByteArray::number(serverPort()); }

    QList<QByteArray> heads;
    QByteArray needed;

private:
    QHash<QByteArray, QByteArray> m_bodies;
};

struct Running {
    QTemporaryDir folder;
    EngineOptions options;
    std::unique_ptr<Engine> engine;

    explicit Running(const QByteArray &config = {})
    {
        options.configPath = folder.filePath(QStringLiteral("config.json"));
        options.dataDir = folder.filePath(QStringLiteral("data"));
        options.listen = config::Listener{QStringLiteral("127.0.0.1"), 0, {}};
        if (!config.isEmpty()) {
            QFile file(options.configPath);
            if (!file.open(QIODevice::WriteOnly) || file.write(config) != config.size())
                qFatal("cannot write");
        }
        start();
    }
    void restart()
    {
        engine.reset();
        start();
    }
    void start()
    {
        engine = std::make_unique<Engine>(options);
        const auto started = await(engine->start());
        if (!started)
            qFatal("%s", qPrintable(started.error().detail));
        address = started->addresses.first();
    }
    Setup &setup() const { return engine->setup(); }
    QByteArray text() const { return *await(engine->configText()); }

    QString address;
};

Secret secretOf(const QByteArray &text)
{
    return Secret::fromView(text);
}

const QByteArray kModels = R"({"object":"list","data":[{"id":"big-1"},{"id":"small-1"}]})";
} // namespace

class tst_setup_found : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void recognises_data();
    void recognises();
    void readsModelLists_data();
    void readsModelLists();
    void choosesAFirstModel_data();
    void choosesAFirstModel();
    void environmentByName();
    void azureNeedsItsAddress();
    void placesOnLoopbackOnly_data();
    void placesOnLoopbackOnly();
    void framesTheShell_data();
    void framesTheShell();
    void shellOnceAndWithinItsLimit();
    void findsALocalServer();
    void neverAsksItself();
    void verifiesAKey();
    void addsAPastedKey();
    void passphraseFileKeepsKeys();
    void refusesItsOwnAddress();
    void usesWhatWasFound();
    void failedEditKeepsNothing();
    void clients();
    void freeIds_data();
    void freeIds();
};

void tst_setup_found::initTestCase()
{
    // No keychain: what a container or a bare login sees. Never the developer's own.
    qputenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/signalbox-test");
    qunsetenv("XDG_CURRENT_DESKTOP");
    for (const QByteArray &name : wantedVariables())
        qunsetenv(name.constData());
    qunsetenv("OLLAMA_HOST");
}

void tst_setup_found::recognises_data()
{
    QTest::addColumn<QByteArray>("key");
    QTest::addColumn<QString>("first"); // catalogue id of the best guess
    QTest::addColumn<bool>("isSure");
    const QByteArray tail = "abcdefghijklmnopqrst";
    const auto row = [&](const char *prefix, const char *first, bool isSure) {
        QTest::newRow(prefix) << QByteArray(prefix + tail) << QString::fromLatin1(first) << isSure;
    };
    row("sk-ant-api03-", "anthropic", true);
    row("sk-or-v1-", "openrouter", true);
    row("sk-proj-", "openai", true);
    row("sk-svcacct-", "openai", true);
    row("AIza", "google", true);
    row("gsk_", "groq", true);
    row("xai-", "xai", true);
    row("csk-", "cerebras", true);
    row("nvapi-", "nvidia", true);
    row("hf_", "huggingface", true);
    row("fw_", "fireworks", true);
    row("sk-", "openai", false);
    row("no-known-shape-", "mistral", false);
    row("sbx-", "", false); // our own
    QTest::newRow("short") << QByteArray("sk-ant-1") << QString() << false;
    QTest::newRow("words") << QByteArray("this is not a key at all") << QString() << false;
    QTest::newRow("blanks around")
        << QByteArray("  gsk_" + tail + "\n") << QStringLiteral("groq") << true;
    QTest::newRow("control") << QByteArray("gsk_" + tail + "\x01z") << QString() << false;
}

void tst_setup_found::recognises()
{
    QFETCH(QByteArray, key);
    QFETCH(QString, first);
    QFETCH(bool, isSure);
    const auto drafts = recognised(secretOf(key), *config::builtInCatalog());
    QCOMPARE(drafts.isEmpty(), first.isEmpty());
    if (first.isEmpty())
        return;
    QCOMPARE(drafts.first().catalogId, first);
    QCOMPARE(drafts.size() == 1, isSure);
    for (const ProviderDraft &draft : drafts)
        QVERIFY(!draft.isLocal && !draft.label.isEmpty());
}

void tst_setup_found::readsModelLists_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<bool>("isList");
    QTest::addColumn<QStringList>("names");
    QTest::newRow("openai") << kModels << true
                            << QStringList{QStringLiteral("big-1"), QStringLiteral("small-1")};
    QTest::newRow("ollama") << QByteArray(
        R"({"models":[{"name":"llama3.1:8b","model":"llama3.1:8b"}]})")
                            << true << QStringList{QStringLiteral("llama3.1:8b")};
    QTest::newRow("empty") << QByteArray(R"({"data":[]})") << true << QStringList();
    QTest::newRow("nonsense items")
        << QByteArray(R"({"data":[1,null,{"id":7},[]]})") << true << QStringList();
    QTest::newRow("no list") << QByteArray(R"({"data":"x"})") << false << QStringList();
    QTest::newRow("array") << QByteArray("[]") << false << QStringList();
    QTest::newRow("page") << QByteArray("<html>hello</html>") << false << QStringList();
}

void tst_setup_found::readsModelLists()
{
    QFETCH(QByteArray, body);
    QFETCH(bool, isList);
    QFETCH(QStringList, names);
    const auto read = modelNames(body);
    QCOMPARE(read.has_value(), isList);
    if (read)
        QCOMPARE(*read, names);
}

void tst_setup_found::choosesAFirstModel_data()
{
    QTest::addColumn<QString>("catalogId");
    QTest::addColumn<QStringList>("listed");
    QTest::addColumn<QString>("model");
    const auto list = [](std::initializer_list<const char *> names) {
        QStringList out;
        for (const char *name : names)
            out += QString::fromLatin1(name);
        return out;
    };
    QTest::newRow("newest sonnet") << QStringLiteral("anthropic")
                                   << list({"claude-sonnet-4-5-20250929", "claude-opus-5",
                                            "claude-sonnet-5", "claude-sonnet-4-6"})
                                   << QStringLiteral("claude-sonnet-5");
    QTest::newRow("numbers, not letters")
        << QStringLiteral("openai") << list({"gpt-5.9", "gpt-5.10", "gpt-5.10-mini"})
        << QStringLiteral("gpt-5.10");
    QTest::newRow("folder") << QStringLiteral("google")
                            << list({"models/gemini-2.5-flash", "models/gemini-3.5-flash"})
                            << QStringLiteral("models/gemini-3.5-flash");
    QTest::newRow("no embeddings")
        << QString() << list({"nomic-embed-text", "llama3.1:8b"}) << QStringLiteral("llama3.1:8b");
    QTest::newRow("only embeddings")
        << QString() << list({"nomic-embed-text"}) << QStringLiteral("nomic-embed-text");
    QTest::newRow("nothing") << QString() << QStringList() << QString();
}

void tst_setup_found::choosesAFirstModel()
{
    QFETCH(QString, catalogId);
    QFETCH(QStringList, listed);
    QFETCH(QString, model);
    QCOMPARE(firstModel(catalogId, listed, *config::builtInCatalog()), model);
    // Without a list the catalogue's own names serve.
    if (!catalogId.isEmpty())
        QVERIFY(!firstModel(catalogId, {}, *config::builtInCatalog()).isEmpty());
}

void tst_setup_found::environmentByName()
{
    const auto catalog = config::builtInCatalog();
    Variables variables{{"ANTHROPIC_API_KEY", secretOf(kKey)},
                        {"GEMINI_API_KEY", secretOf("AIzaSyAabcdefghijklmnopq")},
                        {"GOOGLE_API_KEY", secretOf("AIzaSyBabcdefghijklmnopq")},
                        {"HF_TOKEN", secretOf("short")}};
    const auto found = foundIn(variables, *catalog, FoundProvider::Where::Environment);
    QCOMPARE(found.size(), 2); // Google once; a key that short is none
    QCOMPARE(found[0].name, QStringLiteral("ANTHROPIC_API_KEY"));
    QCOMPARE(found[0].draft.catalogId, QStringLiteral("anthropic"));
    QCOMPARE(found[0].shownKey, QStringLiteral("sk-ant-…9f2c"));
    QVERIFY(!found[0].shownKey.contains(QStringLiteral("abcdef")));
    QCOMPARE(found[1].name, QStringLiteral("GEMINI_API_KEY"));
    // Every name of the list leads to a provider that can be called.
    for (const KeyVariable &variable : keyVariables()) {
        Variables one{{variable.name.toByteArray(), secretOf(kKey)},
                      {"AZURE_RESOURCE_NAME", secretOf("mine")}};
        QCOMPARE(foundIn(one, *catalog, FoundProvider::Where::Shell).size(), 1);
    }
}

void tst_setup_found::azureNeedsItsAddress()
{
    const auto catalog = config::builtInCatalog();
    Variables variables{{"AZURE_OPENAI_API_KEY", secretOf(kKey)}};
    const auto where = FoundProvider::Where::Environment;
    QVERIFY(foundIn(variables, *catalog, where).isEmpty());
    variables.insert("AZURE_OPENAI_ENDPOINT", secretOf("https://mine.openai.azure.com/"));
    QCOMPARE(foundIn(variables, *catalog, where).value(0).draft.baseUrl,
             QByteArray("https://mine.openai.azure.com/openai/v1"));
    variables.insert("AZURE_OPENAI_ENDPOINT", secretOf("http://elsewhere.example/"));
    QVERIFY(foundIn(variables, *catalog, where).isEmpty()); // no key over plain http
}

void tst_setup_found::placesOnLoopbackOnly_data()
{
    QTest::addColumn<QByteArray>("ollamaHost");
    QTest::addColumn<int>("port"); // of the first place, 0 = the usual one
    QTest::newRow("unset") << QByteArray() << 0;
    QTest::newRow("port") << QByteArray("127.0.0.1:12345") << 12345;
    QTest::newRow("url") << QByteArray("http://localhost:12345") << 12345;
    QTest::newRow("any") << QByteArray("0.0.0.0:12345") << 12345;
    QTest::newRow("only port") << QByteArray(":12345") << 12345;
    QTest::newRow("elsewhere") << QByteArray("http://192.168.1.7:12345") << 0;
    QTest::newRow("nonsense") << QByteArray("http://[:::") << 0;
}

void tst_setup_found::placesOnLoopbackOnly()
{
    QFETCH(QByteArray, ollamaHost);
    QFETCH(int, port);
    const auto places = localPlaces(ollamaHost);
    QCOMPARE(places.size(), 16 + (port ? 1 : 0));
    QCOMPARE(int(places.first().port), port ? port : 11434);
    for (const LocalPlace &place : places) {
        QVERIFY(place.host == "127.0.0.1" || place.host == "::1");
        QVERIFY(!place.paths.isEmpty() && place.base.startsWith('/'));
    }
}

void tst_setup_found::framesTheShell_data()
{
    QTest::addColumn<QByteArray>("output");
    QTest::addColumn<bool>("isWhole");
    QTest::addColumn<QByteArray>("value");
    const QByteArray mark("MARK\0", 5);
    const QByteArray entry("OPENAI_API_KEY=secret\0OTHER=x\0", 30);
    QTest::newRow("plain") << mark + entry + mark << true << QByteArray("secret");
    QTest::newRow("greeting") << "Welcome OPENAI_API_KEY=fake\n" + mark + entry + mark + "bye"
                              << true << QByteArray("secret");
    QTest::newRow("half") << mark + entry << false << QByteArray();
    QTest::newRow("nothing") << QByteArray() << false << QByteArray();
    QTest::newRow("empty") << mark + mark << true << QByteArray();
    QTest::newRow("not set") << mark + QByteArray("A=1\0", 4) + mark << true << QByteArray();
    QTest::newRow("many lines") << mark + QByteArray("X=a\nOPENAI_API_KEY=no\0", 22)
            + QByteArray("OPENAI_API_KEY=yes=\n1\0", 22)
            + mark << true << QByteArray("yes=\n1");
}

void tst_setup_found::framesTheShell()
{
    QFETCH(QByteArray, output);
    QFETCH(bool, isWhole);
    QFETCH(QByteArray, value);
    const auto found = framedVariables(output, "MARK", {"OPENAI_API_KEY"});
    QCOMPARE(found.has_value(), isWhole);
    if (!found)
        return;
    QCOMPARE(found->value("OPENAI_API_KEY").reveal().toByteArray(), value);
    QVERIFY(!found->contains("OTHER"));
}

void tst_setup_found::shellOnceAndWithinItsLimit()
{
    QTemporaryDir folder;
    const auto script = [&](const char *name, const QByteArray &text) {
        const QString path = folder.filePath(QString::fromLatin1(name));
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
            qFatal("cannot write");
        file.close();
        QFile::setPermissions(path, QFile::ReadOwner | QFile::ExeOwner | QFile::WriteOwner);
        return path;
    };
    // Stands for a login shell: start files that talk and export, then the command.
    QVERIFY(QDir(folder.path()).mkdir(QStringLiteral("a")));
    const QString good = script("a/bash",
                                "#!/bin/sh\necho hello from the start files\n"
                                "export OPENAI_API_KEY=sk-proj-from-the-shell-1234\n"
                                "export UNRELATED=1\nshift 3\neval \"$1\"\n");
    ShellEnvironment shell(Millis(10'000));
    QFuture<Result<Variables>> first = shell.read(wantedVariables(), good);
    const auto second = await(shell.read(wantedVariables(), good));
    QVERIFY(!second);
    QCOMPARE(second.error().code, QStringLiteral("busy"));
    const auto read = await(first);
    QVERIFY2(read, read ? "" : qPrintable(read.error().detail));
    QCOMPARE(read->size(), 1);
    QCOMPARE(read->value("OPENAI_API_KEY").reveal().toByteArray(),
             QByteArray("sk-proj-from-the-shell-1234"));

    QVERIFY(QDir(folder.path()).mkdir(QStringLiteral("b")));
    const QString stuck = script("b/bash", "#!/bin/sh\nsleep 600\n");
    ShellEnvironment slow(Millis(200));
    const auto late = await(slow.read(wantedVariables(), stuck));
    QVERIFY(!late);
    QCOMPARE(late.error().code, QStringLiteral("shell_timeout"));

    QVERIFY(QDir(folder.path()).mkdir(QStringLiteral("c")));
    const auto broken
        = await(shell.read(wantedVariables(), script("c/bash", "#!/bin/sh\nexit 3\n")));
    QVERIFY(!broken);
    QCOMPARE(broken.error().code, QStringLiteral("shell_failed"));
    const auto odd = await(slow.read(wantedVariables(), script("tcsh", "#!/bin/sh\nexit 0\n")));
    QCOMPARE(odd.error().code, QStringLiteral("shell_unknown"));
    const auto none = await(slow.read(wantedVariables(), folder.filePath(QStringLiteral("none"))));
    QCOMPARE(none.error().code, QStringLiteral("no_shell"));
}

void tst_setup_found::findsALocalServer()
{
    FakeServer ollama({{"/api/tags", R"({"models":[{"name":"llama3.1:8b"}]})"}});
    qputenv("OLLAMA_HOST", ollama.host());
    qputenv("OPENAI_API_KEY", "sk-proj-abcdefghijklmnopqrst");
    Running running;
    const auto found = await(running.setup().lookHere());
    qunsetenv("OPENAI_API_KEY");
    qunsetenv("OLLAMA_HOST");
    const auto server = std::find_if(found.cbegin(), found.cend(), [&](const FoundProvider &one) {
        return one.name == QString::fromLatin1(ollama.host());
    });
    QVERIFY(server != found.cend());
    QCOMPARE(server->where, FoundProvider::Where::LocalServer);
    QCOMPARE(server->models, 1);
    QVERIFY(server->draft.isLocal && !server->isConfigured);
    QCOMPARE(found.first().name, QStringLiteral("OPENAI_API_KEY"));
    for (const QByteArray &head : ollama.heads)
        QVERIFY(head.startsWith("GET ") && !head.toLower().contains("authorization"));

    // Used, it can answer at once: provider, target and chain are there.
    const auto used = await(running.setup().useFound({*server}));
    QVERIFY2(used, used ? "" : qPrintable(used.error().detail));
    const auto now = running.engine->config();
    const config::ChainSettings *chain = now->chain(ChainId(QStringLiteral("default")));
    QVERIFY(chain);
    QCOMPARE(chain->targets.first().model, QStringLiteral("llama3.1:8b"));
    QCOMPARE(now->clients.first().defaultChain, ChainId(QStringLiteral("default")));
    QVERIFY(now->provider(used->first())->isLocal);
}

void tst_setup_found::neverAsksItself()
{
    Running running;
    qputenv("OLLAMA_HOST", running.address.mid(7).toLatin1());
    const auto found = await(running.setup().lookHere());
    qunsetenv("OLLAMA_HOST");
    for (const FoundProvider &one : found)
        QVERIFY(!running.address.endsWith(one.name));
}

void tst_setup_found::verifiesAKey()
{
    FakeServer server({{"/v1/models", kModels}});
    server.needed = "Bearer good-key-0123456789";
    Running running;
    ProviderDraft draft;
    draft.label = QStringLiteral("Mine");
    draft.baseUrl = "http://" + server.host() + "/v1";
    const auto good = await(running.setup().verify(draft, secretOf("good-key-0123456789\n")));
    QVERIFY2(good, good ? "" : qPrintable(good.error().detail));
    QCOMPARE(good->models, 2);
    QCOMPARE(good->modelIds.first(), QStringLiteral("big-1"));
    const auto bad = await(running.setup().verify(draft, secretOf("bad-key-0123456789")));
    QVERIFY(!bad);
    QCOMPARE(bad.error().code, QStringLiteral("key_rejected"));
    QVERIFY(!bad.error().detail.contains(QStringLiteral("bad-key")));
    for (const QByteArray &head : server.heads)
        QVERIFY(head.startsWith("GET /v1/models ")); // free, and nothing else
    draft.baseUrl = "http://192.0.2.1/v1"; // plain http beyond this computer
    const auto unsafe = await(running.setup().verify(draft, secretOf("good-key-0123456789")));
    QCOMPARE(unsafe.error().code, QStringLiteral("bad_address"));
}

void tst_setup_found::addsAPastedKey()
{
    FakeServer server({{"/v1/models", kModels}});
    Running running;
    ProviderDraft draft;
    draft.label = QStringLiteral("My server");
    draft.baseUrl = "http://" + server.host() + "/v1";
    QVERIFY(await(running.setup().verify(draft, secretOf(kKey))));
    const auto first = await(running.setup().addProvider(draft, secretOf(kKey)));
    QVERIFY2(first, first ? "" : qPrintable(first.error().detail));
    QCOMPARE(first->text(), QStringLiteral("my-server"));
    const auto second = await(running.setup().addProvider(draft, secretOf(kKey)));
    QCOMPARE(second->text(), QStringLiteral("my-server-2"));

    const auto now = running.engine->config();
    QCOMPARE(now->chain(ChainId(QStringLiteral("default")))->targets.size(), 2);
    QCOMPARE(now->chain(ChainId(QStringLiteral("default")))->targets.first().model,
             QStringLiteral("big-1"));
    // Without a keychain it is for this run; the text holds a reference and never the key.
    QCOMPARE(now->provider(*first)->keys.first().secret.kind, config::SecretRef::Kind::Ask);
    QVERIFY(!running.text().contains("abcdefghijklmnop"));
    FramePtr frame;
    connect(running.engine.get(), &Engine::published, this,
            [&](const FramePtr &next) { frame = next; });
    QTRY_VERIFY_WITH_TIMEOUT(frame && !frame->notices.isEmpty(), kPatience);
    QCOMPARE(frame->notices.first().kind, Notice::Kind::KeychainFailing);
    QCOMPARE(frame->notices.first().subject, QStringLiteral("this_run"));
}

// A key pasted without a keychain moves into the file, and is read from it after a restart.
void tst_setup_found::passphraseFileKeepsKeys()
{
    FakeServer server({{"/v1/models", kModels}});
    server.needed = QByteArray("Bearer ") + kKey;
    Running running;
    ProviderDraft draft;
    draft.label = QStringLiteral("Mine");
    draft.baseUrl = "http://" + server.host() + "/v1";
    const auto added = await(running.setup().addProvider(draft, secretOf(kKey)));
    QVERIFY2(added, added ? "" : qPrintable(added.error().detail));
    const auto reference
        = [&] { return running.engine->config()->provider(*added)->keys.first().secret; };
    QCOMPARE(reference().kind, config::SecretRef::Kind::Ask);
    const auto before = await(running.setup().storage());
    QVERIFY(before && !before->hasVault && !before->isVaultOpen);

    QVERIFY(await(running.setup().openVault(secretOf("open sesame please"))));
    QCOMPARE(reference().kind, config::SecretRef::Kind::Vault);
    const auto after = await(running.setup().storage());
    QVERIFY(after && after->hasVault && after->isVaultOpen);
    FramePtr frame;
    connect(running.engine.get(), &Engine::published, this,
            [&](const FramePtr &next) { frame = next; });
    QTRY_VERIFY_WITH_TIMEOUT(frame, kPatience);
    QTRY_VERIFY_WITH_TIMEOUT(frame->notices.isEmpty(), kPatience);
    const KeyId key = running.engine->config()->provider(*added)->keys.first().id;
    QVERIFY(await(running.setup().verify(*added, key)));

    frame.reset();
    running.restart();
    connect(running.engine.get(), &Engine::published, this,
            [&](const FramePtr &next) { frame = next; });
    const auto isSaid = [&] {
        return frame && !frame->notices.isEmpty()
            && frame->notices.first().subject == QStringLiteral("vault_locked");
    };
    QTRY_VERIFY_WITH_TIMEOUT(isSaid(), kPatience);
    QVERIFY(!await(running.setup().verify(*added, key)));
    const auto wrong = await(running.setup().openVault(secretOf("open sesame")));
    QVERIFY(!wrong);
    QCOMPARE(wrong.error().code, QStringLiteral("secret_bad"));
    QVERIFY(isSaid());
    QVERIFY(await(running.setup().openVault(secretOf("open sesame please"))));
    QTRY_VERIFY_WITH_TIMEOUT(frame->notices.isEmpty(), kPatience);
    QVERIFY(await(running.setup().verify(*added, key)));
}

void tst_setup_found::refusesItsOwnAddress()
{
    Running running;
    ProviderDraft draft;
    draft.label = QStringLiteral("Circle");
    for (const QString &host : {QStringLiteral("127.0.0.1"), QStringLiteral("localhost"),
                                QStringLiteral("[::1]"), QStringLiteral("127.8.8.8")}) {
        draft.baseUrl = QStringLiteral("http://%1:%2/v1")
                            .arg(host, running.address.section(u':', -1))
                            .toLatin1();
        QCOMPARE(await(running.setup().verify(draft, secretOf(kKey))).error().code,
                 QStringLiteral("own_address"));
        QCOMPARE(await(running.setup().addProvider(draft, secretOf(kKey))).error().code,
                 QStringLiteral("own_address"));
    }
    QVERIFY(running.engine->config()->providers.isEmpty());
}

void tst_setup_found::usesWhatWasFound()
{
    qputenv("GROQ_API_KEY", "gsk_abcdefghijklmnopqrst");
    Running running;
    auto found = await(running.setup().lookHere());
    found.removeIf(
        [](const FoundProvider &one) { return one.where != FoundProvider::Where::Environment; });
    QCOMPARE(found.size(), 1);
    const auto used = await(running.setup().useFound(found));
    QVERIFY(used);
    const auto now = running.engine->config();
    const config::SecretRef ref = now->provider(used->first())->keys.first().secret;
    QCOMPARE(ref.kind, config::SecretRef::Kind::Env);
    QCOMPARE(ref.name, QStringLiteral("GROQ_API_KEY"));
    QVERIFY(!now->chain(ChainId(QStringLiteral("default")))->targets.first().model.isEmpty());
    const auto again = await(running.setup().lookHere());
    QVERIFY(again.first().isConfigured);
    qunsetenv("GROQ_API_KEY");
    // A shell's key that nobody read is no key.
    FoundProvider stranger = found.first();
    stranger.where = FoundProvider::Where::Shell;
    QVERIFY(!await(running.setup().useFound({stranger})));
    QCOMPARE(running.engine->config()->providers.size(), 1);
}

void tst_setup_found::failedEditKeepsNothing()
{
    Running running;
    QFile::remove(running.folder.filePath(QStringLiteral("config.json")));
    QVERIFY(QDir(running.folder.path()).mkdir(QStringLiteral("config.json"))); // cannot be read
    ProviderDraft draft;
    draft.label = QStringLiteral("Mine");
    draft.baseUrl = "http://127.0.0.1:9/v1";
    QVERIFY(!await(running.setup().addProvider(draft, secretOf(kKey))));
    const auto client = await(running.setup().addClient({QStringLiteral("Tool"), {}, {}, {}}));
    QVERIFY(!client);
    const QStringList kept
        = QDir(running.folder.filePath(QStringLiteral("data/keys"))).entryList(QDir::Files);
    QCOMPARE(kept.filter(QStringLiteral("tool")), QStringList());
}

void tst_setup_found::clients()
{
    Running running;
    ClientDraft draft;
    draft.label = QStringLiteral("Claude Code");
    const auto made = await(running.setup().addClient(draft));
    QVERIFY2(made, made ? "" : qPrintable(made.error().detail));
    QCOMPARE(made->id.text(), QStringLiteral("claude-code"));
    QVERIFY(made->key.startsWith(QStringLiteral("sbx-")));
    QVERIFY(!running.text().contains(made->key.toLatin1()));
    QCOMPARE(*await(running.setup().clientKey(made->id)), made->key);
    QCOMPARE(await(running.setup().addClient(draft))->id.text(), QStringLiteral("claude-code-2"));

    const auto rotated = await(running.setup().rotateClient(made->id));
    QVERIFY(rotated);
    QVERIFY(rotated->key != made->key);
    QCOMPARE(*await(running.setup().clientKey(made->id)), rotated->key);
    // The old one is gone from its place too.
    const QDir keys(running.folder.filePath(QStringLiteral("data/keys")));
    for (const QString &name : keys.entryList(QDir::Files)) {
        QFile file(keys.filePath(name));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY(!file.readAll().contains(made->key.toLatin1()));
        QCOMPARE(int(QFileInfo(file).permissions() & (QFile::ReadOther | QFile::ReadGroup)), 0);
    }

    QVERIFY(await(running.setup().revokeClient(made->id)));
    QVERIFY(running.engine->config()->client(made->id)->isRevoked);
    QCOMPARE(await(running.setup().revokeClient(ClientId(QStringLiteral("nobody")))).error().code,
             QStringLiteral("no_such_id"));
    QCOMPARE(await(running.setup().rotateClient(ClientId(QStringLiteral("nobody")))).error().code,
             QStringLiteral("no_such_id"));
}

void tst_setup_found::freeIds_data()
{
    QTest::addColumn<QString>("wish");
    QTest::addColumn<QString>("id");
    QTest::newRow("words") << QStringLiteral("Ollama on this computer")
                           << QStringLiteral("ollama-on-this-computer");
    QTest::newRow("taken") << QStringLiteral("Taken") << QStringLiteral("taken-2");
    QTest::newRow("signs") << QStringLiteral("../../etc//x!") << QStringLiteral("etc-x");
    QTest::newRow("foreign") << QStringLiteral("日本") << QStringLiteral("new");
    QTest::newRow("long") << QString(200, u'a') << QString(48, u'a');
}

void tst_setup_found::freeIds()
{
    QFETCH(QString, wish);
    QFETCH(QString, id);
    QCOMPARE(freeId(wish, [](const QString &one) { return one == QStringLiteral("taken"); }), id);
}

QTEST_GUILESS_MAIN(tst_setup_found)
#include "tst_setup_found.moc"
