// What a caller of the control socket says: lines of JSON, read into values. Pure; no socket, no
// engine.
#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "engine/engine.h"

#include <QByteArray>
#include <QString>

namespace sb::control {

enum class Command : quint8 {
    Status,
    Tail,
    Export,
    Explain,
    Reload,
    Edit,
    Remove,
    ClientKey,
    ProviderKey,
    ProviderConfirm,
    Verify,
    Simulate,
    RunBegin,
    RunReceipt,
    Flush,
    Stop,
};

// Only the fields of its command are filled in; what a caller leaves out is empty.
struct Request {
    Command command = Command::Status;
    bool isCsv = false; // Export
    QString session; // Export: only this one; RunReceipt
    QString path; // Edit, Remove
    QByteArray value; // Edit: JSON
    ClientId client; // ClientKey
    ProviderId provider; // ProviderKey, ProviderConfirm, Verify
    KeyId key; // ProviderKey
    Secret secret; // ProviderKey
    engine::ExplainAsk explain;
    engine::RunAsk run;
};

// Errors: "bad_json", "no_such_command", "bad_request".
Result<Request> readRequest(QByteArrayView line);

// {"ok":false,"code":…,"detail":…}
QByteArray refusalText(const Error &error);

// Cuts bytes that come in any pieces into lines.
class RequestLines {
public:
    static constexpr qsizetype kLongest = 4 * 1024 * 1024; // a whole configuration fits

    void feed(QByteArrayView bytes);
    // The next whole line without its end; nothing while it is not there yet, or too long.
    std::optional<QByteArray> next();
    // The line that would be next passes the limit: nothing more of this caller can be read.
    bool isTooLong() const { return m_isTooLong; }

private:
    QByteArray m_bytes;
    qsizetype m_from = 0; // of the next line
    qsizetype m_seen = 0; // no line end before here
    bool m_isTooLong = false;
};

} // namespace sb::control
