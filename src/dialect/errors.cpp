#include "dialect/errors.h"

#include "json/writer.h"

namespace sb::dialect {

namespace {

QByteArray openAiType(const ClientError &error)
{
    if (!error.type.isEmpty())
        return error.type;
    switch (error.status) {
    case 401:
        return "authentication_error";
    case 402:
        return "insufficient_quota";
    case 403:
        return "permission_error";
    case 408:
    case 504:
        return "timeout";
    case 429:
        return "rate_limit_error";
    default:
        return error.status >= 500 ? "server_error" : "invalid_request_error";
    }
}

QByteArray anthropicType(const ClientError &error)
{
    if (!error.type.isEmpty())
        return error.type;
    switch (error.status) {
    case 401:
        return "authentication_error";
    case 402:
        return "billing_error";
    case 403:
        return "permission_error";
    case 404:
        return "not_found_error";
    case 408:
    case 504:
        return "timeout_error";
    case 409:
        return "conflict_error";
    case 413:
        return "request_too_large";
    case 429:
        return "rate_limit_error";
    case 503:
    case 529:
        return "overloaded_error";
    default:
        return error.status >= 500 ? "api_error" : "invalid_request_error";
    }
}

QByteArray geminiStatus(int status)
{
    switch (status) {
    case 401:
        return "UNAUTHENTICATED";
    case 402:
    case 429:
        return "RESOURCE_EXHAUSTED";
    case 403:
        return "PERMISSION_DENIED";
    case 404:
        return "NOT_FOUND";
    case 409:
        return "ABORTED";
    case 499:
        return "CANCELLED";
    case 503:
        return "UNAVAILABLE";
    case 408:
    case 504:
        return "DEADLINE_EXCEEDED";
    default:
        return status >= 500 ? "INTERNAL" : "INVALID_ARGUMENT";
    }
}

} // namespace

void writeOpenAiError(json::Writer &writer, const ClientError &error)
{
    // Clients look for this code to compact their conversation. [dialects §9.2]
    const QByteArray code = !error.providerCode.isEmpty() ? error.providerCode
        : error.code == Code::ContextTooLong ? QByteArrayLiteral("context_length_exceeded")
                                             : codeName(error.code).toByteArray();
    writer.beginObject();
    writer.member("message", error.message);
    writer.member("type", openAiType(error));
    if (error.param.isEmpty())
        writer.member("param", nullptr);
    else
        writer.member("param", error.param);
    if (code.isEmpty())
        writer.member("code", nullptr);
    else
        writer.member("code", code);
    writer.endObject();
}

QByteArray openAiErrorBody(const ClientError &error)
{
    json::Writer writer;
    writer.beginObject().key("error");
    writeOpenAiError(writer, error);
    writer.endObject();
    return writer.take();
}

QByteArray anthropicErrorBody(const ClientError &error)
{
    QByteArray message = error.message;
    // Claude Code compacts its conversation when the message starts so. [dialects §9.2]
    if (error.code == Code::ContextTooLong && !message.startsWith("prompt is too long"))
        message.prepend("prompt is too long: ");
    json::Writer writer;
    writer.beginObject().member("type", "error").key("error").beginObject();
    writer.member("type", anthropicType(error));
    writer.member("message", message);
    const QByteArray code
        = error.providerCode.isEmpty() ? codeName(error.code).toByteArray() : error.providerCode;
    if (!code.isEmpty())
        writer.key("details").beginObject().member("error_code", code).endObject();
    writer.endObject();
    if (error.id.isNull())
        writer.member("request_id", nullptr);
    else
        writer.member("request_id", error.id.text());
    writer.endObject();
    return writer.take();
}

QByteArray geminiErrorBody(const ClientError &error)
{
    json::Writer writer;
    writer.beginObject().key("error").beginObject();
    writer.member("code", error.status);
    writer.member("message", error.message);
    writer.member("status", geminiStatus(error.status));
    if (error.code != Code::None) {
        writer.key("details").beginArray().beginObject();
        writer.member("@type", "type.googleapis.com/google.rpc.ErrorInfo");
        writer.member("reason", codeName(error.code));
        writer.member("domain", "signalbox");
        writer.endObject().endArray();
    }
    writer.endObject().endObject();
    return writer.take();
}

QByteArray ollamaErrorBody(const ClientError &error)
{
    json::Writer writer;
    writer.beginObject().member("error", error.message).endObject();
    return writer.take();
}

} // namespace sb::dialect
