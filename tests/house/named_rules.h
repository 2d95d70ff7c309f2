// Which numbered failures and rules of translation the tests name: "P-30" and "T§14.3" in the name
// of a row or in the words above a test.
#pragma once

#include <QSet>
#include <QString>
#include <QStringList>

namespace sb::house {

constexpr int kPitfalls = 102;

// The rules that have a number, as sections and passes of the history repair.
QStringList translationRules();

// Every name in the .cpp files of `folder` and below, as "P-30" and "T§14.3".
QSet<QString> namedRules(const QString &folder);

// Those that no test names, but the ones in `open`.
QStringList unnamedRules(const QSet<QString> &named, const QSet<QString> &open);

} // namespace sb::house
