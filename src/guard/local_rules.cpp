#include "guard/local_rules.h"

namespace sb::guard {

namespace {
bool isOurHost(const Knock &knock, const LocalRules &rules)
{
    const QByteArray host = knock.host.toByteArray().toLower();
    for (const char *name : {"127.0.0.1", "localhost", "[::1]"}) {
        const QByteArray ours = QByteArray(name) + ':' + QByteArray::number(knock.localPort);
        if (host == ours || (knock.localPort == 80 && host == name))
            return true;
    }
    return rules.hosts.contains(host);
}

bool isOurOrigin(const Knock &knock, const LocalRules &rules)
{
    if (!knock.origin.isNull())
        return rules.origins.contains(knock.origin.toByteArray());
    return knock.fetchSite.isNull() || knock.fetchSite == "none"
        || knock.fetchSite == "same-origin";
}

bool isJson(QByteArrayView contentType)
{
    const qsizetype semicolon = contentType.indexOf(';');
    const QByteArrayView type
        = (semicolon < 0 ? contentType : contentType.first(semicolon)).trimmed();
    return type.compare("application/json", Qt::CaseInsensitive) == 0;
}
} // namespace

Code judge(const Knock &knock, const LocalRules &rules)
{
    if (!isOurHost(knock, rules))
        return Code::BadHost;
    if (!isOurOrigin(knock, rules))
        return Code::BadOrigin;
    // "Simple" cross-site posts cannot carry this type without asking first.
    if (knock.method == "POST" && !isJson(knock.contentType))
        return Code::MediaType;
    return Code::None;
}

} // namespace sb::guard
