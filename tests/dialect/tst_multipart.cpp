// Forms as spans: what is read, what is refused, and that nothing but the model changes.
#include "dialect/multipart.h"

#include "base/random.h"

#include <QTest>

using namespace sb;
using namespace sb::dialect;

namespace {

constexpr char kType[] = "multipart/form-data; boundary=\"x-b\"";

QByteArray part(const QByteArray &disposition, const QByteArray &value,
                const QByteArray &fields = {})
{
    return "--x-b\r\nContent-Disposition: form-data; " + disposition + "\r\n" + fields + "\r\n"
        + value + "\r\n";
}

QByteArray binary()
{
    QByteArray bytes;
    for (int i = 0; i < 256; ++i)
        bytes.append(char(i));
    return bytes + "\r\n--x-\r\n--y-b\r\n\r\n--";
}

QByteArray whole(const QByteArray &model = "whisper-1")
{
    return part(R"(name="file"; filename="a\"b.mp3")", binary(), "Content-Type: audio/mpeg\r\n")
        + part("name=\"model\"", model) + part("name=\"empty\"", {}) + "--x-b--\r\n";
}

// A refused form in place of its middle, between two parts that are fine.
QByteArray around(const QByteArray &middle)
{
    return part("name=\"a\"", "1") + middle + part("name=\"model\"", "m") + "--x-b--";
}

} // namespace

class TestMultipart : public QObject {
    Q_OBJECT

private slots:
    void boundaries();
    void parts();
    void facts();
    void models();
    void rendered();
    void refused_data();
    void refused();
    void cutAnywhere();
    void garbage();
    void hugeIsLinear();
};

void TestMultipart::boundaries()
{
    QCOMPARE(formBoundary("multipart/form-data; boundary=abc"), QByteArray("abc"));
    QCOMPARE(formBoundary("Multipart/Form-Data;charset=utf-8 ; Boundary=\"a b\""),
             QByteArray("a b"));
    QCOMPARE(formBoundary(QByteArray("multipart/form-data; boundary=" + QByteArray(70, 'a'))),
             QByteArray(70, 'a'));
    for (const QByteArray &none :
         {QByteArray("multipart/form-data"), QByteArray("multipart/form-data; boundary="),
          QByteArray("multipart/form-data; boundary=\"\""),
          QByteArray("multipart/form-data; boundary=a; boundary=b"),
          QByteArray("multipart/form-data; boundary=\"a\\b\""),
          QByteArray("multipart/form-data; boundary=\"a\r\nb\""),
          QByteArray("multipart/form-data; boundary=\"a "),
          QByteArray("multipart/form-data; boundary=\"a \""),
          QByteArray("multipart/form-data, boundary=a"), QByteArray("multipart/mixed; boundary=a"),
          QByteArray("application/json; boundary=a"),
          QByteArray("multipart/form-data; boundary=" + QByteArray(71, 'a'))})
        QVERIFY2(formBoundary(none).isEmpty(), none.constData());
}

void TestMultipart::parts()
{
    const QByteArray body = whole();
    const auto read = readFormParts(body, "x-b");
    QVERIFY(read);
    QCOMPARE(read->size(), 3);
    const auto value
        = [&](int i) { return body.mid(read->at(i).value.from, read->at(i).value.length); };
    QCOMPARE(read->at(0).name, QByteArray("file"));
    QVERIFY(read->at(0).isFile);
    QCOMPARE(value(0), binary());
    QCOMPARE(read->at(1).name, QByteArray("model"));
    QVERIFY(!read->at(1).isFile);
    QCOMPARE(value(1), QByteArray("whisper-1"));
    QCOMPARE(value(2), QByteArray());
    // What clients write between the lines.
    QCOMPARE(readFormParts("\r\n--b \t\r\nx:\tq\r\nCONTENT-DISPOSITION:form-data ;NAME=a\r\n\r\n"
                           "1\r\n--b-- ",
                           "b")
                 ->size(),
             1);
    QCOMPARE(readFormParts("--b--\r\n", "b")->size(), 0);
}

