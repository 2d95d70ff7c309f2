// Recorded provider traffic: what goes to the client is what came, and the facts read on the way
// are those an independent reader found. Exceptions stand with their reasons in
// tests/data/dialect/exceptions.md.
#include "dialect/dialect.h"
#include "json/reader.h"
#include "json/writer.h"

#include <QDir>
#include <QFile>
#include <QSet>
#include <QTest>

using namespace sb;
using namespace sb::dialect;

class TestRecordings : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void records_data();
    void records();

private:
    void stream(DialectId dialect, const QByteArray &body, const json::Value &record);
    void reply(DialectId dialect, const QByteArray &body, const json::Value &record);
    bool isExcepted(const char *what) const;
    void compareUsage(const Usage &usage, const json::Value &expect);
    QSet<QByteArray>
        m_exceptions; // "id" or "id:what", what = forward, broken, cached, finish, whole
};

void TestRecordings::initTestCase()
{
    QFile file(QStringLiteral(SB_TEST_DATA "/dialect/exceptions.md"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    for (const QByteArray &line : file.readAll().split('\n')) {
        if (line.startsWith("- `"))
            m_exceptions.insert(line.mid(3, line.indexOf('`', 3) - 3));
    }
}

void TestRecordings::records_data()
{
    QTest::addColumn<DialectId>("dialect");
    QTest::addColumn<json::Value>("record");
    const QString root = qEnvironmentVariable("SIGNALBOX_CORPORA");
    if (root.isEmpty())
        QSKIP("SIGNALBOX_CORPORA is not set");
    for (const auto &[folder, dialect] :
         {std::pair("openai-chat", DialectId::OpenAiChat),
          std::pair("anthropic", DialectId::Anthropic),
          std::pair("openai-responses", DialectId::OpenAiResponses)}) {
        const QDir dir(root + QStringLiteral("/recordings/") + QLatin1String(folder));
        for (const QString &name : dir.entryList({QStringLiteral("*.jsonl")}, QDir::Files)) {
            QFile file(dir.filePath(name));
            QVERIFY(file.open(QIODevice::ReadOnly));
            while (!file.atEnd()) {
                const Result<json::Value> record = json::read(file.readLine());
                QVERIFY(record);
                QTest::newRow(record->find("id")->text().constData()) << dialect << *record;
            }
        }
    }
}

bool TestRecordings::isExcepted(const char *what) const
{
    return m_exceptions.contains(QByteArray(QTest::currentDataTag()) + ':' + what);
}

static Finish finishNamed(const QByteArray &name)
{
    static const QHash<QByteArray, Finish> names{
        {"stop", Finish::Stop},       {"length", Finish::Length}, {"tool_calls", Finish::ToolCalls},
        {"filter", Finish::Filtered}, {"pause", Finish::Pause},   {"error", Finish::Error}};
    return names.value(name, Finish::None);
}

void TestRecordings::compareUsage(const Usage &usage, const json::Value &expect)
{
    const json::Value *wanted = expect.find("usage");
    if (!wanted || !wanted->isObject()) {
        QCOMPARE(usage.source, UsageSource::None);
        return;
    }
    const auto count = [&](const char *key) {
        const json::Value *value = wanted->find(key);
        return value ? value->toInt().value_or(0) : 0;
    };
    QCOMPARE(usage.prompt(), count("input"));
    QCOMPARE(usage.completion(), count("output"));
    if (!isExcepted("cached")) {
        QCOMPARE(usage.cacheRead, count("cached"));
        QCOMPARE(usage.cacheWrite + usage.cacheWrite1h, count("cache_write"));
    }
    QCOMPARE(usage.reasoning, count("reasoning"));
}

void TestRecordings::records()
{
    QFETCH(DialectId, dialect);
    QFETCH(json::Value, record);
    const json::Value *encoded = record.find("body_b64");
    const QByteArray body
        = encoded ? QByteArray::fromBase64(encoded->text()) : record.find("body")->text();
    const int status = int(record.find("status")->toInt().value_or(200));
    if (status >= 400) {
        const ProviderError error = readError(dialect, status, "application/json", body);
        QVERIFY(error.outcome != AttemptOutcome::Served);
        QVERIFY(!error.message.isEmpty());
        return;
    }
    const json::Value *request = record.find("request_json");
    if (request && request->isObject()) {
        QByteArray text = json::write(*request);
        text.reserve(text.size() + 64);
        const Result<RequestFacts> facts = readRequest(dialect, Endpoint::Generate, text);
        QVERIFY2(facts, facts ? "" : qPrintable(facts.error().detail));
        QCOMPARE(facts->model.toUtf8(), request->find("model")->text());
        QVERIFY(facts->promptTokens > 0);
    }
    if (record.find("is_stream")->toBool())
        stream(dialect, body, record);
    else
        reply(dialect, body, record);
}

void TestRecordings::stream(DialectId dialect, const QByteArray &body, const json::Value &record)
{
    const json::Value &expect = *record.find("expect");
    for (const qsizetype step : {body.size(), qsizetype(1), qsizetype(700)}) {
        const auto reader = makeStreamReader(dialect, {});
        QByteArray forward;
        bool isTerminal = false;
        bool hasError = false;
        for (qsizetype at = 0; at < body.size(); at += qMax(step, qsizetype(1))) {
            QByteArray part = body.mid(at, step);
            const StreamStep read = reader->feed(part);
            forward += read.forward;
            part.fill('#');
            isTerminal |= read.isTerminal;
            hasError |= read.error.has_value();
            QVERIFY(!read.isBroken || isExcepted("broken"));
        }
        const StreamStep last = reader->finish(false);
        forward += last.forward;
        hasError |= last.error.has_value();
        if (const json::Value *error = expect.find("error"); error && !error->isNull())
            QVERIFY(hasError);
        else if (!isExcepted("forward"))
            QCOMPARE(forward, body);
        if (!isExcepted("whole"))
            QCOMPARE(reader->isWhole(), expect.find("complete")->toBool());
        QCOMPARE(last.isTerminal, reader->isWhole());
        if (!isExcepted("finish"))
            QCOMPARE(reader->finishReason(), finishNamed(expect.find("finish")->text()));
        compareUsage(reader->usage(), expect);
        if (QTest::currentTestFailed())
            return;
        const bool hasText = expect.find("text_chars")->toInt().value_or(0) > 0
            || expect.find("reasoning_chars")->toInt().value_or(0) > 0
            || !expect.find("tools")->items().isEmpty();
        if (hasText && !isExcepted("broken"))
            QVERIFY(reader->hasContent());
        QVERIFY(!reader->isBadToolJson());
    }
}

void TestRecordings::reply(DialectId dialect, const QByteArray &body, const json::Value &record)
{
    const json::Value &expect = *record.find("expect");
    const ReplyFacts facts = readReply(dialect, Endpoint::Generate, "application/json", body);
    if (const json::Value *error = expect.find("error"); error && !error->isNull()) {
        QVERIFY(facts.outcome != AttemptOutcome::Served);
        return;
    }
    QCOMPARE(facts.outcome, AttemptOutcome::Served);
    if (!isExcepted("finish"))
        QCOMPARE(facts.finish, finishNamed(expect.find("finish")->text()));
    compareUsage(facts.usage, expect);
}

QTEST_APPLESS_MAIN(TestRecordings)
#include "tst_recordings.moc"
