#include "secret/keychain_vault.h"

#include <QElapsedTimer>
#include <QtTest>

using namespace sb;
using namespace sb::secret;

// Without a session bus: what a server, a container or a bare login sees.
class TestKeychain : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        qputenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/signalbox-test");
        qunsetenv("XDG_CURRENT_DESKTOP");
    }

    void saysWithinTheLimitThatThereIsNone()
    {
        KeychainVault vault(QStringLiteral("signalbox-test"), Seconds(2));
        QElapsedTimer timer;
        timer.start();
        const QFuture<Result<Secret>> read = vault.read(QStringLiteral("a/b"));
        QVERIFY2(timer.elapsed() < 500, "the call itself must not block");
        QTRY_VERIFY_WITH_TIMEOUT(read.isFinished(), 10'000);
        QVERIFY(!read.result());
        QCOMPARE(read.result().error().code, QStringLiteral("secret_absent"));
        QCOMPARE(vault.state(), VaultState::Absent);

        const QFuture<Result<void>> write
            = vault.write(QStringLiteral("a/b"), Secret::fromView("sk-test"));
        QTRY_VERIFY_WITH_TIMEOUT(write.isFinished(), 10'000);
        QVERIFY(!write.result());
        const QFuture<Result<void>> removed = vault.remove(QStringLiteral("a/b"));
        QTRY_VERIFY_WITH_TIMEOUT(removed.isFinished(), 10'000);
        QVERIFY(!removed.result());
    }

    void mayBeDestroyedWhileACallIsOnItsWay()
    {
        QFuture<Result<Secret>> read;
        {
            KeychainVault vault(QStringLiteral("signalbox-test"), Seconds(1));
            read = vault.read(QStringLiteral("a/b"));
        }
        QTRY_VERIFY_WITH_TIMEOUT(read.isFinished(), 10'000);
    }
};

QTEST_GUILESS_MAIN(TestKeychain)
#include "tst_keychain.moc"
