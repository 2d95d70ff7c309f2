// Labels never read markup, icons are there and take the theme's tint, the strip gives way.
#include "kit/clipboard.h"
#include "kit/console_style.h"
#include "kit/copy_button.h"
#include "kit/icons.h"
#include "kit/link_button.h"
#include "kit/notice_bar.h"
#include "kit/plain_label.h"
#include "kit/rail.h"
#include "kit/status_strip.h"
#include "kit/theme.h"
#include "kit/tokens.h"

#include <QClipboard>
#include <QFocusFrame>
#include <QLineEdit>
#include <QMimeData>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QVBoxLayout>

using namespace sb;
using namespace sb::kit;

class TstWidgets : public QObject {
    Q_OBJECT

    std::unique_ptr<Theme> m_theme;

private slots:
    void initTestCase()
    {
        qunsetenv("DBUS_SESSION_BUS_ADDRESS");
        qunsetenv("XDG_RUNTIME_DIR");
        m_theme = std::make_unique<Theme>(*qApp);
        m_theme->apply(Theme::Mode::Dark);
    }
    void cleanupTestCase() { m_theme.reset(); }

    void plainLabelIsNeverRich_data()
    {
        QTest::addColumn<QString>("text");
        QTest::newRow("bold") << QStringLiteral("<b>bold</b>");
        QTest::newRow("image") << QStringLiteral("<img src=http://127.0.0.1:1/x.png>");
        QTest::newRow("html") << QStringLiteral("<!DOCTYPE html><html><body>x</body></html>");
        QTest::newRow("mnemonic") << QStringLiteral("a & b");
    }
    void plainLabelIsNeverRich()
    {
        QFETCH(QString, text);
        PlainLabel label(text);
        QCOMPARE(label.textFormat(), Qt::PlainText);
        QCOMPARE(static_cast<QLabel &>(label).text(), text);
        QVERIFY(!label.openExternalLinks());
        setPlainToolTip(&label, text);
        // What Qt would read as markup arrives escaped.
        QVERIFY(!label.toolTip().contains(QStringLiteral("<b>bold")));
        QVERIFY(!label.toolTip().contains(QStringLiteral("<img")));
    }

    void plainLabelShowsMarks()
    {
        PlainLabel label(QStringLiteral("a") + QChar(0x202e) + QStringLiteral("b\x1b"));
        QCOMPARE(static_cast<QLabel &>(label).text(), QStringLiteral("a⟨U+202E⟩b␛"));
    }

    void elidedLabelKeepsTheWhole()
    {
        PlainLabel label;
        label.setElided(true);
        label.setText(QString(300, u'w'));
        label.resize(100, 20);
        label.show();
        QVERIFY(static_cast<QLabel &>(label).text().endsWith(QChar(u'…')));
        QCOMPARE(label.toolTip().size(), 300);
        QCOMPARE(label.text().size(), 300);
    }

    void toneFollowsTheTheme()
    {
        QWidget parent;
        PlainLabel label(QStringLiteral("x"), Type::Body, &parent);
        label.setTone(PlainLabel::Tone::Danger);
        parent.show();
        QCOMPARE(label.palette().color(QPalette::WindowText), darkTokens().danger.text);
        QSignalSpy changed(m_theme.get(), &Theme::changed);
        m_theme->setMode(Theme::Mode::Light);
        QCOMPARE(changed.size(), 1);
        QTRY_COMPARE(label.palette().color(QPalette::WindowText), lightTokens().danger.text);
        QCOMPARE(label.palette().color(QPalette::Window), lightTokens().window);
        m_theme->setMode(Theme::Mode::Dark);
        QTRY_COMPARE(label.palette().color(QPalette::WindowText), darkTokens().danger.text);
    }

    void everyGlyphDraws()
    {
        QList<QImage> seen;
        for (int i = 0; i <= int(Glyph::Key); ++i) {
            const QImage image = icon(Glyph(i)).pixmap(16, 16).toImage();
            QCOMPARE(image.size(), QSize(16, 16));
            bool hasInk = false;
            for (int y = 0; y < 16; ++y)
                for (int x = 0; x < 16; ++x) {
                    const QColor c = image.pixelColor(x, y);
                    if (c.alpha() > 250) {
                        hasInk = true;
                        // The premultiplied raster may be one step off.
                        QVERIFY(qAbs(c.red() - darkTokens().secondary.red()) < 3
                                && qAbs(c.blue() - darkTokens().secondary.blue()) < 3);
                    }
                }
            QVERIFY2(hasInk, qPrintable(QString::number(i)));
            QVERIFY(!seen.contains(image));
            seen += image;
        }
        QVERIFY(!applicationIcon().pixmap(64, 64).isNull());
    }

