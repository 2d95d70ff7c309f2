#include "daemon_kit.h"

#include <QCryptographicHash>
#include <QFile>
#include <QSaveFile>

#include <signal.h>

namespace sb::cli_kit {

namespace {
constexpr int kPatience = 30'000; // a busy machine is slow, never wrong
}

QString daemonProgram()
{
    return QStringLiteral(SB_DAEMON);
}

Home::Home() = default;

QStringList Home::places() const
{
    return {QStringLiteral("--config"), config(), QStringLiteral("--data-dir"), data()};
}

void Home::write(const QByteArray &text) const
{
    QFile file(config());
    if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate) || file.write(text) != text.size())
        qFatal("cannot write the configuration");
}

void Home::replace(const QByteArray &text) const
{
    QSaveFile file(config());
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size() || !file.commit())
        qFatal("cannot replace the configuration");
}

QProcessEnvironment Home::environment() const
{
    QProcessEnvironment environment;
    const QString home = m_folder.path();
    for (const char *kept : {"PATH", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "TSAN_OPTIONS",
                             "UBSAN_OPTIONS", "LSAN_OPTIONS"}) {
        if (qEnvironmentVariableIsSet(kept))
            environment.insert(QString::fromLatin1(kept), qEnvironmentVariable(kept));
    }
    environment.insert(QStringLiteral("LC_ALL"), QStringLiteral("C.UTF-8"));
    environment.insert(QStringLiteral("HOME"), home);
    for (const char *name : {"XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"})
        environment.insert(QString::fromLatin1(name), home);
    for (auto extra = m_extra.cbegin(); extra != m_extra.cend(); ++extra)
        environment.insert(extra.key(), extra.value());
    return environment;
}

Ran run(const Home &home, const QStringList &arguments, const QByteArray &input)
{
    QProcess process;
    process.setProcessEnvironment(home.environment());
    process.start(daemonProgram(), arguments);
    process.write(input);
    process.closeWriteChannel();
    Ran ran;
    // Events keep running: the test itself may be the provider that is asked.
    if (!QTest::qWaitFor([&] { return process.state() == QProcess::NotRunning; }, kPatience)) {
        qWarning("%s did not end", qPrintable(arguments.join(u' ')));
        process.kill();
        process.waitForFinished();
        return ran;
    }
    ran.code = process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1;
    ran.out = process.readAllStandardOutput();
    ran.err = process.readAllStandardError();
    return ran;
}

Ran runHere(const Home &home, const QStringList &arguments, const QByteArray &input)
{
    return run(home, arguments + home.places(), input);
}

Daemon::Daemon(const Home &home)
    : m_home(home)
{
    connect(&m_process, &QProcess::readyReadStandardOutput, this, &Daemon::read);
    connect(&m_process, &QProcess::readyReadStandardError, this, &Daemon::read);
}

Daemon::~Daemon()
{
    if (isRunning())
        kill();
}

bool Daemon::start(const QStringList &more)
{
    m_port = 0;
    m_out.clear();
    QStringList arguments{QStringLiteral("serve")};
    arguments += m_home.places();
    arguments += more;
    m_process.setProcessEnvironment(m_home.environment());
    QElapsedTimer watch;
    watch.start();
    m_process.start(daemonProgram(), arguments);
    const bool hasEnded = QTest::qWaitFor([&] { return m_port != 0 || !isRunning(); }, kPatience);
    m_startMs = watch.elapsed();
    read();
    return hasEnded && m_port != 0;
}

void Daemon::read()
{
    m_out += m_process.readAllStandardOutput();
    m_err += m_process.readAllStandardError();
    if (m_port != 0)
        return;
    const QByteArray word = "listening on http://127.0.0.1:";
    const qsizetype at = m_out.indexOf(word);
    const qsizetype end = at < 0 ? -1 : m_out.indexOf('\n', at);
    if (end > 0)
        m_port = m_out.mid(at + word.size(), end - at - word.size()).toUShort();
}

void Daemon::signal(int number)
{
    if (isRunning())
        ::kill(pid_t(m_process.processId()), number);
}

void Daemon::kill()
{
    m_process.kill();
    m_process.waitForFinished(kPatience);
    read();
}

bool Daemon::waitEnd(int ms)
{
    const bool hasEnded = QTest::qWaitFor([&] { return !isRunning(); }, ms);
    read();
    return hasEnded;
}

