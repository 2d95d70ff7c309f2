#include "secret/client_key.h"
#include "secret/file_vault.h"
#include "secret/memory_vault.h"
#include "secret/passphrase_vault.h"
#include "secret/resolver.h"

#include <QDir>
#include <QFile>
#include <QSet>
#include <QTemporaryDir>
#include <QThreadPool>
#include <QtTest>

#include <sys/stat.h>
#include <unistd.h>

using namespace sb;
using namespace sb::secret;

namespace {

int modeOf(const QString &path)
{
    struct stat info;
    return ::stat(QFile::encodeName(path).constData(), &info) == 0 ? int(info.st_mode & 0777) : -1;
}

template <typename T> QString codeOf(const QFuture<Result<T>> &future)
{
    const Result<T> result = future.result();
    return result ? QStringLiteral("ok") : result.error().code;
}

QByteArray textOf(const QFuture<Result<Secret>> &future)
{
    const Result<Secret> result = future.result();
    return result ? result->reveal().toByteArray() : "!" + result.error().code.toLatin1();
}

void put(const QString &path, const QByteArray &text, mode_t mode = 0600)
{
    QFile file(path);
    QVERIFY(file.open(QFile::WriteOnly));
    file.write(text);
    file.close();
    ::chmod(QFile::encodeName(path).constData(), mode);
}

} // namespace

class TestVaults : public QObject {
    Q_OBJECT

    QTemporaryDir m_dir;
    QString at(const QString &name) const { return m_dir.filePath(name); }

private slots:
    // Keys are derived on pool threads, and OpenSSL keeps state per thread: let them end first.
    void cleanupTestCase() { QThreadPool::globalInstance()->waitForDone(); }
    void everyVaultKeepsItsWord_data();
    void everyVaultKeepsItsWord();
    void filesAreClosedToOthers();
    void wideModesAreRepaired();
    void linksAreNotFollowed();
    void namesCannotLeaveTheFolder();
    void passphraseFile();
    void passphraseDamage();
    void resolver();
    void userFiles();
    void keysCannotSplitAHeader_data();
    void keysCannotSplitAHeader();
    void clientKeys();
};

void TestVaults::everyVaultKeepsItsWord_data()
{
    QTest::addColumn<QString>("kind");
    QTest::newRow("memory") << QStringLiteral("memory");
    QTest::newRow("file") << QStringLiteral("file");
    QTest::newRow("passphrase") << QStringLiteral("passphrase");
}

void TestVaults::everyVaultKeepsItsWord()
{
    QFETCH(QString, kind);
    std::unique_ptr<SecretVault> vault;
    if (kind == u"memory") {
        vault = std::make_unique<MemoryVault>();
    } else if (kind == u"file") {
        vault = std::make_unique<FileVault>(at(QStringLiteral("word/keys")));
    } else {
        auto made = std::make_unique<PassphraseVault>(at(QStringLiteral("word/vault")));
        QCOMPARE(codeOf(made->unlock(Secret::fromView("pass"))), QStringLiteral("ok"));
        vault = std::move(made);
    }
    const QString name = QStringLiteral("anthropic/main");
    QCOMPARE(codeOf(vault->read(name)), QStringLiteral("secret_not_found"));
    QCOMPARE(vault->state(), VaultState::Ok);
    QCOMPARE(codeOf(vault->write(name, Secret::fromView("one"))), QStringLiteral("ok"));
    QCOMPARE(textOf(vault->read(name)), QByteArray("one"));
    QCOMPARE(codeOf(vault->write(name, Secret::fromView("two"))), QStringLiteral("ok"));
    QCOMPARE(textOf(vault->read(name)), QByteArray("two"));
    QCOMPARE(codeOf(vault->read(QStringLiteral("anthropic"))), QStringLiteral("secret_not_found"));
    QCOMPARE(codeOf(vault->remove(name)), QStringLiteral("ok"));
    QCOMPARE(codeOf(vault->remove(name)), QStringLiteral("ok"));
    QCOMPARE(codeOf(vault->read(name)), QStringLiteral("secret_not_found"));
}

