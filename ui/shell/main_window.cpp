#include "shell/main_window.h"

#include "kit/clipboard.h"
#include "kit/empty_state.h"
#include "kit/icons.h"
#include "kit/notice_bar.h"
#include "kit/rail.h"
#include "kit/status_strip.h"
#include "kit/tokens.h"
#include "kit/veil.h"
#include "models/chain_draft.h"
#include "models/test_request.h"
#include "shell/command_list.h"
#include "shell/first_request.h"
#include "shell/key_sheet.h"
#include "shell/palette.h"
#include "words/format.h"
#include "words/plain.h"

#include <QActionGroup>
#include <QBoxLayout>
#include <QCloseEvent>
#include <QGuiApplication>
#include <QKeyEvent>
#include <QMenu>
#include <QScreen>
#include <QSettings>
#include <QShortcut>
#include <QStackedWidget>
#include <QTimer>
#include <QToolButton>

namespace sb::shell {

namespace {

constexpr QSize kDefaultSize{1280, 800};
constexpr QSize kMinimumSize{960, 600};
constexpr int kHistoryRows = 200;

const QString kGeometry = QStringLiteral("window/geometry");
const QString kPage = QStringLiteral("window/page");
const QString kTheme = QStringLiteral("look/theme");
const QString kMotion = QStringLiteral("look/motion");
const QString kHint = QStringLiteral("hints/first_request_hidden");
const QString kClose = QStringLiteral("window/close");
const QString kLetters = QStringLiteral("keys/single_letters");
constexpr int kAnswerWidth = 720;
constexpr int kAnswerMs = 12'000; // an answer to a command goes by itself, unless it is a refusal

bool isLetterKey(const QKeySequence &keys)
{
    if (keys.count() != 1)
        return false;
    const QKeyCombination key = keys[0];
    const Qt::KeyboardModifiers more = key.keyboardModifiers() & ~Qt::ShiftModifier;
    return more == Qt::NoModifier && key.key() > Qt::Key_Space && key.key() < Qt::Key_Escape;
}

} // namespace

CloseHabit closeHabit(const QSettings &settings)
{
    const QString text = settings.value(kClose).toString();
    return text == QStringLiteral("keep") ? CloseHabit::KeepRunning
        : text == QStringLiteral("stop")  ? CloseHabit::StopAll
                                          : CloseHabit::Ask;
}

void setCloseHabit(QSettings &settings, CloseHabit habit)
{
    settings.setValue(kClose,
                      habit == CloseHabit::KeepRunning   ? QStringLiteral("keep")
                          : habit == CloseHabit::StopAll ? QStringLiteral("stop")
                                                         : QStringLiteral("ask"));
}

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
    , m_closeBar(new kit::NoticeBar(this))
    , m_firstRequest(new FirstRequest(this))
    , m_stack(new QStackedWidget(this))
    , m_waiting(new kit::EmptyState(tr("The gateway is starting."), {}, this))
    , m_palette(new Palette(this))
    , m_keySheet(new KeySheet(this))
    , m_answerTimer(new QTimer(this))
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
    inset(m_closeBar);
    inset(m_linkBar);
    column->addWidget(m_stack, 1);
    inset(m_firstRequest); // below, so that the page stays where it is when this goes
    setCentralWidget(central);
    m_answerBar->setFloating(true);
    m_answerBar->hide();
    m_veil = new kit::Veil(m_stack);

