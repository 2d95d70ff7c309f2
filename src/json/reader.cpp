#include "json/reader.h"

#include "json/text.h"

#include <QSet>

#include <vector>

namespace sb::json {

namespace {

class Parser {
public:
    Parser(QByteArrayView text, const ReadLimits &limits)
        : m_text(text)
        , m_limits(limits)
    {
    }

    bool run(Value &out)
    {
        if (const qsizetype bad = firstBadUtf8(m_text); bad >= 0) {
            m_at = bad;
            return fail("not UTF-8");
        }
        if (!readValue(out))
            return false;
        skipSpace();
        return m_at == m_text.size() || fail("something follows the document");
    }

    bool isDuplicate() const { return m_isDuplicate; }

    ReadFailure failure() const
    {
        ReadFailure result;
        result.offset = m_at;
        result.what = QString::fromLatin1(m_what);
        const QByteArrayView before = m_text.first(qMin(m_at, m_text.size()));
        result.line = int(before.count('\n')) + 1;
        result.column = int(before.size() - (before.lastIndexOf('\n') + 1)) + 1;
        for (const Step &step : m_path) {
            if (step.index >= 0) {
                result.path += '[' + QByteArray::number(step.index) + ']';
            } else {
                if (!result.path.isEmpty())
                    result.path += '.';
                result.path += step.key;
            }
        }
        return result;
    }

private:
    struct Step {
        QByteArray key;
        qsizetype index = -1; // -1: a member
    };

    // On failure the path is left standing for failure().
    bool fail(const char *what)
    {
        m_what = what;
        return false;
    }

    char peek() const { return m_at < m_text.size() ? m_text[m_at] : '\0'; }

    void skipSpace()
    {
        while (m_at < m_text.size()) {
            const char c = m_text[m_at];
            if (c != ' ' && c != '\n' && c != '\t' && c != '\r')
                return;
            ++m_at;
        }
    }

    bool readValue(Value &out)
    {
        skipSpace();
        if (++m_values > m_limits.values)
            return fail("too many values");
        const qsizetype from = m_at;
        if (!readKind(out))
            return false;
        out.setOffset(from);
        return true;
    }

    bool readKind(Value &out)
    {
        if (m_at >= m_text.size())
            return fail("the document ends too early");
        switch (peek()) {
        case '{':
            return readObject(out);
        case '[':
            return readArray(out);
        case '"': {
            QByteArray text;
            if (!readString(text))
                return false;
            out = Value::string(QByteArrayView(text));
            return true;
        }
        case 't':
            out = Value::boolean(true);
            return readWord("true");
        case 'f':
            out = Value::boolean(false);
            return readWord("false");
        case 'n':
            out = Value();
            return readWord("null");
        default:
            break;
        }
        const qsizetype length = numberLength(m_text.sliced(m_at));
        if (length == 0)
            return fail("not a value");
        out = Value::numberText(m_text.sliced(m_at, length).toByteArray());
        m_at += length;
        return true;
    }

    bool readWord(QByteArrayView word)
    {
        if (!m_text.sliced(m_at).startsWith(word))
            return fail("not a value");
        m_at += word.size();
        return true;
    }

    bool readString(QByteArray &out)
    {
        const qsizetype from = ++m_at;
        while (m_at < m_text.size() && m_text[m_at] != '"') {
            if (quint8(m_text[m_at]) < 0x20)
                return fail("a control character in a string");
            m_at += m_text[m_at] == '\\' ? 2 : 1;
        }
        if (m_at >= m_text.size()) {
            m_at = m_text.size();
            return fail("a string without its end");
        }
        qsizetype badAt = 0;
        if (!unescape(m_text.sliced(from, m_at - from), out, &badAt)) {
            m_at = from + badAt;
            return fail("a broken escape");
        }
        ++m_at;
        return true;
    }

    bool enter() { return ++m_depth <= m_limits.depth || fail("too deep"); }

    bool readArray(Value &out)
    {
        if (!enter())
            return false;
        ++m_at;
        QList<Value> items;
        skipSpace();
        if (peek() == ']') {
            ++m_at;
        } else {
            m_path.push_back(Step{{}, 0});
            while (true) {
                Value item;
                if (!readValue(item))
                    return false;
                items.append(std::move(item));
                skipSpace();
                const char c = peek();
                if (c != ',' && c != ']')
                    return fail("expected a comma or ]");
                ++m_at;
                if (c == ']')
                    break;
                ++m_path.back().index;
            }
            m_path.pop_back();
        }
        --m_depth;
        out = Value::array(std::move(items));
        return true;
    }

    bool readObject(Value &out)
    {
        if (!enter())
            return false;
        ++m_at;
        QList<Member> members;
        QSet<QByteArray> seen;
        skipSpace();
        if (peek() == '}') {
            ++m_at;
            --m_depth;
            out = Value::object();
            return true;
        }
        while (true) {
            skipSpace();
            const qsizetype keyAt = m_at;
            if (peek() != '"')
                return fail("expected a key in quotes");
            Member member;
            if (!readString(member.key))
                return false;
            m_path.push_back(Step{member.key, -1});
            if (members.size() >= m_limits.members)
                return fail("too many members");
            if (!m_limits.areEqualKeysAllowed) {
                if (seen.contains(member.key)) {
                    m_at = keyAt;
                    m_isDuplicate = true;
                    return fail("the same key twice");
                }
                seen.insert(member.key);
            }
            skipSpace();
            if (peek() != ':')
                return fail("expected a colon");
            ++m_at;
            if (!readValue(member.value))
                return false;
            members.append(std::move(member));
            m_path.pop_back();
            skipSpace();
            const char c = peek();
            if (c != ',' && c != '}')
                return fail("expected a comma or }");
            ++m_at;
            if (c == '}')
                break;
        }
        --m_depth;
        out = Value::object(std::move(members));
        return true;
    }

    QByteArrayView m_text;
    const ReadLimits &m_limits;
    qsizetype m_at = 0;
    qsizetype m_values = 0;
    int m_depth = 0;
    bool m_isDuplicate = false;
    const char *m_what = "";
    std::vector<Step> m_path;
};

} // namespace

Result<Value> read(QByteArrayView text, const ReadLimits &limits, ReadFailure *failure)
{
    Parser parser(text, limits);
    Value value;
    if (parser.run(value))
        return value;
    const ReadFailure what = parser.failure();
    if (failure)
        *failure = what;
    QString detail
        = QStringLiteral("line %1, column %2: %3").arg(what.line).arg(what.column).arg(what.what);
    if (!what.path.isEmpty())
        detail += QStringLiteral(" (at %1)").arg(QString::fromUtf8(what.path));
    return unexpected(Error::make(parser.isDuplicate() ? QStringLiteral("duplicate_key")
                                                       : QStringLiteral("bad_json"),
                                  detail, Blame::Client));
}

} // namespace sb::json
