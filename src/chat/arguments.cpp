#include "chat/arguments.h"

#include "json/scan.h"
#include "json/text.h"

#include <algorithm>

namespace sb::chat {

namespace {

json::Scan &ownScan()
{
    // The thread's own: callers may hold nodes of another Scan.
    static thread_local json::Scan scan;
    return scan;
}

// What a JSON escape stands for, as far as brackets and quotes go.
char escapedChar(QByteArrayView text, qsizetype &at)
{
    const char c = at < text.size() ? text[at] : '\0';
    switch (c) {
    case 'n':
    case 'r':
    case 't':
        return ' ';
    case 'u': {
        bool isNumber = false;
        const QByteArrayView digits
            = text.sliced(at + 1).first(qMin<qsizetype>(4, text.size() - at - 1));
        const uint code = digits.toByteArray().toUInt(&isNumber, 16);
        at += digits.size();
        return isNumber && code < 0x80 ? char(code) : 'x';
    }
    default:
        return c;
    }
}

} // namespace

void ArgumentsTracker::feed(TextView text)
{
    for (qsizetype i = 0; i < text.bytes.size(); ++i) {
        char c = text.bytes[i];
        if (text.isEscaped && c == '\\')
            c = escapedChar(text.bytes, ++i);
        take(c);
    }
}

void ArgumentsTracker::take(char c)
{
    if (m_isInString) {
        if (m_isAfterBackslash)
            m_isAfterBackslash = false;
        else if (c == '\\')
            m_isAfterBackslash = true;
        else if (c == '"')
            m_isInString = false;
        return;
    }
    if (c == ' ' || c == '\n' || c == '\r' || c == '\t')
        return;
    m_isEmpty = false;
    if (c == '"') {
        m_isInString = true;
    } else if (c == '{' || c == '[') {
        ++m_depth;
    } else if ((c == '}' || c == ']') && m_depth > 0 && --m_depth == 0) {
        m_isWhole = true;
        ++m_objects;
    }
}

bool isObject(QByteArrayView json)
{
    json::Scan &scan = ownScan();
    const bool is = scan.run(json) && scan.root().isObject();
    scan.shrink(1 << 20);
    return is;
}

void appendOnOneLine(QByteArray &out, QByteArrayView raw)
{
    const qsizetype from = out.size();
    out.append(raw);
    for (qsizetype i = from; i < out.size(); ++i) {
        if (out.at(i) == '\n' || out.at(i) == '\r')
            out[i] = ' ';
    }
}

std::vector<QByteArray> splitObjects(QByteArrayView json)
{
    std::vector<QByteArray> objects;
    ArgumentsTracker tracker;
    qsizetype from = 0;
    for (qsizetype i = 0; i < json.size(); ++i) {
        tracker.feed(TextView::plain(json.sliced(i, 1)));
        if (tracker.objects() > int(objects.size())) {
            const QByteArray object = json.sliced(from, i + 1 - from).toByteArray().trimmed();
            if (!isObject(object))
                break;
            objects.push_back(object);
            from = i + 1;
        }
    }
    if (objects.empty() || !TextView::plain(json.sliced(from)).isBlank())
        return {json.toByteArray()};
    return objects;
}

QByteArray closedArguments(QByteArrayView json)
{
    QByteArray closers;
    bool isInString = false;
    bool isAfterBackslash = false;
    for (const char c : json) {
        if (isInString) {
            if (isAfterBackslash)
                isAfterBackslash = false;
            else if (c == '\\')
                isAfterBackslash = true;
            else if (c == '"')
                isInString = false;
        } else if (c == '"') {
            isInString = true;
        } else if (c == '{') {
            closers.append('}');
        } else if (c == '[') {
            closers.append(']');
        } else if ((c == '}' || c == ']') && !closers.isEmpty()) {
            closers.chop(1);
        }
        if (closers.size() > json::Scan::kMaxDepth)
            return {};
    }
    std::reverse(closers.begin(), closers.end());
    QByteArray text = json.toByteArray();
    if (isAfterBackslash)
        text.chop(1);
    const QByteArray start = text;
    // A cut after a comma, after a key, after a colon or inside a word.
    for (const char *filler : {"", "\"", "null", "\":null", ":null"}) {
        text = start;
        if (qstrlen(filler) == 0 && isInString)
            continue;
        text += filler;
        text += closers;
        if (isObject(text))
            return text;
    }
    text = start;
    while (!text.isEmpty() && text.back() != ',' && text.back() != '{')
        text.chop(1);
    if (text.endsWith(','))
        text.chop(1);
    text += closers;
    return isObject(text) ? text : QByteArray();
}

QByteArray objectArguments(TextView arguments, QByteArrayView field, Changes &changes)
{
    if (arguments.isBlank())
        return QByteArrayLiteral("{}");
    const QByteArray plain = arguments.toPlain();
    if (isObject(plain))
        return plain;
    if (const QByteArray closed = closedArguments(plain); !closed.isEmpty()) {
        changes.note(Deed::Repaired, field, plain, closed, "arguments-cut");
        return closed;
    }
    QByteArray wrapped = QByteArrayLiteral("{\"_raw\":");
    json::appendQuoted(wrapped, plain);
    wrapped += '}';
    changes.note(Deed::Repaired, field, plain, wrapped, "arguments-not-json");
    return wrapped;
}

} // namespace sb::chat
