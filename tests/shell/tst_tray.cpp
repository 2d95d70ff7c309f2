// The tray's menu and the notifications, without a tray and without a bus.
#include "kit/tokens.h"
#include "link/fake_link.h"
#include "pages/board_frames.h"
#include "shell/notifier.h"
#include "shell/tray.h"
#include "words/catalogues.h"

#include <QMenu>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace sb;

namespace {

QStringList textsOf(const QMenu &menu)
{
    QStringList texts;
    for (const QAction *action : menu.actions()) {
        if (!action->isSeparator())
            texts += action->text();
    }
    return texts;
}

QAction *find(const QMenu &menu, const QString &part)
{
    for (QAction *action : menu.actions()) {
        if (action->text().contains(part))
            return action;
    }
    return nullptr;
}

} // namespace

class TstTray : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

private slots:
    void initTestCase()
    {
        qunsetenv("DBUS_SESSION_BUS_ADDRESS");
        qunsetenv("XDG_RUNTIME_DIR");
        QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
        words::installCatalogues(*qApp);
    }

    void menuSaysWhatRunsAndHolds()
    {
        test::FakeLink link;
        shell::Tray tray(link);
        Frame frame = test::failingOverFrame();
        link.publish(frame);
        emit tray.menu()->aboutToShow();
        QVERIFY(textsOf(*tray.menu()).first().contains(QStringLiteral("today")));
        QAction *chain = find(*tray.menu(), frame.chains.first().id.text());
        QVERIFY(chain && chain->menu());
        QVERIFY(!find(*chain->menu(), QStringLiteral("Release")));
        QMenu *hold = chain->menu()->actions().first()->menu();
        QCOMPARE(hold->actions().size(), 3);
        hold->actions().first()->trigger();
        QCOMPARE(link.fakeControl.calls.takeLast(), QStringLiteral("hold"));
        find(*tray.menu(), QStringLiteral("Pause"))->trigger();
        QCOMPARE(link.fakeControl.calls.takeLast(), QStringLiteral("setPaused"));
        QVERIFY(!find(*tray.menu(), QStringLiteral("drill")));

        frame.chains[0].heldRank = 1;
        frame.state = EngineState::Paused;
        frame.drills += DrillView{};
        link.publish(frame);
        emit tray.menu()->aboutToShow();
        QVERIFY(find(*tray.menu(), QStringLiteral("Resume")));
        find(*tray.menu(), QStringLiteral("drill"))->trigger();
        QCOMPARE(link.fakeControl.calls.takeLast(), QStringLiteral("clearDrills"));
        find(*find(*tray.menu(), frame.chains[0].id.text())->menu(), QStringLiteral("Release"))
            ->trigger();
        QCOMPARE(link.fakeControl.calls.takeLast(), QStringLiteral("release"));
        QSignalSpy stop(&tray, &shell::Tray::stopAsked);
        find(*tray.menu(), QStringLiteral("Stop"))->trigger();
        QCOMPARE(stop.size(), 1);
    }

    void lampIsTheWorst()
    {
        Frame frame = test::idleFrame();
        QCOMPARE(shell::trayLamp(frame), kit::Lamp::Serving);
        frame.chains[0].state = ChainState::FailedOver;
        QCOMPARE(shell::trayLamp(frame), kit::Lamp::Caution);
        BudgetView cap;
        cap.isReached = true;
        frame.budgets += cap;
        QCOMPARE(shell::trayLamp(frame), kit::Lamp::Danger);
        frame.state = EngineState::Stopped;
        QCOMPARE(shell::trayLamp(frame), kit::Lamp::Off);
        // Shapes differ without colour.
        QList<QImage> seen;
        for (const kit::Lamp lamp : {kit::Lamp::Serving, kit::Lamp::Caution, kit::Lamp::Danger,
                                     kit::Lamp::Probing, kit::Lamp::Off}) {
            const QImage image = shell::trayIcon(lamp, Qt::white).pixmap(22, 22).toImage();
            QVERIFY(!image.isNull());
            QVERIFY(!seen.contains(image));
            seen += image;
        }
    }

    void quietHours_data()
    {
        QTest::addColumn<QTime>("now");
        QTest::addColumn<QTime>("from");
        QTest::addColumn<QTime>("to");
        QTest::addColumn<bool>("isQuiet");
        QTest::newRow("night") << QTime(23, 0) << QTime(22, 0) << QTime(8, 0) << true;
        QTest::newRow("early") << QTime(7, 59) << QTime(22, 0) << QTime(8, 0) << true;
        QTest::newRow("morning") << QTime(8, 0) << QTime(22, 0) << QTime(8, 0) << false;
        QTest::newRow("lunch") << QTime(12, 30) << QTime(12, 0) << QTime(13, 0) << true;
        QTest::newRow("after lunch") << QTime(13, 0) << QTime(12, 0) << QTime(13, 0) << false;
        QTest::newRow("never") << QTime(12, 0) << QTime(12, 0) << QTime(12, 0) << false;
    }
    void quietHours()
    {
        QFETCH(QTime, now);
        QFETCH(QTime, from);
        QFETCH(QTime, to);
        QTEST(shell::isWithin(now, from, to), "isQuiet");
    }

    // Without a notification service the fallback speaks; a switch silences both.
    void capIsToldOnce()
    {
        test::FakeLink link;
        QSettings settings(m_folder.filePath(QStringLiteral("n.ini")), QSettings::IniFormat);
        QStringList told;
        shell::Notifier notifier(link, settings,
                                 [&](const QString &title, const QString &) { told += title; });
        Frame frame = test::idleFrame();
        BudgetView cap;
        cap.id = QStringLiteral("daily");
        cap.scope = QStringLiteral("all");
        cap.window = QStringLiteral("day");
        cap.cap = Money{10'000'000'000};
        cap.spent = Money{8'100'000'000};
        frame.budgets = {cap};
        link.publish(frame);
        QCOMPARE(told, QStringList());
        frame.budgets[0].isWarned = true;
        link.publish(frame);
        link.publish(frame);
        QCOMPARE(told, QStringList(QStringLiteral("The daily cap is 80% used")));
        QSignalSpy open(&notifier, &shell::Notifier::openAsked);
        notifier.openLast();
        QCOMPARE(open.value(0).value(0).toString(), QStringLiteral("spend"));
        settings.setValue(QStringLiteral("notify/on"), false);
        frame.budgets[0].isReached = true;
        link.publish(frame);
        QCOMPARE(told.size(), 1);
    }
};

QTEST_MAIN(TstTray)
#include "tst_tray.moc"
