#include "pages/chains/chains_page.h"

#include "kit/console_style.h"
#include "kit/empty_state.h"
#include "kit/icons.h"
#include "kit/notice_bar.h"
#include "kit/tab_row.h"
#include "kit/table.h"
#include "link/engine_link.h"
#include "models/chain_advice.h"
#include "pages/chains/alias_panel.h"
#include "pages/chains/chain_words.h"
#include "pages/chains/draft_desk.h"
#include "pages/chains/review_panel.h"
#include "pages/chains/target_table.h"
#include "pages/chains/try_panel.h"
#include "pages/chains/versions_panel.h"
#include "words/format.h"
#include "words/plain.h"

#include <QAction>
#include <QBoxLayout>
#include <QHeaderView>
#include <QLineEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QStackedWidget>
#include <QStandardItemModel>
#include <QTableView>
#include <QToolButton>

#include <algorithm>

namespace sb::pages {

using kit::PlainLabel;

namespace {

constexpr int kListWidth = 232;
constexpr int kListNarrow = 176;
constexpr int kNarrowBelow = 1000; // of this page
constexpr int kIdRole = Qt::UserRole + 1;
constexpr int kStateRole = Qt::UserRole + 2;
constexpr int kChangedRole = Qt::UserRole + 3;
constexpr int kMostWarnings = 4;

QVBoxLayout *columnIn(QWidget *widget)
{
    auto *column = new QVBoxLayout(widget);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(kit::space::kInside);
    return column;
}

} // namespace

ChainsPage::ChainsPage(const PageContext &context, QWidget *parent)
    : Page(parent)
    , m_context(context)
    , m_desk(new DraftDesk(context.link, context.drafts, context.settings, this))
    , m_config(std::make_shared<config::ConfigSnapshot>())
    , m_frame(std::make_shared<Frame>())
    , m_empty(new kit::EmptyState(
          tr("Chains will be here: ordered targets under one name. Add a provider first, then "
             "make a chain of its models."),
          tr("New chain"), this))
    , m_body(new QWidget(this))
{
    setAccessibleName(tr("Chains"));
    buildList();
    buildEditor();
    buildActions();
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(kit::space::kMargin, kit::space::kGap, kit::space::kMargin,
                               kit::space::kGap);
    column->setSpacing(kit::space::kInside);
    column->addWidget(m_outdated);
    column->addWidget(m_empty, 1);
    column->addWidget(m_body, 1);
    column->addWidget(m_bar);
    connect(m_empty, &kit::EmptyState::clicked, this, [this] {
        if (m_desk->loadError().isEmpty())
            beginNaming(false);
        else
            m_desk->load();
    });
    connect(&m_context.drafts, &models::ChainDrafts::changed, this, &ChainsPage::showDraft);
    connect(&m_context.drafts, &models::ChainDrafts::applyAsked, this, &ChainsPage::apply);
    connect(&m_context.drafts, &models::ChainDrafts::takeBackAsked, this,
            [this] { m_desk->takeBack(QStringLiteral("undo")); });
    connect(m_desk, &DraftDesk::changed, this, [this] {
        showEmptiness();
        showWarnings();
        showBar();
    });
    connect(m_desk, &DraftDesk::applied, this, [this](quint32 revision) {
        emit said(tr("The draft is applied as version %1. Running requests finish on the old one.")
                      .arg(revision));
        if (m_tabs->currentIndex() == Review)
            showTab(Targets);
    });
    connect(m_desk, &DraftDesk::takenBack, this, [this](quint32 revision) {
        emit said(tr("The version before runs again, as version %1.").arg(revision));
    });
    connect(m_desk, &DraftDesk::refused, this, [this](const QString &code, const QString &detail) {
        emit said(code == QStringLiteral("changed_meanwhile")
                      ? tr("Nothing was applied: the configuration has changed meanwhile.")
                      : tr("Nothing was applied: %1").arg(words::trimmed(detail, 300)));
    });
    showDraft();
}

ChainsPage::~ChainsPage() = default;

void ChainsPage::buildList()
{
    m_listModel = new QStandardItemModel(0, 2, this);
    m_list = new QTableView(m_body);
    m_list->setModel(m_listModel);
    m_list->setAccessibleName(tr("Chains"));
    kit::setUpTable(m_list);
    m_list->horizontalHeader()->hide();
    auto *delegate = new kit::TableDelegate(m_list);
    delegate->setLook(0,
                      {.kind = kit::ColumnLook::Kind::Lamp, .lamp = [](const QModelIndex &index) {
                           return kit::lampFor(ChainState(index.data(kStateRole).toInt()));
                       }});
    delegate->setLook(1, {.tone = [](const QModelIndex &index) {
                          return index.data(kChangedRole).toBool() ? PlainLabel::Tone::Caution
                                                                   : PlainLabel::Tone::Muted;
                      }});
    m_list->setItemDelegate(delegate);
    m_list->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Stretch);
    m_list->horizontalHeader()->resizeSection(1, 84);
    connect(m_list->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            [this](const QModelIndex &index) {
                if (index.isValid())
                    select(ChainId(index.siblingAtColumn(0).data(kIdRole).toString()));
            });

