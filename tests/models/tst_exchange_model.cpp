#include "models/exchange_model.h"
#include "pages/board_frames.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

using namespace sb;
using models::ExchangeModel;
using models::ExchangePtr;
using test::Tale;

namespace {

ExchangePtr numbered(int number, OutcomeKind outcome = OutcomeKind::Served)
{
    auto exchange = std::make_shared<Exchange>();
    exchange->wallMs = test::kNow + number;
    exchange->id = ExchangeId{quint64(exchange->wallMs) << 16, quint64(number)};
    exchange->outcome.kind = outcome;
    exchange->phase = outcome == OutcomeKind::Running ? Phase::Attempting : Phase::Settled;
    return exchange;
}

Frame with(const QList<ExchangePtr> &changed)
{
    Frame frame = test::idleFrame();
    frame.changed = changed;
    return frame;
}

QString cell(const ExchangeModel &model, int row, int column)
{
    return model.index(row, column).data().toString();
}

} // namespace

class TestExchangeModel : public QObject {
    Q_OBJECT

private slots:
    void newestFirst();
    void updatesOnlyTheRowsThatMoved();
    void oneFrameMayCarryAnExchangeTwice();
    void keepsFiveThousand();
    void historyGoesBelow();
    void cells_data();
    void cells();
    void labelsFollowTheConfiguration();
    void takesAThousandRowsQuickly();
};

void TestExchangeModel::newestFirst()
{
    ExchangeModel model;
    const QAbstractItemModelTester tester(&model);
    model.take(with({numbered(2), numbered(1), numbered(3)}));
    QCOMPARE(model.rowCount(), 3);
    QCOMPARE(model.at(0)->id, numbered(3)->id);
    QCOMPARE(model.at(2)->id, numbered(1)->id);
    model.take(with({numbered(4)}));
    QCOMPARE(model.at(0)->id, numbered(4)->id);
    for (int i = 1; i <= 4; ++i)
        QCOMPARE(model.at(model.rowOf(numbered(i)->id))->id, numbered(i)->id);
    QCOMPARE(model.rowOf(numbered(99)->id), -1);
    QVERIFY(!model.at(-1) && !model.at(4));
}

void TestExchangeModel::updatesOnlyTheRowsThatMoved()
{
    ExchangeModel model;
    const QAbstractItemModelTester tester(&model);
    QList<ExchangePtr> first;
    for (int i = 0; i < 10; ++i)
        first.append(numbered(i, OutcomeKind::Running));
    model.take(with(first));
    QSignalSpy moved(&model, &QAbstractItemModel::dataChanged);
    QSignalSpy inserted(&model, &QAbstractItemModel::rowsInserted);
    model.take(with({numbered(3), numbered(4), numbered(8)}));
    QCOMPARE(inserted.size(), 0);
    QCOMPARE(moved.size(), 2); // rows 1 and 5..6
    QCOMPARE(moved[0][0].toModelIndex().row(), 1);
    QCOMPARE(moved[0][1].toModelIndex().row(), 1);
    QCOMPARE(moved[1][0].toModelIndex().row(), 5);
    QCOMPARE(moved[1][1].toModelIndex().row(), 6);
    QCOMPARE(model.index(1, 0).data(ExchangeModel::OutcomeRole).toInt(), int(OutcomeKind::Served));
    QCOMPARE(model.index(0, 0).data(ExchangeModel::PhaseRole).toInt(), int(Phase::Attempting));
}

void TestExchangeModel::oneFrameMayCarryAnExchangeTwice()
{
    ExchangeModel model;
    const QAbstractItemModelTester tester(&model);
    model.take(with({numbered(1, OutcomeKind::Running), numbered(1)}));
    QCOMPARE(model.rowCount(), 1);
    QCOMPARE(model.at(0)->outcome.kind, OutcomeKind::Served);
}

