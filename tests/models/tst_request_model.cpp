#include "models/request_model.h"

#include "models/cost_sheet.h"
#include "models/exchange_diff.h"
#include "models/filter_completion.h"
#include "models/request_marks.h"
#include "pages/request_rows.h"

#include <QAbstractItemModelTester>
#include <QRandomGenerator>
#include <QSignalSpy>
#include <QTest>

using namespace sb;
using models::FilterCompletion;
using models::RequestMarks;
using models::RequestModel;

namespace {

ExchangeFilter filter(const char *line)
{
    return parseFilter(QString::fromUtf8(line), test::kNow).filter;
}

bool isNewestFirst(const RequestModel &model)
{
    for (int row = 1; row < model.rowCount(); ++row) {
        if (!(model.at(row)->id < model.at(row - 1)->id))
            return false;
    }
    return true;
}

QStringList texts(const FilterCompletion &completion)
{
    QStringList all;
    for (const FilterCompletion::Item &item : completion.items)
        all.append(item.text);
    return all;
}

} // namespace

class TestRequestModel : public QObject {
    Q_OBJECT

private slots:
    void anyOrderComesOutNewestFirst();
    void rowsLeaveWhenTheyNoLongerMatch();
    void heldRowsWait();
    void heldLongerThanATable();
    void historyGoesBelowAndBetween();
    void pagingFarBackDetaches();
    void keepsFiveThousand();
    void cells();
    void marksAreBoundedAndKept();
    void completion_data();
    void completion();
    void labelsAreTakenForIds();
    void completionsFoldIntoOneRow();
    void runsEndAndJoin();
    void termsComeAndGo();
    void comparesTwo();
    void costByClass();
};

void TestRequestModel::anyOrderComesOutNewestFirst()
{
    RequestModel model;
    const QAbstractItemModelTester tester(&model);
    QRandomGenerator random(3);
    QList<int> numbers;
    for (int i = 0; i < 300; ++i)
        numbers.append(i);
    std::shuffle(numbers.begin(), numbers.end(), random);
    for (qsizetype i = 0; i < numbers.size(); i += 7) {
        QList<RequestModel::Ptr> some;
        for (qsizetype k = i; k < std::min(i + 7, numbers.size()); ++k)
            some.append(test::request(numbers[k]));
        if (i % 2)
            model.merge(some);
        else
            model.take(some);
        QVERIFY(isNewestFirst(model));
    }
    QCOMPARE(model.rowCount(), 300);
    for (int i = 0; i < 300; ++i)
        QCOMPARE(model.rowOf(test::request(i)->id), i);
    QCOMPARE(model.rowOf(ExchangeId{}), -1);
    model.take({test::request(5), test::request(5)});
    QCOMPARE(model.rowCount(), 300);
}

void TestRequestModel::rowsLeaveWhenTheyNoLongerMatch()
{
    RequestModel model;
    const QAbstractItemModelTester tester(&model);
    model.reset(filter("is:running"), {});
    auto running = std::make_shared<Exchange>(*test::request(0));
    running->phase = Phase::Streaming;
    running->outcome = {};
    model.take({running, test::request(1)});
    QCOMPARE(model.rowCount(), 1);
    QCOMPARE(model.cell(0, RequestModel::State), QStringLiteral("running"));
    model.take({test::request(0)});
    QCOMPARE(model.rowCount(), 0);
}

void TestRequestModel::heldRowsWait()
{
    RequestModel model;
    const QAbstractItemModelTester tester(&model);
    QSignalSpy waiting(&model, &RequestModel::waitingChanged);
    model.take(test::requests(10));
    model.setHeld(true);
    model.take({test::request(-1), test::request(-2), test::request(4)});
    QCOMPARE(model.rowCount(), 10);
    QCOMPARE(model.waiting(), 2);
    QVERIFY(waiting.size() >= 1);
    model.setHeld(false);
    QCOMPARE(model.rowCount(), 12);
    QCOMPARE(model.waiting(), 0);
    QVERIFY(isNewestFirst(model));
}

