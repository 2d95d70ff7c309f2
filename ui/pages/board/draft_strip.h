// The line above the board while chains are edited: what to do next, how many changes, what with
// them. [console §3.1, §3.5]
#pragma once

#include <QWidget>

class QPushButton;

namespace sb::kit {
class PlainLabel;
}

namespace sb::pages {

// Owned by the board page, GUI thread. Hidden while nobody edits and no draft is in work.
class DraftStrip final : public QWidget {
    Q_OBJECT
public:
    static constexpr int kHeight = 40;

    explicit DraftStrip(QWidget *parent = nullptr);

    // `entrance`: the chain that was picked, empty = none. `applied`: the revision that Undo would
    // take back, 0 = none.
    void setState(bool isEditing, int changes, const QString &entrance, quint32 applied = 0);
    QString text() const;

signals:
    void reviewAsked();
    void applyAsked();
    void discardAsked();
    void takeBackAsked();
    void doneAsked();

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    kit::PlainLabel *m_text;
    QPushButton *m_review;
    QPushButton *m_apply;
    QPushButton *m_discard;
    QPushButton *m_takeBack;
    QPushButton *m_done;
};

} // namespace sb::pages
