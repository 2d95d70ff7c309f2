// Paints a row of Requests from texts the model keeps: lamp and word, target blocks, mono numbers.
//
// Owned by the view. Fonts and metrics are kept, so that painting a cell makes nothing anew unless
// its text must be cut. [console §3.2, §12]
#pragma once

#include "kit/plain_label.h"
#include "models/request_marks.h"
#include "models/request_model.h"

#include <QFontMetrics>
#include <QStyledItemDelegate>

namespace sb::kit {
struct Tokens;
}

namespace sb::pages {

// A mark's shape, drawn into the middle of `area`.
void paintMark(QPainter &painter, const QRectF &area, models::RequestMarks::Shape shape,
               const QColor &color);

class RequestDelegate final : public QStyledItemDelegate {
    Q_OBJECT
public:
    RequestDelegate(const models::RequestModel &model, QObject *parent);

    void paint(QPainter *painter, const QStyleOptionViewItem &option,
               const QModelIndex &index) const override;
    // As wide as the text needs: for a double click on the header's edge.
    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;

private:
    void paintBlocks(QPainter &painter, const QRect &area, const Exchange &exchange,
                     const kit::Tokens &tokens) const;

    const models::RequestModel &m_model;
    QFont m_body;
    QFont m_mono;
    QFontMetrics m_bodyMetrics;
    QFontMetrics m_monoMetrics;
    int m_bodyWidth; // of a wide letter
    int m_monoWidth;
};

} // namespace sb::pages
