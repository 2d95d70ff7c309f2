// What each attempt cost: a line per token class, its count, price per million and amount.
//
// A painted widget with a description for screen readers, GUI thread. [console §3.2]
#pragma once

#include "models/cost_sheet.h"
#include "words/names.h"

#include <QWidget>

namespace sb::pages {

class CostTable final : public QWidget {
    Q_OBJECT
public:
    explicit CostTable(QWidget *parent = nullptr);

    void setSheets(const QList<models::CostSheet> &sheets, const words::Names &names);
    bool isEmpty() const { return m_rows.isEmpty(); }
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {260, sizeHint().height()}; }

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    enum class Kind : quint8 { Target, Head, Line, Note, Total };
    struct Row {
        Kind kind = Kind::Line;
        QString label;
        QString tokens;
        QString price;
        QString amount;
    };
    QList<Row> m_rows;
};

} // namespace sb::pages
