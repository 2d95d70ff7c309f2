#include "words/names.h"

#include "words/plain.h"

namespace sb::words {

QString Names::of(const ProviderId &id) const
{
    const QString label = providers.value(id);
    return visible(label.isEmpty() ? id.text() : label);
}

QString Names::of(const ClientId &id) const
{
    const QString label = clients.value(id);
    return visible(label.isEmpty() ? id.text() : label);
}

QString Names::of(const TargetRef &target) const
{
    if (target.model.isEmpty())
        return of(target.provider);
    return of(target.provider) + QStringLiteral(" / ") + visible(target.model);
}

Names namesIn(const Frame &frame)
{
    Names names;
    for (const ProviderView &view : frame.providers)
        names.providers.insert(view.id, view.label);
    for (const ClientView &view : frame.clients)
        names.clients.insert(view.id, view.label);
    return names;
}

} // namespace sb::words
