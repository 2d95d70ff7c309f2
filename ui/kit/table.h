// Tables as this window shows them: 28 px rows, flat header, mono numbers at the right, state
// lamps.
#pragma once

#include "kit/fonts.h"
#include "kit/lamp.h"
#include "kit/plain_label.h"

#include <functional>

#include <QHash>
#include <QStyledItemDelegate>

class QTableView;

namespace sb::kit {

// How one column turns meaning into paint. The functions read roles of the page's own model.
struct ColumnLook {
    enum class Kind : quint8 { Text, Mono, Number, Lamp };
    Kind kind = Kind::Text;
    std::function<sb::kit::Lamp(const QModelIndex &)> lamp; // Lamp: its shape; the text is the word
    std::function<PlainLabel::Tone(const QModelIndex &)> tone; // empty: Text
};

// Owned by the view. Paints text as plain text with visible control marks, elided at the right.
class TableDelegate final : public QStyledItemDelegate {
    Q_OBJECT
public:
    explicit TableDelegate(QObject *parent = nullptr);

    void setLook(int column, const ColumnLook &look);
    void paint(QPainter *painter, const QStyleOptionViewItem &option,
               const QModelIndex &index) const override;
    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;

private:
    QHash<int, ColumnLook> m_looks;
};

// Whole-row selection, no grid, no frame, 28 px rows, left-aligned flat header, keyboard first.
void setUpTable(QTableView *table);

// The colour of a tone on the surfaces of this palette.
QColor toneColor(PlainLabel::Tone tone, const Tokens &tokens);

} // namespace sb::kit
