// Marked secrets in every slot, a full run with errors, and a provider that quotes whatever it was
// sent: none of them appears in a log, a file, a reply or the output of a command. [robustness §8]
#include "daemon_kit.h"

#include <QDirIterator>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTcpServer>
#include <QUrl>

#include <signal.h>

using namespace sb::cli_kit;

namespace {
// Signs that look different in each spelling.
const QByteArray kClient = "sbx-canary/client+K1=aa11bb22cc33";
const QByteArray kProvider = "sk-canary/provider+P1=dd44ee55ff66";
const QByteArray kQuery = "sk-canary/query+Q1=0a1b2c3d4e5f";
const QByteArray kGarbage = "sk-canary/garbage+G1=9z8y7x6w5v4u";
const QByteArray kPrompt = "sk-canary/prompt+T1=1q2w3e4r5t6y";
const QByteArray kHeader = "sk-canary/header+H1=7u8i9o0p1a2s";
const QByteArray kCookie = "sk-canary/cookie+C1=3d4f5g6h7j8k";
const QByteArray kPath = "sk-canary_path_N1_9l8k7j6h5g4f";

QByteArrayList allSecrets()
{
    return {kClient, kProvider, kQuery, kGarbage, kPrompt, kHeader, kCookie, kPath};
}

QByteArray jsonEscaped(QByteArray text)
{
    return text.replace('\\', "\\\\").replace('"', "\\\"").replace("\r\n", "\\r\\n");
}

QByteArrayList formsOf(const QByteArray &secret)
{
    QByteArrayList forms{secret, secret.toPercentEncoding(), secret.toPercentEncoding().toLower(),
                         QByteArray(secret).replace('/', "\\/"), secret.toHex()};
    for (const auto options : {QByteArray::Base64Encoding, QByteArray::Base64UrlEncoding}) {
        for (int before = 0; before < 3; ++before) {
            const QByteArray digits
                = QByteArray(QByteArray(before, 'x') + secret).toBase64(options);
            forms.append(digits.mid(4, ((secret.size() + before) / 3) * 4 - 4));
        }
    }
    return forms;
}

// Tells back what it was sent, in every way a provider could: the first segment of the path says
// how.
class Parrot : public QTcpServer {
    Q_OBJECT
public:
    Parrot()
    {
        connect(this, &QTcpServer::newConnection, this, [this] {
            while (QTcpSocket *socket = nextPendingConnection()) {
                connect(socket, &QTcpSocket::readyRead, this, [this, socket] { read(socket); });
                connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
            }
        });
    }
    bool hasSeen(const QByteArray &text) const { return m_seen.contains(text); }

    static QByteArrayList ways()
    {
        return {"ok",    "e400", "e401",  "e403",  "e404", "e429", "e500",     "e529",  "html",
                "in200", "cut",  "coded", "event", "late", "type", "redirect", "status"};
    }

private:
    void read(QTcpSocket *socket)
    {
        QByteArray raw = socket->property("raw").toByteArray() + socket->readAll();
        socket->setProperty("raw", raw);
        const qsizetype end = raw.indexOf("\r\n\r\n");
        if (end < 0)
            return;
        const QByteArray head = raw.left(end);
        const qsizetype at = head.toLower().indexOf("content-length: ");
        const qsizetype length = at < 0 ? 0 : head.mid(at + 16).split('\r').first().toLongLong();
        if (raw.size() < end + 4 + length)
            return;
        m_seen += head;
        const QByteArray way = head.split(' ').value(1).split('/').value(1);
        QByteArray key;
        for (const QByteArray &line : head.split('\n')) {
            const QByteArray lower = line.toLower();
            if (lower.startsWith("authorization: bearer "))
                key = line.mid(22).trimmed();
            else if (lower.startsWith("x-api-key: "))
                key = line.mid(11).trimmed();
        }
        socket->write(answer(way, head, key));
        socket->disconnectFromHost();
    }

