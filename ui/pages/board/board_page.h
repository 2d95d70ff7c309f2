// The Board, first screen: problems, track diagram (or its table twin), two charts, last requests,
// peek.
//
// Made by the catalog, owned by the window, GUI thread. Draws frames and nothing else; while hidden
// it keeps the newest state and paints nothing. Where height is short the charts fold away first.
#pragma once

#include "models/board_state.h"
#include "models/series_ring.h"
#include "pages/board/track_layout.h"
#include "pages/page.h"
#include "words/names.h"

namespace sb::models {
class BoardTreeModel;
class ExchangeModel;
} // namespace sb::models

class QTableView;
class QTreeView;

namespace sb::pages {

class EmptyBoard;
class PeekPanel;
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

    bool isTableShown() const { return m_isTable; }
    void setTableShown(bool isTable);
    void openPeek(const ExchangeId &id);
    void closePeek();
    bool isPeekOpen() const;

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
    void openNewestOf(Column column, int index);

    const PageContext m_context;
    models::BoardState m_state;
    models::SeriesRing m_ring;
    words::Names m_names;
    bool m_isTable = false;
    bool m_isWaitingForShow = false; // frames came while hidden
    bool m_isEmpty = true;

    models::ExchangeModel *m_exchanges;
    models::BoardTreeModel *m_treeModel;
    EmptyBoard *m_empty;
    ProblemsStrip *m_problems;
    TrackBoard *m_board;
    QTreeView *m_tree;
    SmallChart *m_firstToken;
    SmallChart *m_speed;
    QTableView *m_requests;
    PeekPanel *m_peek;
};

} // namespace sb::pages
