// Where tracks between two columns bend, so that lanes stay apart and cross as little as they can.
//
// Pure geometry, device-independent pixels.
#pragma once

#include <QList>

namespace sb::pages {

// From (x0, y0) to (x1, y1): level to bendFrom, a slope, level from bendTo.
struct Lane {
    double x0 = 0;
    double y0 = 0;
    double x1 = 0;
    double y1 = 0;
    double startLevel = 12; // shortest level ends
    double endLevel = 12;
    double bendFrom = 0; // out
    double bendTo = 0; // out
};

// Slopes are 45 degrees where the gap is wide enough, else as flat as it allows. Each wants to bend
// in the middle of the gap; one that would touch another slope or level run there moves aside.
void assignLanes(QList<Lane> &lanes);

} // namespace sb::pages
