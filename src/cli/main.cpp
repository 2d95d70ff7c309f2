// signalboxd: the engine without a window, and the whole command line.
#include "cli/cli.h"

int main(int argc, char **argv)
{
    return sb::cli::run(argc, argv);
}
