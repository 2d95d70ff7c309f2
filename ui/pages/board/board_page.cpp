#include "pages/board/board_page.h"

#include "kit/table.h"
#include "kit/tokens.h"
#include "models/board_tree_model.h"
#include "models/exchange_model.h"
#include "pages/board/empty_board.h"
#include "pages/board/problems_strip.h"
#include "pages/board/small_chart.h"
#include "pages/board/track_board.h"
#include "pages/peek/peek_panel.h"

#include <QHeaderView>
#include <QScrollBar>
#include <QShortcut>
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
constexpr int kChartLeast = 120;
constexpr int kRequestsWish = 32 + 4 * kit::space::kRow; // header and four rows, beside charts
constexpr int kRequestsLeast = 32 + 2 * kit::space::kRow;
constexpr int kDiagramLeast = 200;
constexpr int kPeekBesideFrom = 300; // height of the lower part from which the peek stands in it

} // namespace

BoardPage::BoardPage(const PageContext &context, QWidget *parent)
    : Page(parent)
    , m_context(context)
    , m_exchanges(new ExchangeModel(this))
    , m_treeModel(new BoardTreeModel(this))
    , m_empty(new EmptyBoard(this))
    , m_problems(new ProblemsStrip(this))
    , m_board(new TrackBoard(this))
    , m_tree(new QTreeView(this))
    , m_firstToken(new SmallChart(models::Metric::FirstTokenSeconds, m_ring, this))
    , m_speed(new SmallChart(models::Metric::TokensPerSecond, m_ring, this))
    , m_requests(new QTableView(this))
    , m_peek(new PeekPanel(this))
{
    setAccessibleName(tr("Board"));
    setUpTree();
    setUpRequests();
    setUpKeys();
    m_peek->hide();
    connect(m_empty, &EmptyBoard::startRequested, this, &Page::startWithSimulatedProviders);
    connect(m_problems, &ProblemsStrip::countChanged, this, &BoardPage::arrange);
    connect(m_problems, &ProblemsStrip::showProblem, this, &BoardPage::showProblem);
    connect(m_problems, &ProblemsStrip::copyRequested, this, &Page::copyRequested);
    connect(m_board, &TrackBoard::preferredHeightChanged, this, &BoardPage::arrange);
    connect(m_board, &TrackBoard::plateActivated, this, &BoardPage::openNewestOf);
    connect(m_peek, &PeekPanel::closeRequested, this, &BoardPage::closePeek);
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
    header->resizeSection(ExchangeModel::Time, 120);
    header->resizeSection(ExchangeModel::Client, 140);
    header->resizeSection(ExchangeModel::AskedFor, 140);
    header->resizeSection(ExchangeModel::Targets, 72);
    header->resizeSection(ExchangeModel::FirstToken, 104);
    header->resizeSection(ExchangeModel::Cost, 108);
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
    connect(m_requests, &QTableView::clicked, this, &BoardPage::openCurrent);
    connect(m_requests, &QTableView::activated, this, &BoardPage::openCurrent);
    connect(m_requests->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this] {
        if (isPeekOpen())
            openCurrent();
    });
}

void BoardPage::setUpKeys()
{
    const auto on = [this](const QKeySequence &keys, auto &&call) {
        auto *shortcut = new QShortcut(keys, this);
        shortcut->setContext(Qt::WidgetWithChildrenShortcut);
        connect(shortcut, &QShortcut::activated, this, call);
    };
    on(Qt::Key_B, [this] { setTableShown(!m_isTable); });
    on(Qt::Key_J, [this] { step(1); });
    on(Qt::Key_K, [this] { step(-1); });
    on(Qt::Key_I, [this] {
        if (isPeekOpen())
            closePeek();
        else
            step(0);
    });
    on(Qt::Key_Escape, [this] { closePeek(); });
}

