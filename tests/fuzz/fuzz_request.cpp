#include "http_reading.h"

using namespace sb;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const QByteArray input(reinterpret_cast<const char *>(data), qsizetype(size));
    fuzz::wantSameForAllPieces(
        input, [] { return http::RequestParser(); },
        [](http::RequestParser &parser) -> QByteArray {
            const http::RequestHead &head = parser.head();
            // What the rest of the house relies on.
            if (head.path.contains('\0') || head.fields.countOf("host") != 1
                || head.fields.countOf("content-length") > 1 || head.contentLength < -1)
                abort();
            return head.method + ' ' + head.target + ' ' + head.path + ' ' + head.query + ' '
                + QByteArray::number(head.contentLength) + (head.isKeepAlive ? "k" : "c")
                + fuzz::describeFields(head.fields);
        });
    return 0;
}
