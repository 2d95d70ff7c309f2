// The configuration file. An input that begins with "edit PATH\nVALUE\n" is an edit of the text
// behind it: what comes out can be read, has the value at its place, and nothing else moved.
// Anything else is validated: a snapshot that is given out keeps what the engine relies on.
#include "config/config_file.h"
#include "json/reader.h"

#include <stdlib.h>

using namespace sb;
using namespace sb::config;

namespace {

void wantSound(const Checked &checked)
{
    bool hasError = false;
    for (const Problem &problem : checked.problems) {
        hasError |= problem.severity == Problem::Severity::Error;
        if (!problem.path.startsWith(u'$') || problem.message.isEmpty())
            abort();
    }
    if (hasError == bool(checked.snapshot))
        abort();
    if (!checked.snapshot)
        return;
    const ConfigSnapshot &made = *checked.snapshot;
    for (const ChainSettings &chain : made.chains) {
        if (chain.id.isEmpty() || made.chain(chain.id) != &chain)
            abort(); // ids are unique
        for (const ChainTarget &target : chain.targets) {
            const ProviderSettings *provider = made.provider(target.provider);
            if (!provider || target.model.isEmpty())
                abort();
        }
    }
    for (const ProviderSettings &provider : made.providers) {
        if (provider.id.isEmpty() || made.provider(provider.id) != &provider)
            abort();
        for (const QByteArray &url : provider.baseUrls) {
            if (!url.startsWith("http://") && !url.startsWith("https://"))
                abort();
        }
    }
    for (const ClientSettings &client : made.clients) {
        if (client.id.isEmpty() || made.client(client.id) != &client
            || (!client.defaultChain.isEmpty() && !made.chain(client.defaultChain)))
            abort();
    }
    const RoutingSettings &routing = made.routing;
    if (routing.maxAttempts < 1 || routing.maxAttempts > 8 || routing.retriesPerTarget < 0
        || routing.retriesPerTarget > 3)
        abort();
}

void tryEdit(const QString &path, QByteArrayView valueText, QByteArrayView text)
{
    const Result<json::Value> value = json::read(valueText);
    if (!valueText.isEmpty() && !value)
        return;
    const auto wanted = valueText.isEmpty() ? std::optional<json::Value>() : std::optional(*value);
    const Result<QByteArray> edited = edit(text, path, wanted);
    if (!edited)
        return;
    const Result<json::Value> before = json::read(text);
    const Result<json::Value> after = json::read(*edited);
    if (!before)
        abort(); // what cannot be read is not edited
    if (!after) {
        // Only by nesting deeper, or counting further, than a file may.
        json::ReadLimits wide;
        wide.depth = 2000;
        wide.members = wide.values = std::numeric_limits<qsizetype>::max();
        if (!json::read(*edited, wide))
            abort();
        return;
    }
    // A plain name: its member is the value, the other members are as they were.
    const QByteArray key = path.toUtf8();
    if (!before->isObject() || key.isEmpty() || key.startsWith('$') || key.contains('.')
        || key.contains('['))
        return;
    if (wanted) {
        const json::Value *found = after->find(key);
        if (!found || !(*found == *wanted))
            abort();
    }
    json::Value left = *before;
    json::Value right = *after;
    left.remove(key);
    right.remove(key);
    if (!(left == right))
        abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const QByteArrayView input(reinterpret_cast<const char *>(data), qsizetype(size));
    if (!input.startsWith("edit ")) {
        static const std::shared_ptr<const Catalog> catalog = builtInCatalog();
        wantSound(validate(input, 1, catalog));
        return 0;
    }
    const qsizetype pathEnd = input.indexOf('\n');
    const qsizetype valueEnd = pathEnd < 0 ? -1 : input.indexOf('\n', pathEnd + 1);
    if (valueEnd > 0)
        tryEdit(QString::fromUtf8(input.sliced(5, pathEnd - 5)),
                input.sliced(pathEnd + 1, valueEnd - pathEnd - 1), input.sliced(valueEnd + 1));
    return 0;
}