    m_isFirstRequestHidden = m_settings.value(kHint).toBool();
    buildPages(catalog);
    buildMenu();
    connect(m_rail, &kit::Rail::chosen, this, &MainWindow::showPage);
    connect(m_linkBar, &kit::NoticeBar::actionClicked, this, [this] { act(wordsFor(m_link).act); });
    connect(m_linkBar, &kit::NoticeBar::secondActionClicked, this,
            [this] { act(wordsFor(m_link).secondAct); });
    connect(m_answerBar, &kit::NoticeBar::closed, this, [this] { m_answerBar->hide(); });
    m_answerTimer->setSingleShot(true);
    connect(m_answerTimer, &QTimer::timeout, this, [this] { m_answerBar->hide(); });
    connect(m_closeBar, &kit::NoticeBar::actionClicked, this,
            [this] { answerClose(CloseHabit::KeepRunning); });
    connect(m_closeBar, &kit::NoticeBar::secondActionClicked, this,
            [this] { answerClose(CloseHabit::StopAll); });
    connect(m_closeBar, &kit::NoticeBar::closed, this, [this] { setShown(m_closeBar, false); });
    connect(m_strip, &kit::StatusStrip::pageAsked, this, &MainWindow::openPage);
    connect(m_strip, &kit::StatusStrip::clearDrillsAsked, this,
            [this] { m_link.control().clearDrills(); });
    connect(m_firstRequest, &FirstRequest::testAsked, &m_link, &link::EngineLink::sendTestRequest);
    QStringList ids;
    for (const pages::PageRow &row : catalog)
        ids += row.id;
    m_firstRequest->setPages(ids);
    connect(m_firstRequest, &FirstRequest::pageAsked, this, &MainWindow::openPage);
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
                [](const QString &text) { kit::copyText(text); });
        connect(page, &pages::Page::openPage, this, &MainWindow::openPage);
        connect(page, &pages::Page::showExchange, this, [this](const ExchangeId &id) {
            openPage(QStringLiteral("requests"),
                     QStringLiteral("id:") + QString::fromLatin1(id.text()));
        });
        connect(page, &pages::Page::windowSettingsChanged, this, [this] {
            setMotion(m_settings.value(kMotion, true).toBool());
            applyLetterKeys();
            emit settingsChanged();
        });
        connect(page, &pages::Page::said, this,
                [this](const QString &text) { say(text, kit::NoticeBar::Kind::Info); });
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

    menu->addAction(addCommand(
        QStringLiteral("palette"), tr("Find anything"),
        {QKeySequence(Qt::CTRL | Qt::Key_K), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_P)},
        [this] { openPalette(); }));
    menu->addAction(addCommand(QStringLiteral("keys"), tr("Keys and help"),
                               {QKeySequence(Qt::Key_F1), QKeySequence(Qt::Key_Question)},
                               [this] { openKeySheet(); }));
    menu->addSeparator();
    for (int i = 0; i < m_catalog.size(); ++i) {
        QAction *action = menu->addAction(m_catalog[i].title, this, [this, i] { showPage(i); });
        action->setShortcut(m_catalog[i].shortcut);
        action->setObjectName(QStringLiteral("go-") + m_catalog[i].id);
        addAction(action);
    }
    menu->addSeparator();
    m_pause = addCommand(QStringLiteral("pause"), tr("Pause the gateway"), {}, [this] {
        const bool isPaused = m_link.frame()->state == EngineState::Paused;
        m_link.control().setPaused(!isPaused).then(this, [this](const Result<void> &done) {
            if (!done)
                say(tr("The gateway did not take it: %1")
                        .arg(words::trimmed(done.error().detail, 200)),
                    kit::NoticeBar::Kind::Danger);
        });
    });
    m_clearDrills = addCommand(QStringLiteral("clear-drills"), tr("Clear all drills"),
                               {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_X)}, [this] {
                                   if (m_link.frame()->drills.isEmpty())
                                       say(tr("No drill is running."), kit::NoticeBar::Kind::Info);
                                   else
                                       m_link.control().clearDrills();
                               });
    menu->addAction(m_pause);
    menu->addAction(m_clearDrills);
    QAction *copy
        = addCommand(QStringLiteral("copy-address"), tr("Copy the base address"), {}, [this] {
              const QString base = m_link.frame()->addresses.value(0);
              if (!base.isEmpty())
                  kit::copyText(base);
          });
    menu->addAction(copy);
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
        addAction(action);
    }
    QAction *flip = menu->addAction(tr("Switch between dark and light"), this, [this, looks] {
        const auto mode = m_theme.isDark() ? kit::Theme::Mode::Light : kit::Theme::Mode::Dark;
        for (QAction *action : looks->actions()) {
            if (action->data().toInt() == int(mode))
                action->trigger();
        }
    });
    flip->setShortcut(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_L));
    flip->setObjectName(QStringLiteral("flip-theme"));
    addAction(flip);
    QAction *motion = menu->addAction(tr("Motion on the board"));
    motion->setCheckable(true);
    motion->setChecked(m_settings.value(kMotion, true).toBool());
    connect(motion, &QAction::toggled, this, &MainWindow::setMotion);
    motion->setObjectName(QStringLiteral("motion"));
    addAction(motion);
    setMotion(motion->isChecked());
    menu->addSeparator();
    menu->addAction(addCommand(QStringLiteral("close"), tr("Close the window"),
                               {QKeySequence(QKeySequence::Close)}, [this] { close(); }));
    menu->addAction(addCommand(QStringLiteral("quit"), tr("Quit and stop the gateway"), {},
                               [this] { stopEverything(); }));

    auto *search = new QToolButton(this);
    search->setIcon(kit::icon(kit::Glyph::Search));
    search->setAutoRaise(true);
    search->setFocusPolicy(Qt::TabFocus);
    search->setAccessibleName(tr("Find anything"));
    kit::setPlainToolTip(search, tr("Find anything (Ctrl+K)"));
    connect(search, &QToolButton::clicked, this, &MainWindow::openPalette);
    m_strip->addControl(search);

    // Not the button's own menu: that would draw an arrow beside the icon.
    const auto open = [button, menu] {
        const QPoint corner = button->mapToGlobal(QPoint(button->width(), button->height()));
        menu->popup(corner - QPoint(menu->sizeHint().width(), 0));
    };
    m_strip->addControl(button);
    connect(button, &QToolButton::clicked, this, open);
    auto *key = new QShortcut(QKeySequence(Qt::Key_F10), this);
    connect(key, &QShortcut::activated, this, open);
    // An id names a request that no list holds yet.
    m_palette->setTextCommands([this](const QString &text) -> QList<Command> {
        const auto id = ExchangeId::parse(text.toLatin1());
        if (!id)
            return {};
        return {Command{tr("Open request %1").arg(text), tr("Request"), {}, [this, text] {
                            openPage(QStringLiteral("requests"), QStringLiteral("id:") + text);
                        }}};
    });
    applyLetterKeys();
}

