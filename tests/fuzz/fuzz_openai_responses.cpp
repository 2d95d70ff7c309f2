// The Responses translator: the first byte chooses between a request, a whole answer and a stream.
// What it makes is sound JSON; a stream says the same however it is split and ends exactly once.
#include "answer_reading.h"
#include "translate/openai_responses/openai_responses.h"

using namespace sb;
using namespace sb::chat;
using namespace sb::fuzz;
using namespace sb::translate;

namespace {

QByteArray wire(const Reply &reply)
{
    EncodeOptions options;
    Tool tool;
    tool.kind = ToolKind::Custom;
    tool.name = "p";
    options.tools = {tool};
    const QByteArray body = openai_responses::encodeReply(reply, options, {});
    checkJson(body);
    const auto encoder = openai_responses::makeEncoder(options);
    return stream(reply, *encoder);
}

QByteArray story(QByteArrayView bytes, qsizetype piece)
{
    DecodeOptions options;
    options.eventLimit = 64 * 1024;
    const auto decoder = openai_responses::makeDecoder(options);
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
        openai_responses::echoOf(body);
        const Request request = openai_responses::decodeRequest({}, body, changes);
        if (changes.isRejected())
            return 0;
        Target target;
        target.dialect = DialectId::OpenAiResponses;
        target.model = "m";
        target.can.takesCustomTools = data[0] & 4;
        const WireRequest out = openai_responses::encodeRequest(request, target, changes);
        if (!changes.isRejected())
            checkJson(out.body);
        break;
    }
    case 1:
        wire(openai_responses::decodeReply(bytes.toByteArray(), {}));
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