    m_naming = new QWidget(this);
    m_name = new QLineEdit(m_naming);
    m_name->setMaxLength(64);
    m_name->setAccessibleName(tr("Name of the chain"));
    m_name->setPlaceholderText(tr("coding"));
    m_nameNote = new PlainLabel(QString(), kit::Type::Label, m_naming);
    m_nameNote->setWordWrap(true);
    m_nameNote->setTone(PlainLabel::Tone::Secondary);
    m_nameButton = new QPushButton(m_naming);
    auto *naming = columnIn(m_naming);
    auto *line = new QHBoxLayout;
    line->setSpacing(kit::space::kInside);
    line->addWidget(m_name, 1);
    line->addWidget(m_nameButton);
    naming->addLayout(line);
    naming->addWidget(m_nameNote);
    m_naming->hide();
    connect(m_name, &QLineEdit::returnPressed, this, &ChainsPage::finishNaming);
    connect(m_nameButton, &QPushButton::clicked, this, &ChainsPage::finishNaming);
    connect(m_name, &QLineEdit::textChanged, this, [this] {
        static const QRegularExpression kId(QStringLiteral("^[a-z0-9][a-z0-9._-]*$"));
        const QString text = m_name->text().trimmed();
        const bool isOwn = m_isRenaming && text == m_current.text();
        const bool isTaken = !isOwn && m_context.drafts.draft().chain(ChainId(text));
        const bool isGood = kId.match(text).hasMatch() && !isTaken && !isOwn;
        m_nameButton->setEnabled(isGood);
        QString users;
        if (m_isRenaming)
            users = usersSentence(m_current, *m_config, m_context.drafts.draft());
        if (isTaken)
            m_nameNote->setText(tr("There is a chain of this name."));
        else if (!text.isEmpty() && !isGood && !isOwn)
            m_nameNote->setText(tr("Use a–z, 0–9, dot, dash and underscore."));
        else if (m_isRenaming)
            m_nameNote->setText(
                users.isEmpty()
                    ? tr("Tools that ask for %1 by name must be changed.").arg(m_current.text())
                    : tr("These follow: %1. Tools that ask for %2 by name do not.")
                          .arg(users, m_current.text()));
        else
            m_nameNote->setText(tr("Tools ask for this name as their model."));
    });
}

