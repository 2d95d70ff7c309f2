#include "pages/spend/counted_note.h"

#include "kit/plate.h"
#include "kit/tokens.h"

#include <QPainter>
#include <QPushButton>
#include <QVBoxLayout>

namespace sb::pages {

CountedNote::CountedNote(QWidget *parent)
    : QWidget(parent)
{
    setAccessibleName(tr("How this is counted"));
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(kit::space::kMargin, kit::space::kGap, kit::space::kMargin,
                               kit::space::kGap);
    column->setSpacing(6);
    const auto head = [&](const QString &text) {
        column->addWidget(new kit::PlainLabel(text, kit::Type::Strong, this));
    };
    const auto line = [&](const QString &text) {
        auto *label = new kit::PlainLabel(text, kit::Type::Body, this);
        label->setTone(kit::PlainLabel::Tone::Secondary);
        label->setWordWrap(true);
        column->addWidget(label);
    };
    head(tr("How this is counted"));
    line(tr("Each attempt is priced on its own, from the token counts in the provider's answer and "
            "the price list that was in force when the attempt began."));
    line(
        tr("Input, cache read, cache write and output are counted apart and never twice. Reasoning "
           "is the part of the output that the provider calls so; it is in the output."));
    line(
        tr("Reported: the provider named the cost itself, and that is booked. Estimated: no counts "
           "came, so they were estimated from the text. Unpriced: no price is known, so the amount "
           "is missing here, not zero."));
    line(tr("Old costs stay as they were recorded. Simulated providers and drills are left out."));
    column->addSpacing(kit::space::kGrid);
    head(tr("Why it can differ from the provider's page"));
    line(tr("Providers count days in their own time zone, usually UTC, and round on the invoice, "
            "not per call."));
    line(tr("A request that broke off may still be billed. What that could be is shown apart as "
            "uncertain, and counts against the cap."));
    line(tr("Credits, discounts of your contract, taxes, and calls that did not pass through here "
            "are not known."));
    column->addSpacing(kit::space::kGrid);
    auto *close = new QPushButton(tr("Close"), this);
    kit::setPlainToolTip(close, tr("Close (Esc)"));
    column->addWidget(close, 0, Qt::AlignLeft);
    connect(close, &QPushButton::clicked, this, &CountedNote::closed);
    m_close = close;
    hide();
}

void CountedNote::open()
{
    show();
    raise();
    m_close->setFocus(Qt::ShortcutFocusReason);
}

int CountedNote::heightFor(int width) const
{
    return layout()->hasHeightForWidth() ? layout()->totalHeightForWidth(width)
                                         : layout()->totalSizeHint().height();
}

void CountedNote::paintEvent(QPaintEvent *)
{
    const kit::Tokens &t = kit::tokensFor(palette());
    QPainter(this).fillRect(rect(), t.window); // behind the corners
    kit::paintPlate(this, t.raised);
}

} // namespace sb::pages
