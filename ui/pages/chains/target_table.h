// The targets of one chain: a table that is edited in place, by drag or keys, and a row to add one.
//
// Owned by the Chains page; edits go to the shared draft.
#pragma once

#include "models/target_model.h"

#include <QWidget>

class QComboBox;
class QLineEdit;
class QPushButton;
class QStringListModel;
class QTableView;

namespace sb::pages {

class TargetTable final : public QWidget {
    Q_OBJECT
public:
    explicit TargetTable(models::ChainDrafts &drafts, QWidget *parent = nullptr);

    models::TargetModel *model() const { return m_model; }
    QTableView *view() const { return m_view; }
    void setChain(const ChainId &chain);
    void setConfig(const config::SnapshotPtr &config);
    // Model names that a provider has listed when it was asked.
    void setListed(const ProviderId &provider, const QStringList &models);

    int currentRow() const;
    void moveCurrent(int by);
    void removeCurrent();
    void beginAdding(); // focus on the row to add

protected:
    void resizeEvent(QResizeEvent *event) override;

signals:
    // A provider was chosen whose models nobody has listed yet.
    void modelsWanted(const sb::ProviderId &provider);

private:
    void fillProviders();
    void fillModels();
    void add();
    void select(int row);

    models::ChainDrafts &m_drafts;
    models::TargetModel *m_model;
    QTableView *m_view;
    QComboBox *m_provider;
    QLineEdit *m_modelName;
    QStringListModel *m_names;
    QPushButton *m_add;
    config::SnapshotPtr m_config;
    QHash<ProviderId, QStringList> m_listed;
};

} // namespace sb::pages
