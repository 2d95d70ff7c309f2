#include "pages/board/board_page.h"

#include "kit/announcer.h"
#include "kit/inspector.h"
#include "kit/table.h"
#include "kit/tokens.h"
#include "link/engine_link.h"
#include "models/board_tree_model.h"
#include "models/chain_draft.h"
#include "models/exchange_model.h"
#include "pages/board/board_draft.h"
#include "pages/board/chart_table.h"
#include "pages/board/draft_strip.h"
#include "pages/board/plate_actions.h"
#include "pages/board/problems_strip.h"
#include "pages/board/small_chart.h"
#include "pages/board/track_board.h"
#include "pages/first_run/first_run.h"
#include "pages/peek/peek_panel.h"
#include "words/events.h"
#include "words/plain.h"

#include <QAction>
#include <QBoxLayout>
#include <QContextMenuEvent>
#include <QHeaderView>
#include <QMenu>
#include <QPushButton>
#include <QScrollBar>
#include <QTableView>
#include <QTreeView>

#include <algorithm>

namespace sb::pages {

using kit::ColumnLook;
using kit::PlainLabel;
using models::BoardTreeModel;
using models::ExchangeModel;
using models::Light;

namespace {

constexpr int kChartHeight = 150;
constexpr int kChartLeast = 112;
constexpr int kRequestsLeast = 32 + 2 * kit::space::kRow;
constexpr int kDiagramLeast = 200;
constexpr int kBesideFrom = 300; // height of the lower part from which the panel stands in it
constexpr int kDiagramWide = 1000; // what a panel of full height must leave for the diagram
constexpr int kPeekBarHeight = 44;
// Columns of the last requests; "Served by" and "Why" share the rest.
constexpr int kTimeWidth = 108;
constexpr int kClientWidth = 120;
constexpr int kAskedWidth = 112;
constexpr int kTargetsWidth = 68;
constexpr int kFirstTokenWidth = 92;
constexpr int kCostWidth = 88;

} // namespace

BoardPage::BoardPage(const PageContext &context, QWidget *parent)
    : Page(parent)
    , m_context(context)
    , m_exchanges(new ExchangeModel(this))
    , m_treeModel(new BoardTreeModel(this))
    , m_empty(new FirstRun(context.link, context.settings, this))
    , m_draft(new DraftStrip(this))
    , m_problems(new ProblemsStrip(this))
    , m_board(new TrackBoard(this))
    , m_tree(new QTreeView(this))
    , m_firstToken(new SmallChart(models::Metric::FirstTokenSeconds, m_ring, this))
    , m_speed(new SmallChart(models::Metric::TokensPerSecond, m_ring, this))
    , m_firstTokenTable(new ChartTable(models::Metric::FirstTokenSeconds, m_ring,
                                       tr("First token, as a table"), this))
    , m_speedTable(new ChartTable(models::Metric::TokensPerSecond, m_ring,
                                  tr("Stream speed, as a table"), this))
    , m_requests(new QTableView(this))
    , m_peek(new PeekPanel(this))
    , m_peekBar(new QWidget(this))
    , m_inspector(new kit::Inspector(this))
    , m_actions(new PlateActions(context.link, m_state, this))
{
    setAccessibleName(tr("Board"));
    setUpTree();
    setUpRequests();
    setUpKeys();
    setUpDraft();
    m_peek->hide();
    m_peek->setLink(&m_context.link);
    m_peekBar->hide();
    m_inspector->hide();
    auto *bar = new QHBoxLayout(m_peekBar);
    bar->setContentsMargins(kit::space::kMargin, kit::space::kInside, kit::space::kMargin,
                            kit::space::kInside);
    auto *moveOn = new QPushButton(tr("Move on now"), m_peekBar);
    moveOn->setObjectName(QStringLiteral("move_on"));
    kit::setPlainToolTip(moveOn,
                         tr("Gives up the running attempt and takes the next target. Only while "
                            "nothing of an answer has come."));
    m_peekBar->setAutoFillBackground(true);
    bar->addWidget(moveOn);
    bar->addStretch();
    connect(moveOn, &QPushButton::clicked, this, [this] {
        if (isPeekOpen())
            m_actions->moveOn(m_peek->exchange()->id);
    });
    connect(m_empty, &FirstRun::startRequested, this, &Page::startWithSimulatedProviders);
    connect(m_empty, &FirstRun::said, this, &Page::said);
    connect(m_problems, &ProblemsStrip::sizeChanged, this, &BoardPage::arrange);
    connect(m_problems, &ProblemsStrip::showProblem, this, &BoardPage::showProblem);
    connect(m_problems, &ProblemsStrip::copyRequested, this, &Page::copyRequested);
    connect(m_problems, &ProblemsStrip::openPage, this, &Page::openPage);
    connect(m_problems, &ProblemsStrip::clearDrillsAsked, m_actions, &PlateActions::clearDrills);
    connect(m_problems, &ProblemsStrip::resumeAsked, m_actions, &PlateActions::resume);
    connect(m_board, &TrackBoard::preferredHeightChanged, this, &BoardPage::arrange);
    connect(m_board, &TrackBoard::plateActivated, this, [this](Column column, int index) {
        if (m_isEditing)
            pick(column, index);
        else
            inspect(column, index);
    });
    connect(m_board, &TrackBoard::trainActivated, this, &BoardPage::openPeek);
    connect(m_board, &TrackBoard::plateMenuRequested, this,
            [this](Column column, int index, const QPoint &at) {
                popupMenu(m_actions->of(column, index), at);
            });
    connect(m_board, &TrackBoard::trainMenuRequested, this,
            [this](const ExchangeId &id, const QPoint &at) {
                for (const models::Train &train : m_state.trains()) {
                    if (train.id == id)
                        popupMenu(m_actions->ofTrain(train), at);
                }
            });
    connect(m_peek, &PeekPanel::closeRequested, this, &BoardPage::closePanel);
    connect(m_peek, &PeekPanel::copyRequested, this, &Page::copyRequested);
    connect(m_peek, &PeekPanel::said, this, &Page::said);
    connect(m_inspector, &kit::Inspector::closeRequested, this, &BoardPage::closePanel);
    connect(m_inspector, &kit::Inspector::rowOpened, this, [this](const QString &key) {
        if (const auto id = ExchangeId::parse(key.toLatin1()))
            openPeek(*id);
    });
    connect(m_actions, &PlateActions::openPage, this, &Page::openPage);
    connect(m_actions, &PlateActions::said, this, &Page::said);
    connect(m_actions, &PlateActions::openExchange, this, &BoardPage::openPeek);
    arrange();
}

BoardPage::~BoardPage() = default;

void BoardPage::setUpTree()
{
    m_tree->setModel(m_treeModel);
    m_tree->setAccessibleName(tr("Board as a table"));
    m_tree->setFrameShape(QFrame::NoFrame);
    m_tree->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_tree->setUniformRowHeights(true);
    m_tree->setAllColumnsShowFocus(true);
    m_tree->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    auto *delegate = new kit::TableDelegate(m_tree);
    const auto lamp = [](const QModelIndex &index) {
        const QVariant light = index.data(BoardTreeModel::LightRole);
        return lampOf(light.isValid() ? Light(light.toInt()) : Light::NoTraffic);
    };
    const auto tone = [](const QModelIndex &index) {
        const QVariant light = index.data(BoardTreeModel::LightRole);
        return light.isValid() && Light(light.toInt()) == Light::Danger
            ? PlainLabel::Tone::Danger
            : PlainLabel::Tone::Secondary;
    };
    delegate->setLook(BoardTreeModel::State,
                      {.kind = ColumnLook::Kind::Lamp, .lamp = lamp, .tone = tone});
    for (const int column : {BoardTreeModel::Rate, BoardTreeModel::FirstToken,
                             BoardTreeModel::Speed, BoardTreeModel::Errors})
        delegate->setLook(column, {.kind = ColumnLook::Kind::Number});
    m_tree->setItemDelegate(delegate);
    QHeaderView *header = m_tree->header();
    header->setFont(kit::font(kit::Type::Label));
    header->setStretchLastSection(false);
    header->setSectionResizeMode(BoardTreeModel::Name, QHeaderView::Stretch);
    for (int column = BoardTreeModel::State; column < BoardTreeModel::ColumnCount; ++column)
        header->resizeSection(column, column == BoardTreeModel::State ? 240 : 96);
    // Sections stay open; what is below them appears with the configuration.
    const auto open = [this] { m_tree->expandAll(); };
    connect(m_treeModel, &QAbstractItemModel::modelReset, m_tree, open);
    connect(m_tree, &QTreeView::activated, this, [this] {
        const auto [column, index] = treeEntry();
        if (index >= 0)
            inspect(column, index);
    });
    m_tree->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(m_tree, &QWidget::customContextMenuRequested, this, &BoardPage::askTreeMenu);
    m_tree->hide();
}

void BoardPage::setUpRequests()
{
    m_requests->setModel(m_exchanges);
    m_requests->setAccessibleName(tr("Last requests"));
    kit::setUpTable(m_requests);
    auto *delegate = new kit::TableDelegate(m_requests);
    const auto muted = [](const QModelIndex &index) {
        return index.data(ExchangeModel::UnknownRole).toBool() ? PlainLabel::Tone::Muted
                                                               : PlainLabel::Tone::Text;
    };
    delegate->setLook(ExchangeModel::Time, {.kind = ColumnLook::Kind::Mono});
    delegate->setLook(ExchangeModel::ServedBy, {.tone = [](const QModelIndex &index) {
                          if (index.data(ExchangeModel::DangerRole).toBool())
                              return PlainLabel::Tone::Danger;
                          return index.data(ExchangeModel::PhaseRole).toInt() != int(Phase::Settled)
                              ? PlainLabel::Tone::Secondary
                              : PlainLabel::Tone::Text;
                      }});
    delegate->setLook(ExchangeModel::Targets,
                      {.kind = ColumnLook::Kind::Number, .tone = [](const QModelIndex &index) {
                           return index.data(ExchangeModel::DetourRole).toBool()
                               ? PlainLabel::Tone::Caution
                               : PlainLabel::Tone::Text;
                       }});
    delegate->setLook(ExchangeModel::FirstToken, {.kind = ColumnLook::Kind::Number, .tone = muted});
    delegate->setLook(ExchangeModel::Cost, {.kind = ColumnLook::Kind::Number, .tone = muted});
    m_requests->setItemDelegate(delegate);
    QHeaderView *header = m_requests->horizontalHeader();
    header->setSectionResizeMode(QHeaderView::Interactive);
    header->setSectionResizeMode(ExchangeModel::ServedBy, QHeaderView::Stretch);
    header->resizeSection(ExchangeModel::Time, kTimeWidth);
    header->resizeSection(ExchangeModel::Client, kClientWidth);
    header->resizeSection(ExchangeModel::AskedFor, kAskedWidth);
    header->resizeSection(ExchangeModel::Targets, kTargetsWidth);
    header->resizeSection(ExchangeModel::FirstToken, kFirstTokenWidth);
    header->resizeSection(ExchangeModel::Cost, kCostWidth);
    m_requests->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    // Live rows enter at the top; a list somebody has scrolled stays where it is.
    connect(m_exchanges, &QAbstractItemModel::rowsInserted, this,
            [this](const QModelIndex &, int first, int last) {
                QScrollBar *bar = m_requests->verticalScrollBar();
                if (first == 0 && bar->value() > 0) {
                    bar->setValue(bar->value()
                                  + (last + 1)
                                      * m_requests->verticalHeader()->defaultSectionSize());
                }
            });
    // A click shows the request where Requests has it; J, K and I peek at it here.
    const auto open = [this](const QModelIndex &at) {
        const auto exchange = m_exchanges->at(at.row());
        if (exchange)
            emit openPage(QStringLiteral("requests"),
                          QStringLiteral("id:") + QString::fromLatin1(exchange->id.text()));
    };
    connect(m_requests, &QTableView::clicked, this, open);
    connect(m_requests, &QTableView::activated, this, open);
    connect(m_requests->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this] {
        if (isPeekOpen())
            openCurrent();
    });
}

