// The peek: what happened to one request, in the first line; below, tabs: its attempts over time,
// the decision, the cost.
//
// A widget any page may show beside its list; GUI thread, holds an immutable exchange and is handed
// a newer one while the request runs. [console §3.2]
#pragma once

#include "config/settings.h"
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
    enum class Tab : quint8 { Overview, Decision, Cost };
    Tab tab() const;
    void setTab(Tab tab);
    std::shared_ptr<const Exchange> exchange() const { return m_exchange; }
    QString story() const;

signals:
    void closeRequested();

protected:
    void paintEvent(QPaintEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    QVBoxLayout *addTab(const QString &name);
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
    kit::PlainLabel *m_tokens;
    kit::PlainLabel *m_id;
    kit::CopyButton *m_copyId;
    kit::PlainLabel *m_revision;
};

} // namespace sb::pages
