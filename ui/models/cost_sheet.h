// What each attempt of a request cost: token classes times price. Pure. [cost.md §2, §3]
#pragma once

#include "config/settings.h"
#include "record/exchange.h"

#include <QList>

#include <optional>

namespace sb::models {

enum class TokenClass : quint8 {
    Input,
    CacheRead,
    CacheWrite,
    CacheWrite1h,
    InputAudio,
    Output,
    OutputAudio
};

struct CostLine {
    TokenClass kind = TokenClass::Input;
    qint64 tokens = 0;
    std::optional<Money> perMillion; // nothing: no price is known
    std::optional<Money> amount;
};

struct CostSheet {
    int ordinal = 0; // of the attempt
    TargetRef target;
    CostSource source = CostSource::None;
    UsageSource usage = UsageSource::None;
    Money cost; // as recorded
    Money uncertain;
    qint64 reasoning = 0; // part of the output
    QList<CostLine> lines; // classes with tokens only
};

// Attempts that used or may owe something. Prices are those of `config` for the moment the request
// came in; the recorded cost stays what it was. `config` may be null: then no price is known.
QList<CostSheet> costSheets(const Exchange &exchange, const config::ConfigSnapshot *config);

} // namespace sb::models
