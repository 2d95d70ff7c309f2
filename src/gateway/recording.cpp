#include "gateway/recording.h"

namespace sb::gateway {

namespace {
constexpr size_t kMostAttempts = 16;
constexpr QByteArrayView kBlank("***");
// A shorter value that came with a request is no key but a word: "ollama", "none". Keys that we
// hold ourselves are known to the log whatever their length.
constexpr qsizetype kLeastForeign = 12;

// Names of fields and parameters whose value is nobody's business, ours and foreign ones.
bool isSecretName(QByteArrayView name)
{
    const QByteArray lower = name.toByteArray().toLower();
    if (lower.startsWith("x-signalbox-") || lower == "idempotency-key")
        return false;
    if (lower == "key" || lower == "sig" || lower == "signature" || lower.endsWith("-key")
        || lower.endsWith("_key"))
        return true;
    for (const QByteArrayView part :
         {QByteArrayView("auth"), QByteArrayView("cookie"), QByteArrayView("secret"),
          QByteArrayView("token"), QByteArrayView("apikey"), QByteArrayView("password"),
          QByteArrayView("credential")}) {
        if (lower.contains(part))
            return true;
    }
    return false;
}

// Rate limits count tokens too. [dialects §1]
bool isTokenCount(QByteArrayView name)
{
    return name.toByteArray().toLower().contains("ratelimit");
}
} // namespace

Recording::Recording(std::shared_ptr<RecordingRoom> room, Clock &clock, Nanos start)
    : m_room(std::move(room))
    , m_clock(clock)
    , m_start(start)
{
}

Recording::~Recording()
{
    m_room->give(m_held);
}

void Recording::requested(const http::RequestHead &head, QByteArrayView body)
{
    QByteArray text = head.method + ' ' + blankedTarget(head.target) + " HTTP/1."
        + QByteArray::number(head.minorVersion) + "\r\n";
    for (int i = 0; i < head.fields.count(); ++i)
        addField(text, head.fields.name(i), head.fields.value(i));
    m_draft.request.head = text;
    add(m_draft.request, body);
}

void Recording::sent(int ordinal, const QByteArray &head, const QList<QByteArray> &body,
                     const Secret &key)
{
    if (m_draft.attempts.size() >= kMostAttempts)
        m_draft.attempts.pop_back(); // the last one tells how it ended
    CaptureDraft::Attempt &attempt = m_draft.attempts.emplace_back();
    attempt.ordinal = ordinal;
    if (!key.isEmpty())
        m_draft.secrets.push_back(key);
    QByteArray text;
    bool isFirst = true;
    for (const QByteArray &wireLine : head.split('\n')) {
        const QByteArrayView line = QByteArrayView(wireLine).trimmed();
        if (line.isEmpty())
            continue;
        if (std::exchange(isFirst, false)) {
            const QList<QByteArray> words = line.toByteArray().split(' ');
            text += words.size() == 3 ? words[0] + ' ' + blankedTarget(words[1]) + ' ' + words[2]
                                      : line.toByteArray();
            text += "\r\n";
            continue;
        }
        const qsizetype colon = line.indexOf(':');
        if (colon > 0)
            addField(text, line.first(colon), line.sliced(colon + 1).trimmed());
    }
    attempt.request.head = text;
    for (const QByteArray &part : body)
        add(attempt.request, part);
}

void Recording::answerBegun(const http::ReplyHead &head, bool isJsonStream)
{
    QByteArray text = "HTTP/1." + QByteArray::number(head.minorVersion) + ' '
        + QByteArray::number(head.status) + "\r\n";
    for (int i = 0; i < head.fields.count(); ++i)
        addField(text, head.fields.name(i), head.fields.value(i));
    DraftMessage &answer = m_draft.attempts.back().answer;
    answer.head = text;
    answer.framing = framingOf(head.fields.value("content-type"), isJsonStream);
}

void Recording::replyBegun(int status, QByteArrayView fields, bool isJsonStream)
{
    m_draft.reply.head = "HTTP/1.1 " + QByteArray::number(status) + "\r\n";
    for (const QByteArray &wireLine : fields.toByteArray().split('\n')) {
        const QByteArrayView line = QByteArrayView(wireLine).trimmed();
        const qsizetype colon = line.indexOf(':');
        if (colon <= 0)
            continue;
        const QByteArrayView value = line.sliced(colon + 1).trimmed();
        addField(m_draft.reply.head, line.first(colon), value);
        if (line.first(colon).compare("content-type", Qt::CaseInsensitive) == 0)
            m_draft.reply.framing = framingOf(value, isJsonStream);
    }
}

CaptureDraft Recording::take(const ExchangeId &id, const QList<AttemptChanges> &changes)
{
    m_room->give(std::exchange(m_held, 0));
    CaptureDraft draft = std::exchange(m_draft, {});
    draft.id = id;
    if (!draft.isGivenUp)
        draft.changes = changes;
    return draft;
}

void Recording::add(DraftMessage &message, QByteArrayView bytes)
{
    // Only what is kept is paid for; the whole is counted.
    const qsizetype room = DraftMessage::kMost - message.bytes.size();
    if (claim(std::clamp<qsizetype>(room, 0, bytes.size())))
        message.add(bytes, std::chrono::duration_cast<Micros>(m_clock.now() - m_start));
}

bool Recording::claim(qint64 bytes)
{
    if (m_draft.isGivenUp)
        return false;
    if (!m_room->take(bytes)) {
        giveUp();
        return false;
    }
    m_held += bytes;
    return true;
}

void Recording::giveUp()
{
    m_draft.isGivenUp = true;
    m_draft.request = {};
    m_draft.reply = {};
    for (CaptureDraft::Attempt &attempt : m_draft.attempts) {
        attempt.request = {};
        attempt.answer = {};
    }
    m_room->give(std::exchange(m_held, 0));
}

// Somebody's key, ours or not: blanked as well where bodies quote it.
void Recording::noteSecret(QByteArrayView name, QByteArrayView value)
{
    const auto note = [this](QByteArrayView secret) {
        if (secret.size() >= kLeastForeign)
            m_draft.secrets.push_back(Secret::fromView(secret));
    };
    if (name.toByteArray().toLower().contains("cookie")) {
        for (const QByteArray &pair : value.toByteArray().split(';'))
            note(QByteArrayView(pair).sliced(pair.indexOf('=') + 1).trimmed());
        return;
    }
    const qsizetype blank = value.indexOf(' '); // "Bearer KEY", "Basic …"
    note(blank > 0 ? value.sliced(blank + 1).trimmed() : value);
}

QByteArray Recording::blankedTarget(QByteArrayView target)
{
    const qsizetype query = target.indexOf('?');
    if (query < 0)
        return target.toByteArray();
    QByteArray text = target.first(query).toByteArray();
    char mark = '?';
    for (const QByteArray &pair : target.sliced(query + 1).toByteArray().split('&')) {
        const qsizetype equals = pair.indexOf('=');
        text += std::exchange(mark, '&');
        if (equals > 0 && isSecretName(QByteArrayView(pair).first(equals))) {
            noteSecret("key", QByteArray::fromPercentEncoding(pair.sliced(equals + 1)));
            text += pair.first(equals + 1) + kBlank.toByteArray();
        } else {
            text += pair;
        }
    }
    return text;
}

void Recording::addField(QByteArray &head, QByteArrayView name, QByteArrayView value)
{
    if (head.size() > kMostCapturedHead)
        return;
    const bool isSecret = isSecretName(name) && !isTokenCount(name);
    if (isSecret)
        noteSecret(name, value);
    head.append(name).append(": ").append(isSecret ? kBlank : value).append("\r\n");
}

// ---- the client's stream

void RecordedStream::begin(int status, QByteArrayView fields, qint64 length)
{
    m_recording->replyBegun(status, fields, m_isJsonStream);
    m_stream->begin(status, fields, length);
}

bool RecordedStream::write(QByteArrayView bytes)
{
    m_recording->replied(bytes);
    return m_stream->write(bytes);
}

bool RecordedStream::write(QByteArray bytes)
{
    m_recording->replied(bytes);
    return m_stream->write(std::move(bytes));
}

} // namespace sb::gateway
