#include "words/format.h"

#include <cmath>

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>
#include <QTimeZone>

namespace sb::words {

namespace {

struct Format {
    Q_DECLARE_TR_FUNCTIONS(Format)
};

QString fixed(double value, int decimals)
{
    return QLocale().toString(value, 'f', decimals);
}

// One decimal fewer when the last one is 0: "0.2", not "0.20".
QString fixedShort(double value, int decimals)
{
    QString text = fixed(value, decimals);
    const QString zero = QLocale().zeroDigit();
    if (decimals > 1 && text.endsWith(zero))
        text.chop(zero.size());
    return text;
}

QString dollars(qint64 whole, qint64 fraction, int decimals, bool isNegative)
{
    const QLocale locale;
    QString digits = QString::number(fraction).rightJustified(decimals, u'0');
    if (locale.zeroDigit() != QStringLiteral("0")) {
        const char16_t zero = locale.zeroDigit().at(0).unicode();
        for (QChar &c : digits)
            c = QChar(char16_t(zero + (c.unicode() - u'0')));
    }
    const QString amount = locale.toString(whole) + locale.decimalPoint() + digits;
    const QString text = Format::tr("$%1", "an amount of US dollars").arg(amount);
    return isNegative ? locale.negativeSign() + text : text;
}

quint64 magnitude(Money amount)
{
    return amount.nano < 0 ? quint64(0) - quint64(amount.nano) : quint64(amount.nano);
}

QString moneyWith(Money amount, int decimals)
{
    const bool isNegative = amount.nano < 0;
    const quint64 nano = magnitude(amount);
    quint64 unit = 1'000'000'000;
    for (int i = 0; i < decimals; ++i)
        unit /= 10;
    const quint64 rounded = (nano + unit / 2) / unit; // half up, as a booking is
    const quint64 scale = 1'000'000'000 / unit;
    return dollars(qint64(rounded / scale), qint64(rounded % scale), decimals,
                   isNegative && rounded != 0);
}

} // namespace

QString unknown()
{
    return QStringLiteral("–");
}

QString duration(Micros time)
{
    if (time.count() < 0)
        return unknown();
    const double ms = double(time.count()) / 1000.0;
    if (ms < 1)
        return Format::tr("less than 1 ms");
    if (ms < 9.5)
        return Format::tr("%1 ms").arg(fixed(ms, 0));
    const double s = ms / 1000.0;
    if (s < 0.995)
        return Format::tr("%1 s").arg(fixedShort(s, 2));
    if (s < 9.95)
        return Format::tr("%1 s").arg(fixed(s, 1));
    const qint64 whole = qint64(std::llround(s));
    if (whole < 60)
        return Format::tr("%1 s").arg(count(whole));
    if (whole < 3600) {
        if (whole % 60 == 0)
            return Format::tr("%1 min").arg(count(whole / 60));
        return Format::tr("%1 min %2 s").arg(count(whole / 60), count(whole % 60));
    }
    const qint64 minutes = whole / 60;
    if (minutes % 60 == 0)
        return Format::tr("%1 h").arg(count(minutes / 60));
    return Format::tr("%1 h %2 min").arg(count(minutes / 60), count(minutes % 60));
}

QString duration(Millis time)
{
    return duration(std::chrono::duration_cast<Micros>(time));
}

QString durationColumn(Micros time)
{
    if (time.count() < 0)
        return unknown();
    const double s = double(time.count()) / 1'000'000.0;
    if (s < 9.995)
        return Format::tr("%1 s").arg(fixed(s, 2));
    if (s < 99.95)
        return Format::tr("%1 s").arg(fixed(s, 1));
    const qint64 whole = qint64(std::llround(s));
    return Format::tr("%1:%2 min")
        .arg(count(whole / 60), QString::number(whole % 60).rightJustified(2, u'0'));
}

QString countdown(qint64 untilWallMs, qint64 nowWallMs)
{
    const qint64 left = qMax<qint64>(0, (untilWallMs - nowWallMs + 999) / 1000);
    const auto two = [](qint64 n) { return QString::number(n).rightJustified(2, u'0'); };
    if (left < 3600)
        return QString::number(left / 60) + u':' + two(left % 60);
    return QString::number(left / 3600) + u':' + two(left / 60 % 60) + u':' + two(left % 60);
}

QString count(qint64 n)
{
    return QLocale().toString(n);
}

QString countShort(qint64 n)
{
    if (n < 0)
        return unknown();
    if (n < 1000)
        return count(n);
    const auto scaled = [](double value) { return fixed(value, value < 99.95 ? 1 : 0); };
    if (n < 999'500)
        return Format::tr("%1k", "thousands").arg(scaled(double(n) / 1e3));
    if (n < 999'500'000)
        return Format::tr("%1M", "millions").arg(scaled(double(n) / 1e6));
    return Format::tr("%1G", "thousand millions").arg(scaled(double(n) / 1e9));
}

QString tokens(qint64 n)
{
    if (n < 0)
        return unknown();
    if (n == 1)
        return Format::tr("1 token");
    return Format::tr("%1 tokens").arg(countShort(n));
}

QString speed(double tokensPerSecond)
{
    if (!(tokensPerSecond > 0) || !std::isfinite(tokensPerSecond))
        return unknown();
    return Format::tr("%1 t/s", "tokens per second")
        .arg(fixed(tokensPerSecond, tokensPerSecond < 9.95 ? 1 : 0));
}

QString perMinute(int n)
{
    return Format::tr("%1/min").arg(count(n));
}

QString requestsPerMinute(int n)
{
    return Format::tr("%1 req/min").arg(count(n));
}

QString percent(double share)
{
    if (!(share >= 0) || !std::isfinite(share))
        return unknown();
    return Format::tr("%1%", "percent").arg(fixed(share * 100, share < 0.9995 ? 1 : 0));
}

QString bytes(qint64 n)
{
    return n < 0 ? unknown() : QLocale().formattedDataSize(n, 1);
}

QString money(Money amount)
{
    const quint64 size = magnitude(amount);
    if (size == 0 || size >= 1'000'000'000)
        return moneyWith(amount, 2);
    if (size < 100'000)
        return Format::tr("<%1", "less than this amount").arg(moneyWith(Money{100'000}, 4));
    // No more decimals than say something, and never fewer than two.
    const quint64 rounded = (size + 50'000) / 100'000;
    return moneyWith(amount, rounded % 100 == 0 ? 2 : rounded % 10 == 0 ? 3 : 4);
}

QString moneyColumn(Money amount)
{
    const quint64 size = magnitude(amount);
    if (size != 0 && size < 50'000)
        return Format::tr("<%1", "less than this amount").arg(moneyWith(Money{100'000}, 4));
    return moneyWith(amount, size < 1'000'000'000'000 ? 4 : 2);
}

QString cost(Money amount, CostSource source)
{
    switch (source) {
    case CostSource::None:
        return unknown();
    case CostSource::Computed:
    case CostSource::ProviderReported:
        return money(amount);
    case CostSource::Estimated:
        return Format::tr("about %1", "an estimated amount").arg(money(amount));
    case CostSource::Unpriced:
        return Format::tr("unpriced", "cost without a known price");
    case CostSource::Free:
        return Format::tr("free", "cost of a local or simulated provider");
    }
    return unknown();
}

QString timeMillis(qint64 wallMs)
{
    return QDateTime::fromMSecsSinceEpoch(wallMs).time().toString(QStringLiteral("HH:mm:ss.zzz"));
}

bool isSameDay(qint64 aWallMs, qint64 bWallMs)
{
    return QDateTime::fromMSecsSinceEpoch(aWallMs).date()
        == QDateTime::fromMSecsSinceEpoch(bWallMs).date();
}

QString timeColumn(qint64 wallMs, qint64 nowWallMs)
{
    if (isSameDay(wallMs, nowWallMs))
        return timeMillis(wallMs);
    const QDate day = QDateTime::fromMSecsSinceEpoch(wallMs).date();
    return QLocale().toString(day,
                              Format::tr("d MMM", "a day in a narrow column, as QDate reads it"))
        + u' ' + timeMillis(wallMs);
}

QString timeSeconds(qint64 wallMs)
{
    return QDateTime::fromMSecsSinceEpoch(wallMs).time().toString(QStringLiteral("HH:mm:ss"));
}

QString timeMinutes(qint64 wallMs)
{
    return QDateTime::fromMSecsSinceEpoch(wallMs).time().toString(QStringLiteral("HH:mm"));
}

QString dateTime(qint64 wallMs)
{
    return QLocale().toString(QDateTime::fromMSecsSinceEpoch(wallMs), QLocale::ShortFormat);
}

QString lasting(qint64 sinceWallMs, qint64 nowWallMs)
{
    const qint64 s = qMax<qint64>(0, (nowWallMs - sinceWallMs) / 1000);
    if (s < 60)
        return Format::tr("%1 s").arg(count(s));
    if (s < 3600)
        return Format::tr("%1 min").arg(count(s / 60));
    if (s < 86'400)
        return Format::tr("%1 h").arg(count(s / 3600));
    return Format::tr("%n day(s)", nullptr, int(qMin<qint64>(s / 86'400, 100'000)));
}

QString ago(qint64 wallMs, qint64 nowWallMs)
{
    if (wallMs <= 0)
        return Format::tr("never");
    const qint64 s = (nowWallMs - wallMs) / 1000;
    if (s < 5)
        return Format::tr("just now");
    if (s < 86'400)
        return Format::tr("%1 ago", "for example: 14 min ago").arg(lasting(wallMs, nowWallMs));
    return dateTime(wallMs);
}

} // namespace sb::words
