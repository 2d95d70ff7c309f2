// Reads a whole input as the server or the client would, message after message, for the corpora and
// for the comparison with another reader.
#pragma once

#include "http/parser.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>

namespace sb::http::reading {

struct Message {
    QByteArray method;
    QByteArray target;
    int status = 0;
    QByteArray fields; // "name: value" lines, as on the wire
    QByteArray body;
    bool isComplete = false;
    bool isKeepAlive = true;
};

struct Reading {
    QList<Message> messages;
    ParseError error = ParseError::None;
    bool isIncomplete = false;
    bool isUnframed = false;
    qsizetype left = 0;

    QByteArray verdict() const
    {
        return error != ParseError::None ? "error" : isIncomplete ? "incomplete" : "ok";
    }
    // Everything that must not depend on the split.
    QByteArray text() const
    {
        QByteArray out = verdict() + ' ' + parseErrorName(error).toByteArray() + ' '
            + QByteArray::number(left);
        for (const Message &m : messages)
            out += '\n' + m.method + ' ' + m.target + ' ' + QByteArray::number(m.status) + ' '
                + m.fields + m.body + (m.isComplete ? " complete" : " open");
        return out;
    }
};

inline QByteArray fieldLines(const Fields &fields)
{
    QByteArray out;
    for (int i = 0; i < fields.count(); ++i)
        out += fields.name(i).toByteArray() + ": " + fields.value(i).toByteArray() + '\n';
    return out;
}

inline void note(Reading &reading, RequestParser &parser)
{
    const RequestHead &head = parser.head();
    reading.messages.append(
        Message{head.method, head.target, 0, fieldLines(head.fields), {}, false, head.isKeepAlive});
}

inline void note(Reading &reading, ReplyParser &parser)
{
    const ReplyHead &head = parser.head();
    reading.messages.append(
        Message{{}, {}, head.status, fieldLines(head.fields), {}, false, head.isKeepAlive});
}

// Reads as the server and the client do: nothing behind a message that closes the connection.
template <typename P>
Reading read(P &parser, const QByteArray &input, qsizetype pieceSize, bool isFirstOnly)
{
    Reading reading;
    qsizetype at = 0;
    while (at < input.size() || reading.messages.isEmpty()) {
        QByteArray piece = input.sliced(at, std::min(pieceSize, input.size() - at));
        piece.detach();
        char *from = piece.data();
        qsizetype left = piece.size();
        at += left;
        while (true) {
            const ParseStep step = parser.feed(from, left);
            if (step.bodySize > 0)
                reading.messages.last().body.append(step.body, step.bodySize);
            from += step.consumed;
            left -= step.consumed;
            if (step.state == ParseStep::State::Head) {
                note(reading, parser);
                continue;
            }
            if (step.state == ParseStep::State::Failed) {
                reading.error = parser.error();
                return reading;
            }
            if (step.state == ParseStep::State::Complete) {
                reading.messages.last().isComplete = true;
                if (!reading.messages.last().isKeepAlive || isFirstOnly) {
                    reading.left = left + input.size() - at;
                    return reading;
                }
                parser.reset();
                if (left > 0)
                    continue;
            }
            break;
        }
        if (at >= input.size())
            break;
    }
    const Parser::Finish finish = parser.finish();
    reading.isUnframed = finish == Parser::Finish::Whole && !reading.messages.isEmpty()
        && !reading.messages.last().isComplete;
    reading.isIncomplete = finish == Parser::Finish::Cut || reading.isUnframed;
    return reading;
}

inline Reading readAny(const QByteArray &kind, const QByteArray &input, qsizetype pieceSize,
                       bool isFirstOnly = false)
{
    if (kind == "request") {
        RequestParser parser;
        return read(parser, input, pieceSize, isFirstOnly);
    }
    ParserLimits limits;
    limits.head = 64 * 1024;
    limits.fields = 200;
    ReplyParser parser(limits);
    return read(parser, input, pieceSize, isFirstOnly);
}

// One JSON object a line.
inline QList<QJsonObject> load(const QString &name)
{
    QFile file(qEnvironmentVariable("SIGNALBOX_CORPORA") + QStringLiteral("/http/") + name);
    QList<QJsonObject> rows;
    if (!file.open(QIODevice::ReadOnly))
        return rows;
    while (!file.atEnd()) {
        const QByteArray line = file.readLine().trimmed();
        if (!line.isEmpty())
            rows.append(QJsonDocument::fromJson(line).object());
    }
    return rows;
}

// Our rule wants a Host in every request. The old cases have none: give each head one, so that the
// rest of it is judged.
inline QByteArray withHosts(const QByteArray &input)
{
    QByteArray out;
    qsizetype at = 0;
    while (true) {
        qsizetype line = -1;
        for (const char *version : {" HTTP/1.1\r\n", " HTTP/1.0\r\n"}) {
            const qsizetype found = input.indexOf(version, at);
            if (found >= 0 && (line < 0 || found + 11 < line))
                line = found + 11;
        }
        if (line < 0)
            return out + input.sliced(at);
        const qsizetype end = input.indexOf("\r\n\r\n", line - 2);
        const QByteArray head = input.mid(line - 2, end < 0 ? -1 : end - line + 2).toLower();
        out += input.sliced(at, line - at);
        if (!head.contains("\r\nhost:"))
            out += "Host: a\r\n";
        at = line;
    }
}

} // namespace sb::http::reading
