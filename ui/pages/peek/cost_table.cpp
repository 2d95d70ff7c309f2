#include "pages/peek/cost_table.h"

#include "kit/fonts.h"
#include "kit/tokens.h"
#include "words/format.h"

#include <QPainter>

namespace sb::pages {

using models::TokenClass;

namespace {

constexpr int kRowHeight = 22;
constexpr int kTokensRight = 168; // from the right edge
constexpr int kPriceRight = 80;

} // namespace

CostTable::CostTable(QWidget *parent)
    : QWidget(parent)
{
    setAccessibleName(tr("Cost by token class"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void CostTable::setSheets(const QList<models::CostSheet> &sheets, const words::Names &names)
{
    const auto nameOf = [](TokenClass kind) {
        switch (kind) {
        case TokenClass::Input:
            return tr("Input");
        case TokenClass::CacheRead:
            return tr("Cache read");
        case TokenClass::CacheWrite:
            return tr("Cache write");
        case TokenClass::CacheWrite1h:
            return tr("Cache write, 1 h");
        case TokenClass::InputAudio:
            return tr("Audio in");
        case TokenClass::Output:
            return tr("Output");
        case TokenClass::OutputAudio:
            return tr("Audio out");
        }
        return QString();
    };
    m_rows.clear();
    QStringList said;
    for (const models::CostSheet &sheet : sheets) {
        m_rows.append(
            {Kind::Target,
             tr("Attempt %1, %2").arg(words::count(sheet.ordinal), names.of(sheet.target)),
             {},
             {},
             {}});
        m_rows.append(
            {Kind::Head, tr("Tokens of"), tr("Count"), tr("$ per million"), tr("Amount")});
        for (const models::CostLine &line : sheet.lines) {
            m_rows.append({Kind::Line, nameOf(line.kind), words::count(line.tokens),
                           line.perMillion ? words::money(*line.perMillion) : words::unknown(),
                           line.amount ? words::money(*line.amount) : words::unknown()});
            said.append(
                tr("%1: %2 tokens, %3.")
                    .arg(nameOf(line.kind), words::count(line.tokens), m_rows.constLast().amount));
        }
        if (sheet.reasoning > 0) {
            m_rows.append(
                {Kind::Note, tr("of it reasoning"), words::count(sheet.reasoning), {}, {}});
        }
        if (sheet.uncertain.nano > 0) {
            m_rows.append(
                {Kind::Note, tr("may have been billed"), {}, {}, words::money(sheet.uncertain)});
        }
        m_rows.append({Kind::Total, tr("Recorded"), {}, {}, words::cost(sheet.cost, sheet.source)});
        said.append(tr("Recorded: %1.").arg(m_rows.constLast().amount));
    }
    setAccessibleDescription(said.join(u' '));
    updateGeometry();
    update();
}

QSize CostTable::sizeHint() const
{
    return {388, int(m_rows.size()) * kRowHeight};
}

void CostTable::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const kit::Tokens &t = kit::tokensFor(palette());
    const QFont body = kit::font(kit::Type::Body);
    const QFont strong = kit::font(kit::Type::Strong);
    const QFont label = kit::font(kit::Type::Label);
    const QFont mono = kit::font(kit::Type::Mono);
    const int right = width();
    int top = 0;
    for (const Row &row : std::as_const(m_rows)) {
        const QRect line(0, top, right, kRowHeight);
        const bool isHead = row.kind == Kind::Head;
        const bool isQuiet = isHead || row.kind == Kind::Note;
        if (row.kind == Kind::Total)
            painter.fillRect(QRect(0, top, right, 1), t.hairline);
        painter.setFont(row.kind == Kind::Target ? strong : isHead ? label : body);
        painter.setPen(isHead ? t.muted : isQuiet ? t.secondary : t.text);
        const int room = row.kind == Kind::Target ? right : right - kTokensRight - 60;
        painter.drawText(
            line.adjusted(row.kind == Kind::Note ? 12 : 0, 0, 0, 0),
            int(Qt::AlignLeft | Qt::AlignVCenter),
            painter.fontMetrics().elidedText(
                row.label, Qt::ElideMiddle, row.kind == Kind::Target ? right : std::max(room, 90)));
        painter.setFont(isHead ? label : mono);
        painter.drawText(line.adjusted(0, 0, -kTokensRight, 0),
                         int(Qt::AlignRight | Qt::AlignVCenter), row.tokens);
        painter.drawText(line.adjusted(0, 0, -kPriceRight, 0),
                         int(Qt::AlignRight | Qt::AlignVCenter), row.price);
        painter.drawText(line, int(Qt::AlignRight | Qt::AlignVCenter), row.amount);
        top += kRowHeight;
    }
}

} // namespace sb::pages
