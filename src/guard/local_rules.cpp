#include "guard/local_rules.h"

#include <charconv>

namespace sb::guard {

namespace {
bool isOurHost(const Knock &knock, const LocalRules &rules)
{
    char text[8] = ":";
    const char *end = std::to_chars(text + 1, text + sizeof text, knock.localPort).ptr;
    const QByteArrayView port(text, end - text);
    const QByteArrayView host = knock.host;
    for (const QByteArrayView name :
         {QByteArrayView("127.0.0.1"), QByteArrayView("localhost"), QByteArrayView("[::1]")}) {
        const bool isWithPort = host.size() == name.size() + port.size() && host.endsWith(port);
        if ((isWithPort || (knock.localPort == 80 && host.size() == name.size()))
            && host.first(name.size()).compare(name, Qt::CaseInsensitive) == 0)
            return true;
    }
    return !rules.hosts.isEmpty() && rules.hosts.contains(host.toByteArray().toLower());
}

bool isOurOrigin(const Knock &knock, const LocalRules &rules)
{
    if (!knock.origin.isNull())
        return rules.origins.contains(knock.origin.toByteArray());
    return knock.fetchSite.isNull() || knock.fetchSite == "none"
        || knock.fetchSite == "same-origin";
}

bool isType(QByteArrayView contentType, const char *wanted)
{
    const qsizetype semicolon = contentType.indexOf(';');
    const QByteArrayView type
        = (semicolon < 0 ? contentType : contentType.first(semicolon)).trimmed();
    return type.compare(wanted, Qt::CaseInsensitive) == 0;
}
} // namespace

Code judge(const Knock &knock, const LocalRules &rules)
{
    if (!isOurHost(knock, rules))
        return Code::BadHost;
    if (!isOurOrigin(knock, rules))
        return Code::BadOrigin;
    // "Simple" cross-site posts cannot carry JSON without asking first. A form they can, and no
    // body at all: where these are taken, the origin alone keeps a page out, which every browser
    // sends with a post.
    if (knock.method == "POST" && !isType(knock.contentType, "application/json")
        && !(knock.takesForm && isType(knock.contentType, "multipart/form-data"))
        && !(knock.isBodyless && knock.contentType.isEmpty()))
        return Code::MediaType;
    return Code::None;
}

} // namespace sb::guard
