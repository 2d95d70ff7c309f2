// What a page is to the window: a widget that draws frames and asks for navigation by signal.
//
// Made by the catalog, owned by the window, GUI thread. A hidden page still gets every frame (state
// is whole, so it may ignore it) but must not repaint or run timers. [style §9]
#pragma once

#include "record/frame.h"

#include <QWidget>

namespace sb::pages {

class Page : public QWidget {
    Q_OBJECT
public:
    using QWidget::QWidget;

    virtual void setFrame(const FramePtr &frame) = 0;
    // Earlier sessions' exchanges, newest first; pages without a list ignore them.
    virtual void setHistory(const QList<std::shared_ptr<const Exchange>> &) { }
    // Motion off: nothing slides or fades. [console §3.1]
    virtual void setMotion(bool) { }

signals:
    void showExchange(const sb::ExchangeId &id);
    void startWithSimulatedProviders();
    void copyRequested(const QString &text);
};

} // namespace sb::pages
