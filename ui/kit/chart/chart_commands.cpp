#include "kit/chart/chart_commands.h"

#include "words/plain.h"

#include <QAction>
#include <QFileDialog>
#include <QMenu>
#include <QSaveFile>
#include <QSvgGenerator>
#include <QTableView>

namespace sb::kit {

ChartCommands::ChartCommands(QWidget *page, ChartCursor &cursor)
    : QObject(page)
    , m_page(page)
    , m_cursor(cursor)
    , m_table(new ChartTable(page))
{
    addCommand(tr("Show the chart as a table, or drawn"), QStringLiteral("chart.table"),
               QKeySequence(Qt::Key_T), [this] { setTableShown(!isTableShown()); });
    addCommand(tr("Copy the chart's data"), QStringLiteral("chart.copy"), {}, [this] { copy(); });
    addCommand(tr("Save the chart as PNG…"), QStringLiteral("chart.png"), {},
               [this] { save(Kind::Png); });
    addCommand(tr("Save the chart as SVG…"), QStringLiteral("chart.svg"), {},
               [this] { save(Kind::Svg); });
    addCommand(tr("Save the chart's data as CSV…"), QStringLiteral("chart.csv"),
               QKeySequence(Qt::CTRL | Qt::Key_E), [this] { save(Kind::Csv); });
    connect(m_table, &ChartTable::copyAsked, this, &ChartCommands::copy);
    connect(m_table, &ChartTable::saveAsked, this, [this] { save(Kind::Csv); });
    connect(m_table, &ChartTable::closeAsked, this, [this] { setTableShown(false); });
}

QAction *ChartCommands::addCommand(const QString &text, const QString &name,
                                   const QKeySequence &keys, std::function<void()> act)
{
    auto *action = new QAction(text, m_page);
    action->setObjectName(name);
    action->setShortcut(keys);
    action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    connect(action, &QAction::triggered, this, std::move(act));
    m_page->addAction(action);
    m_actions += action;
    return action;
}

void ChartCommands::add(TimeChart *chart)
{
    if (!m_current)
        m_current = chart;
    connect(chart, &TimeChart::focused, this, [this, chart] { m_current = chart; });
    chart->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(chart, &QWidget::customContextMenuRequested, this, [this, chart](const QPoint &at) {
        m_current = chart;
        auto *menu = new QMenu(chart);
        menu->setAttribute(Qt::WA_DeleteOnClose);
        menu->addActions(m_actions);
        menu->popup(chart->mapToGlobal(at));
    });
}

TimeChart *ChartCommands::current() const
{
    return m_shown && isTableShown() ? m_shown.data() : m_current.data();
}

bool ChartCommands::isTableShown() const
{
    return m_table->isVisibleTo(m_page);
}

void ChartCommands::setTableShown(bool isShown)
{
    if (isShown == isTableShown() || (isShown && !m_current))
        return;
    if (isShown) {
        m_shown = m_current;
        m_table->setVisible(true);
        refreshTable();
        m_table->raise();
        m_table->view()->setFocus(Qt::ShortcutFocusReason);
        return;
    }
    m_table->hide();
    if (m_shown)
        m_shown->setFocus(Qt::ShortcutFocusReason);
}

void ChartCommands::refreshTable()
{
    if (!isTableShown() || !m_shown)
        return;
    m_table->setChart(m_shown->accessibleName(), m_shown->latest(), m_shown->unit());
}

void ChartCommands::setTableArea(const QRect &area)
{
    m_table->setGeometry(area);
}

void ChartCommands::copy()
{
    TimeChart *chart = current();
    if (!chart)
        return;
    emit copyRequested(clipboardText(chart->latest(), chart->unit()));
    emit said(tr("The data of %1 was copied.").arg(words::visible(chart->accessibleName())));
}

bool ChartCommands::savePng(TimeChart &chart, const QString &path)
{
    QSaveFile file(path);
    return file.open(QIODevice::WriteOnly) && chart.picture().save(&file, "PNG") && file.commit();
}

bool ChartCommands::saveSvg(TimeChart &chart, const QString &path)
{
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        return false;
    QSvgGenerator svg;
    svg.setOutputDevice(&file);
    svg.setSize(chart.size());
    svg.setViewBox(chart.rect());
    svg.setTitle(words::visible(chart.accessibleName()));
    {
        QPainter painter(&svg);
        chart.paintOn(painter);
    }
    return file.commit();
}

bool ChartCommands::saveCsv(const TimeChart &chart, const QString &path)
{
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        return false;
    const QByteArray text = csvOf(chart.latest(), chart.unit());
    return file.write(text) == text.size() && file.commit();
}

void ChartCommands::save(Kind kind)
{
    TimeChart *chart = current();
    if (!chart)
        return;
    const char *suffix = kind == Kind::Png ? "png" : kind == Kind::Svg ? "svg" : "csv";
    auto *dialog
        = new QFileDialog(m_page, tr("Save %1").arg(words::visible(chart->accessibleName())));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QLatin1String(suffix));
    // A provider's label may hold anything; a file name may not.
    QString name = words::visible(chart->accessibleName());
    for (QChar &c : name)
        c = c.isLetterOrNumber() ? c : u'_';
    dialog->selectFile(QStringLiteral("%1.%2").arg(name.left(80), QLatin1String(suffix)));
    connect(dialog, &QFileDialog::fileSelected, this,
            [this, kind, chart = QPointer<TimeChart>(chart)](const QString &path) {
                if (!chart)
                    return;
                const bool isSaved = kind == Kind::Png ? savePng(*chart, path)
                    : kind == Kind::Svg                ? saveSvg(*chart, path)
                                                       : saveCsv(*chart, path);
                emit said(isSaved ? tr("Saved to %1.").arg(path)
                                  : tr("%1 could not be written.").arg(path));
            });
    dialog->open();
}

} // namespace sb::kit
