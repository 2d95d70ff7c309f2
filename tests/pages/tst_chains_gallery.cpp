// Pictures of the pages Chains and Providers in every situation, both themes and both window
// sizes. Written to the build folder's gallery/; the test checks they are not empty.
#include "chain_kit.h"
#include "kit/console_style.h"
#include "kit/fonts.h"
#include "kit/tokens.h"
#include "pages/chains/chains_page.h"
#include "pages/providers/providers_page.h"

#include <QLineEdit>

#include <QAbstractButton>
#include <QAction>
#include <QDir>
#include <QTest>

using namespace sb;
using pages::ChainsPage;

namespace {

const ChainId kCoding(QStringLiteral("coding"));

// A frame round the page as the window has it, then its picture.
void picture(pages::Page &page, QWidget &window, const FramePtr &frame, const QString &name,
             bool isNarrow, const std::function<void()> &act)
{
    const QString folder
        = qEnvironmentVariable("SIGNALBOX_GALLERY", QStringLiteral(SB_BINARY_DIR "/gallery"));
    QVERIFY(QDir().mkpath(folder));
    const int rail = isNarrow ? kit::space::kRailNarrow : kit::space::kRail;
    window.resize(isNarrow ? QSize(960, 600) : QSize(1280, 800));
    page.setGeometry(rail, kit::space::kStrip, window.width() - rail,
                     window.height() - kit::space::kStrip);
    window.show();
    QVERIFY(QTest::qWaitForWindowExposed(&window));
    page.setFrame(frame);
    QCoreApplication::processEvents();
    act();
    for (int i = 0; i < 3; ++i)
        QCoreApplication::processEvents();
    const QImage image = window.grab().toImage();
    QVERIFY(image.save(folder + u'/' + name + QStringLiteral(".png")));
    int ink = 0;
    const QRgb ground = image.pixel(2, 2);
    for (int y = 0; y < image.height(); y += 4) {
        for (int x = 0; x < image.width(); x += 4)
            ink += image.pixel(x, y) != ground;
    }
    QVERIFY2(ink > 300, qPrintable(QString::number(ink)));
}

} // namespace

class TestChainsGallery : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void chains_data();
    void chains();
    void providers_data();
    void providers();
};

void TestChainsGallery::initTestCase()
{
    qApp->setStyle(new kit::ConsoleStyle);
    kit::applyFonts(*qApp);
}

void TestChainsGallery::chains_data()
{
    QTest::addColumn<QString>("story");
    for (const char *story :
         {"full", "draft", "warnings", "review", "history", "try", "aliases", "empty", "outdated"})
        QTest::newRow(story) << QString::fromLatin1(story);
}

void TestChainsGallery::chains()
{
    QFETCH(QString, story);
    for (const bool isDark : {true, false}) {
        QApplication::setPalette(kit::paletteOf(isDark ? kit::darkTokens() : kit::lightTokens()));
        for (const bool isNarrow : {false, true}) {
            test::Desk desk;
            const bool isEmpty = story == QStringLiteral("empty");
            test::serve(desk.link, isEmpty ? QByteArray("{\"version\": 1}") : test::chainsText(),
                        7);
            models::ChainDrafts older;
            older.setBase(test::chainsText(), 6);
            older.removeTarget(kCoding, 0);
            older.setAlias(QStringLiteral("fast"), QStringLiteral("chat"));
            desk.link.fakeSetup.versionsAnswer = QList<engine::ConfigVersion>{
                {7, test::kChainNow - 240'000, QStringLiteral("window"),
                 QStringLiteral("2 changes")},
                {6, test::kChainNow - 4'000'000, QStringLiteral("file"), {}},
                {5, test::kChainNow - 90'000'000, QStringLiteral("command"),
                 QStringLiteral("provider add openrouter")}};
            desk.link.fakeSetup.versionTextAnswer = older.text().value();
            Decision decision;
            decision.candidates = {
                {{ProviderId(QStringLiteral("anthropic")), QStringLiteral("claude-sonnet-4-5"), {}},
                 1,
                 CandidateFate::Skipped,
                 SkipReason::MarkedDown},
                {{ProviderId(QStringLiteral("openai")), QStringLiteral("gpt-5"), {}}, 2},
                {{ProviderId(QStringLiteral("openrouter")),
                  QStringLiteral("openai/gpt-5-mini"),
                  {}},
                 3}};
            desk.link.explainAnswer = decision;
            QWidget window;
            ChainsPage page(desk.context(), &window);
            picture(page, window, desk.frame(),
                    QStringLiteral("chains_%1_%2_%3")
                        .arg(story, isDark ? QStringLiteral("dark") : QStringLiteral("light"),
                             isNarrow ? QStringLiteral("960") : QStringLiteral("1280")),
                    isNarrow, [&] {
                        models::ChainDrafts &drafts = desk.drafts;
                        if (story == QStringLiteral("draft") || story == QStringLiteral("review")
                            || story == QStringLiteral("outdated")) {
                            drafts.moveTarget(kCoding, 0, 1);
                            drafts.addTarget(kCoding, ProviderId(QStringLiteral("ollama")),
                                             QStringLiteral("qwen3:8b"));
                            drafts.setAlias(QStringLiteral("claude-opus"),
                                            QStringLiteral("coding"));
                        }
                        if (story == QStringLiteral("outdated"))
                            drafts.setBase(older.text().value(), 8);
                        if (story == QStringLiteral("warnings")) {
                            drafts.addTarget(kCoding, ProviderId(QStringLiteral("openai")),
                                             QStringLiteral("gpt-5-mini"));
                            drafts.addTarget(kCoding, ProviderId(QStringLiteral("nobody")),
                                             QStringLiteral("x"));
                            config::Problem problem;
                            problem.path = QStringLiteral("$.chains[0].targets[4].provider");
                            problem.message = QStringLiteral("There is no provider with this id.");
                            desk.link.fakeSetup.checkTextAnswer = {problem};
                            drafts.setAlias(QStringLiteral("x"), QStringLiteral("chat"));
                        }
                        if (story == QStringLiteral("review"))
                            page.showTab(ChainsPage::Review);
                        if (story == QStringLiteral("history"))
                            page.showTab(ChainsPage::History);
                        if (story == QStringLiteral("aliases"))
                            page.showTab(ChainsPage::Aliases);
                        if (story == QStringLiteral("try")) {
                            page.showTab(ChainsPage::Try);
                            for (QAbstractButton *button : page.findChildren<QAbstractButton *>()) {
                                if (button->accessibleName() == QStringLiteral("Anthropic is down")
                                    || button->text() == QStringLiteral("Show the route"))
                                    button->click();
                            }
                        }
                    });
        }
    }
}