void TestVaults::filesAreClosedToOthers()
{
    const mode_t before = ::umask(0);
    FileVault vault(at(QStringLiteral("deep/er/keys")));
    QCOMPARE(codeOf(vault.write(QStringLiteral("k"), Secret::fromView("v"))), QStringLiteral("ok"));
    ::umask(before);
    QCOMPARE(modeOf(vault.pathOf(QStringLiteral("k"))), 0600);
    QCOMPARE(modeOf(at(QStringLiteral("deep/er/keys"))), 0700);
    QCOMPARE(modeOf(at(QStringLiteral("deep/er"))), 0700);
    QCOMPARE(QDir(at(QStringLiteral("deep/er/keys"))).entryList(QDir::Files | QDir::Hidden).size(),
             1);
}

void TestVaults::wideModesAreRepaired()
{
    const QString folder = at(QStringLiteral("wide"));
    FileVault vault(folder);
    QCOMPARE(codeOf(vault.write(QStringLiteral("k"), Secret::fromView("v"))), QStringLiteral("ok"));
    const QString path = vault.pathOf(QStringLiteral("k"));
    ::chmod(QFile::encodeName(path).constData(), 0644);
    ::chmod(QFile::encodeName(folder).constData(), 0755);
    QTest::ignoreMessage(QtWarningMsg,
                         QRegularExpression(QStringLiteral("could be read by others")));
    QCOMPARE(textOf(vault.read(QStringLiteral("k"))), QByteArray("v"));
    QCOMPARE(modeOf(path), 0600);
    QCOMPARE(codeOf(vault.write(QStringLiteral("k"), Secret::fromView("w"))), QStringLiteral("ok"));
    QCOMPARE(modeOf(folder), 0700);
}

void TestVaults::linksAreNotFollowed()
{
    const QString folder = at(QStringLiteral("links"));
    QDir().mkpath(folder);
    FileVault vault(folder);
    put(at(QStringLiteral("elsewhere")), "secret of somebody");
    const QString path = vault.pathOf(QStringLiteral("k"));
    QVERIFY(QFile::link(at(QStringLiteral("elsewhere")), path));
    QCOMPARE(codeOf(vault.read(QStringLiteral("k"))), QStringLiteral("secret_unsafe"));
    // Writing replaces the link and leaves what it pointed at alone.
    QCOMPARE(codeOf(vault.write(QStringLiteral("k"), Secret::fromView("mine"))),
             QStringLiteral("ok"));
    QVERIFY(!QFileInfo(path).isSymbolicLink());
    QFile other(at(QStringLiteral("elsewhere")));
    QVERIFY(other.open(QFile::ReadOnly));
    QCOMPARE(other.readAll(), QByteArray("secret of somebody"));
}

void TestVaults::namesCannotLeaveTheFolder()
{
    FileVault vault(QStringLiteral("/x"));
    for (const QString &name : {QStringLiteral("../../etc/passwd"), QStringLiteral(".."),
                                QStringLiteral("a/b"), QStringLiteral(".hidden")}) {
        const QString path = vault.pathOf(name);
        QCOMPARE(path.lastIndexOf(u'/'), 2);
        QVERIFY(path[3] != u'.');
    }
    QVERIFY(vault.pathOf(QStringLiteral("a/b")) != vault.pathOf(QStringLiteral("a.b")));
}