void ChainsPage::buildEditor()
{
    auto *row = new QHBoxLayout(m_body);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(kit::space::kMargin);

    m_left = new QWidget(m_body);
    QWidget *left = m_left;
    auto *list = columnIn(left);
    list->addWidget(m_list, 1);
    list->addWidget(m_naming);
    auto *buttons = new QHBoxLayout;
    buttons->setSpacing(kit::space::kGrid);
    const auto button = [this, left, buttons](kit::Glyph glyph, const QString &name,
                                              const QString &tip, const auto &run) {
        auto *tool = new QToolButton(left);
        tool->setIcon(kit::icon(glyph));
        tool->setAutoRaise(true);
        tool->setFocusPolicy(Qt::TabFocus);
        tool->setAccessibleName(name);
        kit::setPlainToolTip(tool, tip);
        connect(tool, &QToolButton::clicked, this, run);
        buttons->addWidget(tool);
        return tool;
    };
    button(kit::Glyph::Add, tr("New chain"), tr("New chain (Ctrl+N)"),
           [this] { beginNaming(false); });
    button(kit::Glyph::Copy, tr("Duplicate chain"), tr("Duplicate this chain"), [this] {
        const ChainId copy = m_context.drafts.freeName(m_current.text());
        if (m_context.drafts.duplicateChain(m_current, copy))
            select(copy);
    });
    button(kit::Glyph::Edit, tr("Rename chain"), tr("Rename this chain"),
           [this] { beginNaming(true); });
    button(kit::Glyph::Remove, tr("Delete chain"), tr("Delete this chain; it can be undone"),
           [this] { removeCurrent(); });
    buttons->addStretch(1);
    list->addLayout(buttons);
    row->addWidget(left);

    auto *right = new QWidget(m_body);
    auto *column = columnIn(right);
    m_title = new PlainLabel(QString(), kit::Type::Title, right);
    m_users = new PlainLabel(QString(), kit::Type::Label, right);
    m_users->setTone(PlainLabel::Tone::Secondary);
    m_users->setElided(true);
    m_worst = new PlainLabel(QString(), kit::Type::Label, right);
    m_worst->setTone(PlainLabel::Tone::Secondary);
    auto *head = new QHBoxLayout;
    head->setSpacing(kit::space::kGap);
    head->addWidget(m_title);
    head->addWidget(m_users, 1, Qt::AlignBaseline);
    column->addLayout(head);
    m_tabs = new kit::TabRow(right);
    m_tabs->setAccessibleName(tr("Parts of the editor"));
    for (const QString &title :
         {tr("Targets"), tr("Aliases"), tr("Review"), tr("History"), tr("Try a request")})
        m_tabs->addTab(title);
    column->addWidget(m_tabs);

    m_stack = new QStackedWidget(right);
    auto *targets = new QWidget(m_stack);
    m_targets = new TargetTable(m_context.drafts, targets);
    m_warnings = new PlainLabel(QString(), kit::Type::Body, targets);
    m_warnings->setTone(PlainLabel::Tone::Caution);
    m_warnings->setWordWrap(true);
    m_warnings->setAccessibleName(tr("Warnings about this chain"));
    auto *targetColumn = columnIn(targets);
    targetColumn->addWidget(m_targets, 1);
    targetColumn->addWidget(m_warnings);
    targetColumn->addWidget(m_worst);
    m_stack->addWidget(targets);
    m_aliases = new AliasPanel(m_context.drafts, m_stack);
    m_stack->addWidget(m_aliases);
    m_review = new ReviewPanel(m_stack);
    m_stack->addWidget(m_review);
    m_versions = new VersionsPanel(m_context.link, m_context.drafts, m_stack);
    m_stack->addWidget(m_versions);
    m_try = new TryPanel(m_context.link, m_stack);
    m_stack->addWidget(m_try);
    column->addWidget(m_stack, 1);
    row->addWidget(right, 1);
    connect(m_tabs, &QTabBar::currentChanged, this, [this](int tab) { showTab(Tab(tab)); });
    connect(m_versions, &VersionsPanel::said, this, &Page::said);
    connect(m_versions, &VersionsPanel::restored, this, [this](quint32 revision) {
        emit said(tr("Version %1 is now the draft. Review it, then apply.").arg(revision));
        showTab(Review);
    });
    connect(m_targets, &TargetTable::modelsWanted, this, [this](const ProviderId &provider) {
        m_context.link.setup()
            .verify(provider, KeyId())
            .then(this, [this, provider](const Result<engine::Verified> &listed) {
                if (listed)
                    m_targets->setListed(provider, listed->modelIds);
            });
    });

    m_outdated = new kit::NoticeBar(this);
    m_outdated->setAction(tr("Redo the draft on it"));
    m_outdated->setSecondAction(tr("Discard the draft"));
    m_outdated->hide();
    connect(m_outdated, &kit::NoticeBar::actionClicked, this, [this] {
        const QList<ChainId> both = m_context.drafts.redoOnNewer();
        QStringList names;
        for (const ChainId &chain : both)
            names += chain.text();
        emit said(names.isEmpty()
                      ? tr("The draft is made again on the new version.")
                      : tr("The draft is made again on the new version. Both changed %1: the "
                           "draft's version stands; look at Review.")
                            .arg(names.join(QStringLiteral(", "))));
    });
    connect(m_outdated, &kit::NoticeBar::secondActionClicked, this, [this] {
        m_context.drafts.discard();
        m_context.drafts.redoOnNewer();
    });

    m_bar = new QWidget(this);
    m_barText = new PlainLabel(QString(), kit::Type::Strong, m_bar);
    m_barText->setElided(true);
    m_reviewButton = new QPushButton(tr("Review"), m_bar);
    m_discardButton = new QPushButton(tr("Discard"), m_bar);
    m_applyButton = new QPushButton(tr("Apply"), m_bar);
    kit::setPlainToolTip(m_applyButton, tr("Apply the draft (Ctrl+S)"));
    kit::setPrimary(m_applyButton);
    auto *bar = new QHBoxLayout(m_bar);
    bar->setContentsMargins(0, 0, 0, 0);
    bar->setSpacing(kit::space::kInside);
    bar->addWidget(m_barText, 1);
    bar->addWidget(m_reviewButton);
    bar->addWidget(m_discardButton);
    bar->addWidget(m_applyButton);
    connect(m_reviewButton, &QPushButton::clicked, this, [this] { showTab(Review); });
    connect(m_discardButton, &QPushButton::clicked, this, [this] {
        if (m_desk->canTakeBack() && !m_context.drafts.hasChanges())
            m_desk->takeBack(QStringLiteral("undo"));
        else if (m_context.drafts.discard())
            emit said(tr("The draft is discarded. Undo brings it back."));
    });
    connect(m_applyButton, &QPushButton::clicked, this, &ChainsPage::apply);
}

