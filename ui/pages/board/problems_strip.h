// The problems strip: at most three lines, worst first, each with one action. [console §3.1]
//
// Owned by the board page, GUI thread. Hidden while there is nothing to say.
#pragma once

#include "models/board_state.h"
#include "words/names.h"

#include <QWidget>

#include <array>

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
    // What the button of a line does.
    enum class Act : quint8 {
        Show,
        Copy,
        OpenSpend,
        OpenProviders,
        OpenSettings,
        ClearDrills,
        Resume
    };

    explicit ProblemsStrip(QWidget *parent = nullptr);

    void setState(const models::BoardState &state, const words::Names &names);
    int lineCount() const { return m_count; }
    // Lines that do not fit into the width take two rows of text.
    int heightAt(int width) const;
    QString text(int line) const;

signals:
    void sizeChanged(); // lines, or how high they are
    void showProblem(const sb::models::Problem &problem);
    void copyRequested(const QString &text);
    void openPage(const QString &page, const QString &query);
    void clearDrillsAsked();
    void resumeAsked();

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    struct Line {
        QWidget *row = nullptr;
        kit::LampWidget *lamp = nullptr;
        kit::PlainLabel *text = nullptr;
        QPushButton *action = nullptr;
        models::Problem problem;
        Act does = Act::Show;
    };
    void act(const Line &line);
    int lineHeight(const Line &line, int width) const;

    std::array<Line, kLines> m_lines;
    int m_count = 0;
};

} // namespace sb::pages
