// Paints the rows of Spend: a bar behind the cost, the total in bold, unpriced in caution.
#pragma once

#include "kit/table.h"

namespace sb::pages {

class SpendDelegate final : public QStyledItemDelegate {
    Q_OBJECT
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter *painter, const QStyleOptionViewItem &option,
               const QModelIndex &index) const override;
    bool helpEvent(QHelpEvent *event, QAbstractItemView *view, const QStyleOptionViewItem &option,
                   const QModelIndex &index) override;
};

} // namespace sb::pages
