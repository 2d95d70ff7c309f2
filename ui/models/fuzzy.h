// How well a few typed letters fit a line of text, for the command palette. Pure.
#pragma once

#include <QList>
#include <QStringView>

namespace sb::models {

struct Fit {
    int score = -1; // higher fits better; negative: does not fit
    QList<int> at; // where the letters were found, for marking them
};

// Letters in order, in any case, each found; word starts and runs weigh more, and early ones. An
// empty query fits everything with 0.
Fit fit(QStringView query, QStringView text);

} // namespace sb::models
