// Chain drafts from and to the text of config.json, and what differs between two of them.
#include "models/chain_draft.h"

#include "config/config_file.h"
#include "json/reader.h"

#include <QHash>
#include <QSet>

#include <algorithm>

namespace sb::models {

using json::Value;

namespace {

QString textOf(const Value &object, QByteArrayView key)
{
    const Value *found = object.find(key);
    return found && found->isString() ? found->toString() : QString();
}

QString quotedPath(const QString &map, const QString &name)
{
    QString escaped = name;
    escaped.replace(u'\\', QStringLiteral("\\\\")).replace(u'"', QStringLiteral("\\\""));
    return map + QStringLiteral("[\"") + escaped + QStringLiteral("\"]");
}

Value valueOf(const DraftTarget &target)
{
    Value value = target.source.isObject() ? target.source : Value::object();
    value.set("provider", Value::string(target.provider.text()));
    value.set("model", Value::string(target.model));
    if (target.key.isEmpty())
        value.remove("key");
    else
        value.set("key", Value::string(target.key.text()));
    return value;
}

Value valueOf(const QList<DraftTarget> &targets)
{
    QList<Value> items;
    for (const DraftTarget &target : targets)
        items.append(valueOf(target));
    return Value::array(items);
}

// Edits of one text, one after the other; the first that fails ends it.
class Edits {
public:
    explicit Edits(QByteArrayView text)
        : m_text(text.toByteArray())
    {
    }

