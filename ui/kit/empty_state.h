// What an empty page shows: one line on what will be here, and one button.
#pragma once

#include "kit/plain_label.h"

#include <QWidget>

class QPushButton;

namespace sb::kit {

class EmptyState final : public QWidget {
    Q_OBJECT
public:
    explicit EmptyState(const QString &line, const QString &button = {}, QWidget *parent = nullptr);

    void setLine(const QString &line);
    QPushButton *button() const { return m_button; }

signals:
    void clicked();

private:
    PlainLabel *m_line;
    QPushButton *m_button;
};

} // namespace sb::kit
