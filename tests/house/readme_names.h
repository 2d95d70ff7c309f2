// What a document claims to exist: paths and functions in backticks, local links.
#pragma once

#include <QList>
#include <QString>
#include <QStringList>

namespace sb::house {

struct NamedThing {
    QString path; // empty: anywhere in the sources
    QString function; // empty: only the path
};

// `src/route/planner.cpp`, `src/route/planner.cpp: plan`, `plan()`, [text](packaging/run). Tokens
// with blanks, placeholders, addresses and things outside the project's folders are no names.
QList<NamedThing> namedThings(const QString &markdown);
// One sentence for each that is not there, below `root`.
QStringList missingThings(const QString &root, const QList<NamedThing> &things);

} // namespace sb::house
