#include "cli/cli.h"

#include "cli/commands.h"
#include "cli/process.h"

#include <QCoreApplication>

#include <array>

namespace sb::cli {

namespace {
struct Command {
    const char *name;
    int (*run)(const QStringList &, int &, char **);
    const char *help;
};

constexpr std::array kCommands{
    Command{"serve", serve, "run the gateway"},
    Command{"check", check, "validate the configuration"},
    Command{"explain", explain, "print the decision for a request, without sending one"},
    Command{"sim", sim, "run a simulated provider on a socket of its own"},
    Command{"keys", keys, "add, show, list, rotate or revoke client keys"},
    Command{"provider", provider, "add, list, verify or remove providers"},
    Command{"status", status, "look at a running gateway"},
    Command{"tail", tail, "print each request of a running gateway as it ends"},
    Command{"with", with, "run a command with this gateway's address and a key of its own"},
    Command{"spend", spend, "what was spent, by model, client, provider or chain"},
    Command{"translate", translate, "rewrite a request, an answer or a stream for another API"},
    Command{"bench", bench, "measure what this gateway adds, and what it saves, on this computer"},
    Command{"export", exportHistory, "write the history as JSON lines or CSV"},
};

void printHelp()
{
    QByteArray text = "Usage: signalboxd COMMAND [OPTIONS]\n\nA gateway between your tools and LLM "
                      "providers, on this computer.\n\nCommands:\n";
    for (const Command &command : kCommands)
        text += "  " + QByteArray(command.name).leftJustified(11) + command.help + '\n';
    text += "\n\"signalboxd COMMAND --help\" tells the options of one.\nExit codes: 0 done, 1 "
            "failed, 2 usage, 3 configuration refused, 4 cannot listen.";
    out(text);
}
} // namespace

bool isCommand(QByteArrayView word)
{
    return word == "--help" || word == "-h" || word == "--version" || word == "-v"
        || std::any_of(kCommands.begin(), kCommands.end(),
                       [word](const Command &command) { return word == command.name; });
}

int run(int argc, char **argv)
{
    QCoreApplication::setApplicationName(QStringLiteral("signalbox"));
    QCoreApplication::setApplicationVersion(QStringLiteral(SIGNALBOX_VERSION));
    const QByteArrayView word = argc > 1 ? QByteArrayView(argv[1]) : QByteArrayView("--help");
    if (word == "--help" || word == "-h") {
        printHelp();
        return Done;
    }
    if (word == "--version" || word == "-v") {
        out("signalbox " SIGNALBOX_VERSION);
        return Done;
    }
    QStringList arguments;
    for (int i = 2; i < argc; ++i)
        arguments.append(QString::fromLocal8Bit(argv[i]));
    for (const Command &command : kCommands) {
        if (word == command.name)
            return command.run(arguments, argc, argv);
    }
    complain(QStringLiteral("There is no command \"%1\"; signalboxd --help lists them.")
                 .arg(QString::fromLocal8Bit(argv[1])));
    return Usage;
}

} // namespace sb::cli
