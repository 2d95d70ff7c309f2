#include "models/history_links.h"

#include <QDateTime>

namespace sb::models {

namespace {

// One term; quoted where the language would read the value otherwise.
QString term(const QString &name, QString value)
{
    const bool isPlain = !value.isEmpty() && std::all_of(value.cbegin(), value.cend(), [](QChar c) {
        return c.isLetterOrNumber() || QStringView(u"._-/@+").contains(c);
    });
    if (isPlain)
        return name + u':' + value;
    value.remove(u'"'); // a quoted value cannot hold one
    return name + QStringLiteral(":\"") + value + u'"';
}

void appendTimes(QStringList &terms, qint64 from, qint64 to)
{
    terms += QStringLiteral("after:") + wallText(from);
    terms += QStringLiteral("before:") + wallText(to);
}

} // namespace

QString wallText(qint64 wallMs)
{
    const QDateTime at = QDateTime::fromMSecsSinceEpoch(wallMs, Qt::UTC);
    return at.toString(at.time().msec() == 0 ? Qt::ISODate : Qt::ISODateWithMs);
}

QString healthLink(const ProviderId &provider, const QString &model, qint64 from, qint64 to)
{
    QStringList terms;
    if (!provider.isEmpty())
        terms += term(QStringLiteral("provider"), provider.text());
    if (!model.isEmpty())
        terms += term(QStringLiteral("model"), model);
    appendTimes(terms, from, to);
    return terms.join(u' ');
}

QString spendLink(engine::SpendGroup group, const QString &key, qint64 from, qint64 to)
{
    using engine::SpendGroup;
    QStringList terms;
    if (!key.isEmpty() && key != kRest) {
        switch (group) {
        case SpendGroup::Model:
            terms += term(QStringLiteral("model"), key);
            break;
        case SpendGroup::Client:
            terms += term(QStringLiteral("client"), key);
            break;
        case SpendGroup::Key: // "provider/key"; requests know the provider
            terms += term(QStringLiteral("provider"), key.section(u'/', 0, 0));
            break;
        case SpendGroup::Provider:
            terms += term(QStringLiteral("provider"), key);
            break;
        case SpendGroup::Chain:
            terms += term(QStringLiteral("chain"), key);
            break;
        case SpendGroup::Program:
            terms += term(QStringLiteral("program"), key);
            break;
        case SpendGroup::Folder:
            terms += term(QStringLiteral("folder"), key);
            break;
        }
    }
    appendTimes(terms, from, to);
    return terms.join(u' ');
}

} // namespace sb::models
