#include "control/request.h"

#include "record/names.h"
#include "json/reader.h"
#include "json/writer.h"

#include <array>

namespace sb::control {

namespace {
struct Spelling {
    const char *name;
    Command command;
};
constexpr std::array kSpellings{
    Spelling{"status", Command::Status},
    Spelling{"tail", Command::Tail},
    Spelling{"export", Command::Export},
    Spelling{"explain", Command::Explain},
    Spelling{"reload", Command::Reload},
    Spelling{"edit", Command::Edit},
    Spelling{"remove", Command::Remove},
    Spelling{"client_key", Command::ClientKey},
    Spelling{"provider_key", Command::ProviderKey},
    Spelling{"provider_confirm", Command::ProviderConfirm},
    Spelling{"verify", Command::Verify},
    Spelling{"simulate", Command::Simulate},
    Spelling{"run_begin", Command::RunBegin},
    Spelling{"run_receipt", Command::RunReceipt},
    Spelling{"flush", Command::Flush},
    Spelling{"stop", Command::Stop},
};

QString text(const json::Value &object, QByteArrayView key)
{
    const json::Value *value = object.find(key);
    return value && value->isString() ? value->toString() : QString();
}

bool flag(const json::Value &object, QByteArrayView key)
{
    const json::Value *value = object.find(key);
    return value && value->toBool();
}

engine::ExplainAsk explainAsk(const json::Value &object)
{
    engine::ExplainAsk ask;
    ask.model = text(object, "model");
    ask.client = ClientId(text(object, "client"));
    ask.hasTools = flag(object, "tools");
    ask.hasImages = flag(object, "images");
    ask.dialect
        = fromName<DialectId>(text(object, "dialect").toUtf8()).value_or(DialectId::OpenAiChat);
    if (const json::Value *down = object.find("down")) {
        for (const json::Value &one : down->items()) {
            if (one.isString())
                ask.down.append(ProviderId(one.toString()));
        }
    }
    return ask;
}

Result<engine::RunAsk> runAsk(const json::Value &object)
{
    engine::RunAsk ask;
    ask.program = text(object, "program");
    ask.client = ClientId(text(object, "client"));
    ask.chain = ChainId(text(object, "chain"));
    if (const QString cap = text(object, "cap"); !cap.isEmpty()) {
        ask.cap = Money::parse(cap.toUtf8());
        if (!ask.cap)
            return unexpected(Error::make(QStringLiteral("bad_request"),
                                          QStringLiteral("The cap is no amount in dollars.")));
    }
    return ask;
}
} // namespace

Result<Request> readRequest(QByteArrayView line)
{
    const auto object = json::read(line);
    if (!object || !object->isObject())
        return unexpected(Error::make(QStringLiteral("bad_json"),
                                      QStringLiteral("A command is one JSON object on a line.")));
    const QString name = text(*object, "command");
    const auto spelling
        = std::find_if(kSpellings.begin(), kSpellings.end(),
                       [&name](const Spelling &s) { return name == QLatin1String(s.name); });
    if (spelling == kSpellings.end())
        return unexpected(
            Error::make(QStringLiteral("no_such_command"),
                        QStringLiteral("There is no command \"%1\".").arg(name.left(64))));
    Request request;
    request.command = spelling->command;
    request.isCsv = text(*object, "format") == QLatin1String("csv");
    request.session = text(*object, "session");
    request.path = text(*object, "path");
    const json::Value *value = object->find("value");
    request.value = json::write(value ? *value : json::Value());
    request.client = ClientId(text(*object, "client"));
    request.provider = ProviderId(text(*object, "provider"));
    request.key = KeyId(text(*object, "key"));
    request.secret = Secret(text(*object, "secret").toUtf8());
    if (request.command == Command::Explain)
        request.explain = explainAsk(*object);
    if (request.command == Command::RunBegin) {
        auto run = runAsk(*object);
        if (!run)
            return unexpected(run.error());
        request.run = std::move(*run);
    }
    return request;
}

QByteArray refusalText(const Error &error)
{
    json::Writer w;
    w.beginObject()
        .member("ok", false)
        .member("code", error.code)
        .member("detail", error.detail)
        .endObject();
    return w.take();
}

void RequestLines::feed(QByteArrayView bytes)
{
    if (!m_isTooLong)
        m_bytes.append(bytes.data(), bytes.size());
}

std::optional<QByteArray> RequestLines::next()
{
    if (m_isTooLong)
        return std::nullopt;
    const qsizetype end = m_bytes.indexOf('\n', m_seen);
    if ((end < 0 ? m_bytes.size() : end) - m_from > kLongest) {
        m_isTooLong = true;
        m_bytes.clear();
        return std::nullopt;
    }
    if (end < 0) {
        m_bytes.remove(0, std::exchange(m_from, 0));
        m_seen = m_bytes.size();
        return std::nullopt;
    }
    const QByteArray line = m_bytes.sliced(m_from, end - m_from).trimmed();
    m_from = m_seen = end + 1;
    return line;
}

} // namespace sb::control
