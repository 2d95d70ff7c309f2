// What the fuzz targets of the translators demand: sound JSON, and streams that end exactly once.
#pragma once

#include "chat/collector.h"
#include "translate/translator.h"
#include "json/scan.h"

#include <cstdlib>

namespace sb::fuzz {

inline void check(bool is)
{
    if (!is)
        abort();
}

inline void checkJson(const QByteArray &json)
{
    json::Scan scan;
    check(scan.run(json));
}

// Ends once, and nothing comes behind it.
class Ends final : public chat::EventSink {
public:
    void event(const chat::Event &event) override
    {
        check(!isEnded);
        if (event.kind == chat::Event::Kind::Finish)
            ++finishes;
        if (event.kind == chat::Event::Kind::End) {
            isEnded = true;
            check(event.isClean == (finishes == 1));
        }
        collector.event(event);
    }
    chat::Collector collector;
    int finishes = 0;
    bool isEnded = false;
};

// The answer of a stream that comes in pieces of one size.
inline chat::Reply heard(translate::StreamDecoder &decoder, QByteArrayView bytes, qsizetype piece)
{
    Ends ends;
    for (qsizetype at = 0; at < bytes.size(); at += piece) {
        // A buffer of its own, so that a view kept too long is seen.
        const QByteArray part = bytes.sliced(at, qMin(piece, bytes.size() - at)).toByteArray();
        decoder.feed(part, ends);
    }
    decoder.finish(true, ends);
    check(ends.isEnded);
    return ends.collector.take();
}

} // namespace sb::fuzz
