// The response object that start and end of a stream, and a whole reply, consist of. Strict clients
// expect every member to be there. [dialects §3.4]
#pragma once

#include "record/usage.h"

#include <QByteArray>

#include <vector>

namespace sb::translate::openai_responses {

class ResponseObject {
public:
    struct State {
        const char *status = "in_progress";
        const char *incompleteReason = nullptr;
        QByteArray errorRaw; // an object; empty = null
        QByteArray usageRaw; // an object; empty = null
    };

    // `echoRaw`: members of the request that are repeated; the rest is what they default to.
    void begin(QByteArray id, QByteArray model, qint64 createdSeconds, const QByteArray &echoRaw);
    const QByteArray &id() const { return m_id; }
    // `output`: the items as raw JSON, in order.
    void append(QByteArray &out, const State &state, const std::vector<QByteArray> &output) const;

private:
    QByteArray m_id;
    QByteArray m_model;
    QByteArray m_echo; // ,"name":value…
    qint64 m_created = 0;
};

// Raw JSON may be written over several lines; in an event it has to stand on one. Line ends in it
// are white space: inside a string they would be escaped.
QByteArray oneLine(QByteArray json);

QByteArray usageRaw(const Usage &usage, const QByteArray &cost);

} // namespace sb::translate::openai_responses
