// Gives the shared precompiled header of src a target to live in.
