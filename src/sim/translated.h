// The shapes whose bytes the gateway's own translators read and write: Responses, Gemini, Ollama.
// Pure. [translation §15, 16]
#pragma once

#include "dialect/dialect.h"
#include "sim/answer.h"

namespace sb::sim {

DialectId dialectOf(Shape shape);

// Empty when the body does not ask for an answer; `why` says so.
std::optional<Ask> readTranslatedAsk(const Route &route, const http::RequestHead &head,
                                     QByteArrayView body, QByteArray &why);

QByteArray translatedBody(const Ask &ask, const Answer &answer);
QList<Event> translatedEvents(const Ask &ask, const Answer &answer);
QByteArrayView translatedStreamType(const Ask &ask);
QByteArray translatedError(Shape shape, int status, QByteArrayView message);
Event translatedErrorEvent(Shape shape, int status, QByteArrayView message);

} // namespace sb::sim
