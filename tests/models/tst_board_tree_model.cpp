#include "models/board_tree_model.h"
#include "pages/board_frames.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

using namespace sb;
using models::BoardState;
using models::BoardTreeModel;

namespace {

BoardState stateOf(const Frame &frame)
{
    BoardState state;
    state.take(frame);
    return state;
}

// The tree as printed lines: name | state.
QStringList printed(const BoardTreeModel &model, const QModelIndex &parent = {}, int depth = 0)
{
    QStringList lines;
    for (int row = 0; row < model.rowCount(parent); ++row) {
        const QModelIndex name = model.index(row, BoardTreeModel::Name, parent);
        lines.append(QString(depth * 2, u' ') + name.data().toString() + QStringLiteral(" | ")
                     + name.siblingAtColumn(BoardTreeModel::State).data().toString());
        lines += printed(model, name, depth + 1);
    }
    return lines;
}

} // namespace

class TestBoardTreeModel : public QObject {
    Q_OBJECT

private slots:
    void saysWhatTheBoardShows();
    void announcesOnlyWhatMoved();
    void resetsWhenTheConfigurationChanges();
    void speaksToScreenReaders();
};

void TestBoardTreeModel::saysWhatTheBoardShows()
{
    BoardTreeModel model;
    const QAbstractItemModelTester tester(&model);
    model.take(stateOf(test::trippedFrame()));
    const QStringList lines = printed(model);
    for (const char *expected :
         {"Clients | 4 client(s)", "  Claude Code | 12/min", "    coding | live",
          "  Zed | idle 14 min", "    fast | idle", "Chains | 3 chain(s)", "  coding | on target 1",
          "    1. Anthropic / claude-sonnet-5 | live", "    2. OpenAI / gpt-5.2 | idle",
          "    3. OpenRouter / anthropic/claude-sonnet-5 | tripped", "  my-app | failed over",
          "    2. OpenAI / gpt-5.2-mini | live, not on its first target",
          "Providers | 4 provider(s)", "  OpenAI | degraded",
          "  OpenRouter | tripped: 429, retry 0:23"}) {
        QVERIFY2(lines.contains(QString::fromUtf8(expected)),
                 qPrintable(QString::fromUtf8(expected) + QStringLiteral(" not in:\n")
                            + lines.join(u'\n')));
    }
    // A target that needs a translation says so.
    const QString skipped = lines.filter(QStringLiteral("2. Ollama (local)")).value(0);
    QVERIFY2(!skipped.isEmpty() && !skipped.endsWith(QStringLiteral("not used")),
             qPrintable(skipped));
}

void TestBoardTreeModel::announcesOnlyWhatMoved()
{
    BoardTreeModel model;
    const QAbstractItemModelTester tester(&model);
    Frame frame = test::busyFrame();
    model.take(stateOf(frame));
    QSignalSpy reset(&model, &QAbstractItemModel::modelReset);
    QSignalSpy moved(&model, &QAbstractItemModel::dataChanged);
    model.take(stateOf(frame));
    QCOMPARE(moved.size(), 0);
    frame.clients[0].perMinute = 13;
    model.take(stateOf(frame));
    QCOMPARE(reset.size(), 0);
    QCOMPARE(moved.size(), 1);
    const QModelIndex at = moved[0][0].toModelIndex();
    QCOMPARE(at.data().toString(), QStringLiteral("Claude Code"));
    QCOMPARE(at.siblingAtColumn(BoardTreeModel::Rate).data().toString(), QStringLiteral("13/min"));
}

void TestBoardTreeModel::resetsWhenTheConfigurationChanges()
{
    BoardTreeModel model;
    const QAbstractItemModelTester tester(&model);
    Frame frame = test::busyFrame();
    model.take(stateOf(frame));
    QSignalSpy reset(&model, &QAbstractItemModel::modelReset);
    frame.providers.removeLast();
    model.take(stateOf(frame));
    QCOMPARE(reset.size(), 1);
    const QString lines = printed(model).join(u'\n');
    QVERIFY2(lines.contains(QStringLiteral("ollama / qwen3:8b | provider not configured")),
             qPrintable(lines));
    model.take(BoardState());
    QCOMPARE(model.rowCount(), 3);
    QCOMPARE(model.rowCount(model.index(0, 0)), 0);
}

void TestBoardTreeModel::speaksToScreenReaders()
{
    BoardTreeModel model;
    model.take(stateOf(test::trippedFrame()));
    const QModelIndex providers = model.index(2, 0);
    QCOMPARE(providers.data(BoardTreeModel::LightRole).toInt(), int(models::Light::Danger));
    const QModelIndex router = model.index(2, 0, providers);
    QCOMPARE(router.data(Qt::AccessibleTextRole).toString(),
             QStringLiteral("OpenRouter, tripped: 429, retry 0:23"));
    QVERIFY(!router.data(BoardTreeModel::ReasonRole).toString().isEmpty());
}

QTEST_GUILESS_MAIN(TestBoardTreeModel)
#include "tst_board_tree_model.moc"
