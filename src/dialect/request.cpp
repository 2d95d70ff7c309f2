#include "dialect/request.h"

#include "dialect/multipart.h"
#include "dialect/scratch.h"
#include "json/splice.h"
#include "json/text.h"

namespace sb::dialect {

Result<void> RequestScan::open(const QByteArray &body)
{
    json::Scan &scan = scratch();
    if (!scan.run(body)) {
        const json::Scan::Failure &failure = scan.failure();
        QString detail = QStringLiteral("The request body is not valid JSON: %1")
                             .arg(QString::fromLatin1(failure.what));
        if (failure.offset >= 0)
            detail += QStringLiteral(" at byte %1").arg(failure.offset);
        return unexpected(
            Error::make(QStringLiteral("bad_json"), detail + QLatin1Char('.'), Blame::Client));
    }
    m_root = scan.root();
    if (!m_root.isObject()) {
        return unexpected(Error::make(QStringLiteral("bad_request"),
                                      QStringLiteral("The request body must be a JSON object."),
                                      Blame::Client));
    }
    return {};
}

void RequestScan::fail(const char *code, const QString &detail)
{
    if (m_hasFailed)
        return;
    m_hasFailed = true;
    m_error = Error::make(QString::fromLatin1(code), detail, Blame::Client);
}

void RequestScan::failTwice(QByteArrayView name)
{
    fail("duplicate_key",
         QStringLiteral("The member \"%1\" stands twice in the request body.")
             .arg(QString::fromUtf8(name)));
}

void RequestScan::note(int field, QByteArrayView name)
{
    const quint64 bit = quint64(1) << field;
    if (m_seen & bit)
        failTwice(name);
    m_seen |= bit;
}

void RequestScan::noteRouting(QByteArrayView name, QList<QByteArray> &fields)
{
    if (fields.contains(name.toByteArray()))
        failTwice(name);
    else
        fields.append(name.toByteArray());
}

void RequestScan::wrongType(QByteArrayView name, const char *expected)
{
    fail("bad_request",
         QStringLiteral("\"%1\" must be %2.")
             .arg(QString::fromUtf8(name), QString::fromLatin1(expected)));
}

void RequestScan::readBool(QByteArrayView name, json::Node value, bool &out)
{
    if (value.kind() == json::Node::Kind::Bool)
        out = value.isTrue();
    else if (!value.isNull())
        wrongType(name, "true or false");
}

void RequestScan::readInt(QByteArrayView name, json::Node value, qint64 &out)
{
    if (!value.isNull() && !value.readInt(out))
        wrongType(name, "a whole number");
}

void RequestScan::readString(QByteArrayView name, json::Node value, QString &out)
{
    if (value.isString())
        out = QString::fromUtf8(value.text());
    else if (!value.isNull())
        wrongType(name, "a string");
}

void RequestScan::readModels(QByteArrayView name, json::Node value, bool takesObjects,
                             QList<QString> &models)
{
    const char *expected = takesObjects ? "a list of model names or of objects with \"model\""
                                        : "a list of model names";
    if (!value.isArray() && !value.isNull())
        wrongType(name, expected);
    for (const json::Node item : value.items()) {
        const json::Node model = takesObjects && item.isObject() ? item.find("model") : item;
        if (!model.isNonEmptyString())
            wrongType(name, expected);
        models.append(QString::fromUtf8(model.text()));
    }
}

// Media in base64 and links to it are no text, and ids and signatures are not either.
static bool isMediaKey(QByteArrayView key)
{
    return key == "data" || key == "url" || key == "file_data" || key == "image_url"
        || key == "signature" || key == "encrypted_content";
}

qint64 promptChars(json::Node value)
{
    if (!value.exists())
        return 0;
    const json::Scan &scan = scratch();
    qint64 count = 0;
    QByteArrayView key;
    const quint32 end = value.endPosition();
    for (quint32 i = value.position(); i < end; ++i) {
        if (scan.at(i) != '"')
            continue;
        const json::Node string = scan.node(i);
        if (i + 1 < end && scan.at(i + 1) == ':') {
            key = string.inner();
            continue;
        }
        const QByteArrayView text = string.inner();
        const bool isMember = i > value.position() && scan.at(i - 1) == ':';
        if (isMember && text.size() > 200 && isMediaKey(key))
            continue;
        count += scan.isAscii() ? text.size() : charCount(text);
    }
    return count;
}

bool isRoutingField(QByteArrayView name)
{
    static constexpr QByteArrayView kNames[]{
        "provider", "route", "preset", "api_base", "base_url", "api_key", "custom_llm_provider",
    };
    for (const QByteArrayView known : kNames) {
        if (name == known)
            return true;
    }
    return false;
}

namespace {

void editStreamOptions(const RequestFacts &facts, const QByteArray &body, json::Splice &splice)
{
    const Span place = facts.streamOptionsValue;
    const QByteArray whole = QByteArrayLiteral("{\"include_usage\":true}");
    if (place.length == 0) {
        splice.insert(facts.bodyObject.from + facts.bodyObject.length - 1,
                      ",\"stream_options\":" + whole);
        return;
    }
    json::Scan scan;
    if (!scan.run(QByteArrayView(body).sliced(place.from, place.length))
        || !scan.root().isObject()) {
        splice.replace({place.from, place.length}, whole);
        return;
    }
    bool isThere = false;
    for (const json::Entry entry : scan.root().entries()) {
        if (!entry.key.is("include_usage"))
            continue;
        isThere = true;
        const json::Span value = entry.value.span();
        splice.replace({place.from + value.from, value.length}, QByteArrayLiteral("true"));
    }
    if (!isThere) {
        splice.insert(place.from + 1,
                      scan.root().isEmpty() ? QByteArrayLiteral("\"include_usage\":true")
                                            : QByteArrayLiteral("\"include_usage\":true,"));
    }
}

// Ollama bounds its output inside `options`. Gives the member to add where there are none.
QByteArray boundOption(const RequestFacts &facts, const QByteArray &body, const QByteArray &tokens,
                       json::Splice &splice)
{
    const QByteArray member = "\"num_predict\":" + tokens;
    const Span options = facts.optionsObject;
    if (options.length == 0)
        return ",\"options\":{" + member + '}';
    const QByteArrayView inner
        = QByteArrayView(body).sliced(options.from + 1, options.length - 2).trimmed();
    splice.insert(options.from + 1, inner.isEmpty() ? member : member + ',');
    return {};
}

// The body names no model; its bound stands in generationConfig. [dialects §5.1]
void boundGemini(const RequestFacts &facts, const QByteArray &body, qint64 tokens,
                 json::Splice &splice)
{
    const QByteArray member = "\"maxOutputTokens\":" + QByteArray::number(tokens);
    const Span empty = facts.emptyMaxTokens;
    const Span config = facts.configValue;
    const Span object = config.length > 0 ? config : facts.bodyObject;
    const bool isAlone
        = QByteArrayView(body).sliced(object.from + 1, object.length - 2).trimmed().isEmpty();
    const char *comma = isAlone ? "" : ",";
    if (empty.length > 0)
        splice.replace({empty.from, empty.length}, QByteArray::number(tokens));
    else if (config.length > 0)
        splice.insert(object.from + 1, member + comma);
    else
        splice.insert(object.from + 1, "\"generationConfig\":{" + member + '}' + comma);
}

} // namespace

QList<QByteArray> renderRequest(const RequestFacts &facts, const QByteArray &body,
                                QByteArrayView model, const OutputBound &outputBound)
{
    if (facts.formDelimiter.length > 0)
        return renderForm(facts, body, model);
    json::Splice splice(body);
    if (facts.dialect == DialectId::Gemini) {
        if (outputBound.tokens > 0 && !facts.isOutputBounded
            && facts.endpoint == Endpoint::Generate)
            boundGemini(facts, body, outputBound.tokens, splice);
        QByteArray named;
        json::appendQuoted(named, QByteArray("models/" + model.toByteArray()));
        for (const Span place : facts.itemModels) {
            if (QByteArrayView(body).sliced(place.from, place.length) != named)
                splice.replace({place.from, place.length}, named);
        }
        return splice.parts();
    }
    QByteArray quoted;
    json::appendQuoted(quoted, model);
    QByteArray bound; // stands behind the model, which every request of ours has
    if (outputBound.tokens > 0 && !facts.isOutputBounded) {
        const QByteArray tokens = QByteArray::number(outputBound.tokens);
        const Span empty = facts.emptyMaxTokens;
        if (empty.length > 0)
            splice.replace({empty.from, empty.length}, tokens);
        else if (facts.dialect == DialectId::Ollama)
            bound = boundOption(facts, body, tokens, splice);
        else
            bound = (facts.dialect == DialectId::OpenAiResponses ? ",\"max_output_tokens\":"
                         : outputBound.isCompletionName          ? ",\"max_completion_tokens\":"
                                                                 : ",\"max_tokens\":")
                + tokens;
    }
    const QByteArrayView text(body);
    const Span place = facts.modelValue;
    const Span models = facts.modelsMember;
    if (place.length == 0 && models.length > 0) {
        // The one takes the other's place and its comma.
        const QByteArrayView removed = text.sliced(models.from, models.length).trimmed();
        QByteArray member = "\"model\":" + quoted + bound;
        if (removed.startsWith(','))
            member.prepend(',');
        else if (removed.endsWith(','))
            member.append(',');
        splice.replace({models.from, models.length}, member);
    } else if (place.length == 0) {
        const Span object = facts.bodyObject;
        const bool isAlone = text.sliced(object.from + 1, object.length - 2).trimmed().isEmpty();
        splice.insert(object.from + 1, "\"model\":" + quoted + bound + (isAlone ? "" : ","));
    } else {
        if (text[place.from] != '"'
            || !json::equalsUnescaped(text.sliced(place.from + 1, place.length - 2), model))
            splice.replace({place.from, place.length}, quoted + bound);
        else if (!bound.isEmpty())
            splice.insert(place.from + place.length, bound);
        if (models.length > 0)
            splice.remove({models.from, models.length});
    }
    if (facts.dialect == DialectId::OpenAiChat && facts.endpoint == Endpoint::Generate
        && facts.isStream && !facts.asksUsage)
        editStreamOptions(facts, body, splice);
    return splice.parts();
}

} // namespace sb::dialect
