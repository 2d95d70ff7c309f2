// What could stand at the cursor of the filter line, and names for ids. Pure values.
#pragma once

#include "record/exchange_filter.h"
#include "record/frame.h"
#include "words/names.h"

#include <QStringList>

namespace sb::models {

// Values seen in the configuration and in traffic; each list is bounded by who fills it.
struct FilterValues {
    QStringList providers, clients, chains, models, programs, folders, sessions, tags;

    static constexpr qsizetype kMost = 200; // per list
    void take(const Frame &frame);
    void take(const Exchange &exchange);
};

struct FilterCompletion {
    struct Item {
        QString text; // replaces what stands there
        QString help;
        friend bool operator==(const Item &, const Item &) = default;
    };
    qsizetype from = 0; // what it replaces
    qsizetype length = 0;
    QList<Item> items;
};

// Fields first; behind a colon the values of that field. At most 12.
FilterCompletion completeFilter(const QString &line, qsizetype cursor, const FilterValues &values);

// The labels of providers and clients are taken for their ids: client:"Claude Code".
ExchangeFilter withIds(ExchangeFilter filter, const words::Names &names);

// The line without that term, or with one more.
QString withoutTerm(const QString &line, const FilterTerm &term);
QString withTerm(const QString &line, const QString &term);

} // namespace sb::models
