// When a provider says to come back: any reply fields give no wait or one within a year, the same
// whatever the case of the names, and only for the fields that are known.
#include "provider/hints.h"

#include <QList>

#include <stdlib.h>

using namespace sb;
using namespace sb::provider;

namespace {
constexpr qint64 kNow = 1'764'000'000'000;
constexpr qint64 kYear = 366ll * 86'400'000;

void wantSound(std::optional<Millis> wait)
{
    if (wait && (wait->count() < 0 || wait->count() > kYear))
        abort();
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const QByteArray input(reinterpret_cast<const char *>(data), qsizetype(size));
    http::Fields fields;
    http::Fields loud;
    http::Fields others;
    for (const QByteArray &line : input.split('\n')) {
        const qsizetype colon = line.indexOf(':');
        if (colon <= 0)
            continue;
        const QByteArray name = line.left(colon);
        const QByteArray value = line.mid(colon + 1).trimmed();
        fields.add(name, value);
        loud.add(name.toUpper(), value);
        others.add(QByteArray("not-" + name), value);
        wantSound(parseDuration(value));
        if (const auto date = parseHttpDate(value); date && (*date < 0 || *date > 253'402'300'799))
            abort(); // 1970 to 9999
    }
    const Millis wait = retryHint(fields, kNow);
    if (wait.count() < -1 || wait.count() > kYear || retryHint(loud, kNow) != wait
        || retryHint(others, kNow).count() != -1)
        abort();
    return 0;
}
