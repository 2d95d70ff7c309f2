// Edits of config.json as text: only the bytes of the edited member change, so layout, order,
// comments and unknown members stay. The text has been read whole before, so the scanners here may
// rely on sound JSON.
#include "config/config_file.h"
#include "json/reader.h"
#include "json/text.h"
#include "json/writer.h"

namespace sb::config {

namespace {

using json::Value;

Unexpected badEdit(const QString &detail)
{
    return unexpected(Error::make(QStringLiteral("bad_edit"), detail));
}

struct Step {
    enum class Kind : quint8 { Key, Index, Append } kind = Kind::Key;
    QByteArray key;
    qsizetype index = 0;
};

// "providers[2].keys", "aliases[\"gpt-4.1\"]", "clients[+]"; a leading "$" or "$." is allowed.
std::optional<QList<Step>> stepsOf(const QString &path)
{
    QByteArray text = path.toUtf8();
    if (text == "$")
        text.clear();
    else if (text.startsWith("$.") || text.startsWith("$["))
        text.remove(0, text[1] == '.' ? 2 : 1);
    QList<Step> steps;
    qsizetype i = 0;
    bool needsName = true;
    while (i < text.size()) {
        if (text[i] == '[') {
            if (text.sliced(i).startsWith("[\"")) {
                qsizetype end = i + 2;
                while (end < text.size() && text[end] != '"')
                    end += text[end] == '\\' ? 2 : 1;
                QByteArray key;
                if (end + 1 >= text.size() || text[end + 1] != ']'
                    || !json::unescape(QByteArrayView(text).sliced(i + 2, end - i - 2), key))
                    return std::nullopt;
                steps.append({Step::Kind::Key, key, 0});
                i = end + 2;
            } else {
                const qsizetype close = text.indexOf(']', i);
                if (close < 0)
                    return std::nullopt;
                const QByteArray inside = text.sliced(i + 1, close - i - 1);
                bool isNumber = false;
                const int index = inside.toInt(&isNumber);
                if (inside == "+")
                    steps.append({Step::Kind::Append, {}, 0});
                else if (isNumber && index >= 0)
                    steps.append({Step::Kind::Index, {}, index});
                else
                    return std::nullopt;
                i = close + 1;
            }
            needsName = false;
        } else {
            if (text[i] == '.') {
                if (needsName)
                    return std::nullopt;
                ++i;
            } else if (!needsName) {
                return std::nullopt;
            }
            qsizetype end = i;
            while (end < text.size() && text[end] != '.' && text[end] != '[')
                ++end;
            if (end == i)
                return std::nullopt;
            steps.append({Step::Kind::Key, text.sliced(i, end - i), 0});
            i = end;
            needsName = false;
        }
    }
    return steps;
}

qsizetype skipSpace(QByteArrayView text, qsizetype at)
{
    while (at < text.size()
           && (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r'))
        ++at;
    return at;
}

qsizetype skipString(QByteArrayView text, qsizetype at)
{
    for (++at; at < text.size(); ++at) {
        if (text[at] == '\\')
            ++at;
        else if (text[at] == '"')
            return at + 1;
    }
    return text.size();
}

qsizetype skipValue(QByteArrayView text, qsizetype at)
{
    if (text[at] == '"')
        return skipString(text, at);
    if (text[at] != '{' && text[at] != '[') {
        while (at < text.size() && !QByteArrayView(",]} \t\r\n").contains(text[at]))
            ++at;
        return at;
    }
    int depth = 0;
    while (at < text.size()) {
        const char c = text[at];
        if (c == '"') {
            at = skipString(text, at);
            continue;
        }
        ++at;
        if (c == '{' || c == '[')
            ++depth;
        else if ((c == '}' || c == ']') && --depth == 0)
            return at;
    }
    return at;
}

// One member or item: [start, end) with its key, the value at [value, end).
struct Entry {
    qsizetype start = 0;
    qsizetype value = 0;
    qsizetype end = 0;
    QByteArray key;
};

QList<Entry> entriesOf(QByteArrayView text, qsizetype open)
{
    const bool isObject = text[open] == '{';
    QList<Entry> entries;
    qsizetype at = skipSpace(text, open + 1);
    while (at < text.size() && text[at] != '}' && text[at] != ']') {
        Entry entry;
        entry.start = at;
        if (isObject) {
            const qsizetype keyEnd = skipString(text, at);
            json::unescape(text.sliced(at + 1, keyEnd - at - 2), entry.key);
            at = skipSpace(text, skipSpace(text, keyEnd) + 1);
        }
        entry.value = at;
        entry.end = skipValue(text, at);
        entries.append(entry);
        at = skipSpace(text, entry.end);
        if (at < text.size() && text[at] == ',')
            at = skipSpace(text, at + 1);
    }
    return entries;
}

const Entry *entryOf(const QList<Entry> &entries, const Step &step)
{
    if (step.kind == Step::Kind::Index)
        return step.index < entries.size() ? &entries[step.index] : nullptr;
    for (auto it = entries.crbegin(); it != entries.crend(); ++it) { // the last one counts
        if (step.kind == Step::Kind::Key && it->key == step.key)
            return &*it;
    }
    return nullptr;
}

// The white space in front of the line that `at` is on.
QByteArray indentAt(QByteArrayView text, qsizetype at)
{
    qsizetype start = at;
    while (start > 0 && text[start - 1] != '\n')
        --start;
    qsizetype end = start;
    while (end < text.size() && (text[end] == ' ' || text[end] == '\t'))
        ++end;
    return text.sliced(start, end - start).toByteArray();
}

QByteArray indented(const Value &value, const QByteArray &indent)
{
    // A container without containers inside reads best on one line while it is short.
    const bool isNested = std::any_of(value.items().cbegin(), value.items().cend(),
                                      [](const Value &v) { return v.isArray() || v.isObject(); })
        || std::any_of(value.members().cbegin(), value.members().cend(), [](const json::Member &m) {
                              return m.value.isArray() || m.value.isObject();
                          });
    QByteArray compact = json::write(value);
    if (!isNested && compact.size() <= 80)
        return compact;
    QByteArray text = json::write(value, json::Writer::Style::Pretty);
    while (text.endsWith('\n'))
        text.chop(1);
    return text.replace(QByteArray("\n"),
                        QByteArray("\n" + indent)); // a line feed inside a string is written as \n
}

QByteArray keyText(const Step &step)
{
    QByteArray out;
    if (step.kind == Step::Kind::Key) {
        json::appendQuoted(out, step.key);
        out += ": ";
    }
    return out;
}

// The value wrapped in the containers that the remaining steps ask for.
std::optional<Value> wrapped(QList<Step> rest, Value value)
{
    while (!rest.isEmpty()) {
        const Step step = rest.takeLast();
        if (step.kind == Step::Kind::Key) {
            value = Value::object({json::Member{step.key, value}});
        } else {
            if (step.kind == Step::Kind::Index && step.index != 0)
                return std::nullopt;
            value = Value::array({value});
        }
    }
    return value;
}

QByteArray inserted(QByteArrayView text, qsizetype open, const QList<Entry> &entries,
                    const Step &step, const Value &value)
{
    if (!entries.isEmpty()) {
        const Entry &last = entries.last();
        const bool isOwnLine
            = text.sliced(open, last.start - open).contains('\n'); // the container is spread out
        const QByteArray indent = indentAt(text, isOwnLine ? last.start : open);
        QByteArray piece = isOwnLine ? ",\n" + indent : QByteArray(", ");
        piece += keyText(step) + indented(value, indent);
        return text.first(last.end).toByteArray() + piece + text.sliced(last.end).toByteArray();
    }
    const qsizetype close = skipSpace(text, open + 1);
    const QByteArray outer = indentAt(text, open);
    const QByteArray indent = outer + "  ";
    return text.first(open + 1).toByteArray() + '\n' + indent + keyText(step)
        + indented(value, indent) + '\n' + outer + text.sliced(close).toByteArray();
}

QByteArray removed(QByteArrayView text, qsizetype open, const QList<Entry> &entries,
                   const Entry &entry)
{
    const qsizetype index = &entry - entries.constData();
    qsizetype from = entry.start;
    qsizetype to = entry.end;
    if (index + 1 < entries.size()) {
        to = entries[index + 1].start;
    } else if (index > 0) {
        from = entries[index - 1].end;
    } else {
        from = open + 1;
        to = skipSpace(text, entry.end);
    }
    return text.first(from).toByteArray() + text.sliced(to).toByteArray();
}

} // namespace

Result<QByteArray> edit(QByteArrayView text, const QString &path, const std::optional<Value> &value)
{
    if (const Result<Value> whole = json::read(text); !whole)
        return unexpected(whole.error());
    const auto steps = stepsOf(path);
    if (!steps)
        return badEdit(QStringLiteral("Not a path: ") + path);
    qsizetype at = skipSpace(text, 0);
    if (steps->isEmpty()) {
        if (!value)
            return badEdit(QStringLiteral("The whole file cannot be removed"));
        return json::write(*value, json::Writer::Style::Pretty);
    }
    for (qsizetype i = 0; i < steps->size(); ++i) {
        const Step &step = steps->at(i);
        const bool isLast = i + 1 == steps->size();
        const char wanted = step.kind == Step::Kind::Key ? '{' : '[';
        if (text[at] != wanted)
            return badEdit(QStringLiteral("The path leads through something else: ") + path);
        const QList<Entry> entries = entriesOf(text, at);
        const Entry *entry = entryOf(entries, step);
        if (!entry) {
            if (!value)
                return isLast && step.kind == Step::Kind::Key
                    ? Result<QByteArray>(text.toByteArray()) // nothing to remove
                    : Result<QByteArray>(badEdit(QStringLiteral("There is nothing at ") + path));
            const bool isNextIndex = step.kind == Step::Kind::Index && step.index == entries.size();
            const auto made = wrapped(steps->sliced(i + 1), *value);
            if ((step.kind == Step::Kind::Index && !isNextIndex) || !made)
                return badEdit(QStringLiteral("The index is past the end: ") + path);
            return inserted(text, at, entries, step, *made);
        }
        if (isLast && !value)
            return removed(text, at, entries, *entry);
        if (isLast)
            return QByteArray(text.first(entry->value).toByteArray()
                              + indented(*value, indentAt(text, entry->start))
                              + text.sliced(entry->end).toByteArray());
        at = entry->value;
    }
    Q_UNREACHABLE();
}

} // namespace sb::config
