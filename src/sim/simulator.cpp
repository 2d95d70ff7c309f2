#include "sim/simulator.h"

#include "sim/fault_set.h"
#include "sim/gate.h"
#include "sim/session.h"
#include "sim/translated.h"
#include "json/writer.h"

#include <QCoreApplication>

#include <algorithm>
#include <unordered_map>
#include <vector>

namespace sb::sim {

namespace {

constexpr qsizetype kMostSeen = 100'000;

class SocketSimulator final : public Simulator, public Desk {
public:
    SocketSimulator(const Script &script, Clock &clock, Random &random)
        : m_script(script)
        , m_clock(clock)
        , m_random(random)
        , m_stepTimer(clock)
        , m_gateTimer(clock)
    {
    }
    ~SocketSimulator() override
    {
        m_gate.reset();
        m_sessions.clear();
    }

    Result<void> open(const QString &host, quint16 port)
    {
        auto gate = Gate::open(host, port, m_clock, [this](int descriptor, bool isLoopback) {
            accepted(descriptor, isLoopback);
        });
        if (!gate)
            return unexpected(gate.error());
        m_gate = std::move(*gate);
        m_startedAt = m_clock.now();
        runSteps();
        return {};
    }

    quint16 port() const override { return m_gate->port(); }
    const QList<Seen> &seen() const override { return m_seen; }
    quint64 headsRead() const override { return m_headsRead; }
    QList<Fault> faults() const override { return m_faults.inForce(m_clock.now()); }
    void setFaults(const QList<Fault> &faults) override
    {
        m_faults.set(faults, m_clock.now());
        applyGate();
    }

private:
    void runSteps()
    {
        while (m_nextStep < m_script.steps.size()) {
            const Step &step = m_script.steps[m_nextStep];
            const Nanos left = m_startedAt + step.at - m_clock.now();
            if (left.count() > 0) {
                m_stepTimer.start(left, [this] { runSteps(); });
                return;
            }
            setFaults(step.faults);
            ++m_nextStep;
        }
    }

    void applyGate()
    {
        const Nanos now = m_clock.now();
        m_gate->setState(m_faults.gate(now));
        if (m_gate->state() == GateState::Refusing) {
            for (auto &[session, owner] : m_sessions)
                session->leave();
        }
        const Nanos next = m_faults.nextChange(now);
        if (next.count() >= 0)
            m_gateTimer.start(next, [this] { applyGate(); });
        else
            m_gateTimer.stop();
    }

    void accepted(int descriptor, bool isLoopback)
    {
        auto session = std::make_unique<Session>(*this, m_hub, m_clock, descriptor, isLoopback);
        if (m_gate && m_gate->state() == GateState::Refusing)
            session->leave();
        Session *key = session.get();
        m_sessions.emplace(key, std::move(session));
    }

    // Desk
    quint64 headRead(const http::RequestHead &head, const Route &route) override
    {
        if (route.call == Call::Control)
            return 0;
        if (head.method == "POST")
            ++m_headsRead;
        Seen seen;
        seen.number = ++m_lastNumber;
        seen.method = head.method;
        seen.path = head.path;
        seen.client = clientOf(head);
        m_seen.append(seen);
        if (m_seen.size() > kMostSeen)
            m_seen.removeFirst();
        return seen.number;
    }

