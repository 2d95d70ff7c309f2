// The panel at the right of a page: one thing's state, why, its numbers, lists and actions.
//
// A page fills it and hands it newer values as frames come; rows and buttons are made again only
// when they changed, so the focus stays where it was. GUI thread. [console §2, §3.1]
#pragma once

#include "kit/lamp.h"
#include "kit/plain_label.h"

#include <QFrame>

#include <functional>

class QGridLayout;
class QListWidget;
class QMenu;
class QPushButton;
class QVBoxLayout;

namespace sb::kit {

// One thing a person can ask for. With children it is a choice of them; without, `run` is called.
// `id` names it for tests and key maps; equal lists compare equal, `run` aside.
struct Command {
    QString id;
    QString text;
    QString toolTip;
    std::function<void()> run;
    QList<Command> children;
    bool isSeparated = false; // a line above it in menus

    friend bool operator==(const Command &a, const Command &b)
    {
        return a.id == b.id && a.text == b.text && a.toolTip == b.toolTip
            && a.children == b.children;
    }
};
// Adds the commands to a menu, choices as submenus.
void fillMenu(QMenu *menu, const QList<Command> &commands);

class Inspector final : public QFrame {
    Q_OBJECT
public:
    struct Fact {
        QString label;
        QString value;
        friend bool operator==(const Fact &, const Fact &) = default;
    };
    struct Row {
        QString text;
        QString key; // handed back when it is opened
        PlainLabel::Tone tone = PlainLabel::Tone::Text;
        friend bool operator==(const Row &, const Row &) = default;
    };
    struct List {
        QString title;
        QString empty; // said where there is no row; nothing at all when empty
        QList<Row> rows;
        friend bool operator==(const List &, const List &) = default;
    };

    explicit Inspector(QWidget *parent = nullptr);

    void setHead(Lamp lamp, const QString &name, const QString &kind);
    QString name() const;
    void setReason(const QString &sentence);
    QString reason() const;
    void setFacts(const QList<Fact> &facts);
    const QList<Fact> &facts() const { return m_facts; }
    void setLists(const QList<List> &lists);
    const QList<List> &lists() const { return m_lists; }
    void setCommands(const QList<Command> &commands);
    const QList<Command> &commands() const { return m_commands; }
    // Puts the focus on the first action.
    void focusActions();

signals:
    void closeRequested();
    void rowOpened(const QString &key);

protected:
    void paintEvent(QPaintEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    void run(const QString &id);

    LampWidget *m_lamp;
    PlainLabel *m_name;
    PlainLabel *m_kind;
    PlainLabel *m_reason;
    QWidget *m_content;
    QGridLayout *m_factGrid;
    QList<PlainLabel *> m_factLabels; // label, value, label, value, …
    QVBoxLayout *m_listColumn;
    QList<PlainLabel *> m_listTitles;
    QList<PlainLabel *> m_listEmpties;
    QList<QListWidget *> m_listViews;
    QWidget *m_buttonHost;
    QList<QPushButton *> m_buttons;
    QList<Fact> m_facts;
    QList<List> m_lists;
    QList<Command> m_commands;
};

} // namespace sb::kit
