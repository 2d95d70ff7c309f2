#include "words/setup_words.h"

#include "record/names.h"
#include "words/plain.h"
#include "words/states.h"

#include <QCoreApplication>
#include <QUrl>

namespace sb::words {

namespace {
struct Setup {
    Q_DECLARE_TR_FUNCTIONS(Setup)
};

constexpr qsizetype kQuote = 200;

QString withQuote(const QString &sentence, const QString &quote)
{
    if (quote.trimmed().isEmpty())
        return sentence;
    return Setup::tr("%1 It said: “%2”").arg(sentence, trimmed(quote.trimmed(), kQuote));
}
} // namespace

QString setupError(const Error &error, const QString &given)
{
    const QString who = given.isEmpty() ? Setup::tr("The provider") : trimmed(given, 60);
    if (error.code == QStringLiteral("own_address"))
        return Setup::tr("This is the address of Signalbox itself: requests would go round in a "
                         "circle. Give the provider's own address.");
    if (error.code == QStringLiteral("bad_address"))
        return error.detail.isEmpty() ? Setup::tr("This is no address that a provider can have.")
                                      : Setup::tr("This is no address that a provider can have: %1")
                                            .arg(trimmed(error.detail, kQuote));
    if (error.code == QStringLiteral("not_running"))
        return Setup::tr("The gateway is not running, so nothing can be asked.");
    if (error.code == QStringLiteral("shell_timeout"))
        return Setup::tr("Your login shell did not answer within 3 seconds; it was stopped.");
    if (error.code == QStringLiteral("shell_unknown"))
        return Setup::tr("Your login shell, %1, is not one that Signalbox can ask.")
            .arg(trimmed(error.detail, 40));
    if (error.code == QStringLiteral("no_shell"))
        return Setup::tr("Your login shell could not be found.");
    if (error.code == QStringLiteral("shell_failed"))
        return Setup::tr("Your login shell ended without telling its environment.");
    if (error.code == QStringLiteral("secret_bad"))
        return Setup::tr("This cannot be a key: it has characters that no key can have.");
    if (error.code == QStringLiteral("secret_unsafe"))
        return Setup::tr("The file is not safe to use: others could read or change it.");
    if (const auto outcome = fromName<AttemptOutcome>(error.code.toLatin1())) {
        switch (*outcome) {
        case AttemptOutcome::KeyRejected:
            return withQuote(Setup::tr("%1 rejects this key.").arg(who), error.detail);
        case AttemptOutcome::DnsFailed:
            return Setup::tr("The name of %1 could not be found. Is this computer online?")
                .arg(who);
        case AttemptOutcome::ConnectFailed:
        case AttemptOutcome::ConnectTimeout:
            return Setup::tr("%1 could not be reached. Is this computer online?").arg(who);
        case AttemptOutcome::HeadTimeout:
            return Setup::tr("%1 did not answer in time.").arg(who);
        case AttemptOutcome::BadReply:
            return Setup::tr("%1 answered, but not with a list of models.").arg(who);
        default:
            return withQuote(Setup::tr("%1 did not take the key: %2.").arg(who, attempt(*outcome)),
                             error.detail);
        }
    }
    return Setup::tr("That did not work: %1").arg(trimmed(error.detail, kQuote));
}

QString hostOf(const QByteArray &url)
{
    const QUrl parsed(QString::fromUtf8(url));
    if (parsed.host().isEmpty())
        return trimmed(QString::fromUtf8(url), 60);
    const int port = parsed.port();
    return port < 0 ? parsed.host() : parsed.host() + u':' + QString::number(port);
}

} // namespace sb::words
