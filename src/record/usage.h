// What a model call consumed, in disjoint token classes, and where the number comes from.
#pragma once

#include <QtGlobal>

namespace sb {

enum class UsageSource : quint8 {
    None, // nothing is known and nothing was estimated
    Reported, // the provider said so
    Estimated, // from bytes seen
};

// Disjoint: a token is in exactly one class, `reasoning` excepted, which is the part of `output`
// that was reasoning where the provider tells it. [project reference cost.md §3]
struct Usage {
    qint64 input = 0; // fresh prompt tokens
    qint64 cacheRead = 0;
    qint64 cacheWrite = 0; // default lifetime
    qint64 cacheWrite1h = 0;
    qint64 inputAudio = 0;
    qint64 output = 0; // all generated text, reasoning included
    qint64 outputAudio = 0;
    qint64 reasoning = 0;
    UsageSource source = UsageSource::None;
    // The classes did not add up to the provider's total, or a class came out negative.
    bool isOdd = false;

    qint64 prompt() const { return input + cacheRead + cacheWrite + cacheWrite1h + inputAudio; }
    qint64 completion() const { return output + outputAudio; }
    friend bool operator==(const Usage &, const Usage &) = default;
};

} // namespace sb