void BoardPage::setUpKeys()
{
    addCommand(QStringLiteral("board_table"), tr("Board as a table, or drawn"), Qt::Key_B,
               [this] { setTableShown(!m_isTable); });
    addCommand(QStringLiteral("board_inspector"), tr("Show or hide the inspector"), Qt::Key_I,
               [this] { toggleInspector(); });
    addCommand(QStringLiteral("board_next"), tr("Next request"), Qt::Key_J, [this] { step(1); });
    addCommand(QStringLiteral("board_previous"), tr("Previous request"), Qt::Key_K,
               [this] { step(-1); });
    addCommand(QStringLiteral("board_open_requests"), tr("Open the selected request in Requests"),
               Qt::CTRL | Qt::Key_O, [this] {
                   const auto exchange = m_exchanges->at(m_requests->currentIndex().row());
                   if (exchange)
                       emit openPage(QStringLiteral("requests"),
                                     QStringLiteral("id:")
                                         + QString::fromLatin1(exchange->id.text()));
               });
    addCommand(QStringLiteral("board_chart_table"), tr("Charts as tables, or drawn"), Qt::Key_T,
               [this] {
                   m_isChartTable = !m_isChartTable;
                   arrange();
                   showState();
               });
    for (ChartTable *table : {m_firstTokenTable, m_speedTable}) {
        table->hide();
        connect(table, &ChartTable::copyRequested, this, &Page::copyRequested);
    }
    addCommand(QStringLiteral("board_close"), tr("Close what is open"), Qt::Key_Escape,
               [this] { closeLayer(); });
}

