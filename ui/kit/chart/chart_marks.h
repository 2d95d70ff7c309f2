// Event marks, drawn the same in every chart and state bar: a shape for each kind, never colour
// alone.
#pragma once

#include "kit/chart/chart_data.h"
#include "kit/tokens.h"

class QPainter;

namespace sb::kit {

constexpr double kMarkSize = 7;

QColor markColor(MarkKind kind, const Tokens &tokens);
// Trip square, recovered circle, config bar, drill diamond, budget flag, other dot.
void paintMark(QPainter &painter, QPointF center, MarkKind kind, const Tokens &tokens);
// The hatched band of a drill.
void paintSpan(QPainter &painter, const QRectF &area, const Tokens &tokens);

} // namespace sb::kit
