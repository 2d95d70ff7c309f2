#include "translate/openai_responses/free_input.h"

#include "json/scan.h"

#include <algorithm>
#include <cctype>

using namespace sb::chat;

namespace sb::translate::openai_responses {

namespace {

constexpr QByteArrayView kKey("\"input\"");

bool isSpace(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

qsizetype skipSpace(QByteArrayView text, qsizetype at)
{
    while (at < text.size() && isSpace(text[at]))
        ++at;
    return at;
}

QByteArray inner(QByteArrayView plain)
{
    QByteArray out;
    appendInner(out, TextView::plain(plain));
    return out;
}

// The length of the escape at `at`, both halves of a pair together; 0 when more has to come.
qsizetype escapeLength(QByteArrayView text, qsizetype at)
{
    if (at + 1 >= text.size())
        return 0;
    if (text[at + 1] != 'u')
        return 2;
    if (at + 6 > text.size())
        return 0;
    const bool isHigh
        = (text[at + 2] | 0x20) == 'd' && QByteArrayView("89abAB").contains(text[at + 3]);
    if (!isHigh)
        return 6;
    if (at + 6 == text.size() || (text[at + 6] == '\\' && at + 7 == text.size()))
        return 0;
    if (text[at + 6] != '\\' || text[at + 7] != 'u')
        return 6;
    return at + 12 <= text.size() ? 12 : 0;
}

// An escape JSON knows stays as it is; of any other the backslash was meant as one.
void appendEscape(QByteArray &out, QByteArrayView escape)
{
    const auto isHex = [](char c) { return isxdigit(static_cast<unsigned char>(c)) != 0; };
    const auto isUnit = [&](QByteArrayView unit) {
        return unit.size() == 6 && unit[0] == '\\' && unit[1] == 'u'
            && std::all_of(unit.begin() + 2, unit.end(), isHex);
    };
    const bool isKnown = (escape.size() == 2 && QByteArrayView("\"\\/bfnrt").contains(escape[1]))
        || (escape.size() == 6 && isUnit(escape))
        || (escape.size() == 12 && isUnit(escape.first(6)) && isUnit(escape.sliced(6)));
    if (isKnown) {
        out += escape;
        return;
    }
    for (const char c : escape) { // bytes of one character may stand on both sides of its end
        if (static_cast<unsigned char>(c) < 0x80)
            out += inner(QByteArrayView(&c, 1));
        else
            out += c;
    }
}

} // namespace

void FreeInput::findStart()
{
    qsizetype at = skipSpace(m_text, 0);
    if (at == m_text.size())
        return;
    if (m_text[at] != '{') {
        m_state = State::Raw;
        return;
    }
    at = skipSpace(m_text, at + 1);
    const QByteArrayView rest = QByteArrayView(m_text).sliced(at);
    if (rest.size() < kKey.size()) {
        if (!kKey.startsWith(rest))
            m_state = State::Held;
        return;
    }
    if (!rest.startsWith(kKey)) {
        m_state = State::Held;
        return;
    }
    at = skipSpace(m_text, at + kKey.size());
    if (at < m_text.size() && m_text[at] == ':')
        at = skipSpace(m_text, at + 1);
    else if (at < m_text.size())
        m_state = State::Held;
    if (m_state == State::Held || at == m_text.size() || m_text[at - 1] == '"')
        return;
    if (m_text[at] != '"') {
        m_state = State::Held;
        return;
    }
    m_text.remove(0, at + 1);
    m_state = State::Inside;
}

QByteArray FreeInput::takeInside()
{
    qsizetype at = 0;
    QByteArray given;
    while (at < m_text.size()) {
        if (m_text[at] == '"') {
            m_state = State::After;
            break;
        }
        const qsizetype length = m_text[at] == '\\' ? escapeLength(m_text, at) : 1;
        if (length == 0)
            break;
        const QByteArrayView piece = QByteArrayView(m_text).sliced(at, length);
        if (length > 1)
            appendEscape(given, piece);
        else if (static_cast<unsigned char>(piece[0]) < 0x20) // models write line ends so
            given += inner(piece);
        else
            given += piece;
        at += length;
    }
    m_text.remove(0, at);
    if (m_state == State::After)
        m_text.clear();
    return given;
}

QByteArray FreeInput::feed(TextView arguments)
{
    if (m_state == State::After)
        return {};
    m_text += arguments.toPlain();
    if (m_state == State::Before)
        findStart();
    if (m_state == State::Inside)
        return takeInside();
    if (m_state == State::Raw)
        return inner(std::exchange(m_text, {}));
    return {};
}

QByteArray FreeInput::end()
{
    if (m_state == State::Inside || m_state == State::After || m_text.isEmpty())
        return {};
    json::Scan scan;
    if (scan.run(m_text) && scan.root().isObject()) {
        if (const json::Node input = scan.root().find("input"); input.isString())
            return input.inner().toByteArray();
        if (scan.root().isEmpty())
            return {};
    }
    return inner(m_text);
}

} // namespace sb::translate::openai_responses
