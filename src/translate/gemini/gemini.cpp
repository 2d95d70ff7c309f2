#include "translate/gemini/gemini.h"

namespace sb::translate::gemini {

const Translator &translator()
{
    static const Translator row{
        .dialect = DialectId::Gemini,
        .decodeRequest = decodeRequest,
        .encodeRequest = encodeRequest,
        .decodeReply = decodeReply,
        .encodeReply = encodeReply,
        .makeDecoder = makeDecoder,
        .makeEncoder = makeEncoder,
        .streamContentType = streamContentType,
    };
    return row;
}

} // namespace sb::translate::gemini
