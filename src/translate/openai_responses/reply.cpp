#include "dialect/reply.h"
#include "chat/collector.h"
#include "dialect/scratch.h"
#include "translate/openai_responses/encoder.h"
#include "translate/openai_responses/openai_responses.h"
#include "translate/openai_responses/output_items.h"

#include "chat/player.h"

using namespace sb::chat;

namespace sb::translate::openai_responses {

Reply decodeReply(const QByteArray &body, const DecodeOptions &options)
{
    Collector collector;
    Emitter emitter;
    emitter.to(collector);
    dialect::ReplyFacts facts;
    const bool isOpen = dialect::isJsonReply({}, body) && dialect::openReply(body, facts);
    const json::Node root = isOpen ? dialect::scratch().root() : json::Node();
    if (!isOpen || !root.isObject()
        || !(root.find("output").isArray() || root.find("status").isString())) {
        Fault fault{facts.outcome == AttemptOutcome::Served ? AttemptOutcome::BadReply
                                                            : facts.outcome,
                    0, "The provider's answer is not one of the Responses API."};
        if (facts.error)
            fault = toFault(*facts.error, body);
        emitter.fail(fault);
    } else {
        qint64 created = 0;
        root.find("created_at").readInt(created);
        emitter.start(root.find("id").text(), root.find("model").text(), created);
        const json::Node status = root.find("status");
        OutputReader reader(emitter, options);
        qint64 index = 0;
        for (const json::Node item : root.find("output").items())
            reader.done(index++, item);
        // Only a background request is answered so, and none of ours is one.
        if (status.is("queued") || status.is("in_progress"))
            emitter.fail(
                {AttemptOutcome::BadReply, 0, "The provider has not finished the answer."});
        else if (readEnd(root, reader.hasRefusal(), emitter))
            emitter.end();
    }
    dialect::tidyScratch();
    Reply reply = collector.take();
    for (Part &part : reply.parts) {
        for (Artifact &artifact : part.artifacts)
            artifact.origin = options.origin;
    }
    return reply;
}

QByteArray encodeReply(const Reply &reply, const EncodeOptions &options, QByteArrayView cost)
{
    Encoder encoder(options);
    if (!cost.isEmpty())
        encoder.setCost(cost.toByteArray());
    play(reply, encoder);
    return encoder.response();
}

} // namespace sb::translate::openai_responses