// ---- edit mode ----

void BoardPage::setUpDraft()
{
    models::ChainDrafts &drafts = m_context.drafts;
    m_draft->hide();
    m_editAction = addCommand(QStringLiteral("board_edit"), tr("Edit the chains on the board"),
                              Qt::Key_E, [this] { setEditing(!m_isEditing); });
    const auto apply = [this] {
        if (m_context.drafts.hasChanges())
            emit m_context.drafts.applyAsked();
    };
    addCommand(QStringLiteral("board_apply"), tr("Apply the draft of chains"), QKeySequence::Save,
               apply);
    addCommand(QStringLiteral("board_undo"), tr("Undo the last edit of chains"), QKeySequence::Undo,
               [this] { m_context.drafts.undoStack().undo(); });
    addCommand(QStringLiteral("board_redo"), tr("Redo the edit of chains"),
               Qt::CTRL | Qt::SHIFT | Qt::Key_Z, [this] { m_context.drafts.undoStack().redo(); });
    connect(m_draft, &DraftStrip::applyAsked, this, apply);
    connect(m_draft, &DraftStrip::reviewAsked, this,
            [this] { emit openPage(QStringLiteral("chains"), QString()); });
    connect(m_draft, &DraftStrip::discardAsked, this, [this] { m_context.drafts.discard(); });
    connect(m_draft, &DraftStrip::doneAsked, this, [this] { setEditing(false); });
    connect(m_draft, &DraftStrip::takeBackAsked, &drafts, &models::ChainDrafts::takeBackAsked);
    connect(&drafts, &models::ChainDrafts::changed, this, &BoardPage::showDraft);
    connect(&drafts, &models::ChainDrafts::takeBackChanged, this, &BoardPage::showDraft);
    const auto inDraft = [this](int plate, int row, auto &&call) {
        if (plate < 0 || plate >= m_state.chains().size())
            return;
        ChainId chain;
        const int at = draftRow(m_context.drafts, m_state.chains()[plate], row, chain);
        if (at >= 0)
            call(chain, at);
    };
    connect(m_board, &TrackBoard::rowMoveAsked, this, [this, inDraft](int plate, int row, int by) {
        inDraft(plate, row, [&](const ChainId &chain, int at) {
            if (m_context.drafts.moveTarget(chain, at, at + by))
                m_board->setCurrentRow(row + by);
        });
    });
    connect(m_board, &TrackBoard::rowRemoveAsked, this, [this, inDraft](int plate, int row) {
        inDraft(plate, row, [&](const ChainId &chain, int at) {
            if (!m_context.drafts.removeTarget(chain, at))
                emit said(tr("A chain keeps at least one target."));
        });
    });
    showDraft();
}

