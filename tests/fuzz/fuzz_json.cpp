// Two JSON readers written apart must agree on every text, and what is written is read back the
// same.
#include "json/reader.h"
#include "json/scan.h"
#include "json/writer.h"

#include <cstdlib>

using namespace sb;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const QByteArrayView text(reinterpret_cast<const char *>(data), qsizetype(size));
    json::ReadLimits limits;
    limits.members = limits.values = std::numeric_limits<qsizetype>::max();
    const Result<json::Value> value = json::read(text, limits);
    static json::Scan scan;
    if (scan.run(text) != value.has_value())
        abort();
    if (!value)
        return 0;
    const QByteArray written = json::write(*value);
    const Result<json::Value> again = json::read(written, limits);
    if (!again || !(*again == *value) || json::write(*again) != written)
        abort();
    // Every value is inside the text, and every member is found again.
    for (const json::Entry entry : scan.root().entries()) {
        if (entry.value.span().end() > text.size() || !scan.root().find(entry.key.text()).exists())
            abort();
    }
    return 0;
}
