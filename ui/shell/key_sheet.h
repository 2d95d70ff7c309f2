// The key sheet: every command that has a key, by group. [console §9]
#pragma once

#include "kit/overlay.h"
#include "shell/command_list.h"

class QScrollArea;

namespace sb::shell {

class KeySheet final : public kit::Overlay {
    Q_OBJECT
public:
    explicit KeySheet(QWidget *host);

    void openWith(const QList<Command> &commands);

private:
    QScrollArea *m_area;
};

} // namespace sb::shell
