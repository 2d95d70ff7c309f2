#include "control/control_server.h"

#include "control/frame_json.h"
#include "control/socket_path.h"
#include "record/exchange_json.h"
#include "record/names.h"
#include "json/reader.h"
#include "json/writer.h"

#include <QLocalSocket>
#include <QPointer>

namespace sb::control {

namespace {
constexpr qsizetype kLongestLine = 4 * 1024 * 1024; // a whole configuration fits
constexpr qint64 kLongestQueue = 4 * 1024 * 1024; // a reader that sleeps loses its tail
constexpr int kPage = 200;

QString text(const json::Value &request, QByteArrayView key)
{
    const json::Value *value = request.find(key);
    return value && value->isString() ? value->toString() : QString();
}

bool flag(const json::Value &request, QByteArrayView key)
{
    const json::Value *value = request.find(key);
    return value && value->isBool() && value->toBool();
}

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
        while (m_socket->canReadLine())
            run(m_socket->readLine(kLongestLine).trimmed());
        if (m_socket->bytesAvailable() > kLongestLine)
            m_socket->abort();
    }

    void run(const QByteArray &line)
    {
        const auto request = json::read(line);
        if (!request || !request->isObject())
            return refuse(Error::make(QStringLiteral("bad_json"),
                                      QStringLiteral("A command is one JSON object on a line.")));
        const QString command = text(*request, "command");
        if (command == QStringLiteral("status"))
            answerWith(m_engine.frame(), [](const FramePtr &frame) { return frameJson(*frame); });
        else if (command == QStringLiteral("tail"))
            tail();
        else if (command == QStringLiteral("export"))
            m_engine.flushHistory().then(
                this,
                [this, isCsv = text(*request, "format") == QStringLiteral("csv"),
                 session = text(*request, "session")](const Result<void> &) {
                    exportPage(std::nullopt, isCsv, session);
                });
        else if (command == QStringLiteral("explain"))
            explain(*request);
        else if (command == QStringLiteral("reload"))
            answer(m_engine.reload(),
                   [](quint32 revision) { return QByteArray::number(revision); });
        else if (command == QStringLiteral("edit"))
            answer(m_engine.editConfig(text(*request, "path"), json::write(value(*request))),
                   [](quint32 revision) { return QByteArray::number(revision); });
        else if (command == QStringLiteral("remove"))
            answer(m_engine.editConfig(text(*request, "path"), {}),
                   [](quint32 revision) { return QByteArray::number(revision); });
        else if (command == QStringLiteral("client_key"))
            answer(m_engine.clientKey(ClientId(text(*request, "client"))),
                   [](const QString &key) { return quoted(key); });
        else if (command == QStringLiteral("provider_key"))
            answer(m_engine.storeProviderKey(ProviderId(text(*request, "provider")),
                                             KeyId(text(*request, "key")),
                                             Secret(text(*request, "secret").toUtf8())));
        else if (command == QStringLiteral("verify"))
            answer(m_engine.verifyProvider(ProviderId(text(*request, "provider"))),
                   [](const QByteArray &json) { return json; });
        else if (command == QStringLiteral("simulate"))
            answer(m_engine.addSimulatedProviders());
        else if (command == QStringLiteral("run_begin"))
            beginRun(*request);
        else if (command == QStringLiteral("run_receipt"))
            answer(m_engine.runReceipt(text(*request, "session")),
                   [](const gateway::RunReceipt &receipt) { return gateway::toJson(receipt); });
        else if (command == QStringLiteral("flush"))
            answer(m_engine.flushHistory());
        else if (command == QStringLiteral("stop"))
            stop();
        else
            refuse(
                Error::make(QStringLiteral("no_such_command"),
                            QStringLiteral("There is no command \"%1\".").arg(command.left(64))));
    }

    static json::Value value(const json::Value &request)
    {
        const json::Value *found = request.find("value");
        return found ? *found : json::Value();
    }

    static QByteArray quoted(const QString &text)
    {
        json::Writer w;
        w.string(QStringView(text));
        return w.take();
    }

    void send(const QByteArray &line) { m_socket->write(line + '\n'); }

    void done(const QByteArray &json) { send("{\"ok\":true,\"result\":" + json + '}'); }

    void refuse(const Error &error)
    {
        json::Writer w;
        w.beginObject()
            .member("ok", false)
            .member("code", error.code)
            .member("detail", error.detail)
            .endObject();
        send(w.take());
    }

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

    void explain(const json::Value &request)
    {
        engine::ExplainAsk ask;
        ask.model = text(request, "model");
        ask.client = ClientId(text(request, "client"));
        ask.hasTools = flag(request, "tools");
        ask.hasImages = flag(request, "images");
        ask.dialect = fromName<DialectId>(text(request, "dialect").toUtf8())
                          .value_or(DialectId::OpenAiChat);
        if (const json::Value *down = request.find("down"); down && down->isArray()) {
            for (const json::Value &one : down->items()) {
                if (one.isString())
                    ask.down.append(ProviderId(one.toString()));
            }
        }
        answer(m_engine.explain(ask), [](const Decision &decision) { return toJson(decision); });
    }

    void beginRun(const json::Value &request)
    {
        engine::RunAsk ask;
        ask.program = text(request, "program");
        ask.client = ClientId(text(request, "client"));
        ask.chain = ChainId(text(request, "chain"));
        if (const QString cap = text(request, "cap"); !cap.isEmpty()) {
            ask.cap = Money::parse(cap.toUtf8());
            if (!ask.cap)
                return refuse(Error::make(QStringLiteral("bad_request"),
                                          QStringLiteral("The cap is no amount in dollars.")));
        }
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
