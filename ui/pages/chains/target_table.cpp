#include "pages/chains/target_table.h"

#include "kit/icons.h"
#include "kit/table.h"
#include "words/plain.h"

#include <QBoxLayout>
#include <QComboBox>
#include <QCompleter>
#include <QHeaderView>
#include <QLineEdit>
#include <QPainter>
#include <QPushButton>
#include <QStringListModel>
#include <QTableView>

namespace sb::pages {

using kit::ColumnLook;
using kit::PlainLabel;
using models::TargetModel;

namespace {

constexpr int kWholeFrom = 760;

// Paints as every table of the window; edits the model by name, provider and key by choice.
class TargetDelegate final : public QStyledItemDelegate {
public:
    TargetDelegate(TargetModel *model, const config::SnapshotPtr &config,
                   const std::function<QStringList(const ProviderId &)> &names, QObject *parent)
        : QStyledItemDelegate(parent)
        , m_model(model)
        , m_config(config)
        , m_names(names)
    {
        const auto tone = [](const QModelIndex &index) {
            if (index.data(TargetModel::UnknownRole).toBool())
                return PlainLabel::Tone::Muted;
            return PlainLabel::Tone::Text;
        };
        m_look.setLook(TargetModel::Rank, {.kind = ColumnLook::Kind::Mono});
        m_look.setLook(TargetModel::Provider,
                       {.kind = ColumnLook::Kind::Lamp, .lamp = [](const QModelIndex &index) {
                            return index.data(TargetModel::WarningRole).toBool()
                                ? kit::Lamp::Caution
                                : kit::lampFor(
                                    ProviderState(index.data(TargetModel::StateRole).toInt()));
                        }});
        m_look.setLook(TargetModel::Model, {.kind = ColumnLook::Kind::Mono});
        m_look.setLook(TargetModel::Key, {.tone = tone});
        for (const int column : {TargetModel::Input, TargetModel::Output, TargetModel::FirstToken})
            m_look.setLook(column, {.kind = ColumnLook::Kind::Number, .tone = tone});
        m_look.setLook(TargetModel::Times,
                       {.kind = ColumnLook::Kind::Number, .tone = [](const QModelIndex &index) {
                            return index.data(TargetModel::DearerRole).toBool()
                                ? PlainLabel::Tone::Caution
                                : PlainLabel::Tone::Secondary;
                        }});
        m_look.setLook(TargetModel::Can, {.tone = [](const QModelIndex &index) {
                           return index.data(TargetModel::UnknownRole).toBool()
                               ? PlainLabel::Tone::Muted
                               : PlainLabel::Tone::Secondary;
                       }});
    }

    void paint(QPainter *painter, const QStyleOptionViewItem &option,
               const QModelIndex &index) const override
    {
        m_look.paint(painter, option, index);
        // What is not running yet has a dashed edge, as on the board.
        if (index.column() != TargetModel::Rank || !index.data(TargetModel::IsNewRole).toBool())
            return;
        painter->save();
        painter->setPen(QPen(kit::tokensFor(option.palette).accent, 2, Qt::DashLine));
        painter->drawLine(option.rect.topLeft() + QPoint(1, 2),
                          option.rect.bottomLeft() + QPoint(1, -2));
        painter->restore();
    }
    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        return m_look.sizeHint(option, index);
    }

