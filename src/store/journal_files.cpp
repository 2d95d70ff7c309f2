#include "store/journal_files.h"

#include "store/byte_io.h"
#include "store/crc32c.h"

#include <QDir>
#include <QFile>

namespace sb::store {

namespace {
quint32 read32(const char *at)
{
    quint32 value;
    memcpy(&value, at, 4);
    return std::endian::native == std::endian::little ? value : __builtin_bswap32(value);
}

// Exchanges with a `sent` and no `settled`, in the order they first appeared.
class OpenExchanges {
public:
    void sent(const ExchangeId &id, QByteArrayView encoded)
    {
        auto [entry, isNew] = m_byId.tryEmplace(id);
        if (isNew)
            entry->order = m_nextOrder++;
        entry->encoded = encoded.toByteArray();
    }
    void settled(const ExchangeId &id) { m_byId.remove(id); }
    QList<Exchange> take() const
    {
        std::vector<const Entry *> entries;
        for (const Entry &entry : m_byId)
            entries.push_back(&entry);
        std::sort(entries.begin(), entries.end(),
                  [](const Entry *a, const Entry *b) { return a->order < b->order; });
        QList<Exchange> exchanges;
        for (const Entry *entry : entries) {
            if (Result<Exchange> exchange = decodeExchange(entry->encoded))
                exchanges.append(std::move(*exchange));
        }
        return exchanges;
    }

private:
    struct Entry {
        quint64 order = 0;
        QByteArray encoded;
    };
    struct Map : QHash<ExchangeId, Entry> {
        std::pair<iterator, bool> tryEmplace(const ExchangeId &id)
        {
            const auto at = find(id);
            return at == end() ? std::pair(insert(id, Entry()), true) : std::pair(at, false);
        }
    };

    Map m_byId;
    quint64 m_nextOrder = 0;
};
} // namespace

QString segmentPath(const QString &folder, quint32 number)
{
    return folder + QLatin1Char('/')
        + QStringLiteral("%1.sbj").arg(number, 10, 10, QLatin1Char('0'));
}

QList<Segment> segmentsIn(const QString &folder)
{
    QList<Segment> segments;
    const auto names
        = QDir(folder).entryList({QStringLiteral("*.sbj")}, QDir::Files | QDir::NoSymLinks);
    for (const QString &name : names) {
        bool isNumber = false;
        const quint32 number = name.chopped(4).toUInt(&isNumber);
        if (isNumber)
            segments.append({number, folder + QLatin1Char('/') + name});
    }
    std::sort(segments.begin(), segments.end(),
              [](const Segment &a, const Segment &b) { return a.number < b.number; });
    return segments;
}

void readFrames(QByteArrayView bytes, Frames &frames)
{
    qsizetype at = 0;
    while (at < bytes.size()) {
        const QByteArrayView rest = bytes.sliced(at);
        if (rest.size() >= kFrameHead && rest.startsWith(kFrameMagic)) {
            const qsizetype length = read32(rest.data() + 4);
            if (length <= kMaxPayload && length <= rest.size() - kFrameHead
                && crc32c(rest.sliced(12, 1 + length)) == read32(rest.data() + 8)) {
                const quint8 kind = quint8(rest[12]);
                // A kind of a later version is sound and not ours.
                if (kind == quint8(FrameKind::Sent) || kind == quint8(FrameKind::Settled))
                    frames.onFrame(FrameKind(kind), rest.sliced(kFrameHead, length));
                at += kFrameHead + length;
                continue;
            }
        }
        const qsizetype next = rest.indexOf(kFrameMagic, 1);
        const qsizetype skipped = next < 0 ? rest.size() : next;
        frames.damagedBytes += skipped;
        at += skipped;
    }
}

void walkJournal(const QString &folder, JournalWalk &walk)
{
    OpenExchanges open;
    Frames frames;
    frames.onFrame = [&](FrameKind kind, QByteArrayView payload) {
        ByteReader in(payload);
        if (kind == FrameKind::Sent) {
            in.number(); // the attempt's ordinal, also in the exchange
            const QByteArrayView encoded = payload.last(in.left());
            // The id stands behind version and length, see appendExchange().
            if (encoded.size() < 21) {
                frames.damagedBytes += payload.size();
                return;
            }
            ByteReader id(encoded.sliced(5));
            ExchangeId key;
            key.high = id.fixed64();
            key.low = id.fixed64();
            open.sent(key, encoded);
            return;
        }
        Result<Exchange> exchange = decodeExchange(payload);
        if (!exchange) {
            frames.damagedBytes += payload.size();
            return;
        }
        open.settled(exchange->id);
        walk.onSettled(std::move(*exchange));
    };
    const QList<Segment> segments = segmentsIn(folder);
    for (const Segment &segment : segments) {
        QFile file(segment.path);
        if (!file.open(QIODevice::ReadOnly)) {
            continue; // stays where it is, for the next start
        }
        const QByteArray bytes = file.readAll();
        readFrames(bytes, frames);
        walk.segments.append({segment.path, bytes.size()});
    }
    walk.damagedBytes = frames.damagedBytes;
    walk.open = open.take();
}

Replay replayJournal(const QString &folder)
{
    Replay replay;
    JournalWalk walk;
    walk.onSettled = [&](Exchange &&exchange) { replay.settled.append(std::move(exchange)); };
    walkJournal(folder, walk);
    replay.open = std::move(walk.open);
    replay.damagedBytes = walk.damagedBytes;
    return replay;
}

} // namespace sb::store
