// The recorded verdicts of three other readers (cases.jsonl) and our smuggling payloads: we may be
// stricter, by a written rule, never laxer.
#include "whole_reading.h"

#include <QJsonArray>
#include <QTest>

using namespace sb::http;
using namespace sb::http::reading;

namespace {

// The `names` that head the list items of tests/data/http/exceptions.md.
QSet<QString> exceptions()
{
    QFile file(QStringLiteral(SB_TEST_DATA "/http/exceptions.md"));
    QSet<QString> names;
    if (!file.open(QIODevice::ReadOnly))
        return names;
    while (!file.atEnd()) {
        const QString line = QString::fromUtf8(file.readLine());
        // "- `name`: reason"; a name may have quotes of its own.
        if (line.startsWith(QLatin1String("- `")))
            names.insert(line.mid(3, line.indexOf(QLatin1String("`: ")) - 3));
    }
    return names;
}

struct Case {
    QString id;
    QByteArray expected;
    QByteArray input;
    QStringList tags;
    Reading reading;

    bool has(const char *tag) const { return tags.contains(QLatin1String(tag)); }
};

// Where we differ on purpose. Each row is explained in exceptions.md under its name.
struct Rule {
    const char *name;
    bool (*holds)(const Case &);
};

const Rule kRules[] = {
    {"methods", [](const Case &c) { return c.reading.error == ParseError::BadMethod; }},
    {"target-and-host",
     [](const Case &c) {
         return c.reading.error == ParseError::BadTarget
             || (c.reading.error == ParseError::BadHost && c.input.contains("0.0.0.0=5000"));
     }},
    {"only-http-1",
     [](const Case &c) {
         return (c.reading.error == ParseError::BadStartLine
                 || c.reading.error == ParseError::BadVersion)
             && (c.has("not-http-1.x-request-line") || c.has("not-http-1.x-status-line"));
     }},
    {"framing",
     [](const Case &c) {
         if (c.reading.error == ParseError::BadChunk)
             return c.input.contains("ffffffffffffffff");
         return c.reading.error == ParseError::BadFraming
             && (c.input.toLower().contains("\r\ntransfer-encoding:")
                 || c.input.contains("1844674407370955160") || c.input.contains("42\t"));
     }},
    {"line-ends",
     [](const Case &c) {
         if (c.reading.error == ParseError::BadStartLine)
             return c.input.contains("q=42\r\n\r\n"); // a second blank line
         return (c.has("bare-lf") || c.has("bare-cr") || c.has("obs-fold"))
             && (c.reading.error == ParseError::BadByte || c.reading.error == ParseError::BadField);
     }},
    {"no-upgrade",
     [](const Case &c) {
         return c.has("upgrade-header")
             && (c.reading.verdict() == "incomplete" || c.reading.error == ParseError::BadStatus
                 || c.reading.error == ParseError::BadStartLine);
     }},
    {"nothing-after-close",
     [](const Case &c) { return c.expected == "error" && c.reading.left > 0; }},
    {"end-of-connection", [](const Case &c) { return c.expected == "ok" && c.reading.isUnframed; }},
};

} // namespace

class TstHttpCorpora : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void cases();
    void smuggling_data();
    void smuggling();
};

void TstHttpCorpora::initTestCase()
{
    if (qEnvironmentVariableIsEmpty("SIGNALBOX_CORPORA"))
        QSKIP("SIGNALBOX_CORPORA is not set");
}

