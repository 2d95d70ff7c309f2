// Every target of an exchange's chain: answered, failed, or skipped and why.
//
// A widget, GUI thread. Painted rows with a description for screen readers. [console §3.2]
#pragma once

#include "record/exchange.h"
#include "words/names.h"

#include <QWidget>

namespace sb::pages {

class DecisionList final : public QWidget {
    Q_OBJECT
public:
    explicit DecisionList(QWidget *parent = nullptr);

    void setExchange(const Exchange &exchange, const words::Names &names);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {200, sizeHint().height()}; }

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    enum class Fate : quint8 { Quiet, Good, Bad, Waiting };
    struct Row {
        int rank = 0;
        QString target;
        QString fate;
        Fate kind = Fate::Quiet;
    };
    QList<Row> m_rows;
};

} // namespace sb::pages
