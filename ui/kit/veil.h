// Greys out what is under it without taking the mouse or the keyboard.
#pragma once

#include <QWidget>

namespace sb::kit {

// Covers one widget, as its sibling, and follows its place; hidden at first. Unlike a graphics
// effect it leaves the painting below alone: charts and opaque widgets keep their own way.
class Veil final : public QWidget {
    Q_OBJECT
public:
    explicit Veil(QWidget *covered);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
    void showEvent(QShowEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    QWidget *m_covered;
};

} // namespace sb::kit
