#include "pages/requests/requests_page.h"

#include "kit/console_style.h"
#include "kit/empty_state.h"
#include "kit/notice_bar.h"
#include "kit/table.h"
#include "kit/tokens.h"
#include "link/engine_link.h"
#include "pages/peek/peek_panel.h"
#include "pages/requests/compare_panel.h"
#include "pages/requests/filter_bar.h"
#include "pages/requests/filter_line.h"
#include "pages/requests/mark_bar.h"
#include "pages/requests/request_delegate.h"
#include "pages/requests/request_export.h"
#include "pages/requests/request_feed.h"
#include "pages/requests/request_tools.h"
#include "words/format.h"
#include "words/plain.h"

#include <QAbstractButton>
#include <QAction>
#include <QApplication>
#include <QFileDialog>
#include <QHeaderView>
#include <QKeyEvent>
#include <QMenu>
#include <QPushButton>
#include <QScrollBar>
#include <QSettings>
#include <QTableView>

#include <algorithm>
#include <array>

namespace sb::pages {

using models::RequestMarks;
using models::RequestModel;

namespace {

const QString kColumns = QStringLiteral("requests/columns");
const QString kMarks = QStringLiteral("requests/marks");
const QString kFilter = QStringLiteral("requests/filter");
const QString kFolder = QStringLiteral("requests/export_folder");
constexpr int kOverlayBelow = 900; // page width under which a panel lies over the rows
constexpr int kCompareWidth = 560;
constexpr int kLearnt = 200; // rows of an insertion that completion learns values from
constexpr int kNearEnd = 20; // rows from the end at which older ones are asked for

struct ColumnPlan {
    RequestModel::Column column;
    int width;
};
constexpr std::array kPlan = std::to_array<ColumnPlan>({
    {RequestModel::State, 108},
    {RequestModel::Time, 100},
    {RequestModel::Client, 92},
    {RequestModel::Program, 96},
    {RequestModel::Folder, 104},
    {RequestModel::AskedFor, 84},
    {RequestModel::ServedBy, 168},
    {RequestModel::Targets, 80},
    {RequestModel::Status, 48},
    {RequestModel::FirstToken, 76},
    {RequestModel::Duration, 68},
    {RequestModel::In, 58},
    {RequestModel::Cached, 58},
    {RequestModel::Out, 48},
    {RequestModel::Cost, 76},
    {RequestModel::Note, 104},
});
// Where width is short the first of these goes first.
constexpr std::array kGivingWay = {
    RequestModel::Cached,     RequestModel::AskedFor, RequestModel::In,      RequestModel::Out,
    RequestModel::Note,       RequestModel::Duration, RequestModel::Targets, RequestModel::Client,
    RequestModel::FirstToken, RequestModel::Status,   RequestModel::Cost,
};
constexpr std::array kHiddenAtFirst = {RequestModel::Program, RequestModel::Folder};

QString escaped(QString text)
{
    return text.replace(u'&', QStringLiteral("&&"));
}

} // namespace

RequestsPage::RequestsPage(const PageContext &context, QWidget *parent)
    : Page(parent)
    , m_context(context)
    , m_marks(RequestMarks::restored(context.settings.value(kMarks)))
    , m_model(new RequestModel(&m_marks, this))
    , m_feed(new RequestFeed(context.link.history(), *m_model, this))
    , m_tools(new RequestTools(context.link, context.settings, this))
    , m_export(new RequestExport(context.link.history(), this))
    , m_filter(new FilterBar(context.settings, this))
    , m_markBar(new MarkBar(this))
    , m_notice(new kit::NoticeBar(this))
    , m_table(new QTableView(this))
    , m_pill(new QPushButton(this))
    , m_empty(new kit::EmptyState(QString(), tr("Show all requests"), this))
    , m_peek(new PeekPanel(this))
    , m_compare(new ComparePanel(this))
{
    setAccessibleName(tr("Requests"));
    setUpTable();
    setUpActions();
    m_markBar->hide();
    m_notice->hide();
    m_notice->setClosable(true);
    m_peek->hide();
    m_peek->setLink(&m_context.link);
    m_compare->hide();
    m_pill->hide();
    kit::setPrimary(m_pill);
    m_empty->hide();

    connect(m_filter, &FilterBar::filterChanged, this, &RequestsPage::applyFilter);
    connect(m_filter->line(), &QLineEdit::textChanged, this, [this] {
        QMetaObject::invokeMethod(this, &RequestsPage::arrange, Qt::QueuedConnection);
    });
    connect(m_filter->line(), &FilterLine::leftDown, this, [this] {
        m_table->setFocus(Qt::ShortcutFocusReason);
        if (!m_table->currentIndex().isValid() && m_model->rowCount() > 0)
            m_table->setCurrentIndex(m_model->index(0, m_table->columnAt(1)));
    });
    connect(m_feed, &RequestFeed::changed, this, &RequestsPage::showCounts);
    connect(m_model, &RequestModel::waitingChanged, this, &RequestsPage::showPill);
    connect(m_model, &RequestModel::foldsChanged, this, &RequestsPage::hideFolded);
    const auto learn = [this](int first, int last) {
        for (int row = first; row <= std::min(last, first + kLearnt); ++row)
            m_values.take(*m_model->at(row));
    };
    connect(m_model, &QAbstractItemModel::rowsInserted, this,
            [learn](const QModelIndex &, int first, int last) { learn(first, last); });
    connect(m_model, &QAbstractItemModel::modelReset, this,
            [this, learn] { learn(0, m_model->rowCount() - 1); });
    connect(m_pill, &QPushButton::clicked, this, &RequestsPage::goLive);
    connect(m_empty, &kit::EmptyState::clicked, this, &RequestsPage::emptyClicked);
    connect(m_peek, &PeekPanel::closeRequested, this, [this] { setSide(Side::None); });
    connect(m_peek, &PeekPanel::copyRequested, this, &Page::copyRequested);
    connect(m_peek, &PeekPanel::said, this, &Page::said);
    connect(m_compare, &ComparePanel::closeRequested, this, [this] { setSide(Side::None); });
    connect(m_tools, &RequestTools::copyRequested, this, &Page::copyRequested);
    connect(m_tools, &RequestTools::said, this, &Page::said);
    connect(m_tools, &RequestTools::replayed, this, &RequestsPage::replayed);
    connect(m_markBar, &MarkBar::marked, this,
            [this](const ExchangeId &id, const RequestMarks::Mark &mark) {
                m_marks.set(id, mark);
                m_context.settings.setValue(kMarks, m_marks.saved());
                m_model->marksChanged();
            });
    connect(m_markBar, &MarkBar::removed, this, [this](const ExchangeId &id) {
        m_marks.remove(id);
        m_context.settings.setValue(kMarks, m_marks.saved());
        m_model->marksChanged();
    });
    connect(m_markBar, &MarkBar::closed, this, [this] {
        m_markBar->hide();
        arrange();
        m_table->setFocus(Qt::OtherFocusReason);
    });
    connect(m_notice, &kit::NoticeBar::actionClicked, m_export, &RequestExport::cancel);
    connect(m_notice, &kit::NoticeBar::closed, this, [this] {
        m_notice->hide();
        arrange();
    });
    const auto say = [this](kit::NoticeBar::Kind kind, const QString &text, bool isRunning) {
        m_notice->setMessage(kind, text);
        m_notice->setAction(isRunning ? tr("Cancel") : QString());
        m_notice->setClosable(!isRunning);
        m_notice->show();
        arrange();
    };
    connect(m_export, &RequestExport::progressed, this, [this, say] {
        say(kit::NoticeBar::Kind::Info,
            tr("Exporting: %n request(s) written.", nullptr, int(m_export->written())), true);
    });
    connect(m_export, &RequestExport::ended, this, [this, say](bool isWhole, const QString &error) {
        if (isWhole)
            say(kit::NoticeBar::Kind::Info,
                tr("%n request(s) exported to %1.", nullptr, int(m_export->written()))
                    .arg(words::visible(m_export->path())),
                false);
        else if (error.isEmpty())
            say(kit::NoticeBar::Kind::Info, tr("The export was cancelled; no file was written."),
                false);
        else
            say(kit::NoticeBar::Kind::Danger,
                tr("The export failed: %1. No file was written.").arg(words::trimmed(error, 200)),
                false);
    });
    m_filter->setText(context.settings.value(kFilter).toString());
}

// The parts would speak to each other to the end; none may reach one that has gone already.
RequestsPage::~RequestsPage()
{
    m_table->viewport()->removeEventFilter(this);
    const QList<QObject *> speaking{m_table->verticalScrollBar(),
                                    m_table->selectionModel(),
                                    m_table->horizontalHeader(),
                                    m_table,
                                    m_model,
                                    m_feed,
                                    m_export,
                                    m_tools,
                                    m_filter->line(),
                                    m_filter,
                                    m_markBar,
                                    m_notice,
                                    m_peek,
                                    m_compare};
    for (QObject *part : speaking)
        part->disconnect(this);
    delete m_table;
}

void RequestsPage::setUpTable()
{
    m_table->setModel(m_model);
    m_table->setAccessibleName(tr("Requests", "the rows"));
    kit::setUpTable(m_table);
    m_table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_table->setItemDelegate(new RequestDelegate(*m_model, m_table));
    m_table->setContextMenuPolicy(Qt::CustomContextMenu);
    m_table->viewport()->installEventFilter(this);
    QHeaderView *header = m_table->horizontalHeader();
    header->setSectionResizeMode(QHeaderView::Interactive);
    header->setContextMenuPolicy(Qt::CustomContextMenu);
    header->setAccessibleName(tr("Columns"));
    restoreColumns();
    connect(header, &QWidget::customContextMenuRequested, this,
            [this, header](const QPoint &at) { showColumnMenu(header->mapToGlobal(at)); });
    connect(header, &QHeaderView::sectionResized, this, &RequestsPage::keepColumns);
    connect(header, &QHeaderView::sectionMoved, this, &RequestsPage::keepColumns);
    connect(m_table, &QWidget::customContextMenuRequested, this,
            [this](const QPoint &at) { showRowMenu(m_table->viewport()->mapToGlobal(at)); });
    connect(m_table, &QTableView::activated, this, &RequestsPage::openCurrent);
    connect(m_table, &QTableView::clicked, this, [this](const QModelIndex &cell) {
        if (cell.column() == RequestModel::State && m_model->flood(cell.row()))
            return toggleRun();
        if (m_table->selectionModel()->selectedRows().size() == 1 && m_side != Side::Compare)
            openCurrent();
    });
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this] {
        if (m_side == Side::Peek)
            openCurrent();
        if (m_markBar->isVisible())
            editMark();
    });
    connect(m_table->verticalScrollBar(), &QScrollBar::valueChanged, this, &RequestsPage::scrolled);
}