QAction *MainWindow::addCommand(const QString &name, const QString &text,
                                const QList<QKeySequence> &keys, const std::function<void()> &run)
{
    auto *action = new QAction(text, this);
    action->setObjectName(name);
    action->setShortcuts(keys);
    connect(action, &QAction::triggered, this, run);
    addAction(action);
    return action;
}

QList<Command> MainWindow::commands() const
{
    QList<Command> all;
    auto *self = const_cast<MainWindow *>(this);
    QList<Command> own = commandsOf(*this, tr("Signalbox"));
    for (Command &command : own) {
        for (const pages::PageRow &row : m_catalog) {
            if (command.text == row.title)
                command.group = tr("Go to");
        }
    }
    std::stable_partition(own.begin(), own.end(),
                          [](const Command &command) { return command.group == tr("Go to"); });
    all += own;
    for (int i = 0; i < m_pages.size(); ++i)
        all += commandsOf(*m_pages[i], m_catalog[i].title, [self, i] { self->showPage(i); });
    const FramePtr frame = m_link.frame();
    for (const ChainView &chain : frame->chains) {
        all += Command{chain.id.text(), tr("Chain"), {}, [self, id = chain.id.text()] {
                           self->openPage(QStringLiteral("chains"), id);
                       }};
    }
    for (const ProviderView &provider : frame->providers) {
        all += Command{
            provider.label.isEmpty() ? provider.id.text() : provider.label,
            tr("Provider"),
            {},
            [self, id = provider.id.text()] { self->openPage(QStringLiteral("providers"), id); }};
    }
    for (const ClientView &client : frame->clients) {
        all += Command{client.label.isEmpty() ? client.id.text() : client.label,
                       tr("Client"),
                       {},
                       [self, id = client.id.text()] {
                           self->openPage(QStringLiteral("requests"),
                                          QStringLiteral("client:\"%1\"").arg(id));
                       }};
    }
    return all;
}

void MainWindow::openPalette()
{
    m_keySheet->close();
    m_palette->openWith(commands());
}

void MainWindow::openKeySheet()
{
    m_palette->close();
    m_keySheet->openWith(commands());
}

