// Chains and aliases as somebody is editing them: values, and the one draft that pages share.
//
// A ChainDraft is read from a config text and written back into it: everything that was not edited
// keeps its bytes, and an unchanged draft is the text itself. ChainDrafts is owned by the window,
// GUI thread; the Chains page feeds it with what runs, checks and applies it; the Board draws it
// dashed and edits it in its edit mode. Nothing here reaches the engine. [console §3.5]
#pragma once

#include "base/result.h"
#include "config/settings.h"
#include "json/value.h"

#include <QObject>
#include <QUndoStack>

#include <functional>
#include <optional>

namespace sb::models {

struct DraftTarget {
    ProviderId provider;
    QString model;
    KeyId key; // empty: any key of the provider, in order
    json::Value source; // as the file has it, so that what we do not know stays; null when new

    bool isSame(const DraftTarget &other) const
    {
        return provider == other.provider && model == other.model && key == other.key;
    }
    friend bool operator==(const DraftTarget &, const DraftTarget &) = default;
};

struct DraftChain {
    ChainId id;
    int origin = -1; // place in the base's chains; -1: new
    QList<DraftTarget> targets;

    friend bool operator==(const DraftChain &, const DraftChain &) = default;
};

struct DraftAlias {
    QString name;
    QString to; // chain id or provider/model

    friend bool operator==(const DraftAlias &, const DraftAlias &) = default;
};

struct ChainDraft {
    QList<DraftChain> chains; // the base's in its order, new ones behind
    QList<DraftAlias> aliases;

    const DraftChain *chain(const ChainId &id) const;
    friend bool operator==(const ChainDraft &, const ChainDraft &) = default;
};

// One change by meaning, for the review and the count.
struct DraftChange {
    enum class Kind : quint8 {
        ChainAdded,
        ChainRemoved,
        ChainRenamed,
        TargetAdded,
        TargetRemoved,
        TargetMoved,
        TargetChanged,
        AliasAdded,
        AliasRemoved,
        AliasChanged,
    };
    Kind kind = Kind::ChainAdded;
    ChainId chain; // its name now; ChainRemoved: as it was
    ChainId was; // ChainRenamed
    DraftTarget before; // TargetRemoved, TargetChanged
    DraftTarget after; // TargetAdded, TargetChanged, TargetMoved
    int from = 0; // rank in the base, 1 = first
    int to = 0; // rank in the draft
    QString alias;
    QString aliasTo;
    QString aliasWas;
};

Result<ChainDraft> readDraft(QByteArrayView configText);
// The config text with the draft in it. Clients and aliases follow a renamed chain; a removed one
// is taken out of the clients' lists. `base` is what readDraft() made of `configText`.
Result<QByteArray> writeDraft(QByteArrayView configText, const ChainDraft &base,
                              const ChainDraft &draft);
QList<DraftChange> changesBetween(const ChainDraft &base, const ChainDraft &draft);
// `draft` with its chains matched to those of `base` by name and in its order.
ChainDraft aligned(const ChainDraft &draft, const ChainDraft &base);

// The changes of a draft made again on a newer base; where both changed a chain the draft wins.
struct Redone {
    ChainDraft draft;
    QList<ChainId> conflicts; // chains that both changed
};
Redone redoOn(const ChainDraft &base, const ChainDraft &draft, const ChainDraft &newer);

// The draft in work, with undo. Every edit is one step; changed() follows each.
class ChainDrafts final : public QObject {
    Q_OBJECT
public:
    explicit ChainDrafts(QObject *parent = nullptr);

    // ---- what runs ----
    // The running config's text. A draft in work stays: on the same base when chains and aliases
    // are as before, done when they are as drafted, else isOutdated().
    void setBase(const QByteArray &text, quint32 revision);
    bool hasBase() const { return m_hasBase; }
    quint32 revision() const { return m_revision; } // of the base
    const QByteArray &baseText() const { return m_baseText; }
    const ChainDraft &base() const { return m_base; }
    bool isOutdated() const { return m_newer.has_value(); }
    quint32 newerRevision() const { return m_newer ? m_newer->revision : 0; }
    QList<ChainId> redoOnNewer(); // the chains that both changed

    // ---- the draft ----
    const ChainDraft &draft() const { return m_draft; }
    const QList<DraftChange> &changes() const { return m_changes; }
    bool hasChanges() const { return !m_changes.isEmpty(); }
    Result<QByteArray> text() const; // the whole config with the draft in it

    // ---- edits: one undo step each; false and nothing done when it makes no sense ----
    bool addChain(const ChainId &id, const QList<DraftTarget> &targets = {});
    bool duplicateChain(const ChainId &id, const ChainId &copy);
    bool removeChain(const ChainId &id); // aliases to it go too
    bool renameChain(const ChainId &id, const ChainId &to); // aliases follow
    bool addTarget(const ChainId &chain, const ProviderId &provider, const QString &model,
                   int at = -1);
    bool setTarget(const ChainId &chain, int row, const ProviderId &provider, const QString &model,
                   const KeyId &key);
    bool moveTarget(const ChainId &chain, int from, int to); // rows, 0 = first
    bool removeTarget(const ChainId &chain, int row);
    bool setAlias(const QString &name, const QString &to); // adds or changes
    bool removeAlias(const QString &name);
    bool replace(const ChainDraft &draft, const QString &step); // a version from the history
    bool discard(); // back to the base; can be undone

    QUndoStack &undoStack() { return m_stack; }
    // A name nobody has yet: "coding-2".
    ChainId freeName(const QString &wanted) const;

    // ---- over a restart ----
    QByteArray save() const; // empty without changes
    bool restore(const QByteArray &saved); // before or after setBase(); false when it is no draft

    // ---- for a moment after an apply: the revision that one step takes back, 0 = none ----
    void setTakeBack(quint32 revision);
    quint32 takeBack() const { return m_takeBack; }

signals:
    void changed(); // draft, base or isOutdated()
    void takeBackChanged();
    // Some page asks for the last apply to be taken back; the Chains page does it.
    void takeBackAsked();
    // Some page asks for the draft to be applied; the Chains page does it.
    void applyAsked();

private:
    class Step;
    struct Newer {
        QByteArray text;
        quint32 revision = 0;
        ChainDraft base;
    };
    bool edit(const QString &text, const std::function<bool(ChainDraft &)> &change);
    void take(const ChainDraft &draft);
    void takeBase(const QByteArray &text, quint32 revision, const ChainDraft &base);

    bool m_hasBase = false;
    quint32 m_revision = 0;
    QByteArray m_baseText;
    ChainDraft m_base;
    ChainDraft m_draft;
    QList<DraftChange> m_changes;
    std::optional<Newer> m_newer;
    quint32 m_takeBack = 0;
    QUndoStack m_stack;
};

} // namespace sb::models
