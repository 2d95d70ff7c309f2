#include "dialect/reply.h"

#include "dialect/provider_error.h"
#include "dialect/scratch.h"

namespace sb::dialect {

bool isJsonReply(QByteArrayView contentType, QByteArrayView body)
{
    if (contentType != "application/json"
        && (contentType.contains(QByteArrayView("html"))
            || contentType.contains(QByteArrayView("event-stream"))))
        return false;
    const QByteArrayView text = body.trimmed();
    return text.isEmpty() || text.front() == '{' || text.front() == '[';
}

// Would more bytes have made it whole? The scan gave up at the end, or in the last word of the
// text.
static bool isCutShort(QByteArrayView body, const json::Scan::Failure &failure)
{
    if (failure.offset < 0)
        return false;
    for (const char c : body.sliced(qMin(failure.offset, body.size()))) {
        const bool isWord = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '+'
            || c == '.' || c == 'E';
        if (!isWord)
            return false;
    }
    return true;
}

bool openReply(QByteArrayView body, ReplyFacts &facts)
{
    const QByteArrayView text = body.trimmed();
    if (text.isEmpty()) {
        facts.outcome = AttemptOutcome::EmptyCompletion;
        return false;
    }
    json::Scan &scan = scratch();
    if (!scan.run(text)) {
        facts.outcome = isCutShort(text, scan.failure()) ? AttemptOutcome::BodyShort
                                                         : AttemptOutcome::BadReply;
        return false;
    }
    const json::Node root = scan.root();
    const bool isWrapped = root.isArray() && !root.isEmpty();
    const json::Node first = isWrapped ? *root.items().begin() : root;
    if (errorMember(first).exists() || first.find("type").is("error")) {
        facts.error = readErrorNode(200, first);
        facts.outcome = facts.error->outcome;
        return false;
    }
    return true;
}

void judgeEmptiness(ReplyFacts &facts, bool hasContent, bool isEmptyAnswer)
{
    if (hasContent || isEmptyAnswer)
        return;
    if (facts.finish == Finish::None || facts.usage.completion() <= 0)
        facts.outcome = AttemptOutcome::EmptyCompletion;
}

} // namespace sb::dialect
