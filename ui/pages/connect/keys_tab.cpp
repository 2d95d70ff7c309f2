#include "pages/connect/keys_tab.h"

#include "kit/console_style.h"
#include "kit/notice_bar.h"
#include "kit/plain_label.h"
#include "kit/table.h"
#include "kit/tokens.h"
#include "link/engine_link.h"
#include "models/client_model.h"
#include "words/setup_words.h"

#include <QBoxLayout>
#include <QComboBox>
#include <QHeaderView>
#include <QLineEdit>
#include <QPushButton>
#include <QTableView>

namespace sb::pages {

using models::ClientModel;

KeysTab::KeysTab(link::EngineLink &link, QWidget *parent)
    : QWidget(parent)
    , m_link(link)
    , m_model(new ClientModel(this))
    , m_table(new QTableView(this))
    , m_name(new QLineEdit(this))
    , m_chain(new QComboBox(this))
    , m_make(new QPushButton(tr("Make a key"), this))
    , m_rotate(new QPushButton(tr("Rotate"), this))
    , m_revoke(new QPushButton(tr("Revoke"), this))
    , m_shown(new QWidget(this))
    , m_shownLine(new kit::PlainLabel({}, kit::Type::Body, m_shown))
    , m_shownKey(new kit::PlainLabel({}, kit::Type::Mono, m_shown))
    , m_copy(new QPushButton(tr("Copy the key"), m_shown))
    , m_undo(new kit::NoticeBar(this))
{
    setAccessibleName(tr("Keys"));
    m_table->setModel(m_model);
    m_table->setAccessibleName(tr("Clients and their keys"));
    kit::setUpTable(m_table);
    auto *delegate = new kit::TableDelegate(m_table);
    const auto quiet = [](const QModelIndex &index) {
        return index.data(ClientModel::IsRevokedRole).toBool() ? kit::PlainLabel::Tone::Muted
                                                               : kit::PlainLabel::Tone::Text;
    };
    for (int column = 0; column < ClientModel::ColumnCount; ++column)
        delegate->setLook(column, {.tone = quiet});
    delegate->setLook(ClientModel::PerMinute,
                      {.kind = kit::ColumnLook::Kind::Number, .tone = quiet});
    delegate->setLook(ClientModel::State,
                      {.kind = kit::ColumnLook::Kind::Lamp,
                       .lamp =
                           [](const QModelIndex &index) {
                               return index.data(ClientModel::IsRevokedRole).toBool()
                                   ? kit::Lamp::Off
                                   : kit::Lamp::Serving;
                           },
                       .tone = quiet});
    m_table->setItemDelegate(delegate);
    QHeaderView *header = m_table->horizontalHeader();
    header->setSectionResizeMode(ClientModel::Name, QHeaderView::Stretch);
    const std::pair<int, int> widths[] = {
        {ClientModel::Chains, 120},   {ClientModel::DefaultChain, 110}, {ClientModel::LastUse, 110},
        {ClientModel::PerMinute, 80}, {ClientModel::Program, 110},      {ClientModel::State, 100}};
    for (const auto &[column, width] : widths)
        m_table->setColumnWidth(column, width);

    m_name->setAccessibleName(tr("Name of the app or person"));
    m_name->setPlaceholderText(tr("Name, for example build server"));
    m_name->setMaxLength(80);
    m_chain->setAccessibleName(tr("Chains the key may use"));
    m_chain->addItem(tr("All chains"), QStringLiteral("*"));
    kit::setPlainToolTip(m_rotate, tr("Gives the chosen client a new key; the old one ends now"));
    kit::setPlainToolTip(m_revoke, tr("Refuses the chosen client's key from now on"));
    m_shownKey->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_shownKey->setAccessibleName(tr("The new key"));
    m_undo->setClosable(true);
    m_undo->setAction(tr("Undo"));
    m_undo->hide();

    auto *done = new QPushButton(tr("Hide it"), m_shown);
    auto *shownRow = new QHBoxLayout;
    shownRow->setSpacing(kit::space::kInside);
    shownRow->addWidget(m_shownKey, 1);
    shownRow->addWidget(m_copy);
    shownRow->addWidget(done);
    auto *shownColumn = new QVBoxLayout(m_shown);
    shownColumn->setContentsMargins(0, 0, 0, 0);
    shownColumn->setSpacing(kit::space::kGrid);
    shownColumn->addWidget(m_shownLine);
    shownColumn->addLayout(shownRow);
    m_shown->hide();

    auto *tools = new QHBoxLayout;
    tools->setSpacing(kit::space::kInside);
    tools->addWidget(m_name, 2);
    tools->addWidget(m_chain, 1);
    tools->addWidget(m_make);
    tools->addSpacing(kit::space::kMargin);
    tools->addWidget(m_rotate);
    tools->addWidget(m_revoke);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(kit::space::kMargin, kit::space::kGap, kit::space::kMargin,
                               kit::space::kGap);
    column->setSpacing(kit::space::kGap);
    column->addLayout(tools);
    column->addWidget(m_shown);
    column->addWidget(m_undo);
    column->addWidget(m_table, 1);

    connect(m_make, &QPushButton::clicked, this, &KeysTab::makeKey);
    connect(m_name, &QLineEdit::returnPressed, this, &KeysTab::makeKey);
    connect(m_name, &QLineEdit::textChanged, this, &KeysTab::selectionChanged);
    connect(m_rotate, &QPushButton::clicked, this, &KeysTab::rotate);
    connect(m_revoke, &QPushButton::clicked, this, &KeysTab::revoke);
    connect(m_copy, &QPushButton::clicked, this, [this] {
        emit copyRequested(m_shownKey->text());
        emit said(tr("The key is on the clipboard."));
    });
    connect(done, &QPushButton::clicked, this, &KeysTab::closeLayer);
    connect(m_undo, &kit::NoticeBar::closed, m_undo, &QWidget::hide);
    connect(m_undo, &kit::NoticeBar::actionClicked, this, [this] {
        m_undo->hide();
        const auto config = m_link.setup().config();
        for (qsizetype i = 0; config && i < config->clients.size(); ++i) {
            if (config->clients[i].id == m_undone)
                m_link.setup()
                    .editConfig(QStringLiteral("clients[%1].revoked").arg(i), {})
                    .then(this, [this](const Result<quint32> &done) {
                        if (!done)
                            emit said(words::setupError(done.error(), {}));
                        m_model->setConfig(m_link.setup().config());
                    });
        }
    });
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this,
            &KeysTab::selectionChanged);
    connect(m_model, &QAbstractItemModel::modelReset, this, &KeysTab::selectionChanged);
    selectionChanged();
}