void TestRequestModel::heldLongerThanATable()
{
    RequestModel model;
    model.take(test::requests(10));
    model.setHeld(true);
    for (int i = 1; i <= RequestModel::kCapacity + 50; ++i)
        model.take({test::request(-i)});
    QCOMPARE(model.waiting(), RequestModel::kCapacity + 50);
    model.setHeld(false);
    QCOMPARE(model.waiting(), 0);
    QCOMPARE(model.rowCount(), RequestModel::kCapacity);
    QCOMPARE(model.at(0)->id, test::request(-RequestModel::kCapacity - 50)->id);
    QVERIFY(isNewestFirst(model));
}

void TestRequestModel::historyGoesBelowAndBetween()
{
    RequestModel model;
    const QAbstractItemModelTester tester(&model);
    model.take({test::request(0), test::request(10), test::request(20)});
    QSignalSpy inserted(&model, &QAbstractItemModel::rowsInserted);
    model.merge(test::requests(31));
    QCOMPARE(model.rowCount(), 31);
    QCOMPARE(inserted.size(), 3); // two gaps and the end
    model.merge(test::requests(31));
    QCOMPARE(inserted.size(), 3);
}

void TestRequestModel::pagingFarBackDetaches()
{
    RequestModel model;
    const QList<RequestModel::Ptr> all = test::requests(RequestModel::kCapacity + 600);
    model.take(all.first(RequestModel::kCapacity));
    QVERIFY(!model.isDetached());
    model.merge(all.mid(RequestModel::kCapacity));
    QVERIFY(model.isDetached());
    QCOMPARE(model.rowCount(), RequestModel::kCapacity);
    QCOMPARE(model.at(0)->id, all[600]->id);
    QCOMPARE(model.at(RequestModel::kCapacity - 1)->id, all.last()->id);
    model.take({test::request(-1)});
    QCOMPARE(model.rowCount(), RequestModel::kCapacity);
    QCOMPARE(model.waiting(), 1);
    model.reset({}, all.first(5));
    QVERIFY(!model.isDetached());
    QCOMPARE(model.waiting(), 0);
}

void TestRequestModel::keepsFiveThousand()
{
    RequestModel model;
    model.take(test::requests(RequestModel::kCapacity));
    model.take({test::request(-1)});
    QCOMPARE(model.rowCount(), RequestModel::kCapacity);
    QCOMPARE(model.at(0)->id, test::request(-1)->id);
    model.take({test::request(RequestModel::kCapacity + 9)}); // left at the bottom long ago
    QCOMPARE(model.rowOf(test::request(RequestModel::kCapacity + 9)->id), -1);
}

void TestRequestModel::cells()
{
    RequestMarks marks;
    RequestModel model(&marks);
    model.takeNames(words::namesIn(test::busyFrame()), test::kNow);
    model.take(test::requests(12));
    const auto cell = [&](int row, RequestModel::Column column) { return model.cell(row, column); };
    QCOMPARE(cell(1, RequestModel::State), QStringLiteral("failed over"));
    QCOMPARE(cell(1, RequestModel::ServedBy), QStringLiteral("OpenAI / gpt-5.2"));
    QCOMPARE(cell(1, RequestModel::Targets), QStringLiteral("2 of 3"));
    QCOMPARE(cell(1, RequestModel::Status), QStringLiteral("200"));
    QCOMPARE(cell(1, RequestModel::Note), QStringLiteral("rate limit"));
    QCOMPARE(cell(1, RequestModel::Folder), QStringLiteral("signalbox"));
    QCOMPARE(cell(2, RequestModel::Targets), QStringLiteral("1"));
    QCOMPARE(cell(5, RequestModel::State), QStringLiteral("failed"));
    QCOMPARE(cell(5, RequestModel::ServedBy), QStringLiteral("nobody"));
    QCOMPARE(cell(5, RequestModel::FirstToken), QStringLiteral("–"));
    QCOMPARE(cell(8, RequestModel::Cost), QStringLiteral("unpriced"));
    marks.set(model.at(1)->id, {RequestMarks::Shape::Square, QStringLiteral("look")});
    model.marksChanged();
    QCOMPARE(cell(1, RequestModel::Note), QStringLiteral("look, rate limit"));
    // A name from outside cannot turn the line round.
    auto evil = std::make_shared<Exchange>(*test::request(-1));
    evil->ask.model = QStringLiteral("a\u202Eb");
    model.take({evil});
    QVERIFY(!cell(0, RequestModel::AskedFor).contains(QChar(0x202E)));
}

