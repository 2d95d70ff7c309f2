// Every page in the window in every state: its names, its Tab round, its keys.
#include "access_walk.h"
#include "every_page.h"
#include "kit/theme.h"
#include "shell/palette.h"
#include "words/catalogues.h"

#include <QAbstractButton>
#include <QAction>
#include <QButtonGroup>
#include <QLineEdit>
#include <QListView>
#include <QPointer>
#include <QSettings>
#include <QShortcut>
#include <QStackedWidget>
#include <QTemporaryDir>
#include <QTest>

using namespace sb;
using test::PageState;

namespace {

struct WindowDesk {
    WindowDesk(kit::Theme &theme, const QString &file, PageState state)
        : settings(file, QSettings::IniFormat)
    {
        settings.setValue(QStringLiteral("look/motion"), false);
        settings.setValue(QStringLiteral("hints/first_request_hidden"), true);
        test::furnish(link, state);
        window = std::make_unique<shell::MainWindow>(link, theme, settings, pages::catalog());
        window->show();
        window->activateWindow();
    }

    QSettings settings;
    test::FakeLink link;
    std::unique_ptr<shell::MainWindow> window;
};

// One key of one owner, and where it works.
struct Binding {
    QKeySequence key;
    Qt::ShortcutContext context;
    QWidget *owner;
    QString name;
};

bool canMeet(const Binding &a, const Binding &b)
{
    const auto isWide = [](const Binding &one) {
        return one.context == Qt::WindowShortcut || one.context == Qt::ApplicationShortcut;
    };
    if (isWide(a) || isWide(b))
        return true;
    const auto covers = [](const Binding &one, const Binding &other) {
        return one.owner == other.owner
            || (one.context == Qt::WidgetWithChildrenShortcut
                && one.owner->isAncestorOf(other.owner));
    };
    return covers(a, b) || covers(b, a);
}

QList<Binding> bindings(QWidget &window)
{
    QList<Binding> found;
    QList<QWidget *> widgets = window.findChildren<QWidget *>();
    widgets.prepend(&window);
    for (QWidget *widget : widgets) {
        if (!widget->isVisible())
            continue;
        for (QAction *action : widget->actions()) {
            for (const QKeySequence &key : action->shortcuts()) {
                if (action->isEnabled() && action->isVisible())
                    found += {key, action->shortcutContext(), widget,
                              action->objectName() + u' ' + action->text()};
            }
        }
        for (QShortcut *shortcut : widget->findChildren<QShortcut *>(Qt::FindDirectChildrenOnly)) {
            if (shortcut->isEnabled() && !shortcut->key().isEmpty())
                found += {shortcut->key(), shortcut->context(), widget,
                          QString::fromLatin1(widget->metaObject()->className())};
        }
    }
    return found;
}

} // namespace

class TstEveryPage : public QObject {
    Q_OBJECT

    std::unique_ptr<kit::Theme> m_theme;
    QTemporaryDir m_folder;
    int m_files = 0;

    std::unique_ptr<WindowDesk> desk(const QString &page, PageState state)
    {
        auto made = std::make_unique<WindowDesk>(
            *m_theme, m_folder.filePath(QStringLiteral("page%1.ini").arg(++m_files)), state);
        test::bring(*made->window, made->link, page, state);
        return made;
    }

    static void everyPage()
    {
        QTest::addColumn<QString>("page");
        QTest::addColumn<int>("state");
        for (const pages::PageRow &row : pages::catalog()) {
            for (const auto &[name, state] : test::pageStates())
                QTest::addRow("%s %s", qPrintable(row.id), qPrintable(name))
                    << row.id << int(state);
        }
    }

    static QString nameOf(const QWidget *widget)
    {
        return QString::fromLatin1(widget->metaObject()->className()) + u' ' + widget->objectName()
            + u' ' + widget->accessibleName();
    }

private slots:
    void initTestCase()
    {
        qputenv("PATH", m_folder.path().toLocal8Bit()); // nothing to find, nothing to start
        qunsetenv("DBUS_SESSION_BUS_ADDRESS");
        qunsetenv("XDG_RUNTIME_DIR");
        qputenv("TZ", "UTC");
        QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
        words::installCatalogues(*qApp);
        m_theme = std::make_unique<kit::Theme>(*qApp);
        m_theme->apply(kit::Theme::Mode::Dark);
    }
    void cleanupTestCase() { m_theme.reset(); }

