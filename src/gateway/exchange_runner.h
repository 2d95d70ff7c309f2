// The walk of one request, from its bytes to its settlement. Read top to bottom:
// exchange_runner.cpp (to the attempt), exchange_reply.cpp (what comes back), exchange_end.cpp
// (settled and published). One method per stage, in order; each ends in the next stage, a named
// wait, or finish().
//
// Engine thread. Owned by the gateway, which keeps it until the exchange has settled.
#pragma once

#include "base/recycled.h"
#include "base/wire_text.h"
#include "dialect/dialect.h"
#include "gateway/ask_fields.h"
#include "gateway/attempt_runner.h"
#include "gateway/client_error.h"
#include "gateway/reservation.h"
#include "gateway/run_book.h"
#include "gateway/setup.h"
#include "gateway/translation.h"
#include "http/server.h"
#include "ledger/pricing.h"
#include "route/next_move.h"

#include <memory>

namespace sb::gateway {

class Gateway;

class ExchangeRunner final : public http::ResponseListener,
                             public AttemptOwner,
                             public Recycled<ExchangeRunner> {
public:
    ExchangeRunner(Gateway &gateway, SetupPtr setup, http::Request request,
                   std::shared_ptr<http::ResponseStream> stream, const ClientId &client,
                   const dialect::PathMatch &match, const RunGrant &run = {});
    ~ExchangeRunner();

    // Before run(): this sends that one again, to one target alone where one is named.
    void replays(const ExchangeId &original, const std::optional<TargetRef> &target);
    void run();
    // The user gives up waiting for the running attempt. Errors: "too_late", "no_next_target".
    Result<void> moveOn();
    void stop(); // the gateway ends: settle as stopped
    const Exchange &exchange() const { return m_exchange; }
    const QByteArray &body() const { return m_request.body; }
    const QList<AttemptChanges> &changes() const { return m_changes; }
    bool isFinished() const { return m_isFinished; }

private:
    // The stages, in order.
    void accept();
    void parse();
    void route();
    Result<route::Resolved> resolve() const;
    void attempt(int candidate);
    void passOver(int candidate, const Reservation &refused);
    void cannotCarry(int candidate);
    void retryWithout(int candidate);
    void deliverWhole(AttemptEnd end);
    void deliverLast(AttemptEnd end);
    void firstMove();
    void refuseUnkept();
    void nextMove();
    void retry(int candidate);
    void giveUp(SkipReason why);
    void refuse(Code code, const QByteArray &sentence);
    void fail(const FinalError &error);
    void answerDryRun();
    void answerOwn(const QByteArray &body, QByteArrayView furtherFields = {});
    void settle(OutcomeKind kind, Code code, int status);
    void publish();
    bool isToBeRecorded() const;
    void beginRecording();
    void keepRecording();

    // AttemptOwner
    Attempt &attemptRecord() override { return m_exchange.attempts.last(); }
    void attemptProgressed() override;
    void attemptNamed(const QByteArray &answerId) override;
    bool attemptForward(QByteArrayView events, bool hasContent,
                        const http::ReplyHead &head) override;
    void attemptEnded(AttemptEnd end) override;
    // http::ResponseListener
    void clientLeft() override;
    void drained() override;

    // What passes as it comes, and what one provider keeps (exchange_passed.cpp).
    Result<dialect::RequestFacts> readBody() const;
    Result<route::Resolved> resolveKept() const;
    void keepOwnModel(route::Resolved &resolved) const;
    void preferHolder();
    provider::Wire passedOn() const;
    QList<QByteArray> keptBody() const;
    void beginPassed(const http::ReplyHead &head);
    void readRefused(Attempt &attempt) const;
    AttemptOutcome gateWord(const Attempt &attempt) const;

    // What goes to the provider and what becomes of its answer (exchange_call.cpp).
    std::optional<AttemptInput> inputFor(const Candidate &candidate, const Reservation &reserved);
    void takePath();
    provider::Wire passedWire(const QString &model) const;
    std::optional<Translation::Call> translatedCall(const Candidate &candidate,
                                                    const provider::Base &base,
                                                    const Reservation &reserved);
    bool isTranslated() const; // the last attempt
    void mendPassed(AttemptEnd &end) const;
    std::optional<chat::Reply> readForeign(AttemptEnd &end);
    void writeForeign(const chat::Reply &reply, AttemptEnd &end);
    QByteArray costWith(const Usage &usage, const QByteArray &model) const;
    bool learn(const provider::Reading &reading);
    QByteArray ownPreamble();
    QByteArray inBandError(const dialect::ClientError &error, bool isGiven);
    QByteArray contentType() const; // of the client's stream
    void addDropped(WireText &fields) const;
    FinalError rejected() const;

    void beginStream(const http::ReplyHead *head);
    void sendPreamble();
    void sendPing();
    void deadlinePassed();
    ledger::Basis basisOf(Attempt &attempt) const;
    void bookAttempt(Attempt &attempt);
    bool isBilled() const
    {
        return m_facts.endpoint != Endpoint::CountTokens && m_match.charge != dialect::Charge::None;
    }
    void reportToGates(const Attempt &attempt);
    void noteServer();
    void noteCaller();
    SkipReason whyPassedOver(const Candidate &candidate) const;
    void skipRest(SkipReason reason);
    void moveTo(int candidate);
    void forgetHeld();
    route::MoveInput moveInput() const;
    void releaseRunner();
    QByteArray ownFields() const;
    // Those of the last attempt's provider.
    void addReplyFields(WireText &to, const http::ReplyHead &head) const;
    AttemptLimits limitsFor(const config::ProviderSettings &provider, bool isStream) const;
    qint64 soonestWallMs() const;
    Micros offset() const;
    Nanos left() const;
    Nanos overhead() const; // our own time so far
    void pauseOverhead(); // from here on we wait for others
    void resumeOverhead();

    Gateway &m_gateway;
    SetupPtr m_setup;
    http::Request m_request;
    std::shared_ptr<http::ResponseStream> m_stream;
    dialect::PathMatch m_match;
    const config::ClientSettings *m_client = nullptr; // inside m_setup
    dialect::RequestFacts m_facts;
    AskFields m_ask;
    Exchange m_exchange;
    std::unique_ptr<Translation> m_translation; // made at the first foreign target
    std::optional<chat::Rejection> m_rejection; // the first target that cannot be talked to
    QList<AttemptChanges> m_changes;
    std::unique_ptr<AttemptRunner> m_runner;
    std::shared_ptr<Recording> m_recording; // null unless bodies are recorded
    int m_candidate = -1;
    guard::Budgets::HoldId m_hold = 0; // of the running attempt
    QString m_run; // session of `signalboxd with`, when its key was used
    ChainId m_runChain;
    std::optional<guard::Refusal> m_refused; // by a cap, the last one
    QByteArray m_refusal; // why a cap turned a target down; the sentence of the last one
    Timer m_deadline;
    Timer m_wait; // backoff
    Timer m_grace; // commitGrace, then pings
    Nanos m_total{0};
    Nanos m_waited{0};
    Nanos m_ownSince{0};
    Nanos m_own{0};
    std::optional<TargetRef> m_onlyTarget; // of a replay
    QByteArray m_held; // whole events before the first content
    QByteArray m_lastType; // the last provider's own words for its error
    QByteArray m_lastCode;
    bool m_isPreambleSent = false; // ours
    bool m_isStartDropped = false; // the provider's start events were taken out after ours
    bool m_isFinished = false;
    bool m_isGateFed = true; // what comes of the running attempt concerns its gates
    bool m_isCalled = true; // the provider gets the running attempt
};

} // namespace sb::gateway
