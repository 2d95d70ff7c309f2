#include "pages/peek/peek_panel.h"

#include "kit/copy_button.h"
#include "kit/icons.h"
#include "kit/lamp.h"
#include "kit/plain_label.h"
#include "kit/tab_row.h"
#include "kit/tokens.h"
#include "models/cost_sheet.h"
#include "pages/peek/body_view.h"
#include "pages/peek/capture_source.h"
#include "pages/peek/changes_view.h"
#include "pages/peek/cost_table.h"
#include "pages/peek/decision_list.h"
#include "pages/peek/messages_view.h"
#include "pages/peek/stream_view.h"
#include "pages/peek/waterfall.h"
#include "words/format.h"
#include "words/states.h"
#include "words/story.h"

#include <QBoxLayout>
#include <QKeyEvent>
#include <QPainter>
#include <QScrollArea>
#include <QStackedWidget>
#include <QToolButton>

namespace sb::pages {

using kit::PlainLabel;
using kit::Type;

PeekPanel::PeekPanel(QWidget *parent)
    : QFrame(parent)
    , m_tabs(new kit::TabRow)
    , m_stack(new QStackedWidget)
    , m_lamp(new kit::LampWidget)
    , m_outcome(new PlainLabel(QString(), Type::Strong))
    , m_when(new PlainLabel(QString(), Type::Mono))
    , m_story(new PlainLabel(QString(), Type::Body))
    , m_waterfall(new Waterfall)
    , m_source(new PlainLabel(QString(), Type::Label))
    , m_undecided(new PlainLabel(tr("No target was looked at for this request."), Type::Body))
    , m_decision(new DecisionList)
    , m_cost(new PlainLabel(QString(), Type::Body))
    , m_costTable(new CostTable)
    , m_priceDate(new PlainLabel(QString(), Type::Label))
    , m_bodies(new CaptureSource(this))
    , m_changes(new ChangesView)
    , m_tokens(new PlainLabel(QString(), Type::Label))
    , m_id(new PlainLabel(QString(), Type::MonoSmall))
    , m_copyId(new kit::CopyButton(tr("Copy the request id")))
    , m_revision(new PlainLabel(QString(), Type::Label))
{
    setAccessibleName(tr("Request"));
    setFocusPolicy(Qt::StrongFocus);
    m_story->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    for (PlainLabel *label :
         {m_story, m_cost, m_tokens, m_source, m_revision, m_undecided, m_priceDate})
        label->setWordWrap(true);
    for (PlainLabel *label : {m_when, m_source, m_tokens, m_undecided, m_id})
        label->setTone(PlainLabel::Tone::Secondary);
    m_revision->setTone(PlainLabel::Tone::Muted);
    m_priceDate->setTone(PlainLabel::Tone::Muted);
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
    auto *story = new QVBoxLayout;
    story->setContentsMargins(kit::space::kMargin, 0, kit::space::kMargin, 0);
    story->addWidget(m_story);

    m_tabs->setAccessibleName(tr("Parts of the request"));
    connect(m_tabs, &QTabBar::currentChanged, m_stack, &QStackedWidget::setCurrentIndex);
    auto *overview = addTab(tr("Overview"));
    m_attemptsHeading = addHeading(overview, tr("Attempts"));
    overview->addWidget(m_waterfall);
    addHeading(overview, tr("Cost"));
    overview->addWidget(m_cost);
    overview->addWidget(m_tokens);
    addHeading(overview, tr("Record"));
    auto *idRow = new QHBoxLayout;
    idRow->setSpacing(kit::space::kGrid);
    idRow->addWidget(m_id, 1);
    idRow->addWidget(m_copyId);
    overview->addLayout(idRow);
    overview->addWidget(m_revision);
    overview->addStretch();
    auto *decision = addTab(tr("Decision"));
    decision->addWidget(m_source);
    decision->addWidget(m_undecided);
    decision->addWidget(m_decision);
    decision->addStretch();
    addCaptureView(tr("Messages"), new MessagesView(*m_bodies));
    addCaptureView(tr("Request"), new BodyView(BodyView::Side::Request, *m_bodies));
    addCaptureView(tr("Response"), new BodyView(BodyView::Side::Response, *m_bodies));
    addCaptureView(tr("Stream"), new StreamView(*m_bodies));
    m_changes->setSource(m_bodies);
    addView(tr("Changes"), m_changes);
    connect(m_bodies, &CaptureSource::said, this, &PeekPanel::said);
    auto *cost = addTab(tr("Cost"));
    cost->addWidget(m_costTable);
    cost->addWidget(m_priceDate);
    cost->addStretch();

    auto *outer = new QVBoxLayout(this);
    outer->setContentsMargins(2, kit::space::kInside, 2, 2);
    outer->setSpacing(kit::space::kInside);
    outer->addLayout(head);
    outer->addLayout(story);
    outer->addWidget(m_tabs);
    outer->addWidget(m_stack, 1);
}

void PeekPanel::setLink(link::EngineLink *link)
{
    m_bodies->setLink(link);
    m_changes->setLink(link);
}

QVBoxLayout *PeekPanel::addTab(const QString &name)
{
    auto *content = new QWidget;
    auto *layout = new QVBoxLayout(content);
    layout->setContentsMargins(kit::space::kMargin, 0, kit::space::kMargin, kit::space::kMargin);
    layout->setSpacing(kit::space::kGrid);
    auto *scroll = new QScrollArea;
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(content);
    scroll->viewport()->setAutoFillBackground(false);
    content->setAutoFillBackground(false);
    m_stack->addWidget(scroll);
    m_tabs->addTab(name);
    return layout;
}

// Their texts and tables scroll by themselves.
void PeekPanel::addView(const QString &name, QWidget *view)
{
    m_stack->addWidget(view);
    m_tabs->addTab(name);
}

void PeekPanel::addCaptureView(const QString &name, CaptureView *view)
{
    addView(name, view);
    m_captureViews.append(view);
    connect(view, &CaptureView::copyRequested, this, &PeekPanel::copyRequested);
}

CaptureView *PeekPanel::captureView() const
{
    return qobject_cast<CaptureView *>(m_stack->currentWidget());
}

PeekPanel::Tab PeekPanel::tab() const
{
    return Tab(m_tabs->currentIndex());
}

void PeekPanel::setTab(Tab tab)
{
    m_tabs->setCurrentIndex(int(tab));
}

PlainLabel *PeekPanel::addHeading(QVBoxLayout *layout, const QString &text)
{
    auto *heading = new PlainLabel(text, Type::LabelStrong);
    heading->setTone(PlainLabel::Tone::Muted);
    if (layout->count() > 0)
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
    m_outcome->setText(exchange->outcome.kind == OutcomeKind::Served
                           ? words::requestState(*exchange)
                           : words::outcome(exchange->outcome.kind));
    m_when->setText(words::timeMillis(exchange->wallMs));
    kit::setPlainToolTip(m_when, words::dateTime(exchange->wallMs));
    m_story->setText(words::story(*exchange, names, nowWallMs));
    m_waterfall->setExchange(exchange, names, nowWallMs);
    m_waterfall->setVisible(!exchange->attempts.isEmpty());
    m_attemptsHeading->setVisible(!exchange->attempts.isEmpty());
    const bool isDecided = !exchange->decision.candidates.isEmpty();
    m_source->setVisible(isDecided);
    m_undecided->setVisible(!isDecided);
    m_decision->setVisible(isDecided);
    m_source->setText(tr("%1 was read as: %2.", "model name; how it was found")
                          .arg(exchange->ask.model, words::source(exchange->decision.source)));
    m_decision->setExchange(*exchange, names);
    m_cost->setText(costLine(*exchange));
    m_costTable->setSheets(models::costSheets(*exchange, m_config.get()), names);
    m_priceDate->setText(priceLine(*exchange));
    for (CaptureView *view : std::as_const(m_captureViews))
        view->setNames(names);
    m_bodies->setExchange(exchange);
    m_changes->setExchange(exchange, names);
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

QString PeekPanel::priceLine(const Exchange &exchange) const
{
    if (exchange.phase != Phase::Settled)
        return tr("Known when the request has ended.");
    const QString date = QString::fromLatin1(exchange.settlement.priceDate);
    const QString now
        = m_config && m_config->prices ? QString::fromLatin1(m_config->prices->date()) : date;
    switch (exchange.settlement.source) {
    case CostSource::None:
        return tr("Nothing was sent that could be billed.");
    case CostSource::Free:
        return tr("Local and simulated providers cost nothing.");
    case CostSource::Unpriced:
        return tr("No price is known for a model of this request, so its cost is not counted.");
    default:
        break;
    }
    if (!date.isEmpty() && !now.isEmpty() && now != date) {
        return tr("The recorded cost is from the price list of %1; the prices shown are those of "
                  "%2.")
            .arg(date, now);
    }
    if (exchange.settlement.source == CostSource::ProviderReported)
        return tr("The amount is the provider's own; the prices are those of our list of %1.")
            .arg(date);
    if (exchange.settlement.source == CostSource::Estimated)
        return tr("Tokens are our estimate; prices are those of the list of %1.").arg(date);
    return tr("Tokens as the provider reported them; prices are those of the list of %1.")
        .arg(date);
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
        CaptureView *view = captureView();
        if (view && view->closeLayer())
            return;
        emit closeRequested();
        return;
    }
    QFrame::keyPressEvent(event);
}

// Find means this text while one has the focus, not the page's filter.
bool PeekPanel::event(QEvent *event)
{
    if (event->type() == QEvent::ShortcutOverride || event->type() == QEvent::KeyPress) {
        auto *key = static_cast<QKeyEvent *>(event);
        CaptureView *view = captureView();
        if (view && key->matches(QKeySequence::Find)) {
            key->accept();
            if (event->type() == QEvent::KeyPress)
                view->openFind();
            return true;
        }
    }
    return QFrame::event(event);
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
