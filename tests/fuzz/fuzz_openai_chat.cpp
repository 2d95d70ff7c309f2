// The Chat translator: the first byte chooses between a request, a whole answer and a stream.
// What it makes is sound JSON; a stream says the same however it is split and ends exactly once.
#include "answer_reading.h"
#include "translate/openai_chat/openai_chat.h"

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
    options.asksUsage = true;
    const QByteArray body = openai_chat::encodeReply(reply, options, {});
    checkJson(body);
    const auto encoder = openai_chat::makeEncoder(options);
    return stream(reply, *encoder);
}

QByteArray story(QByteArrayView bytes, qsizetype piece, bool isInline)
{
    DecodeOptions options;
    options.eventLimit = 64 * 1024;
    options.can.isInlineThink = isInline;
    options.can.isDoneWaived = isInline;
    const auto decoder = openai_chat::makeDecoder(options);
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
        const Request request = openai_chat::decodeRequest({}, body, changes);
        if (changes.isRejected())
            return 0;
        Target target;
        target.dialect = DialectId::OpenAiChat;
        target.model = "m";
        target.can.takesCustomTools = data[0] & 4;
        target.can.isAlternating = data[0] & 8;
        target.can.takesUserAfterTool = data[0] & 16;
        target.can.takesImageInToolResult = data[0] & 32;
        target.can.cache = data[0] & 64 ? CacheForm::OpenRouter : CacheForm::None;
        target.can.reasoningIn
            = data[0] & 128 ? ReasoningField::ReasoningDetails : ReasoningField::ReasoningContent;
        target.can.reasoningReplay = ReasoningReplay::Always;
        const WireRequest out = openai_chat::encodeRequest(request, target, changes);
        if (!changes.isRejected())
            checkJson(out.body);
        break;
    }
    case 1:
        wire(openai_chat::decodeReply(bytes.toByteArray(), {}));
        break;
    case 2: {
        const QByteArray whole = story(bytes, qMax(bytes.size(), qsizetype(1)), data[0] & 4);
        check(story(bytes, 1, data[0] & 4) == whole);
        check(story(bytes, 2 + (data[0] >> 2), data[0] & 4) == whole);
        break;
    }
    }
    return 0;
}