    Plan answer(quint64 number, const http::RequestHead &head, const Route &route,
                QByteArrayView body, const Session &session) override
    {
        PlanContext context{m_script,         m_random,         number,
                            m_clock.wallMs(), head.isKeepAlive, head.minorVersion >= 1};
        if (Seen *seen = find(number))
            seen->isWhole = true;
        switch (route.call) {
        case Call::Generate:
            return answerGenerate(number, head, session, route, body, context);
        case Call::CountTokens: {
            QByteArray why;
            const auto ask = read(head, route, body, why);
            return ask ? planReply(200, tokenCountBody(route.shape, ask->promptTokens), context)
                       : planReply(400, errorBody(route.shape, 400, why, "req_sim"), context);
        }
        case Call::ModelList:
            return planReply(200, modelListBody(route.shape), context);
        case Call::OneModel:
            return planReply(200, modelBody(route.shape, route.model), context);
        case Call::Version:
            return planReply(200, versionBody(), context);
        case Call::Embed: {
            const QByteArray vectors = embeddingsBody(route.shape, head.path, body);
            return vectors.isEmpty() ? planReply(
                       400, errorBody(route.shape, 400, "There is no input.", "req_sim"), context)
                                     : planReply(200, vectors, context);
        }
        case Call::Image:
        case Call::Speech:
        case Call::Transcript:
        case Call::Files:
        case Call::Stored:
            return answerPassed(number, head, session, passed(route.call, head, body), context);
        case Call::Control:
            return answerControl(head, body, session, context);
        case Call::Unknown:
            break;
        }
        return planReply(404, errorBody(route.shape, 404, "Unknown path or method.", "req_sim"),
                         context);
    }

    Plan answerGenerate(quint64 number, const http::RequestHead &head, const Session &session,
                        const Route &route, QByteArrayView body, PlanContext &context)
    {
        QByteArray why;
        const std::optional<Ask> ask = read(head, route, body, why);
        if (!ask)
            return planReply(400,
                             errorBody(route.shape, 400, why,
                                       QByteArray("req_sim" + QByteArray::number(number))),
                             context);
        Seen *seen = find(number);
        const FaultSubject subject{ask->model,
                                   seen ? QByteArrayView(seen->client) : QByteArrayView(),
                                   ask->isStream, !ask->firstTool.isEmpty()};
        const std::optional<Fault> fault = faultFor(head, session, subject);
        if (seen) {
            seen->model = ask->model;
            seen->isStream = ask->isStream;
            seen->fault = fault ? fault->name : QByteArray();
        }
        Plan plan = planAnswer(*ask, fault, context);
        if (!plan.answerId.isEmpty())
            m_shelf.keepAnswer(plan.answerId, std::exchange(plan.answer, {}));
        return plan;
    }

    Passed passed(Call call, const http::RequestHead &head, QByteArrayView body)
    {
        const qint64 seconds = m_clock.wallMs() / 1000;
        switch (call) {
        case Call::Image:
            return imageReply(seconds);
        case Call::Speech:
            return speechReply(body);
        case Call::Transcript:
            return transcriptReply(head.fields.value("content-type"), body);
        case Call::Files:
            return m_shelf.files(head, body, seconds);
        default:
            return m_shelf.answers(head);
        }
    }

    Plan answerPassed(quint64 number, const http::RequestHead &head, const Session &session,
                      const Passed &reply, PlanContext &context)
    {
        Seen *seen = find(number);
        const FaultSubject subject{
            {}, seen ? QByteArrayView(seen->client) : QByteArrayView(), false, false};
        const std::optional<Fault> fault = faultFor(head, session, subject);
        if (seen)
            seen->fault = fault ? fault->name : QByteArray();
        return planPassed(reply, fault, context);
    }

    std::optional<Fault> faultFor(const http::RequestHead &head, const Session &session,
                                  const FaultSubject &subject)
    {
        const std::optional<Fault> fault = askedFault(head, session);
        return fault ? fault : m_faults.pick(subject, m_clock.now(), m_random);
    }

    static std::optional<Ask> read(const http::RequestHead &head, const Route &route,
                                   QByteArrayView body, QByteArray &why)
    {
        return route.shape == Shape::OpenAi || route.shape == Shape::Anthropic
            ? readAsk(route.shape, body, why)
            : readTranslatedAsk(route, head, body, why);
    }

