// Tabs as a row of words, the chosen one underlined in the accent colour.
#pragma once

#include <QTabBar>

namespace sb::kit {

// Arrow keys move between tabs. Flat, no frame; the page below is the owner's. Where there is
// little room the words move closer.
class TabRow final : public QTabBar {
    Q_OBJECT
public:
    explicit TabRow(QWidget *parent = nullptr);

protected:
    QSize tabSizeHint(int index) const override;
    QSize minimumSizeHint() const override;
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    int wordsWidth(const QFont &font) const;
};

} // namespace sb::kit
