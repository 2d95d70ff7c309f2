// The faults there are, and the scripts that come with the program.
#include "sim/simulator.h"

#include <QFile>

namespace sb::sim {

namespace {

Fault fault(const char *name, double share, int status = 0, Millis delay = Millis(0),
            int afterEvents = 0)
{
    Fault fault;
    fault.name = name;
    fault.share = share;
    fault.status = status;
    fault.delay = delay;
    fault.afterEvents = afterEvents;
    return fault;
}

QList<Script> builtIns()
{
    Script steady;
    steady.name = QStringLiteral("steady");

    Script quick;
    quick.name = QStringLiteral("quick");
    quick.firstToken = Millis(0);
    quick.perToken = Millis(0);
    quick.tokens = 0;

    // Every fourth request meets something.
    Script flaky;
    flaky.name = QStringLiteral("flaky");
    flaky.steps = {{Seconds(0),
                    {fault("status", 0.08, 503), fault("status", 0.05, 500), fault("reset", 0.05),
                     fault("slow_first_token", 0.05, 0, Millis(3'000)),
                     fault("cut_fin", 0.04, 0, Millis(0), 12)}}};

    // Half a minute of refusals in every minute, for an hour.
    Script limited;
    limited.name = QStringLiteral("limited");
    Fault tooMany = fault("status", 1, 429);
    tooMany.retryAfterSeconds = 15;
    for (int minute = 0; minute < 60; ++minute) {
        limited.steps.append({Seconds(minute * 60 + 20), {tooMany}});
        limited.steps.append({Seconds(minute * 60 + 50), {}});
    }

    Script down;
    down.name = QStringLiteral("down");
    down.steps = {{Seconds(0), {fault("refuse", 1)}}};

    return {steady, quick, flaky, limited, down};
}

} // namespace

const QList<QByteArray> &faultNames()
{
    static const QList<QByteArray> names{
        "refuse",      "black_hole",    "reset",     "tls_expired",      "tls_wrong_name",
        "status",      "no_head",       "slow_head", "slow_first_token", "slow_stream",
        "stall",       "cut_fin",       "cut_rst",   "garbage",          "bad_sse",
        "bad_json",    "html",          "empty",     "error_in_200",     "wrong_model",
        "wrong_usage", "bad_tool_args", "repeat",    "ping_only",        "gzip_fault",
        "dns"};
    return names;
}

Result<Script> builtInScript(const QString &name)
{
    QStringList known;
    for (const Script &script : builtIns()) {
        if (script.name == name)
            return script;
        known.append(script.name);
    }
    return unexpected(Error::make(QStringLiteral("bad_script"),
                                  QStringLiteral("There is no script %1; known are %2.")
                                      .arg(name, known.join(QStringLiteral(", ")))));
}

Result<Script> loadScript(const QString &nameOrPath)
{
    auto script = builtInScript(nameOrPath);
    if (script || (!nameOrPath.contains(QLatin1Char('/')) && !QFile::exists(nameOrPath)))
        return script;
    QFile file(nameOrPath);
    constexpr qint64 kLargestScript = 1024 * 1024;
    if (!file.open(QIODevice::ReadOnly) || file.size() > kLargestScript)
        return unexpected(
            Error::make(QStringLiteral("bad_script"),
                        QStringLiteral("Cannot read %1: %2.").arg(nameOrPath, file.errorString())));
    script = parseScript(file.readAll());
    if (script && script->name.isEmpty())
        script->name = nameOrPath.section(QLatin1Char('/'), -1);
    return script;
}

} // namespace sb::sim
