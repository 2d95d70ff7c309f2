// The board while nothing is configured: what will be here, and the next step.
//
// Owned by the board page, GUI thread.
#pragma once

#include <QWidget>

class QPushButton;

namespace sb::kit {
class PlainLabel;
}

namespace sb::pages {

class EmptyBoard final : public QWidget {
    Q_OBJECT
public:
    explicit EmptyBoard(QWidget *parent = nullptr);

    // Where the gateway listens; empty while it does not.
    void setAddress(const QString &address);

signals:
    void startRequested();

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    kit::PlainLabel *m_address;
    QPushButton *m_start;
};

} // namespace sb::pages
