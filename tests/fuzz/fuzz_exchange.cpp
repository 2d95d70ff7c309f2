// What the journal and history.db give back after damage: a record is refused or is whole.
#include "record/exchange_json.h"
#include "store/journal_files.h"

#include <stdlib.h>

using namespace sb;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const QByteArrayView input(reinterpret_cast<const char *>(data), qsizetype(size));
    if (const Result<Exchange> exchange = store::decodeExchange(input)) {
        // What was read is written the same way from then on, and every name is known.
        const QByteArray once = store::encodeExchange(*exchange);
        const Result<Exchange> again = store::decodeExchange(once);
        if (!again || store::encodeExchange(*again) != once)
            abort();
        if (toJson(*again) != toJson(*exchange) || csvRow(*again) != csvRow(*exchange))
            abort();
    }
    qsizetype framed = 0;
    store::Frames frames;
    frames.onFrame = [&](store::FrameKind, QByteArrayView payload) {
        framed += store::kFrameHead + payload.size();
    };
    store::readFrames(input, frames);
    if (framed + frames.damagedBytes > input.size())
        abort();
    return 0;
}
