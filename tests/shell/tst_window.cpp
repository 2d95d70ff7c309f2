// The window by keyboard, by its accessible tree, in a long language, and towards the link.
#include "access_walk.h"
#include "kit/copy_button.h"
#include "kit/notice_bar.h"
#include "kit/plain_label.h"
#include "kit/rail.h"
#include "kit/status_strip.h"
#include "kit/theme.h"
#include "kit/tokens.h"
#include "link/fake_link.h"
#include "pages/board_frames.h"
#include "pseudo_translator.h"
#include "shell/first_request.h"
#include "shell/key_sheet.h"
#include "shell/main_window.h"
#include "shell/palette.h"
#include "words/catalogues.h"

#include <QAction>
#include <QCheckBox>
#include <QClipboard>
#include <QElapsedTimer>
#include <QLineEdit>
#include <QListView>
#include <QMenu>
#include <QPushButton>
#include <QSet>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

using namespace sb;

namespace {

// A window with its link, as main() builds it.
struct Desk {
    explicit Desk(kit::Theme &theme, const QString &file)
        : settings(file, QSettings::IniFormat)
        , window(link, theme, settings, pages::catalog())
    {
    }

    QSettings settings;
    test::FakeLink link;
    shell::MainWindow window;
};

} // namespace

class TstWindow : public QObject {
    Q_OBJECT

    std::unique_ptr<kit::Theme> m_theme;
    QTemporaryDir m_folder;
    int m_files = 0;

    std::unique_ptr<Desk> desk()
    {
        auto made = std::make_unique<Desk>(
            *m_theme, m_folder.filePath(QStringLiteral("window%1.ini").arg(++m_files)));
        made->window.show();
        made->window.activateWindow();
        return made;
    }

private slots:
    void initTestCase()
    {
        qunsetenv("DBUS_SESSION_BUS_ADDRESS");
        qunsetenv("XDG_RUNTIME_DIR");
        qputenv("TZ", "UTC");
        QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
        words::installCatalogues(*qApp);
        m_theme = std::make_unique<kit::Theme>(*qApp);
        m_theme->apply(kit::Theme::Mode::Dark);
    }
    void cleanupTestCase() { m_theme.reset(); }

    void namesEverywhere_data()
    {
        QTest::addColumn<int>("scene");
        QTest::newRow("first start") << 0;
        QTest::newRow("tripped") << 1;
        QTest::newRow("first request") << 2;
        QTest::newRow("port taken") << 3;
        QTest::newRow("peek") << 4;
    }
    void namesEverywhere()
    {
        QFETCH(int, scene);
        QAccessible::setActive(true);
        const auto d = desk();
        Frame frame = scene == 0 ? test::emptyFrame() : test::trippedFrame();
        if (scene == 2) {
            frame.totals.exchanges = 0;
            frame.changed.clear();
        }
        d->link.publish(frame);
        if (scene == 3) {
            link::Trouble trouble;
            trouble.kind = link::Trouble::Kind::PortTaken;
            trouble.wanted = 7317;
            trouble.instead = 7318;
            d->link.be(link::LinkState::Connected, trouble);
        }
        if (scene == 4)
            QTest::keyClick(&d->window, Qt::Key_I);
        test::AccessWalk found;
        test::walk(QAccessible::queryAccessibleInterface(&d->window), found);
        QVERIFY(found.count > 10);
        QVERIFY2(found.nameless.isEmpty(), qPrintable(found.nameless.join(u'\n')));
        QVERIFY2(found.twins.isEmpty(), qPrintable(found.twins.join(u'\n')));
    }

    // Tab goes round all controls and comes back: no trap, nothing out of reach.
    void tabReachesEverything()
    {
        const auto d = desk();
        Frame frame = test::trippedFrame();
        frame.totals.exchanges = 0;
        frame.changed.clear();
        d->link.publish(frame);
        QVERIFY(QTest::qWaitForWindowActive(&d->window));
        QSet<QWidget *> wanted;
        for (QWidget *widget : d->window.findChildren<QWidget *>()) {
            const bool isRail = widget->inherits("QAbstractButton")
                && static_cast<QAbstractButton *>(widget)->isCheckable();
            if (widget->isVisible() && widget->isEnabled() && (widget->focusPolicy() & Qt::TabFocus)
                && !isRail)
                wanted.insert(widget);
        }
        QVERIFY(wanted.size() >= 5);
        QSet<QWidget *> seen;
        for (int i = 0; i < 200 && seen.size() < wanted.size() + 20; ++i) {
            QWidget *at = QApplication::focusWidget();
            if (at) {
                seen.insert(at);
                QTest::keyClick(at, Qt::Key_Tab);
            } else {
                QTest::keyClick(&d->window, Qt::Key_Tab);
            }
        }
        for (QWidget *widget : wanted)
            QVERIFY2(seen.contains(widget),
                     qPrintable(QString::fromLatin1(widget->metaObject()->className()) + u' '
                                + widget->accessibleName()));
    }