// Single letters can be switched off for those who type them by mistake, or speak to the computer.
void MainWindow::applyLetterKeys()
{
    const bool isOn = m_settings.value(kLetters, true).toBool();
    if (isOn) {
        for (auto it = m_letterKeys.cbegin(); it != m_letterKeys.cend(); ++it)
            it.key()->setShortcuts(it.value());
        m_letterKeys.clear();
        return;
    }
    QList<QAction *> all = actions();
    for (pages::Page *page : std::as_const(m_pages))
        all += page->actions();
    for (QAction *action : std::as_const(all)) {
        const QList<QKeySequence> keys = action->shortcuts();
        QList<QKeySequence> kept;
        std::copy_if(keys.cbegin(), keys.cend(), std::back_inserter(kept),
                     [](const QKeySequence &key) { return !isLetterKey(key); });
        if (kept.size() == keys.size() || m_letterKeys.contains(action))
            continue;
        m_letterKeys.insert(action, keys);
        action->setShortcuts(kept);
    }
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
    // The focus must not stay on a page that is no longer seen; on the rail or the strip it stays.
    const QWidget *at = focusWidget();
    const QWidget *before = m_stack->currentWidget();
    const bool isLeft
        = before != m_pages[index] && (!at || at == before || before->isAncestorOf(at));
    m_stack->setCurrentWidget(m_pages[index]);
    if (isLeft)
        m_pages[index]->setFocus(Qt::OtherFocusReason);
}

void MainWindow::openPage(const QString &id, const QString &query)
{
    for (int i = 0; i < m_catalog.size(); ++i) {
        if (m_catalog[i].id != id)
            continue;
        showPage(i);
        m_pages[i]->open(query);
        return;
    }
}

void MainWindow::comeForward()
{
    setWindowState(windowState() & ~Qt::WindowMinimized);
    show();
    raise();
    activateWindow();
}

int MainWindow::currentPage() const
{
    return m_rail->current();
}

void MainWindow::takeFrame(const FramePtr &frame)
{
    const QString base = frame->addresses.value(0);
    m_strip->setFrame(*frame);
    m_pause->setText(frame->state == EngineState::Paused ? tr("Resume the gateway")
                                                         : tr("Pause the gateway"));
    for (pages::Page *page : m_pages)
        page->setFrame(frame);
    const QString model = frame->chains.isEmpty() ? QString() : frame->chains.first().id.text();
    const bool isWanted = !m_isFirstRequestHidden && !base.isEmpty() && !model.isEmpty()
        && frame->totals.exchanges == 0 && frame->changed.isEmpty();
    if (isWanted) {
        const auto asked = models::testRequest(m_link.setup().config(), model, frame->wallMs);
        m_firstRequest->setTarget(base, asked.model,
                                  asked.isFree      ? tr("free")
                                      : asked.price ? tr("about %1").arg(words::money(*asked.price))
                                                    : QString());
    }
    for (const auto &exchange : frame->changed) {
        // The test request comes from this program itself, under the key of `default`.
        const QString &program = exchange->caller.program;
        const bool isTool = (!program.isEmpty() && program != QStringLiteral("signalbox"))
            || !exchange->ask.session.isEmpty()
            || exchange->client.text() != QStringLiteral("default");
        m_hasTool |= exchange->server() && isTool;
    }
    QStringList done;
    if (m_hasTool)
        done += QStringLiteral("tools");
    if (!frame->budgets.isEmpty())
        done += QStringLiteral("budget");
    if (!frame->chains.isEmpty() && frame->chains.first().targets.size() > 1)
        done += QStringLiteral("default");
    if (!frame->drills.isEmpty() || m_hasDrilled)
        done += QStringLiteral("drill");
    m_hasDrilled |= !frame->drills.isEmpty();
    const bool isAllDone = m_firstRequest->setDone(done);
    // Seen to cross: the panel stays with what to do next, until that is done or put away.
    const bool isNext = !isWanted && !isAllDone && !m_isFirstRequestHidden && !model.isEmpty()
        && !m_firstRequest->isHidden() && !m_firstRequest->parentWidget()->isHidden();
    m_firstRequest->setCrossed(isNext);
    setShown(m_firstRequest, isWanted || isNext);
    placeAnswer();
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
    m_veil->setVisible(isLost);
    switch (m_link.state()) {
    case link::LinkState::Starting:
        m_waiting->setLine(tr("The gateway is starting."));
        break;
    case link::LinkState::OtherProcess:
        m_strip->setState(EngineState::Stopped);
        m_waiting->setLine(tr("The board will be here when this window serves the data folder."));
        break;
    case link::LinkState::Failed:
        m_strip->setState(EngineState::Failed);
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
                    .arg(words::trimmed(result.error().detail, 200)),
                kit::NoticeBar::Kind::Danger);
            return;
        }
        // A board without a train would only be another empty page.
        m_link.sendTestRequest(QStringLiteral("default"));
    });
}

