#include "chat/finish.h"

namespace sb::chat {

namespace {

struct Word {
    const char *text;
    Finish finish;
};

// Lower case. [translation §12]
constexpr Word kWords[] = {
    {"", Finish::Stop},
    {"stop", Finish::Stop},
    {"eos", Finish::Stop},
    {"end_turn", Finish::Stop},
    {"complete", Finish::Stop},
    {"completed", Finish::Stop},
    {"stop_token", Finish::Stop},
    {"stop_sequence", Finish::StopSequence},
    {"tool_calls", Finish::ToolCalls},
    {"tool_call", Finish::ToolCalls},
    {"tool_use", Finish::ToolCalls},
    {"function_call", Finish::ToolCalls},
    {"length", Finish::Length},
    {"max_tokens", Finish::Length},
    {"max_length", Finish::Length},
    {"model_length", Finish::Length},
    {"max_output_tokens", Finish::Length},
    {"model_context_window_exceeded", Finish::ContextFull},
    {"content_filter", Finish::ContentFilter},
    {"sensitive", Finish::ContentFilter},
    {"safety", Finish::ContentFilter},
    {"recitation", Finish::ContentFilter},
    {"blocklist", Finish::ContentFilter},
    {"prohibited_content", Finish::ContentFilter},
    {"spii", Finish::ContentFilter},
    {"image_safety", Finish::ContentFilter},
    {"refusal", Finish::Refusal},
    {"pause_turn", Finish::Pause},
    {"malformed_function_call", Finish::MalformedCall},
    {"error", Finish::Error},
    {"network_error", Finish::Error},
    {"insufficient_system_resource", Finish::Error},
};

} // namespace

Finish finishFromWord(QByteArrayView word, bool *isKnown)
{
    for (const Word &known : kWords) {
        if (word.compare(QByteArrayView(known.text), Qt::CaseInsensitive) == 0) {
            if (isKnown)
                *isKnown = true;
            return known.finish;
        }
    }
    if (isKnown)
        *isKnown = false;
    return Finish::Stop;
}

Finish settledFinish(Finish said, bool hasWholeCall)
{
    if (said == Finish::Stop && hasWholeCall)
        return Finish::ToolCalls;
    if (said == Finish::ToolCalls && !hasWholeCall)
        return Finish::Stop;
    return said;
}

} // namespace sb::chat