void RequestsPage::setUpActions()
{
    QAction *filter
        = addCommand(QStringLiteral("requests.filter"), tr("Filter requests"), {}, [this] {
              m_filter->line()->setFocus(Qt::ShortcutFocusReason);
              m_filter->line()->selectAll();
          });
    filter->setShortcuts({QKeySequence(QKeySequence::Find), QKeySequence(Qt::Key_Slash)});
    addCommand(QStringLiteral("requests.saved"), tr("Choose a saved filter"), {},
               [this] { m_filter->showMenu(); });
    addCommand(QStringLiteral("requests.save_filter"), tr("Save or forget this filter"), {},
               [this] { m_filter->toggleSaved(); });
    addCommand(QStringLiteral("requests.only_this"), tr("Show only requests like this cell"), {},
               [this] { addCellTerm(false); });
    addCommand(QStringLiteral("requests.all_but_this"), tr("Hide requests like this cell"), {},
               [this] { addCellTerm(true); });
    addCommand(QStringLiteral("requests.next"), tr("Next request"), Qt::Key_J, [this] { step(1); });
    addCommand(QStringLiteral("requests.previous"), tr("Previous request"), Qt::Key_K,
               [this] { step(-1); });
    addCommand(QStringLiteral("requests.inspector"), tr("Show what happened to the request"),
               Qt::Key_I, [this] {
                   if (m_side == Side::None)
                       openCurrent();
                   else
                       setSide(Side::None);
               });
    addCommand(QStringLiteral("requests.mark"), tr("Mark the request"), Qt::Key_M, [this] {
        editMark();
        if (m_markBar->isVisible())
            m_markBar->focusShapes();
    });
    addCommand(QStringLiteral("requests.compare"), tr("Compare two requests"),
               QKeySequence(Qt::CTRL | Qt::Key_D), [this] { compareSelected(); });
    addCommand(QStringLiteral("requests.fold"), tr("Fold or unfold a run of completions"),
               Qt::Key_X, [this] { toggleRun(); });
    addCommand(QStringLiteral("requests.pause"), tr("Pause or resume the live view"), Qt::Key_Space,
               [this] { togglePause(); });
    addCommand(QStringLiteral("requests.live"), tr("Go to the newest request"), Qt::Key_End,
               [this] { goLive(); });
    addCommand(QStringLiteral("requests.copy"), tr("Copy the request in the last format"),
               QKeySequence(QKeySequence::Copy), [this] { m_tools->copy(current()); });
    addCommand(QStringLiteral("requests.copy_as"), tr("Copy the request as…"),
               QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C), [this] { chooseCopy(); });
    addCommand(QStringLiteral("requests.copy_exchange"), tr("Copy the record as JSON"), {},
               [this] { m_tools->copyJson(current()); });
    QAction *replay = addCommand(QStringLiteral("requests.replay"), tr("Send the request again"),
                                 {}, [this] { m_tools->replay(current(), std::nullopt); });
    replay->setShortcuts(
        {QKeySequence(Qt::CTRL | Qt::Key_Return), QKeySequence(Qt::CTRL | Qt::Key_Enter)});
    QAction *replayTo = addCommand(QStringLiteral("requests.replay_to"),
                                   tr("Send the request again to another target…"), {},
                                   [this] { chooseTarget(); });
    replayTo->setShortcuts({QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Return),
                            QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Enter)});
    addCommand(QStringLiteral("requests.export"), tr("Export requests…"),
               QKeySequence(Qt::CTRL | Qt::Key_E), [this] { askExport(); });
    addCommand(QStringLiteral("requests.columns"), tr("Choose columns"), {},
               [this] { showColumnMenu(m_table->mapToGlobal(QPoint(8, 32))); });
    addCommand(QStringLiteral("requests.reset_columns"), tr("Reset columns"), {},
               [this] { resetColumns(); });
}