void BoardPage::setEditing(bool isOn)
{
    if (isOn && !m_context.drafts.hasBase()) {
        emit said(tr("The chains have not been read yet, so they cannot be edited here."));
        return;
    }
    if (isOn == m_isEditing)
        return;
    m_isEditing = isOn;
    m_entrance = ChainId();
    if (isOn) {
        setTableShown(false);
        closePanel();
    }
    m_board->setEditing(isOn);
    if (isOn)
        m_board->setFocus(Qt::OtherFocusReason);
    showDraft();
}

// Entrance, then exit: a chain, then the provider that becomes its last target.
void BoardPage::pick(Column column, int index)
{
    if (column == Column::Chains) {
        const auto &chain = m_state.chains()[index];
        if (chain.isDirect)
            return;
        m_entrance = chain.id == m_entrance ? ChainId() : chain.id;
        m_board->setEntrance(m_entrance);
        showDraft();
        return;
    }
    if (column != Column::Providers || m_entrance.isEmpty())
        return;
    const ProviderId provider = m_state.providers()[index].id;
    const config::SnapshotPtr config = m_context.link.setup().config();
    const QStringList names = modelsOf(m_state, config.get(), provider);
    if (names.size() == 1) {
        addTarget(provider, names.constFirst());
        return;
    }
    if (names.isEmpty()) {
        emit said(tr("No model of %1 is known here. Add the target in Chains, where its name can "
                     "be typed.")
                      .arg(words::visible(m_state.providers()[index].label)));
        return;
    }
    QList<kit::Command> choices;
    for (const QString &name : names) {
        kit::Command choice;
        choice.id = QStringLiteral("model:") + name;
        choice.text = words::visible(name);
        choice.run = [this, provider, name] { addTarget(provider, name); };
        choices.append(choice);
    }
    popupMenu(choices,
              m_board->mapToGlobal(m_board->plateRect(m_board->currentPlate()).bottomLeft()));
}

void BoardPage::addTarget(const ProviderId &provider, const QString &model)
{
    for (const models::ChainPlate &plate : m_state.chains()) {
        if (plate.id != m_entrance)
            continue;
        ChainId chain;
        draftRow(m_context.drafts, plate, 0, chain);
        if (chain.isEmpty() || !m_context.drafts.addTarget(chain, provider, model))
            emit said(tr("That target cannot be added to the chain."));
        break;
    }
    m_entrance = ChainId();
    m_board->setEntrance(m_entrance);
    showDraft();
}

