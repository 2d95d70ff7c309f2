#include "sim/translated.h"

#include "translate/translator.h"
#include "json/reader.h"

namespace sb::sim {

namespace {

constexpr int kArgumentPiece = 12; // bytes of tool arguments per event
constexpr int kCharactersPerToken = 4;
constexpr int kTokensPerImage = 85;
constexpr int kTokensPerMessage = 4;

QByteArray plainText(const std::vector<chat::Part> &parts)
{
    QByteArray text;
    for (const chat::Part &part : parts) {
        if (const auto *said = part.as<chat::TextPart>()) {
            if (!text.isEmpty())
                text += '\n';
            text += said->text.toPlain();
        }
    }
    return text;
}

QByteArray mediaLabel(const chat::MediaPart &media)
{
    const QByteArray data = media.data.toPlain();
    if (media.source != chat::MediaSource::Base64)
        return "url:" + data.first(qMin<qsizetype>(data.size(), 200));
    return media.mime + ':' + QByteArray::number(QByteArray::fromBase64(data).size());
}

void readTurn(const chat::Turn &turn, Ask &ask, qint64 &characters)
{
    const QByteArray text = plainText(turn.parts);
    characters += text.size();
    ask.promptTokens += kTokensPerMessage;
    ask.toolResult.reset();
    if (turn.role != chat::Role::User)
        return;
    QList<QByteArray> images;
    for (const chat::Part &part : turn.parts) {
        if (const auto *result = part.as<chat::ToolResult>()) {
            const QByteArray said
                = result->objectRaw.isEmpty() ? plainText(result->parts) : result->objectRaw;
            characters += said.size();
            ask.toolResult = ask.toolResult.value_or(QByteArray()) + said;
        } else if (const auto *media = part.as<chat::MediaPart>()) {
            images.append(mediaLabel(*media));
            ask.promptTokens += kTokensPerImage;
        }
    }
    if (ask.toolResult && text.isEmpty())
        return; // the question it belongs to stays the last one
    ask.text = text;
    ask.images = images;
}

std::optional<QByteArray> demandedTool(const chat::ToolChoice &choice)
{
    using Mode = chat::ToolChoice::Mode;
    if (choice.mode == Mode::Required)
        return QByteArray("");
    if ((choice.mode == Mode::One || choice.mode == Mode::SubsetRequired) && !choice.names.empty())
        return choice.names.front();
    return std::nullopt;
}

translate::EncodeOptions optionsFor(const Ask &ask, const Answer &answer)
{
    translate::EncodeOptions options;
    options.model = answer.model;
    options.asksUsage = true;
    options.path = ask.path;
    options.query = ask.query;
    options.createdSeconds = answer.created;
    options.promptTokens = answer.promptTokens;
    return options;
}

Usage usageOf(const Answer &answer)
{
    Usage usage;
    usage.input = answer.promptTokens;
    usage.output = answer.outputTokens;
    usage.source = UsageSource::Reported;
    return usage;
}

chat::Finish finishOf(const Answer &answer)
{
    return answer.isCutShort     ? chat::Finish::Length
        : answer.calls.isEmpty() ? chat::Finish::Stop
                                 : chat::Finish::ToolCalls;
}

QByteArray callId(const Answer &answer, qsizetype index)
{
    return "call_" + answer.id.right(12) + '_' + QByteArray::number(index);
}

dialect::ClientError clientError(int status, QByteArrayView message)
{
    dialect::ClientError error;
    error.code = Code::UpstreamError;
    error.status = status;
    error.message = message.toByteArray();
    return error;
}

// Plays an answer into an encoder and keeps what comes out, event by event.
class Player {
public:
    Player(const Ask &ask, const Answer &answer)
        : m_answer(answer)
        , m_encoder(
              translate::translatorFor(dialectOf(ask.shape))->makeEncoder(optionsFor(ask, answer)))
    {
    }

    QList<Event> play()
    {
        chat::Event start;
        start.kind = chat::Event::Kind::Start;
        start.id = m_answer.id;
        start.name = m_answer.model;
        start.createdSeconds = m_answer.created;
        give(start);
        if (!m_answer.tokens.isEmpty())
            playText();
        for (qsizetype i = 0; i < m_answer.calls.size(); ++i)
            playCall(i);
        const Usage usage = usageOf(m_answer);
        chat::Event used;
        used.kind = chat::Event::Kind::Usage;
        used.usage = &usage;
        give(used);
        chat::Event finish;
        finish.kind = chat::Event::Kind::Finish;
        finish.finish = finishOf(m_answer);
        give(finish);
        chat::Event end;
        end.kind = chat::Event::Kind::End;
        end.isClean = true;
        give(end);
        return std::move(m_events);
    }

private:
    void playText()
    {
        chat::Event event;
        event.kind = chat::Event::Kind::Open;
        event.partKind = chat::PartKind::Text;
        event.part = m_part;
        give(event);
        for (const QByteArray &token : m_answer.tokens) {
            event.kind = chat::Event::Kind::Delta;
            event.deltaKind = chat::DeltaKind::Text;
            event.text = chat::TextView::plain(token);
            give(event, true);
        }
        close(chat::PartKind::Text);
    }

