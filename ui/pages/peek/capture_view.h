// What the tabs of recorded bodies have in common: nothing is read before it is looked at, and
// where there is nothing they say why, with the one step that helps; what there is is a text to
// search, with what the view adds around it.
//
// GUI thread; the source outlives the view and is shared by all of them.
#pragma once

#include "pages/peek/capture_source.h"
#include "words/names.h"

#include <QWidget>

class QBoxLayout;
class QStackedWidget;

namespace sb::kit {
class EmptyState;
}

namespace sb::pages {

class TextPane;

class CaptureView : public QWidget {
    Q_OBJECT
public:
    // `textName` is what a screen reader calls the text.
    CaptureView(CaptureSource &source, const QString &textName, QWidget *parent = nullptr);

    void setNames(const words::Names &names) { m_names = names; }
    // What stands instead of the content; empty while there is some.
    QString emptyLine() const;
    kit::EmptyState *empty() const { return m_empty; }
    TextPane *pane() const { return m_pane; }
    bool openFind(); // Ctrl+F; false where nothing can be searched
    bool closeLayer();

signals:
    void copyRequested(const QString &text);

protected:
    void showEvent(QShowEvent *event) override;

    // Shows what was recorded. What it finds missing it says by showEmpty().
    virtual void fill(const CapturedExchange &captured) = 0;
    // Content goes here; the view places pane() in it.
    QBoxLayout *content() const { return m_content; }
    void showEmpty(const QString &line, const QString &button = {});
    CaptureSource &source() const { return m_source; }
    const words::Names &names() const { return m_names; }
    // "Attempt 2, OpenAI gpt-5.5"
    QString attemptName(const CapturedAttempt &attempt) const;

private:
    void refresh();

    CaptureSource &m_source;
    words::Names m_names;
    QStackedWidget *m_stack;
    kit::EmptyState *m_empty;
    TextPane *m_pane;
    QBoxLayout *m_content;
    QString m_emptyLine;
    int m_shown = -1; // version of the source
};

} // namespace sb::pages
