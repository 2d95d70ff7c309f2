#include "models/chain_draft.h"

#include "json/reader.h"
#include "json/writer.h"

#include <QUndoCommand>

#include <algorithm>

namespace sb::models {

namespace {

DraftChain *chainIn(ChainDraft &draft, const ChainId &id)
{
    const auto found = std::find_if(draft.chains.begin(), draft.chains.end(),
                                    [&id](const DraftChain &chain) { return chain.id == id; });
    return found == draft.chains.end() ? nullptr : &*found;
}

} // namespace

// Holds both sides: values share their lists, so a step costs what it changed.
class ChainDrafts::Step final : public QUndoCommand {
public:
    Step(ChainDrafts &drafts, const QString &text, ChainDraft before, ChainDraft after)
        : QUndoCommand(text)
        , m_drafts(drafts)
        , m_before(std::move(before))
        , m_after(std::move(after))
    {
    }
    void undo() override { m_drafts.take(m_before); }
    void redo() override { m_drafts.take(m_after); }

private:
    ChainDrafts &m_drafts;
    ChainDraft m_before;
    ChainDraft m_after;
};

ChainDrafts::ChainDrafts(QObject *parent)
    : QObject(parent)
{
}

void ChainDrafts::take(const ChainDraft &draft)
{
    m_draft = draft;
    m_changes = changesBetween(m_base, m_draft);
    emit changed();
}

void ChainDrafts::takeBase(const QByteArray &text, quint32 revision, const ChainDraft &base)
{
    m_hasBase = true;
    m_newer.reset();
    m_baseText = text;
    m_revision = revision;
    m_base = base;
}

void ChainDrafts::setBase(const QByteArray &text, quint32 revision)
{
    const Result<ChainDraft> read = readDraft(text);
    if (!read)
        return; // what runs was read by the engine, so this text is a file in the middle of an edit
    if (m_hasBase && changesBetween(m_base, aligned(*read, m_base)).isEmpty()
        && read->chains.size() == m_base.chains.size()) {
        // Something else changed: the draft and its steps stay as they are.
        const bool isSame = *read == m_base;
        const ChainDraft before = m_base;
        takeBase(text, revision, isSame ? before : *read);
        if (!isSame) {
            m_stack.clear();
            m_draft = redoOn(before, m_draft, m_base).draft;
        }
        return take(m_draft);
    }
    const bool isApplied
        = m_hasBase && hasChanges() && changesBetween(*read, aligned(m_draft, *read)).isEmpty();
    if (!hasChanges() || isApplied) {
        takeBase(text, revision, *read);
        m_stack.clear();
        return take(m_base);
    }
    m_newer = Newer{text, revision, *read};
    emit changed();
}

QList<ChainId> ChainDrafts::redoOnNewer()
{
    if (!m_newer)
        return {};
    const Newer newer = *m_newer;
    const Redone redone = redoOn(m_base, m_draft, newer.base);
    takeBase(newer.text, newer.revision, newer.base);
    m_stack.clear();
    take(redone.draft);
    return redone.conflicts;
}

Result<QByteArray> ChainDrafts::text() const
{
    return writeDraft(m_baseText, m_base, m_draft);
}

bool ChainDrafts::edit(const QString &text, const std::function<bool(ChainDraft &)> &change)
{
    ChainDraft next = m_draft;
    if (!m_hasBase || !change(next) || next == m_draft)
        return false;
    m_stack.push(new Step(*this, text, m_draft, next));
    return true;
}

bool ChainDrafts::addChain(const ChainId &id, const QList<DraftTarget> &targets)
{
    return edit(tr("Add chain %1").arg(id.text()), [&](ChainDraft &draft) {
        if (id.isEmpty() || draft.chain(id))
            return false;
        draft.chains.append({id, -1, targets});
        return true;
    });
}

bool ChainDrafts::duplicateChain(const ChainId &id, const ChainId &copy)
{
    return edit(tr("Duplicate chain %1").arg(id.text()), [&](ChainDraft &draft) {
        const DraftChain *chain = draft.chain(id);
        if (!chain || copy.isEmpty() || draft.chain(copy))
            return false;
        draft.chains.append(DraftChain{copy, -1, chain->targets});
        return true;
    });
}

bool ChainDrafts::removeChain(const ChainId &id)
{
    return edit(tr("Delete chain %1").arg(id.text()), [&](ChainDraft &draft) {
        draft.aliases.removeIf([&id](const DraftAlias &alias) { return alias.to == id.text(); });
        return draft.chains.removeIf([&id](const DraftChain &chain) { return chain.id == id; }) > 0;
    });
}

bool ChainDrafts::renameChain(const ChainId &id, const ChainId &to)
{
    return edit(tr("Rename chain %1").arg(id.text()), [&](ChainDraft &draft) {
        DraftChain *chain = chainIn(draft, id);
        if (!chain || to.isEmpty() || draft.chain(to))
            return false;
        chain->id = to;
        for (DraftAlias &alias : draft.aliases) {
            if (alias.to == id.text())
                alias.to = to.text();
        }
        return true;
    });
}

bool ChainDrafts::addTarget(const ChainId &id, const ProviderId &provider, const QString &model,
                            int at)
{
    return edit(tr("Add target %1/%2").arg(provider.text(), model), [&](ChainDraft &draft) {
        DraftChain *chain = chainIn(draft, id);
        if (!chain || provider.isEmpty() || model.isEmpty())
            return false;
        const qsizetype row = at < 0 ? chain->targets.size() : at;
        if (row > chain->targets.size())
            return false;
        chain->targets.insert(row, DraftTarget{provider, model, {}, {}});
        return true;
    });
}

bool ChainDrafts::setTarget(const ChainId &id, int row, const ProviderId &provider,
                            const QString &model, const KeyId &key)
{
    return edit(tr("Change target %1").arg(row + 1), [&](ChainDraft &draft) {
        DraftChain *chain = chainIn(draft, id);
        if (!chain || row < 0 || row >= chain->targets.size() || provider.isEmpty())
            return false;
        DraftTarget &target = chain->targets[row];
        target.provider = provider;
        target.model = model;
        target.key = key;
        return true;
    });
}

bool ChainDrafts::moveTarget(const ChainId &id, int from, int to)
{
    return edit(tr("Move target %1 to place %2").arg(from + 1).arg(to + 1), [&](ChainDraft &draft) {
        DraftChain *chain = chainIn(draft, id);
        if (!chain || from == to || from < 0 || to < 0 || from >= chain->targets.size()
            || to >= chain->targets.size())
            return false;
        chain->targets.move(from, to);
        return true;
    });
}

bool ChainDrafts::removeTarget(const ChainId &id, int row)
{
    return edit(tr("Remove target %1").arg(row + 1), [&](ChainDraft &draft) {
        DraftChain *chain = chainIn(draft, id);
        if (!chain || row < 0 || row >= chain->targets.size())
            return false;
        chain->targets.removeAt(row);
        return true;
    });
}

bool ChainDrafts::setAlias(const QString &name, const QString &to)
{
    return edit(tr("Set alias %1").arg(name), [&](ChainDraft &draft) {
        if (name.isEmpty() || to.isEmpty())
            return false;
        for (DraftAlias &alias : draft.aliases) {
            if (alias.name != name)
                continue;
            alias.to = to;
            return true;
        }
        draft.aliases.append({name, to});
        return true;
    });
}

bool ChainDrafts::removeAlias(const QString &name)
{
    return edit(tr("Remove alias %1").arg(name), [&](ChainDraft &draft) {
        return draft.aliases.removeIf([&name](const DraftAlias &alias) {
            return alias.name == name;
        }) > 0;
    });
}

bool ChainDrafts::replace(const ChainDraft &other, const QString &step)
{
    return edit(step, [&](ChainDraft &draft) {
        draft = aligned(other, m_base);
        return true;
    });
}

void ChainDrafts::setTakeBack(quint32 revision)
{
    if (std::exchange(m_takeBack, revision) != revision)
        emit takeBackChanged();
}

bool ChainDrafts::discard()
{
    return edit(tr("Discard the draft"), [&](ChainDraft &draft) {
        draft = m_base;
        return true;
    });
}

ChainId ChainDrafts::freeName(const QString &wanted) const
{
    ChainId name(wanted);
    for (int i = 2; m_draft.chain(name); ++i)
        name = ChainId(wanted + u'-' + QString::number(i));
    return name;
}

QByteArray ChainDrafts::save() const
{
    if (!hasChanges())
        return {};
    const Result<QByteArray> edited = text();
    if (!edited)
        return {};
    json::Writer w;
    w.beginObject().member("revision", m_revision).member("base", m_baseText);
    w.member("text", *edited).key("origins").beginArray();
    for (const DraftChain &chain : m_draft.chains)
        w.number(chain.origin);
    w.endArray().endObject();
    return w.take();
}

bool ChainDrafts::restore(const QByteArray &saved)
{
    const Result<json::Value> read = json::read(saved);
    if (!read || hasChanges())
        return false;
    const json::Value *base = read->find("base");
    const json::Value *text = read->find("text");
    const json::Value *origins = read->find("origins");
    const json::Value *revision = read->find("revision");
    if (!base || !text || !origins || !origins->isArray() || !revision)
        return false;
    const Result<ChainDraft> before = readDraft(base->text());
    Result<ChainDraft> draft = readDraft(text->text());
    if (!before || !draft || draft->chains.size() != origins->items().size())
        return false;
    QList<bool> isTaken(before->chains.size(), false);
    for (qsizetype i = 0; i < draft->chains.size(); ++i) {
        const qint64 origin = origins->items()[i].toInt().value_or(-1);
        const bool isOne = origin >= 0 && origin < isTaken.size() && !isTaken[origin];
        if (isOne)
            isTaken[origin] = true;
        draft->chains[i].origin = isOne ? int(origin) : -1;
    }
    // A base that is newer than the draft's comes to it as if it had come while editing.
    const bool hadBase = m_hasBase;
    const QByteArray newerText = m_baseText;
    const quint32 newerRevision = m_revision;
    takeBase(base->text(), quint32(revision->toInt().value_or(0)), *before);
    m_draft = m_base;
    m_stack.clear();
    m_stack.push(new Step(*this, tr("The draft of last time"), m_base, *draft));
    if (hadBase)
        setBase(newerText, newerRevision);
    return true;
}

} // namespace sb::models
