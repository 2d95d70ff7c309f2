// Honest answers in the wire form of each dialect: what a real provider would have sent, byte by
// byte. Pure; no pacing, no faults. Chat and Anthropic are written here, by hand, as a second pair
// of eyes on our own readers; the rest in translated.h. [dialects §2.3, §2.4, §4.5, §4.6, §4.8, §9]
#pragma once

#include "sim/ask.h"

#include <QByteArray>
#include <QList>

namespace sb {
class Random;
}

namespace sb::sim {

struct Script;

struct Answer {
    QByteArray id;
    QByteArray model;
    qint64 created = 0; // seconds
    QList<QByteArray> tokens; // joined they are the text
    QList<ToolCall> calls;
    qint64 promptTokens = 0;
    qint64 outputTokens = 0;
    bool isCutShort = false; // max_tokens reached
    bool hasEndReason = true;
};

Answer makeAnswer(const Ask &ask, const Script &script, Random &random, quint64 number,
                  qint64 createdSeconds);

struct Event {
    QByteArray bytes; // with the empty line
    bool isContent = false;
};

QByteArray replyBody(const Ask &ask, const Answer &answer);
QList<Event> replyEvents(const Ask &ask, const Answer &answer);
QByteArrayView streamType(const Ask &ask);
// What a provider sends to keep a quiet stream open.
QByteArray pingEvent(Shape shape);

QByteArray errorBody(Shape shape, int status, QByteArrayView message, QByteArrayView id);
Event errorEvent(Shape shape, int status, QByteArrayView message);

QByteArray modelListBody(Shape shape);
QByteArray modelBody(Shape shape, QByteArrayView model);
QByteArray tokenCountBody(Shape shape, qint64 tokens);
QByteArray versionBody();
// A vector of eight for each text, the same for the same text. Empty: the body asks for none.
QByteArray embeddingsBody(Shape shape, QByteArrayView path, QByteArrayView body);

} // namespace sb::sim
