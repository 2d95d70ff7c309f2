// The line a filter is typed into: completes, underlines what means nothing, shows the scan.
//
// A widget, GUI thread. It knows the language but no data: values come from the page, what is typed
// goes out by signal after a short rest. [console §3.2]
#pragma once

#include "models/filter_completion.h"

#include <QLineEdit>
#include <QTimer>

class QCompleter;
class QStandardItemModel;

namespace sb::pages {

class FilterLine final : public QLineEdit {
    Q_OBJECT
public:
    explicit FilterLine(QWidget *parent = nullptr);

    void setValues(const models::FilterValues &values) { m_values = values; }
    void setProblems(const QList<FilterProblem> &problems);
    const QList<FilterProblem> &problems() const { return m_problems; }
    // 0…1; negative: runs, nobody knows how far. Nothing: no scan.
    void setScan(std::optional<double> share);
    bool isCompleting() const;
    void closeCompletion();

signals:
    void edited(); // 120 ms after the last key, or at once with Enter
    void leftDown(); // Down or Enter with nothing to complete: on to the rows

protected:
    void paintEvent(QPaintEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void changeEvent(QEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void complete();
    void take(const QModelIndex &index);
    void underline();

    models::FilterValues m_values;
    models::FilterCompletion m_completion;
    QList<FilterProblem> m_problems;
    std::optional<double> m_scan;
    QTimer m_rest;
    QStandardItemModel *m_items;
    QCompleter *m_completer;
    bool m_isUnderlining = false;
};

} // namespace sb::pages