// ---- frames and rows ----

void RequestsPage::setFrame(const FramePtr &frame)
{
    m_nowWallMs = frame->wallMs;
    const words::Names names = words::namesIn(*frame);
    m_model->takeNames(names, frame->wallMs);
    m_values.take(*frame);
    m_filter->line()->setValues(m_values);
    m_filter->setWorld(frame->wallMs, names);
    m_feed->take(frame->changed, isVisible());
    if (!m_isStarted) {
        m_isStarted = true;
        m_feed->reload();
    }
    if (isVisible())
        refreshSide();
}

// Not a focus proxy: Tab would then enter the page at its rows and never meet the filter.
void RequestsPage::focusInEvent(QFocusEvent *event)
{
    if (m_table->isVisible())
        m_table->setFocus(event->reason());
}

void RequestsPage::showEvent(QShowEvent *event)
{
    Page::showEvent(event);
    m_feed->take({}, true);
    arrange();
    fitColumns();
    refreshSide();
}

void RequestsPage::applyFilter()
{
    m_context.settings.setValue(kFilter, m_filter->text());
    holdAsNeeded();
    if (m_isStarted)
        m_feed->setFilter(m_filter->filter());
    else
        m_model->reset(m_filter->filter(), {});
    m_table->scrollToTop();
    arrange();
}

