#include "shell/main_window.h"

#include "kit/empty_state.h"
#include "kit/icons.h"
#include "kit/notice_bar.h"
#include "kit/rail.h"
#include "kit/status_strip.h"
#include "kit/tokens.h"
#include "models/chain_draft.h"
#include "shell/first_request.h"
#include "words/format.h"
#include "words/plain.h"

#include <QActionGroup>
#include <QBoxLayout>
#include <QClipboard>
#include <QCloseEvent>
#include <QGraphicsOpacityEffect>
#include <QGuiApplication>
#include <QKeyEvent>
#include <QMenu>
#include <QScreen>
#include <QSettings>
#include <QShortcut>
#include <QStackedWidget>
#include <QToolButton>

namespace sb::shell {

namespace {

constexpr QSize kDefaultSize{1280, 800};
constexpr QSize kMinimumSize{960, 600};
constexpr int kHistoryRows = 200;
constexpr double kLostOpacity = 0.55;

const QString kGeometry = QStringLiteral("window/geometry");
const QString kPage = QStringLiteral("window/page");
const QString kTheme = QStringLiteral("look/theme");
const QString kMotion = QStringLiteral("look/motion");
const QString kHint = QStringLiteral("hints/first_request_hidden");

} // namespace

MainWindow::MainWindow(link::EngineLink &link, kit::Theme &theme, QSettings &settings,
                       const QList<pages::PageRow> &catalog, QWidget *parent)
    : QMainWindow(parent)
    , m_link(link)
    , m_theme(theme)
    , m_settings(settings)
    , m_catalog(catalog)
    , m_drafts(new models::ChainDrafts(this))
    , m_rail(new kit::Rail(this))
    , m_strip(new kit::StatusStrip(this))
    , m_linkBar(new kit::NoticeBar(this))
    , m_answerBar(new kit::NoticeBar(this))
    , m_firstRequest(new FirstRequest(this))
    , m_stack(new QStackedWidget(this))
    , m_waiting(new kit::EmptyState(tr("The gateway is starting."), {}, this))
{
    setWindowTitle(tr("Signalbox"));
    setMinimumSize(kMinimumSize);
    auto *central = new QWidget(this);
    auto *row = new QHBoxLayout(central);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    auto *column = new QVBoxLayout;
    column->setSpacing(0);
    row->addWidget(m_rail);
    row->addLayout(column, 1);
    column->addWidget(m_strip);
    // Each in a frame of its own, so that its margins go with it.
    const auto inset = [column, central](QWidget *widget) {
        auto *frame = new QWidget(central);
        auto *line = new QHBoxLayout(frame);
        line->setContentsMargins(kit::space::kMargin, 0, kit::space::kMargin, kit::space::kInside);
        line->addWidget(widget);
        column->addWidget(frame);
        frame->hide();
    };
    inset(m_linkBar);
    inset(m_answerBar);
    inset(m_firstRequest);
    column->addWidget(m_stack, 1);
    setCentralWidget(central);

    m_isFirstRequestHidden = m_settings.value(kHint).toBool();
    buildPages(catalog);
    buildMenu();
    connect(m_rail, &kit::Rail::chosen, this, &MainWindow::showPage);
    connect(m_linkBar, &kit::NoticeBar::actionClicked, this, [this] { act(wordsFor(m_link).act); });
    connect(m_linkBar, &kit::NoticeBar::secondActionClicked, this,
            [this] { act(wordsFor(m_link).secondAct); });
    connect(m_answerBar, &kit::NoticeBar::closed, this, [this] { setShown(m_answerBar, false); });
    connect(m_firstRequest, &FirstRequest::testAsked, &m_link, &link::EngineLink::sendTestRequest);
    connect(m_firstRequest, &FirstRequest::dismissed, this, [this] {
        m_isFirstRequestHidden = true;
        m_settings.setValue(kHint, true);
        setShown(m_firstRequest, false);
    });
    connect(&m_link, &link::EngineLink::frameArrived, this, &MainWindow::takeFrame);
    connect(&m_link, &link::EngineLink::stateChanged, this, &MainWindow::showLinkState);
    restoreLayout();
    showLinkState();
}

// Pages use what this window owns beside them.
MainWindow::~MainWindow()
{
    qDeleteAll(m_pages);
}

void MainWindow::setShown(QWidget *inset, bool isShown)
{
    inset->parentWidget()->setVisible(isShown);
}

void MainWindow::buildPages(const QList<pages::PageRow> &catalog)
{
    for (const pages::PageRow &entry : catalog) {
        pages::Page *page = entry.make({m_link, m_settings, *m_drafts}, m_stack);
        m_pages += page;
        m_stack->addWidget(page);
        m_rail->addPage(entry.title, entry.glyph,
                        entry.shortcut.toString(QKeySequence::NativeText));
        connect(page, &pages::Page::startWithSimulatedProviders, this, &MainWindow::startSimulated);
        connect(page, &pages::Page::copyRequested, this,
                [](const QString &text) { QGuiApplication::clipboard()->setText(text); });
    }
    m_stack->addWidget(m_waiting);
    m_stack->setCurrentWidget(m_waiting);
}

void MainWindow::buildMenu()
{
    auto *button = new QToolButton(this);
    button->setIcon(kit::icon(kit::Glyph::Menu));
    button->setAutoRaise(true);
    button->setFocusPolicy(Qt::TabFocus);
    button->setAccessibleName(tr("Menu"));
    kit::setPlainToolTip(button, tr("Menu (F10)"));
    auto *menu = new QMenu(button);

    for (int i = 0; i < m_catalog.size(); ++i) {
        QAction *action = menu->addAction(m_catalog[i].title, this, [this, i] { showPage(i); });
        action->setShortcut(m_catalog[i].shortcut);
        addAction(action);
    }
    menu->addSeparator();
    // Single letters belong to the page; here they are shown, and pressed for the page.
    const auto pageKey = [this, menu](const QString &text, Qt::Key key) {
        const QKeySequence keys(key);
        menu->addAction(text + QLatin1Char('\t') + keys.toString(QKeySequence::NativeText), this,
                        [this, keys] { pressPageKey(keys); });
    };
    pageKey(tr("Board as a table, or drawn"), Qt::Key_B);
    pageKey(tr("Show or hide the inspector"), Qt::Key_I);
    menu->addSeparator();
    auto *looks = new QActionGroup(this);
    const std::pair<kit::Theme::Mode, QString> modes[]
        = {{kit::Theme::Mode::System, tr("Theme as the desktop has it")},
           {kit::Theme::Mode::Dark, tr("Dark theme")},
           {kit::Theme::Mode::Light, tr("Light theme")}};
    for (const auto &[mode, text] : modes) {
        QAction *action = menu->addAction(text, this, [this, mode = mode] {
            m_theme.setMode(mode);
            m_settings.setValue(kTheme, int(mode));
        });
        action->setCheckable(true);
        action->setChecked(m_theme.mode() == mode);
        action->setData(int(mode));
        looks->addAction(action);
    }
    QAction *flip = menu->addAction(tr("Switch between dark and light"), this, [this, looks] {
        const auto mode = m_theme.isDark() ? kit::Theme::Mode::Light : kit::Theme::Mode::Dark;
        for (QAction *action : looks->actions()) {
            if (action->data().toInt() == int(mode))
                action->trigger();
        }
    });
    flip->setShortcut(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_L));
    addAction(flip);
    QAction *motion = menu->addAction(tr("Motion on the board"));
    motion->setCheckable(true);
    motion->setChecked(m_settings.value(kMotion, true).toBool());
    connect(motion, &QAction::toggled, this, &MainWindow::setMotion);
    setMotion(motion->isChecked());
    menu->addSeparator();
    QAction *quit = menu->addAction(tr("Quit and stop the gateway"), this, [this] { close(); });
    quit->setShortcut(QKeySequence::Quit);
    addAction(quit);

