#include "base/exchange_id.h"
#include "base/file.h"
#include "base/id.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"

#include <QDir>
#include <QSet>
#include <QTemporaryDir>
#include <QtTest>

#include <array>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace sb;

// Printing a key must not even compile; tests/house would be too late.
template <typename T>
concept Printable = requires(QDebug debug, T value)
{
    debug << value;
};
static_assert(!Printable<Secret>);
static_assert(Printable<int>);
// Ids of different things do not mix.
template <typename A, typename B>
concept Comparable = requires(A a, B b)
{
    a == b;
};
static_assert(!Comparable<ProviderId, ChainId>);
static_assert(Comparable<ProviderId, ProviderId>);
static_assert(!std::is_convertible_v<QString, ProviderId>);

class TestValues : public QObject {
    Q_OBJECT

private slots:
    void exchangeIdsSortByTime();
    void exchangeIdsAreReadStrictly_data();
    void exchangeIdsAreReadStrictly();
    void seededChanceRepeats();
    void chanceIsWithinBounds();
    void secretsAreComparedAndMasked_data();
    void secretsAreComparedAndMasked();
    void secretsTakeOneTime();
    void secretsTakeTheBytes();
    void secretsAreWiped();
    void results();
    void filesAreReplacedWhole();
};

void TestValues::exchangeIdsSortByTime()
{
    SeededRandom random(1);
    QByteArray last;
    ExchangeId lastId;
    QSet<QByteArray> seen;
    for (qint64 ms = 1'795'000'000'000; ms < 1'795'000'000'300; ++ms) {
        const ExchangeId id = ExchangeId::make(ms, random);
        const QByteArray text = id.text();
        QCOMPARE(text.size(), 30);
        QVERIFY(text > last);
        QVERIFY(id > lastId);
        QCOMPARE(id.wallMs(), ms);
        QCOMPARE(ExchangeId::parse(text), std::optional(id));
        seen.insert(text);
        last = text;
        lastId = id;
    }
    QCOMPARE(seen.size(), 300);
    QVERIFY(ExchangeId{}.isNull());
    const ExchangeId most{~quint64(0), ~quint64(0)};
    QCOMPARE(ExchangeId::parse(most.text()), std::optional(most));
}

void TestValues::exchangeIdsAreReadStrictly_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("prefix") << QByteArray("sbx_");
    QTest::newRow("short") << "sbx_" + QByteArray(25, '0');
    QTest::newRow("long") << "sbx_" + QByteArray(27, '0');
    QTest::newRow("other prefix") << "xbs_" + QByteArray(26, '0');
    QTest::newRow("upper") << "sbx_" + QByteArray(25, '0') + "A";
    QTest::newRow("letter u") << "sbx_" + QByteArray(25, '0') + "u";
    QTest::newRow("131 bits") << "sbx_8" + QByteArray(25, '0');
    QTest::newRow("nul") << "sbx_" + QByteArray(26, '\0');
}

void TestValues::exchangeIdsAreReadStrictly()
{
    QFETCH(QByteArray, text);
    QVERIFY(!ExchangeId::parse(text));
}

void TestValues::seededChanceRepeats()
{
    SeededRandom a(42);
    SeededRandom b(42);
    SeededRandom c(43);
    bool isDifferent = false;
    for (int i = 0; i < 100; ++i) {
        const quint64 value = a.next();
        QCOMPARE(b.next(), value);
        isDifferent |= c.next() != value;
    }
    QVERIFY(isDifferent);
}

void TestValues::chanceIsWithinBounds()
{
    SeededRandom random(7);
    QCOMPARE(random.below(0), 0u);
    QCOMPARE(random.below(1), 0u);
    std::array<int, 10> counts{};
    for (int i = 0; i < 100'000; ++i) {
        ++counts[random.below(10)];
        const double unit = random.unit();
        QVERIFY(unit >= 0 && unit < 1);
    }
    for (const int count : counts) // 10,000 expected, deviation about 95
        QVERIFY(count > 9'500 && count < 10'500);
    SystemRandom system;
    QVERIFY(system.next() != system.next());
}

void TestValues::secretsAreComparedAndMasked_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("masked");
    QTest::newRow("empty") << QByteArray() << QStringLiteral("…");
    QTest::newRow("short") << QByteArray("sk-12345678901234") << QStringLiteral("…");
    QTest::newRow("anthropic") << QByteArray("sk-ant-api03-abcdefgh9f2c")
                               << QStringLiteral("sk-ant-…9f2c");
    QTest::newRow("no dash") << QByteArray("abcdefghijklmnopqrstuvwx") << QStringLiteral("…uvwx");
}