void RequestsPage::open(const QString &query)
{
    if (query.isEmpty())
        return;
    m_filter->setText(query);
    const QList<FilterTerm> &terms = m_filter->filter().terms;
    m_wanted.reset();
    if (terms.size() == 1 && terms[0].field == FilterField::Id)
        m_wanted = ExchangeId::parse(terms[0].text.toLatin1());
    showCounts();
}

void RequestsPage::showCounts()
{
    m_filter->setCounts(m_feed->matches(), m_feed->total(), m_feed->hasMore(), m_feed->isStopped());
    // The first page of everything comes at once; a bar for it would only flicker.
    const bool isFiltering = !m_model->filter().isEmpty();
    m_filter->setScan(m_feed->isScanning() && isFiltering ? std::optional(m_feed->share())
                                                          : std::nullopt);
    if (m_wanted && m_model->rowOf(*m_wanted) >= 0) {
        const ExchangeId id = *m_wanted;
        m_wanted.reset();
        openPeek(id);
    }
    showEmptiness();
}

void RequestsPage::showEmptiness()
{
    const bool isEmpty = m_model->rowCount() == 0 && m_model->waiting() == 0;
    const bool isShown = isEmpty && !m_feed->isScanning();
    if (isShown) {
        QString line;
        QString button;
        const FramePtr frame = m_context.link.frame();
        if (!m_feed->error().isEmpty()) {
            line = tr("Earlier requests cannot be read just now (%1); new ones will still be "
                      "listed.")
                       .arg(words::visible(m_feed->error()));
            button = tr("Try again");
        } else if (!m_model->filter().isEmpty()) {
            line = tr("No request matches this filter.");
            button = tr("Show all requests");
        } else if (frame->providers.isEmpty()) {
            line = tr("Every request through the gateway will be listed here; there is no provider "
                      "yet to answer one.");
            button = tr("Start with simulated providers");
        } else {
            line = tr("Every request through the gateway will be listed here; none has come yet.");
            button = tr("Connect a tool");
        }
        m_empty->setLine(line);
        m_empty->button()->setText(button);
    }
    if (m_empty->isHidden() == isShown) {
        m_empty->setVisible(isShown);
        arrange();
    }
}

void RequestsPage::emptyClicked()
{
    if (!m_feed->error().isEmpty())
        m_feed->reload();
    else if (!m_model->filter().isEmpty())
        m_filter->setText(QString());
    else if (m_context.link.frame()->providers.isEmpty())
        emit startWithSimulatedProviders();
    else
        emit openPage(QStringLiteral("connect"), QString());
}