void BoardPage::showDraft()
{
    const models::ChainDrafts &drafts = m_context.drafts;
    const auto changes = int(drafts.changes().size());
    m_draft->setState(m_isEditing, changes, m_entrance.text(), drafts.takeBack());
    const bool isWanted = (m_isEditing || changes > 0 || drafts.takeBack() > 0) && !m_isEmpty;
    m_state.setDraft(draftRows(drafts));
    if (m_frame) { // the same traffic over the new draft
        m_state.take(*m_frame);
        if (isVisible())
            m_board->setState(m_state);
    }
    if (isWanted != !m_draft->isHidden()) {
        m_draft->setVisible(isWanted);
        arrange();
    }
}

// The palette lists what every plate offers: "OpenAI: Probe now". Made again when what is offered
// changes, never for traffic.
void BoardPage::refreshCommands()
{
    QByteArray now;
    const auto add
        = [&now](const auto &...parts) { ((now += QByteArray::number(int(parts)) + ';'), ...); };
    for (const auto &client : m_state.clients())
        now += client.id.text().toUtf8() + client.label.toUtf8() + ';';
    for (const auto &chain : m_state.chains()) {
        now += chain.id.text().toUtf8() + ';';
        add(chain.targets.size(), chain.heldRank > 0);
        for (const auto &target : chain.targets)
            now += target.providerLabel.toUtf8() + ';';
    }
    for (const auto &provider : m_state.providers()) {
        now += provider.id.text().toUtf8() + provider.label.toUtf8() + ';';
        add(provider.state == ProviderState::Off, provider.isSimulated);
    }
    for (const DrillView &drill : m_state.drills())
        add(drill.id);
    if (now == m_commandsFor)
        return;
    m_commandsFor = now;
    qDeleteAll(m_plateCommands);
    m_plateCommands.clear();
    const std::function<void(const QString &, const QString &, const QList<kit::Command> &)> list
        = [&](const QString &name, const QString &subject, const QList<kit::Command> &commands) {
              for (const kit::Command &command : commands) {
                  if (command.id.startsWith(QLatin1String("move_on")))
                      continue; // requests come and go; their plate and its menu offer it
                  const QString id = name + u'/' + command.id;
                  const QString text
                      = tr("%1: %2", "what it is about, the command").arg(subject, command.text);
                  if (!command.children.isEmpty()) {
                      list(id, text, command.children);
                      continue;
                  }
                  auto *action = new QAction(text, this);
                  action->setObjectName(id);
                  connect(action, &QAction::triggered, this, command.run);
                  addAction(action);
                  m_plateCommands.append(action);
              }
          };
    for (int i = 0; i < m_state.providers().size(); ++i) {
        const auto &provider = m_state.providers()[i];
        list(QStringLiteral("provider:") + provider.id.text(), words::visible(provider.label),
             m_actions->of(Column::Providers, i));
    }
    for (int i = 0; i < m_state.chains().size(); ++i) {
        const auto &chain = m_state.chains()[i];
        list(QStringLiteral("chain:") + chain.id.text(),
             tr("Chain %1").arg(words::visible(chain.label)), m_actions->of(Column::Chains, i));
    }
    for (int i = 0; i < m_state.clients().size(); ++i) {
        const auto &client = m_state.clients()[i];
        list(QStringLiteral("client:") + client.id.text(), words::visible(client.label),
             m_actions->of(Column::Clients, i));
    }
}

// Trips, recoveries, caps and drills, for people who do not see the picture; also while another
// page is shown.
void BoardPage::announce(const Frame &frame)
{
    for (const EventView &event : frame.events) {
        switch (event.kind) {
        case EventKind::Tripped:
        case EventKind::Recovered:
        case EventKind::BudgetWarned:
        case EventKind::BudgetReached:
        case EventKind::DrillStarted:
        case EventKind::DrillEnded:
            kit::Announcer::of(this).announce(words::event(event, m_names));
            break;
        default:
            break; // what a person did themselves was answered where they did it
        }
    }
}

void BoardPage::setFrame(const FramePtr &frame)
{
    m_frame = frame;
    m_state.take(*frame);
    m_names = words::namesIn(*frame);
    m_exchanges->take(*frame);
    m_ring.take(frame->seconds);
    m_ring.retain(frame->providers);
    m_empty->setAddress(frame->addresses.value(0));
    announce(*frame);
    for (SmallChart *chart : {m_firstToken, m_speed})
        chart->addEvents(frame->events, m_names);
    if (isVisible())
        showState();
    else
        m_isWaitingForShow = true;
}