void ChainsPage::buildActions()
{
    models::ChainDrafts &drafts = m_context.drafts;
    addCommand(QStringLiteral("chains.new"), tr("New chain"), QKeySequence::New,
               [this] { beginNaming(false); });
    addCommand(QStringLiteral("chains.duplicate"), tr("Duplicate chain"), {}, [this, &drafts] {
        const ChainId copy = drafts.freeName(m_current.text());
        if (drafts.duplicateChain(m_current, copy))
            select(copy);
    });
    addCommand(QStringLiteral("chains.rename"), tr("Rename chain"), {},
               [this] { beginNaming(true); });
    addCommand(QStringLiteral("chains.delete"), tr("Delete chain"), {},
               [this] { removeCurrent(); });
    addCommand(QStringLiteral("chains.addTarget"), tr("Add target"),
               QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_N), [this] {
                   showTab(Targets);
                   m_targets->beginAdding();
               });
    addCommand(QStringLiteral("chains.up"), tr("Move target up"),
               QKeySequence(Qt::ALT | Qt::Key_Up), [this] { m_targets->moveCurrent(-1); });
    addCommand(QStringLiteral("chains.down"), tr("Move target down"),
               QKeySequence(Qt::ALT | Qt::Key_Down), [this] { m_targets->moveCurrent(1); });
    addCommand(QStringLiteral("chains.remove"), tr("Remove target or alias"), QKeySequence::Delete,
               [this] {
                   if (m_list->hasFocus())
                       return;
                   if (m_tabs->currentIndex() == Aliases)
                       m_aliases->removeCurrent();
                   else if (m_tabs->currentIndex() == Targets)
                       m_targets->removeCurrent();
               });
    addCommand(QStringLiteral("chains.review"), tr("Review the draft"), {},
               [this] { showTab(Review); });
    addCommand(QStringLiteral("chains.apply"), tr("Apply the draft"), QKeySequence::Save,
               [this] { apply(); });
    addCommand(QStringLiteral("chains.discard"), tr("Discard the draft"), {}, [this] {
        if (m_context.drafts.discard())
            emit said(tr("The draft is discarded. Undo brings it back."));
    });
    addCommand(QStringLiteral("chains.history"), tr("History of the configuration"), {},
               [this] { showTab(History); });
    addCommand(QStringLiteral("chains.try"), tr("Try a request"), {}, [this] { showTab(Try); });
    m_undo = addCommand(QStringLiteral("chains.undo"), tr("Undo"), QKeySequence::Undo,
                        [&drafts] { drafts.undoStack().undo(); });
    m_redo = addCommand(QStringLiteral("chains.redo"), tr("Redo"),
                        QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z),
                        [&drafts] { drafts.undoStack().redo(); });
    QUndoStack &stack = drafts.undoStack();
    connect(&stack, &QUndoStack::canUndoChanged, m_undo, &QAction::setEnabled);
    connect(&stack, &QUndoStack::canRedoChanged, m_redo, &QAction::setEnabled);
    m_undo->setEnabled(stack.canUndo());
    m_redo->setEnabled(stack.canRedo());
}

