// Recorded bodies: masked, cut and told apart into events, packed, kept within their budget, gone
// with their exchange.
#include "base/log.h"
#include "samples.h"
#include "store/capture_codec.h"
#include "store/capture_file.h"
#include "store/capture_writer.h"
#include "store/database.h"
#include "store/store.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

#include <signal.h>
#include <sys/resource.h>

using namespace sb;
using namespace sb::store;

namespace {
constexpr qint64 kWall = 1'795'000'000'000; // 2026-11

template <typename T> T answer(QFuture<T> future)
{
    return future.takeResult();
}

ExchangeId idAt(qint64 wallMs, quint64 low = 1)
{
    return {quint64(wallMs) << 16, low};
}

QByteArray noise(qsizetype size, quint64 seed = 1)
{
    SeededRandom random(seed);
    QByteArray bytes(size, Qt::Uninitialized);
    for (char &c : bytes)
        c = char('a' + random.below(26));
    return bytes;
}

DraftMessage message(const QByteArray &body, CaptureFraming framing = CaptureFraming::None)
{
    DraftMessage draft;
    draft.head = "POST / HTTP/1.1\r\n";
    draft.framing = framing;
    draft.add(body, Micros(7));
    return draft;
}

CaptureDraft draftAt(qint64 wallMs, const QByteArray &body = "{}")
{
    CaptureDraft draft;
    draft.id = idAt(wallMs);
    draft.request = message(body);
    CaptureDraft::Attempt attempt;
    attempt.ordinal = 1;
    attempt.request = message(body);
    attempt.answer = message("data: 1\n\n", CaptureFraming::EventStream);
    draft.attempts.push_back(attempt);
    draft.reply = attempt.answer;
    return draft;
}

CapturedExchange developedPlain(CaptureDraft draft)
{
    return developed(std::move(draft), SecretMask({}));
}

std::shared_ptr<const Exchange> exchangeAt(qint64 wallMs)
{
    SeededRandom random(quint64(wallMs) | 1);
    auto exchange = std::make_shared<Exchange>(samples::ordinary(wallMs, random, 1));
    exchange->id = idAt(wallMs);
    exchange->ask.log = LogPolicy::Metadata;
    return exchange;
}

std::pair<std::unique_ptr<Store>, Opened> opened(const Options &options)
{
    auto store = Store::open(options);
    if (!store)
        qFatal("%s", qPrintable(store.error().detail));
    return std::move(*store);
}
} // namespace

class TestCaptures : public QObject {
    Q_OBJECT
private slots:
    void masks_data();
    void masks();
    void masksQuickly();
    void secretAcrossTheEnd();
    void events_data();
    void events();
    void manyPieces();
    void cutToSize();
    void codec_data();
    void codec();
    void passedThroughOnce();
    void hostileBytes();

    void keptAndFound();
    void budgetTakesTheOldest();
    void goesWithItsExchange();
    void forgotten();
    void tooMuchWaiting();
    void noPlace();
    void noRoomToGrow();
    void damagedFile();
    void endOfRecordingIsKept();

private:
    Options options()
    {
        Options options;
        options.dataDir = m_folder.filePath(QStringLiteral("data-%1").arg(++m_folders));
        options.zone = "UTC";
        options.historyDays = 30;
        options.wallMs = [this] { return m_now; };
        return options;
    }
    // The exchange and what was recorded of it.
    bool put(Store &store, qint64 wallMs, const QByteArray &body = "{}")
    {
        store.record(exchangeAt(wallMs));
        return store.capture(draftAt(wallMs, body));
    }

    QTemporaryDir m_folder;
    int m_folders = 0;
    qint64 m_now = kWall;
};

// ---- what is kept of bytes ----------------------------------------------------------------------

