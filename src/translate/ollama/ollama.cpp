#include "translate/ollama/ollama.h"

namespace sb::translate::ollama {

namespace {

QByteArrayView contentType(const EncodeOptions &)
{
    return "application/x-ndjson";
}

} // namespace

const Translator &translator()
{
    static const Translator table{
        .dialect = DialectId::Ollama,
        .decodeRequest = decodeRequest,
        .encodeRequest = encodeRequest,
        .decodeReply = decodeReply,
        .encodeReply = encodeReply,
        .makeDecoder = makeDecoder,
        .makeEncoder = makeEncoder,
        .streamContentType = contentType,
    };
    return table;
}

} // namespace sb::translate::ollama
