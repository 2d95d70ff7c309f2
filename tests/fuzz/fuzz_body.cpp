// Whole bodies: a request that is read renders into sound JSON with the model asked for and nothing
// else changed; replies and errors of any bytes are judged. The first byte chooses the dialect.
#include "dialect/dialect.h"
#include "json/reader.h"

#include <cstdlib>

using namespace sb;
using namespace sb::dialect;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    if (size == 0)
        return 0;
    const QByteArray body(reinterpret_cast<const char *>(data) + 1, qsizetype(size) - 1);
    const DialectId dialect = data[0] & 1 ? DialectId::Anthropic : DialectId::OpenAiChat;
    const ReplyFacts reply = readReply(dialect, Endpoint::Generate, "application/json", body);
    if (reply.error && reply.outcome == AttemptOutcome::Served)
        abort();
    if (readError(dialect, 400 + data[0] % 130, "application/json", body).message.size() > 1600)
        abort();
    const Result<RequestFacts> facts = readRequest(dialect, Endpoint::Generate, body);
    if (!facts)
        return 0;
    const QByteArray sent = renderRequest(*facts, body, "a \"model\"").join();
    json::ReadLimits limits;
    limits.members = limits.values = std::numeric_limits<qsizetype>::max();
    const Result<json::Value> before = json::read(body, limits);
    const Result<json::Value> after = json::read(sent, limits);
    if (!before || !after || after->find("model")->text() != "a \"model\"")
        abort();
    const QByteArrayView list = dialect == DialectId::Anthropic ? "fallbacks" : "models";
    if (after->find(list))
        abort();
    for (const json::Member &member : before->members()) {
        if (member.key == "model" || member.key == list || member.key == "stream_options")
            continue;
        if (!after->find(member.key))
            abort();
    }
    return 0;
}
