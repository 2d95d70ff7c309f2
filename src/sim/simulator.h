// A simulated provider on a real socket: honest wire formats with pacing, and faults on demand.
//
// Product (the lab and "start with simulated providers" use it) and test instrument. Lives on one
// thread with an event loop; reads with http's strict parser and writes raw bytes, so that a fault
// can break any rule. Any key is taken. [contract §5; dialects §2, §4]
//
// What it answers depends on the request and the script alone:
//   plain text           `tokens` words of text, or with tokens 0: "ECHO: " and the last user text,
//                        then " IMAGE:type:bytes" for every image of that message
//   [[say TEXT]]         exactly TEXT          [[long N]]  N words: "word0 word1 …"
//   [[slow MS]]          MS between tokens
//   [[call NAME {…}]]    a call of that tool, if the request offers it; "&&" between several
//   tool_choice          that asks for a tool: a call with the smallest arguments the schema allows
//   a tool result last   "DONE: " and the result
// Images, speech (bytes), transcripts (the file's size), uploaded files and stored answers have a
// small answer too; their paths are OpenAI's.
// Tests steer it over its own port, from loopback, as application/json:
//   GET, POST /_sim/faults   the faults in force, as a list of fault objects
//   GET /_sim/seen           {"heads_read":n,"seen":[…]}
// A connection that has asked for /_sim stays open whatever fault is in force.
// A request from loopback with "x-sim-fault: {…}" meets that fault, whatever is in force.
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"

#include <QByteArray>
#include <QList>
#include <QString>

#include <memory>
#include <optional>

namespace sb::sim {

// One object of the fault language; same spelling everywhere. [contract §5]
// afterEvents counts the events of a stream, those before the content too; 0 = right behind the
// head. A reply that is no stream is cut behind its head (0) or in its middle. `delay` 0 means the
// fault's own default, for stall: for ever. refuse and black_hole act on the whole listener and
// take no share, times or match. tls_expired, tls_wrong_name and dns lie outside what a plain
// simulator can do honestly, and are refused.
struct Fault {
    QByteArray name; // one of faultNames()
    int afterEvents = 0;
    Millis delay{0}; // "ms"
    int status = 0;
    int retryAfterSeconds = -1;
    double share = 1;
    quint64 seed = 0;
    int times = 0; // 0 = no limit
    Seconds lasts{0}; // "for_s", 0 = until changed
    QString matchModel;
    QString matchClient;
    std::optional<bool> matchStream;
};

struct Step {
    Seconds at{0};
    QList<Fault> faults; // replaces those in force; empty = healthy again
};

struct Script {
    QString name;
    // Pacing of honest answers; both 0: a reply leaves in one write.
    Millis firstToken{350};
    Millis perToken{18};
    int tokens = 60; // of an answer, jittered by a third; 0 = echo
    QList<Step> steps;
};

const QList<QByteArray> &faultNames();
// Errors: bad_json, bad_fault, not_supported.
Result<Fault> parseFault(QByteArrayView json);
// One object, or a list of them.
Result<QList<Fault>> parseFaults(QByteArrayView json);
QByteArray faultText(const Fault &fault);
// A built-in name ("steady", "quick", "flaky", "limited", "down") or a file's text.
Result<Script> builtInScript(const QString &name);
// A list of steps, or {"name","first_token_ms","per_token_ms","tokens","steps":[…]}. A step is
// {"at_s":t} with "faults":[…] or the members of one fault; steps of the same time are one.
Result<Script> parseScript(QByteArrayView json);
// A built-in name, else a path to a script.
Result<Script> loadScript(const QString &nameOrPath);

// What the simulator saw, for tests and the lab: one entry per request head read whole.
struct Seen {
    quint64 number = 0;
    QByteArray method, path, model,
        client; // client: x-signalbox-client is never sent; the key's last 4
    bool isStream = false;
    bool isWhole = false; // the body came whole
    bool isAborted = false; // the caller hung up before the reply was whole
    QByteArray fault; // applied, empty = honest
};

class Simulator {
public:
    virtual ~Simulator() = default;
    // Starts listening on `host`:`port` (0 = any free one).
    static Result<std::unique_ptr<Simulator>> start(const Script &script, const QString &host,
                                                    quint16 port, Clock &clock, Random &random);
    virtual quint16 port() const = 0;
    // Replaces the faults in force until the script's next step.
    virtual void setFaults(const QList<Fault> &faults) = 0;
    virtual QList<Fault> faults() const = 0;
    virtual const QList<Seen> &seen() const = 0; // the newest 100,000
    virtual quint64 headsRead() const = 0; // request heads of POSTs read whole, since start
};

} // namespace sb::sim
