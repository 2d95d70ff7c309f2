#include "store/capture_codec.h"

#include "store/byte_io.h"

namespace sb::store {

namespace {
// Fields are added at the end of their group, on both sides. See exchange_codec.cpp.
constexpr quint8 kVersion = 1;
constexpr qsizetype kMaxUnpacked = 64 * 1024 * 1024;
constexpr qsizetype kMaxAttempts = 64;
constexpr qsizetype kMaxEvents = 2 * kMostCapturedEvents;
constexpr qsizetype kMaxChanges = 10'000;
constexpr int kPacking = 1; // fast: text shrinks to a fifth all the same

// `bytes` out of what it shares with `base`: the same beginning, something else, then the rest of
// `base` from `from` on, and what is beyond its end. That is what an edited name leaves, also where
// both were cut at the same length.
struct Shared {
    qsizetype head = 0;
    qsizetype middle = 0; // literal
    qsizetype from = 0; // in base
    qsizetype copied = 0;
    qsizetype tail = 0; // literal
};

Shared sharedWith(const CapturedBody &base, const CapturedBody &body)
{
    const QByteArrayView a(base.bytes);
    const QByteArrayView b(body.bytes);
    Shared shared;
    const qsizetype most = std::min(a.size(), b.size());
    while (shared.head < most && a[shared.head] == b[shared.head])
        ++shared.head;
    const qint64 shift = body.size - base.size;
    qsizetype end = b.size();
    if (shift < 0)
        end = std::min<qsizetype>(end, std::max<qint64>(shared.head, a.size() + shift));
    qsizetype at = end;
    while (at > shared.head && at - shift > 0 && at - shift <= a.size()
           && a[at - shift - 1] == b[at - 1])
        --at;
    shared.middle = at - shared.head;
    shared.copied = end - at;
    shared.from = shared.copied > 0 ? at - shift : 0;
    shared.tail = b.size() - end;
    return shared;
}

void write(ByteWriter &out, const CapturedBody &body, const CapturedBody &base)
{
    const Shared shared = sharedWith(base, body);
    const QByteArrayView bytes(body.bytes);
    out.integer(body.size);
    out.number(quint64(shared.head));
    out.bytes(bytes.sliced(shared.head, shared.middle));
    out.number(quint64(shared.from));
    out.number(quint64(shared.copied));
    out.bytes(bytes.sliced(bytes.size() - shared.tail));
}

bool read(ByteReader &in, CapturedBody &body, const CapturedBody &base)
{
    body.size = in.integer();
    const quint64 head = in.number();
    const QByteArrayView middle = in.bytes();
    const quint64 from = in.number();
    const quint64 copied = in.number();
    const QByteArrayView tail = in.bytes();
    const auto room = quint64(base.bytes.size());
    if (!in.isGood() || head > room || from > room || copied > room - from)
        return false;
    body.bytes = base.bytes.first(qsizetype(head));
    if (!middle.isEmpty())
        body.bytes.append(middle);
    body.bytes.append(base.bytes.mid(qsizetype(from), qsizetype(copied)));
    if (!tail.isEmpty())
        body.bytes.append(tail);
    return body.bytes.size() <= kMostCapturedBody && body.size >= body.bytes.size();
}

void write(ByteWriter &out, const CapturedMessage &message, const CapturedBody &base)
{
    const auto group = out.beginGroup();
    out.bytes(message.head);
    write(out, message.body, base);
    out.number(quint64(message.events.size()));
    qint64 from = 0;
    qint64 at = 0;
    for (const CapturedEvent &event : message.events) {
        out.integer(event.at.count() - at);
        out.integer(event.from - from);
        out.integer(event.size);
        at = event.at.count();
        from = event.from + event.size;
    }
    out.endGroup(group);
}

bool read(ByteReader &outer, CapturedMessage &message, const CapturedBody &base)
{
    ByteReader in = outer.group();
    message.head = in.bytes().toByteArray();
    if (!read(in, message.body, base))
        return false;
    qint64 from = 0;
    qint64 at = 0;
    const qint64 size = message.body.bytes.size();
    for (qsizetype left = in.count(kMaxEvents); left > 0 && in.isGood(); --left) {
        CapturedEvent event;
        // Unsigned: damage may be any number.
        at = qint64(quint64(at) + quint64(in.integer()));
        from = qint64(quint64(from) + quint64(in.integer()));
        event.at = Micros(at);
        event.from = from;
        event.size = in.integer();
        if (event.from < 0 || event.size < 0 || event.from > size || event.size > size - event.from)
            return false;
        from = event.from + event.size;
        message.events.append(event);
    }
    outer.join(in);
    return in.isGood();
}

void write(ByteWriter &out, const AttemptChanges &changes)
{
    const auto group = out.beginGroup();
    out.integer(changes.ordinal);
    out.integer(changes.rank);
    out.integer(changes.unlisted);
    out.number(quint64(changes.changes.size()));
    for (const FieldChange &change : changes.changes) {
        out.byte(quint8(change.kind));
        out.bytes(change.field);
        out.bytes(change.from);
        out.bytes(change.to);
        out.bytes(change.rule);
    }
    out.endGroup(group);
}

bool read(ByteReader &outer, AttemptChanges &changes)
{
    ByteReader in = outer.group();
    changes.ordinal = in.small<int>();
    changes.rank = in.small<int>();
    changes.unlisted = in.small<int>();
    for (qsizetype left = in.count(kMaxChanges); left > 0 && in.isGood(); --left) {
        FieldChange change;
        change.kind = in.word(FieldChange::Kind::Repaired);
        change.field = in.bytes().toByteArray();
        change.from = in.bytes().toByteArray();
        change.to = in.bytes().toByteArray();
        change.rule = in.bytes().toByteArray();
        changes.changes.append(std::move(change));
    }
    outer.join(in);
    return in.isGood();
}

// The answer that the client got is most likely the last one.
const CapturedBody &lastAnswer(const CapturedExchange &capture)
{
    static const CapturedBody none;
    return capture.attempts.isEmpty() ? none : capture.attempts.constLast().answer.body;
}
} // namespace

QByteArray encodeCapture(const CapturedExchange &capture)
{
    static const CapturedBody none;
    ByteWriter out(64 * 1024);
    out.byte(kVersion);
    out.fixed64(capture.id.high);
    out.fixed64(capture.id.low);
    write(out, capture.request, none);
    out.number(quint64(capture.attempts.size()));
    for (const CapturedAttempt &attempt : capture.attempts) {
        out.integer(attempt.ordinal);
        write(out, attempt.request, capture.request.body);
        write(out, attempt.answer, none);
    }
    write(out, capture.reply, lastAnswer(capture));
    out.number(quint64(capture.changes.size()));
    for (const AttemptChanges &changes : capture.changes)
        write(out, changes);
    const QByteArrayView view = out.view();
    return qCompress(reinterpret_cast<const uchar *>(view.data()), view.size(), kPacking);
}

Result<CapturedExchange> decodeCapture(const QByteArray &bytes)
{
    static const CapturedBody none;
    const auto damaged = [] {
        return unexpected(Error::make(QStringLiteral("store_damaged"),
                                      QStringLiteral("a capture could not be read")));
    };
    // Its first four bytes promise a length, and qUncompress() believes them.
    if (bytes.size() < 5)
        return damaged();
    quint32 length = 0;
    for (int i = 0; i < 4; ++i)
        length = length << 8 | quint8(bytes[i]);
    if (length > quint32(kMaxUnpacked))
        return damaged();
    const QByteArray unpacked = qUncompress(bytes);
    ByteReader in(unpacked);
    if (unpacked.isEmpty() || in.byte() != kVersion)
        return damaged();
    CapturedExchange capture;
    capture.id.high = in.fixed64();
    capture.id.low = in.fixed64();
    if (!read(in, capture.request, none))
        return damaged();
    for (qsizetype left = in.count(kMaxAttempts); left > 0; --left) {
        CapturedAttempt attempt;
        attempt.ordinal = in.small<int>();
        if (!read(in, attempt.request, capture.request.body) || !read(in, attempt.answer, none))
            return damaged();
        capture.attempts.append(std::move(attempt));
    }
    if (!read(in, capture.reply, lastAnswer(capture)))
        return damaged();
    for (qsizetype left = in.count(kMaxAttempts); left > 0; --left) {
        AttemptChanges changes;
        if (!read(in, changes))
            return damaged();
        capture.changes.append(std::move(changes));
    }
    if (!in.isGood())
        return damaged();
    return capture;
}

} // namespace sb::store
