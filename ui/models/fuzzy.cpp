#include "models/fuzzy.h"

#include <QChar>

namespace sb::models {

namespace {

constexpr int kPlain = 1;
constexpr int kRun = 12; // follows the letter before
constexpr int kWordStart = 8;
constexpr int kTextStart = 4; // on top of a word's

bool isWordStart(QStringView text, qsizetype at)
{
    if (at == 0)
        return true;
    const QChar before = text[at - 1];
    const QChar here = text[at];
    return !before.isLetterOrNumber() || (before.isLower() && here.isUpper());
}

// The place for this letter: the next word start that has it, else the next occurrence.
qsizetype find(QStringView text, QChar letter, qsizetype from, bool isRunWanted)
{
    const QChar wanted = letter.toCaseFolded();
    qsizetype first = -1;
    for (qsizetype i = from; i < text.size(); ++i) {
        if (text[i].toCaseFolded() != wanted)
            continue;
        if (isRunWanted && i == from)
            return i;
        if (isWordStart(text, i))
            return i;
        if (first < 0)
            first = i;
    }
    return first;
}

Fit walk(QStringView query, QStringView text, bool isGreedy)
{
    Fit fit;
    fit.score = 0;
    qsizetype from = 0;
    for (qsizetype i = 0; i < query.size(); ++i) {
        if (query[i].isSpace())
            continue;
        qsizetype at = -1;
        if (isGreedy) {
            at = find(text, query[i], from, !fit.at.isEmpty());
        } else {
            for (qsizetype k = from; k < text.size() && at < 0; ++k) {
                if (text[k].toCaseFolded() == query[i].toCaseFolded())
                    at = k;
            }
        }
        if (at < 0)
            return {};
        fit.score += kPlain;
        if (!fit.at.isEmpty() && at == fit.at.last() + 1)
            fit.score += kRun;
        if (isWordStart(text, at))
            fit.score += kWordStart + (at == 0 ? kTextStart : 0);
        fit.at += int(at);
        from = at + 1;
    }
    // Of two that fit as well, the shorter one was meant.
    fit.score = fit.score * 100 - int(std::min<qsizetype>(text.size(), 99));
    return fit;
}

} // namespace

Fit fit(QStringView query, QStringView text)
{
    if (query.trimmed().isEmpty())
        return {0, {}};
    // Jumping to word starts can miss letters that a plain search finds: the better one counts.
    const Fit jumping = walk(query, text, true);
    const Fit plain = walk(query, text, false);
    return plain.score > jumping.score ? plain : jumping;
}

} // namespace sb::models