    QWidget *createEditor(QWidget *parent, const QStyleOptionViewItem &,
                          const QModelIndex &index) const override
    {
        const models::DraftTarget *target = m_model->target(index.row());
        if (!target)
            return nullptr;
        if (index.column() == TargetModel::Model) {
            auto *line = new QLineEdit(parent);
            line->setAccessibleName(TargetModel::tr("Model of target %1").arg(index.row() + 1));
            auto *completer = new QCompleter(m_names(target->provider), line);
            completer->setFilterMode(Qt::MatchContains);
            completer->setCaseSensitivity(Qt::CaseInsensitive);
            line->setCompleter(completer);
            return line;
        }
        auto *box = new QComboBox(parent);
        if (index.column() == TargetModel::Provider) {
            box->setAccessibleName(TargetModel::tr("Provider of target %1").arg(index.row() + 1));
            for (const config::ProviderSettings &provider : m_config->providers)
                box->addItem(words::visible(provider.label), provider.id.text());
            return box;
        }
        box->setAccessibleName(TargetModel::tr("Key of target %1").arg(index.row() + 1));
        box->addItem(TargetModel::tr("any, in order"), QString());
        if (const auto *provider = m_config->provider(target->provider)) {
            for (const config::KeySettings &key : provider->keys)
                box->addItem(words::visible(key.id.text()), key.id.text());
        }
        return box;
    }
    void setEditorData(QWidget *editor, const QModelIndex &index) const override
    {
        const QString value = index.data(Qt::EditRole).toString();
        if (auto *box = qobject_cast<QComboBox *>(editor))
            box->setCurrentIndex(std::max(box->findData(value), 0));
        else if (auto *line = qobject_cast<QLineEdit *>(editor))
            line->setText(value);
    }
    void setModelData(QWidget *editor, QAbstractItemModel *model,
                      const QModelIndex &index) const override
    {
        if (auto *box = qobject_cast<QComboBox *>(editor))
            model->setData(index, box->currentData(), Qt::EditRole);
        else if (auto *line = qobject_cast<QLineEdit *>(editor))
            model->setData(index, line->text(), Qt::EditRole);
    }

private:
    TargetModel *m_model;
    const config::SnapshotPtr &m_config;
    std::function<QStringList(const ProviderId &)> m_names;
    kit::TableDelegate m_look;
};

} // namespace

TargetTable::TargetTable(models::ChainDrafts &drafts, QWidget *parent)
    : QWidget(parent)
    , m_drafts(drafts)
    , m_model(new TargetModel(drafts, this))
    , m_view(new QTableView(this))
    , m_provider(new QComboBox(this))
    , m_modelName(new QLineEdit(this))
    , m_names(new QStringListModel(this))
    , m_add(new QPushButton(kit::icon(kit::Glyph::Add), tr("Add target"), this))
    , m_config(std::make_shared<config::ConfigSnapshot>())
{
    m_view->setModel(m_model);
    m_view->setAccessibleName(tr("Targets of the chain, first to last"));
    kit::setUpTable(m_view);
    m_view->setItemDelegate(new TargetDelegate(
        m_model, m_config,
        [this](const ProviderId &id) {
            QStringList names = models::modelsFor(id, *m_config, m_drafts.draft());
            for (const QString &name : m_listed.value(id)) {
                if (!names.contains(name))
                    names.append(name);
            }
            return names;
        },
        m_view));
    m_view->setEditTriggers(QAbstractItemView::DoubleClicked | QAbstractItemView::EditKeyPressed);
    m_view->setDragDropMode(QAbstractItemView::InternalMove);
    m_view->setDragDropOverwriteMode(false);
    m_view->setDropIndicatorShown(true);
    m_view->setHorizontalScrollBarPolicy(Qt::ScrollBarAsNeeded);
    QHeaderView *header = m_view->horizontalHeader();
    header->setStretchLastSection(false);
    header->setMinimumSectionSize(32);
    header->setSectionResizeMode(TargetModel::Model, QHeaderView::Stretch);
    const std::pair<int, int> widths[]
        = {{TargetModel::Rank, 32},       {TargetModel::Provider, 124}, {TargetModel::Key, 96},
           {TargetModel::Input, 60},      {TargetModel::Output, 64},    {TargetModel::Times, 88},
           {TargetModel::FirstToken, 84}, {TargetModel::Can, 132}};
    for (const auto &[column, width] : widths)
        header->resizeSection(column, width);
    connect(m_model, &TargetModel::moved, this, &TargetTable::select, Qt::QueuedConnection);

    m_provider->setAccessibleName(tr("Provider of the new target"));
    m_provider->setMinimumWidth(160);
    m_modelName->setAccessibleName(tr("Model of the new target"));
    m_modelName->setPlaceholderText(tr("Model, as the provider names it"));
    m_modelName->setMaxLength(200);
    auto *completer = new QCompleter(m_names, this);
    completer->setFilterMode(Qt::MatchContains);
    completer->setCaseSensitivity(Qt::CaseInsensitive);
    completer->setMaxVisibleItems(12);
    m_modelName->setCompleter(completer);
    connect(m_provider, &QComboBox::currentIndexChanged, this, &TargetTable::fillModels);
    connect(m_modelName, &QLineEdit::textChanged, this, [this] {
        m_add->setEnabled(!m_modelName->text().trimmed().isEmpty() && m_provider->count() > 0);
    });
    connect(m_modelName, &QLineEdit::returnPressed, this, &TargetTable::add);
    connect(m_add, &QPushButton::clicked, this, &TargetTable::add);
    m_add->setEnabled(false);

    auto *row = new QHBoxLayout;
    row->setSpacing(kit::space::kInside);
    row->addWidget(m_provider);
    row->addWidget(m_modelName, 1);
    row->addWidget(m_add);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(kit::space::kInside);
    column->addWidget(m_view, 1);
    column->addLayout(row);
}

