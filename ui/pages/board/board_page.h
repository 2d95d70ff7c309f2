// The Board, first screen: problems, track diagram (or its table twin), two charts, last requests,
// and the inspector, which shows one plate or one request.
//
// Made by the catalog, owned by the window, GUI thread. Draws frames and nothing else; while hidden
// it keeps the newest state and paints nothing. Where height is short the charts fold away first.
#pragma once

#include "models/board_state.h"
#include "models/series_ring.h"
#include "pages/board/plate_inspector.h"
#include "pages/page.h"
#include "words/names.h"

#include <QPointer>

namespace sb::models {
class BoardTreeModel;
class ExchangeModel;
} // namespace sb::models

class QAction;
class QMenu;
class QPushButton;
class QTableView;
class QTreeView;

namespace sb::kit {
class Inspector;
}

namespace sb::pages {

class ChartTable;
class DraftStrip;
class FirstRun;
class PeekPanel;
class PlateActions;
class ProblemsStrip;
class SmallChart;
class TrackBoard;

class BoardPage final : public Page {
    Q_OBJECT
public:
    explicit BoardPage(const PageContext &context, QWidget *parent = nullptr);
    ~BoardPage() override;

    void setFrame(const FramePtr &frame) override;
    void setHistory(const QList<std::shared_ptr<const Exchange>> &older) override;
    void setMotion(bool isOn) override;
    bool closeLayer() override;

    bool isTableShown() const { return m_isTable; }
    void setTableShown(bool isTable);
    void openPeek(const ExchangeId &id);
    void closePeek();
    bool isPeekOpen() const;
    // The inspector on a plate; closePanel() closes whichever of the two is open.
    void inspect(Column column, int index);
    bool isInspecting() const { return m_inspected.isOn(); }
    void closePanel();
    bool isEditing() const { return m_isEditing; }
    void setEditing(bool isOn);

protected:
    void resizeEvent(QResizeEvent *event) override;
    void showEvent(QShowEvent *event) override;
    bool event(QEvent *event) override;

private:
    void setUpTree();
    void setUpRequests();
    void setUpKeys();
    void arrange();
    int treeHeight() const;
    void showState();
    void openCurrent();
    void step(int rows);
    void showProblem(const models::Problem &problem);
    void fillInspector();
    void toggleInspector();
    void popupMenu(const QList<kit::Command> &commands, const QPoint &at);
    void askTreeMenu(const QPoint &at);
    std::pair<Column, int> treeEntry() const;
    void refreshCommands();
    void announce(const Frame &frame);
    void setUpDraft();
    void pick(Column column, int index);
    void addTarget(const ProviderId &provider, const QString &model);
    void showDraft();

    const PageContext m_context;
    models::BoardState m_state;
    models::SeriesRing m_ring;
    words::Names m_names;
    PlateInspector m_inspected;
    QList<QAction *> m_plateCommands; // every command of every plate, for the palette
    QByteArray m_commandsFor; // what they were made for
    QPointer<QMenu> m_menu;
    bool m_isTable = false;
    bool m_isWaitingForShow = false; // frames came while hidden
    bool m_isEmpty = true;

    models::ExchangeModel *m_exchanges;
    models::BoardTreeModel *m_treeModel;
    bool m_isEditing = false;
    ChainId m_entrance; // the chain that was picked, by its running name
    QAction *m_editAction = nullptr;
    FramePtr m_frame;

    FirstRun *m_empty;
    DraftStrip *m_draft;
    ProblemsStrip *m_problems;
    TrackBoard *m_board;
    QTreeView *m_tree;
    SmallChart *m_firstToken;
    SmallChart *m_speed;
    ChartTable *m_firstTokenTable; // `T`: in the place of the charts
    ChartTable *m_speedTable;
    bool m_isChartTable = false;
    QTableView *m_requests;
    PeekPanel *m_peek;
    QWidget *m_peekBar; // below the peek while its request can be moved on
    kit::Inspector *m_inspector;
    PlateActions *m_actions;
};

} // namespace sb::pages
