#include "dialect/multipart.h"

#include "json/splice.h"

#include <QStringDecoder>

#include <string_view>

namespace sb::dialect {

namespace {

constexpr qsizetype kMostParts = 256;
constexpr qsizetype kMostHead = 16 * 1024; // of one part
constexpr int kMostFields = 16; // of one part
constexpr qsizetype kMostModel = 512;

Unexpected broken(const char *what, qsizetype at = -1)
{
    QString detail
        = QStringLiteral("The multipart body is broken: %1").arg(QString::fromLatin1(what));
    if (at >= 0)
        detail += QStringLiteral(" at byte %1").arg(at);
    return unexpected(
        Error::make(QStringLiteral("bad_request"), detail + QLatin1Char('.'), Blame::Client));
}

Unexpected refused(const char *code, const char *sentence)
{
    return unexpected(
        Error::make(QString::fromLatin1(code), QString::fromLatin1(sentence), Blame::Client));
}

bool isSame(QByteArrayView a, const char *b)
{
    return a.compare(b, Qt::CaseInsensitive) == 0;
}

bool isTokenChar(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
        || QByteArrayView("!#$%&'*+-.^_`|~").contains(c);
}

// [RFC 2046 §5.1.1]
bool isBoundaryChar(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
        || QByteArrayView("'()+_,-./:=? ").contains(c);
}

// The parameters of a field's value, one at a time: "; name=token" or "; name=\"text\"".
class Parameters {
public:
    explicit Parameters(QByteArrayView text)
        : m_left(text)
    {
    }

    // False at the end, and where the text is broken.
    bool next()
    {
        skipSpace();
        if (m_left.isEmpty())
            return false;
        m_isBroken = true;
        if (!m_left.startsWith(';'))
            return false;
        m_left = m_left.sliced(1);
        skipSpace();
        name = token();
        skipSpace();
        if (name.isEmpty() || !m_left.startsWith('='))
            return false;
        m_left = m_left.sliced(1);
        skipSpace();
        hasEscapes = false;
        if (m_left.startsWith('"') ? !quoted() : (value = token()).isEmpty())
            return false;
        m_isBroken = false;
        return true;
    }
    bool isBroken() const { return m_isBroken; }

    QByteArrayView name;
    QByteArrayView value; // as it is written, without its quotes
    bool hasEscapes = false;

private:
    void skipSpace()
    {
        while (m_left.startsWith(' ') || m_left.startsWith('\t'))
            m_left = m_left.sliced(1);
    }
    QByteArrayView token()
    {
        qsizetype size = 0;
        while (size < m_left.size() && isTokenChar(m_left[size]))
            ++size;
        const QByteArrayView taken = m_left.first(size);
        m_left = m_left.sliced(size);
        return taken;
    }
    bool quoted()
    {
        for (qsizetype i = 1; i < m_left.size(); ++i) {
            if (m_left[i] == '\\') {
                hasEscapes = true;
                ++i;
            } else if (m_left[i] == '"') {
                value = m_left.sliced(1, i - 1);
                m_left = m_left.sliced(i + 1);
                return true;
            }
        }
        return false;
    }

    QByteArrayView m_left;
    bool m_isBroken = false;
};

// What stands before the first parameter.
QByteArrayView mainValue(QByteArrayView text)
{
    const qsizetype semicolon = text.indexOf(';');
    return (semicolon < 0 ? text : text.first(semicolon)).trimmed();
}

QByteArrayView parametersOf(QByteArrayView text)
{
    const qsizetype semicolon = text.indexOf(';');
    return semicolon < 0 ? QByteArrayView() : text.sliced(semicolon);
}

class FormReader {
public:
    FormReader(QByteArrayView body, QByteArrayView boundary)
        : m_body(body)
        , m_delimiter("\n--" + boundary.toByteArray())
    {
    }

