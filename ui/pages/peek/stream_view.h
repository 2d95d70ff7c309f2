// The events of a stream: when each came, how long after the one before, and what it says; above
// them all on one line of time.
//
// GUI thread. Rows are read from the recorded bytes when they are drawn. [console §3.2]
#pragma once

#include "models/captured_text.h"
#include "pages/peek/capture_view.h"

#include <QAbstractTableModel>

class QComboBox;
class QTableView;

namespace sb::kit {
class CopyButton;
class PlainLabel;
} // namespace sb::kit

namespace sb::pages {

class EventModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { At, Gap, Name, Data, ColumnCount };

    using QAbstractTableModel::QAbstractTableModel;

    // `message` is part of `captured`; null: none.
    void setMessage(std::shared_ptr<const CapturedExchange> captured,
                    const CapturedMessage *message);
    const CapturedMessage *message() const { return m_message; }

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    std::shared_ptr<const CapturedExchange> m_captured; // keeps the message
    const CapturedMessage *m_message = nullptr;
};

// Every event as a stroke where it came in time; the chosen one stands out.
class EventTimeline final : public QWidget {
    Q_OBJECT
public:
    explicit EventTimeline(QWidget *parent = nullptr);

    void setEvents(const QList<CapturedEvent> &events);
    void setChosen(int row);

signals:
    void chosen(int row);

protected:
    void paintEvent(QPaintEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;

private:
    int placeOf(Micros at) const;

    QList<CapturedEvent> m_events;
    int m_chosen = -1;
};

class StreamView final : public CaptureView {
    Q_OBJECT
public:
    explicit StreamView(CaptureSource &source, QWidget *parent = nullptr);

    QTableView *table() const { return m_table; }
    EventModel *model() const { return m_model; }
    QComboBox *which() const { return m_which; }
    QString note() const;

protected:
    void fill(const CapturedExchange &captured) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void showStream();
    void choose(int row);
    void fit();

    QComboBox *m_which;
    QList<int> m_streams; // per entry: 0 the client's, else the attempt's place + 1
    kit::CopyButton *m_copy;
    kit::PlainLabel *m_note;
    EventTimeline *m_line;
    EventModel *m_model;
    QTableView *m_table;
};

} // namespace sb::pages
