// Drafts of chains: what an edit writes, what undo brings back, what a newer file does to one.
#include "models/chain_draft.h"

#include "config/config_file.h"

#include <QFile>
#include <QRandomGenerator>
#include <QSignalSpy>
#include <QTest>

using namespace sb;
using models::ChainDrafts;
using Kind = models::DraftChange::Kind;

namespace {

QByteArray sampleText()
{
    QFile file(QStringLiteral(SB_TEST_DATA "/config/chains.json"));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}
const QByteArray kText = sampleText();

const ChainId kCoding(QStringLiteral("coding"));
const ChainId kChat(QStringLiteral("chat"));
const ProviderId kA(QStringLiteral("a"));
const ProviderId kB(QStringLiteral("b"));
const ProviderId kC(QStringLiteral("c"));

QList<Kind> kinds(const ChainDrafts &drafts)
{
    QList<Kind> out;
    for (const models::DraftChange &change : drafts.changes())
        out.append(change.kind);
    return out;
}

QList<config::Problem> errors(const QByteArray &text)
{
    QList<config::Problem> problems = config::validate(text, 1, config::builtInCatalog()).problems;
    problems.removeIf([](const config::Problem &problem) {
        return problem.severity != config::Problem::Severity::Error;
    });
    return problems;
}

} // namespace

class TestChainDraft : public QObject {
    Q_OBJECT
private slots:
    void unchangedIsTheSameText();
    void editsKeepTheRest();
    void aMoveIsOneChange();
    void renameIsFollowed();
    void removalIsFollowed();
    void duplicateAndAliases();
    void nonsenseDoesNothing();
    void fuzzUndo();
    void otherEditsKeepTheDraft();
    void changedMeanwhile();
    void appliedIsDone();
    void survivesARestart();
};

void TestChainDraft::unchangedIsTheSameText()
{
    ChainDrafts drafts;
    QVERIFY(!drafts.addChain(kChat)); // nothing to edit yet
    drafts.setBase(kText, 7);
    QCOMPARE(drafts.text().value(), kText);
    QVERIFY(!drafts.hasChanges());
    QCOMPARE(drafts.revision(), 7u);
    QVERIFY(drafts.save().isEmpty());
}

void TestChainDraft::editsKeepTheRest()
{
    ChainDrafts drafts;
    drafts.setBase(kText, 7);
    QVERIFY(drafts.setTarget(kCoding, 0, kA, QStringLiteral("small"), {}));
    const QByteArray text = drafts.text().value();
    QVERIFY(errors(text).isEmpty());
    QVERIFY(text.contains("\"//\": \"mine\""));
    QVERIFY(text.contains("\"//\": \"keep\""));
    QVERIFY(text.contains("why"));
    const auto again = models::readDraft(text);
    QCOMPARE(again->chain(kCoding)->targets[0].model, QStringLiteral("small"));
    QCOMPARE(again->chain(kCoding)->targets[1].provider, kB);
    QCOMPARE(kinds(drafts), QList<Kind>{Kind::TargetChanged});
    QVERIFY(drafts.setTarget(kCoding, 0, kA, QStringLiteral("large"), {}));
    QVERIFY(!drafts.hasChanges());
    QCOMPARE(drafts.text().value(), kText);
}

void TestChainDraft::aMoveIsOneChange()
{
    ChainDrafts drafts;
    drafts.setBase(kText, 7);
    QVERIFY(drafts.moveTarget(kCoding, 0, 2));
    QCOMPARE(kinds(drafts), QList<Kind>{Kind::TargetMoved});
    QCOMPARE(drafts.changes()[0].from, 1);
    QCOMPARE(drafts.changes()[0].to, 3);
    QVERIFY(drafts.removeTarget(kCoding, 0));
    QVERIFY(drafts.addTarget(kCoding, kB, QStringLiteral("other"), 0));
    QCOMPARE(kinds(drafts), (QList<Kind>{Kind::TargetChanged, Kind::TargetMoved}));
    QVERIFY(errors(drafts.text().value()).isEmpty());
}

