// Tabs as a row of words, the chosen one underlined in the accent colour.
#pragma once

#include <QTabBar>

namespace sb::kit {

// Arrow keys move between tabs. Flat, no frame; the page below is the owner's.
class TabRow final : public QTabBar {
    Q_OBJECT
public:
    explicit TabRow(QWidget *parent = nullptr);

protected:
    QSize tabSizeHint(int index) const override;
    void paintEvent(QPaintEvent *event) override;
};

} // namespace sb::kit
