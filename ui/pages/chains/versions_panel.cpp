#include "pages/chains/versions_panel.h"

#include "kit/table.h"
#include "link/engine_link.h"
#include "pages/chains/chain_words.h"
#include "pages/chains/review_panel.h"
#include "words/format.h"
#include "words/plain.h"

#include <QBoxLayout>
#include <QHeaderView>
#include <QPushButton>
#include <QStandardItemModel>
#include <QTableView>

namespace sb::pages {

VersionsPanel::VersionsPanel(link::EngineLink &link, models::ChainDrafts &drafts, QWidget *parent)
    : QWidget(parent)
    , m_link(link)
    , m_drafts(drafts)
    , m_model(new QStandardItemModel(0, 4, this))
    , m_view(new QTableView(this))
    , m_review(new ReviewPanel(this))
    , m_restore(new QPushButton(tr("Restore as draft"), this))
    , m_back(new QPushButton(tr("Go back to it whole"), this))
{
    m_model->setHorizontalHeaderLabels({tr("Version"), tr("When"), tr("By"), tr("Note")});
    m_view->setModel(m_model);
    m_view->setAccessibleName(tr("Versions of the configuration, newest first"));
    kit::setUpTable(m_view);
    auto *delegate = new kit::TableDelegate(m_view);
    delegate->setLook(0, {.kind = kit::ColumnLook::Kind::Mono});
    delegate->setLook(1, {.kind = kit::ColumnLook::Kind::Mono});
    m_view->setItemDelegate(delegate);
    QHeaderView *header = m_view->horizontalHeader();
    header->resizeSection(0, 72);
    header->resizeSection(1, 168);
    header->resizeSection(2, 112);
    header->setSectionResizeMode(3, QHeaderView::Stretch);
    m_restore->setEnabled(false);
    m_back->setEnabled(false);
    kit::setPlainToolTip(m_restore, tr("Its chains and aliases become the draft"));
    kit::setPlainToolTip(m_back, tr("Providers, keys and settings too; this is a new version"));
    connect(m_back, &QPushButton::clicked, this, &VersionsPanel::goBack);
    connect(m_view->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            &VersionsPanel::showCurrent);
    connect(m_restore, &QPushButton::clicked, this, &VersionsPanel::restore);

    auto *foot = new QHBoxLayout;
    foot->addStretch(1);
    foot->addWidget(m_back);
    foot->addWidget(m_restore);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(kit::space::kInside);
    column->addWidget(m_view, 1);
    column->addWidget(m_review, 1);
    column->addLayout(foot);
}

void VersionsPanel::reload()
{
    m_link.setup().versions().then(
        this, [this](const Result<QList<engine::ConfigVersion>> &versions) {
            if (!versions) {
                emit said(tr("The versions could not be read: %1.")
                              .arg(words::trimmed(versions.error().detail, 200)));
                return;
            }
            const quint32 current = currentRevision();
            m_model->removeRows(0, m_model->rowCount());
            int row = 0;
            for (const engine::ConfigVersion &version : *versions) {
                QList<QStandardItem *> cells;
                for (const QString &text :
                     {QString::number(version.revision),
                      version.wallMs > 0 ? words::dateTime(version.wallMs) : words::unknown(),
                      authorWord(version.author), words::visible(version.note)})
                    cells += new QStandardItem(text);
                cells[0]->setData(version.revision, Qt::UserRole);
                if (version.revision == current)
                    row = m_model->rowCount();
                m_model->appendRow(cells);
            }
            if (m_model->rowCount() > 0)
                m_view->setCurrentIndex(m_model->index(row, 0));
            else
                showCurrent();
        });
}

quint32 VersionsPanel::currentRevision() const
{
    const QModelIndex index = m_view->currentIndex();
    return index.isValid() ? index.siblingAtColumn(0).data(Qt::UserRole).toUInt() : 0;
}

void VersionsPanel::showCurrent()
{
    m_restore->setEnabled(false);
    m_back->setEnabled(false);
    const quint32 revision = currentRevision();
    if (revision == 0) {
        m_review->show(tr("Each change of the configuration will be listed here."), {}, m_names, {},
                       {});
        return;
    }
    const quint64 number = ++m_asked;
    m_link.setup().versionText(revision).then(
        this, [this, number, revision](const Result<QByteArray> &text) {
            if (number != m_asked)
                return;
            const Result<models::ChainDraft> then
                = text ? models::readDraft(*text) : Result<models::ChainDraft>(unexpected({}));
            if (!then) {
                m_review->show(tr("Version %1 cannot be read any more.").arg(revision), {}, m_names,
                               {}, {});
                return;
            }
            m_text = *text;
            const auto changes
                = models::changesBetween(m_drafts.base(), models::aligned(*then, m_drafts.base()));
            const bool isNow = m_text == m_drafts.baseText();
            m_restore->setEnabled(!changes.isEmpty());
            m_back->setEnabled(!isNow && !m_drafts.hasChanges());
            m_review->show(
                isNow ? tr("Version %1 is what runs now.").arg(revision)
                    : changes.isEmpty()
                    ? tr("Chains and aliases of version %1 are as they are now; something else "
                         "differs.")
                          .arg(revision)
                    : tr("Going back to version %1 would change:").arg(revision),
                changes, m_names, m_drafts.baseText(), m_text);
        });
}

void VersionsPanel::goBack()
{
    const quint32 revision = currentRevision();
    m_back->setEnabled(false);
    m_link.setup()
        .applyText(m_text, m_drafts.revision(), tr("back to version %1").arg(revision))
        .then(this, [this, revision](const Result<quint32> &done) {
            emit said(
                done ? tr("Version %1 runs again, as version %2.").arg(revision).arg(*done)
                     : tr("Nothing was changed: %1").arg(words::trimmed(done.error().detail, 300)));
            reload();
        });
}

void VersionsPanel::restore()
{
    const quint32 revision = currentRevision();
    const Result<models::ChainDraft> then = models::readDraft(m_text);
    if (then && m_drafts.replace(*then, tr("Restore version %1").arg(revision)))
        emit restored(revision);
}

} // namespace sb::pages
