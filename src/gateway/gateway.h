// The gateway: admits heads, answers what it knows itself, and walks every other request through an
// ExchangeRunner. One thread; owned by the engine.
#pragma once

#include "base/wire_text.h"
#include "chat/envelope.h"
#include "dialect/dialect.h"
#include "gateway/answer_book.h"
#include "gateway/caller_book.h"
#include "gateway/gate_keeper.h"
#include "gateway/recent_requests.h"
#include "gateway/recording_switch.h"
#include "gateway/run_book.h"
#include "gateway/setup.h"
#include "gateway/steering.h"
#include "gateway/target_book.h"
#include "guard/budgets.h"
#include "http/server.h"
#include "http/upstream.h"
#include "ledger/ledger.h"
#include "ledger/sink.h"

#include <functional>
#include <memory>
#include <unordered_map>

namespace sb::gateway {

class AttemptRunner;
class ExchangeRunner;
class RecordingRoom;

// Looks one settled exchange up; answers later on the engine thread, null when there is none.
using Finder
    = std::function<void(const ExchangeId &, std::function<void(std::shared_ptr<const Exchange>)>)>;

class Gateway final : public http::Handler {
public:
    struct Parts {
        Clock &clock;
        Random &random;
        http::Upstream &upstream;
        ledger::Ledger &ledger;
        ledger::Sink &sink;
        Finder find;
        CallerBook *callers = nullptr; // outlives the gateway
        // The end of the recording of bodies was set, 0 = off: to be known after a restart.
        std::function<void(qint64 untilWallMs)> recordingSet;
    };
    explicit Gateway(Parts parts);
    ~Gateway() override;

    void setSetup(const SetupPtr &setup); // running exchanges keep theirs
    // The client each listener is bound to, by its index in the server; empty = keys are asked for.
    void setListenerClients(const QList<ClientId> &clients) { m_listenerClients = clients; }
    const SetupPtr &setup() const { return m_setup; }
    // A run of `signalboxd with`: its key counts from now on, until the run ends.
    void beginRun(const QByteArray &digest, const RunGrant &grant, std::optional<Money> cap);
    void endRun(const QString &session);
    void beginDrain() { m_isDraining = true; }
    void stop(); // settles what still runs
    int runningCount() const { return int(m_running.size()); }
    Result<Decision> explain(const Ask &ask, const ClientId &client,
                             const QSet<ProviderId> &down) const;

    // What a person does to running traffic. Errors carry the codes of engine/board_control.h.
    Result<void> probeNow(const ProviderId &provider);
    Result<void> hold(const ChainId &chain, int rank, Nanos length);
    Result<void> release(const ChainId &chain);
    Result<quint32> startDrill(const Drill &drill);
    Result<void> moveOn(const ExchangeId &id);
    Result<ExchangeId> replay(const ExchangeId &id, const std::optional<TargetRef> &target);
    Result<QByteArray> requestBody(const ExchangeId &id) const;
    Result<QList<AttemptChanges>> requestChanges(const ExchangeId &id) const;
    Steering &steering() { return m_steering; }
    RecordingSwitch &recording() { return m_recording; }
    const std::shared_ptr<RecordingRoom> &recordingRoom() const { return m_recordingRoom; }

    // http::Handler
    void connected(const http::Peer &peer) override;
    std::optional<http::Refusal> admit(const http::RequestHead &head,
                                       const http::Peer &peer) override;
    void handle(http::Request request, std::shared_ptr<http::ResponseStream> stream) override;
    http::Refusal refusal(Code code, int status, const http::RequestHead *head) override;