void TestMultipart::facts()
{
    const QByteArray body = part("name=\"stream\"", "true") + whole();
    const auto read = readForm(Endpoint::Audio, kType, body);
    QVERIFY(read);
    QCOMPARE(read->model, QStringLiteral("whisper-1"));
    QCOMPARE(read->endpoint, Endpoint::Audio);
    QCOMPARE(read->kind, RequestKind::Plain);
    QVERIFY(read->isStream);
    QVERIFY(!readForm(Endpoint::Audio, kType, whole())->isStream);
    QVERIFY(readForm(Endpoint::Audio, kType, whole(""))->model.isEmpty());
}

void TestMultipart::models()
{
    const auto code = [](const QByteArray &parts) {
        const auto read = readForm(Endpoint::Audio, kType, parts + "--x-b--");
        return read ? QStringLiteral("fine") : read.error().code;
    };
    const QByteArray model = part("name=\"model\"", "m");
    QCOMPARE(code(model), QStringLiteral("fine"));
    QCOMPARE(code(model + model), QStringLiteral("duplicate_key"));
    QCOMPARE(code(part("name=\"model\"", "") + model), QStringLiteral("duplicate_key"));
    for (const QByteArray &bad :
         {part("name=\"model\"; filename=\"m\"", "m"), part("name=\"model\"", "a\nb"),
          part("name=\"model\"", "\xff"), part("name=\"model\"", QByteArray(513, 'm'))})
        QCOMPARE(code(bad), QStringLiteral("bad_request"));
    const auto none = readForm(Endpoint::Audio, "multipart/form-data", model + "--x-b--");
    QVERIFY(!none && none.error().detail.contains(QStringLiteral("boundary")));
}

// Every other byte is as it was, and no byte of the body is copied.
void TestMultipart::rendered()
{
    for (const QByteArray &model :
         {QByteArray("m"), QByteArray("whisper-1"), QByteArray(90, 'z')}) {
        const QByteArray body = whole();
        const auto facts = readForm(Endpoint::Audio, kType, body);
        const QList<QByteArray> parts = renderRequest(*facts, body, model);
        QCOMPARE(parts.join(), whole(model));
        QVERIFY(parts.first().constData() == body.constData());
    }
    const QByteArray nameless = "\r\n" + part("name=\"a\"", "1") + "--x-b--";
    const auto facts = readForm(Endpoint::Audio, kType, nameless);
    const QByteArray sent = renderRequest(*facts, nameless, "m").join();
    const auto again = readForm(Endpoint::Audio, kType, sent);
    QVERIFY(again);
    QCOMPARE(again->model, QStringLiteral("m"));
    QVERIFY(sent.endsWith(nameless.sliced(2)));
    const QByteArray empty = whole("");
    QCOMPARE(renderRequest(*readForm(Endpoint::Audio, kType, empty), empty, "m").join(),
             whole("m"));
}