void TestRequestModel::marksAreBoundedAndKept()
{
    RequestMarks marks;
    for (int i = 0; i < RequestMarks::kMost + 20; ++i)
        marks.set(test::request(i)->id,
                  {RequestMarks::Shape(i % 4), QStringLiteral("note %1").arg(i)});
    QCOMPARE(marks.size(), qsizetype(RequestMarks::kMost));
    QVERIFY(!marks.mark(test::request(0)->id));
    const RequestMarks again = RequestMarks::restored(marks.saved());
    QCOMPARE(again.size(), marks.size());
    QVERIFY(again.mark(test::request(100)->id) == marks.mark(test::request(100)->id));
    QCOMPARE(again.note(test::request(100)->id), QStringLiteral("note 100"));
    const RequestMarks odd = RequestMarks::restored(
        QStringList{QStringLiteral("nonsense"), QStringLiteral("sbx_ 1 x"), QString(),
                    QString::fromLatin1(test::request(1)->id.text()) + QStringLiteral(" 9 x")});
    QCOMPARE(odd.size(), 0);
    marks.set(test::request(600)->id, {RequestMarks::Shape::Circle, QString(5'000, u'x')});
    QCOMPARE(marks.note(test::request(600)->id).size(), RequestMarks::kNoteLength);
}

void TestRequestModel::completion_data()
{
    QTest::addColumn<QString>("line"); // the cursor stands at the end
    QTest::addColumn<QString>("texts");
    QTest::addColumn<int>("from");
    const auto row = [](const char *line, const char *texts, int from) {
        QTest::newRow(line) << QString::fromUtf8(line) << QString::fromUtf8(texts) << from;
    };
    row("pro", "provider:|program:", 0);
    row("status:429 pro", "provider:|program:", 11);
    row("-pro", "provider:|program:", 1);
    row("is:fail", "is:failed|is:failed-over", 0);
    row("provider:ant", "provider:anthropic", 0);
    row("client:\"Cl", "client:claude|client:\"Claude Code\"", 0);
    row("client:\"Claude C", "client:\"Claude Code\"", 0);
    row("provider:anthropic", "", 0);
    row("nosuch:x", "", 0);
    row("word", "", 0);
    row("\"pro", "", 0);
    row("ttft:", "ttft:>2s|ttft:>5s|ttft:<500ms", 0);
}

void TestRequestModel::completion()
{
    QFETCH(QString, line);
    QFETCH(QString, texts);
    QFETCH(int, from);
    models::FilterValues values;
    values.providers = {QStringLiteral("anthropic"), QStringLiteral("openai")};
    values.clients = {QStringLiteral("claude"), QStringLiteral("Claude Code")};
    const FilterCompletion found = models::completeFilter(line, line.size(), values);
    QCOMPARE(::texts(found).join(u'|'), texts);
    QCOMPARE(int(found.from), from);
    QCOMPARE(found.from + found.length, line.size());
    for (const FilterCompletion::Item &item : found.items) {
        QString taken = line;
        taken.replace(found.from, found.length, item.text);
        if (!taken.endsWith(u':'))
            QVERIFY2(parseFilter(taken, test::kNow).problems.isEmpty(), qPrintable(taken));
    }
    // Any cursor is a good cursor.
    for (int at = -2; at < int(line.size()) + 3; ++at)
        (void)models::completeFilter(line, at, values);
}

void TestRequestModel::labelsAreTakenForIds()
{
    words::Names names;
    names.clients.insert(ClientId(QStringLiteral("cc-1")), QStringLiteral("Claude Code"));
    names.providers.insert(ProviderId(QStringLiteral("oai")), QStringLiteral("OpenAI"));
    names.providers.insert(ProviderId(QStringLiteral("openai")), QStringLiteral("Other"));
    const auto with
        = models::withIds(filter("client:\"claude code\" served:OpenAI provider:other"), names);
    QCOMPARE(filterText(with), QStringLiteral("client:cc-1 served:OpenAI provider:openai"));
}

void TestRequestModel::termsComeAndGo()
{
    const QString line = QStringLiteral("a  status:429 \"b c\"");
    const QList<FilterTerm> terms = parseFilter(line).filter.terms;
    QCOMPARE(models::withoutTerm(line, terms[1]), QStringLiteral("a \"b c\""));
    QCOMPARE(models::withoutTerm(line, terms[0]), QStringLiteral("status:429 \"b c\""));
    QCOMPARE(models::withoutTerm(line, terms[2]), QStringLiteral("a  status:429"));
    QCOMPARE(models::withTerm(QString(), QStringLiteral("x")), QStringLiteral("x"));
    QCOMPARE(models::withTerm(QStringLiteral("a "), QStringLiteral("x")), QStringLiteral("a x"));
}

void TestRequestModel::comparesTwo()
{
    const words::Names names = words::namesIn(test::busyFrame());
    const auto left = test::request(1);
    const auto right = test::request(2);
    const QList<models::DiffLine> same = models::compare(*left, *left, names);
    for (const models::DiffLine &line : same)
        QVERIFY(!line.isDifferent && line.difference.isEmpty());
    const QList<models::DiffLine> lines = models::compare(*left, *right, names);
    QStringList different;
    for (const models::DiffLine &line : lines) {
        if (line.isDifferent)
            different.append(line.label + u'=' + line.difference);
    }
    const QString all = different.join(u'|');
    QVERIFY2(all.contains(QStringLiteral("Served by=|")), qPrintable(all));
    QVERIFY2(all.contains(QStringLiteral("Duration=\u22122.7 s")), qPrintable(all));
    QVERIFY2(all.contains(QStringLiteral("Attempts=\u22121")), qPrintable(all));
    QVERIFY2(all.contains(QStringLiteral("Target 1=")), qPrintable(all));
}

void TestRequestModel::costByClass()
{
    auto exchange = *test::request(1);
    QCOMPARE(models::costSheets(exchange, nullptr).size(), 1); // the refused one owes nothing
    const models::CostSheet sheet = models::costSheets(exchange, nullptr)[0];
    QCOMPARE(sheet.ordinal, 2);
    QCOMPARE(sheet.lines.size(), 3);
    QVERIFY(!sheet.lines[0].amount);
    config::ConfigSnapshot config;
    config::ProviderSettings provider;
    provider.id = exchange.attempts[1].target.provider;
    config::ModelSettings model;
    model.id = exchange.attempts[1].target.model;
    config::RateCard card;
    card.base.input = Price{1'250'000};
    card.base.cacheRead = Price{125'000};
    card.base.output = Price{10'000'000};
    model.price = card;
    provider.models = {model};
    config.providers = {provider};
    const models::CostSheet priced = models::costSheets(exchange, &config)[0];
    const Usage &usage = exchange.attempts[1].usage;
    QCOMPARE(priced.lines[0].perMillion->nano, 1'250'000'000);
    QCOMPARE(priced.lines[0].amount->nano, usage.input * 1'250);
    QCOMPARE(priced.lines[1].amount->nano, usage.cacheRead * 125);
    QCOMPARE(priced.lines[2].amount->nano, usage.output * 10'000);
    exchange.attempts.clear();
    QVERIFY(models::costSheets(exchange, &config).isEmpty());
}

namespace {

// Editor completions: five a second from `client`, four of five cancelled.
RequestModel::Ptr editorCompletion(int number, const QString &client = QStringLiteral("editor"),
                                   qint64 wallMs = 0)
{
    auto e = std::make_shared<Exchange>(*test::request(0));
    e->wallMs = wallMs > 0 ? wallMs : test::kNow + number * 200ll;
    e->id = ExchangeId{quint64(e->wallMs) << 16, quint64(number)};
    e->client = ClientId(client);
    e->ask.endpoint = Endpoint::Completions;
    e->replayOf = {};
    e->phase = Phase::Settled;
    e->outcome.kind = number % 5 == 0 ? OutcomeKind::Served : OutcomeKind::ClientLeft;
    e->settlement.source = CostSource::Computed;
    e->settlement.cost = Money{1'000'000};
    e->settlement.usage = {};
    e->settlement.usage.source = UsageSource::Reported;
    e->settlement.usage.input = 100;
    e->settlement.usage.output = 2;
    return e;
}

int shown(const RequestModel &model)
{
    int rows = 0;
    for (int row = 0; row < model.rowCount(); ++row)
        rows += !model.isFolded(row);
    return rows;
}

} // namespace

// Issue 5, line 10: the flood of an editor beside an agent is one row, and nothing of it is lost.
void TestRequestModel::completionsFoldIntoOneRow()
{
    RequestModel model;
    QAbstractItemModelTester tester(&model);
    QSignalSpy folds(&model, &RequestModel::foldsChanged);
    for (int i = 0; i < 50; ++i) {
        model.take({editorCompletion(i)});
        if (i % 10 == 0) {
            auto agent = std::make_shared<Exchange>(*editorCompletion(1'000 + i));
            agent->wallMs = test::kNow + i * 200ll + 7;
            agent->id = ExchangeId{quint64(agent->wallMs) << 16, quint64(1'000 + i)};
            agent->client = ClientId(QStringLiteral("claude"));
            agent->ask.endpoint = Endpoint::Generate;
            model.take({agent});
        }
    }
    QCOMPARE(model.rowCount(), 55);
    QCOMPARE(shown(model), 6); // the agent's five and one
    QVERIFY(!folds.isEmpty());
    const int head = model.headOf(model.rowOf(editorCompletion(3)->id));
    QVERIFY(head >= 0);
    QCOMPARE(model.at(head)->id, editorCompletion(49)->id); // the newest stands for all
    QVERIFY(!model.isFolded(head));
    const models::Flood *flood = model.flood(head);
    QVERIFY(flood);
    QCOMPARE(flood->count, 50);
    QCOMPARE(flood->left, 40);
    QCOMPARE(flood->in, qint64(5'000));
    QCOMPARE(flood->out, qint64(100));
    QCOMPARE(flood->cost.nano, qint64(50'000'000));
    QVERIFY(model.cell(head, RequestModel::State).contains(QStringLiteral("50")));
    QVERIFY(model.cell(head, RequestModel::Note).contains(QStringLiteral("40")));
    QCOMPARE(model.cell(head, RequestModel::In), QStringLiteral("5,000"));
    QVERIFY(!model.flood(model.rowOf(editorCompletion(3)->id)));

    model.setOpen(model.rowOf(editorCompletion(3)->id), true);
    QCOMPARE(shown(model), 55);
    model.take({editorCompletion(50)}); // it stays open
    QCOMPARE(shown(model), 56);
    model.setOpen(0, false);
    QCOMPARE(shown(model), 6);

    // One of them ends otherwise than it seemed: the row says so.
    auto ended = std::make_shared<Exchange>(*editorCompletion(7));
    ended->outcome.kind = OutcomeKind::Failed;
    model.take({ended});
    QCOMPARE(model.flood(model.headOf(0))->failed, 1);
    QCOMPARE(model.flood(model.headOf(0))->left, 39);
    model.reset({}, {});
    QCOMPARE(model.rowCount(), 0);
    QVERIFY(!model.flood(0));
    QVERIFY(!model.isFolded(0));
}

void TestRequestModel::runsEndAndJoin()
{
    RequestModel model;
    QAbstractItemModelTester tester(&model);
    model.take({editorCompletion(0), editorCompletion(1), editorCompletion(2)});
    QCOMPARE(shown(model), 3); // too few
    model.take({editorCompletion(3)});
    QCOMPARE(shown(model), 1);
    // Another client's are its own row, a pause begins a new one.
    for (int i = 10; i < 14; ++i)
        model.take({editorCompletion(i, QStringLiteral("other"))});
    QCOMPARE(shown(model), 2);
    const qint64 later = test::kNow + 600 + models::kFloodGapMs + 1;
    for (int i = 20; i < 24; ++i)
        model.take({editorCompletion(i, QStringLiteral("editor"), later + i)});
    QCOMPARE(shown(model), 3);
    // One in between, come late from history, joins the two.
    model.merge({editorCompletion(30, QStringLiteral("editor"), test::kNow + 5'000)});
    QCOMPARE(shown(model), 2);
    // Held rows fold when they are let in.
    model.setHeld(true);
    model.take({editorCompletion(40, QStringLiteral("editor"), later + 100)});
    QCOMPARE(model.waiting(), 1);
    model.setHeld(false);
    QCOMPARE(shown(model), 2);
    // Chats never fold.
    for (int i = 50; i < 60; ++i) {
        auto chat = std::make_shared<Exchange>(*editorCompletion(i));
        chat->ask.endpoint = Endpoint::Generate;
        model.take({chat});
    }
    QCOMPARE(shown(model), 12);
}

QTEST_GUILESS_MAIN(TestRequestModel)
#include "tst_request_model.moc"
