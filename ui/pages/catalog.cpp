#include "pages/catalog.h"

#include "pages/board/board_page.h"
#include "pages/chains/chains_page.h"
#include "pages/connect/connect_page.h"
#include "pages/health/health_page.h"
#include "pages/providers/providers_page.h"
#include "pages/requests/requests_page.h"
#include "pages/settings/settings_page.h"
#include "pages/spend/spend_page.h"

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
        PageRow{QStringLiteral("requests"), Words::tr("Requests"), kit::Glyph::Requests,
                QKeySequence(Qt::CTRL | Qt::Key_2),
                [](const PageContext &context, QWidget *parent) -> Page * {
                    return new RequestsPage(context, parent);
                }},
        PageRow{QStringLiteral("health"), Words::tr("Health"), kit::Glyph::Health,
                QKeySequence(Qt::CTRL | Qt::Key_3),
                [](const PageContext &context, QWidget *parent) -> Page * {
                    return new HealthPage(context, parent);
                }},
        PageRow{QStringLiteral("spend"), Words::tr("Spend"), kit::Glyph::Spend,
                QKeySequence(Qt::CTRL | Qt::Key_4),
                [](const PageContext &context, QWidget *parent) -> Page * {
                    return new SpendPage(context, parent);
                }},
        PageRow{QStringLiteral("chains"), Words::tr("Chains"), kit::Glyph::Chains,
                QKeySequence(Qt::CTRL | Qt::Key_5),
                [](const PageContext &context, QWidget *parent) -> Page * {
                    return new ChainsPage(context, parent);
                }},
        PageRow{QStringLiteral("providers"), Words::tr("Providers"), kit::Glyph::Providers,
                QKeySequence(Qt::CTRL | Qt::Key_6),
                [](const PageContext &context, QWidget *parent) -> Page * {
                    return new ProvidersPage(context, parent);
                }},
        PageRow{QStringLiteral("connect"), Words::tr("Connect"), kit::Glyph::Connect,
                QKeySequence(Qt::CTRL | Qt::Key_7),
                [](const PageContext &context, QWidget *parent) -> Page * {
                    return new ConnectPage(context, parent);
                }},
        PageRow{QStringLiteral("settings"), Words::tr("Settings"), kit::Glyph::Settings,
                QKeySequence(Qt::CTRL | Qt::Key_Comma),
                [](const PageContext &context, QWidget *parent) -> Page * {
                    return new SettingsPage(context, parent);
                }},
    };
}

} // namespace sb::pages
