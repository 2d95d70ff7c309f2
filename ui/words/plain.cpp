#include "words/plain.h"

namespace sb::words {

namespace {

bool isMark(char16_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x00ad || c == 0x061c || c == 0x180e
        || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e)
        || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb);
}

void appendMark(QString &out, char16_t c)
{
    if (c == u'\n' || c == u'\t' || c == u'\r')
        out += u' ';
    else if (c < 0x20)
        out += QChar(char16_t(0x2400 + c)); // the control pictures block
    else if (c == 0x7f)
        out += QChar(char16_t(0x2421));
    else
        out += QStringLiteral("⟨U+%1⟩").arg(uint(c), 4, 16, QLatin1Char('0')).toUpper();
}

} // namespace

QString visible(const QString &text)
{
    qsizetype first = 0;
    while (first < text.size() && !isMark(text[first].unicode()))
        ++first;
    if (first == text.size())
        return text;
    QString out = text.left(first);
    out.reserve(text.size() + 16);
    for (qsizetype i = first; i < text.size(); ++i) {
        const char16_t c = text[i].unicode();
        if (isMark(c))
            appendMark(out, c);
        else
            out += text[i];
    }
    return out;
}

QString trimmed(const QString &text, qsizetype limit)
{
    QString out = visible(text).simplified();
    if (out.size() <= limit)
        return out;
    out.truncate(qMax<qsizetype>(1, limit - 1));
    if (out.back().isHighSurrogate())
        out.chop(1);
    return out + QChar(u'…');
}

} // namespace sb::words
