// Marks the current request: one of four shapes and a note, in a line below the filter.
//
// A widget, GUI thread; the marks are the page's. [console §3.2]
#pragma once

#include "models/request_marks.h"

#include <QWidget>

class QButtonGroup;
class QLineEdit;
class QPushButton;

namespace sb::pages {

class MarkBar final : public QWidget {
    Q_OBJECT
public:
    explicit MarkBar(QWidget *parent = nullptr);

    void setMark(const ExchangeId &id, const std::optional<models::RequestMarks::Mark> &mark);
    const ExchangeId &id() const { return m_id; }
    void focusShapes();

signals:
    void marked(const sb::ExchangeId &id, const sb::models::RequestMarks::Mark &mark);
    void removed(const sb::ExchangeId &id);
    void closed();

protected:
    void keyPressEvent(QKeyEvent *event) override;

private:
    void say();

    ExchangeId m_id;
    QButtonGroup *m_shapes;
    QLineEdit *m_note;
    QPushButton *m_remove;
};

} // namespace sb::pages
