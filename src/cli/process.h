// What every process of ours sets up first, and how it talks to people.
#pragma once

#include <QByteArray>
#include <QStringList>

class QCommandLineParser;

namespace sb::cli {

// Memory that is given back late (large bodies would map and unmap pages for every request), no
// core files, no look into our memory from other processes, more descriptors. [performance §4c;
// robustness §8]
void prepareProcess();

void out(const QByteArray &text); // stdout with a line feed, flushed
void complain(const QString &text); // stderr

// Parses; prints help or what is wrong. -1: go on; else the exit code.
int parse(QCommandLineParser &parser, const QString &command, const QStringList &arguments);

} // namespace sb::cli