    Result<QList<FormPart>> read()
    {
        if (!openFirst())
            return broken("it does not begin with its boundary", 0);
        QList<FormPart> parts;
        for (;;) {
            if (isLast())
                return parts;
            if (!skipLineEnd())
                return broken("a boundary is not followed by the end of its line", m_at);
            if (parts.size() == kMostParts)
                return broken("it has too many parts", m_at);
            FormPart part;
            if (const char *why = readFields(part))
                return broken(why, m_at);
            const qsizetype end = findDelimiter();
            if (end < 0)
                return broken("its last boundary is missing", m_body.size());
            // Some readers take a delimiter without the line's proper end, some do not.
            if (end == m_at || m_body[end - 1] != '\r'
                || m_body.sliced(m_at).startsWith(QByteArrayView(m_delimiter).sliced(1)))
                return broken("a boundary stands inside of a line", m_at);
            part.value = {m_at, end - 1 - m_at};
            m_at = end + m_delimiter.size();
            parts.append(std::move(part));
        }
    }

private:
    bool openFirst()
    {
        const QByteArrayView first = QByteArrayView(m_delimiter).sliced(1);
        if (m_body.startsWith("\r\n"))
            m_at = 2;
        if (!m_body.sliced(m_at).startsWith(first))
            return false;
        m_at += first.size();
        return true;
    }

    // Behind a delimiter: "--", and nothing else but an end of line.
    bool isLast() const
    {
        QByteArrayView rest = m_body.sliced(m_at);
        if (!rest.startsWith("--"))
            return false;
        rest = rest.sliced(2);
        while (rest.startsWith(' ') || rest.startsWith('\t'))
            rest = rest.sliced(1);
        return rest.isEmpty() || rest == "\r\n";
    }

    bool skipLineEnd()
    {
        while (m_at < m_body.size() && (m_body[m_at] == ' ' || m_body[m_at] == '\t'))
            ++m_at;
        if (!m_body.sliced(m_at).startsWith("\r\n"))
            return false;
        m_at += 2;
        return true;
    }

    // The line feed stands in it once, at its front: the search is linear.
    qsizetype findDelimiter() const
    {
        const std::string_view text(m_body.data(), size_t(m_body.size()));
        const size_t at = text.find(
            std::string_view(m_delimiter.constData(), size_t(m_delimiter.size())), size_t(m_at));
        return at == std::string_view::npos ? -1 : qsizetype(at);
    }

    // Null: fine, and m_at stands at the value.
    const char *readFields(FormPart &part)
    {
        const qsizetype start = m_at;
        bool isNamed = false;
        for (int count = 0;; ++count) {
            const qsizetype end = m_body.sliced(m_at, std::min(kMostHead, m_body.size() - m_at))
                                      .indexOf(QByteArrayView("\r\n"));
            if (end < 0 || m_at - start > kMostHead)
                return "the head of a part has no end";
            const QByteArrayView line = m_body.sliced(m_at, end);
            if (line.isEmpty()) {
                m_at += 2;
                return isNamed ? nullptr : "a part has no name";
            }
            if (count == kMostFields)
                return "the head of a part is too long";
            if (const char *why = readField(line, part, isNamed))
                return why;
            m_at += end + 2;
        }
    }

    static const char *readField(QByteArrayView line, FormPart &part, bool &isNamed)
    {
        const qsizetype colon = line.indexOf(':');
        const QByteArrayView name = line.first(std::max(colon, qsizetype(0)));
        if (name.isEmpty() || !std::all_of(name.begin(), name.end(), isTokenChar)
            || std::any_of(line.begin(), line.end(),
                           [](char c) { return (uchar(c) < 0x20 && c != '\t') || c == 0x7f; }))
            return "the head of a part is not well-formed";
        const QByteArrayView value = line.sliced(colon + 1).trimmed();
        if (isSame(name, "content-disposition")) {
            if (isNamed)
                return "a part has two dispositions";
            isNamed = true;
            return readDisposition(value, part);
        }
        if (isSame(name, "content-transfer-encoding") && !isSame(value, "binary")
            && !isSame(value, "8bit") && !isSame(value, "7bit"))
            return "a part is encoded";
        return nullptr;
    }

