// with: runs a command with this gateway's address and a key of its own, and says what it came to.
//
// The key lives in the running gateway for as long as our connection to its control socket does, so
// it ends with us however we end. Nothing is written anywhere; only the command's environment
// differs. Its terminal, its signals and its exit code are its own.
#include "cli/commands.h"
#include "cli/config_access.h"
#include "cli/process.h"
#include "json/writer.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sb::cli {

namespace {
constexpr int kForwarded[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH};
constexpr int kNotFound = 127; // as shells do
constexpr int kNotRunnable = 126;

volatile pid_t g_child = 0; // read by the handler only

// The terminal sends its own signals to the whole group: the command has those already.
void forward(int number, siginfo_t *info, void *)
{
    if (g_child > 0 && (!info || info->si_code <= 0))
        ::kill(g_child, number);
}

void set(const char *name, const QByteArray &value)
{
    qputenv(name, value);
}

// The names that tools read, for this process and what it starts. [console §7]
void prepareEnvironment(const QByteArray &address, const QByteArray &key)
{
    set("OPENAI_BASE_URL", address + "/v1");
    set("OPENAI_API_BASE", address + "/v1");
    set("OPENAI_API_KEY", key);
    set("ANTHROPIC_BASE_URL", address);
    set("ANTHROPIC_AUTH_TOKEN", key);
    set("ANTHROPIC_API_KEY", {});
    set("GOOGLE_GEMINI_BASE_URL", address);
    set("GEMINI_API_KEY", key);
    set("SIGNALBOX_KEY", key);
    set("CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY", "1");
    // A proxy of the environment is for the world, not for this machine.
    bool hasProxy = false;
    for (const char *name :
         {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
        hasProxy = hasProxy || !qgetenv(name).isEmpty();
    if (!hasProxy)
        return;
    for (const char *name : {"no_proxy", "NO_PROXY"}) {
        const QByteArray before = qgetenv(name);
        if (before != "*")
            set(name, before + (before.isEmpty() ? "" : ",") + "127.0.0.1,localhost,::1");
    }
}

// Runs it to its end; its exit code, 128 + n when signal n ended it.
int runCommand(char **command)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    int failure[2];
    if (::pipe2(failure, O_CLOEXEC) != 0)
        return kNotRunnable;
    const pid_t child = ::fork();
    if (child == 0) {
        sigprocmask(SIG_SETMASK, &before, nullptr);
        ::execvp(command[0], command);
        const int why = errno;
        [[maybe_unused]] const ssize_t told = ::write(failure[1], &why, sizeof why);
        ::_exit(why == ENOENT ? kNotFound : kNotRunnable);
    }
    ::close(failure[1]);
    if (child > 0) {
        g_child = child;
        struct sigaction action = {};
        action.sa_sigaction = forward;
        action.sa_flags = SA_SIGINFO | SA_RESTART;
        for (const int number : kForwarded)
            sigaction(number, &action, nullptr);
    }
    sigprocmask(SIG_SETMASK, &before, nullptr);
    int why = child < 0 ? errno : 0;
    if (child > 0 && ::read(failure[0], &why, sizeof why) != ssize_t(sizeof why))
        why = 0;
    ::close(failure[0]);
    if (why != 0)
        complain(QStringLiteral("%1 cannot be run: %2.")
                     .arg(QString::fromLocal8Bit(command[0]), qt_error_string(why)));
    if (child < 0)
        return kNotRunnable;
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) { }
    g_child = 0;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

qint64 number(const json::Value &receipt, QByteArrayView key)
{
    const json::Value *value = receipt.find(key);
    return value ? value->toInt().value_or(0) : 0;
}

QString counted(qint64 count, const char *one, const char *many)
{
    return QString::number(count) + u' ' + QString::fromLatin1(count == 1 ? one : many);
}

QString usd(qint64 nano)
{
    return QString::fromLatin1(Money{nano}.dollars()) + QStringLiteral(" USD");
}

QString sentence(const json::Value &receipt, const QString &session)
{
    const qint64 requests = number(receipt, "requests");
    QString text = QStringLiteral("signalbox: ") + session + QStringLiteral(": ");
    if (requests == 0)
        return text
            + QStringLiteral("no request came through. The command may not read the address from "
                             "its environment.");
    text += counted(requests, "request", "requests") + QStringLiteral(", ")
        + usd(number(receipt, "cost_nusd"));
    QStringList marks;
    if (const qint64 uncertain = number(receipt, "uncertain_nusd"))
        marks << QStringLiteral("%1 more may be billed").arg(usd(uncertain));
    if (const qint64 unpriced = number(receipt, "unpriced"))
        marks << QStringLiteral("%1 unpriced").arg(unpriced);
    if (const qint64 estimated = number(receipt, "estimated"))
        marks << QStringLiteral("%1 estimated").arg(estimated);
    if (const qint64 refused = number(receipt, "refused"))
        marks << QStringLiteral("%1 refused").arg(refused);
    if (const qint64 running = number(receipt, "running"))
        marks << QStringLiteral("%1 still running").arg(running);
    if (!marks.isEmpty())
        text += QStringLiteral(" (") + marks.join(QStringLiteral(", ")) + u')';
    text += QStringLiteral(", ") + counted(number(receipt, "failovers"), "failover", "failovers");
    const qint64 wait = number(receipt, "longest_wait_us");
    if (wait >= 0)
        text += QStringLiteral(", longest wait %1 s")
                    .arg(QString::number(double(wait) / 1e6, 'f', wait < 10'000'000 ? 2 : 1));
    text += QStringLiteral(", %1 tokens in, %2 out")
                .arg(number(receipt, "prompt_tokens"))
                .arg(number(receipt, "output_tokens"));
    return text;
}

std::optional<json::Value> receiptOf(control::ControlClient &engine, const QString &session)
{
    json::Writer w;
    w.beginObject().member("command", "run_receipt").member("session", session).endObject();
    const auto answer = engine.ask(w.take()); // comes when nothing of the run is open
    return answer ? std::optional<json::Value>(*answer) : std::nullopt;
}

void writeJson(const QString &path, const json::Value &receipt, int exitCode)
{
    json::Value whole = receipt;
    whole.set("exit_code", json::Value::number(exitCode));
    QFile file(path);
    if (!file.open(QFile::WriteOnly | QFile::Truncate) || file.write(json::write(whole) + '\n') < 0
        || !file.flush())
        complain(QStringLiteral("%1 cannot be written: %2").arg(path, file.errorString()));
}
} // namespace

int with(const QStringList &arguments, int &argc, char **argv)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral(
        "Runs a command whose model calls go through the running gateway, with a key of its own "
        "that ends with it, and prints what it came to. No file of the command is touched."));
    parser.setOptionsAfterPositionalArgumentsMode(QCommandLineParser::ParseAsPositionalArguments);
    parser.addPositionalArgument(QStringLiteral("command"),
                                 QStringLiteral("The command and its arguments, behind --."),
                                 QStringLiteral("-- COMMAND…"));
    addPlaceOptions(parser);
    const QCommandLineOption chainOption(QStringLiteral("chain"),
                                         QStringLiteral("All its requests go over this chain."),
                                         QStringLiteral("CHAIN"));
    const QCommandLineOption capOption(
        QStringLiteral("cap"),
        QStringLiteral("It may spend this much, in dollars; then its requests are refused."),
        QStringLiteral("USD"));
    const QCommandLineOption clientOption(
        QStringLiteral("client"),
        QStringLiteral("As this client; if not given, the command's own one "
                       "where Connect made it, else default."),
        QStringLiteral("CLIENT"));
    const QCommandLineOption jsonOption(QStringLiteral("json"),
                                        QStringLiteral("Writes the receipt there as JSON, too."),
                                        QStringLiteral("FILE"));
    parser.addOptions({chainOption, capOption, clientOption, jsonOption});
    if (const int code = parse(parser, QStringLiteral("with"), arguments); code >= 0)
        return code;
    const int words = int(parser.positionalArguments().size());
    if (words == 0) {
        complain(QStringLiteral("signalboxd with [--chain C] [--cap USD] -- COMMAND…"));
        return Usage;
    }
    const QByteArray cap = parser.value(capOption).toUtf8();
    if (parser.isSet(capOption) && !Money::parse(cap)) {
        complain(QStringLiteral("--cap is an amount in dollars like 0.50."));
        return Usage;
    }
    std::vector<char *> command(argv + argc - words, argv + argc); // the bytes as they came
    command.push_back(nullptr);
    QCoreApplication app(argc, argv);

    const Places places = placesOf(parser);
    control::ControlClient engine;
    if (auto connected = engine.connectTo(places.dataDir); !connected) {
        complain(connected.error().detail
                 + QStringLiteral(" Start it first: signalboxd serve, or open the window."));
        return Failed;
    }
    json::Writer w;
    w.beginObject()
        .member("command", "run_begin")
        .member("program", QFileInfo(QString::fromLocal8Bit(command[0])).fileName())
        .member("client", parser.value(clientOption))
        .member("chain", parser.value(chainOption))
        .member("cap", cap)
        .endObject();
    const auto begun = engine.ask(w.take());
    if (!begun) {
        complain(begun.error().detail);
        return Failed;
    }
    const auto word = [&](QByteArrayView key) {
        const json::Value *value = begun->find(key);
        return value ? value->text() : QByteArray();
    };
    const QString session = QString::fromUtf8(word("session"));
    prepareEnvironment(word("address"), word("key"));
    const int code = runCommand(command.data());

    const auto receipt = receiptOf(engine, session);
    if (!receipt) {
        complain(QStringLiteral("signalbox: %1: the gateway ended meanwhile, so there is no "
                                "receipt; signalboxd export has what was settled.")
                     .arg(session));
        return code;
    }
    complain(sentence(*receipt, session));
    if (parser.isSet(jsonOption))
        writeJson(parser.value(jsonOption), *receipt, code);
    return code;
}

} // namespace sb::cli
