// Requests: every request as a row, a filter line over them, and what happened to one beside them.
//
// Made by the catalog, owned by the window, GUI thread. Rows come by the feed; the view is live at
// its top, and holds still while somebody has scrolled or paused it. While hidden nothing moves.
// [console §3.2]
#pragma once

#include "models/filter_completion.h"
#include "models/request_marks.h"
#include "models/request_model.h"
#include "pages/page.h"

class QMenu;
class QPushButton;
class QTableView;

namespace sb::kit {
class EmptyState;
class NoticeBar;
} // namespace sb::kit

namespace sb::pages {

class ComparePanel;
class FilterBar;
class MarkBar;
class PeekPanel;
class RequestExport;
class RequestFeed;
class RequestTools;

class RequestsPage final : public Page {
    Q_OBJECT
public:
    explicit RequestsPage(const PageContext &context, QWidget *parent = nullptr);
    ~RequestsPage() override;

    void setFrame(const FramePtr &frame) override;
    // A filter line; "id:sbx_…" alone also opens that request.
    void open(const QString &query) override;
    bool closeLayer() override;

    models::RequestModel *model() const { return m_model; }
    QTableView *table() const { return m_table; }
    FilterBar *filterBar() const { return m_filter; }
    bool isPeekOpen() const;
    bool isCompareOpen() const;
    bool isPaused() const { return m_isPaused; }
    void openPeek(const ExchangeId &id);
    void compareWith(const ExchangeId &left, const ExchangeId &right);
    // Writes what is selected (two or more), else what the filter lets through.
    void exportTo(const QString &path);

protected:
    void resizeEvent(QResizeEvent *event) override;
    void showEvent(QShowEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    bool event(QEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    using Ptr = models::RequestModel::Ptr;
    enum class Side : quint8 { None, Peek, Compare };

    void setUpTable();
    void setUpActions();
    void arrange();
    void applyFilter();
    void showCounts();
    void showEmptiness();
    void showPill();
    void setSide(Side side);
    void refreshSide();
    void holdAsNeeded();
    void goLive();
    void togglePause();
    void scrolled();
    void hideFolded();
    void toggleRun();
    void step(int rows);
    void openCurrent();
    void compareSelected();
    void editMark();
    void showRowMenu(const QPoint &at);
    void showColumnMenu(const QPoint &at);
    void addCellTerm(bool isNegated);
    void chooseCopy();
    void chooseTarget();
    void askExport();
    void replayed(const ExchangeId &original, const ExchangeId &replay);
    void fitColumns();
    void restoreColumns();
    void keepColumns();
    void resetColumns();
    Ptr current() const;
    Ptr find(const ExchangeId &id) const;
    QList<Ptr> selected() const;
    void emptyClicked();
    static QPoint below(const QWidget *widget);

    const PageContext m_context;
    models::RequestMarks m_marks;
    models::RequestModel *m_model;
    RequestFeed *m_feed;
    RequestTools *m_tools;
    RequestExport *m_export;
    FilterBar *m_filter;
    MarkBar *m_markBar;
    kit::NoticeBar *m_notice;
    QTableView *m_table;
    QPushButton *m_pill;
    kit::EmptyState *m_empty;
    PeekPanel *m_peek;
    ComparePanel *m_compare;
    QMenu *m_menu = nullptr; // the one that is open
    Side m_side = Side::None;
    qint64 m_nowWallMs = 0;
    models::FilterValues m_values; // seen so far, for completion
    std::optional<ExchangeId> m_wanted; // open it when it arrives
    std::optional<ExchangeId> m_compareFirst;
    std::pair<ExchangeId, ExchangeId> m_pair; // compared now
    bool m_isPaused = false;
    bool m_isStarted = false; // history was asked for
    bool m_isFitting = false;
    bool m_hasOwnColumns = false; // somebody chose; they are kept as they are
};

} // namespace sb::pages