    static const char *readDisposition(QByteArrayView value, FormPart &part)
    {
        constexpr const char *kNoName = "the name of a part is not well-formed";
        if (!isSame(mainValue(value), "form-data"))
            return "a part is no form-data";
        bool hasName = false;
        Parameters parameters(parametersOf(value));
        while (parameters.next()) {
            if (isSame(parameters.name, "name")) {
                if (hasName || parameters.hasEscapes)
                    return kNoName;
                hasName = true;
                part.name = parameters.value.toByteArray();
            } else if (isSame(parameters.name, "name*")) {
                return kNoName;
            } else if (isSame(parameters.name, "filename")
                       || isSame(parameters.name, "filename*")) {
                part.isFile = true;
            }
        }
        return hasName && !parameters.isBroken() ? nullptr : kNoName;
    }

    QByteArrayView m_body;
    QByteArray m_delimiter; // without the carriage return in front
    qsizetype m_at = 0;
};

bool isModelName(QByteArrayView text)
{
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
    const QString read = decoder(text);
    return text.size() <= kMostModel && !decoder.hasError()
        && std::none_of(read.begin(), read.end(),
                        [](QChar c) { return c.unicode() < 0x20 || c.unicode() == 0x7f; });
}

} // namespace

bool isFormType(QByteArrayView contentType)
{
    return isSame(mainValue(contentType), "multipart/form-data");
}

QByteArray formBoundary(QByteArrayView contentType)
{
    constexpr qsizetype kMost = 70; // [RFC 2046 §5.1.1]
    if (!isFormType(contentType))
        return {};
    QByteArray boundary;
    Parameters parameters(parametersOf(contentType));
    while (parameters.next()) {
        if (!isSame(parameters.name, "boundary"))
            continue;
        if (!boundary.isEmpty() || parameters.hasEscapes)
            return {};
        boundary = parameters.value.toByteArray();
    }
    if (parameters.isBroken() || boundary.size() > kMost || boundary.endsWith(' ')
        || !std::all_of(boundary.begin(), boundary.end(), isBoundaryChar))
        return {};
    return boundary;
}

Result<QList<FormPart>> readFormParts(QByteArrayView body, QByteArrayView boundary)
{
    return FormReader(body, boundary).read();
}

Result<RequestFacts> readForm(Endpoint endpoint, QByteArrayView contentType, const QByteArray &body)
{
    const QByteArray boundary = formBoundary(contentType);
    if (boundary.isEmpty())
        return refused("bad_request", "The content-type names no boundary for the multipart body.");
    const auto parts = readFormParts(body, boundary);
    if (!parts)
        return unexpected(parts.error());
    RequestFacts facts;
    facts.endpoint = endpoint;
    facts.formDelimiter = {body.startsWith('\r') ? 2 : 0, boundary.size() + 2};
    for (const FormPart &part : *parts) {
        const QByteArrayView value
            = QByteArrayView(body).sliced(part.value.from, part.value.length);
        if (part.name == "stream") {
            facts.isStream |= value == "true";
        } else if (part.name == "model") {
            if (facts.modelValue.from > 0)
                return refused("duplicate_key", "The part \"model\" stands twice in the body.");
            if (part.isFile || !isModelName(value))
                return refused("bad_request", "The part \"model\" must be the name of a model.");
            facts.model = QString::fromUtf8(value);
            facts.modelValue = part.value;
        }
    }
    return facts;
}

QList<QByteArray> renderForm(const RequestFacts &facts, const QByteArray &body,
                             QByteArrayView model)
{
    json::Splice splice(body);
    const Span value = facts.modelValue;
    const Span delimiter = facts.formDelimiter;
    if (value.from > 0) {
        if (QByteArrayView(body).sliced(value.from, value.length) != model)
            splice.replace({value.from, value.length}, model.toByteArray());
    } else {
        splice.insert(delimiter.from,
                      body.sliced(delimiter.from, delimiter.length)
                          + "\r\ncontent-disposition: form-data; name=\"model\"\r\n\r\n"
                          + model.toByteArray() + "\r\n");
    }
    return splice.parts();
}

} // namespace sb::dialect
