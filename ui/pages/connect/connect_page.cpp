#include "pages/connect/connect_page.h"

#include "kit/run_aside.h"
#include "kit/tab_row.h"
#include "kit/table.h"
#include "kit/tokens.h"
#include "link/engine_link.h"
#include "models/tool_model.h"
#include "pages/connect/keys_tab.h"
#include "pages/connect/terminal.h"
#include "pages/connect/tool_panel.h"

#include <QAction>
#include <QFocusEvent>
#include <QHeaderView>
#include <QScrollArea>
#include <QSettings>
#include <QSplitter>
#include <QStackedWidget>
#include <QTableView>
#include <QVBoxLayout>

namespace sb::pages {

using models::ToolModel;

namespace {
const QString kSplit = QStringLiteral("connect/split");
const QString kTab = QStringLiteral("connect/tab");
} // namespace

ConnectPage::ConnectPage(const PageContext &context, QWidget *parent)
    : Page(parent)
    , m_context(context)
    , m_model(new ToolModel(this))
    , m_tabs(new kit::TabRow(this))
    , m_stack(new QStackedWidget(this))
    , m_split(new QSplitter(Qt::Horizontal, this))
    , m_table(new QTableView(m_split))
    , m_panel(new ToolPanel(context.link, this))
    , m_keys(new KeysTab(context.link, this))
{
    setAccessibleName(tr("Connect"));
    m_tabs->setAccessibleName(tr("Tools or keys"));
    m_tabs->addTab(tr("Tools"));
    m_tabs->addTab(tr("Keys"));

    m_table->setModel(m_model);
    m_table->setAccessibleName(tr("Tools"));
    kit::setUpTable(m_table);
    auto *delegate = new kit::TableDelegate(m_table);
    const auto tone = [](const QModelIndex &index) {
        const QVariant isFound = index.data(ToolModel::IsFoundRole);
        return isFound.isValid() && isFound.toBool() ? kit::PlainLabel::Tone::Text
                                                     : kit::PlainLabel::Tone::Muted;
    };
    for (int column = 0; column < ToolModel::ColumnCount; ++column)
        delegate->setLook(column, {.tone = tone});
    delegate->setLook(ToolModel::Name,
                      {.kind = kit::ColumnLook::Kind::Lamp,
                       .lamp =
                           [](const QModelIndex &index) {
                               return index.data(ToolModel::IsSeenRole).toBool()
                                   ? kit::Lamp::Serving
                                   : kit::Lamp::Idle;
                           },
                       .tone = [](const QModelIndex &) { return kit::PlainLabel::Tone::Text; }});
    m_table->setItemDelegate(delegate);
    QHeaderView *header = m_table->horizontalHeader();
    header->setSectionResizeMode(ToolModel::Name, QHeaderView::Stretch);
    m_table->setColumnWidth(ToolModel::Found, 108);
    m_table->setColumnWidth(ToolModel::Connected, 132);
    m_table->setColumnWidth(ToolModel::LastSeen, 92);

    auto *scroll = new QScrollArea(m_split);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(m_panel);
    m_split->addWidget(m_table);
    m_split->addWidget(scroll);
    m_split->setChildrenCollapsible(false);
    m_table->setMinimumWidth(480); // the names stay readable
    scroll->setMinimumWidth(360);
    m_split->setStretchFactor(0, 5);
    m_split->setStretchFactor(1, 4);

    m_stack->addWidget(m_split);
    m_stack->addWidget(m_keys);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(kit::space::kMargin, kit::space::kInside, 0, 0);
    column->setSpacing(kit::space::kInside);
    column->addWidget(m_tabs);
    column->addWidget(m_stack, 1);

    connect(m_tabs, &QTabBar::currentChanged, this, [this](int index) {
        m_stack->setCurrentIndex(index);
        m_context.settings.setValue(kTab, index);
    });
    connect(m_split, &QSplitter::splitterMoved, this,
            [this] { m_context.settings.setValue(kSplit, m_split->saveState()); });
    m_split->restoreState(m_context.settings.value(kSplit).toByteArray());
    m_tabs->setCurrentIndex(m_context.settings.value(kTab).toInt());
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            &ConnectPage::chooseRow);
    connect(m_panel, &ToolPanel::copyRequested, this, &Page::copyRequested);
    connect(m_panel, &ToolPanel::said, this, &Page::said);
    connect(m_panel, &ToolPanel::launched, m_model, &ToolModel::setLaunched);
    connect(m_keys, &KeysTab::copyRequested, this, &Page::copyRequested);
    connect(m_keys, &KeysTab::said, this, &Page::said);
    addCommands();
    m_table->selectRow(0);
}