    void railFoldsBelow1100()
    {
        const auto d = desk();
        d->window.resize(1280, 800);
        QCOMPARE(d->window.findChild<kit::Rail *>()->width(), kit::space::kRail);
        d->window.resize(1000, 700);
        QCOMPARE(d->window.findChild<kit::Rail *>()->width(), kit::space::kRailNarrow);
        QCOMPARE(d->window.minimumSize(), QSize(960, 600));
    }

    void themeByKeyboard()
    {
        const auto d = desk();
        d->link.publish(test::idleFrame());
        QVERIFY(QTest::qWaitForWindowActive(&d->window));
        QVERIFY(m_theme->isDark());
        QTest::keyClick(&d->window, Qt::Key_L, Qt::ControlModifier | Qt::ShiftModifier);
        QVERIFY(!m_theme->isDark());
        QCOMPARE(d->settings.value(QStringLiteral("look/theme")).toInt(),
                 int(kit::Theme::Mode::Light));
        QTest::keyClick(&d->window, Qt::Key_L, Qt::ControlModifier | Qt::ShiftModifier);
        QVERIFY(m_theme->isDark());
    }

    void geometryIsKept()
    {
        const QString file = m_folder.filePath(QStringLiteral("kept.ini"));
        {
            Desk d(*m_theme, file);
            d.window.show();
            d.window.resize(1111, 777);
            d.window.close();
        }
        Desk d(*m_theme, file);
        QCOMPARE(d.window.size(), QSize(1111, 777));
        QVERIFY(d.settings.contains(QStringLiteral("window/page")));
    }

    static QPushButton *button(const QWidget &window, const QString &text)
    {
        for (QPushButton *button : window.findChildren<QPushButton *>()) {
            if (button->isVisible() && button->text() == text)
                return button;
        }
        return nullptr;
    }

    void closingWithoutAGatewayEnds()
    {
        const auto d = desk();
        QSignalSpy quit(&d->window, &shell::MainWindow::quitRequested);
        d->window.close();
        QCOMPARE(quit.size(), 1);
    }

    // The first closing asks, in the window; the answer is kept and the gateway is not stopped.
    void closingAsksOnce()
    {
        const auto d = desk();
        d->link.be(link::LinkState::Connected);
        d->link.publish(test::idleFrame());
        QSignalSpy quit(&d->window, &shell::MainWindow::quitRequested);
        QVERIFY(!d->window.close());
        QVERIFY(d->window.isVisible());
        QPushButton *keep = button(d->window, QStringLiteral("Keep the gateway running"));
        QVERIFY(keep);
        QTest::mouseClick(keep, Qt::LeftButton);
        QVERIFY(!d->window.isVisible());
        QCOMPARE(quit.size(), 0);
        QCOMPARE(shell::closeHabit(d->settings), shell::CloseHabit::KeepRunning);
        d->window.comeForward();
        QVERIFY(d->window.isVisible());
        d->window.close();
        QVERIFY(!d->window.isVisible());
        QCOMPARE(quit.size(), 0);
    }

    void closingCanStopEverything()
    {
        const auto d = desk();
        d->link.be(link::LinkState::Connected);
        d->link.publish(test::idleFrame());
        QSignalSpy quit(&d->window, &shell::MainWindow::quitRequested);
        d->window.close();
        QTest::mouseClick(button(d->window, QStringLiteral("Stop everything")), Qt::LeftButton);
        QCOMPARE(quit.size(), 1);
        QCOMPARE(shell::closeHabit(d->settings), shell::CloseHabit::StopAll);
    }