    void names_data() { everyPage(); }
    void names()
    {
        QFETCH(QString, page);
        QFETCH(int, state);
        QAccessible::setActive(true);
        const auto d = desk(page, PageState(state));
        test::AccessWalk found;
        test::walk(QAccessible::queryAccessibleInterface(d->window.get()), found);
        QVERIFY(found.count > 10);
        QVERIFY2(found.nameless.isEmpty(), qPrintable(found.nameless.join(u'\n')));
        QVERIFY2(found.twins.isEmpty(), qPrintable(found.twins.join(u'\n')));
        QVERIFY2(found.plurals.isEmpty(), qPrintable(found.plurals.join(u'\n')));
    }

    // Tab goes round all controls and comes back: no trap, nothing out of reach. Of buttons that
    // exclude each other one is enough: arrows reach the others.
    void tabGoesRound_data() { everyPage(); }
    void tabGoesRound()
    {
        QFETCH(QString, page);
        QFETCH(int, state);
        const auto d = desk(page, PageState(state));
        QVERIFY(QTest::qWaitForWindowActive(d->window.get()));
        QSet<QWidget *> wanted;
        for (QWidget *widget : d->window->findChildren<QWidget *>()) {
            const auto *button = qobject_cast<QAbstractButton *>(widget);
            const bool isOneOfMany = button && button->isCheckable()
                && (button->autoExclusive() || (button->group() && button->group()->exclusive()));
            if (widget->isVisible() && widget->isEnabled() && (widget->focusPolicy() & Qt::TabFocus)
                && !widget->focusProxy() && !isOneOfMany && !widget->size().isEmpty()
                && !widget->inherits("QAbstractScrollAreaScrollBarContainer"))
                wanted.insert(widget);
        }
        QVERIFY(wanted.size() >= 2);
        for (const Qt::Key key : {Qt::Key_Tab, Qt::Key_Backtab}) {
            QSet<QWidget *> seen;
            QStringList order;
            for (int i = 0; i < 400 && !seen.contains(wanted); ++i) {
                QWidget *at = QApplication::focusWidget();
                if (at && !seen.contains(at)) {
                    seen.insert(at);
                    order += at->accessibleName();
                }
                QTest::keyClick(at ? at : d->window.get(), key,
                                key == Qt::Key_Backtab ? Qt::ShiftModifier : Qt::NoModifier);
            }
            QStringList missed;
            for (QWidget *widget : std::as_const(wanted)) {
                if (!seen.contains(widget))
                    missed += nameOf(widget);
            }
            if (!missed.isEmpty())
                qInfo("the round: %s", qPrintable(order.join(QStringLiteral(", "))));
            QVERIFY2(missed.isEmpty(), qPrintable(missed.join(u'\n')));
        }
    }

    // What a command opens has names too, closes with Esc, and the focus is on the page again.
    void everyCommandGivesFocusBack_data()
    {
        QTest::addColumn<QString>("page");
        for (const pages::PageRow &row : pages::catalog())
            QTest::addRow("%s", qPrintable(row.id)) << row.id;
    }
    void everyCommandGivesFocusBack()
    {
        QFETCH(QString, page);
        QAccessible::setActive(true);
        const auto d = desk(page, PageState::Full);
        QVERIFY(QTest::qWaitForWindowActive(d->window.get()));
        const auto *stack = d->window->findChild<QStackedWidget *>();
        QWidget *shown = stack->currentWidget();
        QStringList faults;
        QList<QPointer<QAction>> all; // some go with the frame that made them
        for (QAction *action : shown->actions() + d->window->actions())
            all += action;
        for (const QPointer<QAction> &action : std::as_const(all)) {
            const QString name = action ? action->objectName() : QString();
            if (!action || !action->isEnabled() || !action->isVisible()
                || name == QStringLiteral("close") || name == QStringLiteral("quit"))
                continue;
            test::bring(*d->window, d->link, page, PageState::Full);
            shown->setFocus(Qt::TabFocusReason);
            QTest::keyClick(d->window.get(), Qt::Key_Tab);
            if (!action)
                continue;
            action->trigger();
            test::settle(*d->window);
            const auto fault = [&](const QString &text) { faults += name + u": " + text; };
            test::AccessWalk found;
            test::walk(QAccessible::queryAccessibleInterface(d->window.get()), found);
            for (const QString &path : found.nameless + found.twins)
                fault(path);
            for (int i = 0; i < 5; ++i) {
                QWidget *at = QApplication::activePopupWidget() ? QApplication::activePopupWidget()
                    : QApplication::activeModalWidget()         ? QApplication::activeModalWidget()
                                                                : QApplication::focusWidget();
                if (!at)
                    break;
                QTest::keyClick(at, Qt::Key_Escape);
                QCoreApplication::processEvents();
            }
            if (QApplication::activePopupWidget() || QApplication::activeModalWidget())
                fault(QStringLiteral("does not close"));
            // No window manager brings the window back after a dialog.
            if (!d->window->isActiveWindow()) {
                d->window->activateWindow();
                QVERIFY(QTest::qWaitForWindowActive(d->window.get()));
            }
            const QWidget *at = QApplication::focusWidget();
            if (!at)
                fault(QStringLiteral("the focus is nowhere in the end"));
            else if (!at->isVisible() || !at->isEnabled() || at->window() != d->window.get())
                fault(QStringLiteral("the focus is at ") + nameOf(at));
        }
        QVERIFY2(faults.isEmpty(), qPrintable(faults.join(u'\n')));
    }

