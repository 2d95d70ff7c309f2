// Chains: the list at the left, the editor at the right. Edits are a draft until they are applied.
//
// Made by the catalog, owned by the window, GUI thread. Owns the desk where the shared draft is
// checked, applied and kept. [console §3.5]
#pragma once

#include "pages/page.h"
#include "words/names.h"

#include "config/settings.h"

class QLineEdit;
class QPushButton;
class QStackedWidget;
class QStandardItemModel;
class QTabBar;
class QTableView;

namespace sb::kit {
class EmptyState;
class NoticeBar;
class PlainLabel;
} // namespace sb::kit

namespace sb::pages {

class AliasPanel;
class DraftDesk;
class ReviewPanel;
class TargetTable;
class TryPanel;
class VersionsPanel;

class ChainsPage final : public Page {
    Q_OBJECT
public:
    explicit ChainsPage(const PageContext &context, QWidget *parent = nullptr);
    ~ChainsPage() override;

    void setFrame(const FramePtr &frame) override;
    // "review", "history", "try", or a chain's name.
    void open(const QString &query) override;
    bool closeLayer() override;

    enum Tab { Targets, Aliases, Review, History, Try };
    void showTab(Tab tab);
    void select(const ChainId &chain);
    const ChainId &current() const { return m_current; }

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    void buildList();
    void buildEditor();
    void buildActions();
    void reloadList();
    void showDraft();
    void showEmptiness();
    void showWarnings();
    void showBar();
    void beginNaming(bool isRename);
    void finishNaming();
    void removeCurrent();
    void apply();
    QString note() const;

    const PageContext m_context;
    DraftDesk *m_desk;
    config::SnapshotPtr m_config;
    words::Names m_names;
    FramePtr m_frame;
    ChainId m_current;
    bool m_isRenaming = false;

    kit::EmptyState *m_empty;
    QWidget *m_body;
    QWidget *m_left;
    QStandardItemModel *m_listModel;
    QTableView *m_list;
    QWidget *m_naming;
    QLineEdit *m_name;
    kit::PlainLabel *m_nameNote;
    QPushButton *m_nameButton;
    kit::PlainLabel *m_title;
    kit::PlainLabel *m_users;
    kit::PlainLabel *m_worst;
    QTabBar *m_tabs;
    QStackedWidget *m_stack;
    TargetTable *m_targets;
    kit::PlainLabel *m_warnings;
    AliasPanel *m_aliases;
    ReviewPanel *m_review;
    VersionsPanel *m_versions;
    TryPanel *m_try;
    kit::NoticeBar *m_outdated;
    QWidget *m_bar;
    kit::PlainLabel *m_barText;
    QPushButton *m_reviewButton;
    QPushButton *m_discardButton;
    QPushButton *m_applyButton;
    QAction *m_undo;
    QAction *m_redo;
};

} // namespace sb::pages