void TestChainDraft::renameIsFollowed()
{
    ChainDrafts drafts;
    drafts.setBase(kText, 7);
    QVERIFY(drafts.renameChain(kCoding, ChainId(QStringLiteral("code"))));
    const QByteArray text = drafts.text().value();
    QVERIFY2(errors(text).isEmpty(), text.constData());
    QVERIFY(text.contains("\"default_chain\": \"code\""));
    QVERIFY(text.contains("[\"chat\", \"code\"]"));
    QVERIFY(text.contains("\"gpt-4o\": \"code\""));
    QCOMPARE(drafts.changes()[0].kind, Kind::ChainRenamed);
    QCOMPARE(drafts.changes()[0].was, kCoding);
    // Names exchanged: nobody follows the wrong one.
    QVERIFY(drafts.renameChain(kChat, kCoding));
    QVERIFY(drafts.renameChain(ChainId(QStringLiteral("code")), kChat));
    const QByteArray swapped = drafts.text().value();
    QVERIFY2(errors(swapped).isEmpty(), swapped.constData());
    QVERIFY(swapped.contains("[\"coding\", \"chat\"]"));
}

void TestChainDraft::removalIsFollowed()
{
    ChainDrafts drafts;
    drafts.setBase(kText, 7);
    QVERIFY(drafts.removeChain(kCoding));
    const QByteArray text = drafts.text().value();
    QVERIFY2(errors(text).isEmpty(), text.constData());
    QVERIFY(!text.contains("\"coding\""));
    QVERIFY(text.contains("\"chains\": [\"chat\"]"));
    QCOMPARE(kinds(drafts), (QList<Kind>{Kind::ChainRemoved, Kind::AliasRemoved}));
    QVERIFY(drafts.removeChain(kChat));
    // A client whose only chains are gone may use none: never more than before.
    QVERIFY(drafts.text().value().contains("\"chains\": []"));
}

void TestChainDraft::duplicateAndAliases()
{
    ChainDrafts drafts;
    drafts.setBase(kText, 7);
    const ChainId copy = drafts.freeName(QStringLiteral("coding"));
    QCOMPARE(copy.text(), QStringLiteral("coding-2"));
    QVERIFY(drafts.duplicateChain(kCoding, copy));
    QVERIFY(drafts.setAlias(QStringLiteral("odd \"name\" \\ here"), QStringLiteral("coding-2")));
    QVERIFY(drafts.removeAlias(QStringLiteral("mini")));
    const QByteArray text = drafts.text().value();
    QVERIFY2(errors(text).isEmpty(), text.constData());
    const auto again = models::readDraft(text);
    QCOMPARE(again->chains.size(), 3);
    QCOMPARE(again->chains[2].targets.size(), 3);
    QCOMPARE(again->aliases.size(), 2);
    QCOMPARE(again->aliases[1].name, QStringLiteral("odd \"name\" \\ here"));

    ChainDrafts bare;
    bare.setBase("{\"version\": 1}", 1);
    QVERIFY(bare.addChain(kChat));
    QVERIFY(bare.setAlias(QStringLiteral("x"), QStringLiteral("chat")));
    QVERIFY(bare.setAlias(QStringLiteral("y"), QStringLiteral("chat")));
    const auto made = models::readDraft(bare.text().value());
    QCOMPARE(made->chains.size(), 1);
    QCOMPARE(made->aliases.size(), 2);
}

void TestChainDraft::nonsenseDoesNothing()
{
    ChainDrafts drafts;
    drafts.setBase(kText, 7);
    QVERIFY(!drafts.addChain(kChat));
    QVERIFY(!drafts.renameChain(kCoding, kChat));
    QVERIFY(!drafts.duplicateChain(ChainId(QStringLiteral("none")), ChainId(QStringLiteral("x"))));
    QVERIFY(!drafts.moveTarget(kCoding, 0, 3));
    QVERIFY(!drafts.moveTarget(kCoding, 1, 1));
    QVERIFY(!drafts.removeTarget(kCoding, -1));
    QVERIFY(!drafts.addTarget(kCoding, kA, QString()));
    QVERIFY(!drafts.addTarget(kCoding, kA, QStringLiteral("m"), 9));
    QVERIFY(!drafts.setAlias({}, QStringLiteral("coding")));
    QVERIFY(!drafts.removeAlias(QStringLiteral("none")));
    QVERIFY(!drafts.discard());
    QCOMPARE(drafts.undoStack().count(), 0);
}

