// What the link's troubles say on the strip, and the way out each offers.
#pragma once

#include "kit/notice_bar.h"
#include "link/engine_link.h"

namespace sb::shell {

struct TroubleWords {
    // What the strip's buttons do.
    enum class Act : quint8 { None, TakeOver, Retry, KeepPort };

    kit::NoticeBar::Kind kind = kit::NoticeBar::Kind::Info;
    QString text; // empty: no strip
    QString action;
    Act act = Act::None;
    QString second;
    Act secondAct = Act::None;
};

// Whole sentences: what happened, since when, what we do, what you can do. [console §11]
TroubleWords wordsFor(const link::EngineLink &link);

} // namespace sb::shell
