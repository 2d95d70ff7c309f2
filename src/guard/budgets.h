// Hard caps on money: what an attempt may cost is held before it leaves and settled when it has
// ended.
//
// A value of the gateway, engine thread; wall time comes from the caller. One step checks and adds
// for every cap that a request falls under, or for none. An amount belongs to the period in which
// its exchange was accepted, as in the store's rollups, so that both say the same after a restart.
// Held = Σ open holds, spent = Σ settlements, spent + held ≤ cap unless a provider breaks its own
// bound or a cap was lowered. [robustness §10; cost.md §8, 9]
#pragma once

#include "config/settings.h"
#include "record/frame.h"

#include <QHash>
#include <QList>
#include <QTimeZone>

#include <array>
#include <optional>
#include <vector>

namespace sb::guard {

// Whose money an attempt is, and when its exchange was accepted.
struct Spender {
    ClientId client;
    ChainId chain;
    ProviderId provider;
    QString run; // session of a run key
    qint64 wallMs = 0;
};

enum class Window : quint8 { Hour, Day, Week, Month, Run };
constexpr int kCalendarWindows = 4;
Window windowOf(QStringView name); // anything unknown: Day; validate() lets none through

struct Period {
    qint64 fromWallMs = 0;
    qint64 untilWallMs = 0; // 0: no end (Run)

    friend bool operator==(const Period &, const Period &) = default;
};
// Weeks begin on Monday; days and longer begin at local midnight, or at the first moment of a day
// whose midnight a change of the clocks leaves out.
Period periodOf(Window window, qint64 wallMs, const QTimeZone &zone);

// Why there is no room: the cap that has the least.
struct Refusal {
    QString id;
    QString scope;
    Window window = Window::Day;
    Money cap;
    Money spent;
    Money held;
    Money needed;
    qint64 resetsAtWallMs = 0; // 0: with the run
    bool isHeldAlone = false; // what runs now may still give enough back
    quint32 number = 0; // of the cap, for refused()
};

// Told once per cap and period.
struct Step {
    EventKind kind = EventKind::BudgetWarned; // or BudgetReached
    QString id;
    ClientId client; // of a client's cap
    qint64 resetsAtWallMs = 0;
};

class Budgets {
public:
    using HoldId = quint64; // 0 = none

    explicit Budgets(const QTimeZone &zone);

    // What the store has for the running period of `window`; before setCaps().
    void restore(Window window, qint64 wallMs, const QList<std::pair<Spender, Money>> &sums);
    // The caps of the configuration; one that only changed its amount keeps what it knows.
    void setCaps(const QList<config::BudgetSettings> &caps, qint64 wallMs);
    // A cap for one session, until removed.
    void addRun(const QString &session, Money cap);
    void removeRun(const QString &session);

    // Nothing when no cap is in force for it.
    std::optional<Money> roomFor(const Spender &spender);
    // Holds `amount` under every cap at once, or under none; the first cap of them by least room.
    HoldId reserve(const Spender &spender, Money amount, std::optional<Refusal> &refusal);
    // Ends the hold, where there is one, and books what the attempt did cost. Once per attempt.
    void settle(HoldId hold, const Spender &spender, Money actual);
    void release(HoldId hold);
    // A request was turned away because of that.
    void refused(const Refusal &refusal);

    QList<BudgetView> views(qint64 wallMs);
    QList<Step> takeSteps();
    qsizetype openHolds() const { return m_holds.size(); }
    const QTimeZone &zone() const { return m_zone; }

private:
    enum class Scope : quint8 { All, Client, Chain, Provider, Session };
    // One cap over one period.
    struct Phase {
        Period period;
        Money spent;
        Money held;
        int refused = 0;
        bool isWarned = false;
        bool isReached = false;
    };
    struct Cap {
        quint32 number = 0; // of this cap while we run
        config::BudgetSettings settings;
        Window window = Window::Day;
        Scope scope = Scope::All;
        QString name; // behind the colon
        Phase now;
        Phase before; // for what was accepted before the last change of period

        bool matches(const Spender &spender) const;
    };
    struct Hold {
        Money amount;
        QList<std::pair<quint32, qint64>> places; // number of the cap, start of its period
    };
    struct Who {
        ClientId client;
        ChainId chain;
        ProviderId provider;
        friend bool operator==(const Who &, const Who &) = default;
        friend size_t qHash(const Who &who, size_t seed = 0)
        {
            return hashAll(seed, who.client, who.chain, who.provider);
        }
    };
    // Everything spent in the running period, so that a new cap knows at once.
    struct Tally {
        Period period;
        std::vector<Money> sums; // by place in m_people; missing ones are zero

        Money &at(size_t place)
        {
            if (place >= sums.size())
                sums.resize(place + 1);
            return sums[place];
        }
    };

    Phase &phaseAt(Cap &cap, qint64 wallMs);
    Cap makeCap(const config::BudgetSettings &settings, qint64 wallMs);
    Money tallied(const Cap &cap, qint64 wallMs);
    Tally &tallyAt(Window window, qint64 wallMs);
    size_t placeOf(const Spender &spender);
    void look(Cap &cap, Phase &phase, bool isRefused);
    static bool isPastWarning(const Cap &cap, const Phase &phase);

    QTimeZone m_zone;
    std::array<Tally, kCalendarWindows> m_tallies;
    std::vector<Who> m_people; // who ever spent; as many as the configuration has combinations
    QHash<Who, size_t> m_places;
    size_t m_lastPlace = 0; // most requests are of whom the one before was
    QList<Cap> m_caps; // configuration order, runs behind
    QHash<HoldId, Hold> m_holds;
    QList<Step> m_steps;
    HoldId m_nextHold = 1;
    quint32 m_nextCap = 1;
};

} // namespace sb::guard