    // For the runners.
    Clock &clock() { return m_parts.clock; }
    Random &random() { return m_parts.random; }
    http::Upstream &upstream() { return m_parts.upstream; }
    ledger::Ledger &ledger() { return m_parts.ledger; }
    ledger::Sink &sink() { return m_parts.sink; }
    GateKeeper &gates() { return m_gates; }
    guard::Budgets &budgets() { return m_budgets; }
    RunBook &runs() { return m_runs; }
    TargetBook &targets() { return m_targets; }
    route::FactsOf factsOf(const SetupPtr &setup) const;
    chat::ArtifactMemory *artifacts();
    void tellBudgets(); // steps that were passed
    AnswerBook &answers() { return m_answers; }
    RecentRequests &recent() { return m_recentRequests; }
    // Null while it is not known who that connection is.
    const Caller *callerOf(quint64 connection) const
    {
        return m_parts.callers ? m_parts.callers->of(connection) : nullptr;
    }
    bool isDraining() const { return m_isDraining; }
    // Something that happened once: to the next frame and to the history. Gives it its time.
    void tell(EventView event);
    QByteArray ownFields(const Exchange &exchange, Nanos overhead) const;
    void addOwnFields(WireText &to, const Exchange &exchange, Nanos overhead) const;
    qint64 soonestWallMs(const Decision &decision) const;
    bool isAllLimited(const Decision &decision) const;
    void finished(const std::shared_ptr<const Exchange> &exchange,
                  std::unique_ptr<AttemptRunner> runner);
    void discard(std::unique_ptr<AttemptRunner> runner);

private:
    struct Admitted {
        Code code = Code::None;
        bool isKnock = false; // without any key, and it only looks
        ClientId client;
        RunGrant run; // of a run's key
        dialect::PathMatch match;
    };
    Admitted judge(const http::RequestHead &head, const http::Peer &peer) const;
    void answer(http::ResponseStream &stream, const ExchangeId &id, int status,
                const QByteArray &body);
    void answerError(http::ResponseStream &stream, const dialect::PathMatch &match, Code code,
                     const QByteArray &sentence);
    void answerGeneration(const http::Request &request, const ClientId &client,
                          const std::shared_ptr<http::ResponseStream> &stream,
                          const dialect::PathMatch &match);
    http::Refusal refusal(Code code, int status, const http::RequestHead *head, bool isKnock);
    void recordRefusal(const ExchangeId &id, const Admitted &admitted, Code code, int status);
    void remember(const std::shared_ptr<const Exchange> &exchange);
    void forgetRecent();
    std::shared_ptr<const Exchange> recall(const ExchangeId &id) const;
    void tellConfig(const SetupPtr &before);
    void fill(Frame &frame);
    void sweep();

    Parts m_parts;
    SetupPtr m_setup;
    QList<ClientId> m_listenerClients;
    GateKeeper m_gates;
    RunBook m_runs;
    TargetBook m_targets;
    chat::ArtifactMemory m_artifacts;
    guard::Budgets m_budgets{QTimeZone::systemTimeZone()};
    Steering m_steering;
    AnswerBook m_answers;
    RecentRequests m_recentRequests;
    RecordingSwitch m_recording;
    std::shared_ptr<RecordingRoom> m_recordingRoom;
    bool m_isDraining = false;
    quint64 m_lastConnection = 0; // that was admitted last, and how
    Admitted m_lastAdmitted;
    // The newest ones, a ring; looked through, as few ask.
    std::vector<std::shared_ptr<const Exchange>> m_recent;
    size_t m_nextRecent = 0;
    Nanos m_lastKept{0};
    Timer m_rest;
    struct IdHash {
        size_t operator()(const ExchangeId &id) const { return qHash(id); }
    };
    std::unordered_map<ExchangeId, std::unique_ptr<ExchangeRunner>, IdHash> m_running;
    std::vector<std::unique_ptr<ExchangeRunner>> m_doneRunners; // freed on the next turn
    std::vector<std::unique_ptr<AttemptRunner>> m_discarded;
    std::unordered_map<AttemptRunner *, std::unique_ptr<AttemptRunner>> m_draining;
    Timer m_sweep;
};

} // namespace sb::gateway
