// A program that only looks whether someone is there: GET or HEAD, and no key at all. It gets its
// 401 and its row like any refusal; people are told that nothing of theirs went wrong.
#pragma once

#include "record/exchange.h"

namespace sb {

inline const QString kKnockTag = QStringLiteral("probe=no-key");

inline bool isKnock(const Exchange &exchange)
{
    return exchange.outcome.kind == OutcomeKind::Refused && exchange.outcome.code == Code::ClientKey
        && exchange.ask.tags.contains(kKnockTag);
}

} // namespace sb
