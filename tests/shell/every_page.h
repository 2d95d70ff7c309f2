// Each page of the catalog in each state, as the engine's answers would have it.
#pragma once

#include "link/fake_link.h"
#include "pages/board_frames.h"
#include "pages/chain_kit.h"
#include "pages/health/health_page.h"
#include "pages/history_reports.h"
#include "pages/request_rows.h"
#include "pages/spend/spend_page.h"
#include "shell/main_window.h"

#include <QApplication>

namespace sb::test {

enum class PageState : quint8 { Empty, First, Full, Refused, Lost };

// In the order of a life, with the names that files and test rows have.
inline const QList<std::pair<QString, PageState>> &pageStates()
{
    static const QList<std::pair<QString, PageState>> all{
        {QStringLiteral("empty"), PageState::Empty},
        {QStringLiteral("first"), PageState::First},
        {QStringLiteral("full"), PageState::Full},
        {QStringLiteral("refused"), PageState::Refused},
        {QStringLiteral("lost"), PageState::Lost}};
    return all;
}

// What the first run finds on this computer.
inline QList<engine::FoundProvider> foundHere()
{
    engine::FoundProvider key;
    key.draft.label = QStringLiteral("Anthropic");
    key.name = QStringLiteral("ANTHROPIC_API_KEY");
    key.shownKey = QStringLiteral("sk-ant-...9f2c");
    engine::FoundProvider server;
    server.where = engine::FoundProvider::Where::LocalServer;
    server.draft.label = QStringLiteral("Ollama");
    server.name = QStringLiteral("127.0.0.1:11434");
    server.models = 4;
    return {key, server};
}

inline Frame firstFrame()
{
    Frame frame = idleFrame();
    if (frame.changed.size() > 1)
        frame.changed = {frame.changed.first()};
    return frame;
}

// Answers first: pages ask when they are made or shown.
inline void furnish(FakeLink &link, PageState state)
{
    auto &history = link.fakeHistory;
    auto &setup = link.fakeSetup;
    if (state == PageState::Refused) {
        const auto refusal
            = Error::make(QStringLiteral("store"), QStringLiteral("The disk is full."));
        serve(link, chainsText(), 7); // what runs is in memory
        history.pageAnswer = unexpected(refusal);
        history.searchAnswer = unexpected(refusal);
        history.healthAnswer = unexpected(refusal);
        history.spendAnswer = unexpected(refusal);
        history.eventsAnswer = unexpected(refusal);
        setup.storageAnswer = unexpected(refusal);
        setup.versionsAnswer = unexpected(refusal);
        setup.configTextAnswer = unexpected(refusal);
        link.refusal = QStringLiteral("The disk is full.");
        return;
    }
    const bool isEmpty = state == PageState::Empty;
    serve(link, isEmpty ? QByteArray("{\"version\": 1}") : chainsText(), 7);
    setup.storageAnswer
        = engine::StorageView{.dataDir = QStringLiteral("/home/ann/.local/share/signalbox"),
                              .configPath = QStringLiteral("/home/ann/.config/signalbox.json"),
                              .ledgerBytes = isEmpty ? 0 : 4'300'000,
                              .historyBytes = isEmpty ? 0 : 61'000'000,
                              .captureBytes = isEmpty ? 0 : 12'400'000,
                              .captures = isEmpty ? 0 : 184,
                              .exchanges = isEmpty ? 0 : 48'211,
                              .oldestWallMs = isEmpty ? 0 : kChainNow - 20ll * 86'400'000,
                              .priceDate = QByteArrayLiteral("2026-11-22"),
                              .isKeychainWorking = true};
    if (isEmpty) {
        setup.lookHereAnswer = foundHere();
        return;
    }
    const bool isFirst = state == PageState::First;
    history.healthFor = [isFirst](const engine::HealthAsk &ask) {
        return Result<engine::HealthReport>(
            healthReport(ask, isFirst ? HealthStory::Few : HealthStory::Full));
    };
    history.spendFor = [isFirst](const engine::SpendAsk &ask) {
        return Result<engine::SpendReport>(
            spendReport(ask, isFirst ? SpendStory::Unpriced : SpendStory::Full));
    };
    history.pageAnswer = store::Page{.exchanges = requests(isFirst ? 1 : 60)};
    if (isFirst)
        return;
    setup.versionsAnswer = QList<engine::ConfigVersion>{
        {7, kChainNow - 240'000, QStringLiteral("window"), QStringLiteral("2 changes")},
        {6, kChainNow - 4'000'000, QStringLiteral("file"), {}}};
    setup.versionTextAnswer = chainsText();
}

inline Frame frameFor(const FakeLink &link, const QString &page, PageState state)
{
    if (state == PageState::Empty)
        return emptyFrame();
    if (page == QStringLiteral("health"))
        return healthFrame(state == PageState::First ? HealthStory::Few : HealthStory::Full);
    if (page == QStringLiteral("spend"))
        return spendFrame(state == PageState::First ? SpendStory::Unpriced : SpendStory::Full);
    const bool isLive = page == QStringLiteral("board") || page == QStringLiteral("requests");
    if (isLive && state == PageState::First)
        return firstFrame();
    if (isLive)
        return trippedFrame();
    Frame frame = chainsFrame(link.fakeSetup.configAnswer);
    if (page == QStringLiteral("settings") && state == PageState::Full)
        frame.recording = {.untilWallMs = frame.wallMs + 42 * 60'000, .kept = 184, .givenUp = 2};
    return frame;
}

// The fake answers by the event loop; charts then take it when told.
inline void settle(const shell::MainWindow &window)
{
    for (int i = 0; i < 4; ++i) {
        QCoreApplication::processEvents();
        if (auto *health = window.findChild<pages::HealthPage *>(); health && health->isVisible())
            health->settle();
        if (auto *spend = window.findChild<pages::SpendPage *>(); spend && spend->isVisible())
            spend->settle();
    }
    QCoreApplication::processEvents();
}

// Connected, with its frame, at this page.
inline void bring(shell::MainWindow &window, FakeLink &link, const QString &page, PageState state)
{
    window.openPage(page, {});
    link.be(link::LinkState::Connected);
    link.publish(frameFor(link, page, state));
    window.openPage(page, {});
    settle(window);
    if (state == PageState::Lost)
        link.be(link::LinkState::Lost);
    settle(window);
}

} // namespace sb::test
