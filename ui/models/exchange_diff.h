// Two requests side by side, line by line, with what differs. Pure. [console §3.2]
#pragma once

#include "record/exchange.h"
#include "words/names.h"

#include <QList>
#include <QString>

namespace sb::models {

struct DiffLine {
    enum class Kind : quint8 { Heading, Line };
    Kind kind = Kind::Line;
    QString label;
    QString left;
    QString right;
    QString difference; // of numbers: "+0.42 s", "-1,200"; empty where they are the same
    bool isDifferent = false;
    bool isNumber = false;
};

QList<DiffLine> compare(const Exchange &left, const Exchange &right, const words::Names &names);

} // namespace sb::models