void TstHttpCorpora::cases()
{
    const QList<QJsonObject> rows = load(QStringLiteral("cases.jsonl"));
    QCOMPARE(rows.size(), 510);
    const QSet<QString> listed = exceptions();
    QSet<QString> used;
    QStringList wrong;
    int equal = 0;
    int byRule = 0;
    for (const QJsonObject &row : rows) {
        Case c;
        c.id = row[QStringLiteral("id")].toString();
        c.input = QByteArray::fromBase64(row[QStringLiteral("input_b64")].toString().toLatin1());
        const QJsonObject expect = row[QStringLiteral("expect")].toObject();
        c.expected = expect[QStringLiteral("verdict")].toString().toLatin1();
        for (const QJsonValue &tag : row[QStringLiteral("tags")].toArray())
            c.tags.append(tag.toString());
        const bool isLenient = row[QStringLiteral("lenient")].toBool();
        if (row.contains(QStringLiteral("strict_expect")))
            c.expected = row[QStringLiteral("strict_expect")].toString().toLatin1();
        else if (c.id.startsWith(QLatin1String("http-parser/")) && c.expected == "ok"
                 && row[QStringLiteral("node20")].toString() == QLatin1String("error"))
            c.expected = "error"; // the old reader is laxer; the corpus says to follow Node
        else if (c.has("skip-body")) // its reader was told to skip bodies, which a server is not
            c.expected = row[QStringLiteral("node20")].toString().toLatin1();
        QByteArray kind = row[QStringLiteral("kind")].toString().toLatin1();
        if (kind == "headers") {
            c.input = "GET / HTTP/1.1\r\n" + c.input;
            kind = "request";
        } else if (kind == "chunked") {
            // That reader was told to leave the trailers alone: end them here.
            if (c.expected == "ok" && !c.input.contains("\r\n\r\n")
                && c.input.endsWith("\r\n0\r\n"))
                c.input += "\r\n";
            c.input = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + c.input;
            kind = "request";
        }
        if (kind == "request")
            c.input = withHosts(c.input);
        c.reading = readAny(kind, c.input, c.input.size() + 1);
        for (const qsizetype size : {1, 2, 3, 7, 64})
            QVERIFY2(readAny(kind, c.input, size).text() == c.reading.text(), qPrintable(c.id));
        const QByteArray seen = c.reading.verdict();
        if (seen == c.expected || (isLenient && seen == "error")) {
            ++equal;
            continue;
        }
        const auto rule = std::find_if(std::begin(kRules), std::end(kRules),
                                       [&](const Rule &r) { return r.holds(c); });
        if (rule != std::end(kRules)) {
            ++byRule;
            used.insert(QLatin1String(rule->name));
            continue;
        }
        if (listed.contains(c.id)) {
            used.insert(c.id);
            continue;
        }
        wrong.append(c.id + QStringLiteral(": expected ") + QString::fromLatin1(c.expected)
                     + QStringLiteral(", seen ") + QString::fromLatin1(seen) + u' '
                     + QString::fromLatin1(parseErrorName(c.reading.error).toByteArray()) + u' '
                     + QString::fromLatin1(c.input.left(200).toPercentEncoding(" /:;=,@?#[]{}")));
    }
    qInfo("%d equal, %d by a rule, %d by name", equal, byRule,
          int(rows.size()) - equal - byRule - int(wrong.size()));
    QVERIFY2(wrong.isEmpty(), qPrintable(QStringList(wrong).join(u'\n')));
    // The list may not outlive its reasons nor grow, and every rule is explained there.
    QVERIFY(listed.size() <= 10);
    QCOMPARE(listed - used, QSet<QString>());
    QCOMPARE(used - listed, QSet<QString>());
}

void TstHttpCorpora::smuggling_data()
{
    QTest::addColumn<QJsonObject>("row");
    for (const QJsonObject &row : load(QStringLiteral("smuggling.jsonl")))
        QTest::newRow(qPrintable(row[QStringLiteral("id")].toString())) << row;
}

void TstHttpCorpora::smuggling()
{
    QFETCH(QJsonObject, row);
    const QByteArray kind = row[QStringLiteral("kind")].toString().toLatin1();
    const QByteArray input
        = QByteArray::fromBase64(row[QStringLiteral("input_b64")].toString().toLatin1());
    const QByteArray expect = row[QStringLiteral("expect")].toString().toLatin1();
    const QByteArray canary = row[QStringLiteral("canary")].toString().toLatin1();
    // A client reads one reply for one request.
    const bool isReply = kind == "response";
    const Reading reading = readAny(kind, input, input.size() + 1, isReply);
    for (const qsizetype size : {1, 2, 3, 7, 64, 1000})
        QCOMPARE(readAny(kind, input, size, isReply).text(), reading.text());
    if (!canary.isEmpty()) {
        for (const Message &message : reading.messages)
            QVERIFY2(!message.target.contains(canary) || expect == "consume-or-refuse",
                     reading.text().constData());
    }
    const auto complete = std::count_if(reading.messages.begin(), reading.messages.end(),
                                        [](const Message &m) { return m.isComplete; });
    const QByteArray seen = reading.text();
    if (expect == "refuse") {
        QVERIFY2(reading.error != ParseError::None, seen.constData());
        if (!kind.startsWith("response"))
            QCOMPARE(complete, 0);
    } else if (expect == "first-only") {
        QCOMPARE(complete, 1);
    } else if (expect == "truncated") {
        QVERIFY2(reading.error == ParseError::None && complete == 0 && !reading.isUnframed,
                 seen.constData());
    } else if (expect == "accept" || expect == "not-followed" || expect == "ignore-upgrade") {
        QVERIFY2(reading.verdict() == "ok" && complete == 1, seen.constData());
    } else if (expect == "two-messages") {
        QVERIFY2(reading.verdict() == "ok" && complete == 2, seen.constData());
    } else if (expect == "incomplete-or-refuse") {
        QVERIFY2(reading.verdict() != "ok" && complete == 0, seen.constData());
    } else if (expect == "refuse-or-ignore-trailers" || expect == "accept-or-refuse"
               || expect == "consume-or-refuse") {
        QVERIFY2(reading.error != ParseError::None || complete == reading.messages.size(),
                 seen.constData());
    } else {
        QFAIL("unknown expectation");
    }
}

QTEST_APPLESS_MAIN(TstHttpCorpora)
#include "tst_http_corpora.moc"
