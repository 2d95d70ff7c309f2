// The peek: what happened to one request, in the first line; below, its attempts and the decision.
//
// A widget any page may show beside its list; GUI thread, holds an immutable exchange and is handed
// a newer one while the request runs. [console §3.2]
#pragma once

#include "record/exchange.h"
#include "words/names.h"

#include <QFrame>

#include <memory>

namespace sb::kit {
class CopyButton;
class LampWidget;
class PlainLabel;
} // namespace sb::kit

namespace sb::pages {

class DecisionList;
class Waterfall;

class PeekPanel final : public QFrame {
    Q_OBJECT
public:
    explicit PeekPanel(QWidget *parent = nullptr);

    void setExchange(const std::shared_ptr<const Exchange> &exchange, const words::Names &names,
                     qint64 nowWallMs);
    std::shared_ptr<const Exchange> exchange() const { return m_exchange; }
    QString story() const;

signals:
    void closeRequested();

protected:
    void paintEvent(QPaintEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    kit::PlainLabel *addHeading(const QString &text);
    QString costLine(const Exchange &exchange) const;
    QString tokenLine(const Exchange &exchange) const;

    std::shared_ptr<const Exchange> m_exchange;
    QWidget *m_content;
    kit::LampWidget *m_lamp;
    kit::PlainLabel *m_outcome;
    kit::PlainLabel *m_when;
    kit::PlainLabel *m_story;
    kit::PlainLabel *m_attemptsHeading;
    Waterfall *m_waterfall;
    kit::PlainLabel *m_decisionHeading;
    kit::PlainLabel *m_source;
    DecisionList *m_decision;
    kit::PlainLabel *m_cost;
    kit::PlainLabel *m_tokens;
    kit::PlainLabel *m_id;
    kit::CopyButton *m_copyId;
    kit::PlainLabel *m_revision;
};

} // namespace sb::pages
