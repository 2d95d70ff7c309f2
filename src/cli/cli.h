// The command line of both programs: one table of commands, one exit code each.
#pragma once

#include <QByteArrayView>

namespace sb::cli {

// Habits: 0 done, 1 the thing asked about failed, 2 usage, 3 config refused, 4 cannot listen.
// Results go to stdout, messages for people to stderr. [contract §1]
enum Exit { Done = 0, Failed = 1, Usage = 2, ConfigRefused = 3, CannotListen = 4 };

// True for a word of the table, --help and --version: what the console hands over to run().
bool isCommand(QByteArrayView word);
int run(int argc, char **argv);

} // namespace sb::cli
