// Connecting tools to the gateway, and the keys of everything that calls it. [console §3.7, §7]
#pragma once

#include "models/tool_snippets.h"
#include "pages/page.h"

#include <optional>

class QTabBar;
class QStackedWidget;
class QSplitter;
class QTableView;

namespace sb::models {
class ToolModel;
}

namespace sb::pages {

class KeysTab;
class ToolPanel;

// Looks for tools when it is first seen, on a pool thread. Writes no file of any tool.
class ConnectPage final : public Page {
    Q_OBJECT
public:
    ConnectPage(const PageContext &context, QWidget *parent = nullptr);
    ~ConnectPage() override;

    void setFrame(const FramePtr &frame) override;
    void open(const QString &query) override; // "keys", a tool's client id
    bool closeLayer() override;

protected:
    void showEvent(QShowEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;

private:
    void showFrame();
    void look();
    void chooseRow();
    void addCommands();

    const PageContext m_context;
    models::ToolModel *m_model;
    QTabBar *m_tabs;
    QStackedWidget *m_stack;
    QSplitter *m_split;
    QTableView *m_table;
    ToolPanel *m_panel;
    KeysTab *m_keys;
    FramePtr m_frame;
    bool m_hasLooked = false;
    std::optional<models::Tool> m_wanted; // asked for by another page before the search ended
};

} // namespace sb::pages
