// Does the sanitizer of this build find anything? Run with the name of a fault to make it.
//   planted_fault race | freed | overflow
#include <cstdio>
#include <cstring>
#include <limits>
#include <memory>
#include <thread>

namespace {
int shared = 0;

void race()
{
    std::thread other([] { ++shared; });
    ++shared;
    other.join();
}

int freed()
{
    auto owner = std::make_unique<int>(1);
    volatile int *const gone = owner.get();
    owner.reset();
    return *gone;
}

int overflow(int least)
{
    volatile int most = std::numeric_limits<int>::max();
    return most + least;
}
} // namespace

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    int seen = 0;
    if (std::strcmp(name, "race") == 0)
        race();
    else if (std::strcmp(name, "freed") == 0)
        seen = freed();
    else if (std::strcmp(name, "overflow") == 0)
        seen = overflow(argc);
    std::printf("nothing was found %d\n", seen + shared);
    return 0;
}