Call::Call(quint16 port, const QByteArray &key, QObject *parent)
    : QObject(parent)
    , m_port(port)
    , m_key(key)
{
    connect(&m_socket, &QTcpSocket::readyRead, this, &Call::read);
    const auto closed = [this] {
        read();
        m_reply.isClosed = true;
        if (!std::exchange(m_wasTold, true))
            emit done();
    };
    connect(&m_socket, &QTcpSocket::disconnected, this, closed);
    connect(&m_socket, &QTcpSocket::errorOccurred, this, closed);
}

void Call::post(const QByteArray &path, const QByteArray &body, const QByteArray &fields)
{
    send("POST " + path + " HTTP/1.1\r\nhost: 127.0.0.1:" + QByteArray::number(m_port) + "\r\n"
         + (m_key.isEmpty() ? QByteArray() : "authorization: Bearer " + m_key + "\r\n")
         + "content-type: application/json\r\ncontent-length: " + QByteArray::number(body.size())
         + "\r\n" + fields + "\r\n" + body);
}

void Call::get(const QByteArray &path, const QByteArray &fields)
{
    send("GET " + path + " HTTP/1.1\r\nhost: 127.0.0.1:" + QByteArray::number(m_port) + "\r\n"
         + (m_key.isEmpty() ? QByteArray() : "authorization: Bearer " + m_key + "\r\n") + fields
         + "\r\n");
}

void Call::send(const QByteArray &request)
{
    m_socket.connectToHost(QStringLiteral("127.0.0.1"), m_port);
    m_socket.write(request);
}

bool Call::wait(int ms)
{
    return QTest::qWaitFor([this] { return isDone(); }, ms);
}

void Call::read()
{
    m_raw += m_socket.readAll();
    if (!m_hasHead) {
        const qsizetype end = m_raw.indexOf("\r\n\r\n");
        if (end < 0)
            return;
        m_hasHead = true;
        m_reply.head = m_raw.left(end);
        m_raw.remove(0, end + 4);
        const QList<QByteArray> lines = m_reply.head.split('\n');
        m_reply.status = lines.first().split(' ').value(1).toInt();
        for (const QByteArray &line : lines.sliced(1)) {
            const qsizetype colon = line.indexOf(':');
            m_reply.fields.insert(line.left(colon).toLower(), line.mid(colon + 1).trimmed());
        }
        m_isChunked = m_reply.field("transfer-encoding") == "chunked";
        m_length = m_reply.field("content-length").toLongLong();
    }
    if (!m_isChunked) {
        m_reply.body += m_raw;
        m_raw.clear();
        m_reply.isWhole = m_reply.body.size() >= m_length;
    }
    while (m_isChunked && !m_reply.isWhole) {
        const qsizetype lineEnd = m_raw.indexOf("\r\n");
        if (lineEnd < 0)
            break;
        const qsizetype size = m_raw.left(lineEnd).toLongLong(nullptr, 16);
        if (m_raw.size() < lineEnd + 2 + size + 2)
            break;
        m_reply.body += m_raw.mid(lineEnd + 2, size);
        m_raw.remove(0, lineEnd + 2 + size + 2);
        m_reply.isWhole = size == 0;
    }
    if (m_reply.isWhole && !std::exchange(m_wasTold, true))
        emit done();
}

Reply post(quint16 port, const QByteArray &key, const QByteArray &path, const QByteArray &body,
           const QByteArray &fields)
{
    Call call(port, key);
    call.post(path, body, fields);
    if (!call.wait())
        qWarning("the reply did not end");
    return call.reply();
}

Reply get(quint16 port, const QByteArray &key, const QByteArray &path, const QByteArray &fields)
{
    Call call(port, key);
    call.get(path, fields);
    if (!call.wait())
        qWarning("the reply did not end");
    return call.reply();
}

QByteArray chatBody(const QByteArray &model, bool isStream, const QByteArray &text)
{
    return "{\"model\":\"" + model + "\",\"stream\":" + (isStream ? "true" : "false")
        + ",\"messages\":[{\"role\":\"user\",\"content\":\"" + text + "\"}]}";
}

QByteArray messagesBody(const QByteArray &model, bool isStream, const QByteArray &text)
{
    return "{\"model\":\"" + model
        + "\",\"max_tokens\":64,\"stream\":" + (isStream ? "true" : "false")
        + ",\"messages\":[{\"role\":\"user\",\"content\":\"" + text + "\"}]}";
}

QByteArray digest(const QByteArray &key)
{
    return "digest:" + QCryptographicHash::hash(key, QCryptographicHash::Sha256).toHex();
}

} // namespace sb::cli_kit
