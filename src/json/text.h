// The text level of JSON: escapes and numbers. Shared by readers and writer.
#pragma once

#include <QByteArray>
#include <QByteArrayView>

namespace sb::json {

// The characters between the quotes of a JSON string, unescaped. Lone surrogates become U+FFFD.
// False when an escape is broken; `badAt` then has its offset in `raw`.
bool unescape(QByteArrayView raw, QByteArray &out, qsizetype *badAt = nullptr);

// Every escape well formed; `hasAny` is set when there is one, `isAscii` when no byte is above 127.
bool hasSoundEscapes(QByteArrayView raw, bool *hasAny = nullptr, bool *isAscii = nullptr);

// Is the raw text between quotes the same name as `name` (plain UTF-8)?
bool equalsUnescaped(QByteArrayView raw, QByteArrayView name);

// Appends `utf8` with quotes and the escapes JSON demands, as short as it can be. Bytes that are
// not UTF-8 become U+FFFD.
void appendQuoted(QByteArray &out, QByteArrayView utf8);
void appendInner(QByteArray &out, QByteArrayView utf8); // without the quotes

// The length of the number that begins at `text`, 0 when there is none. [RFC 8259 §6]
qsizetype numberLength(QByteArrayView text);

// A whole number without fraction or exponent; false when it is none or does not fit.
bool parseInt(QByteArrayView text, qint64 &out);

// Offset of the first byte that is not part of sound UTF-8, or -1.
qsizetype firstBadUtf8(QByteArrayView text);

} // namespace sb::json
