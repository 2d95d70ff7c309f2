#include "kit/chart/chart_marks.h"

#include <QPainter>

namespace sb::kit {

QColor markColor(MarkKind kind, const Tokens &tokens)
{
    switch (kind) {
    case MarkKind::Trip:
        return tokens.danger.lamp;
    case MarkKind::Recovered:
        return tokens.serving.lamp;
    case MarkKind::Config:
        return tokens.secondary;
    case MarkKind::Drill:
        return tokens.drill.lamp;
    case MarkKind::Budget:
        return tokens.caution.lamp;
    case MarkKind::Other:
        return tokens.muted;
    }
    return tokens.muted;
}

void paintMark(QPainter &painter, QPointF c, MarkKind kind, const Tokens &tokens)
{
    constexpr double r = kMarkSize / 2;
    painter.save();
    // An edge of the ground keeps a mark apart from the line under it.
    painter.setPen(QPen(tokens.panel, 1));
    painter.setBrush(markColor(kind, tokens));
    painter.setRenderHint(QPainter::Antialiasing);
    switch (kind) {
    case MarkKind::Trip:
        painter.drawRect(QRectF(c.x() - r, c.y() - r, kMarkSize, kMarkSize));
        break;
    case MarkKind::Recovered:
        painter.drawEllipse(c, r, r);
        break;
    case MarkKind::Config:
        painter.drawRect(QRectF(c.x() - 1.5, c.y() - r - 1, 3, kMarkSize + 2));
        break;
    case MarkKind::Drill: {
        const QPointF diamond[] = {{c.x(), c.y() - r - 1},
                                   {c.x() + r + 1, c.y()},
                                   {c.x(), c.y() + r + 1},
                                   {c.x() - r - 1, c.y()}};
        painter.drawPolygon(diamond, 4);
        break;
    }
    case MarkKind::Budget: {
        const QPointF flag[]
            = {{c.x() - r, c.y() - r - 1}, {c.x() + r + 1, c.y() - 1}, {c.x() - r, c.y() + r}};
        painter.drawPolygon(flag, 3);
        break;
    }
    case MarkKind::Other:
        painter.drawEllipse(c, r - 1, r - 1);
        break;
    }
    painter.restore();
}

void paintSpan(QPainter &painter, const QRectF &area, const Tokens &tokens)
{
    painter.save();
    QColor ink = tokens.drill.lamp;
    ink.setAlphaF(0.45F);
    painter.setPen(Qt::NoPen);
    painter.setBrush(QBrush(ink, Qt::BDiagPattern));
    painter.drawRect(area);
    painter.restore();
}

} // namespace sb::kit
