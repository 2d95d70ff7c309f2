// The event-stream framer against the corpus: the same events however the bytes are split.
#include "dialect/sse.h"
#include "json/reader.h"

#include <QFile>
#include <QTest>

using namespace sb;
using dialect::SseEvent;
using dialect::SseFramer;

class TestSse : public QObject {
    Q_OBJECT

private slots:
    void corpus_data();
    void corpus();
    void restAtTheEnd_data();
    void restAtTheEnd();
    void limit();
    void keepsEveryByte();
};

namespace {

struct Seen {
    QList<std::pair<QByteArray, QByteArray>> events; // name, data
    QList<std::pair<QByteArray, QByteArray>> rest; // what only the end of the input made an event
    QByteArray raw;

    friend bool operator==(const Seen &, const Seen &) = default;
};

void drain(SseFramer &framer, Seen &seen)
{
    SseEvent event;
    while (framer.next(event)) {
        seen.raw += event.raw;
        if (event.hasData) {
            seen.events.append(
                {event.name.isEmpty() ? QByteArray("message") : event.name.toByteArray(),
                 event.data.toByteArray()});
        }
    }
}

// Feeds `parts` from buffers of their own that are wiped after use, as a socket's would be.
Seen frame(const QByteArrayList &parts)
{
    SseFramer framer(1 << 20);
    Seen seen;
    for (const QByteArray &part : parts) {
        QByteArray own(part.constData(), part.size());
        framer.feed(own);
        drain(framer, seen);
        own.fill('#');
    }
    framer.end();
    drain(framer, seen);
    SseEvent event;
    if (framer.rest(event)) {
        seen.raw += event.raw;
        if (event.hasData)
            seen.rest.append(
                {event.name.isEmpty() ? QByteArray("message") : event.name.toByteArray(),
                 event.data.toByteArray()});
    }
    return seen;
}

QByteArrayList single(const QByteArray &bytes)
{
    QByteArrayList parts;
    for (const char c : bytes)
        parts.append(QByteArray(1, c));
    return parts;
}

} // namespace

void TestSse::corpus_data()
{
    QTest::addColumn<QByteArray>("input");
    QTest::addColumn<json::Value>("expected");
    QFile file(qEnvironmentVariable("SIGNALBOX_CORPORA") + QStringLiteral("/sse/cases.jsonl"));
    if (!qEnvironmentVariableIsSet("SIGNALBOX_CORPORA"))
        QSKIP("SIGNALBOX_CORPORA is not set");
    QVERIFY(file.open(QIODevice::ReadOnly));
    while (!file.atEnd()) {
        const QByteArray line = file.readLine();
        const Result<json::Value> value = json::read(line);
        QVERIFY(value);
        QTest::newRow(value->find("id")->text().constData())
            << QByteArray::fromBase64(value->find("input_b64")->text()) << *value->find("expected");
    }
}

void TestSse::corpus()
{
    QFETCH(QByteArray, input);
    QFETCH(json::Value, expected);
    QList<std::pair<QByteArray, QByteArray>> wanted;
    for (const json::Value &event : expected.items())
        wanted.append({event.find("event")->text(), event.find("data")->text()});
    const Seen whole = frame({input});
    QCOMPARE(whole.raw, input);
    QCOMPARE(whole.events.size(), wanted.size());
    for (qsizetype i = 0; i < wanted.size(); ++i) {
        QCOMPARE(whole.events[i].first, wanted[i].first);
        // The framer works on bytes; the corpus shows broken ones decoded.
        QCOMPARE(QString::fromUtf8(whole.events[i].second), QString::fromUtf8(wanted[i].second));
    }
    const Seen bytes = frame(single(input));
    QVERIFY(bytes == whole);
    // Long inputs are cut at a sample of places.
    const qsizetype step = input.size() > 4000 ? input.size() / 500 : 1;
    for (qsizetype at = 0; at <= input.size(); at += step) {
        const Seen cut = frame({input.first(at), input.sliced(at)});
        QVERIFY2(cut == whole, QByteArray::number(at).constData());
    }
}

void TestSse::restAtTheEnd_data()
{
    QTest::addColumn<QByteArray>("input");
    QTest::addColumn<int>("events");
    QTest::addColumn<QByteArray>("rest");
    QTest::newRow("no line end") << QByteArray("data: a\n\ndata: b") << 1 << QByteArray("b");
    QTest::newRow("one line end") << QByteArray("data: a\n\ndata: b\n") << 1 << QByteArray("b");
    QTest::newRow("two lines") << QByteArray("data: b\ndata: c") << 0 << QByteArray("b\nc");
    QTest::newRow("ends in CR") << QByteArray("data: b\r\r") << 1 << QByteArray();
    QTest::newRow("half a mark") << QByteArray("\xEF\xBB") << 0 << QByteArray();
    QTest::newRow("nothing") << QByteArray() << 0 << QByteArray();
}

void TestSse::restAtTheEnd()
{
    QFETCH(QByteArray, input);
    QFETCH(int, events);
    QFETCH(QByteArray, rest);
    for (const Seen &seen : {frame({input}), frame(single(input))}) {
        QCOMPARE(int(seen.events.size()), events);
        QCOMPARE(seen.rest.isEmpty() ? QByteArray() : seen.rest[0].second, rest);
        QCOMPARE(seen.raw, input);
    }
}

void TestSse::limit()
{
    SseEvent event;
    for (const qsizetype step : {qsizetype(1), qsizetype(10), qsizetype(1000)}) {
        SseFramer framer(100);
        const QByteArray input = "data: " + QByteArray(200, 'x') + "\n\n";
        for (qsizetype at = 0; at < input.size(); at += step) {
            framer.feed(QByteArrayView(input).sliced(at, qMin(step, input.size() - at)));
            QVERIFY(!framer.next(event));
        }
        QVERIFY(framer.isOverLimit());
    }
    SseFramer framer(100);
    const QByteArray fitting = "data: " + QByteArray(92, 'x') + "\n\n";
    framer.feed(fitting);
    QVERIFY(framer.next(event));
    QVERIFY(!framer.isOverLimit());
}

// Comments, blank lines and unknown fields belong to some event's raw bytes.
void TestSse::keepsEveryByte()
{
    const QByteArray input = "\n\n: hi\n\nid: 7\nretry: 10\n\nevent: x\ndata\n\ndata: y\r\n\r\n";
    const Seen seen = frame(single(input));
    QCOMPARE(seen.raw, input);
    QCOMPARE(seen.events.size(), 2);
    QCOMPARE(seen.events[0].first, QByteArray("x"));
    QCOMPARE(seen.events[0].second, QByteArray());
}

QTEST_APPLESS_MAIN(TestSse)
#include "tst_sse.moc"
