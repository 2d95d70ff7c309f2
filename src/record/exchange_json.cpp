#include "record/exchange_json.h"

#include "record/names.h"

#include <charconv>

namespace sb {

namespace {
// Characters that change what a reader of a terminal or a log sees. [robustness §7.15]
bool isUnseen(char16_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x061c || c == 0x200e || c == 0x200f
        || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

void appendNumber(QByteArray &out, qint64 value)
{
    char text[24];
    const auto end = std::to_chars(text, text + sizeof text, value).ptr;
    out.append(text, end - text);
}

void appendUtf8(QByteArray &out, char32_t c)
{
    if (c < 0x80) {
        out += char(c);
    } else if (c < 0x800) {
        out += char(0xc0 | (c >> 6));
        out += char(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        out += char(0xe0 | (c >> 12));
        out += char(0x80 | ((c >> 6) & 0x3f));
        out += char(0x80 | (c & 0x3f));
    } else {
        out += char(0xf0 | (c >> 18));
        out += char(0x80 | ((c >> 12) & 0x3f));
        out += char(0x80 | ((c >> 6) & 0x3f));
        out += char(0x80 | (c & 0x3f));
    }
}

// Microseconds as decimal milliseconds, exact: 12345 → 12.345.
void appendMillis(QByteArray &out, Micros at)
{
    const qint64 micros = at.count();
    appendNumber(out, micros / 1000);
    if (int rest = int(micros % 1000); rest != 0) {
        char digits[4]
            = {'.', char('0' + rest / 100), char('0' + rest / 10 % 10), char('0' + rest % 10)};
        int length = 4;
        while (digits[length - 1] == '0')
            --length;
        out.append(digits, length);
    }
}

// Writes one JSON text; knows only where a comma belongs.
class Json {
public:
    explicit Json(QByteArray &out)
        : m_out(out)
    {
    }

    void begin() { open('{'); }
    void begin(const char *key) { name(key), open('{'); }
    void end() { close('}'); }
    void beginList(const char *key) { name(key), open('['); }
    void endList() { close(']'); }

    void text(const char *key, QStringView value) { name(key), item(value); }
    void word(const char *key, QByteArrayView value)
    {
        name(key);
        m_out += '"';
        m_out += value; // one of our own words: plain ASCII
        m_out += '"';
        m_needsComma = true;
    }
    void item(QStringView value)
    {
        comma();
        appendJsonString(m_out, value);
        m_needsComma = true;
    }
    void number(const char *key, qint64 value)
    {
        name(key);
        appendNumber(m_out, value);
        m_needsComma = true;
    }
    void raw(const char *key, QByteArrayView value)
    {
        name(key);
        m_out += value;
        m_needsComma = true;
    }
    void flag(const char *key, bool value) { raw(key, value ? "true" : "false"); }
    void none(const char *key) { raw(key, "null"); }
    void at(const char *key, Micros value)
    {
        if (value < Micros(0))
            return none(key);
        name(key);
        appendMillis(m_out, value);
        m_needsComma = true;
    }

private:
    void comma()
    {
        if (m_needsComma)
            m_out += ',';
        m_needsComma = false;
    }
    void name(const char *key)
    {
        comma();
        m_out += '"';
        m_out += key;
        m_out += "\":";
    }
    void open(char c)
    {
        comma();
        m_out += c;
    }
    void close(char c)
    {
        m_out += c;
        m_needsComma = true;
    }

    QByteArray &m_out;
    bool m_needsComma = false;
};

void write(Json &json, const TargetRef &target)
{
    json.text("provider", target.provider.text());
    json.text("model", target.model);
    if (target.key.isEmpty())
        json.none("key");
    else
        json.text("key", target.key.text());
}

bool isPriced(CostSource source)
{
    return source != CostSource::None && source != CostSource::Unpriced;
}

void write(Json &json, const Usage &usage, CostSource source, Money cost)
{
    json.begin("usage");
    json.number("input", usage.input);
    json.number("cache_read", usage.cacheRead);
    json.number("cache_write", usage.cacheWrite);
    json.number("cache_write_1h", usage.cacheWrite1h);
    json.number("input_audio", usage.inputAudio);
    json.number("output", usage.output);
    json.number("output_audio", usage.outputAudio);
    json.number("reasoning", usage.reasoning);
    json.word("source", name(usage.source));
    json.flag("is_odd", usage.isOdd);
    // Dollars as an exact decimal; an unknown price is never shown as 0. [contract §3]
    if (isPriced(source))
        json.raw("cost", cost.dollars());
    else
        json.none("cost");
    json.end();
}

void writeBody(Json &json, const Decision &decision)
{
    json.word("source", name(decision.source));
    if (decision.chain.isEmpty())
        json.none("chain");
    else
        json.text("chain", decision.chain.text());
    json.beginList("candidates");
    for (const Candidate &candidate : decision.candidates) {
        json.begin();
        json.number("rank", candidate.rank);
        write(json, candidate.target);
        json.word("fate", name(candidate.fate));
        if (candidate.reason == SkipReason::None)
            json.none("reason");
        else
            json.word("reason", name(candidate.reason));
        if (candidate.untilWallMs == 0)
            json.none("until_wall_ms");
        else
            json.number("until_wall_ms", candidate.untilWallMs);
        json.word("dialect", name(candidate.dialect));
        if (!candidate.detail.isEmpty())
            json.text("detail", candidate.detail);
        json.end();
    }
    json.endList();
}

void write(Json &json, const Attempt &attempt)
{
    json.begin();
    json.number("ordinal", attempt.ordinal);
    json.number("rank", attempt.rank);
    write(json, attempt.target);
    json.word("dialect", name(attempt.dialect));
    json.word("stage", name(attempt.stage));
    json.word("outcome", name(attempt.outcome));
    json.word("next", name(attempt.next));
    if (attempt.notRepeated == SkipReason::None)
        json.none("not_repeated");
    else
        json.word("not_repeated", name(attempt.notRepeated));
    if (attempt.status == 0)
        json.none("status");
    else
        json.number("status", attempt.status);
    if (attempt.message.isEmpty())
        json.none("message");
    else
        json.text("message", attempt.message);
    if (attempt.hint < Millis(0))
        json.none("hint_ms");
    else
        json.number("hint_ms", attempt.hint.count());
    json.flag("is_probe", attempt.isProbe);
    json.flag("is_reused", attempt.isReused);
    json.flag("is_resumed", attempt.isResumed);
    json.flag("is_committed", attempt.isCommitted);
    json.flag("is_bad_tool_json", attempt.isBadToolJson);
    if (attempt.isInjected)
        json.flag("is_injected", true);
    if (attempt.servedModel.isEmpty())
        json.none("served_model");
    else
        json.text("served_model", attempt.servedModel);
    write(json, attempt.usage, attempt.costSource, attempt.cost);
    json.number("cost_nusd", attempt.cost.nano);
    json.number("uncertain_nusd", attempt.uncertain.nano);
    json.number("reserved_nusd", attempt.reserved.nano);
    json.word("cost_source", name(attempt.costSource));
    json.at("started_ms", attempt.startedAt);
    json.at("connected_ms", attempt.connectedAt);
    json.at("sent_ms", attempt.sentAt);
    json.at("head_ms", attempt.headAt);
    json.at("first_content_ms", attempt.firstContentAt);
    json.at("ended_ms", attempt.endedAt);
    json.number("reply_bytes", attempt.replyBytes);
    json.end();
}

void write(Json &json, const Ask &ask)
{
    json.begin("ask");
    json.word("dialect", name(ask.dialect));
    json.word("endpoint", name(ask.endpoint));
    json.word("kind", name(ask.kind));
    json.text("model", ask.model);
    json.beginList("models");
    for (const QString &model : ask.models)
        json.item(model);
    json.endList();
    json.flag("is_stream", ask.isStream);
    json.flag("has_tools", ask.hasTools);
    json.flag("has_images", ask.hasImages);
    json.flag("has_schema", ask.hasSchema);
    json.flag("is_no_failover", ask.isNoFailover);
    json.number("body_bytes", ask.bodyBytes);
    json.number("prompt_tokens", ask.promptTokens);
    if (ask.maxTokens == 0)
        json.none("max_tokens");
    else
        json.number("max_tokens", ask.maxTokens);
    if (ask.session.isEmpty())
        json.none("session");
    else
        json.text("session", ask.session);
    json.beginList("tags");
    for (const QString &tag : ask.tags)
        json.item(tag);
    json.endList();
    json.word("log", name(ask.log));
    json.end();
}

void write(Json &json, const Settlement &settlement)
{
    json.begin("settlement");
    json.number("cost_nusd", settlement.cost.nano);
    json.number("uncertain_nusd", settlement.uncertain.nano);
    json.word("source", name(settlement.source));
    write(json, settlement.usage, settlement.source, settlement.cost);
    if (settlement.priceDate.isEmpty())
        json.none("price_date");
    else
        json.text("price_date", QString::fromUtf8(settlement.priceDate));
    json.flag("is_drill", settlement.isDrill);
    json.end();
}

void write(Json &json, const Exchange &exchange)
{
    const Outcome &outcome = exchange.outcome;
    json.begin("outcome");
    json.word("kind", name(outcome.kind));
    if (outcome.code == Code::None)
        json.none("code");
    else
        json.word("code", codeName(outcome.code));
    if (outcome.status == 0)
        json.none("status");
    else
        json.number("status", outcome.status);
    // The attempt's ordinal: an index would be one off for people who count tries.
    if (const Attempt *server = exchange.server())
        json.number("served_by", server->ordinal);
    else
        json.none("served_by");
    json.flag("is_failover", outcome.isFailover);
    json.flag("is_diverted", outcome.isDiverted);
    json.end();
}
} // namespace

void appendJsonString(QByteArray &out, QStringView text)
{
    static constexpr char kHex[] = "0123456789abcdef";
    out.reserve(out.size() + text.size() + 2);
    out += '"';
    for (qsizetype i = 0; i < text.size(); ++i) {
        const char16_t c = text[i].unicode();
        if (c == u'"' || c == u'\\') {
            out += '\\';
            out += char(c);
        } else if (c == u'\n') {
            out += "\\n";
        } else if (isUnseen(c)) {
            const char escape[]
                = {'\\', 'u', kHex[c >> 12], kHex[c >> 8 & 15], kHex[c >> 4 & 15], kHex[c & 15]};
            out.append(escape, sizeof escape);
        } else if (QChar::isHighSurrogate(c) && i + 1 < text.size()
                   && text[i + 1].isLowSurrogate()) {
            appendUtf8(out, QChar::surrogateToUcs4(c, text[++i].unicode()));
        } else {
            appendUtf8(out, QChar::isSurrogate(c) ? char32_t(0xfffd) : char32_t(c));
        }
    }
    out += '"';
}

QByteArray toJson(const Exchange &exchange)
{
    QByteArray out;
    out.reserve(1024 + 768 * exchange.attempts.size());
    Json json(out);
    json.begin();
    json.word("id", exchange.id.text());
    json.word("phase", name(exchange.phase));
    json.number("revision", exchange.revision);
    json.text("client", exchange.client.text());
    if (!exchange.replayOf.isNull())
        json.word("replay_of", exchange.replayOf.text());
    // Who opened the connection; unknown is null.
    if (exchange.caller.program.isEmpty())
        json.none("caller_program");
    else
        json.text("caller_program", exchange.caller.program);
    if (exchange.caller.folder.isEmpty())
        json.none("caller_folder");
    else
        json.text("caller_folder", exchange.caller.folder);
    json.number("wall_ms", exchange.wallMs);
    write(json, exchange.ask);
    json.begin("decision");
    writeBody(json, exchange.decision);
    json.end();
    json.beginList("attempts");
    for (const Attempt &attempt : exchange.attempts)
        write(json, attempt);
    json.endList();
    write(json, exchange.settlement);
    write(json, exchange);
    json.at("decided_ms", exchange.decidedAt);
    json.at("committed_ms", exchange.committedAt);
    json.at("first_content_ms", exchange.firstContentAt);
    json.at("ended_ms", exchange.endedAt);
    json.number("overhead_us", exchange.overhead.count());
    json.number("reply_bytes", exchange.replyBytes);
    json.end();
    return out;
}

QByteArray toJson(const Decision &decision)
{
    QByteArray out;
    Json json(out);
    json.begin();
    writeBody(json, decision);
    json.end();
    return out;
}

namespace {
// Fields of one CSV line.
class Row {
public:
    void text(QStringView value)
    {
        QByteArray bytes = value.toUtf8();
        // A spreadsheet would run these as formulas. [robustness §7.15]
        if (!bytes.isEmpty() && QByteArrayView("=+-@\t\r\0", 7).contains(bytes[0]))
            bytes.prepend('\'');
        comma();
        const bool isPlain = std::none_of(bytes.cbegin(), bytes.cend(), [](char c) {
            return c == '"' || c == ',' || c == '\r' || c == '\n' || c == '\0' || c == '\t';
        });
        if (isPlain) {
            m_out += bytes;
        } else {
            m_out += '"';
            m_out += bytes.replace('"', "\"\"");
            m_out += '"';
        }
    }
    void word(QByteArrayView value)
    {
        comma();
        m_out += value;
    }
    void number(qint64 value)
    {
        comma();
        appendNumber(m_out, value);
    }
    void positive(qint64 value) { value > 0 ? number(value) : comma(); }
    void flag(bool value) { word(value ? "true" : "false"); }
    void at(Micros value)
    {
        comma();
        if (value >= Micros(0))
            appendMillis(m_out, value);
    }
    QByteArray end()
    {
        m_out += "\r\n";
        return std::move(m_out);
    }

private:
    void comma()
    {
        if (m_isStarted)
            m_out += ',';
        m_isStarted = true;
    }

    QByteArray m_out;
    bool m_isStarted = false;
};
} // namespace

QByteArray csvHeader()
{
    return QByteArrayLiteral(
        "id,wall_ms,client,dialect,endpoint,model,is_stream,route_source,chain,outcome,code,status,"
        "provider,served_model,attempts,is_failover,is_diverted,is_drill,input,cache_read,"
        "cache_write,cache_write_1h,input_audio,output,output_audio,reasoning,usage_source,"
        "cost_nusd,uncertain_nusd,cost_source,price_date,first_content_ms,ended_ms,overhead_us,"
        "body_bytes,reply_bytes,revision,session,tags,caller_program,caller_folder\r\n");
}

QByteArray csvRow(const Exchange &exchange)
{
    const Ask &ask = exchange.ask;
    const Outcome &outcome = exchange.outcome;
    const Settlement &settlement = exchange.settlement;
    const Usage &usage = settlement.usage;
    const Attempt *server = exchange.server();
    Row row;
    row.word(exchange.id.text());
    row.number(exchange.wallMs);
    row.text(exchange.client.text());
    row.word(name(ask.dialect));
    row.word(name(ask.endpoint));
    row.text(ask.model);
    row.flag(ask.isStream);
    row.word(name(exchange.decision.source));
    row.text(exchange.decision.chain.text());
    row.word(name(outcome.kind));
    row.word(codeName(outcome.code));
    row.positive(outcome.status);
    row.text(server ? server->target.provider.text() : QString());
    row.text(server ? server->target.model : QString());
    row.number(exchange.attempts.size());
    row.flag(outcome.isFailover);
    row.flag(outcome.isDiverted);
    row.flag(settlement.isDrill);
    row.number(usage.input);
    row.number(usage.cacheRead);
    row.number(usage.cacheWrite);
    row.number(usage.cacheWrite1h);
    row.number(usage.inputAudio);
    row.number(usage.output);
    row.number(usage.outputAudio);
    row.number(usage.reasoning);
    row.word(name(usage.source));
    if (settlement.source == CostSource::Unpriced)
        row.word({});
    else
        row.number(settlement.cost.nano);
    row.number(settlement.uncertain.nano);
    row.word(name(settlement.source));
    row.text(QString::fromUtf8(settlement.priceDate));
    row.at(exchange.firstContentAt);
    row.at(exchange.endedAt);
    row.number(exchange.overhead.count());
    row.number(ask.bodyBytes);
    row.number(exchange.replyBytes);
    row.number(exchange.revision);
    row.text(ask.session);
    row.text(ask.tags.join(QLatin1Char(' ')));
    row.text(exchange.caller.program);
    row.text(exchange.caller.folder);
    return row.end();
}

} // namespace sb