void TestMultipart::refused_data()
{
    QTest::addColumn<QByteArray>("body");
    const auto add = [](const char *name, const QByteArray &body) { QTest::newRow(name) << body; };
    add("empty", "");
    add("nothing of ours", "hello");
    add("a preamble", "hello\r\n" + around({}));
    add("an epilogue", around({}) + "\r\nhello");
    add("two line ends behind", around({}) + "\r\n\r\n");
    add("no end", part("name=\"model\"", "m"));
    add("half an end", part("name=\"model\"", "m") + "--x-b-");
    add("no name", around(part("filename=\"a\"", "1")));
    add("no disposition", around("--x-b\r\nContent-Type: a/b\r\n\r\n1\r\n"));
    add("no head", around("--x-b\r\n\r\n1\r\n"));
    add("two dispositions",
        around(part("name=\"a\"", "1", "content-disposition: form-data; name=\"model\"\r\n")));
    add("two names", around(part("name=\"a\"; name=\"model\"", "1")));
    add("a name in another charset", around(part("name=\"a\"; name*=utf-8''model", "1")));
    add("an escaped name", around(part("name=\"mode\\l\"", "1")));
    add("a name without its end", around(part("name=\"a", "1")));
    add("another disposition",
        around("--x-b\r\nContent-Disposition: file; name=\"a\"\r\n\r\n1\r\n"));
    add("a folded field", around(part("name=\"a\"", "1", "X-A: b\r\n c\r\n")));
    add("a field without a colon", around(part("name=\"a\"", "1", "hello\r\n")));
    add("a space before the colon", around(part("name=\"a\"", "1", "X-A : b\r\n")));
    add("a bare line feed in a head", around(part("name=\"a\"", "1", "X-A: b\nX-B: c\r\n")));
    add("a null byte in a head", around(part("name=\"a\"", "1", QByteArray("X-A: \0\r\n", 8))));
    add("an encoded part",
        around(part("name=\"a\"", "1", "Content-Transfer-Encoding: base64\r\n")));
    add("a boundary that goes on", around("--x-bc\r\n" + part("name=\"a\"", "1")));
    add("a boundary behind a bare line feed",
        around(part("name=\"a\"", "1\n" + part("name=\"model\"", "big"))));
    add("a boundary at the front of a value",
        around(part("name=\"a\"", "--x-b\r\ncontent-disposition: form-data; name=\"b\"\r\n\r\n2")));
    add("a line feed and a boundary at the front", around(part("name=\"a\"", "\n--x-b--")));
    add("a long head", around(part("name=\"a\"", "1", "X-A: " + QByteArray(20'000, 'a') + "\r\n")));
    add("many fields", around(part("name=\"a\"", "1", QByteArray("X-A: b\r\n").repeated(17))));
    add("many parts", around(part("name=\"a\"", "1").repeated(300)));
}

void TestMultipart::refused()
{
    QFETCH(QByteArray, body);
    const auto read = readForm(Endpoint::Audio, kType, body);
    QVERIFY(!read);
    QCOMPARE(read.error().code, QStringLiteral("bad_request"));
    QVERIFY2(read.error().detail.startsWith(QStringLiteral("The multipart body is broken: ")),
             qPrintable(read.error().detail));
}

void TestMultipart::cutAnywhere()
{
    const QByteArray body = whole();
    for (qsizetype length = 0; length < body.size() - 2; ++length)
        QVERIFY(!readForm(Endpoint::Audio, kType, body.first(length)));
    QVERIFY(readForm(Endpoint::Audio, kType, body.first(body.size() - 2)));
}

// Seeded changes: whatever is read has its values inside of the body, in order, and comes out again
// with the model asked for.
void TestMultipart::garbage()
{
    SeededRandom random(11);
    const QByteArray pieces[]{"\r\n", "--x-b", "\n", "--", "name=\"model\"", ";", "\"", ":"};
    int fine = 0;
    for (int i = 0; i < 20'000; ++i) {
        QByteArray body = whole();
        for (int edits = int(random.below(3)) + 1; edits > 0; --edits) {
            const auto at = qsizetype(random.below(quint64(body.size())));
            switch (random.below(3)) {
            case 0:
                body[at] = char(random.below(256));
                break;
            case 1:
                body.insert(at, pieces[random.below(std::size(pieces))]);
                break;
            default:
                body.remove(at, qsizetype(random.below(20)));
                break;
            }
        }
        const auto parts = readFormParts(body, "x-b");
        if (!parts)
            continue;
        qsizetype last = 0;
        for (const FormPart &part : *parts) {
            QVERIFY(part.value.from >= last && part.value.length >= 0);
            last = part.value.from + part.value.length;
        }
        QVERIFY(last <= body.size());
        const auto facts = readForm(Endpoint::Audio, kType, body);
        if (!facts)
            continue;
        ++fine;
        const auto again
            = readForm(Endpoint::Audio, kType, renderRequest(*facts, body, "other").join());
        QVERIFY(again);
        QCOMPARE(again->model, QStringLiteral("other"));
    }
    QVERIFY(fine > 1000);
}

// A file full of beginnings of a boundary is read in one pass.
void TestMultipart::hugeIsLinear()
{
    const QByteArray boundary(70, 'a');
    const QByteArray file = QByteArray("\r\n--" + QByteArray(69, 'a')).repeated(200'000);
    const QByteArray body = "--" + boundary + "\r\ncontent-disposition: form-data; name=f\r\n\r\n"
        + file + "\r\n--" + boundary + "--";
    const auto parts = readFormParts(body, boundary);
    QVERIFY(parts);
    QCOMPARE(parts->first().value.length, file.size());
}

QTEST_GUILESS_MAIN(TestMultipart)
#include "tst_multipart.moc"