    static QByteArray framed(const QByteArray &status, const QByteArray &type,
                             const QByteArray &key, const QByteArray &body)
    {
        return "HTTP/1.1 " + status + "\r\ncontent-type: " + type + "\r\nx-request-id: req-" + key
            + "\r\nrequest-id: " + key + "\r\nx-ratelimit-limit-requests: " + key
            + "\r\nanthropic-ratelimit-tokens-limit: " + key + "\r\nopenai-processing-ms: " + key
            + "\r\nset-cookie: k=" + key + "\r\nx-echo: " + key
            + "\r\nconnection: close\r\ncontent-length: " + QByteArray::number(body.size())
            + "\r\n\r\n" + body;
    }

    static QByteArray answer(const QByteArray &way, const QByteArray &head, const QByteArray &key)
    {
        const QByteArray all = "Incorrect API key provided: " + key + " (" + key.toPercentEncoding()
            + ", " + key.toBase64() + ", " + QByteArray("Bearer " + key).toBase64()
            + ") in: " + head;
        const auto error = [&](const QByteArray &text) -> QByteArray {
            return "{\"error\":{\"message\":\"" + jsonEscaped(text) + "\",\"type\":\""
                + jsonEscaped(key) + "\",\"code\":\"" + jsonEscaped(key) + "\"}}";
        };
        const QByteArray json = "application/json";
        if (way == "ok")
            return framed("200 OK", json, key,
                          R"({"id":"x","object":"chat.completion","type":"message","model":"m",)"
                          R"("role":"assistant","content":[{"type":"text","text":"hi"}],)"
                          R"("stop_reason":"end_turn","choices":[{"index":0,"message":)"
                          R"({"role":"assistant","content":"hi"},"finish_reason":"stop"}],)"
                          R"("usage":{"input_tokens":3,"output_tokens":1,"prompt_tokens":3,)"
                          R"("completion_tokens":1,"total_tokens":4}})");
        if (way == "html")
            return framed("502 Bad Gateway", "text/html", key,
                          "<html><title>" + all + "</title></html>");
        if (way == "in200")
            return framed("200 OK", json, key, error(all));
        if (way == "cut") // where the text is cut off stands half a key
            return framed("400 Bad Request", json, key, error(QByteArray(380, 'x') + ' ' + key));
        if (way == "coded")
            return framed("400 Bad Request", json, key, error(all.toBase64()));
        if (way == "type")
            return framed("400 " + key, json, key,
                          "{\"type\":\"error\",\"error\":{\"type\":\"" + jsonEscaped(key)
                              + "\",\"message\":\"" + jsonEscaped(error(all)) + "\"}}");
        if (way == "redirect")
            return framed("302 Found\r\nlocation: http://127.0.0.1:1/?key=" + key, json, key,
                          error(all));
        if (way == "status")
            return "HTTP/1.1 9" + key + "\r\n\r\n" + all;
        if (way == "event" || way == "late") {
            QByteArray events;
            if (way == "late")
                events = "data: {\"id\":\"x\",\"object\":\"chat.completion.chunk\",\"model\":\"m\","
                         "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"}}]}\n\n";
            events += "event: error\ndata: " + error(all) + "\n\n";
            return framed("200 OK", "text/event-stream", key, events);
        }
        return framed(way.mid(1) + " No", json, key, error(all));
    }

    QByteArray m_seen;
};

