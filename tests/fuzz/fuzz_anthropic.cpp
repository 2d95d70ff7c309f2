// The Anthropic translator: the first byte chooses between a request, a whole answer and a stream.
// What it makes is sound JSON; a stream says the same however it is split and ends exactly once.
#include "answer_reading.h"
#include "translate/anthropic/anthropic.h"

using namespace sb;
using namespace sb::chat;
using namespace sb::fuzz;
using namespace sb::translate;

namespace {

QByteArray wire(const Reply &reply)
{
    EncodeOptions options;
    const QByteArray body = anthropic::encodeReply(reply, options, {});
    checkJson(body);
    const auto encoder = anthropic::makeEncoder(options);
    return stream(reply, *encoder);
}

QByteArray story(QByteArrayView bytes, qsizetype piece)
{
    DecodeOptions options;
    options.eventLimit = 64 * 1024;
    const auto decoder = anthropic::makeDecoder(options);
    return wire(heard(*decoder, bytes, piece));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    if (size == 0)
        return 0;
    const QByteArrayView bytes(reinterpret_cast<const char *>(data) + 1, qsizetype(size) - 1);
    switch (data[0] % 3) {
    case 0: {
        Changes changes;
        const QByteArray body = bytes.toByteArray();
        const Request request = anthropic::decodeRequest({}, body, changes);
        if (changes.isRejected())
            return 0;
        Target target;
        target.dialect = DialectId::Anthropic;
        target.model = "m";
        target.can.takesPrefill = data[0] & 4;
        target.can.takesMidSystem = data[0] & 8;
        const WireRequest out = anthropic::encodeRequest(request, target, changes);
        if (!changes.isRejected())
            checkJson(out.body);
        break;
    }
    case 1:
        wire(anthropic::decodeReply(bytes.toByteArray(), {}));
        break;
    case 2: {
        const QByteArray whole = story(bytes, qMax(bytes.size(), qsizetype(1)));
        check(story(bytes, 1) == whole);
        check(story(bytes, 2 + (data[0] >> 2)) == whole);
        break;
    }
    }
    return 0;
}