void BoardPage::setHistory(const QList<std::shared_ptr<const Exchange>> &older)
{
    m_exchanges->appendOlder(older);
}

void BoardPage::setMotion(bool isOn)
{
    m_board->setMotion(isOn);
}

void BoardPage::showState()
{
    m_isWaitingForShow = false;
    if (m_isEmpty != m_state.isEmpty()) {
        m_isEmpty = m_state.isEmpty();
        showDraft();
        arrange();
    }
    m_problems->setState(m_state, m_names);
    refreshCommands();
    m_board->setState(m_state);
    if (m_isTable)
        m_treeModel->take(m_state);
    QList<std::pair<ProviderId, QString>> labels;
    for (const auto &provider : m_state.providers())
        labels.append({provider.id, provider.label});
    for (SmallChart *chart : {m_firstToken, m_speed}) {
        chart->setProviders(labels);
        chart->setNow(m_state.wallMs());
    }
    for (ChartTable *table : {m_firstTokenTable, m_speedTable})
        table->setState(labels, m_state.wallMs());
    if (isPeekOpen()) {
        const int row = m_exchanges->rowOf(m_peek->exchange()->id);
        const auto newest = m_exchanges->at(row);
        if (newest && (newest != m_peek->exchange() || newest->phase != Phase::Settled))
            m_peek->setExchange(newest, m_names, m_state.wallMs());
        const bool hadBar = m_peekBar->isVisible();
        const bool isMovable = std::any_of(
            m_state.trains().begin(), m_state.trains().end(), [&](const models::Train &train) {
                return train.isMovable && train.id == m_peek->exchange()->id;
            });
        if (hadBar != isMovable) {
            m_peekBar->setVisible(isMovable);
            arrange();
        }
    }
    fillInspector();
}

void BoardPage::fillInspector()
{
    if (!isInspecting())
        return;
    if (!m_inspected.fill(*m_inspector, m_state, *m_exchanges, *m_actions, m_names))
        closePanel(); // the plate is gone
}

void BoardPage::showEvent(QShowEvent *event)
{
    Page::showEvent(event);
    if (m_isWaitingForShow)
        showState();
    arrange();
}

void BoardPage::resizeEvent(QResizeEvent *)
{
    arrange();
}

bool BoardPage::event(QEvent *event)
{
    if (event->type() == QEvent::LayoutRequest)
        arrange();
    return Page::event(event);
}

int BoardPage::treeHeight() const
{
    int rows = 0;
    for (QModelIndex at = m_treeModel->index(0, 0); at.isValid(); at = m_tree->indexBelow(at))
        ++rows;
    return m_tree->header()->sizeHint().height() + rows * kit::space::kRow + 4;
}