void TestVaults::passphraseFile()
{
    const QString path = at(QStringLiteral("vault"));
    {
        PassphraseVault vault(path);
        QCOMPARE(vault.state(), VaultState::Absent);
        QCOMPARE(codeOf(vault.read(QStringLiteral("a"))), QStringLiteral("secret_locked"));
        QCOMPARE(codeOf(vault.unlock(Secret())), QStringLiteral("secret_bad"));
        QCOMPARE(codeOf(vault.unlock(Secret::fromView("correct horse"))), QStringLiteral("ok"));
        QCOMPARE(vault.state(), VaultState::Ok);
        QCOMPARE(codeOf(vault.write(QStringLiteral("a"), Secret::fromView("sk-aaaaaaaaaaaa"))),
                 QStringLiteral("ok"));
        QCOMPARE(codeOf(vault.write(QStringLiteral("b"), Secret::fromView("sk-bbbbbbbbbbbb"))),
                 QStringLiteral("ok"));
        QCOMPARE(modeOf(path), 0600);
    }
    QFile file(path);
    QVERIFY(file.open(QFile::ReadOnly));
    const QByteArray bytes = file.readAll();
    QVERIFY(bytes.startsWith("SBXVAULT\x01\x11\x08\x01"));
    QVERIFY(!bytes.contains("sk-a"));

    PassphraseVault vault(path);
    QCOMPARE(vault.state(), VaultState::Locked);
    QCOMPARE(codeOf(vault.unlock(Secret::fromView("incorrect"))), QStringLiteral("secret_bad"));
    QCOMPARE(vault.state(), VaultState::Locked);
    QCOMPARE(codeOf(vault.unlock(Secret::fromView("correct horse"))), QStringLiteral("ok"));
    QCOMPARE(textOf(vault.read(QStringLiteral("a"))), QByteArray("sk-aaaaaaaaaaaa"));
    QCOMPARE(textOf(vault.read(QStringLiteral("b"))), QByteArray("sk-bbbbbbbbbbbb"));
    vault.lock();
    QCOMPARE(codeOf(vault.read(QStringLiteral("a"))), QStringLiteral("secret_locked"));
}

void TestVaults::passphraseDamage()
{
    const QString path = at(QStringLiteral("damaged"));
    QByteArray sound;
    {
        PassphraseVault vault(path);
        QCOMPARE(codeOf(vault.unlock(Secret::fromView("p"))), QStringLiteral("ok"));
        QCOMPARE(codeOf(vault.write(QStringLiteral("a"), Secret::fromView("s"))),
                 QStringLiteral("ok"));
        QFile file(path);
        QVERIFY(file.open(QFile::ReadOnly));
        sound = file.readAll();
    }
    // One bit in: parameters, nonce, text, tag. (A changed salt is a wrong key: same answer.)
    for (const qsizetype offset : {qsizetype(9), qsizetype(30), qsizetype(41), sound.size() - 1}) {
        QByteArray damaged = sound;
        damaged.data()[offset] = char(damaged[offset] ^ 1);
        put(path, damaged);
        PassphraseVault vault(path);
        QCOMPARE(codeOf(vault.unlock(Secret::fromView("p"))), QStringLiteral("secret_bad"));
    }
    for (const qsizetype length : {qsizetype(0), qsizetype(5), qsizetype(40), qsizetype(55)}) {
        put(path, sound.first(length));
        PassphraseVault vault(path);
        QCOMPARE(codeOf(vault.unlock(Secret::fromView("p"))), QStringLiteral("secret_bad"));
    }
}

void TestVaults::resolver()
{
    MemoryVault keychain;
    MemoryVault asked;
    keychain.write(QStringLiteral("anthropic/main"), Secret::fromView("from keychain"));
    asked.write(QStringLiteral("once"), Secret::fromView("from user"));
    SecretResolver resolver({&keychain, nullptr, &asked});
    using Kind = Reference::Kind;
    QCOMPARE(textOf(resolver.resolve({Kind::Keychain, QStringLiteral("anthropic/main")})),
             QByteArray("from keychain"));
    QCOMPARE(textOf(resolver.resolve({Kind::Ask, QStringLiteral("once")})),
             QByteArray("from user"));
    QCOMPARE(codeOf(resolver.resolve({Kind::Vault, QStringLiteral("x")})),
             QStringLiteral("secret_absent"));
    keychain.setState(VaultState::Locked);
    QCOMPARE(codeOf(resolver.resolve({Kind::Keychain, QStringLiteral("anthropic/main")})),
             QStringLiteral("secret_locked"));
    qputenv("SB_TEST_KEY", " sk-env \n");
    QCOMPARE(textOf(resolver.resolve({Kind::Env, QStringLiteral("SB_TEST_KEY")})),
             QByteArray("sk-env"));
    qputenv("SB_TEST_KEY", "");
    QCOMPARE(codeOf(resolver.resolve({Kind::Env, QStringLiteral("SB_TEST_KEY")})),
             QStringLiteral("secret_not_found"));
    qunsetenv("SB_TEST_KEY");
    QCOMPARE(codeOf(resolver.resolve({Kind::Env, QStringLiteral("SB_TEST_KEY")})),
             QStringLiteral("secret_not_found"));
}