// ---- live view ----

void RequestsPage::holdAsNeeded()
{
    m_model->setHeld(m_isPaused || m_table->verticalScrollBar()->value() > 0);
    showPill();
}

void RequestsPage::scrolled()
{
    holdAsNeeded();
    const int last = m_table->rowAt(m_table->viewport()->height() - 1);
    if (last < 0 || last >= m_model->rowCount() - kNearEnd)
        m_feed->fetchOlder();
}

void RequestsPage::togglePause()
{
    m_isPaused = !m_isPaused;
    holdAsNeeded();
}

void RequestsPage::goLive()
{
    m_isPaused = false;
    if (m_model->isDetached())
        m_feed->reload();
    m_table->scrollToTop();
    holdAsNeeded(); // the waiting rows come in first
    if (m_model->rowCount() > 0)
        m_table->setCurrentIndex(m_model->index(0, std::max(0, m_table->columnAt(1))));
}

void RequestsPage::showPill()
{
    const int waiting = m_model->waiting();
    const bool isShown = waiting > 0 || m_isPaused;
    if (isShown) {
        const QString count = tr("%n new", nullptr, waiting);
        const QString text = !m_isPaused ? count
            : waiting > 0                ? tr("Paused, %1", "n new").arg(count)
                                         : tr("Paused");
        if (m_pill->text() != text) {
            m_pill->setText(text);
            m_pill->setAccessibleName(tr("%1: go to the newest request").arg(text));
        }
        kit::setPlainToolTip(m_pill, tr("Go live (End)"));
        m_pill->adjustSize();
        const QRect rows = m_table->geometry();
        m_pill->move(rows.left() + (rows.width() - m_pill->width()) / 2,
                     rows.top() + m_table->horizontalHeader()->height() + kit::space::kInside);
        m_pill->raise();
    }
    m_pill->setVisible(isShown);
}

// ---- rows ----

RequestsPage::Ptr RequestsPage::current() const
{
    if (m_side == Side::Peek && !m_table->currentIndex().isValid())
        return m_peek->exchange();
    return m_model->at(m_table->currentIndex().row());
}

RequestsPage::Ptr RequestsPage::find(const ExchangeId &id) const
{
    const Ptr known = m_context.link.known(id); // the newest there is
    return known ? known : m_model->at(m_model->rowOf(id));
}

QList<RequestsPage::Ptr> RequestsPage::selected() const
{
    QList<int> rows;
    const QModelIndexList indexes = m_table->selectionModel()->selectedRows();
    for (const QModelIndex &index : indexes)
        rows.append(index.row());
    std::sort(rows.begin(), rows.end());
    QList<Ptr> found;
    for (const int row : rows) {
        if (const Ptr exchange = m_model->at(row))
            found.append(exchange);
    }
    return found;
}

// ---- runs of completions ----

void RequestsPage::hideFolded()
{
    for (int row = 0; row < m_model->rowCount(); ++row) {
        if (m_table->isRowHidden(row) != m_model->isFolded(row))
            m_table->setRowHidden(row, m_model->isFolded(row));
    }
}

void RequestsPage::toggleRun()
{
    const int row = m_table->currentIndex().row();
    const int head = m_model->headOf(row);
    if (head < 0) {
        emit said(tr("This request is not in a run of completions."));
        return;
    }
    m_model->setOpen(head, !m_model->flood(head)->isOpen);
    if (m_model->isFolded(row))
        m_table->setCurrentIndex(m_model->index(head, m_table->currentIndex().column()));
}

void RequestsPage::step(int rows)
{
    const int count = m_model->rowCount();
    if (count == 0)
        return;
    const int row = m_table->currentIndex().row();
    int next = row < 0 ? 0 : std::clamp(row + rows, 0, count - 1);
    while (m_model->isFolded(next) && next + rows >= 0 && next + rows < count)
        next += rows;
    if (m_model->isFolded(next))
        next = row;
    const int column = std::max(0, m_table->currentIndex().column());
    m_table->setCurrentIndex(m_model->index(next, column));
}

void RequestsPage::openCurrent()
{
    if (!m_table->currentIndex().isValid() && m_model->rowCount() > 0)
        m_table->setCurrentIndex(m_model->index(0, 0));
    if (const Ptr exchange = m_model->at(m_table->currentIndex().row())) {
        m_peek->setConfig(m_context.link.setup().config());
        m_peek->setExchange(exchange, m_model->names(), m_nowWallMs);
        setSide(Side::Peek);
    }
}

void RequestsPage::openPeek(const ExchangeId &id)
{
    const int row = m_model->rowOf(id);
    if (row < 0)
        return;
    if (m_model->isFolded(row))
        m_model->setOpen(row, true);
    m_table->setCurrentIndex(m_model->index(row, 0));
    m_table->scrollTo(m_model->index(row, 0));
    openCurrent();
}

