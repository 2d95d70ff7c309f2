// A panel that floats over the window's content: the palette, the key sheet.
#pragma once

#include <QFrame>
#include <QPointer>

namespace sb::kit {

// Child of the window it covers, never a window of its own, so nothing is modal. Sits at the top,
// in the middle; Esc or a click beside it closes it and gives the focus back.
class Overlay : public QFrame {
    Q_OBJECT
public:
    Overlay(const QSize &size, QWidget *host);

    // `first` gets the focus.
    void openOver(QWidget *first);
    void close();
    bool isOpen() const { return isVisible(); }

signals:
    void closed();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    void place();

    const QSize m_wanted;
    QWidget *m_host;
    QPointer<QWidget> m_before; // had the focus
};

} // namespace sb::kit
