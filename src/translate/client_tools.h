// Schemas of tools that some API names without one: Anthropic's own client tools, tools of free
// text, tools without parameters. [translation §7.1]
#pragma once

#include <QByteArrayView>

namespace sb::translate {

inline constexpr QByteArrayView kNoParameters(R"({"type":"object","properties":{}})");
// A tool of free text where only functions are known.
inline constexpr QByteArrayView kFreeInput(
    R"({"type":"object","properties":{"input":{"type":"string"}},"required":["input"]})");

// What Anthropic's models know by heart of a client tool with this type ("bash_20250124"); empty
// for one nobody knows: it must not become a function without parameters. [pitfall 79]
QByteArrayView typedSchema(QByteArrayView type);

} // namespace sb::translate