// By hand, because the parts give way in a stated order: charts first, then rows of the last
// requests, then the diagram scrolls.
void BoardPage::arrange()
{
    using namespace kit::space;
    const QRect whole = rect().adjusted(kMargin, 2, -kMargin, -kGap);
    m_empty->setVisible(m_isEmpty);
    m_empty->setGeometry(whole);
    m_requests->setVisible(!m_isEmpty);
    m_board->setVisible(!m_isEmpty && !m_isTable);
    m_tree->setVisible(!m_isEmpty && m_isTable);
    m_problems->setVisible(!m_isEmpty && m_problems->lineCount() > 0);
    if (m_isEmpty || whole.height() < 100) {
        m_firstToken->hide();
        m_speed->hide();
        m_firstTokenTable->hide();
        m_speedTable->hide();
        if (m_isEmpty) {
            m_peek->hide();
            m_peekBar->hide();
            m_inspector->hide();
            m_inspected.clear();
        }
        return;
    }
    const bool isPanelOpen = isPeekOpen() || isInspecting();
    QRect area = whole;
    // A column of its own where the window is so wide that the diagram stays whole beside it.
    const int side = isPeekOpen() ? kPeek : kInspector;
    const bool isColumn = isPanelOpen && whole.width() - side - kGap >= kDiagramWide;
    if (isColumn)
        area.setRight(area.right() - side - kGap);
    m_board->setNarrow(window()->width() < kNarrowBelow);
    int top = area.top();
    if (!m_draft->isHidden()) {
        m_draft->setGeometry(area.left(), top, area.width(), DraftStrip::kHeight);
        top += DraftStrip::kHeight + kGap;
    }
    if (m_problems->lineCount() > 0) {
        const int high = m_problems->heightAt(area.width());
        m_problems->setGeometry(area.left(), top, area.width(), high);
        top += high + kGap;
    }
    const int room = area.bottom() + 1 - top;
    const int wish = m_isTable ? treeHeight() : m_board->sizeHint().height();
    const int spare = room - wish - kGap - kGap - kRequestsLeast;
    const bool hasCharts = spare >= kChartLeast;
    const int chartHeight = std::min(kChartHeight, spare);
    const int reserved = kGap + kRequestsLeast + (hasCharts ? chartHeight + kGap : 0);
    const int diagram = std::clamp(wish, std::min(kDiagramLeast, room / 2),
                                   std::max(kDiagramLeast, room - reserved));
    for (QWidget *picture : {static_cast<QWidget *>(m_board), static_cast<QWidget *>(m_tree)})
        picture->setGeometry(area.left(), top, area.width(), diagram);
    top += diagram + kGap;

    QRect lower(area.left(), top, area.width(), std::max(0, area.bottom() + 1 - top));
    if (isPanelOpen) {
        QRect panel;
        if (isColumn) {
            panel = QRect(whole.right() + 1 - side, whole.top(), side, whole.height());
        } else if (lower.height() >= kBesideFrom) {
            // Beside the lists, so that the diagram it belongs to stays in sight.
            const int width = std::min(side, area.width() / 2);
            panel = QRect(lower.right() + 1 - width, lower.top(), width, lower.height());
            lower.setRight(panel.left() - 1 - kGap);
        } else {
            const int width = std::min(side, area.width() - kit::space::kMargin);
            panel = QRect(area.right() + 1 - width, area.top(), width, area.height());
        }
        const bool hasBar = isPeekOpen() && !m_peekBar->isHidden();
        m_inspector->setGeometry(panel);
        m_peek->setGeometry(panel.adjusted(0, 0, 0, hasBar ? -kPeekBarHeight : 0));
        m_peekBar->setGeometry(panel.left(), panel.bottom() + 1 - kPeekBarHeight, panel.width(),
                               kPeekBarHeight);
        (isPeekOpen() ? static_cast<QWidget *>(m_peek) : m_inspector)->raise();
        m_peekBar->raise();
    }
    m_firstToken->setVisible(hasCharts && !m_isChartTable);
    m_speed->setVisible(hasCharts && !m_isChartTable);
    m_firstTokenTable->setVisible(hasCharts && m_isChartTable);
    m_speedTable->setVisible(hasCharts && m_isChartTable);
    if (hasCharts) {
        const int half = (lower.width() - kGap) / 2;
        m_firstToken->setGeometry(lower.left(), lower.top(), half, chartHeight);
        m_speed->setGeometry(lower.right() + 1 - half, lower.top(), half, chartHeight);
        m_firstTokenTable->setGeometry(m_firstToken->geometry());
        m_speedTable->setGeometry(m_speed->geometry());
        lower.setTop(lower.top() + chartHeight + kGap);
    }
    // Whole rows only: half of one reads as a fault.
    const int headHeight = m_requests->horizontalHeader()->sizeHint().height();
    const int rowHeight = m_requests->verticalHeader()->defaultSectionSize();
    const int rows = (lower.height() - headHeight) / rowHeight;
    if (rows > 0)
        lower.setHeight(headHeight + rows * rowHeight);
    m_requests->setGeometry(lower);
    // Who, why and what it cost stay longest; the rest is one key away in the peek.
    const bool isTight = lower.width() < 720;
    QHeaderView *header = m_requests->horizontalHeader();
    const bool isRoomy = lower.width() >= 900;
    m_requests->setColumnHidden(ExchangeModel::AskedFor, !isRoomy);
    m_requests->setColumnHidden(ExchangeModel::Targets, isTight);
    m_requests->setColumnHidden(ExchangeModel::FirstToken, isTight);
    const int fixed = kTimeWidth + kClientWidth + kCostWidth + (isRoomy ? kAskedWidth : 0)
        + (isTight ? 0 : kTargetsWidth + kFirstTokenWidth);
    header->resizeSection(ExchangeModel::Why,
                          std::clamp((lower.width() - fixed) * 9 / 20, 120, 420));
}

void BoardPage::setTableShown(bool isTable)
{
    if (m_isTable == isTable)
        return;
    const bool hadFocus = m_board->hasFocus() || m_tree->hasFocus();
    m_isTable = isTable;
    if (m_isTable) {
        m_treeModel->take(m_state);
        m_tree->expandAll();
    }
    arrange();
    if (hadFocus)
        (m_isTable ? static_cast<QWidget *>(m_tree) : m_board)->setFocus();
}

bool BoardPage::isPeekOpen() const
{
    return m_peek->exchange() && !m_peek->isHidden();
}

void BoardPage::openCurrent()
{
    const auto exchange = m_exchanges->at(m_requests->currentIndex().row());
    if (exchange)
        openPeek(exchange->id);
}

