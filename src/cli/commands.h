// The commands, one function each: arguments without the program's name, exit code back.
#pragma once

#include "cli/cli.h"

#include <QStringList>

namespace sb::cli {

int serve(const QStringList &arguments, int &argc, char **argv);
int check(const QStringList &arguments, int &argc, char **argv);
int explain(const QStringList &arguments, int &argc, char **argv);
int sim(const QStringList &arguments, int &argc, char **argv);
int keys(const QStringList &arguments, int &argc, char **argv);
int provider(const QStringList &arguments, int &argc, char **argv);
int status(const QStringList &arguments, int &argc, char **argv);
int tail(const QStringList &arguments, int &argc, char **argv);
int with(const QStringList &arguments, int &argc, char **argv);
int spend(const QStringList &arguments, int &argc, char **argv);
int translate(const QStringList &arguments, int &argc, char **argv);
int bench(const QStringList &arguments, int &argc, char **argv);
int exportHistory(const QStringList &arguments, int &argc, char **argv);

} // namespace sb::cli
