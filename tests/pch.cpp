// Gives the precompiled headers of the tests a target to live in.
