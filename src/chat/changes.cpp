#include "chat/changes.h"

#include <algorithm>

namespace sb::chat {

namespace {

// Cut between characters, not inside one.
QByteArray shortened(QByteArrayView text)
{
    if (text.size() <= Changes::kValueLimit)
        return text.toByteArray();
    qsizetype end = Changes::kValueLimit - 3;
    while (end > 0 && (uchar(text[end]) & 0xC0) == 0x80)
        --end;
    return text.first(end).toByteArray() + "...";
}

bool isWarning(Deed deed)
{
    return deed == Deed::Dropped || deed == Deed::Clamped || deed == Deed::Degraded;
}

QByteArray headerWord(QByteArrayView text)
{
    QByteArray word;
    for (const char c : text)
        word.append(c > ' ' && c < 0x7F && c != ',' ? c : '_');
    return word;
}

} // namespace

void Changes::note(Deed deed, QByteArrayView field, QByteArrayView from, QByteArrayView to,
                   QByteArrayView rule)
{
    if (m_isStrict && isWarning(deed)) {
        const QByteArray sentence = "The request asks for strict translation, and "
            + field.toByteArray() + " cannot be carried over unchanged (" + rule.toByteArray()
            + ").";
        reject(field, sentence);
    }
    if (m_entries.size() >= kLimit) {
        ++m_unlisted;
        return;
    }
    m_entries.push_back(
        {deed, field.toByteArray(), shortened(from), shortened(to), rule.toByteArray()});
}

void Changes::reject(QByteArrayView param, QByteArrayView message, QByteArrayView code)
{
    if (!m_rejection)
        m_rejection = Rejection{code.toByteArray(), param.toByteArray(), message.toByteArray()};
}

QByteArray Changes::droppedHeader() const
{
    QByteArray header;
    std::vector<QByteArray> said;
    for (const Change &change : m_entries) {
        if (!isWarning(change.deed))
            continue;
        QByteArray word = headerWord(change.field);
        if (!change.to.isEmpty())
            word += "=" + headerWord(change.to);
        if (std::find(said.begin(), said.end(), word) != said.end())
            continue;
        if (header.size() + 2 + word.size() > kHeaderLimit)
            break;
        if (!header.isEmpty())
            header += ", ";
        header += word;
        said.push_back(std::move(word));
    }
    return header;
}

} // namespace sb::chat
