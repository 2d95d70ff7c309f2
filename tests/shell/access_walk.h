// What a screen reader meets in a window: a walk of its accessible tree.
#pragma once

#include <QAccessible>
#include <QSet>
#include <QStringList>

namespace sb::test {

struct AccessWalk {
    QStringList nameless; // paths of controls without a name
    QStringList twins; // paths of controls with the name of a sibling
    QStringList plurals; // texts with a number whose plural nobody wrote: "3 request(s)"
    int count = 0;
};

inline bool isFocusable(QAccessibleInterface *item)
{
    const QAccessible::State state = item->state();
    return state.focusable && !state.invisible && !state.disabled;
}

inline QString accessPath(QAccessibleInterface *item)
{
    QString path;
    for (; item; item = item->parent())
        path.prepend(QStringLiteral("/%1:%2")
                         .arg(int(item->role()))
                         .arg(item->object()
                                  ? QString::fromLatin1(item->object()->metaObject()->className())
                                  : QString()));
    return path;
}

inline bool isControl(QAccessible::Role role)
{
    switch (role) {
    case QAccessible::Button:
    case QAccessible::ButtonMenu:
    case QAccessible::CheckBox:
    case QAccessible::RadioButton:
    case QAccessible::EditableText:
    case QAccessible::ComboBox:
    case QAccessible::SpinBox:
    case QAccessible::Slider:
    case QAccessible::Table:
    case QAccessible::Tree:
    case QAccessible::List:
    case QAccessible::PageTab:
    case QAccessible::Link:
        return true;
    default:
        return false;
    }
}

inline void walk(QAccessibleInterface *item, AccessWalk &found)
{
    if (!item || found.count > 20'000)
        return;
    ++found.count;
    const bool isCell = item->role() == QAccessible::Cell || item->role() == QAccessible::TreeItem;
    if (isFocusable(item) && !isCell && item->text(QAccessible::Name).isEmpty())
        found.nameless += accessPath(item);
    for (const QAccessible::Text part :
         {QAccessible::Name, QAccessible::Description, QAccessible::Value}) {
        if (const QString text = item->text(part); text.contains(QStringLiteral("(s)")))
            found.plurals += text;
    }
    QSet<QString> names;
    for (int i = 0; i < item->childCount(); ++i) {
        QAccessibleInterface *child = item->child(i);
        if (!child || child->state().invisible)
            continue;
        if (isControl(child->role()) && isFocusable(child)) {
            const QString name = child->text(QAccessible::Name);
            if (names.contains(name))
                found.twins += accessPath(child) + u' ' + name;
            names.insert(name);
        }
        walk(child, found);
    }
}

} // namespace sb::test
