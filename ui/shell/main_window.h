// The main window: rail, status strip, strips for troubles, and the page in view.
#pragma once

#include "kit/theme.h"
#include "link/engine_link.h"
#include "pages/catalog.h"
#include "shell/trouble_words.h"

#include <QMainWindow>

class QSettings;
class QStackedWidget;

namespace sb::models {
class ChainDrafts;
}

namespace sb::kit {
class EmptyState;
class NoticeBar;
class Rail;
class StatusStrip;
} // namespace sb::kit

namespace sb::shell {

class FirstRequest;

// Owned by main(), GUI thread. Shows what the link's frames say; every switch is a request to the
// link. Geometry, page, theme and motion are kept in the settings given, which outlive it.
class MainWindow final : public QMainWindow {
    Q_OBJECT
public:
    MainWindow(link::EngineLink &link, kit::Theme &theme, QSettings &settings,
               const QList<pages::PageRow> &catalog, QWidget *parent = nullptr);
    ~MainWindow() override;

    void showPage(int index);
    int currentPage() const;

signals:
    // The user closed the window or chose Quit.
    void quitRequested();

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
    void say(const QString &text);
    bool pressPageKey(const QKeySequence &key);
    void setMotion(bool isOn);
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
    kit::NoticeBar *m_answerBar; // what became of a command
    FirstRequest *m_firstRequest;
    QStackedWidget *m_stack;
    kit::EmptyState *m_waiting;
    bool m_hasFrame = false;
    bool m_hasHistory = false;
    bool m_isFirstRequestHidden = false;
};

} // namespace sb::shell
