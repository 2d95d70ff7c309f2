#include "store/journal.h"

#include "record/exchange_json.h"
#include "samples.h"
#include "store/crc32c.h"
#include "store/journal_files.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace sb;
using namespace sb::store;

namespace {
QByteArray contents(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void put(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
    QCOMPARE(file.write(bytes), bytes.size());
}
} // namespace

class tst_Journal : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_dir;
    int m_number = 0;
    QString newFolder() { return m_dir.filePath(QStringLiteral("j%1").arg(++m_number)); }

private slots:
    void checksum()
    {
        // [RFC 3720 appendix B.4]
        QCOMPARE(crc32c(QByteArray(32, '\0')), 0x8a9136aau);
        QCOMPARE(crc32c(QByteArray(32, '\xff')), 0x62a8ab43u);
        QCOMPARE(crc32c("123456789"), 0xe3069283u);
        QCOMPARE(crc32c({}), 0u);
    }

    void roundTrip()
    {
        SeededRandom random(11);
        for (int i = 0; i < 3'000; ++i) {
            const Exchange exchange = samples::anything(random);
            const QByteArray bytes = encodeExchange(exchange);
            const Result<Exchange> back = decodeExchange(bytes);
            QVERIFY2(back, qPrintable(QString::number(i)));
            QCOMPARE(encodeExchange(*back), bytes);
            // JSON is written by other code: it sees what both sides of the codec forgot.
            QCOMPARE(toJson(*back), toJson(exchange));
            QCOMPARE(back->acceptedAt, exchange.acceptedAt);
        }
    }

    void cutAtEveryByte()
    {
        SeededRandom random(12);
        for (int i = 0; i < 40; ++i) {
            const QByteArray bytes = encodeExchange(samples::anything(random));
            for (qsizetype length = 0; length < bytes.size(); ++length)
                QVERIFY(!decodeExchange(QByteArrayView(bytes).first(length)));
        }
    }

    void flippedBytes()
    {
        SeededRandom random(13);
        qint64 decoded = 0;
        for (int i = 0; i < 100; ++i) {
            const QByteArray bytes = encodeExchange(samples::anything(random));
            for (int flips = 0; flips < 300; ++flips) {
                QByteArray damaged = bytes;
                for (auto left = 1 + random.below(3); left > 0; --left)
                    damaged[qsizetype(random.below(quint64(damaged.size())))] = char(random.next());
                if (const auto exchange = decodeExchange(damaged)) {
                    // Whatever comes out has values that the tables of names know.
                    QVERIFY(!toJson(*exchange).isEmpty());
                    ++decoded;
                }
            }
        }
        QVERIFY(decoded > 0);
    }

    void unknownTailIsIgnored()
    {
        SeededRandom random(14);
        const Exchange exchange = samples::ordinary(1'764'000'000'000, random);
        QByteArray bytes = encodeExchange(exchange);
        bytes += "later"; // inside the outermost group
        quint32 length;
        memcpy(&length, bytes.constData() + 1, 4);
        length += 5;
        memcpy(bytes.data() + 1, &length, 4);
        bytes += "and behind it";
        const auto back = decodeExchange(bytes);
        QVERIFY(back);
        QCOMPARE(toJson(*back), toJson(exchange));
    }

    void hostileCountAllocatesNothing()
    {
        // A list that claims 2^62 entries.
        SeededRandom random(15);
        Exchange exchange = samples::ordinary(1'764'000'000'000, random);
        exchange.ask.models.clear();
        QByteArray bytes = encodeExchange(exchange);
        const qsizetype at = bytes.indexOf("coding") + 6;
        QCOMPARE(bytes[at], '\0');
        bytes[at] = '\xff';
        QVERIFY(!decodeExchange(bytes));
    }

    void replayGivesBackInOrder()
    {
        const QString folder = newFolder();
        SeededRandom random(1);
        QList<ExchangeId> ids;
        {
            auto journal = Journal::open(folder);
            QVERIFY(journal);
            QCOMPARE(QFile::permissions(folder) & 0x77, QFile::Permissions());
            for (int i = 0; i < 10; ++i) {
                const Exchange exchange = samples::ordinary(1'764'000'000'000 + i, random);
                QVERIFY((*journal)->sent(exchange.id, samples::underWay(exchange, 5), 2));
                if (i != 4 && i != 7)
                    QVERIFY((*journal)->settled(exchange));
                ids << exchange.id;
            }
        }
        QCOMPARE(QFile::permissions(segmentPath(folder, 1)) & 0x77, QFile::Permissions());
        const Replay replay = replayJournal(folder);
        QCOMPARE(replay.damagedBytes, 0);
        QCOMPARE(replay.settled.size(), 8);
        QCOMPARE(replay.settled[4].id, ids[5]);
        QCOMPARE(replay.open.size(), 2);
        QCOMPARE(replay.open[0].id, ids[4]);
        QCOMPARE(replay.open[1].id, ids[7]);
        QCOMPARE(replay.open[0].attempts.last().outcome, AttemptOutcome::Running);
        QCOMPARE(replay.open[0].attempts.last().uncertain, Money{5});
    }

