// The daily cap of all traffic: what the engine says of it, and one field to change it.
#pragma once

#include "kit/lamp.h"
#include "kit/plain_label.h"
#include "pages/page.h"

class QLineEdit;
class QPushButton;

namespace sb::pages {

// Owned by Spend, GUI thread. Writes `budgets` of the configuration through the link; what it
// shows is the BudgetView of the last frame, so it moves when the engine has taken the change.
class BudgetEditor final : public QWidget {
    Q_OBJECT
public:
    explicit BudgetEditor(const PageContext &context, QWidget *parent = nullptr);

    void setFrame(const FramePtr &frame);
    // The cap of all traffic by day, as the engine enforces it.
    std::optional<BudgetView> budget() const { return m_budget; }
    void edit();
    bool isEditing() const { return m_isEditing; }
    void cancel();
    QSize sizeHint() const override;

    // "$10", "10.50", "1,000"; nothing when it is no amount above zero and at most a million.
    static std::optional<Money> parseAmount(QString text);

signals:
    void said(const QString &sentence);

protected:
    void keyPressEvent(QKeyEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    void save();
    void remove();
    void send(const QString &path, const QByteArray &value, const QString &done);
    int configuredIndex() const; // in `budgets` of the configuration, -1 = none
    void display();

    PageContext m_context;
    FramePtr m_frame;
    std::optional<BudgetView> m_budget;
    bool m_isEditing = false;
    bool m_isWaiting = false; // for the engine's answer
    QString m_problem;
    kit::LampWidget *m_lamp;
    kit::PlainLabel *m_text;
    kit::PlainLabel *m_label;
    QLineEdit *m_field;
    QPushButton *m_change;
    QPushButton *m_remove;
    QPushButton *m_save;
    QPushButton *m_cancel;
};

} // namespace sb::pages