    // Not the button's own menu: that would draw an arrow beside the icon.
    const auto open = [button, menu] {
        const QPoint corner = button->mapToGlobal(QPoint(button->width(), button->height()));
        menu->popup(corner - QPoint(menu->sizeHint().width(), 0));
    };
    m_strip->addControl(button);
    connect(button, &QToolButton::clicked, this, open);
    auto *key = new QShortcut(QKeySequence(Qt::Key_F10), this);
    connect(key, &QShortcut::activated, this, open);
}

void MainWindow::restoreLayout()
{
    if (!restoreGeometry(m_settings.value(kGeometry).toByteArray()))
        resize(kDefaultSize.boundedTo(screen()->availableSize()));
    const QString page = m_settings.value(kPage).toString();
    int index = 0;
    for (int i = 0; i < m_catalog.size(); ++i) {
        if (m_catalog[i].id == page)
            index = i;
    }
    m_rail->setCurrent(index);
}

void MainWindow::saveLayout()
{
    m_settings.setValue(kGeometry, saveGeometry());
    if (currentPage() >= 0)
        m_settings.setValue(kPage, m_catalog[currentPage()].id);
}

void MainWindow::showPage(int index)
{
    if (index < 0 || index >= m_pages.size())
        return;
    m_rail->setCurrent(index);
    if (!m_hasFrame)
        return;
    m_stack->setCurrentWidget(m_pages[index]);
}

int MainWindow::currentPage() const
{
    return m_rail->current();
}

