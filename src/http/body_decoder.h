// Undoes a request body's content-encoding, within limits.
#pragma once

#include <QByteArray>

#include <optional>

namespace sb::http {

enum class ContentEncoding : quint8 { Identity, Gzip, Deflate };
// The encoding a content-encoding value names; nothing where we do not know it.
std::optional<ContentEncoding> contentEncoding(QByteArrayView value);

enum class DecodeVerdict : quint8 { Ok, Broken, TooLarge };
// Replaces `body` by its decoded bytes, with `spare` bytes of room behind the end. TooLarge: past
// `limit` bytes or `ratio` times the encoded size. [RFC 9110 §8.4; RFC 1950, 1952]
DecodeVerdict decodeBody(QByteArray &body, ContentEncoding encoding, qint64 limit, int ratio,
                         qsizetype spare);

} // namespace sb::http
