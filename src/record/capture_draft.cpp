#include "record/capture_draft.h"

namespace sb {

namespace {
constexpr size_t kMostPieces = 2 * kMostCapturedEvents;
constexpr qsizetype kMostChanges = 64; // attempts

bool isType(QByteArrayView type, QByteArrayView wanted)
{
    return type.size() >= wanted.size()
        && type.first(wanted.size()).compare(wanted, Qt::CaseInsensitive) == 0;
}

bool isBlank(QByteArrayView bytes)
{
    return std::all_of(bytes.begin(), bytes.end(),
                       [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; });
}

// Where each whole event ends; `from` differs from the last end where something stands between.
struct Span {
    qsizetype from = 0;
    qsizetype end = 0;
};

// An event ends with an empty line; lines end with CR, LF or both. [WHATWG HTML §9.2.6]
void splitEventStream(QByteArrayView bytes, std::vector<Span> &spans)
{
    qsizetype from = 0;
    qsizetype line = 0;
    bool hasLine = false;
    for (qsizetype at = 0; at < bytes.size(); ++at) {
        if (bytes[at] != '\n' && bytes[at] != '\r')
            continue;
        const bool isEmpty = at == line;
        if (bytes[at] == '\r' && at + 1 < bytes.size() && bytes[at + 1] == '\n')
            ++at;
        line = at + 1;
        if (!isEmpty) {
            hasLine = true;
        } else if (hasLine) {
            spans.push_back({from, line});
            from = line;
            hasLine = false;
        }
    }
}

void splitLines(QByteArrayView bytes, std::vector<Span> &spans)
{
    qsizetype from = 0;
    for (qsizetype at = 0; at < bytes.size(); ++at) {
        if (bytes[at] != '\n')
            continue;
        if (!isBlank(bytes.sliced(from, at - from)))
            spans.push_back({from, at + 1});
        from = at + 1;
    }
}

// The objects of one array; brackets and commas between them belong to none.
void splitArray(QByteArrayView bytes, std::vector<Span> &spans)
{
    int depth = 0;
    bool isInText = false;
    qsizetype from = 0;
    for (qsizetype at = 0; at < bytes.size(); ++at) {
        const char c = bytes[at];
        if (isInText) {
            if (c == '\\')
                ++at;
            else if (c == '"')
                isInText = false;
        } else if (c == '"') {
            isInText = true;
        } else if (c == '{') {
            if (depth++ == 0)
                from = at;
        } else if (c == '}' && depth > 0 && --depth == 0) {
            spans.push_back({from, at + 1});
        }
    }
}

QList<CapturedEvent> eventsOf(const DraftMessage &draft, QByteArrayView kept)
{
    std::vector<Span> spans;
    switch (draft.framing) {
    case CaptureFraming::None:
        return {};
    case CaptureFraming::EventStream:
        splitEventStream(kept, spans);
        break;
    case CaptureFraming::Lines:
        splitLines(kept, spans);
        break;
    case CaptureFraming::JsonArray:
        splitArray(kept, spans);
        break;
    }
    if (spans.size() >= size_t(kMostCapturedEvents))
        spans.resize(kMostCapturedEvents - 1);
    // The rest: the piece of an event that was cut, or what is beyond the most.
    const qsizetype rest = spans.empty() ? 0 : spans.back().end;
    const QByteArrayView left = kept.sliced(rest);
    const bool isBracket = draft.framing == CaptureFraming::JsonArray && left.trimmed() == "]";
    if (!isBlank(left) && !isBracket)
        spans.push_back({rest, kept.size()});

    QList<CapturedEvent> events;
    events.reserve(qsizetype(spans.size()));
    auto piece = draft.pieces.cbegin();
    for (const Span &span : spans) {
        while (piece != draft.pieces.cend() && piece->end < span.end)
            ++piece;
        const Micros at = piece != draft.pieces.cend() ? piece->at
            : draft.pieces.empty()                     ? kNever
                                                       : draft.pieces.back().at;
        events.append({at, span.from, span.end - span.from});
    }
    return events;
}

CapturedMessage developed(DraftMessage &&draft, const SecretMask &known, const SecretMask &own)
{
    CapturedMessage message;
    for (const SecretMask *mask : {&own, &known}) {
        mask->apply(draft.head);
        mask->apply(draft.bytes);
    }
    message.head = draft.head.left(kMostCapturedHead);
    message.body.size = draft.size;
    message.body.bytes = std::move(draft.bytes);
    if (message.body.bytes.size() > kMostCapturedBody)
        message.body.bytes.resize(kMostCapturedBody);
    message.events = eventsOf(draft, message.body.bytes);
    return message;
}
} // namespace

void DraftMessage::add(QByteArrayView more, Micros at)
{
    if (more.isEmpty())
        return;
    size += more.size();
    const qsizetype room = kMost - bytes.size();
    if (room <= 0)
        return;
    bytes.append(more.first(std::min(more.size(), room)));
    if (framing == CaptureFraming::None)
        return;
    if (pieces.size() < kMostPieces)
        pieces.push_back({at, bytes.size()});
    else
        pieces.back() = {at, bytes.size()};
}

qint64 CaptureDraft::bytes() const
{
    const auto of = [](const DraftMessage &message) {
        return message.head.size() + message.bytes.size()
            + qint64(message.pieces.size() * sizeof(DraftMessage::Piece));
    };
    qint64 sum = of(request) + of(reply);
    for (const Attempt &attempt : attempts)
        sum += of(attempt.request) + of(attempt.answer);
    return sum;
}

CaptureFraming framingOf(QByteArrayView contentType, bool isJsonArray)
{
    if (isType(contentType, "text/event-stream"))
        return CaptureFraming::EventStream;
    for (const QByteArrayView lines :
         {QByteArrayView("application/x-ndjson"), QByteArrayView("application/ndjson"),
          QByteArrayView("application/jsonl")}) {
        if (isType(contentType, lines))
            return CaptureFraming::Lines;
    }
    return isJsonArray && isType(contentType, "application/json") ? CaptureFraming::JsonArray
                                                                  : CaptureFraming::None;
}

CapturedExchange developed(CaptureDraft &&draft, const SecretMask &known)
{
    std::vector<Secret> spellings;
    for (const Secret &secret : draft.secrets) {
        for (Secret &spelling : log::spellingsOf(secret))
            spellings.push_back(std::move(spelling));
    }
    const SecretMask own(std::move(spellings));
    CapturedExchange exchange;
    exchange.id = draft.id;
    exchange.request = developed(std::move(draft.request), known, own);
    for (CaptureDraft::Attempt &attempt : draft.attempts)
        exchange.attempts.append({attempt.ordinal,
                                  developed(std::move(attempt.request), known, own),
                                  developed(std::move(attempt.answer), known, own)});
    exchange.reply = developed(std::move(draft.reply), known, own);
    exchange.changes = draft.changes.mid(0, kMostChanges);
    for (AttemptChanges &attempt : exchange.changes) {
        for (FieldChange &change : attempt.changes) {
            for (QByteArray *text : {&change.field, &change.from, &change.to}) {
                own.apply(*text);
                known.apply(*text);
            }
        }
    }
    return exchange;
}

} // namespace sb