void TestChainsGallery::providers_data()
{
    QTest::addColumn<QString>("story");
    for (const char *story : {"full", "rejected", "adding", "rotating", "removing", "empty"})
        QTest::newRow(story) << QString::fromLatin1(story);
}

void TestChainsGallery::providers()
{
    QFETCH(QString, story);
    for (const bool isDark : {true, false}) {
        QApplication::setPalette(kit::paletteOf(isDark ? kit::darkTokens() : kit::lightTokens()));
        for (const bool isNarrow : {false, true}) {
            test::Desk desk;
            const bool isEmpty = story == QStringLiteral("empty");
            test::serve(desk.link, isEmpty ? QByteArray("{\"version\": 1}") : test::chainsText(),
                        7);
            engine::HealthReport health;
            for (const auto &[id, failures] :
                 {std::pair{"anthropic", 3}, std::pair{"openai", 0}, std::pair{"demo", 12}}) {
                engine::HealthSeries series;
                series.provider = ProviderId(QString::fromLatin1(id));
                series.total.failures[0] = failures;
                health.series.append(series);
            }
            desk.link.fakeHistory.healthAnswer = health;
            engine::ProviderDraft found;
            found.label = QStringLiteral("Anthropic");
            found.catalogId = QStringLiteral("anthropic");
            desk.link.fakeSetup.recogniseAnswer = {found};
            desk.link.fakeSetup.verifyNewAnswer = engine::Verified{11, {}, Millis(310)};
            Frame frame = *desk.frame();
            if (story == QStringLiteral("rejected")) {
                frame.providers[0].state = ProviderState::Tripped;
                frame.providers[0].cause = AttemptOutcome::KeyRejected;
                frame.providers[0].causeStatus = 401;
                frame.providers[0].untilWallMs = frame.wallMs + 83'000;
                frame.providers[0].keys[0].state = KeyState::Rejected;
                frame.providers[0].keys[0].untilWallMs = frame.wallMs + 83'000;
                frame.providers[0].keys[1].state = KeyState::Limited;
                frame.providers[0].keys[1].untilWallMs = frame.wallMs + 23'000;
                frame.providers[1].keys[0].state = KeyState::Missing;
            }
            QWidget window;
            pages::ProvidersPage page(desk.context(), &window);
            picture(
                page, window, std::make_shared<Frame>(frame),
                QStringLiteral("providers_%1_%2_%3")
                    .arg(story, isDark ? QStringLiteral("dark") : QStringLiteral("light"),
                         isNarrow ? QStringLiteral("960") : QStringLiteral("1280")),
                isNarrow, [&] {
                    const auto trigger = [&page](const QString &name) {
                        for (QAction *action : page.actions()) {
                            if (action->objectName() == name)
                                action->trigger();
                        }
                    };
                    if (story == QStringLiteral("rotating"))
                        trigger(QStringLiteral("providers.rotate"));
                    if (story == QStringLiteral("removing"))
                        trigger(QStringLiteral("providers.remove"));
                    if (story == QStringLiteral("adding")) {
                        page.beginAdding();
                        for (QLineEdit *line : page.findChildren<QLineEdit *>()) {
                            if (line->accessibleName() == QStringLiteral("Key of the new provider"))
                                line->setText(QStringLiteral("sk-ant-api03-abcdefghijklmnop9f2c"));
                        }
                        for (QAbstractButton *button : page.findChildren<QAbstractButton *>()) {
                            if (button->text() == QStringLiteral("Verify") && button->isVisible())
                                button->click();
                        }
                    }
                });
        }
    }
}

QTEST_MAIN(TestChainsGallery)
#include "tst_chains_gallery.moc"
