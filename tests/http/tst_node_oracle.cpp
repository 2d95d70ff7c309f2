// The same bytes to Node's own parser, strict: we may be stricter, never laxer. What we read as a
// message Node reads as the same message; what Node refuses we do not take.
//
// Inputs: every request and reply of the corpora as it is, then seeded ones: 3,000, and 100,000
// with SIGNALBOX_LONG=1.
#include "whole_reading.h"
#include "wire_generator.h"

#include <QDir>
#include <QJsonArray>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <QtEndian>

using namespace sb::http;
using namespace sb::http::reading;

namespace {

constexpr int kShort = 3'000;
constexpr int kLong = 100'000;

struct Input {
    bool isReply = false;
    QByteArray bytes;
};

struct NodeMessage {
    QByteArray head;
    QByteArray body;
    bool isComplete = false;
};

struct NodeReading {
    QByteArray verdict;
    QByteArray code;
    QList<NodeMessage> messages;
};

QByteArray fromBase64(const QJsonValue &value)
{
    return QByteArray::fromBase64(value.toString().toLatin1());
}

// Node reads them all in one process.
QList<NodeReading> readByNode(const QString &node, const QList<Input> &inputs)
{
    QTemporaryDir folder;
    QFile file(folder.filePath(QStringLiteral("inputs")));
    if (!file.open(QIODevice::WriteOnly))
        return {};
    for (const Input &input : inputs) {
        const quint32 size = qToLittleEndian(quint32(input.bytes.size()));
        file.write(input.isReply ? "P" : "Q");
        file.write(reinterpret_cast<const char *>(&size), sizeof size);
        file.write(input.bytes);
    }
    file.close();
    QProcess process;
    process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    process.start(node,
                  {QStringLiteral(SB_SOURCE_DIR "/tests/http/node_reader.js"), file.fileName()});
    if (!process.waitForFinished(600'000) || process.exitCode() != 0)
        return {};
    QList<NodeReading> readings;
    for (const QByteArray &line : process.readAllStandardOutput().split('\n')) {
        if (line.isEmpty())
            continue;
        const QJsonObject object = QJsonDocument::fromJson(line).object();
        NodeReading reading;
        reading.verdict = object[QStringLiteral("v")].toString().toLatin1();
        reading.code = object[QStringLiteral("e")].toString().toLatin1();
        for (const QJsonValue &message : object[QStringLiteral("m")].toArray())
            reading.messages.append({fromBase64(message[QStringLiteral("h")]),
                                     fromBase64(message[QStringLiteral("b")]),
                                     message[QStringLiteral("c")].toBool()});
        readings.append(reading);
    }
    return readings;
}

QByteArray headOf(const Message &message)
{
    return (message.status > 0 ? QByteArray::number(message.status)
                               : QByteArray(message.method + ' ' + message.target))
        + '\n' + message.fields;
}

// Where we took more than Node; empty when nowhere.
QByteArray laxness(const Reading &ours, const NodeReading &node)
{
    for (qsizetype i = 0; i < ours.messages.size(); ++i) {
        // After an upgrade Node speaks something else; we never do, and ask for none.
        if (node.verdict == "upgrade" && i >= node.messages.size())
            return {};
        const Message &message = ours.messages[i];
        if (i >= node.messages.size())
            return "a head that Node has not";
        const NodeMessage &theirs = node.messages[i];
        if (headOf(message) != theirs.head)
            return "another head: " + headOf(message) + " / " + theirs.head;
        const bool isLast = i + 1 == ours.messages.size();
        const bool isWhole = message.isComplete || (isLast && ours.isUnframed);
        if (!isWhole)
            continue;
        if (node.verdict == "upgrade" && i + 1 == node.messages.size())
            return {};
        if (!theirs.isComplete)
            return "a message that is not whole for Node";
        if (message.body != theirs.body)
            return "another body";
    }
    const bool isSwallowed = node.verdict == "error" && ours.verdict() == "ok" && ours.left == 0;
    return isSwallowed ? "all of it, where Node sees an error" : QByteArray();
}

} // namespace

class TstNodeOracle : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void findsLaxness_data();
    void findsLaxness();
    void neverLaxer();

private:
    QList<Input> known() const;
    QString m_node;
};

void TstNodeOracle::initTestCase()
{
    m_node = QStandardPaths::findExecutable(QStringLiteral("node"));
    if (m_node.isEmpty())
        QSKIP("node is not installed: there is nobody to compare with");
}

// The comparison itself: against what Node says of one input, readings of another, laxer kind.
void TstNodeOracle::findsLaxness_data()
{
    QTest::addColumn<QByteArray>("input");
    QTest::addColumn<QByteArray>("laxly"); // how a lax reader would understand it
    const auto row = [](const char *name, const char *input, const char *laxly) {
        QTest::newRow(name) << QByteArray(input) << QByteArray(laxly);
    };
    const char *plain = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    row("bare line feeds", "GET / HTTP/1.1\nHost: a\n\n", plain);
    row("both lengths",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
        "0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nX: y\r\n\r\n0");
    row("behind the end", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET / HTTP/1.1",
        "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    row("another length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nxy");
    row("another name", "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX_A: b\r\n\r\n");
    row("a cut body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
    row("junk", "GET / HTTP/1.1\r\nHost: a\r\n\r\n\x01", plain);
}

void TstNodeOracle::findsLaxness()
{
    QFETCH(QByteArray, input);
    QFETCH(QByteArray, laxly);
    const QList<NodeReading> node = readByNode(m_node, {{false, input}});
    QCOMPARE(node.size(), 1);
    QVERIFY(!laxness(readAny("request", laxly, laxly.size()), node.first()).isEmpty());
    QCOMPARE(laxness(readAny("request", input, input.size()), node.first()), QByteArray());
}

QList<Input> TstNodeOracle::known() const
{
    QList<Input> inputs;
    for (const char *name : {"cases.jsonl", "smuggling.jsonl"}) {
        for (const QJsonObject &row : load(QLatin1String(name))) {
            const QByteArray kind = row[QStringLiteral("kind")].toString().toLatin1();
            QByteArray bytes = fromBase64(row[QStringLiteral("input_b64")]);
            if (kind == "chunked")
                bytes.prepend("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
            else if (kind == "headers")
                bytes.prepend("GET / HTTP/1.1\r\n");
            inputs.append({kind == "response", bytes});
            if (kind != "response") // the old cases have no Host, which we want
                inputs.append({false, withHosts(bytes)});
        }
    }
    for (const char *name : {"fuzz_request", "fuzz_reply"}) {
        const QDir folder(QStringLiteral(SB_SOURCE_DIR "/tests/fuzz/corpus/")
                          + QLatin1String(name));
        for (const QString &entry : folder.entryList(QDir::Files, QDir::Name)) {
            QFile file(folder.filePath(entry));
            if (file.open(QIODevice::ReadOnly))
                inputs.append({name == QByteArrayView("fuzz_reply"), file.readAll()});
        }
    }
    return inputs;
}

void TstNodeOracle::neverLaxer()
{
    QList<Input> inputs = known();
    QList<QByteArray> requests;
    QList<QByteArray> replies;
    for (const Input &input : std::as_const(inputs)) {
        if (input.bytes.size() <= 4096)
            (input.isReply ? replies : requests).append(input.bytes);
    }
    const int fixed = int(inputs.size());
    const int wanted = qEnvironmentVariableIsSet("SIGNALBOX_LONG") ? kLong : kShort;
    WireGenerator generator(20261123, requests, replies);
    for (int i = 0; i < wanted; ++i) {
        const bool isReply = i % 4 == 3;
        inputs.append({isReply, generator.next(isReply)});
    }
    const QList<NodeReading> node = readByNode(m_node, inputs);
    QCOMPARE(node.size(), inputs.size());
    int bothTake = 0;
    int bothRefuse = 0;
    int stricter = 0;
    QStringList laxer;
    for (qsizetype i = 0; i < inputs.size(); ++i) {
        const Input &input = inputs[i];
        const QByteArray kind = input.isReply ? "response" : "request";
        const Reading ours = readAny(kind, input.bytes, input.bytes.size() + 1);
        const QByteArray lax = laxness(ours, node[i]);
        if (!lax.isEmpty())
            laxer.append(QStringLiteral("%1 (%2 %3, ours %4): %5")
                             .arg(QString::fromLatin1(lax), QString::fromLatin1(node[i].verdict),
                                  QString::fromLatin1(node[i].code),
                                  QString::fromLatin1(ours.verdict()),
                                  QString::fromLatin1(
                                      input.bytes.left(600).toPercentEncoding(" /:;=,@?#[]{}"))));
        const bool isTaken = ours.error == ParseError::None;
        if (isTaken && node[i].verdict != "error")
            ++bothTake;
        else if (isTaken || node[i].verdict != "error")
            ++stricter;
        else
            ++bothRefuse;
    }
    qInfo("%d known and %d made inputs: both take %d, both refuse %d, we alone refuse %d, laxer %d",
          fixed, wanted, bothTake, bothRefuse, stricter, int(laxer.size()));
    QVERIFY2(laxer.isEmpty(), qPrintable(laxer.mid(0, 20).join(u'\n')));
    // Inputs that nobody takes would show nothing.
    QVERIFY(bothTake > inputs.size() / 10);
    QVERIFY(bothRefuse > inputs.size() / 10);
}

QTEST_GUILESS_MAIN(TstNodeOracle)
#include "tst_node_oracle.moc"
