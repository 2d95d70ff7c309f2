// The peek: what happened to one request, in the first line; below, tabs: its attempts over time,
// the decision, the conversation and the bytes where they were recorded, what a translation
// changed, the cost.
//
// A widget any page may show beside its list; GUI thread, holds an immutable exchange and is handed
// a newer one while the request runs. [console §3.2]
#pragma once

#include "config/settings.h"
#include "link/engine_link.h"
#include "record/exchange.h"
#include "words/names.h"

#include <QFrame>

#include <memory>

namespace sb::kit {
class CopyButton;
class LampWidget;
class PlainLabel;
class TabRow;
} // namespace sb::kit

class QScrollArea;
class QStackedWidget;
class QVBoxLayout;

namespace sb::pages {

class CaptureSource;
class CaptureView;
class ChangesView;
class CostTable;
class DecisionList;
class Waterfall;

class PeekPanel final : public QFrame {
    Q_OBJECT
public:
    explicit PeekPanel(QWidget *parent = nullptr);

    void setExchange(const std::shared_ptr<const Exchange> &exchange, const words::Names &names,
                     qint64 nowWallMs);
    // Where the Cost tab takes its prices from; null: counts and the recorded cost only.
    void setConfig(const config::SnapshotPtr &config) { m_config = config; }
    // Where Changes and the recorded bodies are asked for.
    void setLink(link::EngineLink *link);
    enum class Tab : quint8 {
        Overview,
        Decision,
        Messages,
        Request,
        Response,
        Stream,
        Changes,
        Cost,
    };
    Tab tab() const;
    void setTab(Tab tab);
    std::shared_ptr<const Exchange> exchange() const { return m_exchange; }
    QString story() const;

signals:
    void closeRequested();
    void copyRequested(const QString &text);
    void said(const QString &sentence);

protected:
    void paintEvent(QPaintEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    bool event(QEvent *event) override;

private:
    QVBoxLayout *addTab(const QString &name);
    void addView(const QString &name, QWidget *view);
    void addCaptureView(const QString &name, CaptureView *view);
    CaptureView *captureView() const; // of the current tab; may be null
    static kit::PlainLabel *addHeading(QVBoxLayout *layout, const QString &text);
    QString costLine(const Exchange &exchange) const;
    QString tokenLine(const Exchange &exchange) const;
    QString priceLine(const Exchange &exchange) const;

    std::shared_ptr<const Exchange> m_exchange;
    config::SnapshotPtr m_config;
    kit::TabRow *m_tabs;
    QStackedWidget *m_stack;
    kit::LampWidget *m_lamp;
    kit::PlainLabel *m_outcome;
    kit::PlainLabel *m_when;
    kit::PlainLabel *m_story;
    kit::PlainLabel *m_attemptsHeading;
    Waterfall *m_waterfall;
    kit::PlainLabel *m_source;
    kit::PlainLabel *m_undecided;
    DecisionList *m_decision;
    kit::PlainLabel *m_cost;
    CostTable *m_costTable;
    kit::PlainLabel *m_priceDate;
    CaptureSource *m_bodies;
    QList<CaptureView *> m_captureViews;
    ChangesView *m_changes;
    kit::PlainLabel *m_tokens;
    kit::PlainLabel *m_id;
    kit::CopyButton *m_copyId;
    kit::PlainLabel *m_revision;
};

} // namespace sb::pages
