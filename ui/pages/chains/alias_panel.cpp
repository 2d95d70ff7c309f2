#include "pages/chains/alias_panel.h"

#include "kit/icons.h"
#include "kit/table.h"
#include "words/plain.h"

#include <QBoxLayout>
#include <QComboBox>
#include <QHeaderView>
#include <QLineEdit>
#include <QPushButton>
#include <QStandardItemModel>
#include <QTableView>

namespace sb::pages {

AliasPanel::AliasPanel(models::ChainDrafts &drafts, QWidget *parent)
    : QWidget(parent)
    , m_drafts(drafts)
    , m_model(new QStandardItemModel(0, 2, this))
    , m_view(new QTableView(this))
    , m_name(new QLineEdit(this))
    , m_to(new QComboBox(this))
    , m_add(new QPushButton(kit::icon(kit::Glyph::Add), tr("Set alias"), this))
    , m_remove(new QPushButton(tr("Remove alias"), this))
{
    m_model->setHorizontalHeaderLabels({tr("A client asks for"), tr("It gets")});
    m_view->setModel(m_model);
    m_view->setAccessibleName(tr("Aliases"));
    kit::setUpTable(m_view);
    auto *delegate = new kit::TableDelegate(m_view);
    delegate->setLook(0, {.kind = kit::ColumnLook::Kind::Mono});
    delegate->setLook(1, {.kind = kit::ColumnLook::Kind::Mono});
    m_view->setItemDelegate(delegate);
    m_view->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
    m_name->setAccessibleName(tr("Name of the alias"));
    m_name->setPlaceholderText(tr("Name, for example gpt-4o"));
    m_name->setMaxLength(200);
    m_to->setAccessibleName(tr("What the alias leads to"));
    m_to->setEditable(true);
    m_to->lineEdit()->setAccessibleName(tr("Name of what the alias leads to"));
    m_to->setInsertPolicy(QComboBox::NoInsert);
    m_to->setMinimumWidth(220);
    m_add->setEnabled(false);
    m_remove->setEnabled(false);
    const auto update = [this] {
        m_add->setEnabled(!m_name->text().trimmed().isEmpty()
                          && !m_to->currentText().trimmed().isEmpty());
    };
    connect(m_name, &QLineEdit::textChanged, this, update);
    connect(m_to, &QComboBox::editTextChanged, this, update);
    connect(m_name, &QLineEdit::returnPressed, this, &AliasPanel::add);
    connect(m_add, &QPushButton::clicked, this, &AliasPanel::add);
    connect(m_remove, &QPushButton::clicked, this, &AliasPanel::removeCurrent);
    connect(m_view->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            [this](const QModelIndex &index) { m_remove->setEnabled(index.isValid()); });
    connect(&m_drafts, &models::ChainDrafts::changed, this, &AliasPanel::reload);

    auto *row = new QHBoxLayout;
    row->setSpacing(kit::space::kInside);
    row->addWidget(m_name, 1);
    row->addWidget(m_to);
    row->addWidget(m_add);
    row->addWidget(m_remove);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(kit::space::kInside);
    column->addWidget(m_view, 1);
    column->addLayout(row);
}

void AliasPanel::reload()
{
    const int current = m_view->currentIndex().row();
    m_model->removeRows(0, m_model->rowCount());
    for (const models::DraftAlias &alias : m_drafts.draft().aliases)
        m_model->appendRow({new QStandardItem(alias.name), new QStandardItem(alias.to)});
    if (current >= 0 && m_model->rowCount() > 0)
        m_view->setCurrentIndex(m_model->index(std::min(current, m_model->rowCount() - 1), 0));
    m_remove->setEnabled(m_view->currentIndex().isValid());
    const QString to = m_to->currentText();
    m_to->clear();
    for (const models::DraftChain &chain : m_drafts.draft().chains)
        m_to->addItem(chain.id.text());
    if (!to.isEmpty())
        m_to->setEditText(to);
}

void AliasPanel::removeCurrent()
{
    const QModelIndex index = m_view->currentIndex();
    if (index.isValid())
        m_drafts.removeAlias(index.siblingAtColumn(0).data().toString());
}

void AliasPanel::add()
{
    if (m_drafts.setAlias(m_name->text().trimmed(), m_to->currentText().trimmed())) {
        m_name->clear();
        m_name->setFocus();
    }
}

} // namespace sb::pages