ConnectPage::~ConnectPage() = default;

void ConnectPage::addCommands()
{
    const auto onTool = [this](auto call) {
        return [this, call] {
            m_tabs->setCurrentIndex(0);
            (m_panel->*call)();
        };
    };
    addCommand(QStringLiteral("connect.launch"), tr("Launch the chosen tool in a terminal"),
               QKeySequence(Qt::CTRL | Qt::Key_Return), onTool(&ToolPanel::launchTool));
    addCommand(QStringLiteral("connect.copy"), tr("Copy the chosen tool's line with the key"),
               QKeySequence(), onTool(&ToolPanel::copyCommand));
    addCommand(QStringLiteral("connect.copySettings"), tr("Copy the chosen tool's settings"),
               QKeySequence(), onTool(&ToolPanel::copySettings));
    addCommand(QStringLiteral("connect.look"), tr("Look for tools again"),
               QKeySequence(QKeySequence::Refresh), [this] { look(); });
    addCommand(QStringLiteral("connect.tools"), tr("Show the tools"), QKeySequence(),
               [this] { m_tabs->setCurrentIndex(0); });
    addCommand(QStringLiteral("connect.keys"), tr("Show the keys of clients"), QKeySequence(),
               [this] { m_tabs->setCurrentIndex(1); });
    addCommand(QStringLiteral("connect.rotate"), tr("Rotate the chosen client's key"),
               QKeySequence(), [this] { m_keys->rotate(); });
    addCommand(QStringLiteral("connect.revoke"), tr("Revoke the chosen client's key"),
               QKeySequence(), [this] { m_keys->revoke(); });
    // The platform's copy key, in the table only: text panes copy text.
    auto *copy = new QAction(tr("Copy the chosen tool's line with the key"), m_table);
    copy->setShortcut(QKeySequence::Copy);
    copy->setShortcutContext(Qt::WidgetShortcut);
    connect(copy, &QAction::triggered, m_panel, &ToolPanel::copyCommand);
    m_table->addAction(copy);
}

void ConnectPage::setFrame(const FramePtr &frame)
{
    m_frame = frame;
    m_model->take(*frame);
    if (!isVisible())
        return;
    showFrame();
}

void ConnectPage::showFrame()
{
    m_model->setFrame(*m_frame);
    m_panel->setFrame(m_frame, m_model->lastSeenOf(m_panel->tool()));
    m_keys->setFrame(m_frame);
}

void ConnectPage::open(const QString &query)
{
    m_tabs->setCurrentIndex(query == QStringLiteral("keys") ? 1 : 0);
    for (const models::ToolFacts &facts : models::tools()) {
        if (facts.clientId == query) {
            m_wanted = facts.tool;
            m_table->selectRow(m_model->rowOf(facts.tool));
        }
    }
}

bool ConnectPage::closeLayer()
{
    return m_keys->closeLayer();
}

// Not a focus proxy: Tab would then enter the page at its table and never meet the tabs.
void ConnectPage::focusInEvent(QFocusEvent *event)
{
    if (m_table->isVisible())
        m_table->setFocus(event->reason());
}

void ConnectPage::showEvent(QShowEvent *event)
{
    Page::showEvent(event);
    if (m_frame)
        showFrame();
    if (!m_hasLooked)
        look();
}

void ConnectPage::look()
{
    m_hasLooked = true;
    QStringList names;
    for (const models::ToolFacts &facts : models::tools())
        names += facts.programs;
    // A folder of PATH may be on a slow network.
    kit::runAside<QHash<QString, QString>>(
        this, [names, path = searchPath()] { return findPrograms(names, path); },
        [this](const QHash<QString, QString> &found) {
            const models::Tool chosen = m_panel->tool();
            const bool isFresh = !m_wanted && m_table->currentIndex().row() <= 0;
            m_model->setPrograms(found);
            m_table->selectRow(isFresh ? 0 : m_model->rowOf(m_wanted.value_or(chosen)));
            m_wanted.reset();
        });
}

void ConnectPage::chooseRow()
{
    const QModelIndex index = m_table->currentIndex();
    if (!index.isValid())
        return;
    const models::Tool tool = m_model->toolAt(index.row());
    m_panel->setTool(tool, index.data(ToolModel::PathRole).toString(), m_model->lastSeenOf(tool));
}

} // namespace sb::pages
