#include "provider/hints.h"

#include <QDateTime>
#include <QLocale>

#include <cmath>

namespace sb::provider {

namespace {
constexpr double kYearMs = 366.0 * 86'400'000;

std::optional<double> parseNumber(QByteArrayView text)
{
    bool ok = false;
    const double value = text.trimmed().toDouble(&ok);
    if (!ok || !std::isfinite(value) || value < 0)
        return std::nullopt;
    return value;
}

std::optional<Millis> bounded(double ms)
{
    if (!std::isfinite(ms) || ms < 0 || ms > kYearMs)
        return std::nullopt;
    return Millis(qint64(std::ceil(ms)));
}

std::optional<Millis> retryAfter(QByteArrayView text, const http::Fields &fields, qint64 wallMs)
{
    if (text.isNull())
        return std::nullopt;
    if (const auto seconds = parseNumber(text))
        return bounded(*seconds * 1000);
    const auto date = parseHttpDate(text);
    if (!date)
        return std::nullopt;
    const auto theirNow = parseHttpDate(fields.value("date"));
    return bounded(double(*date * 1000) - double(theirNow ? *theirNow * 1000 : wallMs));
}

// Resets: a duration, RFC 3339, or epoch seconds or milliseconds.
std::optional<Millis> parseReset(QByteArrayView text, qint64 wallMs)
{
    if (const auto duration = parseDuration(text))
        return duration;
    if (const auto number = parseNumber(text)) {
        if (*number > 1e12)
            return bounded(*number - double(wallMs));
        if (*number > 1e9)
            return bounded(*number * 1000 - double(wallMs));
        return bounded(*number * 1000);
    }
    const QDateTime moment = QDateTime::fromString(QString::fromLatin1(text), Qt::ISODate);
    if (moment.isValid())
        return bounded(double(moment.toMSecsSinceEpoch() - wallMs));
    return std::nullopt;
}

bool isExhausted(const http::Fields &fields, QByteArrayView remaining)
{
    const auto left = parseNumber(fields.value(remaining));
    return left && *left <= 0;
}
} // namespace

std::optional<Millis> parseDuration(QByteArrayView text)
{
    text = text.trimmed();
    double total = 0;
    bool isAny = false;
    while (!text.isEmpty()) {
        qsizetype digits = 0;
        while (digits < text.size()
               && ((text[digits] >= '0' && text[digits] <= '9') || text[digits] == '.'))
            ++digits;
        const auto value = digits > 0 ? parseNumber(text.first(digits)) : std::nullopt;
        if (!value)
            return std::nullopt;
        text = text.sliced(digits);
        double unit = 0;
        qsizetype length = 1;
        if (text.startsWith("ms")) {
            unit = 1;
            length = 2;
        } else if (text.startsWith('s')) {
            unit = 1000;
        } else if (text.startsWith('m')) {
            unit = 60'000;
        } else if (text.startsWith('h')) {
            unit = 3'600'000;
        } else if (text.startsWith('d')) {
            unit = 86'400'000;
        } else {
            return std::nullopt;
        }
        text = text.sliced(length);
        total += *value * unit;
        isAny = true;
    }
    return isAny ? bounded(total) : std::nullopt;
}

std::optional<qint64> parseHttpDate(QByteArrayView text)
{
    if (text.size() < 24 || text.size() > 40)
        return std::nullopt;
    // Without the day of the week, which says nothing and is wrong for a year of two digits.
    const QString date = QString::fromLatin1(text).simplified();
    const qsizetype comma = date.indexOf(u',');
    const QString rest = date.mid(comma < 0 ? date.indexOf(u' ') + 1 : comma + 1).trimmed();
    for (const char *format :
         {"dd MMM yyyy HH:mm:ss 'GMT'", "dd-MMM-yy HH:mm:ss 'GMT'", "MMM d HH:mm:ss yyyy"}) {
        QDateTime moment = QLocale::c().toDateTime(rest, QString::fromLatin1(format));
        if (!moment.isValid())
            continue;
        if (moment.date().year() < 1970 && rest.contains(u'-'))
            moment = moment.addYears(100); // RFC 850's two digits
        if (moment.date().year() < 1970)
            return std::nullopt; // nobody's now
        moment.setTimeSpec(Qt::UTC);
        return moment.toSecsSinceEpoch();
    }
    return std::nullopt;
}

Millis retryHint(const http::Fields &fields, qint64 wallMs)
{
    for (const char *name : {"retry-after-ms", "x-ms-retry-after-ms"}) {
        if (const auto ms = parseNumber(fields.value(QByteArrayView(name)))) {
            if (const auto hint = bounded(*ms))
                return *hint;
        }
    }
    if (const auto hint = retryAfter(fields.value("retry-after"), fields, wallMs))
        return *hint;

    // Without a direct word: the reset of a family that has nothing left.
    struct Family {
        QByteArrayView remaining, reset;
    };
    static constexpr std::array<Family, 6> families{
        Family{"x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"},
        Family{"x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"},
        Family{"anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"},
        Family{"anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"},
        Family{"anthropic-ratelimit-input-tokens-remaining",
               "anthropic-ratelimit-input-tokens-reset"},
        Family{"x-ratelimit-remaining", "x-ratelimit-reset"}};
    Millis longest{-1};
    for (const Family &family : families) {
        if (!isExhausted(fields, family.remaining))
            continue;
        if (const auto hint = parseReset(fields.value(family.reset), wallMs))
            longest = std::max(longest, *hint);
    }
    return longest;
}

} // namespace sb::provider
