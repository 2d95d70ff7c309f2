// translate: the translators by hand, from standard input to standard output.
#include "cli/commands.h"
#include "cli/process.h"
#include "record/names.h"
#include "translate/translator.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QFile>

#include <stdio.h>

namespace sb::cli {

namespace {

constexpr qsizetype kRoom = 64; // simdjson reads up to so many bytes behind the end

QByteArrayView word(chat::Deed deed)
{
    switch (deed) {
    case chat::Deed::Mapped:
        return "mapped";
    case chat::Deed::Dropped:
        return "dropped";
    case chat::Deed::Clamped:
        return "clamped";
    case chat::Deed::Degraded:
        return "degraded";
    case chat::Deed::Emulated:
        return "emulated";
    case chat::Deed::Repaired:
        return "repaired";
    }
    return {};
}

// One line for each change, so that the output stays what would have been sent.
void tell(const chat::Changes &changes)
{
    for (const chat::Change &change : changes.entries()) {
        QByteArray line = word(change.deed) + ' ' + change.field;
        if (!change.from.isEmpty())
            line += ": " + change.from;
        if (!change.to.isEmpty())
            line += " -> " + change.to;
        line += " (" + change.rule + ')';
        complain(QString::fromUtf8(line));
    }
}

int translateRequest(const translate::Translator &from, const translate::Translator &to,
                     const QByteArray &body, const QCommandLineParser &parser)
{
    translate::RequestHead head;
    head.path = parser.value(QStringLiteral("path")).toUtf8();
    chat::Changes changes(parser.isSet(QStringLiteral("strict")));
    chat::Request request = from.decodeRequest(head, body, changes);
    chat::Target target;
    target.dialect = to.dialect;
    target.model = parser.isSet(QStringLiteral("model"))
        ? parser.value(QStringLiteral("model")).toUtf8()
        : request.model;
    target.isStream = request.isStream;
    translate::WireRequest wire;
    if (!changes.isRejected())
        wire = to.encodeRequest(std::move(request), target, changes);
    tell(changes);
    if (changes.isRejected()) {
        complain(QStringLiteral("Refused, because of \"%1\": %2")
                     .arg(QString::fromUtf8(changes.rejection()->param),
                          QString::fromUtf8(changes.rejection()->message)));
        return Failed;
    }
    complain(QStringLiteral("POST /%1")
                 .arg(QString::fromUtf8(
                     wire.query.isEmpty() ? wire.path : QByteArray(wire.path + '?' + wire.query))));
    out(wire.body);
    return Done;
}

int translateReply(const translate::Translator &from, const translate::Translator &to,
                   const QByteArray &body, const translate::EncodeOptions &options)
{
    const chat::Reply reply = from.decodeReply(body, {});
    if (reply.fault) {
        complain(
            QStringLiteral("That is no answer: %1").arg(QString::fromUtf8(reply.fault->message)));
        return Failed;
    }
    out(to.encodeReply(reply, options, {}));
    return Done;
}

int translateStream(const translate::Translator &from, const translate::Translator &to,
                    const QByteArray &body, const translate::EncodeOptions &options)
{
    const auto decoder = from.makeDecoder({});
    const auto encoder = to.makeEncoder(options);
    decoder->feed(body, *encoder);
    decoder->finish(false, *encoder);
    const QByteArray bytes = encoder->take();
    fwrite(bytes.constData(), 1, size_t(bytes.size()), stdout);
    if (encoder->isFinished())
        return Done;
    complain(QStringLiteral("The stream does not end as its API says a whole one ends."));
    return Failed;
}

} // namespace

int translate(const QStringList &arguments, int &argc, char **argv)
{
    QCommandLineParser parser;
    QStringList dialects;
    for (int i = 0; i < kDialectCount; ++i)
        dialects.append(QString::fromUtf8(name(DialectId(i))));
    parser.setApplicationDescription(
        QStringLiteral("Translates what comes on standard input: a request, or with --reply or "
                       "--stream what a provider answered. What could not be carried over, and "
                       "where a request would go, is said on standard error.\n\nAPIs: %1.")
            .arg(dialects.join(QStringLiteral(", "))));
    parser.addOptions(
        {{QStringLiteral("from"), QStringLiteral("The API it is written in."),
          QStringLiteral("API")},
         {QStringLiteral("to"), QStringLiteral("The API to write it in."), QStringLiteral("API")},
         {QStringLiteral("stream"), QStringLiteral("It is a provider's stream.")},
         {QStringLiteral("reply"), QStringLiteral("It is a provider's whole answer.")},
         {QStringLiteral("strict"), QStringLiteral("Refuse a request that loses something.")},
         {QStringLiteral("model"), QStringLiteral("The model's name in what is written."),
          QStringLiteral("NAME")},
         {QStringLiteral("path"),
          QStringLiteral("The path of the request: at Gemini it names model and method, at Ollama "
                         "chat or generate."),
          QStringLiteral("PATH")}});
    if (const int code = parse(parser, QStringLiteral("translate"), arguments); code >= 0)
        return code;
    const auto chosen = [&](const QString &option) {
        const auto id = fromName<DialectId>(parser.value(option).toUtf8());
        return id ? translate::translatorFor(*id) : nullptr;
    };
    const translate::Translator *from = chosen(QStringLiteral("from"));
    const translate::Translator *to = chosen(QStringLiteral("to"));
    if (!from || !to
        || (parser.isSet(QStringLiteral("stream")) && parser.isSet(QStringLiteral("reply")))) {
        complain(QStringLiteral("translate takes --from API --to API and one of --stream and "
                                "--reply at most; APIs: %1.")
                     .arg(dialects.join(QStringLiteral(", "))));
        return Usage;
    }
    prepareProcess();
    QCoreApplication app(argc, argv);
    QFile input;
    if (!input.open(stdin, QIODevice::ReadOnly)) {
        complain(QStringLiteral("Standard input cannot be read."));
        return Failed;
    }
    QByteArray body = input.readAll();
    body.reserve(body.size() + kRoom);
    translate::EncodeOptions options;
    options.model = parser.value(QStringLiteral("model")).toUtf8();
    options.path = parser.value(QStringLiteral("path")).toUtf8();
    options.asksUsage = true;
    if (parser.isSet(QStringLiteral("stream")))
        return translateStream(*from, *to, body, options);
    if (parser.isSet(QStringLiteral("reply")))
        return translateReply(*from, *to, body, options);
    return translateRequest(*from, *to, body, parser);
}

} // namespace sb::cli
