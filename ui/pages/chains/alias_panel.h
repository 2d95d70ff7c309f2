// Further names that lead to a chain or to one provider's model.
#pragma once

#include "config/settings.h"
#include "models/chain_draft.h"

#include <QWidget>

class QComboBox;
class QLineEdit;
class QPushButton;
class QStandardItemModel;
class QTableView;

namespace sb::pages {

class AliasPanel final : public QWidget {
    Q_OBJECT
public:
    explicit AliasPanel(models::ChainDrafts &drafts, QWidget *parent = nullptr);

    void reload();
    void removeCurrent();
    QTableView *view() const { return m_view; }

private:
    void add();

    models::ChainDrafts &m_drafts;
    QStandardItemModel *m_model;
    QTableView *m_view;
    QLineEdit *m_name;
    QComboBox *m_to;
    QPushButton *m_add;
    QPushButton *m_remove;
};

} // namespace sb::pages
