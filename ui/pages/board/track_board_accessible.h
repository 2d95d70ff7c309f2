// The track diagram for screen readers: its plates as children of role ListItem. [console §10]
//
// GUI thread; Qt owns the interfaces and drops them with the widget.
#pragma once

namespace sb::pages {

class TrackBoard;

// Teaches QAccessible about TrackBoard; once, harmless to repeat.
void installTrackBoardAccessibility();
// Plates came, went or changed their name or state.
void plateNamesChanged(TrackBoard *board);

} // namespace sb::pages
