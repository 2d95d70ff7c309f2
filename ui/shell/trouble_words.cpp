#include "shell/trouble_words.h"

#include "words/format.h"
#include "words/plain.h"

#include <QCoreApplication>

namespace sb::shell {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(TroubleWords)
};

constexpr qsizetype kDetailLimit = 200;

QString detail(const link::Trouble &trouble)
{
    return words::trimmed(trouble.detail, kDetailLimit);
}

TroubleWords taken(const link::Trouble &trouble)
{
    using Act = TroubleWords::Act;
    // Ports are names here: no digit grouping.
    const QString wanted = QString::number(trouble.wanted);
    const QString instead = QString::number(trouble.instead);
    const QString holder = words::trimmed(trouble.holder, kDetailLimit);
    TroubleWords out;
    out.kind = kit::NoticeBar::Kind::Caution;
    out.text = holder.isEmpty()
        ? Words::tr(
              "Port %1 is in use by another program, so the gateway listens on port %2 for now. "
              "Clients set up for %1 do not reach it.")
              .arg(wanted, instead)
        : Words::tr(
              "Port %1 is held by %3, so the gateway listens on port %2 for now. Clients set up "
              "for %1 do not reach it.")
              .arg(wanted, instead, holder);
    out.action = Words::tr("Try %1 again").arg(wanted);
    out.act = Act::Retry;
    out.second = Words::tr("Keep %1").arg(instead);
    out.secondAct = Act::KeepPort;
    return out;
}

TroubleWords otherProcess(const link::Trouble &trouble)
{
    using Act = TroubleWords::Act;
    TroubleWords out;
    out.kind = kit::NoticeBar::Kind::Caution;
    const QString pid = QString::number(trouble.pid);
    switch (trouble.kind) {
    case link::Trouble::Kind::TakingOver:
        out.kind = kit::NoticeBar::Kind::Info;
        out.text
            = Words::tr("The other gateway was asked to finish. It completes its running requests "
                        "first, 30 s at most; this window takes over after that.");
        return out;
    case link::Trouble::Kind::TakeOverFailed:
        out.kind = kit::NoticeBar::Kind::Danger;
        out.text = trouble.pid > 0
            ? Words::tr(
                  "The other gateway (process %1) did not stop. Stop it yourself, then try again.")
                  .arg(pid)
            : Words::tr("The other gateway did not stop. Stop it yourself, then try again.");
        out.action = Words::tr("Try again");
        out.act = Act::Retry;
        return out;
    default:
        out.text = trouble.pid > 0
            ? Words::tr(
                  "Another Signalbox (process %1) already serves this data folder; clients go on "
                  "being served by it. It can be asked to finish, and this window serves instead.")
                  .arg(pid)
            : Words::tr(
                "Another Signalbox already serves this data folder; clients go on being served "
                "by it. It can be asked to finish, and this window serves instead.");
        out.action = Words::tr("Take over");
        out.act = Act::TakeOver;
        out.second = Words::tr("Try again");
        out.secondAct = Act::Retry;
        return out;
    }
}

TroubleWords failed(const link::Trouble &trouble)
{
    TroubleWords out;
    out.kind = kit::NoticeBar::Kind::Danger;
    out.action = Words::tr("Try again");
    out.act = TroubleWords::Act::Retry;
    const QString what = detail(trouble);
    switch (trouble.kind) {
    case link::Trouble::Kind::ConfigInvalid:
        out.text
            = Words::tr(
                  "The gateway is not running: the config file has a mistake (%1). Correct the "
                  "file, then try again.")
                  .arg(what);
        break;
    case link::Trouble::Kind::StoreNewer:
        out.text
            = Words::tr("The gateway is not running: the data folder was written by a newer "
                        "Signalbox, and this one leaves it untouched. Update Signalbox, or choose "
                        "another data folder.");
        break;
    case link::Trouble::Kind::DataDir:
        out.text
            = Words::tr(
                  "The gateway is not running: the data folder cannot be used (%1). Check that "
                  "it exists and is yours, then try again.")
                  .arg(what);
        break;
    case link::Trouble::Kind::NoPort:
        out.text
            = Words::tr(
                  "The gateway is not running: port %1 and those after it are in use. Free one, "
                  "or set another port in the config file.")
                  .arg(QString::number(trouble.wanted));
        break;
    default:
        out.text = Words::tr("The gateway is not running (%1).").arg(what);
        break;
    }
    return out;
}

} // namespace

TroubleWords wordsFor(const link::EngineLink &link)
{
    const link::Trouble &trouble = link.trouble();
    switch (link.state()) {
    case link::LinkState::Starting:
        return {};
    case link::LinkState::Connected:
        return trouble.kind == link::Trouble::Kind::PortTaken ? taken(trouble) : TroubleWords{};
    case link::LinkState::Lost: {
        TroubleWords out;
        out.kind = kit::NoticeBar::Kind::Info;
        out.text
            = Words::tr("Reconnecting to the gateway. What you see is from %1; requests may go on "
                        "without this window.")
                  .arg(words::timeSeconds(link.lostSinceWallMs()));
        return out;
    }
    case link::LinkState::OtherProcess:
        return otherProcess(trouble);
    case link::LinkState::Failed:
        return failed(trouble);
    }
    return {};
}

} // namespace sb::shell
