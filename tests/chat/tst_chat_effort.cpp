// Effort words against token budgets, and the room an answer gets. [translation §4, 9.1]
#include "chat/effort.h"

#include <QTest>

using namespace sb;
using namespace sb::chat;

class tst_chat_effort : public QObject {
    Q_OBJECT

private slots:
    void words();
    void budgets_data();
    void budgets();
    void targets_data();
    void targets();
    void offIsAValue();
    void room_data();
    void room();
};

void tst_chat_effort::words()
{
    for (const char *word : {"none", "minimal", "low", "medium", "high", "xhigh", "max"})
        QCOMPARE(effortName(effortFromName(word)), QByteArrayView(word));
    QCOMPARE(effortFromName("HIGH"), Effort::High);
    QCOMPARE(effortFromName("great"), Effort::Unset);
    QVERIFY(effortName(Effort::Unset).isEmpty());
}

void tst_chat_effort::budgets_data()
{
    QTest::addColumn<qint64>("tokens");
    QTest::addColumn<int>("effort");
    const auto row = [](qint64 tokens, Effort effort) {
        QTest::addRow("%lld", static_cast<long long>(tokens)) << tokens << int(effort);
    };
    row(0, Effort::None);
    row(1'024, Effort::Minimal);
    row(4'096, Effort::Low);
    row(4'097, Effort::Medium);
    row(24'576, Effort::High);
    row(49'152, Effort::XHigh);
    row(49'153, Effort::Max);
}

void tst_chat_effort::budgets()
{
    QFETCH(qint64, tokens);
    QTEST(int(effortForBudget(tokens)), "effort");
    Capabilities can;
    can.budgetMax = 24'576;
    QVERIFY(budgetForEffort(effortForBudget(tokens), can) <= can.budgetMax);
}

void tst_chat_effort::targets_data()
{
    QTest::addColumn<int>("thinking");
    QTest::addColumn<int>("asked");
    QTest::addColumn<qint64>("budget"); // asked; 0 = none
    QTest::addColumn<int>("effort"); // sent
    QTest::addColumn<qint64>("sent");
    QTest::addColumn<int>("changes");
    const auto row = [](const char *name, ThinkingKind kind, Effort asked, qint64 budget,
                        Effort effort, qint64 sent, int changes) {
        QTest::newRow(name) << int(kind) << int(asked) << budget << int(effort) << sent << changes;
    };
    row("effort to budget", ThinkingKind::Budget, Effort::Low, 0, Effort::Unset, 4'096, 0);
    row("budget to effort", ThinkingKind::Effort, Effort::Unset, 9'000, Effort::Medium, 0, 0);
    row("budget too small", ThinkingKind::Budget, Effort::Unset, 10, Effort::Unset, 1'024, 1);
    row("budget too large", ThinkingKind::Budget, Effort::Unset, 90'000, Effort::Unset, 32'000, 1);
    row("effort it lacks", ThinkingKind::Effort, Effort::Max, 0, Effort::High, 0, 1);
    row("effort below all", ThinkingKind::Effort, Effort::Minimal, 0, Effort::Low, 0, 1);
    row("nothing asked", ThinkingKind::Budget, Effort::Unset, 0, Effort::Unset, 0, 0);
}

void tst_chat_effort::targets()
{
    QFETCH(int, thinking);
    QFETCH(int, asked);
    QFETCH(qint64, budget);
    Target target;
    target.dialect = DialectId::OpenAiChat;
    target.can.thinking = ThinkingKind(thinking);
    target.can.budgetMin = 1'024;
    target.can.budgetMax = 32'000;
    target.can.efforts = {Effort::Low, Effort::Medium, Effort::High};
    ReasoningAsk ask;
    ask.effort = Effort(asked);
    if (budget > 0)
        ask.budget = budget;
    Changes changes;
    const ReasoningAsk sent = targetReasoning(ask, target, changes);
    QTEST(int(sent.effort), "effort");
    QTEST(sent.budget.value_or(0), "sent");
    QTEST(int(changes.entries().size()), "changes");
}

// P-43: the off switch reaches the target, or the client is told why not.
void tst_chat_effort::offIsAValue()
{
    Target target;
    target.can.thinking = ThinkingKind::Effort;
    ReasoningAsk ask;
    ask.state = ReasoningAsk::State::Off;
    Changes changes;
    QCOMPARE(int(targetReasoning(ask, target, changes).state), int(ReasoningAsk::State::Off));
    QVERIFY(changes.entries().empty());
    ask = {};
    ask.effort = Effort::None;
    QCOMPARE(int(targetReasoning(ask, target, changes).state), int(ReasoningAsk::State::Off));
    target.can.canTurnThinkingOff = false;
    target.can.efforts = {Effort::Low, Effort::High};
    const ReasoningAsk sent = targetReasoning(ask, target, changes);
    QCOMPARE(int(sent.effort), int(Effort::Low));
    QCOMPARE(changes.entries().size(), size_t(1));
}

void tst_chat_effort::room_data()
{
    QTest::addColumn<qint64>("asked"); // -1 = not given
    QTest::addColumn<qint64>("budget");
    QTest::addColumn<qint64>("most"); // the model's; 0 = not known
    QTest::addColumn<qint64>("maxOutput");
    QTest::addColumn<qint64>("left");
    const auto row
        = [](const char *name, qint64 asked, qint64 budget, qint64 most, qint64 maxOutput,
             qint64 left) { QTest::newRow(name) << asked << budget << most << maxOutput << left; };
    row("P-53 the model's limit", -1, 0, 64'000, 64'000, 0);
    row("P-53 not known", -1, 0, 0, 8'192, 0);
    row("P-53 thinking", -1, 16'384, 0, 32'000, 16'384);
    row("budget over what is not known", -1, 40'000, 0, 48'192, 40'000);
    row("client's own limit", 500, 0, 64'000, 500, 0);
    row("over the model's", 100'000, 0, 64'000, 64'000, 0);
    row("budget gives way", 4'000, 16'384, 64'000, 4'000, 3'999);
    row("no room to think", 900, 16'384, 64'000, 900, 0);
    row("cache warm-up", 0, 0, 64'000, 0, 0);
}

void tst_chat_effort::room()
{
    QFETCH(qint64, asked);
    QFETCH(qint64, budget);
    QFETCH(qint64, most);
    Request request;
    if (asked >= 0)
        request.maxOutput = asked;
    Target target;
    target.dialect = DialectId::Anthropic;
    target.can.maxOutput = most;
    ReasoningAsk reasoning;
    if (budget > 0) {
        reasoning.state = ReasoningAsk::State::On;
        reasoning.budget = budget;
    }
    Changes changes;
    const OutputRoom room = outputRoom(request, reasoning, target, changes);
    QTEST(room.maxOutput, "maxOutput");
    QTEST(room.budget, "left");
}

QTEST_APPLESS_MAIN(tst_chat_effort)
#include "tst_chat_effort.moc"
