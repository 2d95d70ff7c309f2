#include "models/filter_completion.h"

#include "words/filter_words.h"

namespace sb::models {

namespace {

constexpr int kMostItems = 12;

void remember(QStringList &list, const QString &value)
{
    if (!value.isEmpty() && list.size() < FilterValues::kMost && !list.contains(value))
        list.append(value);
}

QStringList valuesOf(FilterField field, const FilterValues &values)
{
    switch (field) {
    case FilterField::Provider:
    case FilterField::ServedBy:
        return values.providers;
    case FilterField::Client:
        return values.clients;
    case FilterField::Chain:
        return values.chains;
    case FilterField::Model:
        return values.models;
    case FilterField::Program:
        return values.programs;
    case FilterField::Folder:
        return values.folders;
    case FilterField::Session:
        return values.sessions;
    case FilterField::Tag:
        return values.tags;
    case FilterField::Status:
        return {QStringLiteral("200"), QStringLiteral("429"), QStringLiteral("4xx"),
                QStringLiteral("5xx"), QStringLiteral(">=400")};
    case FilterField::Targets:
        return {QStringLiteral(">1")};
    case FilterField::Cost:
        return {QStringLiteral(">0.01"), QStringLiteral(">0.1"), QStringLiteral(">1")};
    case FilterField::FirstContent:
        return {QStringLiteral(">2s"), QStringLiteral(">5s"), QStringLiteral("<500ms")};
    case FilterField::Duration:
        return {QStringLiteral(">10s"), QStringLiteral(">1min"), QStringLiteral("<300ms")};
    case FilterField::TokensIn:
        return {QStringLiteral(">10k"), QStringLiteral(">100k")};
    case FilterField::TokensOut:
        return {QStringLiteral(">1k"), QStringLiteral(">10k")};
    case FilterField::After:
    case FilterField::Before:
        return {QStringLiteral("15min"), QStringLiteral("1h"), QStringLiteral("24h"),
                QStringLiteral("7d")};
    default:
        return filterWords(field);
    }
}

} // namespace

void FilterValues::take(const Frame &frame)
{
    for (const ProviderView &view : frame.providers)
        remember(providers, view.id.text());
    for (const ClientView &view : frame.clients) {
        remember(clients, view.id.text());
        remember(programs, view.program);
    }
    for (const ChainView &view : frame.chains) {
        remember(chains, view.id.text());
        for (const ChainTargetView &target : view.targets)
            remember(models, target.model);
    }
}

void FilterValues::take(const Exchange &exchange)
{
    remember(clients, exchange.client.text());
    remember(chains, exchange.decision.chain.text());
    remember(models, exchange.ask.model);
    remember(programs, exchange.caller.program);
    remember(folders, exchange.caller.folder);
    remember(sessions, exchange.ask.session);
    for (const QString &tag : exchange.ask.tags)
        remember(tags, tag);
    for (const Attempt &attempt : exchange.attempts) {
        remember(providers, attempt.target.provider.text());
        remember(models, attempt.target.model);
    }
}

FilterCompletion completeFilter(const QString &line, qsizetype cursor, const FilterValues &values)
{
    FilterCompletion completion;
    cursor = qBound(qsizetype(0), cursor, line.size());
    bool isQuoted = false;
    qsizetype from = 0;
    for (qsizetype i = 0; i < cursor; ++i) {
        if (line[i] == u'"')
            isQuoted = !isQuoted;
        else if (isQuoted && line[i] == u'\\')
            ++i;
        else if (!isQuoted && line[i].isSpace())
            from = i + 1;
    }
    if (from < cursor && line[from] == u'-')
        ++from;
    completion.from = from;
    completion.length = cursor - from;
    const QString word = line.mid(from, cursor - from);
    const qsizetype colon = word.indexOf(u':');
    if (colon < 0) {
        if (word.startsWith(u'"'))
            return completion;
        for (int i = int(FilterField::Status); i < kFilterFields; ++i) {
            const QString name = filterName(FilterField(i));
            if (name.startsWith(word, Qt::CaseInsensitive)
                && (word.isEmpty() || completion.items.size() < kMostItems))
                completion.items.append({name + u':', words::filterHelp(FilterField(i))});
        }
        return completion;
    }
    for (int i = 0; i < kFilterFields; ++i) {
        const auto field = FilterField(i);
        if (!isSameWord(filterName(field), QStringView(word).first(colon)))
            continue;
        QString typed = word.mid(colon + 1);
        typed.remove(u'"');
        const QStringList known = valuesOf(field, values);
        for (const QString &value : known) {
            if (completion.items.size() == kMostItems)
                break;
            if (!value.contains(typed, Qt::CaseInsensitive))
                continue;
            FilterTerm term;
            term.field = field;
            term.text = value;
            completion.items.append({filterText(term), {}});
        }
        if (completion.items.size() == 1 && completion.items[0].text == word)
            completion.items.clear(); // it stands there already
        break;
    }
    return completion;
}

ExchangeFilter withIds(ExchangeFilter filter, const words::Names &names)
{
    const auto resolve = [](FilterTerm &term, const auto &labels) {
        for (auto it = labels.begin(); it != labels.end(); ++it) {
            if (isSameWord(it.key().text(), term.text))
                return;
        }
        for (auto it = labels.begin(); it != labels.end(); ++it) {
            if (isSameWord(it.value(), term.text)) {
                term.text = it.key().text();
                return;
            }
        }
    };
    for (FilterTerm &term : filter.terms) {
        if (term.field == FilterField::Provider || term.field == FilterField::ServedBy)
            resolve(term, names.providers);
        else if (term.field == FilterField::Client)
            resolve(term, names.clients);
    }
    return filter;
}

QString withoutTerm(const QString &line, const FilterTerm &term)
{
    const QString rest
        = line.left(term.from).trimmed() + u' ' + line.mid(term.from + term.length).trimmed();
    return rest.trimmed();
}

QString withTerm(const QString &line, const QString &term)
{
    const QString longer = line.trimmed() + u' ' + term;
    return longer.trimmed();
}

} // namespace sb::models
