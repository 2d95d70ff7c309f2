#include "json/scan.h"

#include "json/text.h"

#include <simdjson.h>

#include <array>
#include <cstring>

namespace sb::json {

struct Scan::Parser {
    std::unique_ptr<simdjson::internal::dom_parser_implementation> stage;
};

Scan::Scan()
    : m_parser(std::make_unique<Parser>())
{
}

Scan::~Scan() = default;

bool Scan::reserve(qsizetype length)
{
    if (length <= m_room)
        return true;
    // Grows by doubling, so that a stream of slowly growing events does not allocate each time.
    const qsizetype room = qMax(length, qMin(m_room * 2, qsizetype(1) << 24));
    simdjson::error_code error = simdjson::SUCCESS;
    if (m_parser->stage) {
        error = m_parser->stage->set_capacity(size_t(room));
    } else {
        error = simdjson::get_active_implementation()->create_dom_parser_implementation(
            size_t(room), kMaxDepth, m_parser->stage);
    }
    m_room = error ? 0 : room;
    if (error)
        m_parser->stage.reset();
    return !error;
}

void Scan::shrink(qsizetype longest)
{
    if (m_room <= longest)
        return;
    m_parser->stage.reset();
    m_room = 0;
    m_closing.reset();
    m_closingRoom = 0;
    m_index = nullptr;
    m_count = 0;
    m_isSound = false;
}

bool Scan::run(QByteArrayView text)
{
    m_isSound = false;
    m_failure = {};
    m_text = text;
    m_count = 0;
    if (text.isEmpty()) {
        m_failure = {0, "the document is empty"};
        return false;
    }
    if (!reserve(qMax(text.size(), qsizetype(4096)))) {
        m_failure = {-1, "the document is too large"};
        return false;
    }
    auto &stage = *m_parser->stage;
    const auto error = stage.stage1(reinterpret_cast<const uint8_t *>(text.data()),
                                    size_t(text.size()), simdjson::stage1_mode::regular);
    switch (error) {
    case simdjson::SUCCESS:
        break;
    case simdjson::UTF8_ERROR:
        m_failure = {firstBadUtf8(text), "not UTF-8"};
        return false;
    case simdjson::UNESCAPED_CHARS:
        m_failure = {-1, "a control character in a string"};
        return false;
    case simdjson::UNCLOSED_STRING:
        m_failure = {text.size(), "a string without its end"};
        return false;
    default:
        m_failure = {0, "no JSON value"};
        return false;
    }
    m_index = stage.structural_indexes.get();
    m_count = stage.n_structural_indexes;
    if (m_closingRoom < m_count) {
        m_closingRoom = qMax(m_count, 1024u) + m_count / 2;
        m_closing = std::make_unique_for_overwrite<quint32[]>(m_closingRoom);
    }
    // A backslash outside a string fails in the walk, so one look over the text is enough for all.
    m_isSound = walk();
    m_hasEscapes = m_isAscii = false;
    if (m_isSound && !hasSoundEscapes(text, &m_hasEscapes, &m_isAscii)) {
        m_failure = {-1, "a broken escape"};
        m_isSound = false;
    }
    return m_isSound;
}

bool Scan::fail(quint32 position, const char *what)
{
    m_failure = {position < m_count ? qsizetype(m_index[position]) : m_text.size(), what};
    return false;
}

bool Scan::isScalarSound(quint32 position) const
{
    const qsizetype from = m_index[position];
    const qsizetype length = scalarEnd(position) - from;
    const char *text = m_text.data() + from;
    switch (*text) {
    case '"':
        return length >= 2 && text[length - 1] == '"';
    case 't':
        return length == 4 && memcmp(text, "true", 4) == 0;
    case 'f':
        return length == 5 && memcmp(text, "false", 5) == 0;
    case 'n':
        return length == 4 && memcmp(text, "null", 4) == 0;
    default:
        return length > 0 && numberLength(QByteArrayView(text, length)) == length;
    }
}

bool Scan::walk()
{
    std::array<quint32, kMaxDepth> open;
    int depth = 0;
    quint32 i = 0;
    const quint32 count = m_count;
    const char *text = m_text.data();
    const quint32 *index = m_index;
    const auto charAt
        = [&](quint32 position) -> char { return position < count ? text[index[position]] : '\0'; };

value:
    if (i >= count)
        return fail(i, "the document ends too early");
    switch (text[index[i]]) {
    case '{':
        if (depth == kMaxDepth)
            return fail(i, "too deep");
        open[size_t(depth++)] = i++;
        if (charAt(i) == '}')
            goto close;
        goto key;
    case '[':
        if (depth == kMaxDepth)
            return fail(i, "too deep");
        open[size_t(depth++)] = i++;
        if (charAt(i) == ']')
            goto close;
        goto value;
    case '"':
    case 't':
    case 'f':
    case 'n':
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        if (!isScalarSound(i))
            return fail(i, "not a value");
        ++i;
        goto next;
    default:
        return fail(i, "not a value");
    }

key:
    if (charAt(i) != '"' || !isScalarSound(i))
        return fail(i, "expected a key in quotes");
    if (charAt(i + 1) != ':')
        return fail(i + 1, "expected a colon");
    i += 2;
    goto value;

next:
    if (depth == 0)
        return i == count || fail(i, "something follows the document");
    if (text[index[open[size_t(depth - 1)]]] == '{') {
        if (charAt(i) == ',') {
            ++i;
            goto key;
        }
        if (charAt(i) != '}')
            return fail(i, "expected a comma or }");
    } else {
        if (charAt(i) == ',') {
            ++i;
            goto value;
        }
        if (charAt(i) != ']')
            return fail(i, "expected a comma or ]");
    }

close:
    m_closing[open[size_t(--depth)]] = i;
    ++i;
    goto next;
}

Node::Kind Node::kind() const
{
    if (!m_scan)
        return Kind::Absent;
    switch (m_scan->at(m_position)) {
    case '{':
        return Kind::Object;
    case '[':
        return Kind::Array;
    case '"':
        return Kind::String;
    case 't':
    case 'f':
        return Kind::Bool;
    case 'n':
        return Kind::Null;
    default:
        return Kind::Number;
    }
}

QByteArray Node::text() const
{
    QByteArray result;
    if (isString())
        unescape(inner(), result);
    return result;
}

bool Node::isUnescaped(QByteArrayView own, QByteArrayView text)
{
    return equalsUnescaped(own, text);
}

bool Node::readInt(qint64 &out) const
{
    if (kind() != Kind::Number)
        return false;
    QByteArrayView number = raw();
    if (const qsizetype dot = number.indexOf('.'); dot > 0) {
        for (qsizetype i = dot + 1; i < number.size(); ++i) {
            if (number[i] != '0')
                return false;
        }
        number = number.first(dot);
    }
    return parseInt(number, out);
}

qint64 Node::toInt(qint64 fallback) const
{
    qint64 value = 0;
    return readInt(value) ? value : fallback;
}

Node Node::find(QByteArrayView key) const
{
    Node found;
    for (const Entry entry : entries()) {
        if (entry.key.is(key))
            found = entry.value;
    }
    return found;
}

} // namespace sb::json
