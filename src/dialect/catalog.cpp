#include "dialect/catalog.h"

#include "dialect/anthropic.h"
#include "dialect/errors.h"
#include "dialect/gemini.h"
#include "dialect/models.h"
#include "dialect/ollama.h"
#include "dialect/openai_chat.h"
#include "dialect/openai_responses.h"
#include "dialect/reply.h"
#include "dialect/sse.h"

#include <array>

namespace sb::dialect {

namespace {

constexpr QByteArrayView kComment(": keep-alive\n\n");
constexpr QByteArrayView kEventStream("text/event-stream; charset=utf-8");

const std::array<Dialect, kDialectCount> &rows()
{
    static const std::array<Dialect, kDialectCount> table{
        Dialect{
            .id = DialectId::OpenAiChat,
            .readRequest = openai_chat::readRequest,
            .readReply = openai_chat::readReply,
            .makeStreamReader = openai_chat::makeStreamReader,
            .errorBody = openAiErrorBody,
            .streamError = openai_chat::streamError,
            .preamble = openai_chat::preamble,
            .isStart = openai_chat::isStart,
            .keepAlive = kComment,
            .streamContentType = kEventStream,
            .modelsBody = openAiModels,
            .modelBody = openAiModel,
        },
        Dialect{
            .id = DialectId::Anthropic,
            .readRequest = anthropic::readRequest,
            .readReply = anthropic::readReply,
            .makeStreamReader = anthropic::makeStreamReader,
            .errorBody = anthropicErrorBody,
            .streamError = anthropic::streamError,
            .preamble = anthropic::preamble,
            .isStart = anthropic::isStart,
            .keepAlive = QByteArrayView("event: ping\ndata: {\"type\": \"ping\"}\n\n"),
            .streamContentType = kEventStream,
            .modelsBody = anthropicModels,
            .modelBody = anthropicModel,
        },
        Dialect{
            .id = DialectId::OpenAiResponses,
            .readRequest = openai_responses::readRequest,
            .readReply = openai_responses::readReply,
            .makeStreamReader = openai_responses::makeStreamReader,
            .errorBody = openAiErrorBody,
            .streamError = openai_responses::streamError,
            .preamble = openai_responses::preamble,
            .isStart = openai_responses::isStart,
            .keepAlive = kComment,
            .streamContentType = kEventStream,
            .modelsBody = openAiModels,
            .modelBody = openAiModel,
        },
        // Error and list shapes only: their paths answer in their own words until they are served.
        Dialect{
            .id = DialectId::Gemini,
            .readRequest = gemini::readRequest,
            .readReply = gemini::readReply,
            .makeStreamReader = gemini::makeStreamReader,
            .errorBody = geminiErrorBody,
            .streamError = gemini::streamError,
            .keepAlive = kComment,
            .streamContentType = kEventStream,
            .modelsBody = geminiModels,
            .modelBody = geminiModel,
        },
        Dialect{
            .id = DialectId::Ollama,
            .readRequest = ollama::readRequest,
            .readReply = ollama::readReply,
            .makeStreamReader = ollama::makeStreamReader,
            .errorBody = ollamaErrorBody,
            .streamError = ollama::streamError,
            .streamContentType = QByteArrayView("application/x-ndjson"),
            .modelsBody = ollamaModels,
            .modelBody = ollamaModel,
        },
    };
    return table;
}

// A reader for a dialect without one: whatever comes cannot be understood.
class NoReader final : public StreamReader {
public:
    StreamStep feed(QByteArrayView) override
    {
        StreamStep step;
        step.isBroken = true;
        return step;
    }
    StreamStep finish(bool) override { return {}; }
};

} // namespace

const Dialect &row(DialectId id)
{
    return rows()[size_t(id)];
}

Result<RequestFacts> readRequest(DialectId dialect, Endpoint endpoint, const QByteArray &body)
{
    if (const auto read = row(dialect).readRequest)
        return read(endpoint, body);
    return unexpected(Error::make(QStringLiteral("not_supported"),
                                  QStringLiteral("This API is not served here yet."),
                                  Blame::Client));
}

ReplyFacts readReply(DialectId dialect, Endpoint endpoint, QByteArrayView contentType,
                     QByteArrayView body)
{
    ReplyFacts facts;
    const auto read = row(dialect).readReply;
    if (!read || !isJsonReply(contentType, body)) {
        facts.outcome = AttemptOutcome::BadReply;
        return facts;
    }
    return read(endpoint, body);
}

std::unique_ptr<StreamReader> makeStreamReader(DialectId dialect, const StreamOptions &options)
{
    if (const auto make = row(dialect).makeStreamReader)
        return make(options);
    return std::make_unique<NoReader>();
}

QByteArray errorBody(DialectId dialect, const ClientError &error)
{
    return row(dialect).errorBody(error);
}

QByteArray streamError(DialectId dialect, const ClientError &error)
{
    const auto make = row(dialect).streamError;
    return make ? make(error) : QByteArray();
}

QByteArray preamble(DialectId dialect, const ExchangeId &id, QByteArrayView model,
                    qint64 createdSeconds)
{
    const auto make = row(dialect).preamble;
    return make ? make(id, model, createdSeconds) : QByteArray();
}

QByteArray keepAlive(DialectId dialect)
{
    return row(dialect).keepAlive.toByteArray();
}

QByteArrayView streamContentType(DialectId dialect)
{
    return row(dialect).streamContentType;
}

QByteArray withoutStart(DialectId dialect, QByteArrayView events)
{
    const auto isStart = row(dialect).isStart;
    if (!isStart)
        return events.toByteArray();
    QByteArray kept;
    SseFramer framer(events.size() + 1);
    framer.feed(events);
    framer.end();
    SseEvent event;
    while (framer.next(event)) {
        if (!event.hasData || !isStart(event.data))
            kept.append(event.raw);
    }
    if (framer.rest(event))
        kept.append(event.raw);
    return kept;
}

QByteArray modelsBody(DialectId dialect, const QList<ModelEntry> &entries)
{
    return row(dialect).modelsBody(entries);
}

QByteArray modelBody(DialectId dialect, const ModelEntry &entry)
{
    return row(dialect).modelBody(entry);
}

} // namespace sb::dialect
