// Which process holds the other end of a loopback connection, from /proc. Linux only; elsewhere
// nothing is found.
//
// Blocking and slow by our measure (it may look at every process of the user), so it runs on a
// worker thread. At most three descriptors are open at any time. [proc(5)]
#pragma once

#include "record/exchange.h"

#include <QByteArray>
#include <QList>
#include <QString>

namespace sb::engine {

// One connection to us: the peer's port, and ours.
struct CallerAsk {
    quint64 connection = 0;
    quint16 peerPort = 0;
    quint16 ownPort = 0;
};

struct CallersFound {
    QList<std::pair<quint64, Caller>> callers; // by connection; missing: not known
    int processes = 0; // looked at
};

// `likely`: processes that called lately, looked at first; when they hold every connection asked
// for, no other is. `proc` is another folder only in tests.
CallersFound findCallers(const QList<CallerAsk> &asks, const QList<qint64> &likely,
                         const QString &proc = QStringLiteral("/proc"));

// What a process calls itself, of its command line (NUL-separated) and the file it runs: the
// script's or package's name where that is an interpreter, so "claude" and not "node". At most 64
// characters, nothing invisible.
QString programName(QByteArrayView commandLine, const QString &executable);

} // namespace sb::engine