void BoardPage::openPeek(const ExchangeId &id)
{
    const auto exchange = m_exchanges->at(m_exchanges->rowOf(id));
    if (!exchange) {
        emit showExchange(id); // older than what is listed here
        return;
    }
    m_inspected.clear();
    m_inspector->hide();
    m_peek->setExchange(exchange, m_names, m_state.wallMs());
    m_peek->show();
    m_peekBar->setVisible(
        std::any_of(m_state.trains().begin(), m_state.trains().end(),
                    [&](const auto &train) { return train.isMovable && train.id == id; }));
    arrange();
}

void BoardPage::inspect(Column column, int index)
{
    QString id;
    switch (column) {
    case Column::Clients:
        id = m_state.clients().value(index).id.text();
        break;
    case Column::Chains:
        id = m_state.chains().value(index).id.text();
        break;
    case Column::Providers:
        id = m_state.providers().value(index).id.text();
        break;
    }
    m_peek->hide();
    m_peekBar->hide();
    m_inspected.point(column, id);
    fillInspector();
    m_inspector->setVisible(isInspecting());
    arrange();
}

void BoardPage::closePanel()
{
    if (isPeekOpen()) {
        closePeek();
        return;
    }
    if (!isInspecting())
        return;
    const bool hadFocus = m_inspector->isAncestorOf(focusWidget());
    m_inspected.clear();
    m_inspector->hide();
    arrange();
    if (hadFocus)
        (m_isTable ? static_cast<QWidget *>(m_tree) : m_board)->setFocus(Qt::OtherFocusReason);
}

void BoardPage::closePeek()
{
    if (!isPeekOpen())
        return;
    m_peek->hide();
    m_peekBar->hide();
    arrange();
    m_requests->setFocus();
}

bool BoardPage::closeLayer()
{
    if (isPeekOpen() || isInspecting()) {
        closePanel();
        return true;
    }
    if (!m_isEditing)
        return m_board->putOutLight();
    if (m_entrance.isEmpty()) {
        setEditing(false);
    } else {
        m_entrance = ChainId();
        m_board->setEntrance(m_entrance);
        showDraft();
    }
    return true;
}

// On the plate that has the focus, else on the request that is selected.
void BoardPage::toggleInspector()
{
    const bool hasLayer = isPeekOpen() || isInspecting() || m_isEditing;
    if ((hasLayer && closeLayer()) || m_isEmpty)
        return;
    const auto [column, index]
        = m_isTable ? treeEntry() : m_board->plateEntry(m_board->currentPlate());
    const bool isOnPlates
        = m_board->hasFocus() || m_tree->hasFocus() || m_exchanges->rowCount() == 0;
    if (isOnPlates && index >= 0)
        inspect(column, index);
    else
        step(0);
}

void BoardPage::popupMenu(const QList<kit::Command> &commands, const QPoint &at)
{
    if (commands.isEmpty() || m_menu)
        return;
    m_menu = new QMenu(this);
    m_menu->setAttribute(Qt::WA_DeleteOnClose);
    kit::fillMenu(m_menu, commands);
    m_menu->popup(at);
}

std::pair<Column, int> BoardPage::treeEntry() const
{
    const QModelIndex row = m_tree->currentIndex();
    const QVariant section = row.data(BoardTreeModel::SectionRole);
    const QVariant entry = row.data(BoardTreeModel::EntryRole);
    return section.isValid() && entry.isValid() ? std::pair(Column(section.toInt()), entry.toInt())
                                                : std::pair(Column::Clients, -1);
}

void BoardPage::askTreeMenu(const QPoint &at)
{
    const QModelIndex under = m_tree->indexAt(at);
    if (under.isValid())
        m_tree->setCurrentIndex(under.siblingAtColumn(0));
    const auto [column, index] = treeEntry();
    popupMenu(m_actions->of(column, index), m_tree->viewport()->mapToGlobal(at));
}

// J and K, from wherever the focus is; newest is on top, so J goes back in time. The first press
// opens the row it stands on.
void BoardPage::step(int rows)
{
    const int count = m_exchanges->rowCount();
    if (count == 0 || m_isEmpty)
        return;
    const int current = m_requests->currentIndex().row();
    const int move = isPeekOpen() ? rows : 0;
    const int next = std::clamp(std::max(current, 0) + move, 0, count - 1);
    m_requests->setCurrentIndex(m_exchanges->index(next, 0));
    openCurrent();
}

void BoardPage::showProblem(const models::Problem &problem)
{
    setTableShown(false);
    m_board->setFocus(Qt::OtherFocusReason);
    const Column column
        = problem.kind == models::Problem::Kind::Chain ? Column::Chains : Column::Providers;
    m_board->showPlate(column, problem.index);
    inspect(column, problem.index);
}

} // namespace sb::pages
