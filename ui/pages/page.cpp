#include "pages/page.h"

#include <QAction>

namespace sb::pages {

QAction *Page::addCommand(const QString &name, const QString &text, const QKeySequence &keys,
                          std::function<void()> call)
{
    auto *action = new QAction(text, this);
    action->setObjectName(name);
    action->setShortcut(keys);
    action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    connect(action, &QAction::triggered, this, std::move(call));
    addAction(action);
    return action;
}

} // namespace sb::pages