bool RequestsPage::isPeekOpen() const
{
    return m_side == Side::Peek;
}

bool RequestsPage::isCompareOpen() const
{
    return m_side == Side::Compare;
}

void RequestsPage::setSide(Side side)
{
    if (m_side == side)
        return;
    const bool hadFocus = m_peek->isAncestorOf(QApplication::focusWidget())
        || m_compare->isAncestorOf(QApplication::focusWidget()) || m_peek->hasFocus()
        || m_compare->hasFocus();
    m_side = side;
    m_peek->setVisible(side == Side::Peek);
    m_compare->setVisible(side == Side::Compare);
    arrange();
    if (side == Side::None && hadFocus)
        m_table->setFocus(Qt::OtherFocusReason);
    if (const QModelIndex index = m_table->currentIndex(); index.isValid())
        m_table->scrollTo(index);
}

// A newer state of what stands beside the rows.
void RequestsPage::refreshSide()
{
    if (m_side == Side::Peek && m_peek->exchange()) {
        const Ptr newest = find(m_peek->exchange()->id);
        if (newest && (newest != m_peek->exchange() || newest->phase != Phase::Settled))
            m_peek->setExchange(newest, m_model->names(), m_nowWallMs);
        return;
    }
    if (m_pair.first.isNull())
        return;
    const Ptr left = find(m_pair.first);
    const Ptr right = find(m_pair.second);
    if (!left || !right || (left == m_compare->left() && right == m_compare->right()))
        return;
    m_compare->setPair(left, right, m_model->names());
    if (m_side != Side::Compare)
        setSide(Side::Compare);
}

void RequestsPage::compareWith(const ExchangeId &left, const ExchangeId &right)
{
    m_pair = {left, right};
    m_compareFirst.reset();
    m_compare->setPair(find(left), find(right), m_model->names());
    if (m_compare->left() && m_compare->right())
        setSide(Side::Compare);
}

// With two rows selected those two, the older first; else one after the other.
void RequestsPage::compareSelected()
{
    const QList<Ptr> rows = selected();
    if (rows.size() == 2) {
        compareWith(rows[1]->id, rows[0]->id);
        return;
    }
    const Ptr here = current();
    if (!here)
        return;
    if (m_compareFirst && *m_compareFirst != here->id && find(*m_compareFirst)) {
        compareWith(*m_compareFirst, here->id);
        return;
    }
    m_compareFirst = here->id;
    emit said(tr("The first request is chosen; go to the second and press Ctrl+D again."));
}

// The pair is shown as soon as the replay is seen in a frame.
void RequestsPage::replayed(const ExchangeId &original, const ExchangeId &replay)
{
    m_pair = {original, replay};
    refreshSide();
}

void RequestsPage::editMark()
{
    const Ptr exchange = current();
    if (!exchange)
        return;
    m_markBar->setMark(exchange->id, m_marks.mark(exchange->id));
    if (m_markBar->isHidden()) {
        m_markBar->show();
        arrange();
    }
}

bool RequestsPage::closeLayer()
{
    if (m_filter->line()->isCompleting()) {
        m_filter->line()->closeCompletion();
        return true;
    }
    if (m_feed->isScanning() && !m_model->filter().isEmpty()) {
        m_feed->stop();
        return true;
    }
    if (!m_markBar->isHidden()) {
        emit m_markBar->closed();
        return true;
    }
    if (m_filter->line()->hasFocus()) {
        m_table->setFocus(Qt::OtherFocusReason);
        return true;
    }
    if (m_side != Side::None) {
        if (m_side == Side::Compare)
            m_pair = {};
        setSide(Side::None);
        return true;
    }
    return false;
}

void RequestsPage::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape && closeLayer())
        return;
    Page::keyPressEvent(event);
}

// A button under the focus wants Space for itself; a text field takes its own keys already.
bool RequestsPage::event(QEvent *event)
{
    if (event->type() == QEvent::ShortcutOverride) {
        const auto *key = static_cast<QKeyEvent *>(event);
        if (key->key() == Qt::Key_Space
            && qobject_cast<QAbstractButton *>(QApplication::focusWidget())) {
            event->accept();
            return true;
        }
    }
    return Page::event(event);
}

bool RequestsPage::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_table->viewport() && event->type() == QEvent::Resize)
        fitColumns();
    return Page::eventFilter(watched, event);
}

// ---- menus ----

QPoint RequestsPage::below(const QWidget *widget)
{
    return widget->mapToGlobal(QPoint(0, widget->height()));
}

