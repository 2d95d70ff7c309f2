// Two requests side by side: times, targets, tokens, cost and decision, differences marked.
//
// A widget beside the rows, GUI thread; handed newer values while one of them still runs.
#pragma once

#include "models/exchange_diff.h"

#include <QFrame>

#include <memory>

class QTableWidget;

namespace sb::kit {
class PlainLabel;
}

namespace sb::pages {

class ComparePanel final : public QFrame {
    Q_OBJECT
public:
    using Ptr = std::shared_ptr<const Exchange>;

    explicit ComparePanel(QWidget *parent = nullptr);

    void setPair(const Ptr &left, const Ptr &right, const words::Names &names);
    Ptr left() const { return m_left; }
    Ptr right() const { return m_right; }
    QTableWidget *table() const { return m_table; }
    QString summary() const;

signals:
    void closeRequested();

protected:
    void paintEvent(QPaintEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void fit();

    Ptr m_left;
    Ptr m_right;
    kit::PlainLabel *m_title;
    kit::PlainLabel *m_summary;
    QTableWidget *m_table;
};

} // namespace sb::pages