void MainWindow::say(const QString &text, kit::NoticeBar::Kind kind)
{
    m_answerBar->setMessage(kind, text);
    m_answerBar->setClosable(true);
    m_answerBar->setVisible(!text.isEmpty());
    placeAnswer();
    // A refusal stays until it is read.
    if (kind == kit::NoticeBar::Kind::Info)
        m_answerTimer->start(kAnswerMs);
    else
        m_answerTimer->stop();
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
    if (event->key() == Qt::Key_Escape) {
        const int at = currentPage();
        if (at >= 0 && at < m_pages.size() && m_pages[at]->closeLayer())
            return;
    }
    const bool isPlain = !(event->modifiers() & ~Qt::KeypadModifier);
    if (isPlain && pressPageKey(QKeySequence(event->key())))
        return;
    QMainWindow::keyPressEvent(event);
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    saveLayout();
    const CloseHabit habit = closeHabit(m_settings);
    // Without a gateway there is nothing to keep running.
    const bool isServing
        = m_link.state() == link::LinkState::Connected || m_link.state() == link::LinkState::Lost;
    if (habit == CloseHabit::StopAll || !isServing || m_isStopping) {
        event->accept();
        stopEverything();
        return;
    }
    event->ignore();
    if (habit == CloseHabit::KeepRunning)
        hide();
    else
        closeAsked();
}

// Asked once, in the window: nothing is modal, and doing nothing keeps everything as it is.
void MainWindow::closeAsked()
{
    m_closeBar->setMessage(
        kit::NoticeBar::Kind::Info,
        m_isTrayShown
            ? tr("The gateway can go on without this window. Its icon in the tray brings the "
                 "window back. Settings change this answer later.")
            : tr("The gateway can go on without this window. Start Signalbox again to bring the "
                 "window back. Settings change this answer later."));
    m_closeBar->setAction(tr("Keep the gateway running"));
    m_closeBar->setSecondAction(tr("Stop everything"));
    m_closeBar->setClosable(true);
    setShown(m_closeBar, true);
}

void MainWindow::answerClose(CloseHabit habit)
{
    setCloseHabit(m_settings, habit);
    setShown(m_closeBar, false);
    close();
}

void MainWindow::stopEverything()
{
    if (std::exchange(m_isStopping, true))
        return;
    saveLayout();
    emit quitRequested();
}

void MainWindow::resizeEvent(QResizeEvent *event)
{
    QMainWindow::resizeEvent(event);
    m_rail->setNarrow(width() < kit::space::kNarrowBelow);
    placeAnswer();
}

// Over the lower edge of the page: nothing moves under the mouse when it comes or goes.
void MainWindow::placeAnswer()
{
    if (m_answerBar->isHidden())
        return;
    const QRect page(m_stack->mapTo(this, QPoint()), m_stack->size());
    const int width = std::min(page.width() - 2 * kit::space::kMargin, kAnswerWidth);
    // A new text's size is known once it is polished and its layout was told.
    m_answerBar->ensurePolished();
    m_answerBar->layout()->invalidate();
    m_answerBar->layout()->activate();
    const int height
        = std::max(m_answerBar->minimumSizeHint().height(),
                   m_answerBar->hasHeightForWidth() ? m_answerBar->heightForWidth(width)
                                                    : m_answerBar->sizeHint().height());
    m_answerBar->setGeometry(page.center().x() - width / 2,
                             page.bottom() - height - kit::space::kMargin, width, height);
    m_answerBar->raise();
}

} // namespace sb::shell