void TestExchangeModel::keepsFiveThousand()
{
    ExchangeModel model;
    const QAbstractItemModelTester tester(&model);
    QList<ExchangePtr> many;
    for (int i = 0; i < ExchangeModel::kCapacity + 700; ++i)
        many.append(numbered(i));
    model.take(with(many));
    QCOMPARE(model.rowCount(), ExchangeModel::kCapacity);
    model.take(with({numbered(9'000), numbered(9'001)}));
    QCOMPARE(model.rowCount(), ExchangeModel::kCapacity);
    QCOMPARE(model.at(0)->id, numbered(9'001)->id);
    QCOMPARE(model.rowOf(numbered(700)->id), -1);
    QCOMPARE(model.rowOf(numbered(702)->id), ExchangeModel::kCapacity - 1);
    model.take(with({numbered(5)})); // left at the bottom long ago
    QCOMPARE(model.at(0)->id, numbered(9'001)->id);
}

void TestExchangeModel::historyGoesBelow()
{
    ExchangeModel model;
    const QAbstractItemModelTester tester(&model);
    model.take(with({numbered(10), numbered(11)}));
    model.appendOlder({numbered(10), numbered(9), numbered(8)});
    QCOMPARE(model.rowCount(), 4);
    QCOMPARE(model.rowOf(numbered(8)->id), 3);
    model.take(with({numbered(12), numbered(9)}));
    QCOMPARE(model.rowOf(numbered(12)->id), 0);
    QCOMPARE(model.rowOf(numbered(8)->id), 4);
    QList<ExchangePtr> much;
    for (int i = 0; i < 6'000; ++i)
        much.append(numbered(-1 - i));
    model.appendOlder(much);
    QCOMPARE(model.rowCount(), ExchangeModel::kCapacity);
}

void TestExchangeModel::cells_data()
{
    QTest::addColumn<int>("tale");
    QTest::addColumn<QString>("served");
    QTest::addColumn<QString>("targets");
    QTest::addColumn<bool>("isDanger");
    QTest::addColumn<bool>("isDetour");
    const auto row = [](const char *name, Tale tale, const char *served, const char *targets,
                        bool isDanger, bool isDetour) {
        QTest::newRow(name) << int(tale) << QString::fromUtf8(served) << QString::fromUtf8(targets)
                            << isDanger << isDetour;
    };
    row("served", Tale::Served, "Anthropic / claude-sonnet-5", "1", false, false);
    row("failed over", Tale::FailedOver, "OpenAI / gpt-5.2", "2 of 3", false, true);
    row("diverted", Tale::Diverted, "OpenAI / gpt-5.2", "1 of 3", false, true);
    row("nobody", Tale::Nobody, "Nobody: 3 target(s) failed", "3 of 3", true, false);
    row("client left", Tale::ClientLeft, "Nobody: client left", "1", false, false);
    row("cut", Tale::Cut, "Anthropic / claude-sonnet-5, cut short", "1", true, false);
    row("running", Tale::Streaming, "Anthropic / claude-sonnet-5, running", "1", false, false);
}

void TestExchangeModel::cells()
{
    QFETCH(int, tale);
    ExchangeModel model;
    model.take(with({test::tale(Tale(tale), 1)}));
    QTEST(cell(model, 0, ExchangeModel::ServedBy), "served");
    QTEST(cell(model, 0, ExchangeModel::Targets), "targets");
    const QModelIndex served = model.index(0, ExchangeModel::ServedBy);
    QTEST(served.data(ExchangeModel::DangerRole).toBool(), "isDanger");
    QTEST(served.data(ExchangeModel::DetourRole).toBool(), "isDetour");
    QCOMPARE(cell(model, 0, ExchangeModel::Client), QStringLiteral("Claude Code"));
    QCOMPARE(cell(model, 0, ExchangeModel::AskedFor), QStringLiteral("coding"));
    // Nobody answered and nothing was owed: that is not known, not $0.00.
    if (Tale(tale) == Tale::Nobody) {
        QVERIFY(model.index(0, ExchangeModel::Cost).data(ExchangeModel::UnknownRole).toBool());
        QVERIFY(!cell(model, 0, ExchangeModel::Cost).contains(u'$'));
    }
    for (int column = 0; column < ExchangeModel::ColumnCount; ++column) {
        QVERIFY(model.index(0, column).data(ExchangeModel::SortRole).isValid());
        QVERIFY(!model.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString().isEmpty());
    }
}

void TestExchangeModel::labelsFollowTheConfiguration()
{
    ExchangeModel model;
    const QAbstractItemModelTester tester(&model);
    model.take(with({test::tale(Tale::Served, 1), test::tale(Tale::Served, 2)}));
    QSignalSpy moved(&model, &QAbstractItemModel::dataChanged);
    Frame renamed = with({});
    renamed.providers[0].label = QStringLiteral("Claude direct");
    model.take(renamed);
    QCOMPARE(moved.size(), 1);
    QCOMPARE(moved[0][0].toModelIndex().column(), int(ExchangeModel::ServedBy));
    QCOMPARE(cell(model, 1, ExchangeModel::ServedBy),
             QStringLiteral("Claude direct / claude-sonnet-5"));
    model.take(renamed);
    QCOMPARE(moved.size(), 1); // nothing moved, nothing is announced
}

void TestExchangeModel::takesAThousandRowsQuickly()
{
    ExchangeModel model;
    QList<ExchangePtr> many;
    for (int i = 0; i < ExchangeModel::kCapacity; ++i)
        many.append(numbered(i));
    model.take(with(many));
    int number = ExchangeModel::kCapacity;
    QBENCHMARK
    {
        model.take(with({numbered(number), numbered(number + 1), numbered(number + 2),
                         numbered(number + 3), numbered(number + 4), numbered(number + 5)}));
        number += 6;
    }
    QCOMPARE(model.rowCount(), ExchangeModel::kCapacity);
}

QTEST_GUILESS_MAIN(TestExchangeModel)
#include "tst_exchange_model.moc"
