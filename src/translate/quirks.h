// What is known of providers and their models before anybody asked them, as data: the families of
// providers that speak a dialect in their own way, and the families of models that want special
// requests wherever they are hosted. [dialects §7, translation §19]
//
// Pure functions over constant tables; any thread. Configuration and what is learned at run time
// come on top, by the caller.
#pragma once

#include "chat/capabilities.h"

namespace sb::translate {

enum class Family : quint8 {
    Unknown,
    OpenAi,
    OpenRouter,
    Groq,
    DeepSeek,
    Mistral,
    XAi,
    Together,
    Fireworks,
    Azure,
    Vllm,
    LlamaCpp,
    LmStudio,
    Ollama,
    Google,
    Anthropic,
    Perplexity,
    Snowflake,
    GpuStack,
};

// By the catalogue's id of the provider and, where that says nothing, by the host of its address
// ("api.groq.com", "127.0.0.1:11434").
Family familyOf(QByteArrayView catalogProvider, QByteArrayView host = {});

// What the catalogue says of one model.
struct CatalogueFacts {
    qint64 contextWindow = 0; // tokens; 0 = not known
    qint64 maxOutput = 0; // tokens; 0 = not known
    chat::Known tools = chat::Known::Unknown;
    chat::Known images = chat::Known::Unknown;
};

// Dialect first, then the family of the provider, then the family of the model, then the facts.
chat::Capabilities capabilitiesFor(DialectId dialect, Family family, QByteArrayView model,
                                   const CatalogueFacts &facts = {});

} // namespace sb::translate
