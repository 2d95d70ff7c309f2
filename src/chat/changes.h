// What a translation could not carry over as it was, said aloud: for the window's Changes tab, the
// field `x-signalbox-dropped` and a client that demands strictness. [translation §3]
#pragma once

#include <QByteArray>
#include <QByteArrayView>

#include <optional>
#include <vector>

namespace sb::chat {

enum class Deed : quint8 {
    Mapped, // the same thing under another name or place; no loss
    Dropped, // left out
    Clamped, // brought into the target's range
    Degraded, // a weaker form
    Emulated, // done by us instead of the provider
    Repaired, // the history was not acceptable as it stood
};

struct Change {
    Deed deed = Deed::Dropped;
    QByteArray field; // of the client's request: "tool_choice", "messages[3].content[1]"
    QByteArray from; // what was asked, shortened to kValueLimit
    QByteArray to; // what was sent; empty = nothing
    QByteArray rule; // stable short name: "temperature-range", "history-orphan-result"
    friend bool operator==(const Change &, const Change &) = default;
};

// The request cannot be carried to this target. The planner may try another one.
struct Rejection {
    QByteArray code = "not_supported"; // a contract code: not_supported, bad_request, bad_json
    QByteArray param; // the member at fault, as the client wrote it
    QByteArray message; // one sentence: which field, which target, what to do
    friend bool operator==(const Rejection &, const Rejection &) = default;
};

// Collects; belongs to one translation of one request. After reject() what is built is of no use:
// the caller asks isRejected() at the end, so that code need not stop in between.
class Changes {
public:
    static constexpr int kLimit = 200; // entries kept; more only raise dropped()
    static constexpr int kValueLimit = 120; // bytes of `from` and `to`
    static constexpr int kHeaderLimit = 1024; // bytes

    // Strict: the first Dropped, Clamped or Degraded becomes a rejection.
    explicit Changes(bool isStrict = false)
        : m_isStrict(isStrict)
    {
    }

    void note(Deed deed, QByteArrayView field, QByteArrayView from, QByteArrayView to,
              QByteArrayView rule);
    void drop(QByteArrayView field, QByteArrayView from, QByteArrayView rule)
    {
        note(Deed::Dropped, field, from, {}, rule);
    }
    void clamp(QByteArrayView field, QByteArrayView from, QByteArrayView to, QByteArrayView rule)
    {
        note(Deed::Clamped, field, from, to, rule);
    }
    void degrade(QByteArrayView field, QByteArrayView from, QByteArrayView to, QByteArrayView rule)
    {
        note(Deed::Degraded, field, from, to, rule);
    }
    // The first rejection stays.
    void reject(QByteArrayView param, QByteArrayView message,
                QByteArrayView code = "not_supported");

    const std::vector<Change> &entries() const { return m_entries; }
    bool isRejected() const { return m_rejection.has_value(); }
    const std::optional<Rejection> &rejection() const { return m_rejection; }
    int unlisted() const { return m_unlisted; } // beyond kLimit

    // "top_k, temperature=1": dropped fields, clamped and degraded ones with what was sent.
    // Printable ASCII without commas in values; empty when there is nothing to say.
    QByteArray droppedHeader() const;

private:
    std::vector<Change> m_entries;
    std::optional<Rejection> m_rejection;
    int m_unlisted = 0;
    bool m_isStrict = false;
};

} // namespace sb::chat
