#include "models/captured_text.h"

#include "translate/translator.h"
#include "words/plain.h"
#include "json/reader.h"
#include "json/writer.h"

namespace sb::models {

using Piece = ConversationPiece;
using Kind = ConversationPiece::Kind;

namespace {

constexpr int kWholeMessages = 2; // in the document's object, in its list of messages
constexpr qsizetype kPreview = 400; // bytes of an event that one line may need

QByteArray plainJson(const QByteArray &text)
{
    return indented(text).value_or(text);
}

// Bytes of a conversation refer to its body, which goes first: pieces keep their own.
void own(QList<Piece> &pieces, qsizetype from)
{
    for (qsizetype i = from; i < pieces.size(); ++i) {
        for (QByteArray *bytes : {&pieces[i].name, &pieces[i].text})
            *bytes
                = bytes->isEmpty() ? QByteArray() : QByteArray(bytes->constData(), bytes->size());
    }
}

class Gatherer {
public:
    Gatherer(QList<Piece> &pieces, bool isAnswer)
        : m_pieces(pieces)
        , m_isAnswer(isAnswer)
    {
    }

    void take(chat::Role role, const std::vector<chat::Part> &parts)
    {
        for (const chat::Part &part : parts)
            take(role, part);
    }

    void takeTools(const std::vector<chat::Tool> &tools)
    {
        if (tools.empty())
            return;
        QByteArray lines;
        for (const chat::Tool &tool : tools) {
            const QByteArray says = tool.description.toPlain();
            const qsizetype end = says.indexOf('\n');
            lines += (lines.isEmpty() ? "" : "\n") + (tool.name.isEmpty() ? tool.type : tool.name);
            if (!says.isEmpty())
                lines += ": " + (end < 0 ? says : says.first(end));
        }
        Piece &piece = add(Kind::Tools, chat::Role::System);
        piece.text = lines;
        piece.size = qint64(tools.size());
    }

private:
    Piece &add(Kind kind, chat::Role role)
    {
        m_pieces.append(Piece{.kind = kind, .role = role, .isAnswer = m_isAnswer});
        return m_pieces.last();
    }

    void take(chat::Role role, const chat::Part &part)
    {
        if (const auto *text = part.as<chat::TextPart>()) {
            add(Kind::Text, role).text = text->text.toPlain();
        } else if (const auto *refusal = part.as<chat::RefusalPart>()) {
            add(Kind::Refusal, role).text = refusal->text.toPlain();
        } else if (const auto *media = part.as<chat::MediaPart>()) {
            takeMedia(role, *media);
        } else if (const auto *call = part.as<chat::ToolCall>()) {
            Piece &piece = add(Kind::ToolCall, role);
            piece.name = call->name;
            piece.text = plainJson(call->arguments.toPlain());
        } else if (const auto *result = part.as<chat::ToolResult>()) {
            takeResult(role, *result);
        } else if (const auto *reasoning = part.as<chat::Reasoning>()) {
            QByteArray text = reasoning->text.toPlain();
            for (const chat::Text &paragraph : reasoning->summary)
                text += (text.isEmpty() ? "" : "\n\n") + paragraph.toPlain();
            Piece &piece = add(Kind::Reasoning, role);
            piece.text = text;
            piece.isHidden = text.isEmpty();
        } else if (const auto *opaque = part.as<chat::OpaquePart>()) {
            Piece &piece = add(Kind::Opaque, role);
            piece.name = opaque->type;
            piece.text
                = opaque->readable.isEmpty() ? plainJson(opaque->raw) : opaque->readable.toPlain();
        }
    }

    void takeMedia(chat::Role role, const chat::MediaPart &media)
    {
        Piece &piece = add(Kind::Media, role);
        piece.media = media.kind;
        piece.name = media.mime;
        const chat::TextView data = media.data;
        if (media.source == chat::MediaSource::Base64) {
            const qsizetype padding = data.bytes.endsWith("==") ? 2 : data.bytes.endsWith('=');
            piece.size = data.size() / 4 * 3 - padding;
        } else {
            piece.text = media.data.toPlain();
            piece.size = media.source == chat::MediaSource::Text ? data.size() : -1;
        }
    }

    void takeResult(chat::Role role, const chat::ToolResult &result)
    {
        QByteArray text = result.objectRaw.isEmpty() ? QByteArray() : plainJson(result.objectRaw);
        for (const chat::Part &inner : result.parts) {
            if (const auto *said = inner.as<chat::TextPart>())
                text += (text.isEmpty() ? "" : "\n") + said->text.toPlain();
        }
        {
            Piece &piece = add(Kind::ToolResult, role);
            piece.name = result.name;
            piece.text = text;
            piece.isError = result.isError;
        }
        for (const chat::Part &inner : result.parts) {
            if (!inner.is<chat::TextPart>())
                take(role, inner);
        }
    }

