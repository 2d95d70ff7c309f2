#include "pages/catalog.h"

#include "pages/board/board_page.h"

#include <QCoreApplication>

namespace sb::pages {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(Catalog)
};

} // namespace

QList<PageRow> catalog()
{
    return {
        PageRow{QStringLiteral("board"), Words::tr("Board"), kit::Glyph::Board,
                QKeySequence(Qt::CTRL | Qt::Key_1),
                [](const PageContext &context, QWidget *parent) -> Page * {
                    return new BoardPage(context, parent);
                }},
    };
}

} // namespace sb::pages
