// The rows of Requests: what the filter lets through, newest first, at most 5,000.
//
// Owned by the page, GUI thread. Holds immutable copies, always in the order of their ids (their
// time). Live ones are taken from frames, older ones are merged in as history answers. While the
// view is held, new rows wait and are counted. Paging far back lets the newest rows go; the model
// is then detached from live traffic until it is reset. Runs of editor completions fold under their
// newest row: the rows stay, and the view hides those that isFolded() names. The texts of a row are
// made once, so that painting makes none. [console §3.2, style §9]
#pragma once

#include "models/request_floods.h"
#include "record/exchange_filter.h"
#include "record/frame.h"
#include "words/names.h"

#include <QAbstractTableModel>

#include <array>
#include <deque>
#include <map>
#include <set>

namespace sb::models {

class RequestMarks;

class RequestModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    using Ptr = std::shared_ptr<const Exchange>;
    enum Column {
        State,
        Time,
        Client,
        Program,
        Folder,
        AskedFor,
        ServedBy,
        Targets,
        Status,
        FirstToken,
        Duration,
        In,
        Cached,
        Out,
        Cost,
        Note,
        ColumnCount
    };
    static constexpr int kCapacity = 5'000;

    // `marks` may be null and outlives the model.
    explicit RequestModel(const RequestMarks *marks = nullptr, QObject *parent = nullptr);

    // Starts anew with these, newest first, each already let through by the filter.
    void reset(const ExchangeFilter &filter, const QList<Ptr> &exchanges);
    const ExchangeFilter &filter() const { return m_filter; }
    // Live ones in any order; the filter is asked. Rows that no longer match leave.
    void take(const QList<Ptr> &changed);
    // Answers of history, newest first, matching; known ids are skipped. Those beyond the last row
    // push the newest out when the table is full.
    void merge(const QList<Ptr> &older);
    void takeNames(const words::Names &names, qint64 nowWallMs);
    void marksChanged();

    void setHeld(bool isHeld); // letting go brings the waiting rows in
    bool isHeld() const { return m_isHeld; }
    // ---- runs of completions ----
    bool isFolded(int row) const; // not to be shown: it is counted in another row
    // Of the row that stands for a run, folded or open; null for all others.
    const Flood *flood(int row) const;
    int headOf(int row) const; // the row that stands for this one's run; -1 = it is in none
    void setOpen(int row, bool isOpen); // any row of the run

    int waiting() const; // new rows that are not shown
    bool isDetached() const { return m_isDetached; }

    Ptr at(int row) const;
    int rowOf(const ExchangeId &id) const; // -1 = not here
    const words::Names &names() const { return m_names; }
    const RequestMarks *marks() const { return m_marks; }
    // The text of a cell, made at the first call.
    const QString &cell(int row, int column) const;
    // The filter term that says what this cell says, as text: "status:429"; empty where none does.
    QString termOf(int row, int column) const;

    static QString title(Column column);
    static bool isNumber(Column column); // right-aligned, mono
    // The targets of the chain: how many were tried and how many there are.
    static std::pair<int, int> targetsOf(const Exchange &exchange);
    // Which columns have nothing to show for this row, so that the dash is muted.
    static bool isUnknown(const Exchange &exchange, Column column);

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

signals:
    void waitingChanged();
    void foldsChanged(); // isFolded() of any row

private:
    using Cells = std::array<QString, ColumnCount>;
    struct Row {
        Ptr exchange;
        mutable std::unique_ptr<Cells> cells;
        FloodPlace place = {};
    };
    size_t placeOf(const ExchangeId &id) const; // of the row, or where it would go
    void insertRuns(const QList<Ptr> &newestFirst);
    void removeRow(int row);
    void dropOldest();
    void dropNewest();
    QString text(const Exchange &exchange, Column column) const;
    QString served(const Exchange &exchange) const;
    QString note(const Exchange &exchange) const;
    QString floodText(const Flood &flood, const Exchange &newest, Column column) const;
    void refold();
    QString toolTip(const Exchange &exchange, Column column) const;

    const RequestMarks *m_marks;
    ExchangeFilter m_filter;
    std::deque<Row> m_rows; // newest first
    std::map<ExchangeId, Ptr> m_waiting;
    std::set<ExchangeId> m_open; // a run with one of these is shown whole
    bool m_hasFloods = false; // a row that could be in one has come
    int m_lost = 0; // newer ones that came while detached
    bool m_isHeld = false;
    bool m_isDetached = false;
    words::Names m_names;
    qint64 m_nowWallMs = 0;
};

} // namespace sb::models
