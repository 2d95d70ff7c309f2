// The Gemini translator: the first byte chooses between a request, a whole answer and a stream.
// What it makes is sound JSON; a stream says the same however it is split and ends exactly once.
#include "answer_reading.h"
#include "translate/gemini/gemini.h"

using namespace sb;
using namespace sb::chat;
using namespace sb::fuzz;
using namespace sb::translate;

namespace {

// Every event of ours is one line of JSON.
QByteArray wire(const Reply &reply)
{
    EncodeOptions options;
    checkJson(gemini::encodeReply(reply, options, {}));
    const auto array = gemini::makeEncoder(options);
    checkJson(stream(reply, *array));
    options.query = "alt=sse";
    const auto encoder = gemini::makeEncoder(options);
    const QByteArray events = stream(reply, *encoder);
    for (const QByteArray &line : events.split('\n')) {
        if (line.isEmpty())
            continue;
        check(line.startsWith("data: "));
        checkJson(line.sliced(6));
    }
    return events;
}

QByteArray story(QByteArrayView bytes, qsizetype piece)
{
    DecodeOptions options;
    options.eventLimit = 64 * 1024;
    const auto decoder = gemini::makeDecoder(options);
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
        const QByteArray body = bytes.toByteArray();
        Changes changes;
        const Request request = gemini::decodeRequest(
            {"/v1beta/models/m:generateContent", {}, {}, {}}, body, changes);
        if (changes.isRejected())
            return 0;
        Target target;
        target.dialect = DialectId::Gemini;
        target.model = "m";
        target.can.schemaProfile
            = data[0] & 64 ? SchemaProfile::GeminiParameters : SchemaProfile::GeminiJsonSchema;
        target.can.needsGeminiSignature = data[0] & 32;
        const WireRequest made = gemini::encodeRequest(request, target, changes);
        if (!changes.isRejected())
            checkJson(made.body);
        return 0;
    }
    case 1: {
        wire(gemini::decodeReply(bytes.toByteArray(), {}));
        return 0;
    }
    default: {
        const QByteArray whole = story(bytes, qMax(bytes.size(), qsizetype(1)));
        check(story(bytes, 1) == whole);
        check(story(bytes, 2 + (data[0] >> 2)) == whole);
        return 0;
    }
    }
}
