// The peek's first sentences for every failure row, skip reason, code and ending, printed as a
// list.
//
// tests/data/words/story.txt is the list as last read by a person; SIGNALBOX_UPDATE_GOLDEN=1 writes
// it anew. No row may be empty, equal another, or leak a name of the code.
#include "record/names.h"
#include "words/story.h"

#include <QFile>
#include <QLocale>
#include <QRegularExpression>
#include <QSet>
#include <QTest>

using namespace sb;

namespace {

constexpr int kOutcomes = int(AttemptOutcome::MovedOn) + 1;
constexpr int kSkips = int(SkipReason::NotTranslatable) + 1;
constexpr int kCodes = int(Code::Deadline) + 1;

TargetRef target(const char *provider, const char *model)
{
    return {ProviderId(QString::fromLatin1(provider)), QString::fromLatin1(model), {}};
}

words::Names names()
{
    words::Names n;
    n.providers.insert(ProviderId(QStringLiteral("anthropic")), QStringLiteral("Anthropic"));
    n.providers.insert(ProviderId(QStringLiteral("openai")), QStringLiteral("OpenAI"));
    n.providers.insert(ProviderId(QStringLiteral("ollama")), QStringLiteral("Ollama"));
    return n;
}

Attempt attempt(int ordinal, int rank, const TargetRef &to, AttemptOutcome outcome, qint64 fromMs,
                qint64 toMs)
{
    Attempt a;
    a.ordinal = ordinal;
    a.rank = rank;
    a.target = to;
    a.outcome = outcome;
    a.startedAt = Micros(fromMs * 1000);
    a.endedAt = Micros(toMs * 1000);
    return a;
}

int statusOf(AttemptOutcome outcome)
{
    switch (outcome) {
    case AttemptOutcome::KeyRejected:
        return 401;
    case AttemptOutcome::QuotaExhausted:
        return 402;
    case AttemptOutcome::RateLimited:
        return 429;
    case AttemptOutcome::Overloaded:
        return 529;
    case AttemptOutcome::ServerError:
        return 500;
    case AttemptOutcome::Conflict:
        return 409;
    case AttemptOutcome::ModelNotFound:
        return 404;
    case AttemptOutcome::BadRequest:
    case AttemptOutcome::LacksFeature:
    case AttemptOutcome::ContextTooLong:
    case AttemptOutcome::Filtered:
        return 400;
    case AttemptOutcome::Redirected:
        return 302;
    default:
        return 0;
    }
}

bool happensAfterContent(AttemptOutcome outcome)
{
    return outcome == AttemptOutcome::Stalled || outcome == AttemptOutcome::StreamCut
        || outcome == AttemptOutcome::ErrorInStream || outcome == AttemptOutcome::BrokenEvent;
}

Exchange base()
{
    Exchange e;
    e.phase = Phase::Settled;
    e.ask.model = QStringLiteral("coding");
    e.ask.isStream = true;
    e.wallMs = 1'764'000'000'000;
    e.decision.chain = ChainId(QStringLiteral("coding"));
    e.decision.candidates = {{target("anthropic", "claude-sonnet-5"), 1, CandidateFate::Tried},
                             {target("openai", "gpt-5"), 2, CandidateFate::Tried}};
    return e;
}

qint64 timeOf(AttemptOutcome outcome)
{
    switch (outcome) {
    case AttemptOutcome::ConnectTimeout:
        return 5'000;
    case AttemptOutcome::HeadTimeout:
        return 60'000;
    case AttemptOutcome::FirstContentTimeout:
        return 90'000;
    case AttemptOutcome::Stalled:
        return 130'000;
    case AttemptOutcome::DeadlinePassed:
        return 600'000;
    default:
        return 200;
    }
}

int givenStatus(AttemptOutcome outcome)
{
    switch (outcome) {
    case AttemptOutcome::RateLimited:
    case AttemptOutcome::Conflict:
    case AttemptOutcome::ModelNotFound:
    case AttemptOutcome::BadRequest:
    case AttemptOutcome::LacksFeature:
    case AttemptOutcome::ContextTooLong:
    case AttemptOutcome::Filtered:
        return statusOf(outcome);
    case AttemptOutcome::Overloaded:
        return 503;
    case AttemptOutcome::HeadTimeout:
    case AttemptOutcome::FirstContentTimeout:
    case AttemptOutcome::Stalled:
    case AttemptOutcome::DeadlinePassed:
        return 504;
    default:
        return 502;
    }
}

Attempt failing(AttemptOutcome outcome)
{
    Attempt a = attempt(1, 1, target("anthropic", "claude-sonnet-5"), outcome, 0, timeOf(outcome));
    a.status = statusOf(outcome);
    if (outcome == AttemptOutcome::RateLimited)
        a.hint = Millis(30'000);
    if (outcome == AttemptOutcome::BadRequest)
        a.message = QStringLiteral("messages: at least one message is required");
    return a;
}

void serve(Exchange &e, int rank, const TargetRef &by)
{
    Attempt a = attempt(int(e.attempts.size()) + 1, rank, by, AttemptOutcome::Served, 250, 4'350);
    a.status = 200;
    a.firstContentAt = Micros(1'450'000);
    e.attempts += a;
    e.settlement.cost = Money{2'100'000};
    e.settlement.source = CostSource::Computed;
    e.outcome.kind = OutcomeKind::Served;
    e.outcome.status = 200;
    e.outcome.servedBy = int(e.attempts.size()) - 1;
    e.endedAt = Micros(4'350'000);
}

Exchange failedOver(AttemptOutcome outcome)
{
    Exchange e = base();
    e.attempts = {failing(outcome)};
    serve(e, 2, target("openai", "gpt-5"));
    e.outcome.isFailover = true;
    return e;
}

Exchange failed(AttemptOutcome outcome)
{
    Exchange e = base();
    e.decision.candidates.removeLast();
    e.attempts = {failing(outcome)};
    e.outcome.kind = OutcomeKind::Failed;
    e.outcome.status = givenStatus(outcome);
    e.endedAt = e.attempts.last().endedAt + Micros(10'000);
    return e;
}

QString enumText(QByteArrayView text)
{
    return QString::fromLatin1(text.data(), text.size());
}

} // namespace

class TstStory : public QObject {
    Q_OBJECT

    QStringList m_lines;
    QSet<QString> m_seen;

    void add(const QString &what, const QString &text)
    {
        QVERIFY2(!text.isEmpty(), qPrintable(what));
        QVERIFY2(!m_seen.contains(text), qPrintable(what + QStringLiteral(" repeats: ") + text));
        QVERIFY2(text.endsWith(u'.'), qPrintable(what + u' ' + text));
        QVERIFY2(!text.contains(u'%'), qPrintable(what + u' ' + text));
        QVERIFY2(!text.contains(u'!'), qPrintable(what + u' ' + text));
        QVERIFY2(!text.contains(QStringLiteral("  ")), qPrintable(what + u' ' + text));
        // A name of the code: snake_case or CamelCase inside a word.
        static const QRegularExpression raw(QStringLiteral("[a-z]_[a-z]|\\b[A-Z][a-z]+[A-Z][a-z]"));
        QString checked = text;
        for (const char *brand : {"OpenAI", "WebSocket"})
            checked.remove(QLatin1String(brand));
        QVERIFY2(!checked.contains(raw), qPrintable(what + u' ' + text));
        m_seen.insert(text);
        m_lines += QStringLiteral("%1\n    %2").arg(what, text);
    }

private slots:
    void whatOnlyPasses();
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }

    void theSpecimen()
    {
        QCOMPARE(
            words::story(failedOver(AttemptOutcome::RateLimited), names()),
            QStringLiteral("Asked for coding. Anthropic refused after 0.2 s: rate limit, retry in "
                           "30 s. OpenAI answered in 4.1 s, first token 1.2 s, $0.0021."));
        m_seen.clear();
    }

    void everyAttemptOutcome()
    {
        for (int i = int(AttemptOutcome::DnsFailed); i < kOutcomes; ++i) {
            const auto outcome = AttemptOutcome(i);
            const QString what = enumText(name(outcome));
            if (outcome == AttemptOutcome::ClientLeft || outcome == AttemptOutcome::Stopped) {
                Exchange e = failed(outcome);
                e.outcome.kind = outcome == AttemptOutcome::Stopped ? OutcomeKind::Stopped
                                                                    : OutcomeKind::ClientLeft;
                e.outcome.status = 499;
                add(what, words::story(e, names()));
                continue;
            }
            add(what + QStringLiteral(", another target answered"),
                words::story(failedOver(outcome), names()));
            add(what + QStringLiteral(", nobody left"), words::story(failed(outcome), names()));
            if (happensAfterContent(outcome)) {
                Exchange e = failed(outcome);
                e.outcome.kind = OutcomeKind::Cut;
                e.outcome.status = 200;
                e.attempts.last().isCommitted = true;
                add(what + QStringLiteral(", after content"), words::story(e, names()));
            }
        }
    }

    void everySkipReason()
    {
        for (int i = 1; i < kSkips; ++i) {
            const auto reason = SkipReason(i);
            const QString what = QStringLiteral("skipped, ") + enumText(name(reason));
            const QString alone = words::skipSentence(reason, QStringLiteral("Anthropic"));
            add(what, alone);
            Exchange e = base();
            e.decision.candidates[0].fate = CandidateFate::Skipped;
            e.decision.candidates[0].reason = reason;
            serve(e, 2, target("openai", "gpt-5"));
            e.outcome.isDiverted = true;
            const bool isSilent
                = reason == SkipReason::NotNeeded || reason == SkipReason::AlreadyCommitted;
            QCOMPARE(words::story(e, names()).contains(alone), !isSilent);
        }
    }

    void everyCode()
    {
        for (int i = 1; i < kCodes; ++i) {
            const auto code = Code(i);
            const QString what = QStringLiteral("code %1").arg(enumText(codeName(code)));
            // These end a request after a provider was called; the attempts tell the story then.
            if (codeStatus(code) == 502 || codeStatus(code) == 499 || codeStatus(code) == 504) {
                add(what, words::codeSentence(code));
                continue;
            }
            Exchange e = base();
            e.decision.candidates.clear();
            e.outcome.kind = codeStatus(code) >= 503 || code == Code::TargetsLimited
                ? OutcomeKind::Failed
                : OutcomeKind::Refused;
            e.outcome.code = code;
            e.outcome.status = codeStatus(code);
            add(what, words::story(e, names()));
        }
    }

    void everyEnding()
    {
        Exchange e = base();
        serve(e, 1, target("anthropic", "claude-sonnet-5"));
        add(QStringLiteral("served"), words::story(e, names()));
        e.ask.isStream = false;
        add(QStringLiteral("served, not streamed"), words::story(e, names()));
        e.settlement.source = CostSource::Unpriced;
        add(QStringLiteral("served, unpriced"), words::story(e, names()));
        e.settlement.source = CostSource::Estimated;
        add(QStringLiteral("served, estimated"), words::story(e, names()));
        e.settlement.source = CostSource::Free;
        e.attempts.last().isBadToolJson = true;
        add(QStringLiteral("served, tool arguments broken"), words::story(e, names()));

        e = failedOver(AttemptOutcome::HeadTimeout);
        e.settlement.uncertain = Money{13'000'000};
        add(QStringLiteral("served, one try with an unknown end"), words::story(e, names()));

        e = base();
        e.attempts = {failing(AttemptOutcome::ServerError), failing(AttemptOutcome::ServerError)};
        e.attempts[0].next = Move::Retry;
        serve(e, 2, target("openai", "gpt-5"));
        add(QStringLiteral("one retry on the same target"), words::story(e, names()));
        e.attempts[0].outcome = AttemptOutcome::KeyRejected;
        e.attempts[0].next = Move::NextKey;
        add(QStringLiteral("next key"), words::story(e, names()));

        e = base();
        e.decision.candidates[0].fate = CandidateFate::Skipped;
        e.decision.candidates[0].reason = SkipReason::Tripped;
        e.decision.candidates[1].fate = CandidateFate::Skipped;
        e.decision.candidates[1].reason = SkipReason::Tripped;
        e.outcome = {.kind = OutcomeKind::Failed, .code = Code::AllTripped, .status = 503};
        add(QStringLiteral("every target tripped"), words::story(e, names()));

        e = failed(AttemptOutcome::HeadTimeout);
        e.attempts.last().notRepeated = SkipReason::UnknownRepeatCap;
        add(QStringLiteral("a repeat could be billed twice"), words::story(e, names()));

        e = base();
        e.outcome.kind = OutcomeKind::ClientLeft;
        e.endedAt = Micros(2'100'000);
        add(QStringLiteral("client left before the first attempt"), words::story(e, names()));
        e.outcome.kind = OutcomeKind::Stopped;
        add(QStringLiteral("stopped before the first attempt"), words::story(e, names()));

        e = base();
        e.outcome.kind = OutcomeKind::Running;
        add(QStringLiteral("just arrived"), words::story(e, names(), e.wallMs + 3'000));
        e.attempts = {
            attempt(1, 1, target("anthropic", "claude-sonnet-5"), AttemptOutcome::Running, 0, 0)};
        add(QStringLiteral("connecting"), words::story(e, names(), e.wallMs + 3'000));
        e.attempts[0].sentAt = Micros(20'000);
        add(QStringLiteral("waiting"), words::story(e, names(), e.wallMs + 3'000));
        e.attempts[0].firstContentAt = Micros(900'000);
        add(QStringLiteral("streaming"), words::story(e, names(), e.wallMs + 3'000));

        e = base();
        e.ask.models = {QStringLiteral("gpt-5"), QStringLiteral("claude-sonnet-5")};
        e.ask.model = QStringLiteral("gpt-5");
        serve(e, 1, target("openai", "gpt-5"));
        add(QStringLiteral("chain in the body"), words::story(e, names()));
    }

    // Words from a provider cannot forge a sentence of ours or hide behind control characters.
    void hostileWords()
    {
        Exchange e = failed(AttemptOutcome::BadRequest);
        e.attempts[0].message = QStringLiteral("<b>x</b>\x1b[2J") + QChar(0x202e)
            + QString(1000, u'y') + QStringLiteral("%1 %2");
        e.ask.model = QStringLiteral("%1 %2 %n");
        const QString text = words::story(e, names());
        QVERIFY(text.size() < 700);
        QVERIFY(!text.contains(QChar(0x1b)));
        QVERIFY(!text.contains(QChar(0x202e)));
        QVERIFY(text.startsWith(QStringLiteral("Asked for %1 %2 %n.")));
        QVERIFY(text.contains(
            QStringLiteral("Anthropic rejected the request itself after 0.2 s (400).")));
    }

    void cleanupTestCase()
    {
        const QByteArray list = m_lines.join(u'\n').toUtf8() + '\n';
        QFile golden(QStringLiteral(SB_TEST_DATA "/words/story.txt"));
        if (qEnvironmentVariableIsSet("SIGNALBOX_UPDATE_GOLDEN")) {
            QVERIFY(golden.open(QIODevice::WriteOnly));
            golden.write(list);
            return;
        }
        QVERIFY(golden.open(QIODevice::ReadOnly));
        const QList<QByteArray> old = golden.readAll().split('\n');
        const QList<QByteArray> now = list.split('\n');
        for (qsizetype i = 0; i < qMax(old.size(), now.size()); ++i)
            QCOMPARE(now.value(i), old.value(i));
    }
};

// What a provider keeps is asked for without a model; images and sound come from one.
void TstStory::whatOnlyPasses()
{
    Exchange exchange;
    const auto first = [&](Endpoint endpoint, const char *model) {
        exchange.ask.endpoint = endpoint;
        exchange.ask.model = QString::fromLatin1(model);
        const QString told = words::story(exchange);
        return told.first(told.indexOf(u'.') + 1);
    };
    QCOMPARE(first(Endpoint::Files, ""), QStringLiteral("Asked for files."));
    QCOMPARE(first(Endpoint::Stored, ""), QStringLiteral("Asked for a stored item."));
    QCOMPARE(first(Endpoint::Batches, ""), QStringLiteral("Asked for a batch."));
    QCOMPARE(first(Endpoint::Images, "dall"), QStringLiteral("Asked for images from dall."));
    QCOMPARE(first(Endpoint::Audio, "tts"), QStringLiteral("Asked for audio from tts."));
}

QTEST_GUILESS_MAIN(TstStory)
#include "tst_story.moc"
