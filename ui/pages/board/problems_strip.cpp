#include "pages/board/problems_strip.h"

#include "kit/lamp.h"
#include "kit/plain_label.h"
#include "kit/tokens.h"
#include "pages/board/board_painter.h"
#include "words/plain.h"
#include "words/states.h"

#include <QAccessible>
#include <QBoxLayout>
#include <QPainter>
#include <QPushButton>

namespace sb::pages {

using models::BoardState;
using models::Problem;

namespace {

QString sentence(const BoardState &state, const Problem &problem)
{
    switch (problem.kind) {
    case Problem::Kind::Engine:
        return state.engine() == EngineState::Failed
            ? ProblemsStrip::tr("The gateway could not start, so no request is answered.")
            : ProblemsStrip::tr("The gateway is stopped, so no request is answered.");
    case Problem::Kind::Provider:
        return words::providerReason(state.providers()[problem.index].view(), state.wallMs());
    case Problem::Kind::Chain:
        return ProblemsStrip::tr(
                   "Chain %1 is failing: none of its targets answers. Clients get an error.")
            .arg(words::visible(problem.subject));
    case Problem::Kind::Notice:
        return words::notice(problem.notice, state.wallMs());
    }
    return {};
}

} // namespace

ProblemsStrip::ProblemsStrip(QWidget *parent)
    : QWidget(parent)
{
    setAccessibleName(tr("Problems"));
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    for (Line &line : m_lines) {
        line.row = new QWidget(this);
        line.row->setFixedHeight(kLineHeight);
        auto *row = new QHBoxLayout(line.row);
        row->setContentsMargins(kit::space::kGap, 2, kit::space::kInside, 2);
        row->setSpacing(kit::space::kInside);
        line.lamp = new kit::LampWidget(line.row);
        line.text = new kit::PlainLabel(line.row);
        line.text->setElided(true);
        line.action = new QPushButton(line.row);
        row->addWidget(line.lamp);
        row->addWidget(line.text, 1);
        row->addWidget(line.action);
        column->addWidget(line.row);
        connect(line.action, &QPushButton::clicked, this, [this, &line] { act(line); });
        line.row->hide();
    }
    column->addStretch();
}

void ProblemsStrip::setState(const BoardState &state)
{
    const auto count = int(std::min<qsizetype>(kLines, state.problems().size()));
    const qsizetype more = state.problems().size() - count;
    for (int i = 0; i < kLines; ++i) {
        Line &line = m_lines[size_t(i)];
        line.row->setVisible(i < count);
        if (i >= count)
            continue;
        line.problem = state.problems()[i];
        line.lamp->setLamp(lampOf(line.problem.light));
        QString text = sentence(state, line.problem);
        if (i == kLines - 1 && more > 0)
            text = tr("%1 And %n more.", nullptr, int(more)).arg(text);
        if (text != line.text->text())
            line.text->setText(text);
        const bool isShowable = line.problem.index >= 0;
        line.action->setText(isShowable ? tr("Show") : tr("Copy"));
        line.action->setAccessibleName(
            isShowable ? tr("Show %1 on the board").arg(words::visible(line.problem.subject))
                       : tr("Copy problem %1").arg(i + 1));
    }
    announce(state);
    if (count == m_count)
        return;
    m_count = count;
    emit countChanged();
}

// A new problem, or one that is over: politely, at most once in five seconds. [console §10]
void ProblemsStrip::announce(const BoardState &state)
{
    constexpr qint64 kBetweenMs = 5'000;
    QStringList now;
    for (const Problem &problem : state.problems())
        now.append(QString::number(int(problem.kind)) + QString::number(int(problem.light))
                   + problem.subject);
    const bool isTooSoon = m_sinceAlert.isValid() && m_sinceAlert.elapsed() < kBetweenMs;
    if (now == m_announced || isTooSoon)
        return;
    m_announced = now;
    m_sinceAlert.start();
    setAccessibleDescription(now.isEmpty() ? tr("No problems.") : m_lines[0].text->text());
    if (!QAccessible::isActive() || !isVisible())
        return;
    QAccessibleEvent event(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&event);
}

void ProblemsStrip::act(const Line &line)
{
    if (line.problem.index >= 0)
        emit showProblem(line.problem);
    else
        emit copyRequested(line.text->text());
}

void ProblemsStrip::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const kit::Tokens &tokens = kit::tokensFor(palette());
    painter.fillRect(rect(), tokens.panel);
    painter.setPen(tokens.hairline);
    for (int i = 1; i < m_count; ++i)
        painter.drawLine(0, i * kLineHeight, width(), i * kLineHeight);
}

} // namespace sb::pages
