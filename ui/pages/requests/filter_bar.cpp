#include "pages/requests/filter_bar.h"

#include "kit/icons.h"
#include "kit/plain_label.h"
#include "kit/tokens.h"
#include "pages/requests/filter_line.h"
#include "words/filter_words.h"
#include "words/format.h"
#include "words/plain.h"

#include <QBoxLayout>
#include <QMenu>
#include <QPainter>
#include <QSettings>
#include <QToolButton>

namespace sb::pages {

using kit::PlainLabel;

namespace {

const QString kSaved = QStringLiteral("requests/saved_filters");
constexpr qsizetype kMostSaved = 50;
constexpr int kMostChips = 12;
constexpr qsizetype kChipLength = 32;
constexpr int kChipHeight = 24;

// One term of the filter; a click takes it out.
class Chip final : public QToolButton {
public:
    using QToolButton::QToolButton;

    QSize sizeHint() const override
    {
        return {fontMetrics().horizontalAdvance(text()) + 30, kChipHeight};
    }
    QSize minimumSizeHint() const override { return {40, kChipHeight}; }

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        const kit::Tokens &t = kit::tokensFor(palette());
        painter.setPen(underMouse() || hasFocus() ? t.accent : t.plateBorder);
        painter.setBrush(t.raised);
        painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5),
                                kit::space::kControlRadius, kit::space::kControlRadius);
        painter.setFont(font());
        painter.setPen(t.text);
        const QRect area = rect().adjusted(8, 0, -20, 0);
        painter.drawText(area, int(Qt::AlignLeft | Qt::AlignVCenter),
                         fontMetrics().elidedText(text(), Qt::ElideRight, area.width()));
        painter.setPen(QPen(underMouse() ? t.text : t.muted, 1.5));
        const QPointF c(width() - 12, height() / 2.0);
        painter.drawLine(c + QPointF(-3, -3), c + QPointF(3, 3));
        painter.drawLine(c + QPointF(-3, 3), c + QPointF(3, -3));
    }
};

} // namespace

FilterBar::FilterBar(QSettings &settings, QWidget *parent)
    : QWidget(parent)
    , m_settings(settings)
    , m_saved(settings.value(kSaved).toStringList())
    , m_line(new FilterLine)
    , m_star(new QToolButton)
    , m_presets(new QToolButton)
    , m_menu(new QMenu(this))
    , m_count(new PlainLabel(QString(), kit::Type::Mono))
    , m_below(new QWidget)
    , m_chips(new QHBoxLayout)
    , m_problem(new PlainLabel(QString(), kit::Type::Label))
{
    m_star->setIcon(kit::icon(kit::Glyph::Star));
    m_star->setCheckable(true);
    m_star->setAutoRaise(true);
    m_star->setAccessibleName(tr("Save this filter"));
    m_presets->setIcon(kit::icon(kit::Glyph::Menu));
    m_presets->setAutoRaise(true);
    m_presets->setAccessibleName(tr("Saved filters"));
    kit::setPlainToolTip(m_presets, tr("Saved filters"));
    m_count->setTone(PlainLabel::Tone::Secondary);
    m_problem->setTone(PlainLabel::Tone::Danger);
    m_problem->setElided(true);

    auto *row = new QHBoxLayout;
    row->setSpacing(kit::space::kGrid);
    row->addWidget(m_line, 1);
    row->addWidget(m_star);
    row->addWidget(m_presets);
    row->addSpacing(kit::space::kInside);
    row->addWidget(m_count);
    m_chips->setContentsMargins(0, 0, 0, 0);
    m_chips->setSpacing(kit::space::kGrid + 2);
    auto *below = new QHBoxLayout(m_below);
    below->setContentsMargins(0, 0, 0, 0);
    below->setSpacing(kit::space::kInside);
    below->addLayout(m_chips);
    below->addWidget(m_problem, 1);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(kit::space::kGrid + 2);
    column->addLayout(row);
    column->addWidget(m_below);
    m_below->hide();

    connect(m_line, &FilterLine::edited, this, &FilterBar::read);
    connect(m_star, &QToolButton::clicked, this, &FilterBar::toggleSaved);
    connect(m_presets, &QToolButton::clicked, this, &FilterBar::showMenu);
    setCounts(0, -1, false, false);
    read();
}

QString FilterBar::text() const
{
    return m_line->text();
}

QString FilterBar::problem() const
{
    return m_problem->text();
}

void FilterBar::setText(const QString &text)
{
    m_line->setText(text);
    read();
}

void FilterBar::setWorld(qint64 nowWallMs, const words::Names &names)
{
    const bool isNew = m_nowWallMs == 0 || names.clients != m_names.clients
        || names.providers != m_names.providers;
    m_nowWallMs = nowWallMs;
    if (!isNew)
        return;
    m_names = names;
    read();
}

void FilterBar::addTerm(const QString &term, bool isNegated)
{
    if (term.isEmpty())
        return;
    const bool wasNegated = term.startsWith(u'-');
    const QString bare = wasNegated ? term.mid(1) : term;
    setText(models::withTerm(text(), isNegated != wasNegated ? u'-' + bare : bare));
}

