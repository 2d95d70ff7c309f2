#include "cli/process.h"

#include "cli/cli.h"

#include <QCommandLineParser>

#include <stdio.h>
#include <sys/resource.h>
#ifdef Q_OS_LINUX
#include <malloc.h>
#include <sys/prctl.h>
#endif

namespace sb::cli {

void prepareProcess()
{
#ifdef Q_OS_LINUX
    mallopt(M_MMAP_THRESHOLD, 64 * 1024 * 1024);
    mallopt(M_TRIM_THRESHOLD, 256 * 1024 * 1024);
    prctl(PR_SET_DUMPABLE, 0);
#endif
    const rlimit noCore{0, 0};
    setrlimit(RLIMIT_CORE, &noCore);
    rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = std::min<rlim_t>(files.rlim_max, 65'536);
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

void out(const QByteArray &text)
{
    fwrite(text.constData(), 1, size_t(text.size()), stdout);
    fputc('\n', stdout);
    fflush(stdout);
}

void complain(const QString &text)
{
    const QByteArray bytes = text.toUtf8();
    fwrite(bytes.constData(), 1, size_t(bytes.size()), stderr);
    fputc('\n', stderr);
}

int parse(QCommandLineParser &parser, const QString &command, const QStringList &arguments)
{
    const QCommandLineOption help({QStringLiteral("h"), QStringLiteral("help")},
                                  QStringLiteral("Prints this help."));
    parser.addOption(help);
    if (!parser.parse(QStringList{QStringLiteral("signalboxd ") + command} + arguments)) {
        complain(parser.errorText());
        return Usage;
    }
    if (parser.isSet(help)) {
        // Without an application object Qt does not know the program's name.
        const QByteArray text = parser.helpText()
                                    .replace(QStringLiteral("<executable_name>"),
                                             QStringLiteral("signalboxd ") + command)
                                    .toUtf8();
        fwrite(text.constData(), 1, size_t(text.size()), stdout);
        return Done;
    }
    return -1;
}

} // namespace sb::cli