void BoardPage::setFrame(const FramePtr &frame)
{
    m_state.take(*frame);
    m_names = words::namesIn(*frame);
    m_exchanges->take(*frame);
    m_ring.take(frame->seconds);
    m_ring.retain(frame->providers);
    m_empty->setAddress(frame->addresses.value(0));
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
        arrange();
    }
    m_problems->setState(m_state);
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
    if (isPeekOpen()) {
        const int row = m_exchanges->rowOf(m_peek->exchange()->id);
        const auto newest = m_exchanges->at(row);
        if (newest && (newest != m_peek->exchange() || newest->phase != Phase::Settled))
            m_peek->setExchange(newest, m_names, m_state.wallMs());
    }
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
    const QRect area = rect().adjusted(kMargin, 2, -kMargin, -kGap);
    m_empty->setVisible(m_isEmpty);
    m_empty->setGeometry(area);
    m_requests->setVisible(!m_isEmpty);
    m_board->setVisible(!m_isEmpty && !m_isTable);
    m_tree->setVisible(!m_isEmpty && m_isTable);
    m_problems->setVisible(!m_isEmpty && m_problems->lineCount() > 0);
    if (m_isEmpty || area.height() < 100) {
        m_firstToken->hide();
        m_speed->hide();
        if (m_isEmpty)
            m_peek->hide();
        return;
    }
    m_board->setNarrow(window()->width() < kNarrowBelow);
    int top = area.top();
    if (m_problems->lineCount() > 0) {
        m_problems->setGeometry(area.left(), top, area.width(), m_problems->preferredHeight());
        top += m_problems->preferredHeight() + kGap;
    }
    const int room = area.bottom() + 1 - top;
    const int wish = m_isTable ? treeHeight() : m_board->sizeHint().height();
    const int spare = room - wish - kGap - kGap - kRequestsWish;
    const bool hasCharts = spare >= kChartLeast;
    const int chartHeight = std::min(kChartHeight, spare);
    const int reserved = kGap + kRequestsLeast + (hasCharts ? chartHeight + kGap : 0);
    const int diagram = std::clamp(wish, std::min(kDiagramLeast, room / 2),
                                   std::max(kDiagramLeast, room - reserved));
    for (QWidget *picture : {static_cast<QWidget *>(m_board), static_cast<QWidget *>(m_tree)})
        picture->setGeometry(area.left(), top, area.width(), diagram);
    top += diagram + kGap;

    QRect lower(area.left(), top, area.width(), std::max(0, area.bottom() + 1 - top));
    if (isPeekOpen()) {
        // Beside the lists where they are high enough, else over the right of the page.
        const int width = std::min(kInspector, area.width() / 2);
        if (lower.height() >= kPeekBesideFrom) {
            m_peek->setGeometry(lower.right() + 1 - width, lower.top(), width, lower.height());
            lower.setRight(lower.right() - width - kGap);
        } else {
            m_peek->setGeometry(area.right() + 1 - width, area.top(), width, area.height());
        }
        m_peek->raise();
    }
    m_firstToken->setVisible(hasCharts);
    m_speed->setVisible(hasCharts);
    if (hasCharts) {
        const int half = (lower.width() - kGap) / 2;
        m_firstToken->setGeometry(lower.left(), lower.top(), half, chartHeight);
        m_speed->setGeometry(lower.right() + 1 - half, lower.top(), half, chartHeight);
        lower.setTop(lower.top() + chartHeight + kGap);
    }
    m_requests->setGeometry(lower);
    const bool isTight = lower.width() < 720;
    QHeaderView *header = m_requests->horizontalHeader();
    m_requests->setColumnHidden(ExchangeModel::AskedFor, isTight);
    m_requests->setColumnHidden(ExchangeModel::Targets, isTight);
    header->resizeSection(ExchangeModel::Client, isTight ? 110 : 140);
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
    if (!exchange)
        return;
    const bool wasOpen = isPeekOpen();
    m_peek->setExchange(exchange, m_names, m_state.wallMs());
    m_peek->show();
    if (!wasOpen)
        arrange();
}

void BoardPage::closePeek()
{
    if (!isPeekOpen())
        return;
    m_peek->hide();
    arrange();
    m_requests->setFocus();
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

// Enter or a click on a plate: the newest request that went through it.
void BoardPage::openNewestOf(Column column, int index)
{
    const auto isThrough = [&](const Exchange &exchange) {
        switch (column) {
        case Column::Clients:
            return exchange.client == m_state.clients()[index].id;
        case Column::Chains:
            return exchange.decision.chain == m_state.chains()[index].id;
        case Column::Providers:
            return std::any_of(exchange.attempts.begin(), exchange.attempts.end(),
                               [&](const Attempt &attempt) {
                                   return attempt.target.provider == m_state.providers()[index].id;
                               });
        }
        return false;
    };
    for (int row = 0; row < m_exchanges->rowCount(); ++row) {
        if (!isThrough(*m_exchanges->at(row)))
            continue;
        openPeek(m_exchanges->at(row)->id);
        return;
    }
}

void BoardPage::showProblem(const models::Problem &problem)
{
    setTableShown(false);
    m_board->setFocus(Qt::OtherFocusReason);
    const Column column
        = problem.kind == models::Problem::Kind::Chain ? Column::Chains : Column::Providers;
    m_board->showPlate(column, problem.index);
}

} // namespace sb::pages
