#include "http/body_decoder.h"

#include "http/grammar.h"

#include <zlib.h>

namespace sb::http {

namespace {
struct Inflater {
    z_stream stream{};
    bool isReady;
    // 16 + 15: a gzip head; 15: a zlib head. Raw deflate is not what the registered name means.
    explicit Inflater(ContentEncoding encoding)
        : isReady(inflateInit2(&stream, encoding == ContentEncoding::Gzip ? 31 : 15) == Z_OK)
    {
    }
    ~Inflater()
    {
        if (isReady)
            inflateEnd(&stream);
    }
    Inflater(const Inflater &) = delete;
    Inflater &operator=(const Inflater &) = delete;
};
} // namespace

std::optional<ContentEncoding> contentEncoding(QByteArrayView value)
{
    if (value.isEmpty() || isSameName(value, "identity"))
        return ContentEncoding::Identity;
    if (isSameName(value, "gzip") || isSameName(value, "x-gzip"))
        return ContentEncoding::Gzip;
    if (isSameName(value, "deflate"))
        return ContentEncoding::Deflate;
    return std::nullopt;
}

DecodeVerdict decodeBody(QByteArray &body, ContentEncoding encoding, qint64 limit, int ratio,
                         qsizetype spare)
{
    if (encoding == ContentEncoding::Identity)
        return DecodeVerdict::Ok;
    Inflater inflater(encoding);
    if (!inflater.isReady)
        return DecodeVerdict::Broken;
    limit = std::min(limit, qint64(body.size()) * ratio);
    z_stream &stream = inflater.stream;
    stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(body.constData()));
    stream.avail_in = uInt(body.size());
    QByteArray out;
    qsizetype size = 0;
    while (true) {
        if (size == out.size()) {
            if (size > limit)
                return DecodeVerdict::TooLarge;
            // One byte past the limit shows that it was passed.
            const qint64 next
                = std::min<qint64>(std::max<qint64>(4 * body.size(), 2 * size), limit + 1);
            out.reserve(qsizetype(next) + spare);
            out.resize(qsizetype(next));
        }
        stream.next_out = reinterpret_cast<Bytef *>(out.data() + size);
        stream.avail_out = uInt(out.size() - size);
        const int verdict = inflate(&stream, Z_NO_FLUSH);
        size = out.size() - qsizetype(stream.avail_out);
        if (size > limit)
            return DecodeVerdict::TooLarge;
        if (verdict == Z_STREAM_END) {
            if (stream.avail_in != 0)
                return DecodeVerdict::Broken;
            break;
        }
        if (verdict != Z_OK || (stream.avail_in == 0 && stream.avail_out != 0))
            return DecodeVerdict::Broken;
    }
    out.truncate(size);
    body = std::move(out);
    return DecodeVerdict::Ok;
}

} // namespace sb::http
