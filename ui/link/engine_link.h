// The one object of the window that speaks to the engine: the last frame, commands, and troubles.
//
// GUI thread. Frames are whole values, so one that is dropped costs nothing; commands answer by
// future, and callers use `.then(this, …)` so that a closed page drops the answer. The window holds
// no belief of its own: a switch moves when a frame says so. LocalLink runs the engine in this
// process; a link to a daemon over its socket is another subclass. [console §2, style §6]
#pragma once

#include "engine/board_control.h"
#include "engine/engine.h"
#include "engine/history.h"
#include "engine/setup.h"

#include <deque>

#include <QHash>

namespace sb::link {

enum class LinkState : quint8 {
    Starting,
    Connected,
    Lost, // frames stopped coming; the last one stays on show, dimmed
    OtherProcess, // another process serves this data folder
    Failed, // could not start; trouble() says why
};

// What keeps the gateway from being where it should be. A value for the strips.
struct Trouble {
    enum class Kind : quint8 {
        None,
        OtherProcess,
        TakingOver, // asked it to finish; waiting
        TakeOverFailed,
        PortTaken, // listening, on another port
        NoPort, // no other port was free either
        ConfigInvalid,
        StoreNewer,
        DataDir,
        Other,
    };
    Kind kind = Kind::None;
    QString holder; // of the port, where known: "ollama (pid 4711)"
    qint64 pid = 0; // OtherProcess
    quint16 wanted = 0; // PortTaken
    quint16 instead = 0;
    QString detail; // the engine's words, for people who read logs
    qint64 sinceWallMs = 0;

    friend bool operator==(const Trouble &, const Trouble &) = default;
};

class EngineLink : public QObject {
    Q_OBJECT
public:
    explicit EngineLink(QObject *parent = nullptr);
    ~EngineLink() override;

    FramePtr frame() const { return m_frame; } // never null
    LinkState state() const { return m_state; }
    const Trouble &trouble() const { return m_trouble; }
    qint64 lostSinceWallMs() const { return m_lostSinceWallMs; }
    bool isFirstStart() const { return m_isFirstStart; }
    // Among the last ones seen in frames; else find().
    std::shared_ptr<const Exchange> known(const ExchangeId &id) const;

    // ---- commands ----
    // Three groups, each as long-lived as the link. Answers are futures: `.then(this, …)`.
    virtual engine::BoardControl &control() = 0;
    virtual engine::History &history() = 0;
    virtual engine::Setup &setup() = 0;
    virtual QFuture<Result<void>> addSimulatedProviders() = 0;
    // One small request of our own to `model`, with the key of client `default`, seen like any
    // other.
    virtual void sendTestRequest(const QString &model) = 0;
    virtual QFuture<Result<quint32>> editConfig(const QString &path, const QByteArray &jsonValue)
        = 0;
    virtual QFuture<Result<Decision>> explain(const engine::ExplainAsk &ask) = 0;
    virtual QFuture<Result<store::Page>> page(std::optional<ExchangeId> before, int limit) = 0;
    virtual QFuture<Result<std::shared_ptr<const Exchange>>> find(const ExchangeId &id) = 0;

    // ---- ways out of a trouble ----
    virtual void takeOver() = 0; // OtherProcess: ask it to finish, then serve from here
    virtual void retry() = 0; // start again as configured
    virtual void keepPort() = 0; // PortTaken: write the other port into the configuration

signals:
    void frameArrived(const sb::FramePtr &frame);
    // Once per changed exchange of a frame, oldest first, after frameArrived.
    void exchangeChanged(const std::shared_ptr<const sb::Exchange> &exchange);
    void stateChanged(); // state(), trouble() or isFirstStart()

protected:
    void takeFrame(const FramePtr &frame);
    void setState(LinkState state, const Trouble &trouble = {});
    void setFirstStart(bool isFirst);

private:
    static constexpr size_t kKnown = 2'000;

    FramePtr m_frame;
    LinkState m_state = LinkState::Starting;
    Trouble m_trouble;
    qint64 m_lostSinceWallMs = 0;
    bool m_isFirstStart = false;
    QHash<ExchangeId, std::shared_ptr<const Exchange>> m_known;
    std::deque<ExchangeId> m_order; // oldest first
};

} // namespace sb::link
