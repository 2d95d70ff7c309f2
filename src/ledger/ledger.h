// The live table of exchanges, and what the window is told of it: at most ten frames a second.
//
// Engine thread. Exchanges stay owned by whoever walks them until they settle; the ledger copies
// the changed ones into each frame. Nothing is built while nobody listens. [style §6; performance
// §0.5]
#pragma once

#include "config/settings.h"
#include "ledger/health.h"
#include "ledger/rate.h"
#include "record/frame.h"

#include <QHash>
#include <QSet>

#include <functional>

namespace sb::ledger {

class Ledger {
public:
    // `publish` gets each frame on the engine thread. `gates` names the gates that do not serve.
    Ledger(Clock &clock, std::function<void(FramePtr)> publish,
           std::function<QList<GateView>()> gates);
    ~Ledger();

    void setConfig(const config::SnapshotPtr &config);
    void setState(EngineState state, const QList<QString> &addresses);
    void setToday(Money cost, Money uncertain, int unpriced);
    void setDropped(quint64 rows) { m_totals.historyDropped = rows; }
    void addNotice(const Notice &notice);
    void clearNotice(Notice::Kind kind, const QString &subject);
    void addEvent(const EventView &event); // told once, in the next frame
    // Fills in what only the gateway knows: holds, drills, keys without a secret.
    void onBuild(std::function<void(Frame &)> fill) { m_fill = std::move(fill); }
    void changed() { soon(); } // something that onBuild() tells
    void setListening(bool isAnyoneListening);

    void opened(const Exchange &exchange); // stays valid until settled()
    void touched(const Exchange &exchange); // something in it changed
    void attemptStarted(const Attempt &attempt);
    void attemptEnded(const Attempt &attempt);
    void settled(std::shared_ptr<const Exchange> exchange);
    void gatesChanged();

    FramePtr lastFrame();
    int inFlight() const { return int(m_live.size()); }

private:
    struct Provider {
        Health health;
        int inFlight = 0;
        qint64 lastUsedWallMs = 0;
        QHash<KeyId, qint64> keys; // last used
    };
    struct Chain {
        MinuteRate rate;
        QList<MinuteRate> targets;
        Nanos lastSettled{-1};
        ChainState state = ChainState::Idle;
        int lastServedRank = 0;
    };
    struct Client {
        MinuteRate rate;
        qint64 lastSeenWallMs = 0;
        QString program; // of the last caller that was known
        struct Use {
            Nanos last{0};
            MinuteRate rate;
        };
        QHash<ChainId, Use> chains;
    };

    void soon();
    void publishFrame();
    std::shared_ptr<Frame> build();
    void fillProviders(Frame &frame, Nanos now);
    bool isInUse(const ProviderId &provider, const KeyId &key) const;
    QList<KeyView> keysOf(const config::ProviderSettings &settings, const Provider *own,
                          const QList<GateView> &gates) const;
    void fillChains(Frame &frame, Nanos now);
    void fillClients(Frame &frame, Nanos now);
    void fillTotals(Frame &frame, Nanos now);
    void rollDay();
    bool isMoving(Nanos now) const;

    Clock &m_clock;
    std::function<void(FramePtr)> m_publish;
    std::function<QList<GateView>()> m_gates;
    Timer m_timer;
    config::SnapshotPtr m_config;
    EngineState m_state = EngineState::Starting;
    QList<QString> m_addresses;
    QList<Notice> m_notices;
    QList<EventView> m_events; // since the last frame
    std::function<void(Frame &)> m_fill;
    bool m_isListening = false;
    bool m_isSoon = false;
    quint64 m_number = 0;
    Nanos m_lastFrame{0};
    Nanos m_lastSecond{0};
    Nanos m_lastTraffic{0};

    QHash<ExchangeId, const Exchange *> m_live;
    QSet<ExchangeId> m_dirty;
    QList<std::shared_ptr<const Exchange>> m_frozen; // settled since the last frame

    QHash<ProviderId, Provider> m_providers;
    QHash<ChainId, Chain> m_chains;
    QHash<ClientId, Client> m_clients;
    MinuteRate m_rate;
    TotalsView m_totals;
    struct Ended {
        Nanos at;
        Micros duration;
        Micros firstContent;
        bool isError;
    };
    std::deque<Ended> m_ended;
    qint64 m_midnightWallMs = 0;
};

} // namespace sb::ledger
