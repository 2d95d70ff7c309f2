// What reading a request has in common over the dialects.
#pragma once

#include "dialect/dialect.h"
#include "json/scan.h"

namespace sb::dialect {

class RequestScan {
public:
    // Scans the body into scratch() and checks that an object is on top.
    Result<void> open(const QByteArray &body);
    json::Node root() const { return m_root; }

    // Notes a member that is read; the second of its name is an error.
    void note(int field, QByteArrayView name);
    void noteRouting(QByteArrayView name, QList<QByteArray> &fields);
    void fail(const char *code, const QString &detail);
    void wrongType(QByteArrayView name, const char *expected);
    bool hasFailed() const { return m_hasFailed; }
    Error error() const { return m_error; }

    // Typed members; null counts as absent.
    void readBool(QByteArrayView name, json::Node value, bool &out);
    void readInt(QByteArrayView name, json::Node value, qint64 &out);
    void readString(QByteArrayView name, json::Node value, QString &out);
    // A list of model names, or of objects with "model" where `takesObjects`.
    void readModels(QByteArrayView name, json::Node value, bool takesObjects,
                    QList<QString> &models);

private:
    void failTwice(QByteArrayView name);

    json::Node m_root;
    quint64 m_seen = 0;
    bool m_hasFailed = false;
    Error m_error;
};

inline Span toSpan(json::Span span)
{
    return {span.from, span.length};
}

// Characters of every string inside `value` that a model would read; keys and media data are left
// out.
qint64 promptChars(json::Node value);

// Members that ask for routing or for another place to call, by name. [contract §3, gateways §2.12]
bool isRoutingField(QByteArrayView name);

} // namespace sb::dialect