void MainWindow::takeFrame(const FramePtr &frame)
{
    const QString base = frame->addresses.value(0);
    m_strip->setTotals(frame->state, base, frame->totals);
    for (pages::Page *page : m_pages)
        page->setFrame(frame);
    const QString model = frame->chains.isEmpty() ? QString() : frame->chains.first().id.text();
    const bool isWanted = !m_isFirstRequestHidden && !base.isEmpty() && !model.isEmpty()
        && frame->totals.exchanges == 0 && frame->changed.isEmpty();
    if (isWanted)
        m_firstRequest->setTarget(base, model);
    setShown(m_firstRequest, isWanted);
    if (!m_hasFrame) {
        m_hasFrame = true;
        showPage(currentPage());
        if (QWidget *page = m_stack->currentWidget(); page && page->focusPolicy() != Qt::NoFocus)
            page->setFocus(Qt::OtherFocusReason);
    }
    if (!m_hasHistory)
        askHistory();
}

void MainWindow::askHistory()
{
    m_hasHistory = true;
    m_link.page(std::nullopt, kHistoryRows).then(this, [this](const Result<store::Page> &result) {
        if (!result)
            return; // live rows still come; the engine's notice says what is wrong with the file
        for (pages::Page *page : m_pages)
            page->setHistory(result->exchanges);
    });
}

void MainWindow::showLinkState()
{
    const TroubleWords words = wordsFor(m_link);
    setShown(m_linkBar, !words.text.isEmpty());
    if (!words.text.isEmpty())
        m_linkBar->setMessage(words.kind, words.text);
    m_linkBar->setAction(words.action);
    m_linkBar->setSecondAction(words.second);
    const bool isLost = m_link.state() == link::LinkState::Lost;
    m_strip->setStale(isLost,
                      isLost ? tr("as of %1").arg(words::timeSeconds(m_link.lostSinceWallMs()))
                             : QString());
    if (isLost != (m_stack->graphicsEffect() != nullptr)) {
        auto *dim = isLost ? new QGraphicsOpacityEffect(m_stack) : nullptr;
        if (dim)
            dim->setOpacity(kLostOpacity);
        m_stack->setGraphicsEffect(dim); // deletes the one before
    }
    switch (m_link.state()) {
    case link::LinkState::Starting:
        m_waiting->setLine(tr("The gateway is starting."));
        break;
    case link::LinkState::OtherProcess:
        m_strip->setTotals(EngineState::Stopped, {}, {});
        m_waiting->setLine(tr("The board will be here when this window serves the data folder."));
        break;
    case link::LinkState::Failed:
        m_strip->setTotals(EngineState::Failed, {}, {});
        m_waiting->setLine(tr("The board will be here when the gateway runs."));
        break;
    case link::LinkState::Connected:
    case link::LinkState::Lost:
        break;
    }
}

void MainWindow::act(TroubleWords::Act act)
{
    switch (act) {
    case TroubleWords::Act::None:
        break;
    case TroubleWords::Act::TakeOver:
        m_link.takeOver();
        break;
    case TroubleWords::Act::Retry:
        m_link.retry();
        break;
    case TroubleWords::Act::KeepPort:
        m_link.keepPort();
        break;
    }
}

void MainWindow::startSimulated()
{
    m_link.addSimulatedProviders().then(this, [this](const Result<void> &result) {
        if (!result) {
            say(tr("The simulated providers could not be added: %1.")
                    .arg(words::trimmed(result.error().detail, 200)));
            return;
        }
        // A board without a train would only be another empty page.
        m_link.sendTestRequest(QStringLiteral("default"));
    });
}

void MainWindow::say(const QString &text)
{
    m_answerBar->setMessage(kit::NoticeBar::Kind::Danger, text);
    m_answerBar->setClosable(true);
    setShown(m_answerBar, true);
}

// Pages keep their single-letter keys as shortcuts of their own; from the rail, the strip and the
// menu they are pressed on the page's behalf.
bool MainWindow::pressPageKey(const QKeySequence &key)
{
    QWidget *page = m_stack->currentWidget();
    for (QAction *action : page->actions()) {
        if (action->isEnabled() && action->shortcuts().contains(key)) {
            action->trigger();
            return true;
        }
    }
    for (QShortcut *shortcut : page->findChildren<QShortcut *>(Qt::FindDirectChildrenOnly)) {
        if (shortcut->isEnabled() && shortcut->key() == key) {
            emit shortcut->activated();
            return true;
        }
    }
    return false;
}

void MainWindow::setMotion(bool isOn)
{
    m_settings.setValue(kMotion, isOn);
    for (pages::Page *page : m_pages)
        page->setMotion(isOn);
}

void MainWindow::keyPressEvent(QKeyEvent *event)
{
    const bool isPlain = !(event->modifiers() & ~Qt::KeypadModifier);
    if (isPlain && pressPageKey(QKeySequence(event->key())))
        return;
    QMainWindow::keyPressEvent(event);
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    saveLayout();
    event->accept();
    emit quitRequested();
}

void MainWindow::resizeEvent(QResizeEvent *event)
{
    QMainWindow::resizeEvent(event);
    m_rail->setNarrow(width() < kit::space::kNarrowBelow);
}

} // namespace sb::shell