void TestValues::secretsAreComparedAndMasked()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, masked);
    const Secret secret = Secret::fromView(text);
    QCOMPARE(secret.masked(), masked);
    QVERIFY(secret == Secret::fromView(text));
    QVERIFY(!(secret == Secret::fromView(QByteArray(text + 'x'))));
    QCOMPARE(secret.isEmpty(), text.isEmpty());
    QCOMPARE(secret.sha256(), QCryptographicHash::hash(text, QCryptographicHash::Sha256));
    QVERIFY(equalConstantTime(text, text));
    QVERIFY(!equalConstantTime(text, QByteArray(text + '\0')));
}

// Where two differ must not show in the time it takes. Over 4 MiB one that stops at the first
// difference is a million times faster, so that a busy machine changes nothing.
void TestValues::secretsTakeOneTime()
{
    const QByteArray key(4 * 1024 * 1024, 'k');
    QByteArray early = key;
    early[0] = 'x';
    QByteArray late = key;
    late[late.size() - 1] = 'x';
    const QByteArray shorter = key.first(1);
    const auto least = [&key](const QByteArray &other) {
        qint64 least = std::numeric_limits<qint64>::max();
        for (int i = 0; i < 5; ++i) {
            QElapsedTimer timer;
            timer.start();
            const bool isEqual = equalConstantTime(key, other);
            least = std::min(least, timer.nsecsElapsed());
            if (isEqual != (key == other))
                return qint64(0);
        }
        return least;
    };
    const qint64 whole = least(key);
    QVERIFY(whole > 0);
    for (const QByteArray &other : {early, late, shorter}) {
        const qint64 one = least(other);
        QVERIFY2(one > whole / 4, QByteArray::number(one).constData());
    }
}

void TestValues::secretsTakeTheBytes()
{
    QByteArray bytes("sk-0123456789");
    bytes.detach();
    const Secret secret(std::move(bytes));
    QVERIFY(bytes.isEmpty());
    const Secret copy = secret;
    QCOMPARE(copy.reveal().data(), secret.reveal().data()); // one buffer, not many
}

// Looked at from outside, so that neither the compiler nor a sanitizer has a say.
void TestValues::secretsAreWiped()
{
    const file::Descriptor memory(::open("/proc/self/mem", O_RDONLY | O_CLOEXEC));
    if (!memory.isOpen())
        QSKIP("This system does not show a process its own memory.");
    constexpr qsizetype kSize = 4096;
    const auto left = [&memory](quintptr at) {
        static char buffer[kSize];
        memset(buffer, 0, sizeof buffer);
        const ssize_t count = ::pread(memory.get(), buffer, sizeof buffer, off_t(at));
        return std::count(buffer, buffer + std::max<ssize_t>(count, 0), '\x5a');
    };
    quintptr plainAt = 0;
    {
        const QByteArray plain(kSize, '\x5a');
        plainAt = quintptr(plain.constData());
    }
    if (left(plainAt) < kSize / 2)
        QSKIP("Freed memory does not keep its bytes here.");
    quintptr secretAt = 0;
    quintptr givenAt = 0;
    {
        QByteArray given(kSize, '\x5a');
        givenAt = quintptr(given.constData());
        const Secret secret(std::move(given));
        secretAt = quintptr(secret.reveal().data());
        QCOMPARE(left(secretAt), kSize);
    }
    QVERIFY(left(secretAt) < 16);
    QVERIFY(left(givenAt) < 16);
}

void TestValues::results()
{
    const Result<int> three = 3;
    QVERIFY(three && *three == 3);
    const Result<int> none = unexpected(Error::make(QStringLiteral("code"), QStringLiteral("why")));
    QVERIFY(!none);
    QCOMPARE(none.error().code, QStringLiteral("code"));
    QCOMPARE(none.error().blame, Blame::Gateway);
    QCOMPARE(none.value_or(7), 7);
    const Result<void> fine;
    QVERIFY(fine);
    const Result<void> bad = unexpected(none.error());
    QVERIFY(!bad);
    QCOMPARE(bad.error().detail, QStringLiteral("why"));
}

void TestValues::filesAreReplacedWhole()
{
    QTemporaryDir dir;
    const QString path = dir.filePath(QStringLiteral("f"));
    QVERIFY(file::replace(path, "one", 0600));
    QVERIFY(file::replace(path, "two", 0640));
    const file::Descriptor in(::open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC));
    QCOMPARE(file::readAll(in.get(), 10, path).value(), QByteArray("two"));
    struct stat info;
    QCOMPARE(fstat(in.get(), &info), 0);
    QCOMPARE(int(info.st_mode & 0777), 0640);
    QCOMPARE(QDir(dir.path()).entryList(QDir::Files | QDir::Hidden).size(), 1); // no leftovers
    ::lseek(in.get(), 0, SEEK_SET);
    QCOMPARE(file::readAll(in.get(), 2, path).error().code, QStringLiteral("file_too_large"));
    const auto failed = file::replace(dir.filePath(QStringLiteral("no/f")), "x", 0600);
    QVERIFY(!failed);
    QCOMPARE(failed.error().code, QStringLiteral("file_write"));
}

QTEST_APPLESS_MAIN(TestValues)
#include "tst_values.moc"