    QList<Piece> &m_pieces;
    bool m_isAnswer;
};

// Results that name their call only by its id get the tool's name.
void nameResults(const std::vector<chat::Turn> &turns, QList<Piece> &pieces)
{
    QList<QByteArray> names; // of the results, in order
    std::vector<std::pair<QByteArray, QByteArray>> calls;
    for (const chat::Turn &turn : turns) {
        for (const chat::Part &part : turn.parts) {
            if (const auto *call = part.as<chat::ToolCall>())
                calls.emplace_back(call->id, call->name);
            const auto *result = part.as<chat::ToolResult>();
            if (!result)
                continue;
            QByteArray name = result->name;
            for (auto it = calls.rbegin(); name.isEmpty() && it != calls.rend(); ++it) {
                if (it->first == result->callId)
                    name = it->second;
            }
            names.append(name);
        }
    }
    qsizetype next = 0;
    for (Piece &piece : pieces) {
        if (piece.kind == Kind::ToolResult && !piece.isAnswer && next < names.size())
            piece.name = names[next++];
    }
}

void takeAnswer(const CapturedExchange &captured, const Ask &ask,
                const translate::Translator &translator, Conversation &to)
{
    const CapturedMessage &reply = captured.reply;
    to.isAnswerCut = reply.body.isTruncated();
    const QByteArray status = readHead(reply.head).start.mid(9, 1); // "HTTP/1.1 200 OK"
    if (reply.body.bytes.isEmpty() || (!status.isEmpty() && status != "2"))
        return;
    translate::DecodeOptions options;
    chat::Reply answer;
    const bool isStream = !reply.events.isEmpty()
        || readHead(reply.head).field("content-type").startsWith("text/event-stream");
    if (isStream || ask.isStream) {
        const auto decoder = translator.makeDecoder(options);
        if (!decoder)
            return;
        answer = translate::collect(*decoder, reply.body.bytes);
    } else if (reply.body.isTruncated()) {
        if (const auto closed = closedJson(reply.body.bytes))
            answer = translator.decodeReply(*closed, options);
    } else {
        answer = translator.decodeReply(reply.body.bytes, options);
    }
    const qsizetype from = to.pieces.size();
    Gatherer(to.pieces, true).take(chat::Role::Assistant, answer.parts);
    own(to.pieces, from);
}

} // namespace

// ---- heads and text ----

QByteArray MessageHead::field(QByteArrayView name) const
{
    for (const auto &[key, value] : fields) {
        if (QByteArrayView(key).compare(name, Qt::CaseInsensitive) == 0)
            return value;
    }
    return {};
}

QByteArray MessageHead::target() const
{
    const qsizetype from = start.indexOf(' ') + 1;
    const qsizetype to = start.indexOf(' ', from);
    return from > 0 ? start.mid(from, to < 0 ? -1 : to - from) : QByteArray();
}

MessageHead readHead(const QByteArray &head)
{
    MessageHead read;
    const QList<QByteArray> lines = head.split('\n');
    for (const QByteArray &line : lines) {
        const QByteArray text = line.trimmed();
        if (read.start.isEmpty()) {
            read.start = text;
            continue;
        }
        const qsizetype colon = text.indexOf(':');
        if (colon > 0)
            read.fields.append({text.first(colon).trimmed(), text.mid(colon + 1).trimmed()});
    }
    return read;
}

std::optional<QByteArray> indented(QByteArrayView json)
{
    const QByteArrayView text = json.trimmed();
    if (text.isEmpty() || (text.front() != '{' && text.front() != '['))
        return std::nullopt;
    const Result<json::Value> value = json::read(text);
    if (!value)
        return std::nullopt;
    json::Writer writer(json::Writer::Style::Pretty);
    writer.value(*value);
    return writer.take();
}

std::optional<QByteArray> closedJson(QByteArrayView cut, int depth)
{
    QByteArray open; // brackets, outermost first
    QByteArray openAtSafe;
    qsizetype safe = -1; // where a whole value has just ended
    bool isInString = false;
    const auto endAt = [&](qsizetype at) {
        if (open.size() > depth)
            return;
        safe = at;
        openAtSafe = open;
    };
    for (qsizetype i = 0; i < cut.size(); ++i) {
        const char c = cut[i];
        if (isInString) {
            if (c == '\\')
                ++i;
            else if (c == '"')
                isInString = false;
            continue;
        }
        switch (c) {
        case '"':
            isInString = true;
            break;
        case '{':
        case '[':
            open += c;
            endAt(i + 1); // ended right here it would be empty, which is sound too
            break;
        case '}':
        case ']':
            if (open.isEmpty())
                return std::nullopt;
            open.chop(1);
            endAt(i + 1);
            break;
        case ',':
            endAt(i);
            break;
        default:
            break;
        }
    }
    if (safe < 0)
        return std::nullopt;
    QByteArray closed = cut.first(safe).toByteArray();
    for (qsizetype i = openAtSafe.size(); i-- > 0;)
        closed += openAtSafe[i] == '{' ? '}' : ']';
    return closed;
}

QString readable(QByteArrayView bytes)
{
    QString out;
    const QString text = QString::fromUtf8(bytes);
    out.reserve(text.size());
    for (QStringView rest = text; !rest.isNull();) {
        const qsizetype end = rest.indexOf(u'\n');
        QStringView line = end < 0 ? rest : rest.first(end);
        rest = end < 0 ? QStringView() : rest.sliced(end + 1);
        if (line.endsWith(u'\r'))
            line.chop(1);
        out += words::visible(line.toString());
        if (end >= 0)
            out += u'\n';
    }
    return out;
}

// ---- the conversation ----

Conversation conversationOf(const CapturedExchange &captured, const Ask &ask)
{
    Conversation to;
    const translate::Translator *translator = translate::translatorFor(ask.dialect);
    if (ask.endpoint != Endpoint::Generate || !translator) {
        to.problem = Conversation::Problem::NotChat;
        return to;
    }
    const CapturedBody &body = captured.request.body;
    to.isRequestCut = body.isTruncated();
    const std::optional<QByteArray> whole
        = to.isRequestCut ? closedJson(body.bytes) : std::optional(body.bytes);
    if (!whole || whole->isEmpty()) {
        to.problem = Conversation::Problem::NoRequest;
        return to;
    }
    const MessageHead head = readHead(captured.request.head);
    const QByteArray target = head.target();
    const qsizetype mark = target.indexOf('?');
    translate::RequestHead around;
    around.path = mark < 0 ? target : target.first(mark);
    around.query = mark < 0 ? QByteArray() : target.mid(mark + 1);
    around.betas = head.field("anthropic-beta");
    around.version = head.field("anthropic-version");
    chat::Changes changes;
    chat::Request request = translator->decodeRequest(around, *whole, changes);
    if (to.isRequestCut && changes.isRejected()) {
        // The half of a message that was left is not sound: whole messages only.
        if (const auto shorter = closedJson(body.bytes, kWholeMessages)) {
            changes = chat::Changes();
            request = translator->decodeRequest(around, *shorter, changes);
        }
    }
    Gatherer gather(to.pieces, false);
    gather.takeTools(request.tools);
    for (const chat::Turn &turn : request.instructions)
        gather.take(turn.role, turn.parts);
    for (const chat::Turn &turn : request.turns)
        gather.take(turn.role, turn.parts);
    nameResults(request.turns, to.pieces);
    own(to.pieces, 0);
    if (to.pieces.isEmpty() && changes.isRejected()) {
        to.problem = Conversation::Problem::Unreadable;
        to.detail = changes.rejection()->message;
    }
    takeAnswer(captured, ask, *translator, to);
    return to;
}

// ---- streams ----

QByteArrayView eventBytes(const CapturedMessage &message, const CapturedEvent &event)
{
    const QByteArray &bytes = message.body.bytes;
    if (event.from < 0 || event.size <= 0 || event.from >= bytes.size())
        return {};
    const qint64 size = std::min<qint64>(event.size, bytes.size() - event.from);
    return QByteArrayView(bytes).sliced(qsizetype(event.from), qsizetype(size));
}

EventLine eventLine(const CapturedMessage &message, const CapturedEvent &event)
{
    EventLine line;
    const QByteArrayView bytes = eventBytes(message, event);
    line.isKept = !bytes.isEmpty() && bytes.size() == event.size;
    for (QByteArrayView rest = bytes; !rest.isEmpty() && line.data.size() < kPreview;) {
        const qsizetype end = rest.indexOf('\n');
        const QByteArrayView one = (end < 0 ? rest : rest.first(end)).trimmed();
        rest = end < 0 ? QByteArrayView() : rest.sliced(end + 1);
        if (one.startsWith("event:"))
            line.name = one.sliced(6).trimmed().toByteArray();
        else if (one.startsWith("data:"))
            line.data += one.sliced(5).trimmed().first(
                std::min(kPreview, one.sliced(5).trimmed().size()));
        else
            line.data += one.first(std::min(kPreview, one.size()));
    }
    if (line.name.isEmpty()) {
        const qsizetype at = line.data.indexOf("\"type\":");
        const qsizetype from = at < 0 ? -1 : line.data.indexOf('"', at + 7);
        const qsizetype to = from < 0 ? -1 : line.data.indexOf('"', from + 1);
        if (to > from && from >= 0 && to - from < 64)
            line.name = line.data.mid(from + 1, to - from - 1);
        else if (line.data == "[DONE]")
            line.name = line.data;
    }
    return line;
}

} // namespace sb::models
