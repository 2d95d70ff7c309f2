// Values of a request or an answer as they stand in its JSON. Pure; what refers to the document is
// valid while its bytes are.
#pragma once

#include "chat/text.h"
#include "json/scan.h"

#include <optional>

namespace sb::translate {

// Text of a string, not copied and still escaped; empty for what is no string.
inline chat::TextView viewOf(json::Node string)
{
    return chat::TextView::escaped(string.inner());
}
inline chat::Text textOf(json::Node string)
{
    return chat::Text::view(viewOf(string));
}
// Any value as it was written, not copied.
inline QByteArray rawOf(json::Node value)
{
    const QByteArrayView raw = value.raw();
    return QByteArray::fromRawData(raw.data(), raw.size());
}

// Nothing for what is of another type.
inline std::optional<double> doubleOf(json::Node number)
{
    if (number.kind() != json::Node::Kind::Number)
        return std::nullopt;
    bool isNumber = false;
    const double value = number.raw().toByteArray().toDouble(&isNumber);
    return isNumber ? std::optional(value) : std::nullopt;
}
inline std::optional<qint64> intOf(json::Node number)
{
    qint64 value = 0;
    return number.readInt(value) ? std::optional(value) : std::nullopt;
}
inline std::optional<bool> boolOf(json::Node value)
{
    return value.isTrue() || value.isFalse() ? std::optional(value.isTrue()) : std::nullopt;
}

} // namespace sb::translate
