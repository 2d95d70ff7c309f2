// A multipart/form-data body as spans: where each part's value stands. Pure; one pass, nothing is
// copied but names. Strict where readers differ from each other: what stands before the first
// delimiter or behind the last, folded fields, two dispositions, and names with escapes are
// refused, so that the provider cannot read another model than we did. [RFC 7578; RFC 2046 §5.1]
#pragma once

#include "dialect/dialect.h"

namespace sb::dialect {

bool isFormType(QByteArrayView contentType);
// Empty where the type is no form, or names no boundary that is allowed.
QByteArray formBoundary(QByteArrayView contentType);

struct FormPart {
    QByteArray name;
    bool isFile = false; // it has a file's name
    Span value;
};
// Errors: bad_request, with a sentence for the client.
Result<QList<FormPart>> readFormParts(QByteArrayView body, QByteArrayView boundary);

// What readRequest() is for JSON: the model, and whether a stream is asked for.
Result<RequestFacts> readForm(Endpoint endpoint, QByteArrayView contentType,
                              const QByteArray &body);
// The form with its model replaced, or put in front where it names none. Parts share `body`.
QList<QByteArray> renderForm(const RequestFacts &facts, const QByteArray &body,
                             QByteArrayView model);

} // namespace sb::dialect
