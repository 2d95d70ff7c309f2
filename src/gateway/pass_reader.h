// Forwards every byte of a reply as it comes and reads none of them: images, audio, files, and what
// a provider keeps.
#pragma once

#include "dialect/dialect.h"

namespace sb::gateway {

class PassReader final : public dialect::StreamReader {
public:
    PassReader() { m_isEmptyAnswer = true; } // nothing may be all there is

    dialect::StreamStep feed(QByteArrayView bytes) override
    {
        m_hasContent |= !bytes.isEmpty();
        dialect::StreamStep step;
        step.forward = bytes;
        step.hasContent = !bytes.isEmpty();
        return step;
    }
    // Only framing tells that all of it came: an end of the connection could be a cut.
    dialect::StreamStep finish(bool isUnframed) override
    {
        m_isWhole = !isUnframed;
        dialect::StreamStep step;
        step.isTerminal = m_isWhole;
        return step;
    }
};

} // namespace sb::gateway