    // A drill of a gateway on this machine names the fault of one request.
    static std::optional<Fault> askedFault(const http::RequestHead &head, const Session &session)
    {
        const QByteArrayView text = head.fields.value("x-sim-fault");
        if (text.isEmpty() || !session.isLoopback() || head.fields.has("origin"))
            return std::nullopt;
        const auto fault = parseFault(text);
        return fault ? std::optional(*fault) : std::nullopt;
    }

    // Only from this machine, and never from a browser's page: those send Origin, and cannot send
    // JSON to another origin without asking first.
    Plan answerControl(const http::RequestHead &head, QByteArrayView body, const Session &session,
                       const PlanContext &context)
    {
        if (!session.isLoopback() || head.fields.has("origin"))
            return planReply(403, "{}", context);
        if (head.path == "/_sim/seen" && head.method == "GET")
            return planReply(200, seenText(), context);
        if (head.path != "/_sim/faults")
            return planReply(404, "{}", context);
        if (head.method == "POST") {
            if (!head.fields.value("content-type").startsWith("application/json"))
                return planReply(415, "{}", context);
            const auto faults = parseFaults(body);
            if (!faults) {
                json::Writer out;
                out.beginObject().member("error", faults.error().detail).endObject();
                return planReply(400, out.take(), context);
            }
            setFaults(*faults);
        } else if (head.method != "GET") {
            return planReply(405, "{}", context);
        }
        json::Writer out;
        out.beginArray();
        for (const Fault &fault : faults())
            out.raw(faultText(fault));
        out.endArray();
        return planReply(200, out.take(), context);
    }

    QByteArray seenText() const
    {
        json::Writer out;
        out.beginObject().member("heads_read", m_headsRead).key("seen").beginArray();
        for (const Seen &seen : m_seen) {
            out.beginObject();
            out.member("number", seen.number)
                .member("method", seen.method)
                .member("path", seen.path);
            out.member("model", seen.model)
                .member("client", seen.client)
                .member("stream", seen.isStream);
            out.member("whole", seen.isWhole)
                .member("aborted", seen.isAborted)
                .member("fault", seen.fault);
            out.endObject();
        }
        out.endArray().endObject();
        return out.take();
    }

    void aborted(quint64 number) override
    {
        if (Seen *seen = find(number))
            seen->isAborted = true;
    }

    void closed(Session &session) override
    {
        const auto it = m_sessions.find(&session);
        if (it == m_sessions.end())
            return;
        // The session is still on the stack.
        if (m_closed.empty())
            QMetaObject::invokeMethod(
                &m_later, [this] { m_closed.clear(); }, Qt::QueuedConnection);
        m_closed.push_back(std::move(it->second));
        m_sessions.erase(it);
    }

    Seen *find(quint64 number)
    {
        if (number == 0 || m_seen.isEmpty() || number < m_seen.first().number
            || number > m_seen.last().number)
            return nullptr;
        return &m_seen[qsizetype(number - m_seen.first().number)];
    }

    const Script m_script;
    Clock &m_clock;
    Random &m_random;
    http::TransportHub m_hub;
    QObject m_later;
    std::unique_ptr<Gate> m_gate;
    std::unordered_map<Session *, std::unique_ptr<Session>> m_sessions;
    std::vector<std::unique_ptr<Session>> m_closed;
    FaultSet m_faults;
    Shelf m_shelf;
    Timer m_stepTimer;
    Timer m_gateTimer;
    QList<Seen> m_seen;
    Nanos m_startedAt{0};
    qsizetype m_nextStep = 0;
    quint64 m_headsRead = 0;
    quint64 m_lastNumber = 0;
};

} // namespace

Result<std::unique_ptr<Simulator>> Simulator::start(const Script &script, const QString &host,
                                                    quint16 port, Clock &clock, Random &random)
{
    auto simulator = std::make_unique<SocketSimulator>(script, clock, random);
    if (auto opened = simulator->open(host, port); !opened)
        return unexpected(opened.error());
    return std::unique_ptr<Simulator>(std::move(simulator));
}

} // namespace sb::sim
