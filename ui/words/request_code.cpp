#include "words/request_code.h"

#include "record/exchange_json.h"

#include <QCoreApplication>
#include <QUrl>

namespace sb::words {

namespace {

struct Code {
    Q_DECLARE_TR_FUNCTIONS(Code)
};

// What stands where the words of the conversation would.
const QByteArray kPlaceholder = QByteArrayLiteral("Say hello");

QByteArray jsonString(const QString &text)
{
    QByteArray out;
    appendJsonString(out, text);
    return out;
}

// [dialects.md §1.5]
QByteArray pathOf(const Exchange &exchange)
{
    switch (exchange.ask.endpoint) {
    case Endpoint::Models:
        return "/v1/models";
    case Endpoint::Embeddings:
        return "/v1/embeddings";
    case Endpoint::CountTokens:
        if (exchange.ask.dialect == DialectId::Anthropic)
            return "/v1/messages/count_tokens";
        break;
    case Endpoint::Moderations:
        return "/v1/moderations";
    case Endpoint::Rerank:
        return "/v1/rerank";
    case Endpoint::Images:
        return "/v1/images/generations";
    case Endpoint::Audio:
        return "/v1/audio/speech";
    case Endpoint::Files:
        return "/v1/files";
    case Endpoint::Batches:
        return "/v1/batches";
    case Endpoint::Stored:
        return "/v1/responses";
    case Endpoint::Compaction:
        return "/v1/responses/compact";
    default:
        break;
    }
    switch (exchange.ask.dialect) {
    case DialectId::OpenAiChat:
        return "/v1/chat/completions";
    case DialectId::Anthropic:
        return "/v1/messages";
    case DialectId::OpenAiResponses:
        return "/v1/responses";
    case DialectId::Gemini:
        return "/v1beta/models/" + QUrl::toPercentEncoding(exchange.ask.model)
            + (exchange.ask.isStream ? ":streamGenerateContent?alt=sse" : ":generateContent");
    case DialectId::Ollama:
        return "/api/chat";
    }
    return "/v1/chat/completions";
}

// Gemini's clients may put their key into the query.
QByteArray withoutKey(const QByteArray &target)
{
    const qsizetype mark = target.indexOf('?');
    if (mark < 0)
        return target;
    QByteArray query;
    const QList<QByteArray> members = target.mid(mark + 1).split('&');
    for (const QByteArray &member : members) {
        if (!member.startsWith("key=") && !member.isEmpty())
            query += (query.isEmpty() ? "?" : "&") + member;
    }
    return target.first(mark) + query;
}

bool hasBody(const Exchange &exchange)
{
    return exchange.ask.endpoint != Endpoint::Models
        && (!isKept(exchange.ask.endpoint) || exchange.ask.bodyBytes > 0);
}

QByteArray smallBody(const Exchange &exchange)
{
    const QByteArray model = jsonString(exchange.ask.model);
    const QByteArray stream = exchange.ask.isStream ? ",\"stream\":true" : "";
    const QByteArray message = "[{\"role\":\"user\",\"content\":\"" + kPlaceholder + "\"}]";
    const auto saying = [&](const char *member) -> QByteArray {
        return "{\"model\":" + model + ",\"" + member + "\":\"" + kPlaceholder + "\"}";
    };
    switch (exchange.ask.endpoint) {
    case Endpoint::Embeddings:
    case Endpoint::Moderations:
    case Endpoint::Audio:
    case Endpoint::Compaction:
        return saying("input");
    case Endpoint::Images:
        return saying("prompt");
    case Endpoint::Rerank:
        return saying("query");
    case Endpoint::Files:
    case Endpoint::Batches:
    case Endpoint::Stored:
        return "{}";
    default:
        break;
    }
    switch (exchange.ask.dialect) {
    case DialectId::Anthropic:
        return "{\"model\":" + model
            + (exchange.ask.endpoint == Endpoint::CountTokens ? QByteArray()
                                                              : QByteArray(",\"max_tokens\":1024"))
            + stream + ",\"messages\":" + message + "}";
    case DialectId::OpenAiResponses:
        return "{\"model\":" + model + stream + ",\"input\":\"" + kPlaceholder + "\"}";
    case DialectId::Gemini:
        return "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"" + kPlaceholder
            + "\"}]}]}";
    case DialectId::OpenAiChat:
    case DialectId::Ollama:
        break;
    }
    return "{\"model\":" + model + stream + ",\"messages\":" + message + "}";
}

QString note(const QString &sign, bool isOwnBody, bool isForeign)
{
    if (isOwnBody)
        return {};
    const QString line = isForeign
        ? Code::tr("The recorded request spoke another API: only its model is kept, write the "
                   "messages yourself.")
        : Code::tr("The recorded body is no longer in memory: only its model is kept, write the "
                   "messages yourself.");
    return sign + line + u'\n';
}

QString shellQuoted(const QString &text)
{
    QString out = text;
    out.replace(u'\'', QStringLiteral("'\\''"));
    return u'\'' + out + u'\'';
}

// A Python string literal of any text: raw in three quotes where that is exact, else escaped.
QString pythonText(const QString &text)
{
    const bool isRaw = !text.contains(QStringLiteral("'''")) && !text.endsWith(u'\'')
        && !text.endsWith(u'\\') && !text.contains(u'\r') && !text.contains(QChar(0));
    if (isRaw)
        return QStringLiteral("r'''") + text + QStringLiteral("'''");
    return QString::fromUtf8(jsonString(text)); // JSON's escapes are all Python's too
}

QString pythonOpenAi(const Exchange &exchange, const CodeAsk &ask, const QString &body,
                     bool isOwnBody)
{
    const bool isForeign = exchange.ask.dialect != DialectId::OpenAiChat;
    const QString base = QString::fromUtf8(jsonString(ask.base + QStringLiteral("/v1")));
    QString code = note(QStringLiteral("# "), isOwnBody, isForeign);
    code += isOwnBody ? QStringLiteral("import json\nimport os\n\n")
                      : QStringLiteral("import os\n\n");
    code += QStringLiteral("from openai import OpenAI\n\n"
                           "client = OpenAI(base_url=%1, api_key=os.environ[\"SIGNALBOX_KEY\"])\n")
                .arg(base);
    if (isOwnBody) {
        code += QStringLiteral("body = json.loads(%1)\n").arg(pythonText(body));
        code += QStringLiteral("answer = client.chat.completions.create(\n"
                               "    model=body.pop(\"model\"),\n"
                               "    messages=body.pop(\"messages\"),\n"
                               "    stream=body.pop(\"stream\", False),\n"
                               "    extra_body=body,\n"
                               ")\n");
    } else {
        code += QStringLiteral("answer = client.chat.completions.create(\n    model=")
            + QString::fromUtf8(jsonString(exchange.ask.model))
            + QStringLiteral(",\n    messages=[{\"role\": \"user\", \"content\": \"Say hello\"}],\n"
                             "    stream=%1,\n)\n")
                  .arg(exchange.ask.isStream ? QStringLiteral("True") : QStringLiteral("False"));
    }
    code += exchange.ask.isStream
        ? QStringLiteral("for chunk in answer:\n"
                         "    if chunk.choices:\n"
                         "        print(chunk.choices[0].delta.content or \"\", end=\"\")\n")
        : QStringLiteral("print(answer.choices[0].message.content)\n");
    return code;
}

QString pythonAnthropic(const Exchange &exchange, const CodeAsk &ask, const QString &body,
                        bool isOwnBody)
{
    const bool isForeign = exchange.ask.dialect != DialectId::Anthropic;
    QString code = note(QStringLiteral("# "), isOwnBody, isForeign);
    code += isOwnBody ? QStringLiteral("import json\nimport os\n\n")
                      : QStringLiteral("import os\n\n");
    code += QStringLiteral("from anthropic import Anthropic\n\n"
                           "client = Anthropic(base_url=%1, "
                           "auth_token=os.environ[\"SIGNALBOX_KEY\"])\n")
                .arg(QString::fromUtf8(jsonString(ask.base)));
    if (isOwnBody) {
        code += QStringLiteral("body = json.loads(%1)\n").arg(pythonText(body));
        code += QStringLiteral("answer = client.messages.create(\n"
                               "    model=body.pop(\"model\"),\n"
                               "    messages=body.pop(\"messages\"),\n"
                               "    max_tokens=body.pop(\"max_tokens\"),\n"
                               "    stream=body.pop(\"stream\", False),\n"
                               "    extra_body=body,\n"
                               ")\n");
    } else {
        code += QStringLiteral("answer = client.messages.create(\n    model=")
            + QString::fromUtf8(jsonString(exchange.ask.model))
            + QStringLiteral(",\n    max_tokens=1024,\n"
                             "    messages=[{\"role\": \"user\", \"content\": \"Say hello\"}],\n"
                             "    stream=%1,\n)\n")
                  .arg(exchange.ask.isStream ? QStringLiteral("True") : QStringLiteral("False"));
    }
    code += exchange.ask.isStream ? QStringLiteral("for event in answer:\n    print(event)\n")
                                  : QStringLiteral("print(answer.content)\n");
    return code;
}

QString curl(const Exchange &exchange, const QString &url, const QString &body,
             const QString &comment)
{
    QString code = comment
        + QStringLiteral("curl %1%2")
              .arg(exchange.ask.isStream ? QStringLiteral("-N ") : QString(), shellQuoted(url));
    code += QStringLiteral(" \\\n  -H \"Authorization: Bearer $SIGNALBOX_KEY\"");
    if (exchange.ask.dialect == DialectId::Anthropic)
        code += QStringLiteral(" \\\n  -H 'anthropic-version: 2023-06-01'");
    if (!body.isEmpty()) {
        code += QStringLiteral(" \\\n  -H 'Content-Type: application/json' \\\n  --data-raw ")
            + shellQuoted(body);
    }
    return code + u'\n';
}

QString javaScript(const Exchange &exchange, const QString &url, const QString &body,
                   const QString &comment)
{
    QString code = comment;
    if (!body.isEmpty())
        code += QStringLiteral("const body = ") + body + QStringLiteral(";\n\n");
    code += QStringLiteral("const answer = await fetch(") + QString::fromUtf8(jsonString(url))
        + QStringLiteral(", {\n");
    if (!body.isEmpty())
        code += QStringLiteral("  method: \"POST\",\n");
    code += QStringLiteral("  headers: {\n"
                           "    \"Authorization\": `Bearer ${process.env.SIGNALBOX_KEY}`,\n");
    if (exchange.ask.dialect == DialectId::Anthropic)
        code += QStringLiteral("    \"anthropic-version\": \"2023-06-01\",\n");
    if (!body.isEmpty())
        code += QStringLiteral("    \"Content-Type\": \"application/json\",\n");
    code += QStringLiteral("  },\n");
    if (!body.isEmpty())
        code += QStringLiteral("  body: JSON.stringify(body),\n");
    code += QStringLiteral("});\n");
    return code
        + (exchange.ask.isStream ? QStringLiteral(
               "const decoder = new TextDecoder();\n"
               "for await (const chunk of answer.body)\n"
               "  process.stdout.write(decoder.decode(chunk, { stream: true }));\n")
                                 : QStringLiteral("console.log(await answer.json());\n"));
}

// Nothing may stand around a request on the wire, so a small body is told by a header.
QString rawHttp(const Exchange &exchange, const CodeAsk &ask, const QByteArray &path,
                const QByteArray &body, bool isOwnBody)
{
    const QUrl base(ask.base);
    QString code = QStringLiteral("%1 %2 HTTP/1.1\r\nHost: %3\r\n")
                       .arg(body.isEmpty() ? QStringLiteral("GET") : QStringLiteral("POST"),
                            QString::fromUtf8(path), base.authority(QUrl::FullyEncoded));
    code += QStringLiteral("Authorization: Bearer $SIGNALBOX_KEY\r\n");
    if (exchange.ask.dialect == DialectId::Anthropic)
        code += QStringLiteral("anthropic-version: 2023-06-01\r\n");
    if (!body.isEmpty()) {
        code += QStringLiteral("Content-Type: application/json\r\nContent-Length: %1\r\n")
                    .arg(body.size());
        if (!isOwnBody)
            code += QStringLiteral("X-Note: the recorded body is no longer in memory; only its "
                                   "model is kept\r\n");
    }
    return code + QStringLiteral("Connection: close\r\n\r\n") + QString::fromUtf8(body);
}

} // namespace

QString codeFormat(CodeFormat format)
{
    switch (format) {
    case CodeFormat::Curl:
        return QStringLiteral("cURL");
    case CodeFormat::PythonOpenAi:
        return QStringLiteral("Python (OpenAI)");
    case CodeFormat::PythonAnthropic:
        return QStringLiteral("Python (Anthropic)");
    case CodeFormat::JavaScript:
        return QStringLiteral("JavaScript");
    case CodeFormat::RawHttp:
        return Code::tr("raw HTTP");
    }
    return {};
}

bool usesBody(CodeFormat format, const Exchange &exchange)
{
    const bool isChat = exchange.ask.endpoint == Endpoint::Generate;
    switch (format) {
    case CodeFormat::PythonOpenAi:
        return isChat && exchange.ask.dialect == DialectId::OpenAiChat;
    case CodeFormat::PythonAnthropic:
        return isChat && exchange.ask.dialect == DialectId::Anthropic;
    default:
        return hasBody(exchange);
    }
}

QString requestCode(CodeFormat format, const Exchange &exchange, const CodeAsk &ask)
{
    // Bytes that are no text would come out as other bytes; such a body was refused anyway.
    const QString own = QString::fromUtf8(ask.body);
    const bool isOwnBody = usesBody(format, exchange) && !ask.body.isEmpty()
        && own.toUtf8() == ask.body && !own.contains(QChar(0));
    const QByteArray path = ask.target.startsWith('/') ? withoutKey(ask.target) : pathOf(exchange);
    const QString url = ask.base + QString::fromUtf8(path);
    const QByteArray bytes
        = !hasBody(exchange) ? QByteArray() : (isOwnBody ? ask.body : smallBody(exchange));
    const QString body = QString::fromUtf8(bytes);
    const bool needsNote = !isOwnBody && hasBody(exchange);
    switch (format) {
    case CodeFormat::Curl:
        return curl(exchange, url, body, note(QStringLiteral("# "), !needsNote, false));
    case CodeFormat::PythonOpenAi:
        return pythonOpenAi(exchange, ask, body, isOwnBody);
    case CodeFormat::PythonAnthropic:
        return pythonAnthropic(exchange, ask, body, isOwnBody);
    case CodeFormat::JavaScript:
        return javaScript(exchange, url, body, note(QStringLiteral("// "), !needsNote, false));
    case CodeFormat::RawHttp:
        return rawHttp(exchange, ask, path, bytes, isOwnBody);
    }
    return {};
}

} // namespace sb::words