void ChainsPage::setFrame(const FramePtr &frame)
{
    m_frame = frame;
    m_names = words::namesIn(*frame);
    m_versions->setNames(m_names);
    m_try->setNames(m_names);
    m_desk->takeFrame(frame);
    const config::SnapshotPtr config = m_context.link.setup().config();
    const bool isNew = config && config != m_config;
    if (isNew) {
        m_config = config;
        m_targets->setConfig(config);
        m_try->setConfig(config);
        showDraft();
        if (m_tabs->currentIndex() == History)
            m_versions->reload();
    }
    if (!isVisible())
        return;
    m_targets->model()->setFrame(frame);
    for (int row = 0; row < m_listModel->rowCount(); ++row) {
        QStandardItem *item = m_listModel->item(row, 0);
        const auto view = std::find_if(frame->chains.cbegin(), frame->chains.cend(),
                                       [item](const ChainView &chain) {
                                           return chain.id.text() == item->data(kIdRole).toString();
                                       });
        const ChainState state = view == frame->chains.cend() ? ChainState::Idle : view->state;
        if (item->data(kStateRole).toInt() != int(state))
            item->setData(int(state), kStateRole);
    }
}

void ChainsPage::resizeEvent(QResizeEvent *event)
{
    Page::resizeEvent(event);
    m_left->setFixedWidth(width() < kNarrowBelow ? kListNarrow : kListWidth);
}

void ChainsPage::open(const QString &query)
{
    if (query == QStringLiteral("review"))
        showTab(Review);
    else if (query == QStringLiteral("history"))
        showTab(History);
    else if (query == QStringLiteral("try"))
        showTab(Try);
    else if (!query.isEmpty()) {
        select(ChainId(query.startsWith(QStringLiteral("chain:")) ? query.sliced(6) : query));
        showTab(Targets);
    }
}

bool ChainsPage::closeLayer()
{
    if (m_naming->isVisible()) {
        m_naming->hide();
        m_list->setFocus();
        return true;
    }
    if (m_tabs->currentIndex() != Targets) {
        showTab(Targets);
        return true;
    }
    return false;
}

void ChainsPage::showTab(Tab tab)
{
    const QSignalBlocker quiet(m_tabs);
    m_tabs->setCurrentIndex(tab);
    m_stack->setCurrentIndex(tab);
    if (tab == History)
        m_versions->reload();
    if (tab == Try)
        m_try->setModel(m_current.text());
}

void ChainsPage::select(const ChainId &chain)
{
    const bool isOther = chain != m_current;
    m_current = chain;
    m_targets->setChain(chain);
    for (int row = 0; row < m_listModel->rowCount(); ++row) {
        if (m_listModel->item(row, 0)->data(kIdRole).toString() == chain.text()
            && m_list->currentIndex().row() != row)
            m_list->setCurrentIndex(m_listModel->index(row, 0));
    }
    if (isOther && m_tabs->currentIndex() == Try)
        m_try->setModel(chain.text());
    showWarnings();
}

