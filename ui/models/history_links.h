// Filter lines that lead from a chart, a bar or a row to the requests behind it. Pure.
#pragma once

#include "engine/history.h"

namespace sb::models {

// The key of a spend row that stands for all programs or folders beyond the 256 of a day.
constexpr QStringView kRest = u"*";

// "provider:openai model:gpt-4o after:2026-11-22T10:00:00Z before:2026-11-22T10:05:00Z"
QString healthLink(const ProviderId &provider, const QString &model, qint64 fromWallMs,
                   qint64 toWallMs);
// The same for a row of Spend; an empty key is every row.
QString spendLink(engine::SpendGroup group, const QString &key, qint64 fromWallMs, qint64 toWallMs);
// ISO 8601, UTC.
QString wallText(qint64 wallMs);

} // namespace sb::models