void TestVaults::userFiles()
{
    SecretResolver resolver({});
    const auto resolve = [&resolver](const QString &path) {
        return resolver.resolve({Reference::Kind::File, path});
    };
    const QString path = at(QStringLiteral("user.key"));
    QCOMPARE(codeOf(resolve(path)), QStringLiteral("secret_not_found"));
    put(path, "sk-file\n");
    QCOMPARE(textOf(resolve(path)), QByteArray("sk-file"));
    put(path, "sk-file\n", 0400);
    QCOMPARE(textOf(resolve(path)), QByteArray("sk-file"));
    for (const mode_t mode : {mode_t(0640), mode_t(0604), mode_t(0620)}) {
        ::chmod(QFile::encodeName(path).constData(), mode);
        QCOMPARE(codeOf(resolve(path)), QStringLiteral("secret_unsafe"));
        QCOMPARE(modeOf(path), int(mode)); // the user's file is left alone
    }
    ::chmod(QFile::encodeName(path).constData(), 0600);
    const QString link = at(QStringLiteral("user.link"));
    QVERIFY(QFile::link(path, link));
    QCOMPARE(textOf(resolve(link)), QByteArray("sk-file"));
    QCOMPARE(codeOf(resolve(m_dir.path())), QStringLiteral("secret_unsafe"));
    QCOMPARE(::mkfifo(QFile::encodeName(at(QStringLiteral("pipe"))).constData(), 0600), 0);
    QCOMPARE(codeOf(resolve(at(QStringLiteral("pipe")))), QStringLiteral("secret_unsafe"));
    put(at(QStringLiteral("big")), QByteArray(70'000, 'x'));
    QCOMPARE(codeOf(resolve(at(QStringLiteral("big")))), QStringLiteral("secret_failing"));
}

void TestVaults::keysCannotSplitAHeader_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("code");
    QTest::newRow("plain") << QByteArray("sk-1") << QStringLiteral("ok");
    QTest::newRow("crlf inside") << QByteArray("sk\r\nx: y") << QStringLiteral("secret_bad");
    QTest::newRow("blank inside") << QByteArray("sk 1") << QStringLiteral("secret_bad");
    QTest::newRow("nul") << QByteArray("sk\0x", 4) << QStringLiteral("secret_bad");
    QTest::newRow("utf-8") << QByteArray("sk-\xc3\xa9") << QStringLiteral("secret_bad");
    QTest::newRow("blank") << QByteArray(" \n") << QStringLiteral("secret_not_found");
}

void TestVaults::keysCannotSplitAHeader()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, code);
    QByteArray copy = text;
    const Result<Secret> key = asKey(std::move(copy));
    QCOMPARE(key ? QStringLiteral("ok") : key.error().code, code);
}

void TestVaults::clientKeys()
{
    SystemRandom random;
    QSet<QByteArray> seen;
    for (int i = 0; i < 1'000; ++i) {
        const QByteArray key = makeClientKey(random).reveal().toByteArray();
        QCOMPARE(key.size(), 47);
        QVERIFY(key.startsWith("sbx-"));
        for (const char c : key.sliced(4))
            QVERIFY((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'));
        seen.insert(key);
    }
    QCOMPARE(seen.size(), 1'000);

    // The largest number fills the 43 digits without overflow, the smallest is all zeros.
    struct Fixed final : Random {
        quint64 value;
        explicit Fixed(quint64 v)
            : value(v)
        {
        }
        quint64 next() override { return value; }
    };
    Fixed zeros(0);
    QCOMPARE(makeClientKey(zeros).reveal().toByteArray(), "sbx-" + QByteArray(43, '0'));
    Fixed ones(~quint64(0));
    const QByteArray most = makeClientKey(ones).reveal().toByteArray();
    QVERIFY(most[4] != '0' && most != "sbx-" + QByteArray(43, 'z'));
}

QTEST_GUILESS_MAIN(TestVaults)
#include "tst_vaults.moc"