    void tornAtEveryByte()
    {
        const QString folder = newFolder();
        SeededRandom random(2);
        qint64 firstEnds = 0;
        {
            auto journal = Journal::open(folder);
            QVERIFY((*journal)->settled(samples::ordinary(1, random)));
            firstEnds = QFileInfo(segmentPath(folder, 1)).size();
            QVERIFY((*journal)->settled(samples::ordinary(2, random)));
        }
        const QByteArray whole = contents(segmentPath(folder, 1));
        for (qsizetype length = firstEnds; length < whole.size(); ++length) {
            put(segmentPath(folder, 1), whole.first(length));
            const Replay replay = replayJournal(folder);
            QCOMPARE(replay.settled.size(), 1);
            QCOMPARE(replay.damagedBytes, length - firstEnds);
        }
    }

    void damageInTheMiddle()
    {
        const QString folder = newFolder();
        SeededRandom random(3);
        QList<qint64> ends{0};
        {
            auto journal = Journal::open(folder);
            for (int i = 0; i < 5; ++i) {
                QVERIFY((*journal)->settled(samples::ordinary(i + 1, random)));
                ends << QFileInfo(segmentPath(folder, 1)).size();
            }
        }
        const QByteArray whole = contents(segmentPath(folder, 1));
        // One bit anywhere costs one record and no more.
        for (qint64 at = ends[1]; at < ends[2]; ++at) {
            QByteArray damaged = whole;
            damaged[at] = char(damaged[at] ^ 0x10);
            put(segmentPath(folder, 1), damaged);
            const Replay replay = replayJournal(folder);
            QCOMPARE(replay.settled.size(), 4);
            QCOMPARE(replay.damagedBytes, ends[2] - ends[1]);
        }
        // Rubbish between two records, with half a magic in it.
        QByteArray padded = whole;
        padded.insert(ends[2], QByteArray("SBJ") + QByteArray(100, '\0') + "SBJ1SB");
        put(segmentPath(folder, 1), padded);
        const Replay replay = replayJournal(folder);
        QCOMPARE(replay.settled.size(), 5);
        QCOMPARE(replay.damagedBytes, 109);
    }

    void newSegmentAtEveryOpening()
    {
        const QString folder = newFolder();
        SeededRandom random(4);
        for (int i = 0; i < 3; ++i) {
            auto journal = Journal::open(folder);
            QVERIFY(journal);
            QVERIFY((*journal)->settled(samples::ordinary(i + 1, random)));
        }
        QCOMPARE(segmentsIn(folder).size(), 3);
        QCOMPARE(replayJournal(folder).settled.size(), 3);
        QCOMPARE(replayJournal(newFolder()).settled.size(), 0); // no folder, no trouble
    }

    void committedSegmentsGo()
    {
        const QString folder = newFolder();
        SeededRandom random(5);
        auto journal = Journal::open(folder);
        QVERIFY(journal);
        const Exchange longOne = samples::ordinary(1, random);
        QVERIFY((*journal)->sent(longOne.id, samples::underWay(longOne, 5), 2));
        Exchange exchange;
        const auto fillOneSegment = [&] {
            const auto before = segmentsIn(folder).last().number;
            while (segmentsIn(folder).last().number == before) {
                for (int i = 0; i < 500; ++i) {
                    exchange = samples::ordinary(2, random);
                    QVERIFY((*journal)->settled(exchange));
                }
            }
        };
        fillOneSegment();
        fillOneSegment();
        (*journal)->committed(exchange.id);
        fillOneSegment(); // the engine hears of it when it rotates
        (*journal)->committed(exchange.id);
        QCOMPARE(segmentsIn(folder).first().number, 1u); // the long one began there
        QVERIFY((*journal)->settled(longOne));
        (*journal)->committed(longOne.id);
        fillOneSegment();
        (*journal)->committed(exchange.id);
        QVERIFY(segmentsIn(folder).first().number >= 4u);
        for (const Segment &segment : segmentsIn(folder))
            QVERIFY(QFileInfo(segment.path).size() < kSegmentBytes + 4'096);
    }

    void speed()
    {
        if (!qEnvironmentVariableIsSet("SB_MEASURE"))
            QSKIP("set SB_MEASURE to measure");
        const QString folder = newFolder();
        SeededRandom random(6);
        QList<Exchange> exchanges;
        for (int i = 0; i < 1'000; ++i)
            exchanges << samples::ordinary(i, random);
        qInfo("%lld bytes a record", (long long)encodeExchange(exchanges[0]).size());
        QElapsedTimer timer;
        constexpr int kRounds = 100;
        qint64 bytes = 0;
        timer.start();
        for (int round = 0; round < kRounds; ++round) {
            for (const Exchange &exchange : exchanges)
                bytes += encodeExchange(exchange).size();
        }
        qInfo("encode %lld ns", (long long)timer.nsecsElapsed() / (kRounds * 1'000));
        auto journal = Journal::open(folder);
        timer.start();
        for (int round = 0; round < kRounds; ++round) {
            for (const Exchange &exchange : exchanges)
                (*journal)->sent(exchange.id, exchange, 1), (*journal)->settled(exchange);
        }
        qInfo("journal %lld ns a record", (long long)timer.nsecsElapsed() / (kRounds * 2'000));
        timer.start();
        const auto replay = replayJournal(folder);
        qInfo("replay %lld ns a record, %lld settled",
              (long long)timer.nsecsElapsed() / (kRounds * 2'000),
              (long long)replay.settled.size());
    }
};

QTEST_GUILESS_MAIN(tst_Journal)
#include "tst_journal.moc"
