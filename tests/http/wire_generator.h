// Makes HTTP messages that are nearly right: from a grammar, and by changing ones that are known.
// Seeded: the same seed gives the same inputs.
#pragma once

#include <QByteArray>
#include <QList>

#include <random>

namespace sb::http {

class WireGenerator {
public:
    WireGenerator(quint64 seed, QList<QByteArray> requests, QList<QByteArray> replies)
        : m_random(seed)
        , m_requests(std::move(requests))
        , m_replies(std::move(replies))
    {
    }

    QByteArray next(bool isReply);

private:
    using Choice = std::initializer_list<const char *>;

    qsizetype below(qsizetype bound)
    {
        return bound <= 0 ? 0 : qsizetype(m_random() % quint64(bound));
    }
    bool oneIn(int n) { return below(n) == 0; }
    QByteArray any(Choice choice) { return *(choice.begin() + below(qsizetype(choice.size()))); }
    // Mostly the first, sometimes one of the others.
    QByteArray mostly(QByteArray usual, int n, Choice others)
    {
        return oneIn(n) ? any(others) : usual;
    }

    QByteArray message(bool isReply);
    QByteArray startLine(bool isReply);
    QByteArray target();
    QByteArray field();
    QByteArray chunks();
    QByteArray eol();
    QByteArray changed(QByteArray bytes, const QList<QByteArray> &others);

    std::mt19937_64 m_random;
    QList<QByteArray> m_requests;
    QList<QByteArray> m_replies;
};

} // namespace sb::http
