// What a translation changed on the way to each target, field by field: what the client sent, what
// went on, and the rule that did it.
//
// GUI thread. Asked of the engine when it is looked at; what that no longer has in memory is taken
// from the recorded bodies, where there are any.
// [console §3.2; translation §3]
#pragma once

#include "link/engine_link.h"
#include "record/changes.h"
#include "words/names.h"

#include <QWidget>

class QTableWidget;

namespace sb::kit {
class EmptyState;
class PlainLabel;
} // namespace sb::kit

namespace sb::pages {

class CaptureSource;

class ChangesView final : public QWidget {
    Q_OBJECT
public:
    explicit ChangesView(QWidget *parent = nullptr);

    // Null: nothing can be asked, and the view says so.
    void setLink(link::EngineLink *link) { m_link = link; }
    // Outlives the view.
    void setSource(CaptureSource *source);
    void setExchange(const std::shared_ptr<const Exchange> &exchange, const words::Names &names);
    QTableWidget *table() const { return m_table; }
    // What it says above the table, or instead of it.
    QString note() const;
    kit::EmptyState *empty() const { return m_empty; }

protected:
    void showEvent(QShowEvent *event) override;

private:
    bool isTranslated() const;
    void ask();
    void show(const Result<QList<AttemptChanges>> &answer);
    void showRecorded();
    void showEmpty(const QString &line);
    void showList(const QList<AttemptChanges> &all);
    bool isOwnDialect(int ordinal) const;
    QList<AttemptChanges> withUnchanged(QList<AttemptChanges> all) const;
    void addHeading(const AttemptChanges &attempt);
    void addRow(const QStringList &cells, bool isHeading, bool isLoss);

    link::EngineLink *m_link = nullptr;
    CaptureSource *m_source = nullptr;
    bool m_isGone = false; // the engine has it no longer in memory
    std::shared_ptr<const Exchange> m_exchange;
    words::Names m_names;
    ExchangeId m_asked; // and at how many attempts
    qsizetype m_askedAttempts = -1;
    kit::PlainLabel *m_note;
    QTableWidget *m_table;
    kit::EmptyState *m_empty;
    QString m_emptyLine;
    bool m_isEmpty = true;
};

} // namespace sb::pages
