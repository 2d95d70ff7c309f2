// Stream readers say the same of a stream however it is split. The first byte chooses the dialect,
// whether the usage chunk is stripped, and the size of the pieces.
#include "dialect/dialect.h"

#include <cstdlib>

using namespace sb;
using namespace sb::dialect;

namespace {

QByteArray story(DialectId dialect, const StreamOptions &options, QByteArrayView bytes,
                 qsizetype piece)
{
    const auto reader = makeStreamReader(dialect, options);
    QByteArray forward;
    QByteArray error;
    bool isTerminal = false;
    bool isBroken = false;
    bool hasContent = false;
    const auto note = [&](const StreamStep &step) {
        forward += step.forward;
        if (step.error)
            error += QByteArray::number(int(step.error->outcome)) + step.error->message;
        isTerminal |= step.isTerminal;
        isBroken |= step.isBroken;
        hasContent |= step.hasContent;
    };
    for (qsizetype at = 0; at < bytes.size(); at += piece) {
        // A buffer of its own, so that a view kept too long is seen.
        const QByteArray part = bytes.sliced(at, qMin(piece, bytes.size() - at)).toByteArray();
        note(reader->feed(part));
    }
    note(reader->finish(true));
    if (reader->isWhole() && (isBroken || !error.isEmpty() || !isTerminal))
        abort();
    const Usage &usage = reader->usage();
    if (usage.input < 0 || usage.output < 0 || usage.cacheRead < 0 || usage.cacheWrite < 0)
        abort();
    return forward + '|' + error + '|' + QByteArray::number(isTerminal)
        + QByteArray::number(isBroken) + QByteArray::number(hasContent)
        + QByteArray::number(reader->isWhole()) + QByteArray::number(reader->isBadToolJson())
        + QByteArray::number(int(reader->finishReason()))
        + QByteArray::number(reader->contentChars()) + '|' + QByteArray::number(usage.prompt())
        + '|' + QByteArray::number(usage.completion()) + '|' + reader->model();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    if (size == 0)
        return 0;
    const QByteArrayView bytes(reinterpret_cast<const char *>(data) + 1, qsizetype(size) - 1);
    const DialectId dialect = data[0] & 1 ? DialectId::Anthropic : DialectId::OpenAiChat;
    StreamOptions options;
    options.stripsUsage = data[0] & 2;
    options.eventLimit = 64 * 1024;
    const QByteArray whole = story(dialect, options, bytes, qMax(bytes.size(), qsizetype(1)));
    if (story(dialect, options, bytes, 1) != whole
        || story(dialect, options, bytes, 2 + (data[0] >> 2)) != whole)
        abort();
    return 0;
}
