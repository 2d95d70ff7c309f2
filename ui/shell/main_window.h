// The main window: rail, status strip, strips for troubles, and the page in view.
#pragma once

#include "kit/notice_bar.h"
#include "kit/theme.h"
#include "link/engine_link.h"
#include "pages/catalog.h"
#include "shell/trouble_words.h"

#include <QHash>
#include <QKeySequence>
#include <QMainWindow>

#include <functional>

class QAction;
class QSettings;
class QStackedWidget;
class QTimer;

namespace sb::models {
class ChainDrafts;
}

namespace sb::kit {
class EmptyState;
class Rail;
class StatusStrip;
class Veil;
} // namespace sb::kit

namespace sb::shell {

class FirstRequest;
class KeySheet;
class Palette;
struct Command;

// What closing the window means. [console §8]
enum class CloseHabit : quint8 { Ask, KeepRunning, StopAll };
CloseHabit closeHabit(const QSettings &settings);
void setCloseHabit(QSettings &settings, CloseHabit habit);

// Owned by main(), GUI thread. Shows what the link's frames say; every switch is a request to the
// link. Geometry, page, theme and motion are kept in the settings given, which outlive it. Closing
// it never stops the gateway unless the user said so.
class MainWindow final : public QMainWindow {
    Q_OBJECT
public:
    MainWindow(link::EngineLink &link, kit::Theme &theme, QSettings &settings,
               const QList<pages::PageRow> &catalog, QWidget *parent = nullptr);
    ~MainWindow() override;

    void showPage(int index);
    int currentPage() const;
    // A page by its id in the catalog, and what to show there.
    void openPage(const QString &id, const QString &query);
    // Comes forward from wherever it is.
    void comeForward();
    // Everything that can be done now, by group: what the palette lists.
    QList<Command> commands() const;
    // Where a hidden window can be found again.
    void setTrayShown(bool isShown) { m_isTrayShown = isShown; }

signals:
    // The user chose to stop the gateway and leave.
    void quitRequested();
    // A page changed something in the settings that others follow: tray, keys, motion.
    void settingsChanged();

protected:
    void closeEvent(QCloseEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    void buildPages(const QList<pages::PageRow> &catalog);
    void buildMenu();
    void restoreLayout();
    void saveLayout();
    void takeFrame(const FramePtr &frame);
    void showLinkState();
    void act(TroubleWords::Act act);
    void askHistory();
    void startSimulated();
    void say(const QString &text, kit::NoticeBar::Kind kind);
    void openPalette();
    void openKeySheet();
    void closeAsked();
    void answerClose(CloseHabit habit);
    void stopEverything();
    QAction *addCommand(const QString &name, const QString &text, const QList<QKeySequence> &keys,
                        const std::function<void()> &run);
    void applyLetterKeys();
    bool pressPageKey(const QKeySequence &key);
    void setMotion(bool isOn);
    void placeAnswer();
    static void setShown(QWidget *inset, bool isShown);

    link::EngineLink &m_link;
    kit::Theme &m_theme;
    QSettings &m_settings;
    QList<pages::PageRow> m_catalog;
    QList<pages::Page *> m_pages;
    models::ChainDrafts *m_drafts; // outlives the pages
    kit::Rail *m_rail;
    kit::StatusStrip *m_strip;
    kit::NoticeBar *m_linkBar;
    bool m_hasDrilled = false; // in this run
    bool m_hasTool = false; // one was served in this run
    kit::NoticeBar *m_answerBar; // what became of a command
    kit::NoticeBar *m_closeBar; // the question at the first closing
    FirstRequest *m_firstRequest;
    QStackedWidget *m_stack;
    kit::Veil *m_veil = nullptr; // over the pages while the link is lost
    kit::EmptyState *m_waiting;
    Palette *m_palette;
    KeySheet *m_keySheet;
    QTimer *m_answerTimer;
    QAction *m_pause = nullptr;
    QAction *m_clearDrills = nullptr;
    QHash<QAction *, QList<QKeySequence>> m_letterKeys; // taken off while single letters are off
    bool m_isTrayShown = false;
    bool m_isStopping = false;
    bool m_hasFrame = false;
    bool m_hasHistory = false;
    bool m_isFirstRequestHidden = false;
};

} // namespace sb::shell
