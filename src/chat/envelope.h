// Opaque reasoning state travelling through a client of another dialect. [translation §9.3]
#pragma once

#include "chat/capabilities.h"
#include "chat/changes.h"
#include "chat/reply.h"

namespace sb::chat {

// "gw1." + base64url; printable ASCII, a pure function of the artifact.
QByteArray sealed(const Artifact &artifact);
// Nothing: not one of ours, the value comes from the vendor of the dialect it stands in.
std::optional<Artifact> unsealed(QByteArrayView value);

// Pass 6 of the history repair: artifacts whose origin is the target stay, others go, with the
// reasoning text they belong to. Artifacts without an origin belong to the vendor of the source
// dialect and stay only for a target of that dialect.
void sortReasoning(Request &request, const Target &target, Changes &changes);

// What clients that throw reasoning away would have had to send back. Bounded; engine thread; owned
// by the gateway. Keys: the id of a call as the client sees it, or a hash of the answer's text.
class ArtifactMemory {
public:
    static constexpr int kEntries = 4096; // the least recently used goes first
    static constexpr qsizetype kBytes = 16 * 1024 * 1024;

    void remember(const Reply &reply, const Origin &origin);
    // Puts back what the history lacks.
    void restore(Request &request);

private:
    struct Entry {
        QByteArray key;
        std::vector<Part> parts; // the reasoning of the turn, own bytes
        qsizetype bytes = 0;
    };
    std::vector<Entry> m_entries; // most recently used last
    qsizetype m_bytes = 0;
};

} // namespace sb::chat