void KeysTab::setFrame(const FramePtr &frame)
{
    const ClientId chosen = m_model->clientAt(row());
    const auto config = m_link.setup().config();
    m_model->setConfig(config);
    m_model->setFrame(*frame);
    for (int i = 0; i < m_model->rowCount() && row() < 0; ++i) {
        if (m_model->clientAt(i) == chosen)
            m_table->selectRow(i);
    }
    QStringList chains;
    for (const ChainView &chain : frame->chains)
        chains += chain.id.text();
    if (chains == m_chains)
        return;
    m_chains = chains;
    const QString kept = m_chain->currentData().toString();
    m_chain->clear();
    m_chain->addItem(tr("All chains"), QStringLiteral("*"));
    for (const QString &chain : chains)
        m_chain->addItem(tr("Only %1").arg(chain), chain);
    m_chain->setCurrentIndex(qMax(0, m_chain->findData(kept)));
}

int KeysTab::row() const
{
    const QModelIndexList rows = m_table->selectionModel()->selectedRows();
    return rows.isEmpty() ? -1 : rows.first().row();
}

void KeysTab::selectionChanged()
{
    const int at = row();
    const bool isRevoked
        = at >= 0 && m_model->index(at, 0).data(ClientModel::IsRevokedRole).toBool();
    m_rotate->setEnabled(at >= 0 && !isRevoked);
    m_revoke->setEnabled(at >= 0 && !isRevoked);
    m_make->setEnabled(!m_name->text().trimmed().isEmpty());
}

void KeysTab::makeKey()
{
    const QString label = m_name->text().trimmed();
    if (label.isEmpty())
        return;
    engine::ClientDraft draft;
    draft.label = label;
    const QString chain = m_chain->currentData().toString();
    draft.chains = {chain};
    if (chain != QStringLiteral("*"))
        draft.defaultChain = ChainId(chain);
    m_link.setup().addClient(draft).then(this,
                                         [this, label](const Result<engine::NewClient> &made) {
                                             if (!made) {
                                                 emit said(words::setupError(made.error(), {}));
                                                 return;
                                             }
                                             m_name->clear();
                                             showKey(label, *made);
                                         });
}

void KeysTab::rotate()
{
    const ClientId client = m_model->clientAt(row());
    if (client.isEmpty() || !m_rotate->isEnabled())
        return;
    const QString label = m_model->labelAt(row());
    m_link.setup().rotateClient(client).then(this,
                                             [this, label](const Result<engine::NewClient> &made) {
                                                 if (!made) {
                                                     emit said(words::setupError(made.error(), {}));
                                                     return;
                                                 }
                                                 showKey(label, *made);
                                             });
}

void KeysTab::revoke()
{
    const ClientId client = m_model->clientAt(row());
    if (client.isEmpty() || !m_revoke->isEnabled())
        return;
    const QString label = m_model->labelAt(row());
    m_link.setup().revokeClient(client).then(this, [this, client, label](const Result<void> &done) {
        if (!done) {
            emit said(words::setupError(done.error(), {}));
            return;
        }
        m_undone = client;
        m_undo->setMessage(kit::NoticeBar::Kind::Caution,
                           tr("The key of %1 is revoked: its requests are refused.").arg(label));
        m_undo->show();
        m_model->setConfig(m_link.setup().config());
    });
}

void KeysTab::showKey(const QString &label, const engine::NewClient &made)
{
    m_shownLine->setText(
        tr("The key of %1. It is shown only now: copy it to where it is used.").arg(label));
    m_shownKey->setText(made.key);
    m_shown->show();
    m_copy->setFocus(Qt::OtherFocusReason);
    m_model->setConfig(m_link.setup().config());
}

bool KeysTab::closeLayer()
{
    if (m_shown->isHidden())
        return false;
    m_shownKey->setText({});
    m_shown->hide();
    return true;
}

} // namespace sb::pages
