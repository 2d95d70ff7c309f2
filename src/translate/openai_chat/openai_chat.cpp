#include "translate/openai_chat/openai_chat.h"

namespace sb::translate::openai_chat {

const Translator &translator()
{
    static const Translator table{
        DialectId::OpenAiChat,
        decodeRequest,
        encodeRequest,
        decodeReply,
        encodeReply,
        makeDecoder,
        makeEncoder,
        [](const EncodeOptions &) { return dialect::streamContentType(DialectId::OpenAiChat); },
    };
    return table;
}

} // namespace sb::translate::openai_chat
