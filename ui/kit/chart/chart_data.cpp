#include "kit/chart/chart_data.h"

#include "words/format.h"
#include "words/plain.h"

#include <algorithm>
#include <cmath>

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>

namespace sb::kit {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(Chart)
};

// Nano-dollars behind a value that came from them.
Money moneyOf(double dollars)
{
    return Money{qint64(std::llround(dollars * 1e9))};
}

QByteArray csvText(const QString &text)
{
    QString plain = text;
    // A cell that begins like a formula would be run by a spreadsheet.
    if (!plain.isEmpty() && QStringView(u"=+-@\t\r").contains(plain.front()))
        plain.prepend(u'\'');
    plain.replace(u'"', QStringLiteral("\"\""));
    return '"' + plain.toUtf8() + '"';
}

QByteArray csvNumber(ChartUnit unit, double value)
{
    if (std::isnan(value))
        return {};
    if (unit == ChartUnit::Dollars)
        return moneyOf(value).dollars();
    return QByteArray::number(value, 'g', 12);
}

template <typename Value> void eachSeries(const ChartData &data, Value &&take)
{
    for (const ChartStack &stack : data.stacks)
        take(stack.name, stack.values);
    for (const ChartLine &line : data.lines)
        take(line.name, line.values);
    if (data.band) {
        take(Words::tr("%1, low").arg(data.band->name), data.band->low);
        take(Words::tr("%1, high").arg(data.band->name), data.band->high);
    }
}

} // namespace

QString chartText(ChartUnit unit, double value)
{
    if (std::isnan(value))
        return words::unknown();
    switch (unit) {
    case ChartUnit::Seconds:
        return words::duration(Micros(std::llround(value * 1e6)));
    case ChartUnit::TokensPerSecond:
        return words::speed(value);
    case ChartUnit::Count:
        return words::count(std::llround(value));
    case ChartUnit::Dollars:
        return words::money(moneyOf(value));
    }
    return words::unknown();
}

QString axisText(ChartUnit unit, double value, double step)
{
    const QLocale locale;
    // As many decimals as the step needs: 0.05 two, 2.5 one, 40 none.
    int decimals = 0;
    for (double scaled = step; decimals < 6 && std::abs(scaled - std::round(scaled)) > 1e-9;
         scaled *= 10)
        ++decimals;
    if (value == 0)
        decimals = 0;
    if (unit != ChartUnit::Dollars) {
        return value >= 10'000 ? words::countShort(std::llround(value))
                               : locale.toString(value, 'f', decimals);
    }
    if (value >= 10'000)
        return Words::tr("$%1").arg(words::countShort(std::llround(value)));
    if (decimals == 1)
        decimals = 2;
    return Words::tr("$%1").arg(locale.toString(value, 'f', decimals));
}

qint64 ChartData::slotEnd(int slot) const
{
    return slot + 1 < slotStarts.size() ? slotStarts[slot + 1] : toWallMs;
}

std::optional<int> ChartData::slotAt(qint64 wallMs) const
{
    if (slotStarts.isEmpty() || wallMs < slotStarts.first() || wallMs > toWallMs)
        return std::nullopt;
    const auto after = std::upper_bound(slotStarts.cbegin(), slotStarts.cend(), wallMs);
    return int(after - slotStarts.cbegin()) - 1;
}

double ChartData::total(int slot) const
{
    double sum = kNothing;
    for (const ChartStack &stack : stacks) {
        const double value = stack.values.value(slot, kNothing);
        if (!std::isnan(value))
            sum = std::isnan(sum) ? value : sum + value;
    }
    return sum;
}

bool ChartData::isEmpty() const
{
    const auto isValue = [](double value) { return !std::isnan(value); };
    const auto isMore = [](double value) { return value > 0; };
    return std::none_of(lines.cbegin(), lines.cend(),
                        [&](const ChartLine &line) {
                            return std::any_of(line.values.cbegin(), line.values.cend(), isValue);
                        })
        && std::none_of(stacks.cbegin(), stacks.cend(), [&](const ChartStack &stack) {
               return std::any_of(stack.values.cbegin(), stack.values.cend(), isMore);
           });
}

double ChartData::highest() const
{
    double top = 0;
    const auto take = [&top](double value) {
        if (value > top) // false for NaN
            top = value;
    };
    for (const ChartLine &line : lines)
        std::for_each(line.values.cbegin(), line.values.cend(), take);
    for (int slot = 0; slot < slotStarts.size() && !stacks.isEmpty(); ++slot)
        take(total(slot));
    if (band)
        std::for_each(band->high.cbegin(), band->high.cend(), take);
    for (const ChartRule &rule : rules)
        take(rule.y);
    return top;
}

Qt::BrushStyle stackPattern(int index)
{
    constexpr Qt::BrushStyle kPatterns[] = {Qt::BDiagPattern, Qt::Dense4Pattern, Qt::HorPattern,
                                            Qt::FDiagPattern, Qt::DiagCrossPattern};
    if (index < 3)
        return Qt::SolidPattern;
    return kPatterns[std::min<size_t>(size_t(index) - 3, std::size(kPatterns) - 1)];
}

QByteArray csvOf(const ChartData &data, ChartUnit unit)
{
    QByteArray out = csvText(Words::tr("Time (UTC)"));
    eachSeries(data,
               [&out](const QString &name, const QList<double> &) { out += ',' + csvText(name); });
    out += "\r\n";
    for (int slot = 0; slot < data.slotStarts.size(); ++slot) {
        out += QDateTime::fromMSecsSinceEpoch(data.slotStarts[slot], Qt::UTC)
                   .toString(Qt::ISODate)
                   .toLatin1();
        eachSeries(data, [&](const QString &, const QList<double> &values) {
            out += ',' + csvNumber(unit, values.value(slot, kNothing));
        });
        out += "\r\n";
    }
    return out;
}

QString clipboardText(const ChartData &data, ChartUnit unit)
{
    QStringList head{Words::tr("Time")};
    eachSeries(data, [&head](const QString &name, const QList<double> &) {
        head += words::visible(name);
    });
    QStringList rows{head.join(u'\t')};
    for (int slot = 0; slot < data.slotStarts.size(); ++slot) {
        QStringList cells{QDateTime::fromMSecsSinceEpoch(data.slotStarts[slot])
                              .toString(QStringLiteral("yyyy-MM-dd HH:mm:ss"))};
        eachSeries(data, [&](const QString &, const QList<double> &values) {
            cells += QString::fromLatin1(csvNumber(unit, values.value(slot, kNothing)));
        });
        rows += cells.join(u'\t');
    }
    return rows.join(u'\n') + u'\n';
}

} // namespace sb::kit