void RequestsPage::addCellTerm(bool isNegated)
{
    const QModelIndex cell = m_table->currentIndex();
    if (!cell.isValid())
        return;
    const QString term = m_model->termOf(cell.row(), cell.column());
    if (term.isEmpty())
        emit said(tr("This cell says nothing a filter could ask for."));
    else
        m_filter->addTerm(term, isNegated);
}

void RequestsPage::showRowMenu(const QPoint &at)
{
    const QModelIndex cell = m_table->currentIndex();
    if (!cell.isValid())
        return;
    delete m_menu;
    m_menu = new QMenu(this);
    const QString term = m_model->termOf(cell.row(), cell.column());
    if (!term.isEmpty()) {
        m_menu->addAction(tr("Only this: %1").arg(escaped(words::trimmed(term, 60))), this,
                          [this] { addCellTerm(false); });
        m_menu->addAction(tr("All but this"), this, [this] { addCellTerm(true); });
        m_menu->addSeparator();
    }
    for (const char *name : {"requests.inspector", "requests.mark", "requests.compare",
                             "requests.fold", "", "requests.copy_as", "requests.copy_exchange", "",
                             "requests.replay", "requests.replay_to", "", "requests.export"}) {
        if (*name == 0)
            m_menu->addSeparator();
        else
            m_menu->addAction(findChild<QAction *>(QString::fromLatin1(name)));
    }
    m_menu->popup(at);
}

void RequestsPage::chooseCopy()
{
    const Ptr exchange = current();
    if (!exchange)
        return;
    delete m_menu;
    m_menu = new QMenu(this);
    for (int i = 0; i < words::kCodeFormats; ++i) {
        const auto format = words::CodeFormat(i);
        QAction *action
            = m_menu->addAction(tr("Copy as %1").arg(words::codeFormat(format)), this,
                                [this, format, exchange] { m_tools->copyAs(format, exchange); });
        action->setCheckable(true);
        action->setChecked(format == m_tools->format());
    }
    m_menu->addSeparator();
    m_menu->addAction(tr("Copy the record as JSON"), this,
                      [this, exchange] { m_tools->copyJson(exchange); });
    m_menu->popup(m_table->viewport()->mapToGlobal(
        m_table->visualRect(m_table->currentIndex()).bottomLeft()));
}

void RequestsPage::chooseTarget()
{
    const Ptr exchange = current();
    if (!exchange)
        return;
    delete m_menu;
    m_menu = new QMenu(this);
    const QList<TargetRef> targets = m_tools->targetsFor(*exchange);
    QAction *title = m_menu->addAction(tr("Send again to:"));
    title->setEnabled(false);
    for (const TargetRef &target : targets) {
        m_menu->addAction(escaped(m_model->names().of(target)), this,
                          [this, exchange, target] { m_tools->replay(exchange, target); });
    }
    if (targets.isEmpty())
        title->setText(tr("There is no target to send it to."));
    m_menu->popup(m_table->viewport()->mapToGlobal(
        m_table->visualRect(m_table->currentIndex()).bottomLeft()));
}

