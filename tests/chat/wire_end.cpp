#include "chat/wire_end.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

namespace sb::testing {

namespace {

struct WireEvent {
    QByteArray name; // of `event:`
    QByteArray data;
};

// Lines of NDJSON; events of SSE, where comments say nothing. Empty `wrong`: all of it was framed.
QList<WireEvent> eventsOf(DialectId dialect, const QByteArray &stream, QByteArray &wrong)
{
    QList<WireEvent> events;
    if (dialect == DialectId::Gemini && stream.startsWith('[')) {
        QJsonParseError error;
        const QJsonArray array = QJsonDocument::fromJson(stream, &error).array();
        if (error.error != QJsonParseError::NoError)
            wrong = "no array: " + stream.right(200);
        for (const QJsonValue &element : array)
            events.append({{}, QJsonDocument(element.toObject()).toJson(QJsonDocument::Compact)});
        return events;
    }
    const bool isLines = dialect == DialectId::Ollama;
    const QByteArray gap = isLines ? "\n" : "\n\n";
    qsizetype from = 0;
    for (qsizetype at = stream.indexOf(gap); at >= 0; at = stream.indexOf(gap, from)) {
        const QByteArray block = stream.sliced(from, at - from);
        from = at + gap.size();
        if (isLines) {
            if (!block.isEmpty())
                events.append({{}, block});
            continue;
        }
        WireEvent event;
        for (const QByteArray &line : block.split('\n')) {
            if (line.startsWith("data: "))
                event.data = line.sliced(6);
            else if (line.startsWith("event: "))
                event.name = line.sliced(7);
            else if (!line.startsWith(':'))
                wrong = "a line of no meaning: " + line.left(200);
        }
        if (!event.data.isEmpty())
            events.append(event);
    }
    if (from != stream.size())
        wrong = "bytes behind the last event: " + stream.sliced(from).left(200);
    return events;
}

enum class Sign : quint8 { None, Success, Error };

Sign chatSign(const QJsonObject &event, bool &hasFinish)
{
    const QJsonValue reason = event[QLatin1String("choices")][0][QLatin1String("finish_reason")];
    const QJsonObject error = event[QLatin1String("error")].toObject();
    if (!error.isEmpty()) {
        const bool isRight = error[QLatin1String("message")].isString()
            && error[QLatin1String("type")].isString()
            && reason.toString() == QLatin1String("error");
        return isRight ? Sign::Error : Sign::None;
    }
    hasFinish |= reason.isString();
    return Sign::None;
}

Sign responsesSign(const QByteArray &name, const QJsonObject &event)
{
    const QJsonObject response = event[QLatin1String("response")].toObject();
    const QString status = response[QLatin1String("status")].toString();
    if (event[QLatin1String("type")].toString().toUtf8() != name)
        return Sign::None;
    if ((name == "response.completed" || name == "response.incomplete")
        && "response." + status.toUtf8() == name)
        return Sign::Success;
    const QJsonValue error = response[QLatin1String("error")];
    const bool isFailed = name == "response.failed" && status == QLatin1String("failed")
        && error[QLatin1String("code")].isString() && error[QLatin1String("message")].isString();
    return isFailed ? Sign::Error : Sign::None;
}

Sign anthropicSign(const QByteArray &name, const QJsonObject &event, bool &hasReason)
{
    const QString type = event[QLatin1String("type")].toString();
    const QJsonValue error = event[QLatin1String("error")];
    hasReason |= event[QLatin1String("delta")][QLatin1String("stop_reason")].isString();
    if (name == "message_stop" && type == QLatin1String("message_stop"))
        return Sign::Success;
    const bool isError = name == "error" && type == QLatin1String("error")
        && error[QLatin1String("type")].isString() && error[QLatin1String("message")].isString();
    return isError ? Sign::Error : Sign::None;
}

Sign geminiSign(const QJsonObject &event)
{
    const QJsonValue error = event[QLatin1String("error")];
    if (error.isObject()) {
        const int code = error[QLatin1String("code")].toInt();
        const bool isRight = code >= 400 && code <= 599
            && error[QLatin1String("message")].isString()
            && error[QLatin1String("status")].isString();
        return isRight ? Sign::Error : Sign::None;
    }
    return event[QLatin1String("candidates")][0][QLatin1String("finishReason")].isString()
            || event[QLatin1String("promptFeedback")][QLatin1String("blockReason")].isString()
        ? Sign::Success
        : Sign::None;
}

Sign ollamaSign(const QJsonObject &line)
{
    if (line[QLatin1String("error")].isString())
        return Sign::Error;
    return line[QLatin1String("done")].toBool() ? Sign::Success : Sign::None;
}

// Words one of which stands in each event that may be a sign: the others need no second look.
bool maySignal(const WireEvent &event)
{
    for (const char *word : {"\"finish_reason\":\"", "\"error\"", "\"status\"", "\"stop_reason\"",
                             "message_stop", "finishReason", "blockReason", "\"done\":true"}) {
        if (event.data.contains(word))
            return true;
    }
    return false;
}

} // namespace

WireEnd wireEnd(DialectId dialect, const QByteArray &stream)
{
    WireEnd end;
    bool hasReason = false;
    const QList<WireEvent> events = eventsOf(dialect, stream, end.wrong);
    for (const WireEvent &event : events) {
        end.isLast = false;
        if (dialect == DialectId::OpenAiChat && event.data == "[DONE]") {
            end.isLast = true;
            if (hasReason)
                ++end.successes;
            else
                end.wrong = "[DONE] without a finish_reason";
            continue;
        }
        if (!event.data.startsWith('{') || !event.data.endsWith('}')) {
            end.wrong = "no object: " + event.data.left(200);
            continue;
        }
        if (!maySignal(event))
            continue;
        QJsonParseError error;
        const QJsonObject object = QJsonDocument::fromJson(event.data, &error).object();
        if (error.error != QJsonParseError::NoError)
            end.wrong = error.errorString().toUtf8() + ": " + event.data.left(200);
        Sign sign = Sign::None;
        switch (dialect) {
        case DialectId::OpenAiChat:
            sign = chatSign(object, hasReason);
            break;
        case DialectId::OpenAiResponses:
            sign = responsesSign(event.name, object);
            break;
        case DialectId::Anthropic:
            sign = anthropicSign(event.name, object, hasReason);
            break;
        case DialectId::Gemini:
            sign = geminiSign(object);
            break;
        case DialectId::Ollama:
            sign = ollamaSign(object);
            break;
        }
        if (sign == Sign::None)
            continue;
        end.isLast = true;
        (sign == Sign::Success ? end.successes : end.errors) += 1;
    }
    // A reason to stop is half a success: SDKs that read no further take it for one.
    if (hasReason && end.errors > 0)
        end.wrong = "a reason to stop before an error";
    if (dialect == DialectId::Anthropic && end.successes > 0 && !hasReason)
        end.wrong = "message_stop without a stop_reason";
    return end;
}

} // namespace sb::testing
