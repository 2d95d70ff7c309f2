// The states of one provider over the range, as a bar under its charts, with the marks of what
// happened.
#pragma once

#include "kit/chart/chart_cursor.h"
#include "kit/chart/chart_data.h"
#include "models/health_shape.h"

#include <QWidget>

namespace sb::pages {

// Owned by a row of Health, GUI thread. Each state has its own shape of bar, not its colour alone.
class StateBar final : public QWidget {
    Q_OBJECT
public:
    StateBar(kit::ChartCursor &cursor, QWidget *parent = nullptr);

    void setSpans(const QList<models::StateSpan> &spans, qint64 fromWallMs, qint64 toWallMs,
                  const QList<kit::ChartMark> &marks);
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    bool event(QEvent *event) override;

private:
    double xOf(qint64 wallMs) const;
    QString textAt(double x) const;

    kit::ChartCursor &m_cursor;
    QList<models::StateSpan> m_spans;
    QList<kit::ChartMark> m_marks;
    qint64 m_from = 0;
    qint64 m_to = 0;
};

} // namespace sb::pages
