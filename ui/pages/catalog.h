// The pages of the window, in the order of the rail. A page appears here when it exists. [style
// §13]
#pragma once

#include "kit/icons.h"
#include "pages/page.h"

#include <QKeySequence>

#include <functional>

namespace sb::pages {

struct PageRow {
    QString id; // stable, for saved layout
    QString title;
    kit::Glyph glyph;
    QKeySequence shortcut;
    std::function<Page *(const PageContext &context, QWidget *parent)> make;
};

// Titles are in the language of the call; made once, by the window.
QList<PageRow> catalog();

} // namespace sb::pages