void RequestsPage::askExport()
{
    if (m_export->isRunning()) {
        emit said(tr("An export is running; its line above the rows can cancel it."));
        return;
    }
    auto *dialog = new QFileDialog(this, tr("Export requests"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setNameFilters(
        {tr("Table for spreadsheets (*.csv)"), tr("One JSON object a line (*.jsonl)")});
    dialog->setDefaultSuffix(QStringLiteral("csv"));
    dialog->setDirectory(m_context.settings.value(kFolder).toString());
    dialog->selectFile(QStringLiteral("requests.csv"));
    connect(dialog, &QFileDialog::filterSelected, dialog, [dialog](const QString &filter) {
        dialog->setDefaultSuffix(filter.contains(u".jsonl") ? QStringLiteral("jsonl")
                                                            : QStringLiteral("csv"));
    });
    connect(dialog, &QFileDialog::fileSelected, this, [this, dialog](const QString &path) {
        m_context.settings.setValue(kFolder, dialog->directory().absolutePath());
        exportTo(path);
    });
    dialog->open();
}

void RequestsPage::exportTo(const QString &path)
{
    const QList<Ptr> rows = selected();
    if (rows.size() > 1)
        m_export->start(path, RequestExport::formatOf(path), rows);
    else
        m_export->start(path, RequestExport::formatOf(path), m_filter->filter());
}

// ---- columns ----

void RequestsPage::showColumnMenu(const QPoint &at)
{
    delete m_menu;
    m_menu = new QMenu(this);
    for (int i = 0; i < RequestModel::ColumnCount; ++i) {
        QAction *action = m_menu->addAction(RequestModel::title(RequestModel::Column(i)));
        action->setCheckable(true);
        action->setChecked(!m_table->isColumnHidden(i));
        action->setEnabled(i != RequestModel::State); // a row needs its state
        connect(action, &QAction::toggled, this, [this, i](bool isShown) {
            m_table->setColumnHidden(i, !isShown);
            if (isShown && m_table->columnWidth(i) < 40)
                m_table->setColumnWidth(i, kPlan[size_t(i)].width);
            keepColumns();
        });
    }
    m_menu->addSeparator();
    m_menu->addAction(tr("Fit all to their texts"), this, [this] {
        for (int i = 0; i < RequestModel::ColumnCount; ++i) {
            if (!m_table->isColumnHidden(i))
                m_table->resizeColumnToContents(i);
        }
    });
    m_menu->addAction(findChild<QAction *>(QStringLiteral("requests.reset_columns")));
    m_menu->popup(at);
}

void RequestsPage::restoreColumns()
{
    m_isFitting = true;
    QHeaderView *header = m_table->horizontalHeader();
    for (const ColumnPlan &plan : kPlan)
        header->resizeSection(plan.column, plan.width);
    for (const RequestModel::Column column : kHiddenAtFirst)
        header->hideSection(column);
    const QByteArray saved = m_context.settings.value(kColumns).toByteArray();
    m_hasOwnColumns = !saved.isEmpty() && header->restoreState(saved)
        && header->count() == RequestModel::ColumnCount;
    m_isFitting = false;
}

void RequestsPage::keepColumns()
{
    if (m_isFitting)
        return;
    m_hasOwnColumns = true;
    m_context.settings.setValue(kColumns, m_table->horizontalHeader()->saveState());
}

void RequestsPage::resetColumns()
{
    m_isFitting = true;
    QHeaderView *header = m_table->horizontalHeader();
    for (int i = 0; i < RequestModel::ColumnCount; ++i)
        header->moveSection(header->visualIndex(i), i);
    m_isFitting = false;
    m_context.settings.remove(kColumns);
    restoreColumns();
    fitColumns();
}

// Until somebody chooses columns, those that fit are shown, and the served-by column takes what is
// left.
void RequestsPage::fitColumns()
{
    if (m_hasOwnColumns || m_isFitting)
        return;
    m_isFitting = true;
    const int room = m_table->viewport()->width();
    int sum = 0;
    for (const ColumnPlan &plan : kPlan) {
        const bool isHidden = std::find(kHiddenAtFirst.begin(), kHiddenAtFirst.end(), plan.column)
            != kHiddenAtFirst.end();
        m_table->setColumnHidden(plan.column, isHidden);
        sum += isHidden ? 0 : plan.width;
    }
    for (const RequestModel::Column column : kGivingWay) {
        if (sum <= room)
            break;
        m_table->setColumnHidden(column, true);
        sum -= kPlan[size_t(column)].width;
    }
    const int served = kPlan[size_t(RequestModel::ServedBy)].width;
    m_table->setColumnWidth(RequestModel::ServedBy, std::max(served, served + room - sum));
    m_isFitting = false;
}

// ---- layout ----

void RequestsPage::resizeEvent(QResizeEvent *)
{
    arrange();
}

void RequestsPage::arrange()
{
    using namespace kit::space;
    const QRect area = rect().adjusted(kMargin, 2, -kMargin, -kGap);
    int top = area.top();
    const auto place = [&](QWidget *widget, int gap) {
        if (widget->isHidden())
            return;
        const int height = widget->hasHeightForWidth() ? widget->heightForWidth(area.width())
                                                       : widget->sizeHint().height();
        widget->setGeometry(area.left(), top, area.width(), height);
        top += height + gap;
    };
    place(m_filter, kInside);
    place(m_notice, kInside);
    place(m_markBar, kInside);
    QRect rows(area.left(), top, area.width(), std::max(0, area.bottom() + 1 - top));
    if (m_side != Side::None) {
        const bool isOverlay = width() < kOverlayBelow;
        const int wish = m_side == Side::Compare ? kCompareWidth : kPeek;
        const int wide = std::min(wish, isOverlay ? area.width() - 160 : area.width() / 2);
        QWidget *side = m_side == Side::Peek ? static_cast<QWidget *>(m_peek) : m_compare;
        side->setGeometry(rows.right() + 1 - wide, rows.top(), wide, rows.height());
        side->raise();
        if (!isOverlay)
            rows.setRight(rows.right() - wide - kGap);
    }
    m_table->setGeometry(rows);
    m_table->setVisible(m_empty->isHidden());
    m_empty->setGeometry(rows);
    showPill();
}

} // namespace sb::pages
