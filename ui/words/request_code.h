// A recorded request as code a person can run: cURL, two Python SDKs, JavaScript, raw HTTP.
//
// Pure text. The key is always the variable SIGNALBOX_KEY, never a value. The body is the client's
// own where it is still in memory and its API fits the format; else a small one with the model and
// a place for the messages, and a comment says so. [console §3.2]
#pragma once

#include "record/exchange.h"

#include <QList>
#include <QString>

#include <optional>

namespace sb::words {

enum class CodeFormat : quint8 { Curl, PythonOpenAi, PythonAnthropic, JavaScript, RawHttp };
constexpr int kCodeFormats = int(CodeFormat::RawHttp) + 1;

struct CodeAsk {
    QString base; // "http://127.0.0.1:7317"
    QByteArray body; // as the client sent it; empty: not in memory
    // What it called, where that is recorded: "/v1/messages?beta=true"; a key in it is left out.
    QByteArray target;
};

QString codeFormat(CodeFormat format); // "Python (OpenAI)"
QString requestCode(CodeFormat format, const Exchange &exchange, const CodeAsk &ask);
// Whether requestCode() can use a body of this exchange.
bool usesBody(CodeFormat format, const Exchange &exchange);

} // namespace sb::words
