#include "pages/requests/request_delegate.h"

#include "kit/lamp.h"
#include "kit/table.h"
#include "record/knock.h"

#include <QPainter>
#include <QStyle>

#include <algorithm>
#include <array>

namespace sb::pages {

using kit::PlainLabel;
using models::RequestMarks;
using models::RequestModel;

namespace {

constexpr int kInset = kit::space::kGrid;
constexpr int kBlock = 7;
constexpr int kBlockGap = 3;
constexpr int kMostBlocks = 6;

PlainLabel::Tone toneOf(const Exchange &exchange, RequestModel::Column column)
{
    if (RequestModel::isUnknown(exchange, column))
        return PlainLabel::Tone::Muted;
    if (isKnock(exchange))
        return PlainLabel::Tone::Muted;
    const bool isBad = exchange.outcome.kind == OutcomeKind::Failed
        || exchange.outcome.kind == OutcomeKind::Refused
        || exchange.outcome.kind == OutcomeKind::Cut;
    switch (column) {
    case RequestModel::State:
        return isBad ? PlainLabel::Tone::Danger
            : exchange.outcome.isFailover || exchange.outcome.isDiverted
            ? PlainLabel::Tone::Caution
            : PlainLabel::Tone::Secondary;
    case RequestModel::Time:
    case RequestModel::Program:
    case RequestModel::Folder:
    case RequestModel::Note:
        return PlainLabel::Tone::Secondary;
    case RequestModel::ServedBy:
        return exchange.phase != Phase::Settled ? PlainLabel::Tone::Secondary
            : exchange.server()                 ? PlainLabel::Tone::Text
                                                : PlainLabel::Tone::Danger;
    case RequestModel::Status:
        return exchange.outcome.status >= 500 || isBad ? PlainLabel::Tone::Danger
            : exchange.outcome.status >= 400           ? PlainLabel::Tone::Caution
                                                       : PlainLabel::Tone::Secondary;
    case RequestModel::Cost:
        return exchange.settlement.source == CostSource::Unpriced
                || exchange.settlement.source == CostSource::Estimated
            ? PlainLabel::Tone::Caution
            : PlainLabel::Tone::Text;
    default:
        return PlainLabel::Tone::Text;
    }
}

bool isMono(RequestModel::Column column)
{
    return column == RequestModel::Time || RequestModel::isNumber(column);
}

} // namespace

void paintMark(QPainter &painter, const QRectF &area, RequestMarks::Shape shape,
               const QColor &color)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(color, 1.5));
    painter.setBrush(Qt::NoBrush);
    QRectF box(0, 0, 10, 10);
    box.moveCenter(area.center());
    switch (shape) {
    case RequestMarks::Shape::Circle:
        painter.drawEllipse(box);
        break;
    case RequestMarks::Shape::Triangle: {
        const std::array points{QPointF(box.center().x(), box.top()), box.bottomRight(),
                                box.bottomLeft()};
        painter.drawPolygon(points.data(), int(points.size()));
        break;
    }
    case RequestMarks::Shape::Square:
        painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5));
        break;
    case RequestMarks::Shape::Diamond: {
        const std::array points{
            QPointF(box.center().x(), box.top() - 1), QPointF(box.right() + 1, box.center().y()),
            QPointF(box.center().x(), box.bottom() + 1), QPointF(box.left() - 1, box.center().y())};
        painter.drawPolygon(points.data(), int(points.size()));
        break;
    }
    }
    painter.restore();
}

RequestDelegate::RequestDelegate(const RequestModel &model, QObject *parent)
    : QStyledItemDelegate(parent)
    , m_model(model)
    , m_body(kit::font(kit::Type::Body))
    , m_mono(kit::font(kit::Type::Mono))
    , m_bodyMetrics(m_body)
    , m_monoMetrics(m_mono)
    , m_bodyWidth(m_bodyMetrics.horizontalAdvance(u'm')) // hardly a text is wider
    , m_monoWidth(m_monoMetrics.horizontalAdvance(u'0'))
{
}

void RequestDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option,
                            const QModelIndex &index) const
{
    const RequestModel::Ptr exchange = m_model.at(index.row());
    if (!exchange)
        return;
    const kit::Tokens &t = kit::tokensFor(option.palette);
    const auto column = RequestModel::Column(index.column());
    if (option.state & QStyle::State_Selected)
        painter->fillRect(option.rect, option.palette.color(QPalette::Highlight));
    else if (option.state & QStyle::State_MouseOver)
        painter->fillRect(option.rect, kit::mix(t.inset, t.text, 0.05));

    QRect area = option.rect.adjusted(kInset, 0, -kInset, 0);
    const double middle = area.center().y() + 0.5;
    if (column == RequestModel::State) {
        const auto place = [&option, whole = area](const QRect &logical) {
            return QStyle::visualRect(option.direction, whole, logical);
        };
        const QRect lamp = place(QRect(area.left(), area.top(), kit::space::kLamp, area.height()));
        kit::paintLamp(*painter,
                       QRectF(lamp.left(), middle - kit::space::kLamp / 2.0, kit::space::kLamp,
                              kit::space::kLamp),
                       kit::lampFor(*exchange), t);
        area.setLeft(area.left() + kit::space::kLamp + 6);
        if (const auto mark
            = m_model.marks() ? m_model.marks()->mark(exchange->id) : std::nullopt) {
            const QRect shape = place(QRect(area.right() - 13, area.top(), 14, area.height()));
            paintMark(*painter, QRectF(shape.left(), middle - 8, 14, 16), mark->shape, t.accent);
            area.setRight(area.right() - 16);
        }
        area = place(area);
    } else if (column == RequestModel::Targets && !exchange->attempts.isEmpty()) {
        paintBlocks(*painter, area, *exchange, t);
        const auto [tried, all] = RequestModel::targetsOf(*exchange);
        area.setLeft(area.left()
                     + std::min(std::max(tried, all), kMostBlocks) * (kBlock + kBlockGap) + 4);
        if (tried <= 1 && area.width() < m_monoMetrics.averageCharWidth() * 2)
            return;
    }
    const QString &text = m_model.cell(index.row(), column);
    const bool isNumber = RequestModel::isNumber(column);
    const bool mono = isMono(column);
    const QFontMetrics &metrics = mono ? m_monoMetrics : m_bodyMetrics;
    painter->setFont(mono ? m_mono : m_body);
    painter->setPen(kit::toneColor(toneOf(*exchange, column), t));
    const int flags = int((isNumber ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter)
        | int(Qt::TextSingleLine);
    // Most cells fit by count alone; only those that may not are measured.
    const int guess = int(text.size()) * (mono ? m_monoWidth : m_bodyWidth);
    const bool mayFit = guess <= area.width() || metrics.horizontalAdvance(text) <= area.width();
    painter->drawText(area, flags,
                      mayFit ? text : metrics.elidedText(text, Qt::ElideRight, area.width()));
}

// One block per target of the chain: filled where it was tried, the one that answered in its
// colour.
void RequestDelegate::paintBlocks(QPainter &painter, const QRect &area, const Exchange &exchange,
                                  const kit::Tokens &t) const
{
    const auto [tried, all] = RequestModel::targetsOf(exchange);
    const int blocks = std::min(std::max(tried, all), kMostBlocks);
    QRect block(area.left(), area.center().y() - kBlock / 2, kBlock, kBlock);
    for (int i = 0; i < blocks; ++i) {
        const Attempt *last = nullptr;
        for (const Attempt &attempt : exchange.attempts) {
            if (attempt.rank == i + 1)
                last = &attempt;
        }
        if (!last) {
            painter.setPen(t.controlBorder);
            painter.setBrush(Qt::NoBrush);
            painter.drawRect(block.adjusted(0, 0, -1, -1));
        } else {
            const QColor color = kit::lampColor(kit::lampFor(last->outcome), t);
            painter.fillRect(block, color);
        }
        block.translate(kBlock + kBlockGap, 0);
    }
}

QSize RequestDelegate::sizeHint(const QStyleOptionViewItem &, const QModelIndex &index) const
{
    const auto column = RequestModel::Column(index.column());
    const QFontMetrics &metrics = isMono(column) ? m_monoMetrics : m_bodyMetrics;
    int width = metrics.horizontalAdvance(m_model.cell(index.row(), column)) + 2 * kInset + 2;
    if (column == RequestModel::State)
        width += 36;
    if (column == RequestModel::Targets)
        width += kMostBlocks * (kBlock + kBlockGap);
    return {width, kit::space::kRow};
}

} // namespace sb::pages
