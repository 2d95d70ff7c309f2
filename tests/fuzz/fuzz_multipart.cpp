// Forms of any bytes: what is read has its values inside of the body, in order, and goes out with
// the model asked for and nothing else changed. The first line is the content-type.
#include "dialect/multipart.h"

#include <cstdlib>

using namespace sb;
using namespace sb::dialect;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const QByteArray input(reinterpret_cast<const char *>(data), qsizetype(size));
    const qsizetype line = input.indexOf('\n');
    if (line < 0)
        return 0;
    const QByteArray type = input.first(line);
    const QByteArray body = input.sliced(line + 1);
    const QByteArray boundary = formBoundary(type);
    const Result<QList<FormPart>> parts = readFormParts(body, boundary);
    if (parts) {
        qsizetype last = 0;
        for (const FormPart &part : *parts) {
            if (part.value.from < last || part.value.length < 0)
                abort();
            last = part.value.from + part.value.length;
            if (body.mid(part.value.from, part.value.length)
                    .contains(QByteArray("\n--" + boundary)))
                abort();
        }
        if (last > body.size())
            abort();
    }
    const Result<RequestFacts> facts = readForm(Endpoint::Audio, type, body);
    if (!facts)
        return 0;
    const QByteArray sent = renderRequest(*facts, body, "other").join();
    const Result<RequestFacts> again = readForm(Endpoint::Audio, type, sent);
    if (!again || again->model != QStringLiteral("other") || again->isStream != facts->isStream)
        abort();
    return 0;
}