QByteArray configText(quint16 port)
{
    QByteArrayList providers;
    QByteArrayList chains;
    const QByteArray base = "http://127.0.0.1:" + QByteArray::number(port) + '/';
    for (const QByteArray &way : Parrot::ways()) {
        providers.append("{\"id\":\"p-" + way + "\",\"dialects\":{\"openai-chat\":\"" + base + way
                         + "/v1\",\"anthropic\":\"" + base + way
                         + "\"},\"keys\":[{\"id\":\"main\",\"secret\":\"env:CANARY_PROVIDER\"}]}");
        chains.append("{\"id\":\"c-" + way + R"(","targets":[{"provider":"p-)" + way
                      + "\",\"model\":\"m\"}]}");
    }
    return R"({"version":1,"listen":[{"host":"127.0.0.1","port":0}],"providers":[)"
        + providers.join(',') + R"(],"chains":[)" + chains.join(',')
        + R"(],"routing":{"retries_per_target":0},"clients":[{"id":"tester","secret":)"
          R"("env:CANARY_CLIENT","chains":["*"]}]})";
}
} // namespace

class tst_canaries : public QObject {
    Q_OBJECT
private slots:
    void noneComesOut();
};

void tst_canaries::noneComesOut()
{
    Parrot parrot;
    QVERIFY(parrot.listen(QHostAddress::LocalHost, 0));
    Home home;
    home.setVariable(QStringLiteral("CANARY_PROVIDER"), QString::fromLatin1(kProvider));
    home.setVariable(QStringLiteral("CANARY_CLIENT"), QString::fromLatin1(kClient));
    // Everything that could be said is said.
    home.setVariable(QStringLiteral("QT_LOGGING_RULES"), QStringLiteral("signalbox.*=true"));
    home.write(configText(parrot.serverPort()));
    Daemon daemon(home);
    QVERIFY2(daemon.start(), daemon.err().constData());
    QProcess tail;
    tail.setProcessEnvironment(home.environment());
    tail.start(daemonProgram(),
               QStringList{QStringLiteral("tail"), QStringLiteral("--json")} + home.places());
    QVERIFY(tail.waitForStarted());

    QHash<QString, QByteArray> told; // where → what
    QByteArrayList ids;
    int count = 0;
    const auto keep = [&](const QByteArray &what, const Reply &reply) {
        told.insert(QStringLiteral("reply %1 %2").arg(++count).arg(QString::fromUtf8(what)),
                    reply.head + reply.body);
        if (const QByteArray id = reply.field("x-signalbox-id"); !id.isEmpty())
            ids.append(id);
    };
    const QByteArray unknown = "x-unknown: " + kHeader + "\r\ncookie: session=" + kCookie
        + "\r\nx-trace: " + kHeader + "\r\nopenai-organization: " + kHeader + "\r\n";
    const quint16 port = daemon.port();
    for (const QByteArray &way : Parrot::ways()) {
        for (const bool isStream : {false, true}) {
            keep(way,
                 post(port, kClient, "/v1/chat/completions",
                      chatBody("c-" + way, isStream, "my key is " + kPrompt), unknown));
            keep(way,
                 post(port, kClient, "/v1/messages",
                      messagesBody("c-" + way, isStream, "my key is " + kPrompt), unknown));
        }
        keep("explain",
             post(port, kClient, "/v1/chat/completions", chatBody("c-" + way, false, kPrompt),
                  "x-signalbox-dry-run: true\r\n"));
    }
    // Keys in the wrong places, and wrong keys in the right ones.
    const QByteArray query = "?key=" + kQuery.toPercentEncoding();
    const QByteArray body = chatBody("c-ok", false, kPrompt);
    keep("query", post(port, {}, "/v1/chat/completions" + query, body));
    keep("query and key", post(port, kClient, "/v1/chat/completions" + query, body));
    keep("own key in query",
         post(port, {}, "/v1/chat/completions?key=" + kClient.toPercentEncoding(), body));
    keep("garbage", post(port, kGarbage, "/v1/chat/completions", body));
    keep("basic",
         post(port, {}, "/v1/chat/completions", body,
              "authorization: Basic " + QByteArray("u:" + kGarbage).toBase64() + "\r\n"));
    keep("two keys", post(port, kClient, "/v1/messages", body, "x-api-key: " + kGarbage + "\r\n"));
    keep("goog", post(port, {}, "/v1/messages", body, "x-goog-api-key: " + kGarbage + "\r\n"));
    keep("origin", post(port, kClient, "/v1/messages", body, "origin: http://" + kPath + "\r\n"));
    keep("path", get(port, kClient, "/v1/" + kPath));
    keep("path without key", get(port, {}, "/v1/" + kPath));
    keep(
        "bad JSON",
        post(port, kClient, "/v1/chat/completions", "{\"model\":\"c-ok\",\"messages\":" + kPrompt));
    keep("own header",
         post(port, kClient, "/v1/chat/completions", body,
              "x-signalbox-nonsense: " + kHeader + "\r\n"));
    keep("generation", get(port, kClient, "/v1/generation?id=" + kPath));
    keep("broken head",
         post(port, kClient, "/v1/chat/completions", body, "x-bad header: " + kHeader + "\r\n"));
    {
        Call gone(port, kClient); // hangs up with its request under way
        gone.post("/v1/chat/completions", chatBody("c-ok", true, kPrompt), unknown);
    }

    QVERIFY2(parrot.hasSeen(kProvider), "the provider never saw its key");
    for (const QByteArray &secret : {kClient, kQuery, kGarbage, kHeader, kCookie, kPath})
        QVERIFY2(!parrot.hasSeen(secret), QByteArray("a provider was sent " + secret).constData());

    for (const QByteArray &id : QByteArrayList(ids))
        keep("record " + id, get(port, kClient, "/v1/generation?id=" + id));
    const auto command = [&](const char *line) {
        const Ran ran = runHere(home, QString::fromLatin1(line).split(u' '));
        told.insert(QString::fromLatin1(line), ran.out + ran.err);
        return ran;
    };
    QVERIFY(command("export").out.contains("[secret]")); // the quotes are there, without the key
    for (const char *line :
         {"export --format csv", "status", "status --json", "keys list", "provider list",
          "explain --model c-ok --client tester", "check", "keys revoke tester"})
        command(line);
    for (const QByteArray &way : Parrot::ways())
        command(QByteArray("provider verify --json p-" + way).constData());
    // The same on files, after a death that tidies nothing up.
    daemon.signal(SIGHUP);
    const auto tailed
        = [&] { return told[QStringLiteral("tail")] += tail.readAllStandardOutput(); };
    QTRY_VERIFY_WITH_TIMEOUT(tailed().contains(ids.value(Parrot::ways().size())), 10'000);
    daemon.kill();
    tail.waitForFinished();
    told[QStringLiteral("tail")] += tail.readAllStandardOutput() + tail.readAllStandardError();
    told.insert(QStringLiteral("stdout"), daemon.out());
    told.insert(QStringLiteral("stderr"), daemon.err());
    int files = 0;
    const auto readFiles = [&](const QString &when) {
        QDirIterator all(home.path({}), QDir::Files | QDir::Hidden | QDir::System,
                         QDirIterator::Subdirectories);
        while (all.hasNext()) {
            QFile file(all.next());
            if (!file.open(QIODevice::ReadOnly))
                continue; // a socket
            told.insert(when + file.fileName(), file.readAll());
            ++files;
        }
    };
    readFiles(QStringLiteral("killed: "));
    QVERIFY(command("export").code == 0);
    readFiles(QStringLiteral("after: "));

    // The search finds what is there.
    QVERIFY(files > 8);
    const auto found = [&](const QByteArray &text) {
        QStringList places;
        for (auto one = told.cbegin(); one != told.cend(); ++one) {
            if (one.value().contains(text))
                places.append(one.key());
        }
        return places;
    };
    QVERIFY(!found("Incorrect API key provided").isEmpty());
    QVERIFY(!found("p-e401").isEmpty());
    QVERIFY(!found(ids.first()).isEmpty());
    QStringList hits;
    for (const QByteArray &secret : allSecrets()) {
        for (const QByteArray &form : formsOf(secret)) {
            for (const QString &place : found(form))
                hits.append(QString::fromLatin1(form) + QStringLiteral(" in ") + place);
        }
        // Half a key is too much as well.
        for (const QString &place : found(secret.left(secret.size() / 2 + 4)))
            hits.append(QStringLiteral("half of ") + QString::fromLatin1(secret)
                        + QStringLiteral(" in ") + place);
    }
    QVERIFY2(hits.isEmpty(), qPrintable(QString(u'\n' + hits.join(u'\n'))));
    qInfo("%d replies, %d files, %d places searched", count, files, int(told.size()));
}

QTEST_GUILESS_MAIN(tst_canaries)
#include "tst_canaries.moc"
