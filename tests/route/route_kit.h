// A configuration by its text, and decisions as lines.
#pragma once

#include "config/config_file.h"
#include "record/names.h"
#include "route/planner.h"

#include <QTest>

namespace sb::route {

inline config::SnapshotPtr configOf(const QByteArray &text)
{
    const config::Checked checked = config::validate(text, 1, config::builtInCatalog());
    for (const config::Problem &problem : checked.problems) {
        if (problem.severity == config::Problem::Severity::Error)
            qWarning().noquote() << problem.path << problem.message;
    }
    if (!checked.snapshot)
        qFatal("the test's configuration is refused");
    return checked.snapshot;
}

inline QByteArray names(const QStringList &list)
{
    return list.join(QStringLiteral(", ")).toUtf8();
}

} // namespace sb::route
