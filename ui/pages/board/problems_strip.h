// The problems strip: at most three lines, worst first, each with one action. [console §3.1]
//
// Owned by the board page, GUI thread. Hidden while there is nothing to say.
#pragma once

#include "models/board_state.h"

#include <QElapsedTimer>
#include <QWidget>

class QPushButton;

namespace sb::kit {
class LampWidget;
class PlainLabel;
} // namespace sb::kit

namespace sb::pages {

class ProblemsStrip final : public QWidget {
    Q_OBJECT
public:
    static constexpr int kLines = 3;
    static constexpr int kLineHeight = 32;

    explicit ProblemsStrip(QWidget *parent = nullptr);

    void setState(const models::BoardState &state);
    int lineCount() const { return m_count; }
    int preferredHeight() const { return m_count * kLineHeight; }

signals:
    void countChanged();
    void showProblem(const sb::models::Problem &problem);
    void copyRequested(const QString &text);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    struct Line {
        QWidget *row = nullptr;
        kit::LampWidget *lamp = nullptr;
        kit::PlainLabel *text = nullptr;
        QPushButton *action = nullptr;
        models::Problem problem;
    };
    void act(const Line &line);
    void announce(const models::BoardState &state);

    std::array<Line, kLines> m_lines;
    int m_count = 0;
    QStringList m_announced; // which problems assistive tools have heard of
    QElapsedTimer m_sinceAlert;
};

} // namespace sb::pages