    void playCall(qsizetype index)
    {
        const ToolCall &call = m_answer.calls[index];
        const QByteArray id = callId(m_answer, index);
        chat::Event event;
        event.kind = chat::Event::Kind::Open;
        event.partKind = chat::PartKind::Call;
        event.part = m_part;
        event.id = id;
        event.name = call.name;
        give(event, true);
        event.kind = chat::Event::Kind::Delta;
        event.deltaKind = chat::DeltaKind::Arguments;
        QByteArrayView rest = call.arguments;
        while (!rest.isEmpty()) {
            qsizetype size = qMin<qsizetype>(kArgumentPiece, rest.size());
            while (size < rest.size() && (uchar(rest[size]) & 0xC0) == 0x80)
                ++size;
            event.text = chat::TextView::plain(rest.first(size));
            rest = rest.sliced(size);
            give(event, true);
        }
        close(chat::PartKind::Call);
    }

    void close(chat::PartKind kind)
    {
        chat::Event event;
        event.kind = chat::Event::Kind::Close;
        event.partKind = kind;
        event.part = m_part++;
        give(event);
    }

    void give(const chat::Event &event, bool isContent = false)
    {
        m_encoder->event(event);
        if (const QByteArray bytes = m_encoder->take(); !bytes.isEmpty())
            m_events.append({bytes, isContent || (!m_hadContent && m_encoder->hasContent())});
        m_hadContent = m_encoder->hasContent();
    }

    const Answer &m_answer;
    std::unique_ptr<translate::StreamEncoder> m_encoder;
    QList<Event> m_events;
    int m_part = 0;
    bool m_hadContent = false;
};

} // namespace

DialectId dialectOf(Shape shape)
{
    switch (shape) {
    case Shape::OpenAi:
        return DialectId::OpenAiChat;
    case Shape::Anthropic:
        return DialectId::Anthropic;
    case Shape::Responses:
        return DialectId::OpenAiResponses;
    case Shape::Gemini:
        return DialectId::Gemini;
    case Shape::Ollama:
        return DialectId::Ollama;
    }
    return DialectId::OpenAiChat;
}

std::optional<Ask> readTranslatedAsk(const Route &route, const http::RequestHead &head,
                                     QByteArrayView body, QByteArray &why)
{
    translate::RequestHead around;
    around.path = head.path;
    around.query = head.query;
    // simdjson reads up to 64 bytes behind the end.
    QByteArray bytes;
    bytes.reserve(body.size() + 64);
    bytes.append(body);
    chat::Changes changes;
    const chat::Request request
        = translate::translatorFor(dialectOf(route.shape))->decodeRequest(around, bytes, changes);
    if (changes.isRejected()) {
        why = changes.rejection()->message;
        return std::nullopt;
    }
    Ask ask;
    ask.shape = route.shape;
    ask.path = around.path;
    ask.query = around.query;
    ask.model = request.model.isEmpty() ? route.model : request.model;
    if (ask.model.isEmpty()) {
        why = "you must provide a model parameter";
        return std::nullopt;
    }
    ask.isStream = request.isStream;
    ask.wantsUsage = true;
    ask.maxTokens = request.maxOutput.value_or(0);
    qint64 characters = 0;
    for (const chat::Turn &turn : request.instructions)
        characters += plainText(turn.parts).size();
    for (const chat::Turn &turn : request.turns)
        readTurn(turn, ask, characters);
    ask.promptTokens += (characters + kCharactersPerToken - 1) / kCharactersPerToken;
    QList<Tool> tools;
    for (const chat::Tool &tool : request.tools) {
        const auto schema = json::read(tool.schemaRaw);
        tools.append({tool.name, schema ? *schema : json::Value()});
    }
    decide(ask, tools, demandedTool(request.toolChoice));
    return ask;
}

QByteArray translatedBody(const Ask &ask, const Answer &answer)
{
    chat::Reply reply;
    reply.id = answer.id;
    reply.model = answer.model;
    reply.createdSeconds = answer.created;
    if (!answer.tokens.isEmpty())
        reply.parts.push_back(chat::textPart(chat::Text::plain(answer.tokens.join())));
    for (qsizetype i = 0; i < answer.calls.size(); ++i) {
        chat::ToolCall call;
        call.id = callId(answer, i);
        call.name = answer.calls[i].name;
        call.arguments = chat::Text::plain(answer.calls[i].arguments);
        reply.parts.push_back(chat::Part(std::move(call)));
    }
    reply.finish = finishOf(answer);
    reply.usage = usageOf(answer);
    return translate::translatorFor(dialectOf(ask.shape))
        ->encodeReply(reply, optionsFor(ask, answer), {});
}

QList<Event> translatedEvents(const Ask &ask, const Answer &answer)
{
    return Player(ask, answer).play();
}

QByteArrayView translatedStreamType(const Ask &ask)
{
    translate::EncodeOptions options;
    options.path = ask.path;
    options.query = ask.query;
    return translate::translatorFor(dialectOf(ask.shape))->streamContentType(options);
}

QByteArray translatedError(Shape shape, int status, QByteArrayView message)
{
    return dialect::errorBody(dialectOf(shape), clientError(status, message));
}

Event translatedErrorEvent(Shape shape, int status, QByteArrayView message)
{
    return {dialect::streamError(dialectOf(shape), clientError(status, message)), false};
}

} // namespace sb::sim
