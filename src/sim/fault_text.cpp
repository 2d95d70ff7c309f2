// The fault language and scripts as JSON. [contract §5]
#include "sim/simulator.h"

#include "json/reader.h"
#include "json/writer.h"

#include <algorithm>
#include <limits>

namespace sb::sim {

namespace {

Unexpected bad(const char *code, const QString &detail)
{
    return unexpected(Error::make(QString::fromLatin1(code), detail, Blame::Client));
}

bool actsOnListener(const QByteArray &name)
{
    return name == "refuse" || name == "black_hole";
}

// A whole number from 0 to `most`; false with `why` set otherwise.
bool readCount(const json::Member &member, qint64 most, qint64 &to, QString &why)
{
    const auto number = member.value.toInt();
    if (!number || *number < 0 || *number > most) {
        why = QStringLiteral("%1 must be a whole number from 0 to %2.")
                  .arg(QString::fromUtf8(member.key))
                  .arg(most);
        return false;
    }
    to = *number;
    return true;
}

bool readMatch(const json::Value &value, Fault &fault, QString &why)
{
    if (!value.isObject()) {
        why = QStringLiteral("match must be an object.");
        return false;
    }
    for (const json::Member &member : value.members()) {
        if (member.key == "model" && member.value.isString()) {
            fault.matchModel = member.value.toString();
        } else if (member.key == "client" && member.value.isString()) {
            fault.matchClient = member.value.toString();
        } else if (member.key == "stream" && member.value.isBool()) {
            fault.matchStream = member.value.toBool();
        } else {
            why = QStringLiteral(
                      "match knows model and client (text) and stream (true or false), not %1.")
                      .arg(QString::fromUtf8(member.key));
            return false;
        }
    }
    return true;
}

Result<Fault> readFault(const json::Value &value, bool isStep)
{
    if (!value.isObject())
        return bad("bad_fault", QStringLiteral("A fault is a JSON object."));
    Fault fault;
    bool hasShare = false;
    constexpr qint64 kMost = 1'000'000'000;
    for (const json::Member &member : value.members()) {
        QString why;
        qint64 count = 0;
        if (member.key == "fault" && member.value.isString()) {
            fault.name = member.value.text();
        } else if (member.key == "after_events") {
            if (readCount(member, kMost, count, why))
                fault.afterEvents = int(count);
        } else if (member.key == "ms") {
            if (readCount(member, kMost, count, why))
                fault.delay = Millis(count);
        } else if (member.key == "status") {
            if (readCount(member, 599, count, why))
                fault.status = int(count);
            if (why.isEmpty() && count < 200)
                why = QStringLiteral("status must be from 200 to 599.");
        } else if (member.key == "retry_after_s") {
            if (readCount(member, kMost, count, why))
                fault.retryAfterSeconds = int(count);
        } else if (member.key == "share") {
            fault.share = member.value.toDouble().value_or(-1);
            hasShare = true;
            if (!(fault.share >= 0 && fault.share <= 1))
                why = QStringLiteral("share must be a number from 0 to 1.");
        } else if (member.key == "seed") {
            if (readCount(member, std::numeric_limits<qint64>::max(), count, why))
                fault.seed = quint64(count);
        } else if (member.key == "times") {
            if (readCount(member, kMost, count, why))
                fault.times = int(count);
        } else if (member.key == "for_s") {
            if (readCount(member, kMost, count, why))
                fault.lasts = Seconds(count);
        } else if (member.key == "match") {
            readMatch(member.value, fault, why);
        } else if (!(isStep && member.key == "at_s") && !member.key.startsWith("//")) {
            why = QStringLiteral("A fault has no member %1.").arg(QString::fromUtf8(member.key));
        }
        if (!why.isEmpty())
            return bad("bad_fault", why);
    }

    if (!faultNames().contains(fault.name))
        return bad(
            "bad_fault",
            QStringLiteral("There is no fault \"%1\"; known are: %2.")
                .arg(QString::fromUtf8(fault.name), QString::fromLatin1(faultNames().join(' '))));
    if (fault.name.startsWith("tls_"))
        return bad("not_supported",
                   QStringLiteral("%1 needs a TLS listener, and this simulator speaks plain HTTP.")
                       .arg(QString::fromLatin1(fault.name)));
    if (fault.name == "dns")
        return bad("not_supported",
                   QStringLiteral("dns fails in whoever looks the name up; a simulator has only an "
                                  "address. Point the base URL at a name that does not exist."));
    if (actsOnListener(fault.name)
        && (hasShare || fault.times > 0 || !fault.matchModel.isEmpty()
            || !fault.matchClient.isEmpty() || fault.matchStream))
        return bad("bad_fault",
                   QStringLiteral(
                       "%1 acts before a request is seen, so it takes no share, times or match.")
                       .arg(QString::fromLatin1(fault.name)));
    return fault;
}

Result<json::Value> readJson(QByteArrayView text)
{
    auto value = json::read(text);
    if (!value)
        return bad("bad_json", value.error().detail);
    return value;
}

void writeFault(json::Writer &out, const Fault &fault)
{
    out.beginObject().member("fault", fault.name);
    if (fault.afterEvents > 0)
        out.member("after_events", fault.afterEvents);
    if (fault.delay.count() > 0)
        out.member("ms", qint64(fault.delay.count()));
    if (fault.status > 0)
        out.member("status", fault.status);
    if (fault.retryAfterSeconds >= 0)
        out.member("retry_after_s", fault.retryAfterSeconds);
    if (fault.share < 1)
        out.member("share", fault.share);
    if (fault.seed > 0)
        out.member("seed", fault.seed);
    if (fault.times > 0)
        out.member("times", fault.times);
    if (fault.lasts.count() > 0)
        out.member("for_s", qint64(fault.lasts.count()));
    if (!fault.matchModel.isEmpty() || !fault.matchClient.isEmpty() || fault.matchStream) {
        out.key("match").beginObject();
        if (!fault.matchModel.isEmpty())
            out.member("model", fault.matchModel);
        if (!fault.matchClient.isEmpty())
            out.member("client", fault.matchClient);
        if (fault.matchStream)
            out.member("stream", *fault.matchStream);
        out.endObject();
    }
    out.endObject();
}

Result<QList<Fault>> readFaults(const json::Value &value)
{
    if (!value.isArray()) {
        auto one = readFault(value, false);
        if (!one)
            return unexpected(one.error());
        return QList<Fault>{*one};
    }
    QList<Fault> faults;
    for (const json::Value &item : value.items()) {
        auto fault = readFault(item, false);
        if (!fault)
            return unexpected(fault.error());
        faults.append(*fault);
    }
    return faults;
}

Result<QList<Step>> readSteps(const json::Value &list)
{
    if (!list.isArray())
        return bad("bad_script", QStringLiteral("A script is a list of steps."));
    QList<Step> steps;
    for (const json::Value &item : list.items()) {
        const json::Value *at = item.isObject() ? item.find("at_s") : nullptr;
        const auto seconds = at ? at->toInt() : std::nullopt;
        if (!seconds || *seconds < 0)
            return bad("bad_script",
                       QStringLiteral("Every step needs at_s, whole seconds from the start."));
        Step step{Seconds(*seconds), {}};
        if (const json::Value *several = item.find("faults")) {
            auto faults = readFaults(*several);
            if (!faults)
                return unexpected(faults.error());
            step.faults = *faults;
        } else if (item.find("fault")) {
            auto fault = readFault(item, true);
            if (!fault)
                return unexpected(fault.error());
            step.faults.append(*fault);
        }
        const auto same = std::find_if(steps.begin(), steps.end(),
                                       [&](const Step &s) { return s.at == step.at; });
        if (same != steps.end())
            same->faults.append(step.faults);
        else
            steps.append(step);
    }
    std::sort(steps.begin(), steps.end(), [](const Step &a, const Step &b) { return a.at < b.at; });
    return steps;
}

} // namespace

Result<Fault> parseFault(QByteArrayView text)
{
    auto value = readJson(text);
    if (!value)
        return unexpected(value.error());
    return readFault(*value, false);
}

Result<QList<Fault>> parseFaults(QByteArrayView text)
{
    auto value = readJson(text);
    if (!value)
        return unexpected(value.error());
    return readFaults(*value);
}

QByteArray faultText(const Fault &fault)
{
    json::Writer out;
    writeFault(out, fault);
    return out.take();
}

Result<Script> parseScript(QByteArrayView text)
{
    auto value = readJson(text);
    if (!value)
        return unexpected(value.error());
    Script script;
    if (value->isArray()) {
        auto steps = readSteps(*value);
        if (!steps)
            return unexpected(steps.error());
        script.steps = *steps;
        return script;
    }
    if (!value->isObject())
        return bad("bad_script", QStringLiteral("A script is a list of steps or an object."));
    for (const json::Member &member : value->members()) {
        QString why;
        qint64 count = 0;
        constexpr qint64 kDay = 86'400'000;
        if (member.key == "name" && member.value.isString()) {
            script.name = member.value.toString();
        } else if (member.key == "first_token_ms") {
            if (readCount(member, kDay, count, why))
                script.firstToken = Millis(count);
        } else if (member.key == "per_token_ms") {
            if (readCount(member, kDay, count, why))
                script.perToken = Millis(count);
        } else if (member.key == "tokens") {
            if (readCount(member, 100'000, count, why))
                script.tokens = int(count);
        } else if (member.key == "steps") {
            auto steps = readSteps(member.value);
            if (!steps)
                return unexpected(steps.error());
            script.steps = *steps;
        } else if (!member.key.startsWith("//")) {
            why = QStringLiteral("A script has no member %1.").arg(QString::fromUtf8(member.key));
        }
        if (!why.isEmpty())
            return bad("bad_script", why);
    }
    return script;
}

} // namespace sb::sim
