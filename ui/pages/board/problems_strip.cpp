#include "pages/board/problems_strip.h"

#include "kit/lamp.h"
#include "kit/plain_label.h"
#include "kit/tokens.h"
#include "pages/board/board_painter.h"
#include "words/events.h"
#include "words/plain.h"
#include "words/states.h"

#include <QBoxLayout>
#include <QPainter>
#include <QPushButton>

#include <algorithm>

namespace sb::pages {

using models::BoardState;
using models::Problem;

namespace {

using Act = ProblemsStrip::Act;

constexpr int kButtonMost = 160; // wider ones would take the sentence's room

QString sentence(const BoardState &state, const Problem &problem, const words::Names &names)
{
    switch (problem.kind) {
    case Problem::Kind::Engine:
        return state.engine() == EngineState::Failed
            ? ProblemsStrip::tr("The gateway could not start, so no request is answered.")
            : ProblemsStrip::tr("The gateway is stopped, so no request is answered.");
    case Problem::Kind::Paused:
        return ProblemsStrip::tr(
            "The gateway is paused by you: new requests are refused, running ones go on.");
    case Problem::Kind::Provider:
        return words::providerReason(state.providers()[problem.index].view(), state.wallMs());
    case Problem::Kind::Chain:
        return ProblemsStrip::tr(
                   "Chain %1 is failing: none of its targets answers. Clients get an error.")
            .arg(words::visible(problem.subject));
    case Problem::Kind::Notice: {
        Notice notice = problem.notice;
        if (names.providers.contains(ProviderId(notice.subject)))
            notice.subject = names.of(ProviderId(notice.subject));
        return words::notice(notice, state.wallMs());
    }
    case Problem::Kind::Budget:
        return words::budget(problem.budget, names);
    case Problem::Kind::Drill: {
        const QString last = words::drill(problem.drill, names, state.wallMs());
        return problem.drills == 1 ? last
                                   : ProblemsStrip::tr("%n drills are running. The last to end: %1",
                                                       nullptr, problem.drills)
                                         .arg(last);
    }
    }
    return {};
}

Act actOf(const Problem &problem)
{
    switch (problem.kind) {
    case Problem::Kind::Provider:
    case Problem::Kind::Chain:
        return Act::Show;
    case Problem::Kind::Budget:
        return Act::OpenSpend;
    case Problem::Kind::Drill:
        return Act::ClearDrills;
    case Problem::Kind::Paused:
        return Act::Resume;
    case Problem::Kind::Engine:
        return Act::Copy;
    case Problem::Kind::Notice:
        break;
    }
    if (problem.notice.kind == Notice::Kind::KeychainFailing)
        return Act::OpenSettings;
    const bool isProvider = problem.notice.kind == Notice::Kind::KeyRejected
        || problem.notice.kind == Notice::Kind::TlsProblem
        || problem.notice.kind == Notice::Kind::Redirected;
    return isProvider ? Act::OpenProviders : Act::Copy;
}

QString verb(Act act)
{
    switch (act) {
    case Act::Show:
        return ProblemsStrip::tr("Show");
    case Act::Copy:
        return ProblemsStrip::tr("Copy");
    case Act::OpenSpend:
        return ProblemsStrip::tr("Open Spend");
    case Act::OpenProviders:
        return ProblemsStrip::tr("Open Providers");
    case Act::OpenSettings:
        return ProblemsStrip::tr("Open Settings");
    case Act::ClearDrills:
        return ProblemsStrip::tr("Clear drills");
    case Act::Resume:
        return ProblemsStrip::tr("Resume");
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
        auto *row = new QHBoxLayout(line.row);
        row->setContentsMargins(kit::space::kGap, 2, kit::space::kInside, 2);
        row->setSpacing(kit::space::kInside);
        line.lamp = new kit::LampWidget(line.row);
        line.text = new kit::PlainLabel(line.row);
        line.text->setWordWrap(true);
        line.text->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
        line.action = new QPushButton(line.row);
        line.action->setMaximumWidth(kButtonMost);
        row->addWidget(line.lamp);
        row->addWidget(line.text, 1);
        row->addWidget(line.action);
        column->addWidget(line.row);
        connect(line.action, &QPushButton::clicked, this, [this, &line] { act(line); });
        line.row->hide();
    }
    column->addStretch();
}

void ProblemsStrip::setState(const BoardState &state, const words::Names &names)
{
    const auto count = int(std::min<qsizetype>(kLines, state.problems().size()));
    const qsizetype more = state.problems().size() - count;
    bool isMoved = count != m_count;
    for (int i = 0; i < kLines; ++i) {
        Line &line = m_lines[size_t(i)];
        line.row->setVisible(i < count);
        if (i >= count)
            continue;
        line.problem = state.problems()[i];
        line.does = actOf(line.problem);
        line.lamp->setLamp(lampOf(line.problem.light));
        QString text = sentence(state, line.problem, names);
        if (i == kLines - 1 && more > 0)
            text = tr("%1 And %n more.", nullptr, int(more)).arg(text);
        const int before = lineHeight(line, width());
        if (text != line.text->text())
            line.text->setText(text);
        const QString label = verb(line.does);
        if (label != line.action->text())
            line.action->setText(label);
        line.action->setAccessibleName(
            tr("%1, problem %2: %3", "what a button does, number, subject")
                .arg(label, QString::number(i + 1), words::visible(line.problem.subject)));
        const int height = lineHeight(line, width());
        isMoved |= height != before;
        if (line.row->height() != height)
            line.row->setFixedHeight(height);
    }
    if (count != m_count)
        setAccessibleDescription(count == 0 ? tr("No problems.") : QString());
    m_count = count;
    if (isMoved)
        emit sizeChanged();
}

int ProblemsStrip::lineHeight(const Line &line, int width) const
{
    const int button = std::min(line.action->sizeHint().width(), kButtonMost);
    const int room
        = width - kit::space::kGap - 3 * kit::space::kInside - kit::space::kLamp - 2 - button;
    const int text = line.text->heightForWidth(std::max(100, room));
    return std::max(kLineHeight, text + kit::space::kInside);
}

int ProblemsStrip::heightAt(int width) const
{
    int height = 0;
    for (int i = 0; i < m_count; ++i)
        height += lineHeight(m_lines[size_t(i)], width);
    return height;
}

QString ProblemsStrip::text(int line) const
{
    return line < m_count ? m_lines[size_t(line)].text->text() : QString();
}

void ProblemsStrip::resizeEvent(QResizeEvent *)
{
    for (Line &line : m_lines)
        line.row->setFixedHeight(lineHeight(line, width()));
}

void ProblemsStrip::act(const Line &line)
{
    switch (line.does) {
    case Act::Show:
        emit showProblem(line.problem);
        break;
    case Act::Copy:
        emit copyRequested(line.text->text());
        break;
    case Act::OpenSpend:
        emit openPage(QStringLiteral("spend"), line.problem.budget.id);
        break;
    case Act::OpenProviders:
        emit openPage(QStringLiteral("providers"), line.problem.subject);
        break;
    case Act::OpenSettings:
        emit openPage(QStringLiteral("settings"), QStringLiteral("storage"));
        break;
    case Act::ClearDrills:
        emit clearDrillsAsked();
        break;
    case Act::Resume:
        emit resumeAsked();
        break;
    }
}

void ProblemsStrip::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const kit::Tokens &tokens = kit::tokensFor(palette());
    painter.fillRect(rect(), tokens.panel);
    painter.setPen(tokens.hairline);
    for (int i = 1; i < m_count; ++i) {
        const int y = m_lines[size_t(i)].row->y();
        painter.drawLine(0, y, width(), y);
    }
}

} // namespace sb::pages
