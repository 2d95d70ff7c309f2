#include "pages/peek/decision_list.h"

#include "kit/fonts.h"
#include "kit/tokens.h"
#include "words/format.h"
#include "words/plain.h"
#include "words/states.h"

#include <algorithm>

#include <QPainter>

namespace sb::pages {

namespace {
constexpr int kRowHeight = 24;
}

DecisionList::DecisionList(QWidget *parent)
    : QWidget(parent)
{
    setAccessibleName(tr("Decision"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void DecisionList::setExchange(const Exchange &exchange, const words::Names &names)
{
    m_rows.clear();
    QStringList lines;
    for (const Candidate &candidate : exchange.decision.candidates) {
        Row row{.rank = candidate.rank, .target = words::visible(names.of(candidate.target))};
        // The last attempt tells: the same target may have been tried more than once.
        const Attempt *last = nullptr;
        for (const Attempt &attempt : exchange.attempts) {
            if (attempt.rank == candidate.rank)
                last = &attempt;
        }
        row.fate = words::fate(exchange, candidate);
        if (last) {
            row.kind = last->outcome == AttemptOutcome::Running ? Fate::Waiting
                : last->outcome == AttemptOutcome::Served       ? Fate::Good
                                                                : Fate::Bad;
        } else if (candidate.fate != CandidateFate::Skipped) {
            row.kind = Fate::Waiting;
        }
        lines.append(tr("%1. %2: %3.").arg(words::count(row.rank), row.target, row.fate));
        m_rows.append(row);
    }
    setAccessibleDescription(lines.join(u' '));
    updateGeometry();
    update();
}

QSize DecisionList::sizeHint() const
{
    return {388, int(m_rows.size()) * kRowHeight};
}

void DecisionList::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const kit::Tokens &t = kit::tokensFor(palette());
    const QFont label = kit::font(kit::Type::Label);
    double top = 0;
    for (const Row &row : std::as_const(m_rows)) {
        const QRectF badge(0, top + (kRowHeight - 15) / 2.0, 16, 15);
        const bool isGood = row.kind == Fate::Good;
        painter.setPen(Qt::NoPen);
        painter.setBrush(isGood ? t.trackLive : t.isDark ? t.plateBorder : t.hairline);
        painter.drawRoundedRect(badge, 3, 3);
        painter.setBrush(Qt::NoBrush);
        painter.setFont(kit::font(kit::Type::MonoSmallStrong));
        painter.setPen(isGood ? t.raised : t.secondary);
        painter.drawText(badge, Qt::AlignCenter, words::count(row.rank));

        painter.setFont(label);
        const double fateWish = painter.fontMetrics().horizontalAdvance(row.fate) + 2;
        const double fateWidth = std::min(fateWish, width() * 0.55);
        const QRectF fate(width() - fateWidth, top, fateWidth, kRowHeight);
        painter.setPen(row.kind == Fate::Bad ? t.danger.text
                           : isGood          ? t.serving.text
                                             : t.secondary);
        painter.drawText(
            fate, Qt::AlignRight | Qt::AlignVCenter,
            painter.fontMetrics().elidedText(row.fate, Qt::ElideRight, int(fateWidth)));
        const QRectF target(24, top, fate.left() - 24 - 8, kRowHeight);
        painter.setPen(row.kind == Fate::Quiet ? t.secondary : t.text);
        painter.drawText(
            target, Qt::AlignLeft | Qt::AlignVCenter,
            painter.fontMetrics().elidedText(row.target, Qt::ElideMiddle, int(target.width())));
        top += kRowHeight;
    }
}

} // namespace sb::pages
