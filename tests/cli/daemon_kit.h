// signalboxd as a process of its own on folders of its own, and small clients that talk to it.
//
// Nothing here knows the engine: commands, sockets and files are all there is. The environment is
// built from nothing, so neither the real configuration nor a keychain is ever touched.
#pragma once

#include <QElapsedTimer>
#include <QHash>
#include <QProcess>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QTest>

#include <functional>
#include <memory>
#include <optional>

namespace sb::cli_kit {

QString daemonProgram();

// Where one signalboxd lives.
class Home {
public:
    Home();
    QString path(const QString &name) const { return m_folder.filePath(name); }
    QString config() const { return path(QStringLiteral("config.json")); }
    QString data() const { return path(QStringLiteral("data")); }
    QStringList places() const;
    // In place, or as editors do it: a new file moved over the old one.
    void write(const QByteArray &config) const;
    void replace(const QByteArray &config) const;
    QProcessEnvironment environment() const;
    void setVariable(const QString &name, const QString &value) { m_extra.insert(name, value); }

private:
    QTemporaryDir m_folder;
    QHash<QString, QString> m_extra;
};

struct Ran {
    int code = -1;
    QByteArray out;
    QByteArray err;
};
// One command to its end.
Ran run(const Home &home, const QStringList &arguments, const QByteArray &input = {});
// The same with --config and --data-dir.
Ran runHere(const Home &home, const QStringList &arguments, const QByteArray &input = {});

// `signalboxd serve`, until killed.
class Daemon : public QObject {
    Q_OBJECT
public:
    explicit Daemon(const Home &home);
    ~Daemon() override;
    // What the child does before it becomes signalboxd (limits, a umask): only what is safe there.
    void setBefore(const std::function<void()> &before)
    {
        m_process.setChildProcessModifier(before);
    }
    // True when the line with the address came; startMs() tells how long that took.
    bool start(const QStringList &more = {});
    qint64 startMs() const { return m_startMs; }
    quint16 port() const { return m_port; }
    qint64 pid() const { return m_process.processId(); }
    void signal(int number);
    void kill(); // -9, waits for its end
    bool waitEnd(int ms = 15'000);
    bool isRunning() const { return m_process.state() != QProcess::NotRunning; }
    int exitCode() const { return m_process.exitCode(); }
    QByteArray out() const { return m_out; }
    QByteArray err() const { return m_err; }

private:
    void read();

    const Home &m_home;
    QProcess m_process;
    QByteArray m_out;
    QByteArray m_err;
    quint16 m_port = 0;
    qint64 m_startMs = -1;
};

struct Reply {
    int status = 0;
    QByteArray head;
    QHash<QByteArray, QByteArray> fields; // lower case
    QByteArray body; // de-chunked as far as it came
    bool isWhole = false; // its framing said so
    bool isClosed = false; // the connection ended
    QByteArray field(const char *name) const { return fields.value(QByteArray(name)); }
};

// One request on one connection.
class Call : public QObject {
    Q_OBJECT
public:
    Call(quint16 port, const QByteArray &key, QObject *parent = nullptr);
    ~Call() override { m_socket.disconnect(this); }
    void post(const QByteArray &path, const QByteArray &body, const QByteArray &fields = {});
    void get(const QByteArray &path, const QByteArray &fields = {});
    bool isDone() const { return m_reply.isWhole || m_reply.isClosed; }
    bool wait(int ms = 20'000);
    const Reply &reply() const { return m_reply; }

signals:
    void done();

private:
    void send(const QByteArray &request);
    void read();

    quint16 m_port;
    QByteArray m_key;
    QTcpSocket m_socket;
    QByteArray m_raw;
    Reply m_reply;
    bool m_hasHead = false;
    bool m_isChunked = false;
    bool m_wasTold = false;
    qint64 m_length = 0;
};

Reply post(quint16 port, const QByteArray &key, const QByteArray &path, const QByteArray &body,
           const QByteArray &fields = {});
Reply get(quint16 port, const QByteArray &key, const QByteArray &path,
          const QByteArray &fields = {});

QByteArray chatBody(const QByteArray &model, bool isStream, const QByteArray &text = "hello");
QByteArray messagesBody(const QByteArray &model, bool isStream, const QByteArray &text = "hello");
// "digest:…" of a client's key.
QByteArray digest(const QByteArray &key);

} // namespace sb::cli_kit
