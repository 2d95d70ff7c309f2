// What goes out for one request, when: raw bytes with waits between them, and how it ends. Made by
// a pure function from request, fault and script, so faults can be looked at without a socket.
#pragma once

#include "base/clock.h"
#include "sim/answer.h"
#include "sim/shelf.h"
#include "sim/simulator.h"

#include <optional>
#include <vector>

namespace sb::sim {

struct Part {
    Nanos wait{0}; // before the bytes
    QByteArray bytes;
};

struct Plan {
    enum class End : quint8 {
        Whole, // the reply is complete
        Fin, // the connection is closed properly, whatever was promised
        Reset,
        Silence, // nothing more until the caller leaves, but `pulse`
    };
    std::vector<Part> parts;
    End end = End::Whole;
    bool closes = false; // Whole: close behind it
    QByteArray pulse; // Silence: sent again and again
    Nanos pulseEvery{0};
    QByteArray fault; // applied; empty = honest
    QByteArray answerId; // Responses: what the answer can be asked for by, and what it is then
    QByteArray answer;
};

struct PlanContext {
    const Script &script;
    Random &random;
    quint64 number = 0;
    qint64 wallMs = 0;
    bool isKeepAlive = true;
    bool canChunk = true; // HTTP/1.1
};

Plan planAnswer(const Ask &ask, const std::optional<Fault> &fault, PlanContext &context);
// A reply that is no conversation, under the faults that are not about words.
Plan planPassed(const Passed &reply, const std::optional<Fault> &fault, PlanContext &context);
// A complete JSON reply without pacing: errors, lists, the simulator's own pages.
Plan planReply(int status, const QByteArray &body, const PlanContext &context,
               QByteArrayView fields = {}, QByteArrayView contentType = "application/json");

} // namespace sb::sim
