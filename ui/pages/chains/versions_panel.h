// The kept versions of the configuration: who, when, what differs from now, and one of them back
// as a draft, or whole.
#pragma once

#include "engine/setup.h"
#include "models/chain_draft.h"
#include "words/names.h"

#include <QWidget>

class QPushButton;
class QStandardItemModel;
class QTableView;

namespace sb::link {
class EngineLink;
}

namespace sb::pages {

class ReviewPanel;

class VersionsPanel final : public QWidget {
    Q_OBJECT
public:
    VersionsPanel(link::EngineLink &link, models::ChainDrafts &drafts, QWidget *parent = nullptr);

    void setNames(const words::Names &names) { m_names = names; }
    void reload();
    QTableView *view() const { return m_view; }

signals:
    void restored(quint32 revision);
    void said(const QString &sentence);

private:
    void showCurrent();
    void restore();
    void goBack();
    quint32 currentRevision() const;

    link::EngineLink &m_link;
    models::ChainDrafts &m_drafts;
    words::Names m_names;
    QStandardItemModel *m_model;
    QTableView *m_view;
    ReviewPanel *m_review;
    QPushButton *m_restore;
    QPushButton *m_back;
    quint64 m_asked = 0; // answers for rows left meanwhile are dropped
    QByteArray m_text; // of the current version
};

} // namespace sb::pages
