#include "control/control_server.h"

#include "control/frame_json.h"
#include "control/request.h"
#include "control/socket_path.h"
#include "record/exchange_json.h"
#include "json/writer.h"

#include <QLocalSocket>
#include <QPointer>

namespace sb::control {

namespace {
constexpr qint64 kLongestQueue = 4 * 1024 * 1024; // a reader that sleeps loses its tail
constexpr int kPage = 200;

// One caller. Lives as long as its socket.
class Session final : public QObject {
    Q_OBJECT
public:
    Session(engine::Engine &engine, QLocalSocket *socket, ControlServer &server)
        : QObject(socket)
        , m_engine(engine)
        , m_socket(socket)
        , m_server(server)
    {
        connect(socket, &QLocalSocket::readyRead, this, &Session::read);
        connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
    }
    // A run lasts as long as the process that began it stays on the line.
    ~Session() override
    {
        for (const QString &session : std::as_const(m_runs))
            m_engine.endRun(session);
    }

private:
    void read()
    {
        m_lines.feed(m_socket->readAll());
        while (const auto line = m_lines.next())
            run(*line);
        if (m_lines.isTooLong())
            m_socket->abort();
    }

    void run(QByteArrayView line)
    {
        const Result<Request> request = readRequest(line);
        if (!request)
            return refuse(request.error());
        const auto number = [](quint32 revision) { return QByteArray::number(revision); };
        switch (request->command) {
        case Command::Status:
            return answerWith(m_engine.frame(),
                              [](const FramePtr &frame) { return frameJson(*frame); });
        case Command::Tail:
            return tail();
        case Command::Export:
            m_engine.flushHistory().then(
                this,
                [this, isCsv = request->isCsv, session = request->session](const Result<void> &) {
                    exportPage(std::nullopt, isCsv, session);
                });
            return;
        case Command::Explain:
            return answer(m_engine.explain(request->explain),
                          [](const Decision &decision) { return toJson(decision); });
        case Command::Reload:
            return answer(m_engine.reload(), number);
        case Command::Edit:
            return answer(m_engine.editConfig(request->path, request->value), number);
        case Command::Remove:
            return answer(m_engine.editConfig(request->path, {}), number);
        case Command::ClientKey:
            return answer(m_engine.clientKey(request->client),
                          [](const QString &key) { return json::quoted(key); });
        case Command::ProviderKey:
            return answer(
                m_engine.storeProviderKey(request->provider, request->key, request->secret));
        case Command::ProviderConfirm:
            return answer(m_engine.confirmAddress(request->provider));
        case Command::Verify:
            return answer(m_engine.verifyProvider(request->provider),
                          [](const QByteArray &json) { return json; });
        case Command::Simulate:
            return answer(m_engine.addSimulatedProviders());
        case Command::RunBegin:
            return beginRun(request->run);
        case Command::RunReceipt:
            return answer(
                m_engine.runReceipt(request->session),
                [](const gateway::RunReceipt &receipt) { return gateway::toJson(receipt); });
        case Command::Flush:
            return answer(m_engine.flushHistory());
        case Command::Stop:
            return stop();
        }
    }

    void send(const QByteArray &line) { m_socket->write(line + '\n'); }

    void done(const QByteArray &json) { send("{\"ok\":true,\"result\":" + json + '}'); }

    void refuse(const Error &error) { send(refusalText(error)); }

    template <typename T, typename Spell> void answer(QFuture<Result<T>> future, Spell spell)
    {
        future.then(this, [this, spell](const Result<T> &result) {
            if (result)
                done(spell(*result));
            else
                refuse(result.error());
        });
    }

    void answer(QFuture<Result<void>> future)
    {
        future.then(this, [this](const Result<void> &result) {
            if (result)
                done("null");
            else
                refuse(result.error());
        });
    }

    template <typename T, typename Spell> void answerWith(QFuture<T> future, Spell spell)
    {
        future.then(this, [this, spell](const T &value) { done(spell(value)); });
    }

    void beginRun(const engine::RunAsk &ask)
    {
        // Whoever asked may have gone before the answer: then nobody stands by the run.
        const auto begun = [self = QPointer<Session>(this),
                            &engine = m_engine](const Result<engine::RunStarted> &run) {
            if (!self) {
                if (run)
                    engine.endRun(run->session);
                return;
            }
            if (!run)
                return self->refuse(run.error());
            self->m_runs.append(run->session);
            json::Writer w;
            w.beginObject()
                .member("session", run->session)
                .member("key", run->key.reveal())
                .member("client", run->client.text())
                .member("address", run->address)
                .endObject();
            self->done(w.take());
        };
        m_engine.beginRun(ask).then(&m_engine, begun);
    }

    void tail()
    {
        done("null");
        connect(&m_engine, &engine::Engine::published, this, [this](const FramePtr &frame) {
            for (const EventView &event : frame->events) {
                if (m_socket->bytesToWrite() < kLongestQueue)
                    send(eventJson(event));
            }
            for (const auto &exchange : frame->changed) {
                if (exchange->phase == Phase::Settled && m_socket->bytesToWrite() < kLongestQueue)
                    send(toJson(*exchange));
            }
        });
    }

    // Page after page, the next one when the caller has taken this one.
    void exportPage(std::optional<ExchangeId> before, bool isCsv, const QString &session)
    {
        if (!before) {
            done("null");
            if (isCsv)
                m_socket->write(csvHeader());
        }
        m_engine.page(before, kPage)
            .then(this, [this, isCsv, session](const Result<store::Page> &page) {
                if (!page)
                    return refuse(page.error());
                qint64 written = 0;
                for (const auto &exchange : page->exchanges) {
                    if (!session.isEmpty() && exchange->ask.session != session)
                        continue;
                    written
                        += m_socket->write(isCsv ? csvRow(*exchange) : toJson(*exchange) + '\n');
                }
                if (!page->next) {
                    m_socket->disconnectFromServer(); // after the last byte is out
                    return;
                }
                if (written == 0) // nothing that the caller would take
                    return exportPage(page->next, isCsv, session);
                auto *once = new QObject(this);
                connect(m_socket, &QLocalSocket::bytesWritten, once,
                        [this, once, next = *page->next, isCsv, session] {
                            if (m_socket->bytesToWrite() > 0)
                                return;
                            once->deleteLater();
                            once->disconnect();
                            m_socket->disconnect(once);
                            exportPage(next, isCsv, session);
                        });
            });
    }

    void stop()
    {
        done("null");
        emit m_server.stopAsked();
    }

    engine::Engine &m_engine;
    QLocalSocket *m_socket;
    ControlServer &m_server;
    RequestLines m_lines;
    QStringList m_runs; // their sessions
};
} // namespace

ControlServer::ControlServer(engine::Engine &engine, QObject *parent)
    : QObject(parent)
    , m_engine(engine)
{
    m_server.setSocketOptions(QLocalServer::UserAccessOption);
    connect(&m_server, &QLocalServer::newConnection, this, &ControlServer::accept);
}

Result<void> ControlServer::listen()
{
    const QString path = socketPath(m_engine.dataDir());
    // The data folder is locked by us, so a socket that is there belongs to nobody.
    QLocalServer::removeServer(path);
    if (!m_server.listen(path))
        return unexpected(Error::make(QStringLiteral("control_socket"), m_server.errorString()));
    return {};
}

void ControlServer::accept()
{
    while (QLocalSocket *socket = m_server.nextPendingConnection())
        new Session(m_engine, socket, *this);
}

} // namespace sb::control

#include "control_server.moc"