    void stripGivesWayFromTheRight()
    {
        StatusStrip strip;
        TotalsView totals;
        totals.perMinute = 57;
        totals.today = Money{4'180'000'000};
        totals.errorShare = 0.012;
        Frame frame;
        frame.state = EngineState::Running;
        frame.addresses = {QStringLiteral("http://127.0.0.1:7317")};
        frame.totals = totals;
        strip.setFrame(frame);
        strip.resize(1100, 40);
        strip.show();
        const auto all = strip.findChildren<LinkButton *>();
        const auto shows = [&all](const QString &part) {
            return std::any_of(all.begin(), all.end(), [&part](const LinkButton *link) {
                return link->isVisible() && link->text().contains(part);
            });
        };
        QVERIFY(shows(QStringLiteral("today $4.18")));
        strip.resize(500, 40);
        QVERIFY(!shows(QStringLiteral("today")));
        QVERIFY(shows(QStringLiteral("57 req/min")));
        QVERIFY(strip.line().contains(QStringLiteral("today $4.18")));
    }

    // Whoever looks at the window sees that bodies are kept, and gets to the switch.
    void stripTellsOfRecording()
    {
        StatusStrip strip;
        Frame frame;
        frame.state = EngineState::Running;
        frame.wallMs = 1'000'000;
        strip.resize(1100, 40);
        strip.show();
        const auto shown = [&strip] {
            for (const LinkButton *link : strip.findChildren<LinkButton *>()) {
                if (link->isVisible() && link->text().contains(QStringLiteral("recording")))
                    return link;
            }
            return static_cast<const LinkButton *>(nullptr);
        };
        strip.setFrame(frame);
        QVERIFY(!shown());
        frame.recording.untilWallMs = frame.wallMs + 42 * 60'000;
        strip.setFrame(frame);
        QVERIFY(shown());
        QVERIFY(shown()->text().contains(QStringLiteral("42:00")));
        QVERIFY(strip.line().contains(QStringLiteral("recording")));
        QSignalSpy asked(&strip, &StatusStrip::pageAsked);
        const_cast<LinkButton *>(shown())->click();
        QCOMPARE(asked.size(), 1);
        QCOMPARE(asked.first().at(0).toString(), QStringLiteral("settings"));
        frame.recording = {};
        strip.setFrame(frame);
        QVERIFY(!shown());
    }

    // A copied key must not stay in the history of the clipboard.
    void copiedKeysAreMarked()
    {
        const QString hint = QStringLiteral("x-kde-passwordManagerHint");
        const QString key = QStringLiteral("sbx-") + QString(43, u'k');
        for (const QString &text :
             {key, QStringLiteral("export ANTHROPIC_AUTH_TOKEN=%1\n").arg(key)}) {
            copyText(text);
            const QMimeData *data = QGuiApplication::clipboard()->mimeData();
            QCOMPARE(data->text(), text);
            QCOMPARE(data->data(hint), QByteArray("secret"));
        }
        for (const QString &text : {QStringLiteral("http://127.0.0.1:7317"), key.chopped(1)}) {
            copyText(text);
            QCOMPARE(QGuiApplication::clipboard()->text(), text);
            QVERIFY(!QGuiApplication::clipboard()->mimeData()->hasFormat(hint));
        }
    }

    void copySaysSo()
    {
        CopyButton button(QStringLiteral("Copy the base address"));
        button.setCopied(QStringLiteral("http://127.0.0.1:7317"));
        button.show();
        QTest::mouseClick(&button, Qt::LeftButton);
        QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("http://127.0.0.1:7317"));
        QVERIFY(!button.accessibleDescription().isEmpty());
        QCOMPARE(button.accessibleName(), QStringLiteral("Copy the base address"));
    }

    void railByKeyboard()
    {
        Rail rail;
        rail.addPage(QStringLiteral("Board"), Glyph::Board, QStringLiteral("Ctrl+1"));
        rail.addPage(QStringLiteral("Table"), Glyph::Table, QStringLiteral("Ctrl+2"));
        rail.setCurrent(0);
        rail.show();
        rail.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&rail));
        QSignalSpy chosen(&rail, &Rail::chosen);
        auto buttons = rail.findChildren<QAbstractButton *>();
        buttons.first()->setFocus(Qt::TabFocusReason);
        QTest::keyClick(buttons.first(), Qt::Key_Down);
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Space);
        QCOMPARE(rail.current(), 1);
        QVERIFY(chosen.size() >= 1);
    }

    void ringFollowsTheKeyboard()
    {
        QWidget window;
        auto *column = new QVBoxLayout(&window);
        auto *one = new QPushButton(QStringLiteral("One"));
        auto *two = new QPushButton(QStringLiteral("Two"));
        column->addWidget(one);
        column->addWidget(two);
        window.show();
        window.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&window));
        two->setFocus(Qt::MouseFocusReason);
        one->setFocus(Qt::TabFocusReason);
        const auto ring = [&window] { return window.findChild<QFocusFrame *>(); };
        QVERIFY(ring());
        QCOMPARE(ring()->widget(), one);
        QTest::keyClick(one, Qt::Key_Tab);
        QCOMPARE(ring()->widget(), two);
        QTest::mouseClick(one, Qt::LeftButton);
        one->setFocus(Qt::MouseFocusReason);
        QVERIFY(!ring() || !ring()->isVisible());
    }
};

QTEST_MAIN(TstWidgets)
#include "tst_widgets.moc"
