// Reads one input whole and in pieces and wants the same outcome: the rule every parser here keeps.
#pragma once

#include "http/parser.h"

#include <stdio.h>
#include <stdlib.h>

namespace sb::fuzz {

// Everything a caller can see, as text.
template <typename P, typename Describe>
QByteArray readInPieces(P &parser, const QByteArray &input, qsizetype pieceSize, Describe describe)
{
    using State = http::ParseStep::State;
    QByteArray seen;
    QByteArray body;
    for (qsizetype at = 0; at < input.size();) {
        QByteArray piece = input.mid(at, pieceSize);
        piece.detach();
        char *from = piece.data();
        qsizetype left = piece.size();
        at += left;
        while (true) {
            const http::ParseStep step = parser.feed(from, left);
            if (step.consumed < 0 || step.consumed > left
                || (step.bodySize > 0
                    && (step.body < from || step.body + step.bodySize > from + left)))
                abort();
            body.append(step.body, step.bodySize);
            from += step.consumed;
            left -= step.consumed;
            if (step.state == State::Failed)
                return seen + '[' + body + "] "
                    + http::parseErrorName(parser.error()).toByteArray();
            if (step.state == State::Head) {
                seen += describe(parser);
                continue;
            }
            if (step.state == State::More) {
                if (left != 0)
                    abort();
                break;
            }
            seen += '[' + body + "]\n";
            body.clear();
            parser.reset();
            if (left == 0)
                break;
        }
    }
    return seen + '[' + body + "] " + QByteArray::number(int(parser.finish()));
}

template <typename Make, typename Describe>
void wantSameForAllPieces(const QByteArray &input, Make make, Describe describe)
{
    auto whole = make();
    const QByteArray expected = readInPieces(whole, input, input.size() + 1, describe);
    for (const qsizetype size : {1, 2, 3, 17, 256}) {
        auto parser = make();
        if (readInPieces(parser, input, size, describe) != expected) {
            fprintf(stderr, "pieces of %d bytes read differently\n", int(size));
            abort();
        }
    }
}

inline QByteArray describeFields(const http::Fields &fields)
{
    QByteArray out;
    for (int i = 0; i < fields.count(); ++i)
        out += '|' + fields.name(i).toByteArray() + '=' + fields.value(i).toByteArray();
    return out + '\n';
}

} // namespace sb::fuzz
