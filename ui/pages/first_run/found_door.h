// What is found on this computer: keys by the names of their variables, and local servers.
#pragma once

#include "engine/setup.h"

#include <QWidget>

class QCheckBox;
class QPushButton;
class QVBoxLayout;

namespace sb::link {
class EngineLink;
}
namespace sb::kit {
class PlainLabel;
}

namespace sb::pages {

// GUI thread. Nothing is stored until "Use these".
class FoundDoor final : public QWidget {
    Q_OBJECT
public:
    explicit FoundDoor(link::EngineLink &link, QWidget *parent = nullptr);

    void look(); // asks again; what the shell gave stays

signals:
    void said(const QString &sentence);

private:
    void lookInShell();
    void use();
    void fill();
    void count();
    QList<engine::FoundProvider> chosen() const;

    link::EngineLink &m_link;
    QVBoxLayout *m_rows;
    kit::PlainLabel *m_line;
    QPushButton *m_use;
    QPushButton *m_shell;
    QPushButton *m_again;
    QList<engine::FoundProvider> m_here;
    QList<engine::FoundProvider> m_inShell;
    QList<std::pair<QCheckBox *, engine::FoundProvider>> m_boxes;
    bool m_isLooking = false;
};

} // namespace sb::pages