// Any edits, then every undo, then every redo: the text of the beginning, the text of the end.
void TestChainDraft::fuzzUndo()
{
    for (quint32 seed = 1; seed <= 60; ++seed) {
        QRandomGenerator random(seed);
        ChainDrafts drafts;
        drafts.setBase(kText, 7);
        QList<QByteArray> texts{kText};
        for (int step = 0; step < 60; ++step) {
            const auto anyChain = [&]() {
                const auto &chains = drafts.draft().chains;
                return chains.isEmpty() ? ChainId() : chains[random.bounded(chains.size())].id;
            };
            const ChainId chain = anyChain();
            const ProviderId provider = QList{kA, kB, kC}[random.bounded(3)];
            const QString model = QStringLiteral("m%1").arg(random.bounded(4));
            const ChainId name(QStringLiteral("n%1").arg(random.bounded(6)));
            bool isDone = false;
            switch (random.bounded(12)) {
            case 0:
                isDone = drafts.addChain(name);
                break;
            case 1:
                isDone = drafts.duplicateChain(chain, name);
                break;
            case 2:
                isDone = drafts.removeChain(chain);
                break;
            case 3:
                isDone = drafts.renameChain(chain, name);
                break;
            case 4:
                isDone
                    = drafts.setAlias(QStringLiteral("x%1").arg(random.bounded(3)), chain.text());
                break;
            case 5:
                isDone = drafts.removeAlias(QStringLiteral("x%1").arg(random.bounded(3)));
                break;
            case 6:
                isDone = drafts.removeTarget(chain, random.bounded(4));
                break;
            case 7:
                isDone = drafts.setTarget(chain, random.bounded(4), provider, model, {});
                break;
            case 8:
                isDone = step % 7 == 0 && drafts.discard();
                break;
            case 9:
                isDone = drafts.moveTarget(chain, random.bounded(4), random.bounded(4));
                break;
            default:
                isDone = drafts.addTarget(chain, provider, model, -1);
                break;
            }
            if (!isDone)
                continue;
            const auto text = drafts.text();
            QVERIFY2(text.has_value(), qPrintable(QString::number(seed)));
            // What was written is what was meant.
            const auto again = models::readDraft(*text);
            QVERIFY(again.has_value());
            QVERIFY2(
                models::changesBetween(*again, models::aligned(drafts.draft(), *again)).isEmpty(),
                text->constData());
            QCOMPARE(again->chains.size(), drafts.draft().chains.size());
            QCOMPARE(*text == kText, !drafts.hasChanges() || drafts.draft() == drafts.base());
            texts.append(*text);
        }
        QCOMPARE(texts.size(), drafts.undoStack().count() + 1);
        for (qsizetype i = texts.size() - 1; i-- > 0;) {
            drafts.undoStack().undo();
            QCOMPARE(drafts.text().value(), texts[i]);
        }
        QVERIFY(!drafts.undoStack().canUndo());
        QCOMPARE(drafts.text().value(), kText);
        QVERIFY(!drafts.hasChanges());
        for (qsizetype i = 1; i < texts.size(); ++i) {
            drafts.undoStack().redo();
            QCOMPARE(drafts.text().value(), texts[i]);
        }
        QVERIFY(!drafts.undoStack().canRedo());
    }
}

