// The rail of pages at the left: 176 px, icons only when the window is narrow.
#pragma once

#include "kit/icons.h"

#include <QList>
#include <QWidget>

class QButtonGroup;

namespace sb::kit {

class RailButton;

// Ids are the caller's. Arrow keys move inside, Tab enters at the current page.
class Rail final : public QWidget {
    Q_OBJECT
public:
    explicit Rail(QWidget *parent = nullptr);

    void addPage(const QString &title, Glyph glyph, const QString &keyText);
    void setCurrent(int index);
    int current() const;
    void setNarrow(bool isNarrow);
    bool isNarrow() const { return m_isNarrow; }

signals:
    void chosen(int index);

private:
    QButtonGroup *m_group;
    QList<RailButton *> m_buttons;
    bool m_isNarrow = false;
};

} // namespace sb::kit
