#include "http_reading.h"

using namespace sb;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const QByteArray input(reinterpret_cast<const char *>(data), qsizetype(size));
    fuzz::wantSameForAllPieces(
        input, [] { return http::ReplyParser({}); },
        [](http::ReplyParser &parser) -> QByteArray {
            const http::ReplyHead &head = parser.head();
            if (head.status < 200 || head.status > 599 || head.contentLength < -2
                || (head.contentLength == -2 && head.isKeepAlive))
                abort();
            return QByteArray::number(head.status) + ' ' + QByteArray::number(head.contentLength)
                + (head.isKeepAlive ? "k" : "c") + fuzz::describeFields(head.fields);
        });
    return 0;
}
