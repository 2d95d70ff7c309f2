// Pictures of the first steps and of Connect, both themes and both window sizes; written to the
// build folder's gallery/ and looked at.
#include "kit/console_style.h"
#include "kit/fonts.h"
#include "kit/tokens.h"
#include "pages/connect/connect_page.h"
#include "pages/connect_kit.h"
#include "pages/first_run/first_run.h"

#include <QComboBox>
#include <QDir>
#include <QFile>
#include <QLineEdit>
#include <QTableView>
#include <QTest>

using namespace sb;
using test::Desk;

namespace {
constexpr int kPatience = 10'000;

void type(const QWidget &page, const char *key)
{
    test::named<QLineEdit>(page, QStringLiteral("Provider key"))->setText(QString::fromLatin1(key));
}
} // namespace

class tst_connect_gallery : public QObject {
    Q_OBJECT
private slots:
    void initTestCase()
    {
        qApp->setStyle(new kit::ConsoleStyle);
        kit::applyFonts(*qApp);
        for (const char *name : {"claude", "aider", "code", "curl"}) {
            QFile file(m_path.filePath(QString::fromLatin1(name)));
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.setPermissions(QFile::ReadOwner | QFile::ExeOwner);
        }
        qputenv("PATH", m_path.path().toLocal8Bit());
    }
    void page_data();
    void page();

private:
    QTemporaryDir m_path;
};

void tst_connect_gallery::page_data()
{
    QTest::addColumn<bool>("isConnect");
    for (const char *name : {"first_empty", "first_found", "first_pasted", "first_verified",
                             "first_failed", "first_own_server", "first_skipped"})
        QTest::newRow(name) << false;
    for (const char *name :
         {"connect_tools", "connect_settings", "connect_unspoken", "connect_not_possible",
          "connect_keys", "connect_new_key", "connect_conflict"})
        QTest::newRow(name) << true;
}

void tst_connect_gallery::page()
{
    QFETCH(bool, isConnect);
    const QByteArray tag = QTest::currentDataTag();
    const QString folder
        = qEnvironmentVariable("SIGNALBOX_GALLERY", QStringLiteral(SB_BINARY_DIR "/gallery"));
    QVERIFY(QDir().mkpath(folder));
    if (tag == "connect_conflict")
        qputenv("ANTHROPIC_API_KEY", "x");
    for (const bool isDark : {true, false}) {
        QApplication::setPalette(kit::paletteOf(isDark ? kit::darkTokens() : kit::lightTokens()));
        for (const bool isNarrow : {false, true}) {
            Desk desk;
            auto &setup = desk.link.fakeSetup;
            setup.configAnswer = test::someConfig();
            setup.recogniseAnswer = {test::draftFor("anthropic", "Anthropic")};
            engine::Verified verified;
            verified.models = 14;
            setup.verifyNewAnswer = verified;
            setup.addClientAnswer = engine::NewClient{
                ClientId(QStringLiteral("ci")),
                QStringLiteral("sbx-4fTqk0Qw8nB2vXe71mZ9yRcHsLpJd6UaGbK3oVtEiWM")};
            if (tag == "first_found" || tag == "first_verified")
                setup.lookHereAnswer = test::foundHere();
            if (tag == "first_pasted" || tag == "first_own_server")
                setup.recogniseAnswer
                    = {test::draftFor("openai", "OpenAI"), test::draftFor("deepseek", "DeepSeek"),
                       test::draftFor("moonshot", "Moonshot AI (international)")};
            if (tag == "first_failed")
                setup.verifyNewAnswer = unexpected(Error::make(
                    QStringLiteral("key_rejected"), QStringLiteral("invalid x-api-key")));
            QWidget window;
            window.resize(isNarrow ? QSize(960, 600) : QSize(1280, 800));
            const int rail = isNarrow ? kit::space::kRailNarrow : kit::space::kRail;
            std::unique_ptr<QWidget> page;
            pages::ConnectPage *connectPage = nullptr;
            if (isConnect) {
                connectPage = new pages::ConnectPage(desk.context(), &window);
                page.reset(connectPage);
            } else {
                page = std::make_unique<pages::FirstRun>(desk.link, desk.settings, &window);
            }
            page->setGeometry(rail, kit::space::kStrip, window.width() - rail,
                              window.height() - kit::space::kStrip);
            window.show();
            QVERIFY(QTest::qWaitForWindowExposed(&window));
            if (connectPage) {
                connectPage->setFrame(std::make_shared<Frame>(test::connectFrame()));
                auto *table = test::named<QTableView>(*page, QStringLiteral("Tools"));
                QTRY_COMPARE_WITH_TIMEOUT(table->model()->index(0, 1).data().toString(),
                                          QStringLiteral("found"), kPatience);
                if (tag == "connect_settings")
                    connectPage->open(QStringLiteral("opencode"));
                if (tag == "connect_unspoken")
                    connectPage->open(QStringLiteral("codex"));
                if (tag == "connect_not_possible")
                    connectPage->open(QStringLiteral("cursor"));
                if (tag == "connect_keys" || tag == "connect_new_key") {
                    connectPage->open(QStringLiteral("keys"));
                    test::named<QTableView>(*page, QStringLiteral("Clients and their keys"))
                        ->selectRow(1);
                }
                if (tag == "connect_new_key") {
                    auto *name = test::named<QLineEdit>(
                        *page, QStringLiteral("Name of the app or person"));
                    name->setText(QStringLiteral("Build server"));
                    QTest::keyClick(name, Qt::Key_Return);
                }
            } else {
                auto *first = static_cast<pages::FirstRun *>(page.get());
                first->setAddress(QStringLiteral("http://127.0.0.1:7317"));
                if (tag == "first_pasted")
                    type(*page, "sk-0123456789abcdef0123456789");
                if (tag == "first_own_server") {
                    type(*page, "sk-0123456789abcdef0123456789");
                    auto *owner = test::named<QComboBox>(*page, QStringLiteral("Whose key it is"));
                    owner->setCurrentIndex(owner->count() - 1);
                }
                if (tag == "first_verified" || tag == "first_failed") {
                    type(*page, "sk-ant-api03-0123456789abcdef");
                    QTRY_VERIFY_WITH_TIMEOUT(test::button(*page,
                                                          tag == "first_failed"
                                                              ? QStringLiteral("Use it anyway")
                                                              : QStringLiteral("Use this key")),
                                             kPatience);
                }
                if (tag == "first_skipped")
                    first->setSkipped(true);
            }
            QCoreApplication::processEvents();
            const QImage image = window.grab().toImage();
            QVERIFY(
                image.save(QStringLiteral("%1/%2_%3_%4.png")
                               .arg(folder, QString::fromLatin1(tag),
                                    isDark ? QStringLiteral("dark") : QStringLiteral("light"),
                                    isNarrow ? QStringLiteral("960") : QStringLiteral("1280"))));
            int ink = 0;
            const QRgb ground = image.pixel(image.width() - 3, image.height() - 3);
            for (int y = 0; y < image.height(); y += 4) {
                for (int x = 0; x < image.width(); x += 4)
                    ink += image.pixel(x, y) != ground;
            }
            QVERIFY2(ink > 300, qPrintable(QString::number(ink)));
            page.reset();
        }
    }
    qunsetenv("ANTHROPIC_API_KEY");
}

QTEST_MAIN(tst_connect_gallery)
#include "tst_connect_gallery.moc"
