#include "pages/peek/peek_panel.h"

#include "kit/copy_button.h"
#include "kit/icons.h"
#include "kit/lamp.h"
#include "kit/plain_label.h"
#include "kit/tokens.h"
#include "pages/peek/decision_list.h"
#include "pages/peek/waterfall.h"
#include "words/format.h"
#include "words/states.h"
#include "words/story.h"

#include <QBoxLayout>
#include <QKeyEvent>
#include <QPainter>
#include <QScrollArea>
#include <QToolButton>

namespace sb::pages {

using kit::PlainLabel;
using kit::Type;

PeekPanel::PeekPanel(QWidget *parent)
    : QFrame(parent)
    , m_content(new QWidget)
    , m_lamp(new kit::LampWidget)
    , m_outcome(new PlainLabel(QString(), Type::Strong))
    , m_when(new PlainLabel(QString(), Type::Mono))
    , m_story(new PlainLabel(QString(), Type::Body))
    , m_waterfall(new Waterfall)
    , m_source(new PlainLabel(QString(), Type::Label))
    , m_decision(new DecisionList)
    , m_cost(new PlainLabel(QString(), Type::Body))
    , m_tokens(new PlainLabel(QString(), Type::Label))
    , m_id(new PlainLabel(QString(), Type::MonoSmall))
    , m_copyId(new kit::CopyButton(tr("Copy the request id")))
    , m_revision(new PlainLabel(QString(), Type::Label))
{
    setAccessibleName(tr("Request"));
    setFocusPolicy(Qt::StrongFocus);
    m_story->setWordWrap(true);
    m_story->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_cost->setWordWrap(true);
    m_tokens->setWordWrap(true);
    m_source->setWordWrap(true);
    m_revision->setWordWrap(true);
    m_when->setTone(PlainLabel::Tone::Secondary);
    m_source->setTone(PlainLabel::Tone::Secondary);
    m_tokens->setTone(PlainLabel::Tone::Secondary);
    m_revision->setTone(PlainLabel::Tone::Muted);
    m_id->setTone(PlainLabel::Tone::Secondary);
    m_id->setElided(true);

    auto *close = new QToolButton;
    close->setIcon(kit::icon(kit::Glyph::Close));
    close->setAutoRaise(true);
    close->setFixedSize(28, 28);
    close->setAccessibleName(tr("Close the request"));
    kit::setPlainToolTip(close, tr("Close (Esc)"));
    connect(close, &QToolButton::clicked, this, &PeekPanel::closeRequested);

    auto *head = new QHBoxLayout;
    head->setContentsMargins(kit::space::kMargin, 0, kit::space::kInside, 0);
    head->setSpacing(kit::space::kInside);
    head->addWidget(m_lamp);
    head->addWidget(m_outcome);
    head->addWidget(m_when);
    head->addStretch();
    head->addWidget(close);

    auto *inner = new QVBoxLayout(m_content);
    inner->setContentsMargins(kit::space::kMargin, 0, kit::space::kMargin, kit::space::kMargin);
    inner->setSpacing(kit::space::kGrid);
    inner->addWidget(m_story);
    m_attemptsHeading = addHeading(tr("Attempts"));
    inner->addWidget(m_waterfall);
    m_decisionHeading = addHeading(tr("Decision"));
    inner->addWidget(m_source);
    inner->addWidget(m_decision);
    addHeading(tr("Cost"));
    inner->addWidget(m_cost);
    inner->addWidget(m_tokens);
    addHeading(tr("Record"));
    auto *idRow = new QHBoxLayout;
    idRow->setSpacing(kit::space::kGrid);
    idRow->addWidget(m_id, 1);
    idRow->addWidget(m_copyId);
    inner->addLayout(idRow);
    inner->addWidget(m_revision);
    inner->addStretch();

    auto *scroll = new QScrollArea;
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(m_content);
    scroll->viewport()->setAutoFillBackground(false);
    m_content->setAutoFillBackground(false);

    auto *outer = new QVBoxLayout(this);
    outer->setContentsMargins(2, kit::space::kInside, 2, 2);
    outer->setSpacing(kit::space::kInside);
    outer->addLayout(head);
    outer->addWidget(scroll, 1);
}

PlainLabel *PeekPanel::addHeading(const QString &text)
{
    auto *heading = new PlainLabel(text, Type::LabelStrong);
    heading->setTone(PlainLabel::Tone::Muted);
    auto *layout = static_cast<QVBoxLayout *>(m_content->layout());
    layout->addSpacing(kit::space::kInside);
    layout->addWidget(heading);
    return heading;
}

QString PeekPanel::story() const
{
    return m_story->text();
}

void PeekPanel::setExchange(const std::shared_ptr<const Exchange> &exchange,
                            const words::Names &names, qint64 nowWallMs)
{
    m_exchange = exchange;
    if (!exchange)
        return;
    m_lamp->setLamp(kit::lampFor(*exchange));
    m_outcome->setText(words::outcome(exchange->outcome.kind));
    m_when->setText(words::timeMillis(exchange->wallMs));
    kit::setPlainToolTip(m_when, words::dateTime(exchange->wallMs));
    m_story->setText(words::story(*exchange, names, nowWallMs));
    m_waterfall->setExchange(exchange, names, nowWallMs);
    m_waterfall->setVisible(!exchange->attempts.isEmpty());
    m_attemptsHeading->setVisible(!exchange->attempts.isEmpty());
    const bool isDecided = !exchange->decision.candidates.isEmpty();
    m_decisionHeading->setVisible(isDecided);
    m_source->setVisible(isDecided);
    m_decision->setVisible(isDecided);
    m_source->setText(tr("%1 was read as: %2.", "model name; how it was found")
                          .arg(exchange->ask.model, words::source(exchange->decision.source)));
    m_decision->setExchange(*exchange, names);
    m_cost->setText(costLine(*exchange));
    const QString tokens = tokenLine(*exchange);
    m_tokens->setText(tokens);
    m_tokens->setVisible(!tokens.isEmpty());
    const QString id = QString::fromLatin1(exchange->id.text());
    m_id->setText(id);
    m_copyId->setCopied(id);
    m_revision->setText(
        tr("Ran under configuration revision %1.").arg(words::count(exchange->revision)));
}

QString PeekPanel::costLine(const Exchange &exchange) const
{
    if (exchange.phase != Phase::Settled)
        return tr("Known when the request has ended.");
    const Settlement &s = exchange.settlement;
    QString line;
    switch (s.source) {
    case CostSource::None:
        return s.uncertain.nano > 0
            ? tr("Nothing known; up to %1 may have been billed for an attempt without an answer.")
                  .arg(words::money(s.uncertain))
            : tr("Nothing was sent that could be billed.");
    case CostSource::Unpriced:
        return tr("Unpriced: no price is known for this model.");
    case CostSource::Free:
        return tr("Free: a local or simulated provider.");
    case CostSource::Computed:
        line = tr("%1, from reported tokens and the price list of %2.")
                   .arg(words::money(s.cost), QString::fromLatin1(s.priceDate));
        break;
    case CostSource::Estimated:
        line = tr("About %1: the provider reported no usage, so the tokens are our estimate.")
                   .arg(words::money(s.cost));
        break;
    case CostSource::ProviderReported:
        line = tr("%1, as the provider reported it.").arg(words::money(s.cost));
        break;
    }
    if (s.uncertain.nano > 0) {
        line = tr("%1 Up to %2 more may have been billed for an attempt without an answer.")
                   .arg(line, words::money(s.uncertain));
    }
    return line;
}

QString PeekPanel::tokenLine(const Exchange &exchange) const
{
    const Usage &usage = exchange.settlement.usage;
    if (usage.source == UsageSource::None)
        return {};
    QStringList parts{tr("%1 in", "tokens").arg(words::count(usage.input + usage.inputAudio))};
    if (usage.cacheRead > 0)
        parts.append(tr("%1 cached", "tokens").arg(words::count(usage.cacheRead)));
    if (usage.cacheWrite + usage.cacheWrite1h > 0) {
        parts.append(tr("%1 written to cache", "tokens")
                         .arg(words::count(usage.cacheWrite + usage.cacheWrite1h)));
    }
    parts.append(tr("%1 out", "tokens").arg(words::count(usage.completion())));
    if (usage.reasoning > 0)
        parts.append(tr("%1 of it reasoning", "tokens").arg(words::count(usage.reasoning)));
    return tr("Tokens: %1.", "list of counts").arg(parts.join(QStringLiteral(", ")));
}

void PeekPanel::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape) {
        emit closeRequested();
        return;
    }
    QFrame::keyPressEvent(event);
}

void PeekPanel::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const kit::Tokens &t = kit::tokensFor(palette());
    painter.fillRect(rect(), t.panel);
    painter.setPen(hasFocus() ? QPen(t.accent, 2) : QPen(t.hairline, 1));
    painter.drawRect(hasFocus() ? rect().adjusted(1, 1, -1, -1) : rect().adjusted(0, 0, -1, -1));
}

} // namespace sb::pages