    // A key that two active commands share does nothing but beep.
    void keysAreUnambiguous_data() { everyPage(); }
    void keysAreUnambiguous()
    {
        QFETCH(QString, page);
        QFETCH(int, state);
        const auto d = desk(page, PageState(state));
        const QList<Binding> all = bindings(*d->window);
        QVERIFY(all.size() > 10);
        QStringList met;
        for (int i = 0; i < all.size(); ++i) {
            for (int j = i + 1; j < all.size(); ++j) {
                if (all[i].key == all[j].key && canMeet(all[i], all[j]))
                    met += QStringLiteral("%1: %2, %3")
                               .arg(all[i].key.toString(), all[i].name, all[j].name);
            }
        }
        QVERIFY2(met.isEmpty(), qPrintable(met.join(u'\n')));
    }

    void paletteHasIt_data() { everyPage(); }
    void paletteHasIt()
    {
        QFETCH(QString, page);
        QFETCH(int, state);
        const auto d = desk(page, PageState(state));
        QVERIFY(QTest::qWaitForWindowActive(d->window.get()));
        QTest::keyClick(d->window.get(), Qt::Key_K, Qt::ControlModifier);
        auto *line = qobject_cast<QLineEdit *>(QApplication::focusWidget());
        QVERIFY(line);
        auto *list = d->window->findChild<shell::Palette *>()->findChild<QListView *>();
        int count = 0;
        for (const QAction *action : d->window->findChildren<QAction *>()) {
            // What a text field does with its own text is in the field.
            const bool isOfText = action->parent() && action->parent()->inherits("QLineEdit");
            if (action->text().isEmpty() || action->isSeparator() || !action->isEnabled()
                || !action->isVisible() || isOfText)
                continue;
            QString text = action->text();
            text.remove(QLatin1Char('&'));
            line->setText(text);
            bool isListed = false;
            for (int row = 0; row < list->model()->rowCount() && !isListed; ++row)
                isListed = list->model()->index(row, 0).data().toString() == text;
            QVERIFY2(isListed, qPrintable(text));
            ++count;
        }
        QVERIFY(count >= 20);
    }

    // Answers that are on their way when the window goes are dropped.
    void answersToAClosedWindowAreDropped()
    {
        auto d = std::make_unique<WindowDesk>(
            *m_theme, m_folder.filePath(QStringLiteral("held.ini")), PageState::Full);
        for (const pages::PageRow &row : pages::catalog())
            test::bring(*d->window, d->link, row.id, PageState::Full);
        d->window->openPage(QStringLiteral("health"), {});
        d->link.publish(test::frameFor(d->link, QStringLiteral("health"), PageState::Full));
        d->window->openPage(QStringLiteral("spend"), {});
        d->link.publish(test::frameFor(d->link, QStringLiteral("spend"), PageState::Full));
        d->window.reset();
        QCoreApplication::processEvents();
        QVERIFY(!d->window);
    }
};

QTEST_MAIN(TstEveryPage)
#include "tst_every_page.moc"