void FilterBar::read()
{
    m_parsed = parseFilter(text(), m_nowWallMs);
    m_line->setProblems(m_parsed.problems);
    const bool isWrong = !m_parsed.problems.isEmpty();
    m_problem->setText(isWrong ? words::filterProblem(m_parsed.problems.first(), text())
                               : QString());
    m_line->setAccessibleDescription(m_problem->text());
    showChips();
    m_below->setVisible(isWrong || !m_parsed.filter.isEmpty());
    m_star->setEnabled(!m_parsed.filter.isEmpty() && !isWrong);
    m_star->setChecked(isSaved());
    kit::setPlainToolTip(m_star, isSaved() ? tr("Forget this filter") : tr("Save this filter"));
    const ExchangeFilter filter = models::withIds(m_parsed.filter, m_names);
    // What is only half typed leaves the rows as they are.
    if (filterText(filter) == filterText(m_filter) && !m_readText.isNull()
        && filter.terms.size() == m_filter.terms.size())
        return;
    m_readText = text().isNull() ? QString(QLatin1String("")) : text();
    m_filter = filter;
    emit filterChanged();
}

void FilterBar::showChips()
{
    const bool hadFocus = std::any_of(m_chipButtons.begin(), m_chipButtons.end(),
                                      [](QToolButton *chip) { return chip->hasFocus(); });
    for (QToolButton *chip : std::as_const(m_chipButtons)) {
        chip->hide(); // a click on it may still be on its way back
        chip->deleteLater();
    }
    m_chipButtons.clear();
    for (const FilterTerm &term : std::as_const(m_parsed.filter.terms)) {
        if (m_chipButtons.size() == kMostChips)
            break;
        auto *chip = new Chip;
        chip->setFont(kit::font(kit::Type::MonoSmall));
        const QString what = filterText(term);
        chip->setText(words::trimmed(what, kChipLength));
        chip->setAccessibleName(tr("Remove %1 from the filter").arg(words::visible(what)));
        kit::setPlainToolTip(chip, tr("Remove %1 from the filter").arg(words::visible(what)));
        connect(chip, &QToolButton::clicked, this,
                [this, term] { setText(models::withoutTerm(text(), term)); });
        m_chips->addWidget(chip);
        m_chipButtons.append(chip);
    }
    if (hadFocus)
        m_chipButtons.isEmpty() ? m_line->setFocus() : m_chipButtons.first()->setFocus();
}

void FilterBar::setCounts(qint64 matches, qint64 total, bool hasMore, bool isStopped)
{
    QString text;
    if (m_filter.isEmpty() || total < 0) {
        text = hasMore ? tr("the newest %1", "requests").arg(words::count(matches))
                       : tr("%n request(s)", nullptr, int(matches));
    } else {
        text = tr("%1 of %2", "requests that match, all")
                   .arg(words::count(matches), words::count(total));
    }
    if (isStopped)
        text = tr("%1, stopped", "a count whose scan was stopped").arg(text);
    if (m_count->text() != text)
        m_count->setText(text);
}

void FilterBar::setScan(std::optional<double> share)
{
    m_line->setScan(share);
}

QList<FilterBar::Preset> FilterBar::builtIn()
{
    return {
        {tr("Failing"), QStringLiteral("is:failed")},
        {tr("Failed over"), QStringLiteral("is:failed-over")},
        {tr("Diverted"), QStringLiteral("is:diverted")},
        {tr("Costly"), QStringLiteral("cost:>=0.05")},
        {tr("Drills hidden"), QStringLiteral("-is:drill")},
    };
}

bool FilterBar::isSaved() const
{
    return m_saved.contains(text().trimmed());
}

void FilterBar::toggleSaved()
{
    const QString line = text().trimmed();
    if (!m_saved.removeOne(line) && !line.isEmpty()) {
        m_saved.prepend(line);
        while (m_saved.size() > kMostSaved)
            m_saved.removeLast();
    }
    m_settings.setValue(kSaved, m_saved);
    m_star->setChecked(isSaved());
    kit::setPlainToolTip(m_star, isSaved() ? tr("Forget this filter") : tr("Save this filter"));
}

void FilterBar::showMenu()
{
    fillMenu();
    m_menu->popup(m_presets->mapToGlobal(QPoint(0, m_presets->height())));
}

void FilterBar::fillMenu()
{
    m_menu->clear();
    const auto escaped = [](QString text) { return text.replace(u'&', QStringLiteral("&&")); };
    for (const Preset &preset : builtIn()) {
        m_menu->addAction(
            tr("%1: %2", "a built-in filter, its line").arg(preset.name, escaped(preset.line)),
            this, [this, preset] { setText(preset.line); });
    }
    if (!m_saved.isEmpty())
        m_menu->addSeparator();
    for (const QString &line : std::as_const(m_saved)) {
        m_menu->addAction(escaped(words::trimmed(line, 80)), this, [this, line] { setText(line); });
    }
    m_menu->addSeparator();
    QAction *all = m_menu->addAction(tr("All requests"), this, [this] { setText(QString()); });
    all->setEnabled(!text().isEmpty());
}

} // namespace sb::pages