void ChainsPage::reloadList()
{
    const models::ChainDraft &draft = m_context.drafts.draft();
    const QSignalBlocker quiet(m_list->selectionModel());
    QSet<QString> changed;
    for (const models::DraftChange &change : m_context.drafts.changes())
        changed.insert(change.chain.text());
    m_listModel->setRowCount(int(draft.chains.size()));
    int row = 0;
    for (const models::DraftChain &chain : draft.chains) {
        const auto cell = [this, row](int column, const QString &text) {
            QStandardItem *item = m_listModel->item(row, column);
            if (!item) {
                item = new QStandardItem;
                m_listModel->setItem(row, column, item);
            }
            if (item->text() != text)
                item->setText(text);
            return item;
        };
        const auto view
            = std::find_if(m_frame->chains.cbegin(), m_frame->chains.cend(),
                           [&chain](const ChainView &running) { return running.id == chain.id; });
        QStandardItem *name = cell(0, words::visible(chain.id.text()));
        name->setData(chain.id.text(), kIdRole);
        name->setData(int(view == m_frame->chains.cend() ? ChainState::Idle : view->state),
                      kStateRole);
        const bool isNew = chain.origin < 0;
        const bool isChanged = changed.contains(chain.id.text());
        cell(1,
             isNew           ? tr("new")
                 : isChanged ? tr("changed")
                             : tr("%n target(s)", "", int(chain.targets.size())))
            ->setData(isChanged, kChangedRole);
        ++row;
    }
}

void ChainsPage::showDraft()
{
    const models::ChainDraft &draft = m_context.drafts.draft();
    reloadList();
    showEmptiness();
    if (!draft.chain(m_current))
        m_current = draft.chains.isEmpty() ? ChainId() : draft.chains.first().id;
    select(m_current);
    const int count = int(m_context.drafts.changes().size());
    m_tabs->setTabText(Review, count > 0 ? tr("Review (%1)").arg(count) : tr("Review"));
    m_try->setDraftPending(m_context.drafts.hasChanges());
    const auto after = m_context.drafts.text();
    m_review->show(count > 0 ? tr("%n change(s) that Apply would make:", "", count)
                             : tr("Nothing has been changed. What you edit will be listed here."),
                   m_context.drafts.changes(), m_names, m_context.drafts.baseText(),
                   after ? *after : QByteArray());
    m_outdated->setVisible(m_context.drafts.isOutdated());
    if (m_context.drafts.isOutdated())
        m_outdated->setMessage(kit::NoticeBar::Kind::Caution,
                               tr("Chains were changed elsewhere (version %1) while you edited "
                                  "version %2. Your draft is kept.")
                                   .arg(m_context.drafts.newerRevision())
                                   .arg(m_context.drafts.revision()));
    QUndoStack &stack = m_context.drafts.undoStack();
    m_undo->setText(stack.canUndo() ? tr("Undo: %1").arg(stack.undoText()) : tr("Undo"));
    m_redo->setText(stack.canRedo() ? tr("Redo: %1").arg(stack.redoText()) : tr("Redo"));
    showBar();
}

// Not read is not empty.
void ChainsPage::showEmptiness()
{
    const models::ChainDrafts &drafts = m_context.drafts;
    const QString error = drafts.hasBase() ? QString() : m_desk->loadError();
    m_empty->setLine(
        error.isEmpty()
            ? tr("Chains will be here: ordered targets under one name. Add a provider first, then "
                 "make a chain of its models.")
            : tr("The configuration cannot be read just now (%1). What was running goes on.")
                  .arg(words::trimmed(error, 200)));
    m_empty->button()->setText(error.isEmpty() ? tr("New chain") : tr("Try again"));
    const bool isEmpty = drafts.draft().chains.isEmpty() && !drafts.hasChanges();
    const bool isNaming = m_naming->isVisible() && error.isEmpty();
    m_empty->setVisible(isEmpty && !isNaming);
    m_body->setVisible(!isEmpty || isNaming);
}