void TestCaptures::masks_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("kept");
    const QByteArray stars(18, '*');
    QTest::newRow("nothing") << QByteArray("hello") << QByteArray("hello");
    QTest::newRow("empty") << QByteArray() << QByteArray();
    QTest::newRow("whole") << QByteArray("sk-Zm8+canary/0042") << stars;
    QTest::newRow("inside") << QByteArray("{\"k\":\"sk-Zm8+canary/0042\"}")
                            << "{\"k\":\"" + stars + "\"}";
    QTest::newRow("twice") << QByteArray("sk-Zm8+canary/0042sk-Zm8+canary/0042") << stars + stars;
    QTest::newRow("percent") << QByteArray("?key=sk-Zm8%2Bcanary%2F0042&x")
                             << "?key=" + QByteArray(22, '*') + "&x";
    QTest::newRow("percent, lower case")
        << QByteArray("sk-Zm8%2bcanary%2f0042") << QByteArray(22, '*');
    QTest::newRow("escaped slash")
        << QByteArray("\"sk-Zm8+canary\\/0042\"") << '"' + QByteArray(19, '*') + '"';
    QTest::newRow("base64") << QByteArray("sk-Zm8+canary/0042").toBase64() << QByteArray(24, '*');
    QTest::newRow("cut off") << QByteArray("see sk-Zm8+canary/0") << "see " + QByteArray(15, '*');
    QTest::newRow("cut off early") << QByteArray("see sk-Zm8") << QByteArray("see sk-Zm8");
    QTest::newRow("almost") << QByteArray("sk-Zm8+canary/0043") << QByteArray("sk-Zm8+canary/0043");
}

void TestCaptures::masks()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, kept);
    const SecretMask mask(
        log::spellingsOf(Secret(QByteArray(QByteArrayLiteral("sk-Zm8+canary/0042")))));
    const QByteArray before = text;
    const QByteArray copy = text;
    const int found = mask.apply(text);
    QCOMPARE(text, kept);
    QCOMPARE(found > 0, text != before);
    QCOMPARE(copy, before); // another's copy of the bytes is its own
    QCOMPARE(text.size(), before.size());
}

