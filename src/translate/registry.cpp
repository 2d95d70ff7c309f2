#include "translate/anthropic/anthropic.h"
#include "translate/gemini/gemini.h"
#include "translate/ollama/ollama.h"
#include "translate/openai_chat/openai_chat.h"
#include "translate/openai_responses/openai_responses.h"

namespace sb::translate {

const Translator *translatorFor(DialectId dialect)
{
    switch (dialect) {
    case DialectId::OpenAiChat:
        return &openai_chat::translator();
    case DialectId::OpenAiResponses:
        return &openai_responses::translator();
    case DialectId::Anthropic:
        return &anthropic::translator();
    case DialectId::Gemini:
        return &gemini::translator();
    case DialectId::Ollama:
        return &ollama::translator();
    }
    return nullptr;
}

} // namespace sb::translate