    void set(const QString &path, const std::optional<Value> &value)
    {
        if (!m_text)
            return;
        m_text = config::edit(*m_text, path, value);
    }
    const Result<QByteArray> &text() const { return m_text; }

private:
    Result<QByteArray> m_text;
};

// Clients and budgets name chains too.
void followNames(Edits &edits, const Value &root, const QHash<QString, QString> &renamed,
                 const QSet<QString> &removed)
{
    const Value *clients = root.find("clients");
    for (qsizetype i = 0; clients && clients->isArray() && i < clients->items().size(); ++i) {
        const Value &client = clients->items()[i];
        const QString path = QStringLiteral("clients[%1]").arg(i);
        const QString chain = textOf(client, "default_chain");
        if (renamed.contains(chain))
            edits.set(path + u".default_chain", Value::string(renamed.value(chain)));
        else if (removed.contains(chain))
            edits.set(path + u".default_chain", std::nullopt);
        const Value *allowed = client.find("chains");
        for (qsizetype c = allowed && allowed->isArray() ? allowed->items().size() : 0; c-- > 0;) {
            const QString name = allowed->items()[c].toString();
            const QString at = path + QStringLiteral(".chains[%1]").arg(c);
            if (renamed.contains(name))
                edits.set(at, Value::string(renamed.value(name)));
            else if (removed.contains(name))
                edits.set(at, std::nullopt);
        }
    }
    const Value *budgets = root.find("budgets");
    for (qsizetype i = 0; budgets && budgets->isArray() && i < budgets->items().size(); ++i) {
        const QString scope = textOf(budgets->items()[i], "scope");
        const QString prefix = QStringLiteral("chain:");
        if (scope.startsWith(prefix) && renamed.contains(scope.sliced(prefix.size())))
            edits.set(QStringLiteral("budgets[%1].scope").arg(i),
                      Value::string(prefix + renamed.value(scope.sliced(prefix.size()))));
    }
}

void writeAliases(Edits &edits, const Value &root, const ChainDraft &base, const ChainDraft &draft)
{
    QHash<QString, QString> before;
    for (const DraftAlias &alias : base.aliases)
        before.insert(alias.name, alias.to);
    QSet<QString> names;
    for (const DraftAlias &alias : draft.aliases) {
        names.insert(alias.name);
        if (before.contains(alias.name) && before.value(alias.name) == alias.to)
            continue;
        if (!root.find("aliases") && names.size() == 1)
            edits.set(QStringLiteral("aliases"), Value::object());
        edits.set(quotedPath(QStringLiteral("aliases"), alias.name), Value::string(alias.to));
    }
    for (const DraftAlias &alias : base.aliases) {
        if (!names.contains(alias.name))
            edits.set(quotedPath(QStringLiteral("aliases"), alias.name), std::nullopt);
    }
}

// Places of the longest run that is still in order: everything else was moved.
QSet<int> inOrder(const QList<int> &places)
{
    QList<int> length(places.size(), 1);
    QList<int> before(places.size(), -1);
    int best = -1;
    for (int i = 0; i < places.size(); ++i) {
        for (int j = 0; j < i; ++j) {
            if (places[j] < places[i] && length[j] + 1 > length[i]) {
                length[i] = length[j] + 1;
                before[i] = j;
            }
        }
        if (best < 0 || length[i] > length[best])
            best = i;
    }
    QSet<int> kept;
    for (; best >= 0; best = before[best])
        kept.insert(best);
    return kept;
}

void targetChanges(const DraftChain &base, const DraftChain &draft, QList<DraftChange> &changes)
{
    using Kind = DraftChange::Kind;
    QList<int> placeOf(draft.targets.size(), -1); // draft row → base row
    QSet<int> taken;
    const auto match = [&](auto isPair) {
        for (int d = 0; d < draft.targets.size(); ++d) {
            for (int b = 0; placeOf[d] < 0 && b < base.targets.size(); ++b) {
                if (taken.contains(b) || !isPair(base.targets[b], draft.targets[d], b, d))
                    continue;
                placeOf[d] = b;
                taken.insert(b);
            }
        }
    };
    match([](const DraftTarget &a, const DraftTarget &b, int, int) { return a.isSame(b); });
    match([](const DraftTarget &a, const DraftTarget &b, int, int) {
        return a.provider == b.provider;
    });
    for (int b = 0; b < base.targets.size(); ++b) {
        if (!taken.contains(b))
            changes.append({.kind = Kind::TargetRemoved,
                            .chain = draft.id,
                            .was = {},
                            .before = base.targets[b],
                            .after = {},
                            .from = b + 1});
    }
    QList<int> matchedRows;
    QList<int> places;
    for (int d = 0; d < draft.targets.size(); ++d) {
        if (placeOf[d] < 0) {
            changes.append({.kind = Kind::TargetAdded,
                            .chain = draft.id,
                            .was = {},
                            .before = {},
                            .after = draft.targets[d],
                            .from = 0,
                            .to = d + 1});
            continue;
        }
        matchedRows.append(d);
        places.append(placeOf[d]);
    }
    const QSet<int> kept = inOrder(places);
    for (int i = 0; i < matchedRows.size(); ++i) {
        const int d = matchedRows[i];
        const DraftTarget &before = base.targets[places[i]];
        const DraftTarget &after = draft.targets[d];
        if (!before.isSame(after))
            changes.append(
                {Kind::TargetChanged, draft.id, {}, before, after, places[i] + 1, d + 1});
        if (!kept.contains(i))
            changes.append({Kind::TargetMoved, draft.id, {}, before, after, places[i] + 1, d + 1});
    }
}

QHash<QString, QString> aliasMap(const ChainDraft &draft)
{
    QHash<QString, QString> map;
    for (const DraftAlias &alias : draft.aliases)
        map.insert(alias.name, alias.to);
    return map;
}

bool isSameChain(const DraftChain &a, const DraftChain &b)
{
    return a.id == b.id && a.targets.size() == b.targets.size()
        && std::equal(a.targets.cbegin(), a.targets.cend(), b.targets.cbegin(),
                      [](const DraftTarget &x, const DraftTarget &y) { return x.isSame(y); });
}

} // namespace

const DraftChain *ChainDraft::chain(const ChainId &id) const
{
    const auto found = std::find_if(chains.cbegin(), chains.cend(),
                                    [&id](const DraftChain &chain) { return chain.id == id; });
    return found == chains.cend() ? nullptr : &*found;
}

Result<ChainDraft> readDraft(QByteArrayView configText)
{
    const Result<Value> root = json::read(configText);
    if (!root)
        return unexpected(root.error());
    ChainDraft draft;
    if (const Value *chains = root->find("chains"); chains && chains->isArray()) {
        for (const Value &source : chains->items()) {
            DraftChain chain;
            chain.id = ChainId(textOf(source, "id"));
            chain.origin = int(draft.chains.size());
            if (const Value *targets = source.find("targets"); targets && targets->isArray()) {
                for (const Value &target : targets->items())
                    chain.targets.append({ProviderId(textOf(target, "provider")),
                                          textOf(target, "model"), KeyId(textOf(target, "key")),
                                          target});
            }
            draft.chains.append(chain);
        }
    }
    if (const Value *aliases = root->find("aliases"); aliases && aliases->isObject()) {
        for (const json::Member &member : aliases->members()) {
            if (member.key != "//" && member.value.isString())
                draft.aliases.append({QString::fromUtf8(member.key), member.value.toString()});
        }
    }
    return draft;
}

Result<QByteArray> writeDraft(QByteArrayView configText, const ChainDraft &base,
                              const ChainDraft &draft)
{
    const Result<Value> root = json::read(configText);
    if (!root)
        return unexpected(root.error());
    Edits edits(configText);
    QHash<QString, QString> renamed;
    QSet<int> kept;
    QSet<QString> names;
    for (const DraftChain &chain : draft.chains) {
        names.insert(chain.id.text());
        if (chain.origin < 0 || chain.origin >= base.chains.size())
            continue;
        kept.insert(chain.origin);
        const DraftChain &before = base.chains[chain.origin];
        const QString path = QStringLiteral("chains[%1]").arg(chain.origin);
        if (before.id != chain.id) {
            renamed.insert(before.id.text(), chain.id.text());
            edits.set(path + u".id", Value::string(chain.id.text()));
        }
        if (before.targets != chain.targets)
            edits.set(path + u".targets", valueOf(chain.targets));
    }
    QSet<QString> removed;
    for (int i = int(base.chains.size()); i-- > 0;) {
        if (kept.contains(i))
            continue;
        edits.set(QStringLiteral("chains[%1]").arg(i), std::nullopt);
        const QString name = base.chains[i].id.text();
        if (!names.contains(name))
            removed.insert(name);
    }
    for (const DraftChain &chain : draft.chains) {
        if (chain.origin >= 0 && chain.origin < base.chains.size())
            continue;
        Value value = Value::object();
        value.set("id", Value::string(chain.id.text()));
        value.set("strategy", Value::string(QByteArrayView("ordered")));
        value.set("targets", valueOf(chain.targets));
        edits.set(QStringLiteral("chains[+]"), value);
    }
    writeAliases(edits, *root, base, draft);
    followNames(edits, *root, renamed, removed);
    return edits.text();
}

QList<DraftChange> changesBetween(const ChainDraft &base, const ChainDraft &draft)
{
    using Kind = DraftChange::Kind;
    QList<DraftChange> changes;
    QSet<int> kept;
    for (const DraftChain &chain : draft.chains) {
        if (chain.origin < 0 || chain.origin >= base.chains.size()) {
            changes.append({.kind = Kind::ChainAdded, .chain = chain.id});
            targetChanges({}, chain, changes);
            continue;
        }
        kept.insert(chain.origin);
        const DraftChain &before = base.chains[chain.origin];
        if (before.id != chain.id)
            changes.append({.kind = Kind::ChainRenamed, .chain = chain.id, .was = before.id});
        targetChanges(before, chain, changes);
    }
    for (int i = 0; i < base.chains.size(); ++i) {
        if (!kept.contains(i))
            changes.append({.kind = Kind::ChainRemoved, .chain = base.chains[i].id});
    }
    const QHash<QString, QString> before = aliasMap(base);
    const QHash<QString, QString> after = aliasMap(draft);
    const auto aliasChange
        = [&changes](Kind kind, const QString &name, const QString &to, const QString &was) {
              DraftChange change;
              change.kind = kind;
              change.alias = name;
              change.aliasTo = to;
              change.aliasWas = was;
              changes.append(change);
          };
    for (const DraftAlias &alias : draft.aliases) {
        if (!before.contains(alias.name))
            aliasChange(Kind::AliasAdded, alias.name, alias.to, {});
        else if (before.value(alias.name) != alias.to)
            aliasChange(Kind::AliasChanged, alias.name, alias.to, before.value(alias.name));
    }
    for (const DraftAlias &alias : base.aliases) {
        if (!after.contains(alias.name))
            aliasChange(Kind::AliasRemoved, alias.name, {}, alias.to);
    }
    return changes;
}

ChainDraft aligned(const ChainDraft &draft, const ChainDraft &base)
{
    ChainDraft out;
    out.aliases = draft.aliases;
    for (int i = 0; i < base.chains.size(); ++i) {
        if (const DraftChain *same = draft.chain(base.chains[i].id)) {
            DraftChain chain = *same;
            chain.origin = i;
            out.chains.append(chain);
        }
    }
    for (const DraftChain &chain : draft.chains) {
        if (!base.chain(chain.id)) {
            DraftChain fresh = chain;
            fresh.origin = -1;
            out.chains.append(fresh);
        }
    }
    return out;
}

Redone redoOn(const ChainDraft &base, const ChainDraft &draft, const ChainDraft &newer)
{
    Redone out;
    out.draft = newer;
    const auto placeIn = [&out](const ChainId &id) {
        const auto found = std::find_if(out.draft.chains.begin(), out.draft.chains.end(),
                                        [&id](const DraftChain &chain) { return chain.id == id; });
        return found - out.draft.chains.begin();
    };
    for (int i = 0; i < base.chains.size(); ++i) {
        const DraftChain &before = base.chains[i];
        const DraftChain *theirs = newer.chain(before.id);
        const bool isTheirsChanged = !theirs || !isSameChain(before, *theirs);
        const auto ours = std::find_if(draft.chains.cbegin(), draft.chains.cend(),
                                       [i](const DraftChain &chain) { return chain.origin == i; });
        if (ours == draft.chains.cend()) { // removed here
            if (theirs) {
                out.draft.chains.removeAt(placeIn(before.id));
                if (isTheirsChanged)
                    out.conflicts.append(before.id);
            }
            continue;
        }
        if (isSameChain(before, *ours))
            continue;
        if (isTheirsChanged && (!theirs || !isSameChain(*theirs, *ours)))
            out.conflicts.append(ours->id);
        DraftChain again = *ours;
        if (theirs) {
            again.origin = theirs->origin;
            out.draft.chains[placeIn(before.id)] = again;
        } else {
            again.origin = -1;
            out.draft.chains.append(again);
        }
    }
    for (const DraftChain &chain : draft.chains) {
        if (chain.origin >= 0)
            continue;
        const qsizetype place = placeIn(chain.id);
        if (place < out.draft.chains.size()) { // both made one of that name
            if (!isSameChain(out.draft.chains[place], chain))
                out.conflicts.append(chain.id);
            out.draft.chains[place].targets = chain.targets;
        } else {
            out.draft.chains.append(chain);
        }
    }
    const QHash<QString, QString> before = aliasMap(base);
    const QHash<QString, QString> ours = aliasMap(draft);
    for (const DraftAlias &alias : draft.aliases) {
        if (before.contains(alias.name) && before.value(alias.name) == alias.to)
            continue;
        const auto same
            = std::find_if(out.draft.aliases.begin(), out.draft.aliases.end(),
                           [&alias](const DraftAlias &other) { return other.name == alias.name; });
        if (same != out.draft.aliases.end())
            same->to = alias.to;
        else
            out.draft.aliases.append(alias);
    }
    out.draft.aliases.removeIf([&before, &ours](const DraftAlias &alias) {
        return before.contains(alias.name) && !ours.contains(alias.name);
    });
    return out;
}

} // namespace sb::models
