// The log: one JSON object per line, to a rotated file and stderr; secrets and control characters
// never pass.
//
// start() takes over Qt's message handler, so everything said with qCInfo and its kin comes here,
// from any thread; one mutex guards the file and the list of secrets. (The handler is the
// process's, so this state is too.) What is logged is words for the person who runs the gateway:
// bodies, headers and keys are never given to it; protect() is the net below that rule.
// {"t":"2026-11-22T17:13:02.123Z","level":"info","cat":"engine","msg":"…"}
#pragma once

#include "base/result.h"
#include "base/secret.h"

#include <QLoggingCategory>
#include <QString>

namespace sb {

// Debug messages are off unless QT_LOGGING_RULES turns them on ("signalbox.*.debug=true").
Q_DECLARE_LOGGING_CATEGORY(lcEngine)
Q_DECLARE_LOGGING_CATEGORY(lcHttp)
Q_DECLARE_LOGGING_CATEGORY(lcStore)
Q_DECLARE_LOGGING_CATEGORY(lcConfig)
Q_DECLARE_LOGGING_CATEGORY(lcSecret)
Q_DECLARE_LOGGING_CATEGORY(lcUi)

namespace log {

struct Options {
    QString folder; // signalbox.log, signalbox.1.log … here; empty: no file
    bool isToStderr = true; // plain text on a terminal, JSON lines elsewhere
    qint64 fileBytes = 10 * 1024 * 1024; // of one file
    int files = 5; // kept, the current one included
};

constexpr qsizetype kMostBytes = 4'096; // of one message, escapes included
constexpr qsizetype kLeastSecret = 6; // shorter ones would blank out ordinary words

// Makes folder and file private. When the file cannot be had, stderr still works and the reason is
// returned. Starting again replaces the options.
Result<void> start(const Options &options);
// Closes the file and gives Qt its own handler back. Secrets stay known.
void stop();

// From now on this value and its percent, base64 and JSON spellings are "[secret]" in every line.
void protect(const Secret &secret);
// The text as it may be written.
QByteArray redacted(QByteArrayView text);

// One line without its line feed, for the file.
QByteArray jsonLine(QtMsgType type, QByteArrayView category, const QString &message, qint64 wallMs);
// The same for people.
QByteArray plainLine(QtMsgType type, QByteArrayView category, const QString &message,
                     qint64 wallMs);

} // namespace log
} // namespace sb
