// A simulated provider on a real socket: honest wire formats with pacing, and faults on demand.
//
// Product (the lab and "start with simulated providers" use it) and test instrument. Lives on one
// thread with an event loop; uses http::Server for honest replies and raw bytes for the faults.
// [contract §5]
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "config/settings.h"

#include <QByteArray>
#include <QList>
#include <QString>

#include <memory>

namespace sb::sim {

// One object of the fault language; same spelling everywhere. [contract §5]
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
    // Pacing of honest answers.
    Millis firstToken{350};
    Millis perToken{18};
    int tokens = 60; // of an answer, jittered by a third
    QList<Step> steps;
};

const QList<QByteArray> &faultNames();
Result<Fault> parseFault(QByteArrayView json);
QByteArray faultText(const Fault &fault);
// A built-in name ("steady", "quick", "flaky", "limited", "down") or a file's text.
Result<Script> builtInScript(const QString &name);
Result<Script> parseScript(QByteArrayView json);

// What the simulator saw, for tests and the lab: one entry per request head read whole.
struct Seen {
    quint64 number = 0;
    QByteArray method, path, model, client; // client: x-signalbox-client is never sent; the key's last 4
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