void TestChainDraft::otherEditsKeepTheDraft()
{
    ChainDrafts drafts;
    drafts.setBase(kText, 7);
    QVERIFY(drafts.removeTarget(kCoding, 1));
    QByteArray newer = kText;
    newer.replace("\"script\": \"quick\"", "\"script\": \"quick\", \"off\": true");
    drafts.setBase(newer, 8);
    QVERIFY(!drafts.isOutdated());
    QCOMPARE(drafts.revision(), 8u);
    QCOMPARE(drafts.changes().size(), 1);
    QVERIFY(drafts.text().value().contains("\"off\": true"));
    drafts.undoStack().undo();
    QCOMPARE(drafts.text().value(), newer);
}

void TestChainDraft::changedMeanwhile()
{
    ChainDrafts drafts;
    drafts.setBase(kText, 7);
    QVERIFY(drafts.removeTarget(kCoding, 1));
    QVERIFY(drafts.addChain(ChainId(QStringLiteral("new"))));
    QVERIFY(drafts.addTarget(ChainId(QStringLiteral("new")), kA, QStringLiteral("large")));

    ChainDrafts other;
    other.setBase(kText, 7);
    QVERIFY(other.addTarget(kChat, kB, QStringLiteral("large")));
    QVERIFY(other.moveTarget(kCoding, 0, 1));
    drafts.setBase(other.text().value(), 8);
    QVERIFY(drafts.isOutdated());
    QCOMPARE(drafts.revision(), 7u);
    QCOMPARE(drafts.newerRevision(), 8u);
    QCOMPARE(drafts.redoOnNewer(), QList<ChainId>{kCoding});
    QVERIFY(!drafts.isOutdated());
    QCOMPARE(drafts.revision(), 8u);
    QCOMPARE(drafts.draft().chain(kChat)->targets.size(), 2); // theirs
    QCOMPARE(drafts.draft().chain(kCoding)->targets.size(), 2); // ours
    QCOMPARE(drafts.draft().chains.size(), 3);
    QVERIFY(errors(drafts.text().value()).isEmpty());
}

void TestChainDraft::appliedIsDone()
{
    ChainDrafts drafts;
    drafts.setBase(kText, 7);
    QVERIFY(drafts.renameChain(kChat, ChainId(QStringLiteral("talk"))));
    QVERIFY(drafts.moveTarget(kCoding, 0, 1));
    drafts.setBase(drafts.text().value(), 8);
    QVERIFY(!drafts.isOutdated());
    QVERIFY(!drafts.hasChanges());
    QCOMPARE(drafts.revision(), 8u);
}

void TestChainDraft::survivesARestart()
{
    ChainDrafts drafts;
    drafts.setBase(kText, 7);
    QVERIFY(drafts.renameChain(kCoding, ChainId(QStringLiteral("code"))));
    QVERIFY(drafts.removeTarget(kChat, 0));
    const QByteArray saved = drafts.save();
    const QByteArray text = drafts.text().value();

    ChainDrafts before; // the draft is there before the file
    QVERIFY(before.restore(saved));
    before.setBase(kText, 7);
    QCOMPARE(before.text().value(), text.constData());
    QCOMPARE(kinds(before), kinds(drafts));
    before.undoStack().undo();
    QCOMPARE(before.text().value(), kText);

    ChainDrafts after; // the file is there, and newer
    ChainDrafts edited;
    edited.setBase(kText, 7);
    QVERIFY(edited.addTarget(kCoding, kB, QStringLiteral("x")));
    after.setBase(edited.text().value(), 9);
    QVERIFY(after.restore(saved));
    QVERIFY(after.isOutdated());
    QCOMPARE(after.newerRevision(), 9u);

    ChainDrafts bad;
    bad.setBase(kText, 7);
    QVERIFY(!bad.restore("{}"));
    QVERIFY(!bad.restore("nonsense"));
    QVERIFY(!bad.restore("{\"revision\":1,\"base\":\"[]\",\"text\":\"{\",\"origins\":[]}"));
    QCOMPARE(bad.text().value(), kText);
}

QTEST_GUILESS_MAIN(TestChainDraft)
#include "tst_chain_draft.moc"
