// A chart view without frame, margins, legend, background and motion: what our charts begin with.
#pragma once

class QChartView;

namespace sb::kit {

// The view takes the focus and the name; its chart answers no mouse of its own.
void makeBare(QChartView &view);

} // namespace sb::kit
