// Gives the shared precompiled header of ui a target to live in.
