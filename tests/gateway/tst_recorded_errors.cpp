// Every error that providers were recorded with, to a client of every dialect: status, envelope,
// code, the time to wait, and the provider's own words.
#include "gateway_kit.h"
#include "provider_words.h"

#include "record/names.h"

#include <QDir>
#include <QFile>
#include <QHash>
#include <QJsonDocument>
#include <QJsonObject>

using namespace sb;
using namespace sb::gateway;

namespace {

// What a recorded error is to become, read by hand: a mistake of the request (400) but for these.
struct Told {
    int status = 400;
    QByteArray code;
    QString words; // where the error's own message says less than what it holds
};

Told toldOf(const QByteArray &recording)
{
    static const QHash<QByteArray, Told> byHand{
        // Quotas: ours to pay, so no mistake of the client's.
        {"vc-889c650dd1", {502, "upstream_quota"}},
        // The model's own call failed, which Groq says with a 400: another try may do.
        {"py-86e74f80c7", {502, "upstream_error"}},
        {"py-dc43d5e8b9", {502, "upstream_error"}},
        // Limits of the rate.
        {"vc-08e26c5166", {429, "targets_limited"}},
        {"py-669514bc9f",
         {429, "targets_limited",
          QStringLiteral("google/gemini-2.0-flash-exp:free is temporarily rate-limited")}},
        // Models nobody knows, one of them said with a 400.
        {"py-a0438810cb", {404, "no_such_model"}},
        {"py-48e9961118", {404, "no_such_model"}},
        {"py-021adab1e7", {404, "no_such_model"}},
        {"py-4682d758c7", {404, "no_such_model"}},
        {"py-3ba9a359cd", {404, "no_such_model"}},
        {"py-b9922d9e2a", {404, "no_such_model"}},
    };
    return byHand.value(recording);
}

// Empty when the body is an error as the client's SDK raises it, with this status and these words.
QByteArray wrongEnvelope(DialectId client, int status, const QByteArray &body, const QString &words)
{
    QJsonParseError parsed;
    const QJsonObject object = QJsonDocument::fromJson(body, &parsed).object();
    if (parsed.error != QJsonParseError::NoError)
        return "no JSON";
    const QJsonValue error = object[QLatin1String("error")];
    QString message = error[QLatin1String("message")].toString();
    bool isRight = false;
    switch (client) {
    case DialectId::OpenAiChat:
    case DialectId::OpenAiResponses:
        isRight = error[QLatin1String("type")].isString()
            && error.toObject().contains(QLatin1String("param"))
            && error[QLatin1String("code")].isString();
        break;
    case DialectId::Anthropic: {
        static const QHash<int, QString> types{{400, QStringLiteral("invalid_request_error")},
                                               {404, QStringLiteral("not_found_error")},
                                               {429, QStringLiteral("rate_limit_error")},
                                               {502, QStringLiteral("api_error")}};
        isRight = object[QLatin1String("type")] == QLatin1String("error")
            && error[QLatin1String("type")] == types.value(status);
        break;
    }
    case DialectId::Gemini: {
        static const QHash<int, QString> states{{400, QStringLiteral("INVALID_ARGUMENT")},
                                                {404, QStringLiteral("NOT_FOUND")},
                                                {429, QStringLiteral("RESOURCE_EXHAUSTED")},
                                                {502, QStringLiteral("INTERNAL")}};
        isRight = error[QLatin1String("code")].toInt() == status
            && error[QLatin1String("status")] == states.value(status);
        break;
    }
    case DialectId::Ollama:
        message = error.toString();
        isRight = error.isString();
        break;
    }
    if (!isRight)
        return "not in the form of its API";
    return message.contains(words) ? QByteArray() : "without the provider's words";
}

} // namespace

class tst_recorded_errors : public QObject {
    Q_OBJECT

private slots:
    void everyDialect();
};

// Every error in the recordings, to a client of every dialect, whole and streamed.
void tst_recorded_errors::everyDialect()
{
    const QString corpora = qEnvironmentVariable("SIGNALBOX_CORPORA");
    if (corpora.isEmpty())
        QSKIP("SIGNALBOX_CORPORA is not set");
    int count = 0;
    QByteArrayList wrong;
    for (const DialectId provider : kAllDialects) {
        const QDir folder(corpora + QStringLiteral("/recordings/")
                          + QString::fromLatin1(name(provider)));
        for (const QString &file : folder.entryList({QStringLiteral("*.jsonl")}, QDir::Files)) {
            QFile lines(folder.filePath(file));
            QVERIFY(lines.open(QIODevice::ReadOnly));
            while (!lines.atEnd()) {
                const QJsonObject record = QJsonDocument::fromJson(lines.readLine()).object();
                const int status = record[QLatin1String("status")].toInt();
                if (status < 400)
                    continue;
                ++count;
                const QByteArray id = record[QLatin1String("id")].toString().toUtf8();
                const QByteArray body = record[QLatin1String("body")].toString().toUtf8();
                const Told told = toldOf(id);
                const QJsonValue error = QJsonDocument::fromJson(body)[QLatin1String("error")];
                const QString words = told.words.isEmpty()
                    ? error[QLatin1String("message")].toString().left(40)
                    : told.words;
                QVERIFY2(!words.isEmpty(), id.constData());
                for (const DialectId client : kAllDialects) {
                    for (const bool isStream : {false, true}) {
                        QByteArray path = pathOf(client, isStream);
                        if (client == DialectId::Gemini && isStream)
                            path += "?alt=sse";
                        GatewayKit kit(1, R"({"retries_per_target":0})");
                        speak(kit, {provider});
                        kit.wire.plan = [&](const auto &) -> Acts {
                            return {connects(), sends(), heads(status, "application/json"),
                                    bodies(body), ends()};
                        };
                        const auto stream = kit.ask(path, askOf(client, isStream));
                        kit.clock.advance(Seconds(2));
                        QByteArray fault
                            = wrongEnvelope(client, stream->status, stream->body, words);
                        if (stream->status != told.status)
                            fault += ", status " + QByteArray::number(stream->status);
                        const QByteArray code = stream->field("x-signalbox-code");
                        if (told.code.isEmpty() ? code.isEmpty() : code != told.code)
                            fault += ", code " + code;
                        const int wait = stream->field("retry-after").toInt();
                        if ((told.status == 429) != (wait >= 1 && wait <= 60))
                            fault += ", retry-after " + stream->field("retry-after");
                        if (!fault.isEmpty())
                            wrong.append(id + " to " + name(client).data() + ": " + fault + ": "
                                         + stream->body.left(300));
                    }
                }
            }
        }
    }
    qInfo("%d recorded errors, each to five dialects, whole and streamed", count);
    QVERIFY(count > 0);
    for (const QByteArray &one : std::as_const(wrong))
        qWarning("%s", one.constData());
    QCOMPARE(wrong.size(), 0);
}

QTEST_GUILESS_MAIN(tst_recorded_errors)
#include "tst_recorded_errors.moc"
