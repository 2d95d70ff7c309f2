// What a page is to the window: a widget that draws frames and asks for navigation by signal.
//
// Made by the catalog, owned by the window, GUI thread. A hidden page still gets every frame (state
// is whole, so it may ignore it) but must not repaint or run timers. [style §9]
#pragma once

#include "record/frame.h"

#include <QWidget>

#include <functional>

class QAction;
class QKeySequence;
class QSettings;

namespace sb::link {
class EngineLink;
}
namespace sb::models {
class ChainDrafts;
}

namespace sb::pages {

// What a page is given when it is made; all of it outlives the page.
struct PageContext {
    link::EngineLink &link;
    QSettings &settings; // of this user's console: columns, filters, drafts
    models::ChainDrafts &drafts; // the one draft of chains; models/chain_draft.h
};

class Page : public QWidget {
    Q_OBJECT
public:
    using QWidget::QWidget;

    virtual void setFrame(const FramePtr &frame) = 0;
    // Earlier sessions' exchanges, newest first; pages without a list ignore them.
    virtual void setHistory(const QList<std::shared_ptr<const Exchange>> &) { }
    // Motion off: nothing slides or fades. [console §3.1]
    virtual void setMotion(bool) { }
    // Shows what another page asked for: a filter line, a provider's id, … Empty: as it was.
    virtual void open(const QString &query) { Q_UNUSED(query) }
    // Esc: closes the innermost open thing. False when nothing was open.
    virtual bool closeLayer() { return false; }

signals:
    void showExchange(const sb::ExchangeId &id);
    void startWithSimulatedProviders();
    void copyRequested(const QString &text);
    // Another page, by its id in the catalog: openPage("requests", "provider:openai").
    void openPage(const QString &page, const QString &query);
    // One plain sentence about what became of a command; an undo or a next step beside it.
    void said(const QString &sentence);
    // Something in PageContext.settings changed that the window itself follows.
    void windowSettingsChanged();

protected:
    // One more of the page's commands, which are its QWidget::actions(): the palette and the key
    // sheet list them, so that nothing is reachable by mouse alone. `name` is "page.verb"; the key
    // works while the focus is on the page.
    QAction *addCommand(const QString &name, const QString &text, const QKeySequence &keys,
                        std::function<void()> call);
};

} // namespace sb::pages