void ChainsPage::showWarnings()
{
    const models::DraftChain *chain = m_context.drafts.draft().chain(m_current);
    m_title->setText(m_current.text());
    if (!chain) {
        m_users->setText({});
        m_warnings->hide();
        m_worst->setText({});
        return;
    }
    const QString users = usersSentence(m_current, *m_config, m_context.drafts.draft());
    m_users->setText(users.isEmpty() ? tr("Used by nobody by name.")
                                     : tr("Used by %1.").arg(users));
    QStringList lines;
    for (const models::ChainWarning &warning : models::warningsOf(*chain, *m_config))
        lines += warningSentence(warning, *chain, m_names);
    for (const config::Problem &problem : m_desk->problems()) {
        if (problem.severity == config::Problem::Severity::Error)
            lines.prepend(problemSentence(problem));
    }
    const qsizetype more = lines.size() - kMostWarnings;
    if (more > 0) {
        lines.resize(kMostWarnings);
        lines += tr("And %n more.", "", int(more));
    }
    m_warnings->setVisible(!lines.isEmpty());
    m_warnings->setTone(m_desk->hasErrors() ? PlainLabel::Tone::Danger : PlainLabel::Tone::Caution);
    m_warnings->setText(lines.join(u' '));
    m_worst->setText(worstCaseSentence(models::worstCase(*chain, *m_config)));
}

void ChainsPage::showBar()
{
    const models::ChainDrafts &drafts = m_context.drafts;
    const int count = int(drafts.changes().size());
    const bool canTakeBack = m_desk->canTakeBack() && count == 0;
    m_bar->setVisible(count > 0 || canTakeBack || m_desk->isApplying());
    m_reviewButton->setVisible(count > 0);
    m_applyButton->setVisible(count > 0);
    m_discardButton->setText(canTakeBack ? tr("Undo") : tr("Discard"));
    m_discardButton->setEnabled(!m_desk->isApplying());
    m_applyButton->setEnabled(!m_desk->isApplying() && !m_desk->hasErrors()
                              && !drafts.isOutdated());
    if (m_desk->isApplying())
        m_barText->setText(tr("Applying."));
    else if (canTakeBack)
        m_barText->setText(tr("Version %1 runs.").arg(m_desk->appliedRevision()));
    else if (m_desk->hasErrors())
        m_barText->setText(tr("%n change(s), not ready to apply: see the line in red.", "", count));
    else
        m_barText->setText(tr("%n change(s) in the draft.", "", count));
}

void ChainsPage::beginNaming(bool isRename)
{
    if (isRename && m_current.isEmpty())
        return;
    m_isRenaming = isRename;
    m_empty->hide();
    m_body->show();
    m_naming->show();
    m_nameButton->setText(isRename ? tr("Rename") : tr("Create"));
    m_name->clear(); // so that the note is made anew
    m_name->setText(isRename ? m_current.text()
                             : m_context.drafts.freeName(QStringLiteral("chain")).text());
    m_name->selectAll();
    m_name->setFocus(Qt::ShortcutFocusReason);
}

void ChainsPage::finishNaming()
{
    if (!m_nameButton->isEnabled())
        return;
    const ChainId name(m_name->text().trimmed());
    models::ChainDrafts &drafts = m_context.drafts;
    m_naming->hide();
    if (m_isRenaming) {
        const ChainId was = m_current;
        m_current = name;
        if (!drafts.renameChain(was, name))
            m_current = was;
    } else {
        m_current = name;
        drafts.addChain(name);
        showTab(Targets);
    }
    showDraft();
    if (m_isRenaming)
        m_list->setFocus();
    else
        m_targets->beginAdding();
}

void ChainsPage::removeCurrent()
{
    const ChainId chain = m_current;
    const QString users = usersSentence(chain, *m_config, m_context.drafts.draft());
    if (!m_context.drafts.removeChain(chain))
        return;
    emit said(users.isEmpty()
                  ? tr("Chain %1 is deleted in the draft. Undo brings it back.").arg(chain.text())
                  : tr("Chain %1 is deleted in the draft; it was used by %2. Undo brings it back.")
                        .arg(chain.text(), users));
}

QString ChainsPage::note() const
{
    return tr("%n change(s)", "", int(m_context.drafts.changes().size()));
}

void ChainsPage::apply()
{
    if (!m_context.drafts.hasChanges())
        return;
    if (m_desk->hasErrors() || m_context.drafts.isOutdated()) {
        emit said(m_context.drafts.isOutdated()
                      ? tr("Redo the draft on the new version first.")
                      : tr("The draft cannot be applied yet: %1")
                            .arg(problemSentence(m_desk->problems().first())));
        return;
    }
    m_desk->apply(note());
}

} // namespace sb::pages