// A body of the most that is kept against twenty keys: a moment, not a stall.
void TestCaptures::masksQuickly()
{
    std::vector<Secret> spellings;
    for (quint64 i = 0; i < 20; ++i) {
        for (Secret &one : log::spellingsOf(Secret("sk-ant-" + noise(40, 100 + i))))
            spellings.push_back(std::move(one));
    }
    QVERIFY(spellings.size() > 60);
    const SecretMask mask(std::move(spellings));
    QByteArray text = noise(1024 * 1024);
    QElapsedTimer timer;
    timer.start();
    mask.apply(text);
    qInfo("%lld us for 1 MiB and 20 keys", (long long)(timer.nsecsElapsed() / 1000));
    QVERIFY(timer.elapsed() < 2'000); // generous: a build with sanitizers on a busy machine
}

void TestCaptures::secretAcrossTheEnd()
{
    const QByteArray key = "sk-across-the-end-of-what-is-kept";
    for (const int before : {1, 5, 8, int(key.size()) - 1, int(key.size())}) {
        CaptureDraft draft;
        draft.id = idAt(kWall);
        draft.secrets.push_back(Secret::fromView(key));
        QByteArray body(kMostCapturedBody - before, '.');
        body += key + QByteArray(9'000, '.');
        draft.request = message(body);
        const CapturedExchange kept = developedPlain(std::move(draft));
        QCOMPARE(kept.request.body.bytes.size(), kMostCapturedBody);
        QCOMPARE(kept.request.body.bytes.right(before), QByteArray(before, '*'));
        QCOMPARE(kept.request.body.size, body.size());
        QVERIFY(kept.request.body.isTruncated());
    }
}

void TestCaptures::events_data()
{
    QTest::addColumn<int>("framing");
    QTest::addColumn<QList<QByteArray>>("pieces"); // each 10 us after the one before
    QTest::addColumn<QList<QByteArray>>("texts");
    QTest::addColumn<QList<int>>("times");
    const int sse = int(CaptureFraming::EventStream);
    const int lines = int(CaptureFraming::Lines);
    const int array = int(CaptureFraming::JsonArray);
    using Texts = QList<QByteArray>;
    using Times = QList<int>;
    QTest::newRow("none") << int(CaptureFraming::None) << Texts{"data: 1\n\n"} << Texts{}
                          << Times{};
    QTest::newRow("empty") << sse << Texts{} << Texts{} << Times{};
    QTest::newRow("two in one read") << sse << Texts{"data: 1\n\ndata: 2\n\n"}
                                     << Texts{"data: 1\n\n", "data: 2\n\n"} << Times{10, 10};
    QTest::newRow("one in two reads") << sse << Texts{"data:", " 1\n", "\ndata: 2\n\n"}
                                      << Texts{"data: 1\n\n", "data: 2\n\n"} << Times{30, 30};
    QTest::newRow("crlf") << sse << Texts{"event: a\r\ndata: 1\r\n\r\n", ": ping\r\n\r\n"}
                          << Texts{"event: a\r\ndata: 1\r\n\r\n", ": ping\r\n\r\n"}
                          << Times{10, 20};
    QTest::newRow("cr") << sse << Texts{"data: 1\r\rdata: 2\r\r"}
                        << Texts{"data: 1\r\r", "data: 2\r\r"} << Times{10, 10};
    QTest::newRow("blank lines in front")
        << sse << Texts{"\n\n", "data: 1\n\n"} << Texts{"\n\ndata: 1\n\n"} << Times{20};
    QTest::newRow("cut") << sse << Texts{"data: 1\n\n", "data: 2"}
                         << Texts{"data: 1\n\n", "data: 2"} << Times{10, 20};
    QTest::newRow("lines") << lines << Texts{"{\"a\":1}\n{\"b\"", ":2}\n"}
                           << Texts{"{\"a\":1}\n", "{\"b\":2}\n"} << Times{10, 20};
    QTest::newRow("lines, blank and cut")
        << lines << Texts{"{}\n\n", "{\"a\""} << Texts{"{}\n", "\n{\"a\""} << Times{10, 20};
    QTest::newRow("array") << array << Texts{"[{\"a\":\"}]\\\"\"}", ",\n{\"b\":{}}", "]"}
                           << Texts{"{\"a\":\"}]\\\"\"}", "{\"b\":{}}"} << Times{10, 20};
    QTest::newRow("array, cut") << array << Texts{"[{}", ",{\"a\":"} << Texts{"{}", ",{\"a\":"}
                                << Times{10, 20};
    QTest::newRow("array, bytes that are none")
        << array << Texts{"}}\\"} << Texts{"}}\\"} << Times{10};
}

void TestCaptures::events()
{
    QFETCH(int, framing);
    QFETCH(QList<QByteArray>, pieces);
    QFETCH(QList<QByteArray>, texts);
    QFETCH(QList<int>, times);
    CaptureDraft draft;
    draft.id = idAt(kWall);
    draft.reply.framing = CaptureFraming(framing);
    int at = 0;
    for (const QByteArray &piece : pieces)
        draft.reply.add(piece, Micros(at += 10));
    const CapturedExchange kept = developedPlain(std::move(draft));
    QList<QByteArray> gotTexts;
    QList<int> gotTimes;
    for (const CapturedEvent &event : kept.reply.events) {
        gotTexts += kept.reply.body.bytes.mid(event.from, event.size);
        gotTimes += int(event.at.count());
    }
    QCOMPARE(gotTexts, texts);
    QCOMPARE(gotTimes, times);
}

// A stream of very many small reads costs a bounded number of marks, and its events their times.
void TestCaptures::manyPieces()
{
    CaptureDraft draft;
    draft.id = idAt(kWall);
    draft.reply.framing = CaptureFraming::EventStream;
    for (int i = 0; i < 20'000; ++i)
        draft.reply.add("d:1\n\n", Micros(i));
    QVERIFY(draft.reply.pieces.size() <= 2 * size_t(kMostCapturedEvents));
    QVERIFY(draft.bytes() < 512 * 1024);
    const CapturedExchange kept = developedPlain(std::move(draft));
    QCOMPARE(kept.reply.events.size(), kMostCapturedEvents);
    QCOMPARE(kept.reply.events[10].at, Micros(10));
    const CapturedEvent &last = kept.reply.events.constLast(); // the rest in one
    QCOMPARE(last.from + last.size, qint64(kept.reply.body.bytes.size()));
    QCOMPARE(decodeCapture(encodeCapture(kept)).value_or(CapturedExchange()), kept);
}

void TestCaptures::cutToSize()
{
    for (const qint64 size :
         {kMostCapturedBody - 1, kMostCapturedBody, kMostCapturedBody + 1,
          kMostCapturedBody + DraftMessage::kSlack + 1, 4 * kMostCapturedBody}) {
        const CapturedExchange kept = developedPlain(draftAt(kWall, noise(size)));
        const CapturedBody &body = kept.request.body;
        QCOMPARE(body.size, size);
        QCOMPARE(body.bytes.size(), std::min<qint64>(size, kMostCapturedBody));
        QCOMPARE(body.isTruncated(), size > kMostCapturedBody);
    }
}

// ---- packing ------------------------------------------------------------------------------------

void TestCaptures::codec_data()
{
    QTest::addColumn<QByteArray>("request");
    QTest::addColumn<QByteArray>("sent");
    const QByteArray text = noise(5'000);
    QTest::newRow("empty") << QByteArray() << QByteArray();
    QTest::newRow("nothing sent") << text << QByteArray();
    QTest::newRow("nothing asked") << QByteArray() << text;
    QTest::newRow("same") << text << text;
    QTest::newRow("longer name") << "{\"model\":\"c\"" + text << "{\"model\":\"coding\"" + text;
    QTest::newRow("shorter name") << "{\"model\":\"coding\"" + text << "{\"model\":\"c\"" + text;
    QTest::newRow("beginning only") << text << text.first(100);
    QTest::newRow("end only") << text << text.last(100);
    QTest::newRow("other") << text << noise(5'000, 2);
    QTest::newRow("repeats itself") << QByteArray(3'000, 'a') << QByteArray(3'100, 'a');
    const QByteArray big = noise(2 * kMostCapturedBody);
    QTest::newRow("big, longer name") << "c" + big << "coding" + big;
    QTest::newRow("big, shorter name") << "coding" + big << "c" + big;
    QTest::newRow("big to small") << big << big.first(200);
    QTest::newRow("small to big") << big.first(200) << big;
    QTest::newRow("barely cut") << text.first(10) + big.first(kMostCapturedBody - 10)
                                << text.first(20) + big.first(kMostCapturedBody - 10);
}

void TestCaptures::codec()
{
    QFETCH(QByteArray, request);
    QFETCH(QByteArray, sent);
    CaptureDraft draft = draftAt(kWall, request);
    draft.attempts[0].request = message(sent);
    draft.attempts.push_back(draft.attempts[0]);
    draft.attempts[1].ordinal = 2;
    draft.attempts[1].answer.add(sent, Micros(99));
    draft.reply.add(request, Micros(-1));
    AttemptChanges changes{2, 1, {}, 3};
    changes.changes.append({FieldChange::Kind::Emulated, "a[0]", "1", "", "rule"});
    changes.changes.append({FieldChange::Kind::Repaired, "b", "", "2", "other"});
    draft.changes = {changes, {}};
    const CapturedExchange capture = developedPlain(std::move(draft));
    const auto back = decodeCapture(encodeCapture(capture));
    QVERIFY(back);
    QCOMPARE(*back, capture);
}

// A request whose bytes went on as they came is not kept twice.
void TestCaptures::passedThroughOnce()
{
    const QByteArray text = noise(200'000);
    CaptureDraft once = draftAt(kWall, "{\"model\":\"c\"," + text);
    once.attempts.clear();
    CaptureDraft twice = draftAt(kWall, "{\"model\":\"c\"," + text);
    twice.attempts[0].request = message("{\"model\":\"claude-sonnet-5\"," + text);
    const qsizetype alone = encodeCapture(developedPlain(std::move(once))).size();
    const qsizetype both = encodeCapture(developedPlain(std::move(twice))).size();
    QVERIFY2(both < alone + 1'000, qPrintable(QStringLiteral("%1 and %2").arg(alone).arg(both)));
}

void TestCaptures::hostileBytes()
{
    const CapturedExchange capture = developedPlain(draftAt(kWall, noise(300)));
    const QByteArray good = encodeCapture(capture);
    // As it stands, packed: a wrong length, cut, turned bits.
    for (qsizetype size = 0; size < good.size(); size += 1 + good.size() / 40)
        QVERIFY(!decodeCapture(good.first(size)));
    QByteArray huge = good;
    huge[0] = char(0x7f);
    QVERIFY(!decodeCapture(huge));
    // Inside: whatever it says, nothing breaks and nothing large is made of it.
    const QByteArray plain = qUncompress(good);
    SeededRandom random(5);
    for (int i = 0; i < 3'000; ++i) {
        QByteArray bad = plain;
        for (quint64 flips = 1 + random.below(4); flips > 0; --flips)
            bad[qsizetype(random.below(quint64(bad.size())))] = char(random.next());
        const auto read = decodeCapture(qCompress(bad, 1));
        if (!read)
            continue;
        for (const CapturedEvent &event : read->reply.events)
            QVERIFY(event.from >= 0 && event.from + event.size <= read->reply.body.bytes.size());
    }
    for (qsizetype size = 0; size < plain.size(); size += 7) {
        const auto read = decodeCapture(qCompress(plain.first(size), 1));
        QVERIFY(!read || read->reply.events.size() <= capture.reply.events.size());
    }
}

// ---- the file -----------------------------------------------------------------------------------

void TestCaptures::keptAndFound()
{
    const Options where = options();
    const QString file = where.dataDir + QStringLiteral("/captures.db");
    {
        auto [store, known] = opened(where);
        QCOMPARE(answer(store->findCapture(idAt(kWall)))->state, CaptureState::NotRecorded);
        store->record(exchangeAt(kWall));
        QVERIFY(answer(store->flush()));
        QVERIFY2(!QFileInfo::exists(file), "nothing was recorded, so there is no file");
        QVERIFY(put(*store, kWall + 1, "{\"hello\":1}"));
        CaptureDraft gone;
        gone.id = idAt(kWall + 2);
        gone.isGivenUp = true;
        QVERIFY(store->capture(std::move(gone)));
        const auto found = answer(store->findCapture(idAt(kWall + 1)));
        QVERIFY(found);
        QCOMPARE(found->state, CaptureState::Kept);
        QCOMPARE(*found->exchange, developedPlain(draftAt(kWall + 1, "{\"hello\":1}")));
        QCOMPARE(answer(store->findCapture(idAt(kWall + 2)))->state, CaptureState::GivenUp);
        QVERIFY(!answer(store->findCapture(idAt(kWall + 2)))->exchange);
        const auto sizes = answer(store->sizes());
        QCOMPARE(sizes->captures, 1);
        QVERIFY(sizes->captureBytes > 0);
        QCOMPARE(QFile::permissions(file) & ~(QFile::ReadUser | QFile::WriteUser),
                 QFile::ReadOwner | QFile::WriteOwner);
        // What waits at the end is written.
        QVERIFY(put(*store, kWall + 3));
    }
    auto [store, known] = opened(where);
    QCOMPARE(answer(store->findCapture(idAt(kWall + 1)))->state, CaptureState::Kept);
    QCOMPARE(answer(store->findCapture(idAt(kWall + 2)))->state, CaptureState::GivenUp);
    QCOMPARE(answer(store->findCapture(idAt(kWall + 3)))->state, CaptureState::Kept);
    QCOMPARE(store->capturesLost(), 0);
}

void TestCaptures::budgetTakesTheOldest()
{
    Options where = options();
    where.captureBytes = 2 * 1024 * 1024;
    auto [store, known] = opened(where);
    constexpr int kCount = 60; // of 100 KB that do not pack
    for (int i = 0; i < kCount; ++i) {
        m_now = kWall + i;
        SeededRandom random(quint64(i) + 1);
        QByteArray body(100'000, Qt::Uninitialized);
        for (char &c : body)
            c = char(random.next());
        QVERIFY(put(*store, kWall + i, body));
        (void)answer(store->findCapture(idAt(kWall + i))); // written
    }
    const auto state
        = [&store = store](int i) { return answer(store->findCapture(idAt(kWall + i)))->state; };
    QCOMPARE(state(kCount - 1), CaptureState::Kept);
    QCOMPARE(state(0), CaptureState::Trimmed);
    int i = 0;
    while (state(i) == CaptureState::Trimmed)
        ++i;
    QVERIFY(i < kCount);
    const auto first = answer(store->findCapture(idAt(kWall)));
    QVERIFY(first->trimmedWallMs >= kWall && first->trimmedWallMs < kWall + kCount);
    for (; i < kCount; ++i)
        QCOMPARE(state(i), CaptureState::Kept); // the newest, without a gap
    const auto sizes = answer(store->sizes());
    QVERIFY(sizes->captures >= 3);
    QVERIFY2(sizes->captureBytes < 2 * where.captureBytes + 5 * 1024 * 1024, // with its log
             qPrintable(QString::number(sizes->captureBytes)));
    QCOMPARE(store->capturesLost(), 0);
}

// By age and by size: with the exchange goes what was recorded of it, and is overwritten.
void TestCaptures::goesWithItsExchange()
{
    const qint64 day = 24ll * 3600 * 1000;
    Options where = options();
    auto [store, known] = opened(where);
    for (int i = 0; i < 120; ++i)
        QVERIFY(put(*store, kWall + i * day / 4, "{\"canary\":\"" + noise(40, quint64(i)) + "\"}"));
    m_now = kWall + 120 * day / 4;
    QVERIFY(answer(store->findCapture(idAt(kWall)))->state == CaptureState::Kept);
    QVERIFY(answer(store->setRetention(10, where.historyBytes)));
    QVERIFY(answer(store->trimNow()));
    for (int i = 0; i < 120; ++i) {
        const bool isThere = bool(answer(store->find(idAt(kWall + i * day / 4))));
        QCOMPARE(isThere, i >= 80);
        QCOMPARE(answer(store->findCapture(idAt(kWall + i * day / 4)))->state,
                 isThere ? CaptureState::Kept : CaptureState::NotRecorded);
    }
}

void TestCaptures::forgotten()
{
    const Options where = options();
    auto [store, known] = opened(where);
    QCOMPARE(*answer(store->forgetCaptures()), 0);
    for (int i = 0; i < 40; ++i)
        QVERIFY(put(*store, kWall + i, noise(60'000, quint64(i) + 1)));
    m_now = kWall + 1'000;
    QCOMPARE(*answer(store->forgetCaptures()), 40);
    for (int i = 0; i < 40; ++i) {
        const auto found = answer(store->findCapture(idAt(kWall + i)));
        QCOMPARE(found->state, CaptureState::Trimmed);
        QCOMPARE(found->trimmedWallMs, m_now);
        QVERIFY(answer(store->find(idAt(kWall + i))));
    }
    const auto sizes = answer(store->sizes());
    QCOMPARE(sizes->captures, 0);
    QVERIFY2(sizes->captureBytes < 100'000, qPrintable(QString::number(sizes->captureBytes)));
    QCOMPARE(*answer(store->forgetCaptures()), 0);
}

// More than the writer keeps up with costs bodies, never the exchange and never the caller's time.
void TestCaptures::tooMuchWaiting()
{
    CaptureWriter writer(m_folder.filePath(QStringLiteral("waiting.db")), 1 << 30);
    int taken = 0;
    QList<ExchangeId> given;
    for (int i = 0; i < 200; ++i) {
        auto draft = std::make_shared<CaptureDraft>(draftAt(kWall + i, QByteArray(200'000, 'x')));
        const bool isAdmitted = writer.admit(*draft);
        QCOMPARE(draft->isGivenUp, !isAdmitted);
        QCOMPARE(draft->id, idAt(kWall + i));
        if (isAdmitted)
            ++taken;
        else
            QVERIFY(draft->bytes() == 0);
        writer.take(std::move(draft));
    }
    const int expected = int(CaptureWriter::kMostWaiting / 400'000);
    QVERIFY2(taken >= expected - 1 && taken <= expected, qPrintable(QString::number(taken)));
    writer.write(kWall, false, true); // a part
    QVERIFY(writer.hasWaiting());
    writer.write(kWall, true, true);
    QVERIFY(!writer.hasWaiting());
    CaptureDraft next = draftAt(kWall + 1'000, QByteArray(200'000, 'x'));
    QVERIFY(writer.admit(next)); // there is room again
    writer.close();

    Database database;
    QVERIFY(
        database.open(m_folder.filePath(QStringLiteral("waiting.db")), Database::Mode::ReadOnly));
    QCOMPARE(*CaptureFile::count(database), taken);
    QCOMPARE(CaptureFile::find(database, idAt(kWall))->state, CaptureState::Kept);
    QCOMPARE(CaptureFile::find(database, idAt(kWall + 199))->state, CaptureState::GivenUp);
}

// A disk that takes no bodies takes none: everything else goes on.
void TestCaptures::noPlace()
{
    const Options where = options();
    auto [store, known] = opened(where);
    QVERIFY(QDir().mkdir(where.dataDir + QStringLiteral("/captures.db"))); // in its place
    for (int i = 0; i < 10; ++i)
        QVERIFY(put(*store, kWall + i));
    QVERIFY(answer(store->flush()));
    for (int i = 0; i < 10; ++i)
        QVERIFY(answer(store->find(idAt(kWall + i))));
    (void)answer(store->findCapture(idAt(kWall)));
    QCOMPARE(store->capturesLost(), 10);
    QCOMPARE(store->dropped(), 0);
}

void TestCaptures::noRoomToGrow()
{
    const QString file = m_folder.filePath(QStringLiteral("full.db"));
    CaptureWriter writer(file, 1 << 30);
    const auto write = [&writer](qint64 wallMs) {
        auto draft = std::make_shared<CaptureDraft>(draftAt(wallMs, noise(50'000)));
        QVERIFY(writer.admit(*draft));
        writer.take(std::move(draft));
        writer.write(wallMs, true, true);
    };
    write(kWall);
    QCOMPARE(writer.lost(), 0);
    // Writing past a size fails from now on, as it does on a full disk.
    const auto old = ::signal(SIGXFSZ, SIG_IGN);
    struct rlimit before;
    QCOMPARE(::getrlimit(RLIMIT_FSIZE, &before), 0);
    struct rlimit small = before;
    small.rlim_cur = rlim_t(QFileInfo(file + QStringLiteral("-wal")).size());
    QCOMPARE(::setrlimit(RLIMIT_FSIZE, &small), 0);
    for (int i = 1; i <= 5; ++i)
        write(kWall + i);
    QCOMPARE(::setrlimit(RLIMIT_FSIZE, &before), 0);
    ::signal(SIGXFSZ, old);
    QCOMPARE(writer.lost(), 5);
    QVERIFY(!writer.hasWaiting());
    writer.close();
    Database database;
    QVERIFY(database.open(file, Database::Mode::ReadOnly));
    QCOMPARE(CaptureFile::find(database, idAt(kWall))->state, CaptureState::Kept);
    QCOMPARE(CaptureFile::find(database, idAt(kWall + 3))->state, CaptureState::NotRecorded);
}

void TestCaptures::damagedFile()
{
    const Options where = options();
    const QString file = where.dataDir + QStringLiteral("/captures.db");
    {
        auto [store, known] = opened(where);
        QVERIFY(put(*store, kWall));
    }
    {
        QFile broken(file);
        QVERIFY(broken.open(QIODevice::ReadWrite));
        const qint64 size = broken.size();
        QVERIFY(broken.resize(0) && broken.write(QByteArray(qsizetype(size), 'x')) == size);
    }
    auto [store, known] = opened(where);
    QVERIFY(put(*store, kWall + 1));
    QCOMPARE(answer(store->findCapture(idAt(kWall + 1)))->state, CaptureState::Kept);
    QCOMPARE(answer(store->findCapture(idAt(kWall)))->state, CaptureState::NotRecorded);
    QVERIFY(answer(store->find(idAt(kWall)))); // the history has nothing to do with it
    QCOMPARE(QDir(where.dataDir).entryList({QStringLiteral("captures.db.damaged-*")}).size(), 1);
}

void TestCaptures::endOfRecordingIsKept()
{
    const Options where = options();
    {
        auto [store, known] = opened(where);
        QCOMPARE(known.recordingUntilWallMs, 0);
        store->saveRecording(kWall + 5);
    }
    {
        auto [store, known] = opened(where);
        QCOMPARE(known.recordingUntilWallMs, kWall + 5);
        store->saveRecording(0);
    }
    auto [store, known] = opened(where);
    QCOMPARE(known.recordingUntilWallMs, 0);
}

QTEST_GUILESS_MAIN(TestCaptures)
#include "tst_captures.moc"
