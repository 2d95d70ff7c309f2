// What the fuzz targets of the translators demand: sound JSON, and streams that end exactly once.
#pragma once

#include "chat/collector.h"
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

} // namespace sb::fuzz
