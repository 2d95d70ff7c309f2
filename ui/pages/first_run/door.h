// One of the ways in: a titled panel with its own controls.
#pragma once

#include <QWidget>

class QVBoxLayout;

namespace sb::pages {

// Paints a plate; the caller fills `body()`.
class Door final : public QWidget {
    Q_OBJECT
public:
    Door(const QString &title, const QString &note, QWidget *parent);

    QVBoxLayout *body() const { return m_body; }

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QVBoxLayout *m_body;
};

} // namespace sb::pages