void TargetTable::setChain(const ChainId &chain)
{
    m_model->setChain(chain);
    if (m_model->rowCount() > 0 && currentRow() < 0)
        select(0);
}

void TargetTable::setConfig(const config::SnapshotPtr &config)
{
    if (!config || config == m_config)
        return;
    m_config = config;
    m_model->setConfig(config);
    fillProviders();
}

// Where width is short the model's name matters more than what Health shows too.
void TargetTable::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    const bool isNarrow = width() < kWholeFrom;
    m_view->setColumnHidden(TargetModel::FirstToken, isNarrow);
    m_view->horizontalHeader()->resizeSection(TargetModel::Can, isNarrow ? 84 : 132);
    m_view->horizontalHeader()->resizeSection(TargetModel::Key, isNarrow ? 84 : 96);
}

void TargetTable::fillProviders()
{
    const QVariant chosen = m_provider->currentData();
    const QSignalBlocker quiet(m_provider);
    m_provider->clear();
    for (const config::ProviderSettings &provider : m_config->providers)
        m_provider->addItem(words::visible(provider.label), provider.id.text());
    m_provider->setCurrentIndex(std::max(m_provider->findData(chosen), 0));
    fillModels();
}

void TargetTable::fillModels()
{
    const ProviderId provider(m_provider->currentData().toString());
    QStringList names = models::modelsFor(provider, *m_config, m_drafts.draft());
    for (const QString &name : m_listed.value(provider)) {
        if (!names.contains(name))
            names.append(name);
    }
    m_names->setStringList(names);
    if (m_provider->hasFocus() && !m_listed.contains(provider) && !provider.isEmpty())
        emit modelsWanted(provider);
}

void TargetTable::setListed(const ProviderId &provider, const QStringList &models)
{
    m_listed.insert(provider, models);
    fillModels();
}

int TargetTable::currentRow() const
{
    return m_view->currentIndex().isValid() ? m_view->currentIndex().row() : -1;
}

void TargetTable::select(int row)
{
    const int column
        = m_view->currentIndex().isValid() ? m_view->currentIndex().column() : TargetModel::Model;
    const QModelIndex index
        = m_model->index(std::clamp(row, 0, std::max(m_model->rowCount() - 1, 0)), column);
    if (index.isValid())
        m_view->setCurrentIndex(index);
}

void TargetTable::moveCurrent(int by)
{
    const int row = currentRow();
    if (row >= 0 && m_drafts.moveTarget(m_model->chain(), row, row + by))
        select(row + by);
}

void TargetTable::removeCurrent()
{
    const int row = currentRow();
    if (row >= 0 && m_drafts.removeTarget(m_model->chain(), row))
        select(row);
}

void TargetTable::beginAdding()
{
    if (m_provider->count() > 1)
        m_provider->setFocus(Qt::ShortcutFocusReason);
    else
        m_modelName->setFocus(Qt::ShortcutFocusReason);
}

void TargetTable::add()
{
    const ProviderId provider(m_provider->currentData().toString());
    if (!m_drafts.addTarget(m_model->chain(), provider, m_modelName->text().trimmed()))
        return;
    m_modelName->clear();
    select(m_model->rowCount() - 1);
    m_modelName->setFocus();
}

} // namespace sb::pages
