// The journal on disk: numbered segments of frames, and the way back from them.
//
// A frame is "SBJ1", the payload's length, the CRC-32C of kind and payload (4 bytes each, little
// endian), the kind, the payload. The magic lets a reader go on behind damage. Any thread; files
// are only read here and removed.
#pragma once

#include "store/journal.h"

#include <QStringList>

#include <functional>

namespace sb::store {

constexpr QByteArrayView kFrameMagic("SBJ1");
constexpr qsizetype kFrameHead = 13;
constexpr qsizetype kMaxPayload = 8 * 1024 * 1024;
constexpr qint64 kSegmentBytes = 8 * 1024 * 1024;

enum class FrameKind : quint8 {
    Sent = 1, // the attempt's ordinal, then the exchange so far
    Settled = 2, // the exchange
};

struct Segment {
    quint32 number = 0;
    QString path;
};

QString segmentPath(const QString &folder, quint32 number);
// Ascending by number.
QList<Segment> segmentsIn(const QString &folder);

struct Frames {
    std::function<void(FrameKind, QByteArrayView payload)> onFrame;
    qint64 damagedBytes = 0;
};
// Calls onFrame for every sound frame of `bytes`, in order.
void readFrames(QByteArrayView bytes, Frames &frames);

struct ReplayedSegment {
    QString path;
    qint64 bytes = 0; // as far as it was read
};

// Walks all segments without holding more than one and the open exchanges in memory.
struct JournalWalk {
    std::function<void(Exchange &&)> onSettled;
    QList<Exchange> open;
    qint64 damagedBytes = 0;
    QList<ReplayedSegment> segments;
};
void walkJournal(const QString &folder, JournalWalk &walk);

} // namespace sb::store