    // Every action that the window and its pages have is in the palette, and typing finds it.
    void paletteReachesEveryAction()
    {
        const auto d = desk();
        d->link.be(link::LinkState::Connected);
        d->link.publish(test::trippedFrame());
        QVERIFY(QTest::qWaitForWindowActive(&d->window));
        QTest::keyClick(&d->window, Qt::Key_K, Qt::ControlModifier);
        auto *line = qobject_cast<QLineEdit *>(QApplication::focusWidget());
        QVERIFY(line);
        QCOMPARE(line->accessibleName(), QStringLiteral("Command"));
        auto *palette = d->window.findChild<shell::Palette *>();
        QVERIFY(palette->isOpen());
        auto *list = palette->findChild<QListView *>();
        const auto listed = [&](const QString &text) {
            line->setText(text);
            for (int row = 0; row < list->model()->rowCount(); ++row) {
                if (list->model()->index(row, 0).data().toString() == text)
                    return true;
            }
            return false;
        };
        int count = 0;
        QList<QAction *> all = d->window.actions();
        for (const pages::Page *page : d->window.findChildren<pages::Page *>())
            all += page->actions();
        for (const QAction *action : std::as_const(all)) {
            if (action->text().isEmpty() || !action->isEnabled() || !action->isVisible())
                continue;
            QString text = action->text();
            QVERIFY2(listed(text.remove(QLatin1Char('&'))), qPrintable(text));
            ++count;
        }
        QVERIFY(count >= 8);
        QVERIFY(listed(QStringLiteral("coding")));
        QVERIFY(listed(QStringLiteral("Anthropic")));
        line->setText(QStringLiteral("zzqqxx"));
        QCOMPARE(list->model()->rowCount(), 0);
        line->setText(QStringLiteral("Settings"));
        QTest::keyClick(line, Qt::Key_Return);
        QVERIFY(!palette->isOpen());
        QVERIFY(d->window.currentPage() > 0);
        QTest::keyClick(&d->window, Qt::Key_P, Qt::ControlModifier | Qt::ShiftModifier);
        QVERIFY(palette->isOpen());
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape);
        QVERIFY(!palette->isOpen());
    }

    void keySheetByKey()
    {
        const auto d = desk();
        d->link.publish(test::idleFrame());
        QVERIFY(QTest::qWaitForWindowActive(&d->window));
        QTest::keyClick(&d->window, Qt::Key_F1);
        auto *sheet = d->window.findChild<shell::KeySheet *>();
        QVERIFY(sheet->isOpen());
        QStringList texts;
        for (const kit::PlainLabel *label : sheet->findChildren<kit::PlainLabel *>())
            texts += label->text();
        QVERIFY(texts.contains(QStringLiteral("Find anything")));
        QVERIFY(texts.contains(QStringLiteral("Ctrl+K, Ctrl+Shift+P")));
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape);
        QVERIFY(!sheet->isOpen());
    }

    void singleLettersCanBeOff()
    {
        const auto d = desk();
        d->link.publish(test::idleFrame());
        const auto letters = [&] {
            int count = 0;
            QList<QAction *> all = d->window.actions();
            for (const pages::Page *page : d->window.findChildren<pages::Page *>())
                all += page->actions();
            for (const QAction *action : std::as_const(all))
                count += action->shortcuts().contains(QKeySequence(Qt::Key_Question));
            return count;
        };
        QCOMPARE(letters(), 1);
        auto *box = d->window.findChild<QCheckBox *>(QStringLiteral("keys/single_letters"));
        QVERIFY(box);
        box->setChecked(false);
        QCOMPARE(letters(), 0);
        box->setChecked(true);
        QCOMPARE(letters(), 1);
    }

    void stripLeadsToPages()
    {
        const auto d = desk();
        Frame frame = test::busyFrame();
        DrillView drill;
        drill.fault = "status";
        drill.untilWallMs = frame.wallMs + 103'000;
        frame.drills += drill;
        d->link.publish(frame);
        QPushButton *clear = button(d->window, QStringLiteral("Clear"));
        QVERIFY(clear);
        QTest::mouseClick(clear, Qt::LeftButton);
        QCOMPARE(d->link.fakeControl.calls, QStringList(QStringLiteral("clearDrills")));
        QVERIFY(d->window.findChild<kit::StatusStrip *>()->line().contains(
            QStringLiteral("1 drill, 1:43 left")));
        QVERIFY(QTest::qWaitForWindowActive(&d->window));
        QTest::keyClick(&d->window, Qt::Key_X, Qt::ControlModifier | Qt::ShiftModifier);
        QCOMPARE(d->link.fakeControl.calls.size(), 2);
    }

    void simulatedProvidersByTheDoor()
    {
        const auto d = desk();
        d->link.publish(test::emptyFrame());
        QPushButton *door = nullptr;
        for (QPushButton *button : d->window.findChildren<QPushButton *>()) {
            if (button->isVisible() && button->text().contains(QStringLiteral("simulated")))
                door = button;
        }
        QVERIFY(door);
        QTest::mouseClick(door, Qt::LeftButton);
        QCOMPARE(d->link.simulated, 1);
        d->link.refusal = QStringLiteral("disk full");
        QTest::mouseClick(door, Qt::LeftButton);
        const auto said = [&] {
            for (kit::NoticeBar *bar : d->window.findChildren<kit::NoticeBar *>()) {
                if (bar->isVisible() && bar->message().contains(QStringLiteral("disk full")))
                    return true;
            }
            return false;
        };
        QTRY_VERIFY(said());
    }

    void waysOutOfTroubles()
    {
        const auto d = desk();
        link::Trouble trouble;
        trouble.kind = link::Trouble::Kind::OtherProcess;
        trouble.pid = 4711;
        d->link.be(link::LinkState::OtherProcess, trouble);
        const auto press = [&](const QString &text) {
            for (QPushButton *button : d->window.findChildren<QPushButton *>()) {
                if (button->isVisible() && button->text() == text) {
                    QTest::mouseClick(button, Qt::LeftButton);
                    return true;
                }
            }
            return false;
        };
        QVERIFY(press(QStringLiteral("Take over")));
        QCOMPARE(d->link.takeOvers, 1);
        trouble.kind = link::Trouble::Kind::PortTaken;
        trouble.wanted = 7317;
        trouble.instead = 7318;
        d->link.be(link::LinkState::Connected, trouble);
        QVERIFY(press(QStringLiteral("Keep 7318")));
        QCOMPARE(d->link.keeps, 1);
        QVERIFY(press(QStringLiteral("Try 7317 again")));
        QCOMPARE(d->link.retries, 1);
        d->link.be(link::LinkState::Connected);
        QVERIFY(!press(QStringLiteral("Try 7317 again")));
    }

    // The key is named by a command; the key itself is nowhere.
    void firstRequestUntilSeen()
    {
        const auto d = desk();
        Frame frame = test::idleFrame();
        frame.totals.exchanges = 0;
        frame.changed.clear();
        d->link.publish(frame);
        auto *panel = d->window.findChild<shell::FirstRequest *>();
        QVERIFY(panel->isVisible());
        QCOMPARE(panel->keyLine(),
                 QStringLiteral("export SIGNALBOX_KEY=\"$(signalboxd keys show default)\""));
        QVERIFY(panel->requestLine().startsWith(
            QStringLiteral("curl -N ") + frame.addresses.first()
            + QStringLiteral("/v1/chat/completions -H \"Authorization: Bearer $SIGNALBOX_KEY\"")));
        QVERIFY(panel->requestLine().contains(
            QStringLiteral("{\"model\":\"%1\",").arg(frame.chains.first().id.text())));
        for (kit::CopyButton *button : panel->findChildren<kit::CopyButton *>())
            QVERIFY(!button->copied().contains(QStringLiteral("sbx-")));
        for (QPushButton *button : panel->findChildren<QPushButton *>()) {
            if (button->text().startsWith(QStringLiteral("Send a test request")))
                QTest::mouseClick(button, Qt::LeftButton);
        }
        QCOMPARE(d->link.tested, QStringList(frame.chains.first().id.text()));
        d->link.publish(test::failingOverFrame());
        QVERIFY(panel->isVisible() && panel->hasCrossed()); // and says what to do next
        const auto offersTool = [panel] {
            for (const QPushButton *one : panel->findChildren<QPushButton *>()) {
                if (one->isVisible() && one->text() == QStringLiteral("Connect a tool"))
                    return true;
            }
            return false;
        };
        Frame own = test::failingOverFrame(); // this program's own test request proves no tool
        auto request = std::make_shared<Exchange>(
            *test::tale(test::Tale::Served, 1, QStringLiteral("default")));
        request->caller.program = QStringLiteral("signalbox");
        own.changed = {request};
        const bool wasOffered = offersTool();
        d->link.publish(own);
        QCOMPARE(offersTool(), wasOffered);
        request = std::make_shared<Exchange>(*request);
        request->caller.program = QStringLiteral("node");
        own.changed = {request};
        d->link.publish(own);
        QVERIFY(!offersTool());
        const auto dismiss = panel->findChildren<QToolButton *>(Qt::FindDirectChildrenOnly);
        QCOMPARE(dismiss.size(), 1);
        QTest::mouseClick(dismiss.first(), Qt::LeftButton);
        QVERIFY(!panel->isVisible());
        d->link.publish(test::failingOverFrame());
        QVERIFY(!panel->isVisible());
    }

    // Nothing moves under the mouse when an answer to a command comes and goes.
    void answersLieOverThePage()
    {
        const auto d = desk();
        d->link.publish(test::idleFrame());
        pages::Page *page = nullptr;
        for (auto *one : d->window.findChildren<pages::Page *>()) {
            if (one->isVisible())
                page = one;
        }
        QVERIFY(page);
        const QRect before(page->mapTo(&d->window, QPoint()), page->size());
        emit page->said(QStringLiteral("The key was copied."));
        QCoreApplication::processEvents();
        kit::NoticeBar *answer = nullptr;
        for (kit::NoticeBar *bar : d->window.findChildren<kit::NoticeBar *>()) {
            if (bar->message() == QStringLiteral("The key was copied."))
                answer = bar;
        }
        QVERIFY(answer && answer->isVisible());
        QCOMPARE(QRect(page->mapTo(&d->window, QPoint()), page->size()), before);
        QVERIFY(before.contains(answer->geometry()));
        d->window.resize(960, 600);
        QCoreApplication::processEvents();
        const QRect now(page->mapTo(&d->window, QPoint()), page->size());
        QVERIFY(now.contains(answer->geometry()));
    }

    void nextStepsGoWhenTheyAreDone()
    {
        shell::FirstRequest panel;
        panel.setPages(
            {QStringLiteral("spend"), QStringLiteral("chains"), QStringLiteral("board")});
        panel.setCrossed(true);
        const auto offered = [&panel] {
            QStringList texts;
            for (const QPushButton *button : panel.findChildren<QPushButton *>()) {
                if (button->isVisibleTo(&panel))
                    texts += button->text();
            }
            return texts;
        };
        QVERIFY(offered().contains(QStringLiteral("Set a daily cap")));
        QVERIFY(!panel.setDone({QStringLiteral("budget"), QStringLiteral("default")}));
        QCOMPARE(offered(), QStringList(QStringLiteral("Run your first drill")));
        QVERIFY(panel.setDone(
            {QStringLiteral("budget"), QStringLiteral("default"), QStringLiteral("drill")}));
    }

    // A whole round in a language that is 40 % longer, at the smallest size.
    void pseudoLanguage()
    {
        test::PseudoTranslator pseudo;
        QVERIFY(QCoreApplication::installTranslator(&pseudo));
        {
            const auto d = desk();
            d->window.resize(960, 600);
            for (const Frame &frame :
                 {test::emptyFrame(), test::idleFrame(), test::failingOverFrame(),
                  test::trippedFrame(), test::crowdedFrame()}) {
                d->link.publish(frame);
                QVERIFY(!d->window.grab().isNull());
                QCoreApplication::processEvents();
            }
            QTest::keyClick(&d->window, Qt::Key_I);
            QVERIFY(!d->window.grab().isNull());
            // Every visible text went through tr(): it carries the mark, a digit, or is a name.
            int marked = 0;
            for (const kit::PlainLabel *label : d->window.findChildren<kit::PlainLabel *>()) {
                if (label->isVisible() && label->text().contains(QChar(u'⟦')))
                    ++marked;
            }
            QVERIFY(marked > 3);
            // Buttons keep their whole text.
            for (const QPushButton *button : d->window.findChildren<QPushButton *>()) {
                if (button->isVisible())
                    QVERIFY2(button->width()
                                 >= button->fontMetrics().horizontalAdvance(button->text()),
                             qPrintable(button->text()));
            }
        }
        QCoreApplication::removeTranslator(&pseudo);
    }

    // Building and painting the whole window, without the process's own start.
    void firstPaintIsQuick()
    {
        QElapsedTimer timer;
        timer.start();
        const auto d = desk();
        d->link.publish(test::idleFrame());
        QVERIFY(!d->window.grab().isNull());
        qInfo("window built and painted in %lld ms", qlonglong(timer.elapsed()));
        QVERIFY(timer.elapsed() < 1'000);
    }
};

QTEST_MAIN(TstWindow)
#include "tst_window.moc"
