#include "words/prices.h"

#include "words/format.h"

#include <QCoreApplication>
#include <QLocale>

#include <cmath>

namespace sb::words {

namespace {

struct Prices {
    Q_DECLARE_TR_FUNCTIONS(Prices)
};

} // namespace

// A price in pico-dollars per token is micro-dollars per million tokens.
QString perMillion(const std::optional<Price> &price)
{
    if (!price)
        return unknown();
    const double dollars = double(price->pico) / 1e6;
    int digits = 2;
    for (qint64 rest = price->pico % 10'000; rest != 0 && digits < 6; ++digits)
        rest = (rest * 10) % 10'000;
    return QStringLiteral("$") + QLocale().toString(dollars, 'f', digits);
}

QString timesPrice(double times)
{
    if (std::abs(times - 1) < 0.05)
        return Prices::tr("same price");
    return Prices::tr("×%1 price").arg(QLocale().toString(times, 'f', times < 0.1 ? 2 : 1));
}

} // namespace sb::words
