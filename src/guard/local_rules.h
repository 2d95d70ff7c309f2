// Who may talk to a port on this machine at all: Host, Origin and media type, before any key is
// looked at. A web page in the user's browser must reach nothing. [robustness §7, rules 2–4]
#pragma once

#include "record/code.h"

#include <QByteArray>
#include <QByteArrayView>
#include <QList>

namespace sb::guard {

// What the rules look at, as it stood in the one parsed head. Null views: the field is absent.
struct Knock {
    QByteArrayView method;
    QByteArrayView host; // exactly one, checked by the parser
    QByteArrayView origin;
    QByteArrayView fetchSite; // Sec-Fetch-Site
    QByteArrayView contentType;
    quint16 localPort = 0;
    bool takesForm = false; // the path's body may be multipart/form-data
    bool isBodyless = false; // there is no body, and the path needs none
};

struct LocalRules {
    QList<QByteArray> hosts; // further names, lower case, with their port where they have one
    QList<QByteArray> origins; // exact
};

// Code::None: come in. Else bad_host, bad_origin or media_type.
Code judge(const Knock &knock, const LocalRules &rules);

} // namespace sb::guard
