#include "engine/known_providers.h"

#include "config/address.h"
#include "json/reader.h"

#include <QRegularExpression>
#include <QUrl>

namespace sb::engine {

namespace {

constexpr int kMostModels = 2'000;
constexpr qsizetype kShortestKey = 12;

// Prefixes that belong to one provider. [console §4.3]
struct Prefix {
    QByteArrayView text;
    QLatin1StringView catalogId;
};
constexpr Prefix kPrefixes[] = {
    {"sk-ant-", QLatin1StringView("anthropic")}, {"sk-or-", QLatin1StringView("openrouter")},
    {"sk-proj-", QLatin1StringView("openai")},   {"sk-svcacct-", QLatin1StringView("openai")},
    {"AIza", QLatin1StringView("google")},       {"gsk_", QLatin1StringView("groq")},
    {"xai-", QLatin1StringView("xai")},          {"csk-", QLatin1StringView("cerebras")},
    {"nvapi-", QLatin1StringView("nvidia")},     {"hf_", QLatin1StringView("huggingface")},
    {"fw_", QLatin1StringView("fireworks")},
};
// Who gives out plain "sk-" keys, the likeliest first.
constexpr QLatin1StringView kPlainSk[]
    = {QLatin1StringView("openai"), QLatin1StringView("deepseek"), QLatin1StringView("moonshot")};
constexpr QLatin1StringView kNoPrefix[]
    = {QLatin1StringView("mistral"), QLatin1StringView("together")};

struct Favourite {
    QLatin1StringView catalogId;
    const char *patterns; // newest of the first that matches; separated by blanks
};
constexpr Favourite kFavourites[] = {
    {QLatin1StringView("anthropic"), "^claude-sonnet-[\\d-]+$"},
    {QLatin1StringView("openai"), "^gpt-\\d+(\\.\\d+)?$ ^gpt-4o$"},
    {QLatin1StringView("google"), "^gemini-[\\d.]+-flash$ ^gemini-flash-latest$"},
    {QLatin1StringView("openrouter"), "^anthropic/claude-sonnet-[\\d.]+$"},
    {QLatin1StringView("mistral"), "^mistral-large-latest$ ^mistral-medium-latest$"},
    {QLatin1StringView("deepseek"), "^deepseek-v\\d+-flash$ ^deepseek-flash$ ^deepseek-chat$"},
    {QLatin1StringView("groq"), "^openai/gpt-oss-120b$ ^llama-[\\d.]+-70b-versatile$"},
    {QLatin1StringView("xai"), "^grok-[\\d.]+$"},
    {QLatin1StringView("moonshot"), "^kimi-k[\\d.]+$"},
    {QLatin1StringView("cerebras"), "^gpt-oss-120b$"},
};

// Numbers in a name compare as numbers: "gpt-5.10" is newer than "gpt-5.9".
bool isOlder(const QString &a, const QString &b)
{
    static const QRegularExpression number(QStringLiteral("\\d+"));
    auto left = number.globalMatch(a);
    auto right = number.globalMatch(b);
    while (left.hasNext() && right.hasNext()) {
        const qlonglong x = left.next().captured().toLongLong();
        const qlonglong y = right.next().captured().toLongLong();
        if (x != y)
            return x < y;
    }
    if (left.hasNext() != right.hasNext())
        return left.hasNext(); // "claude-sonnet-5" before its dated copies
    return a < b;
}

bool isForText(const QString &model)
{
    static const QRegularExpression other(
        QStringLiteral("embed|whisper|tts|audio|voxtral|image|moderation|rerank|guard|bge-|gte-"
                       "|minilm|realtime|transcri|dall-e|sora|clip|ocr|robotics|computer-use"),
        QRegularExpression::CaseInsensitiveOption);
    return !other.match(model).hasMatch();
}

QStringList catalogueModels(const QString &catalogId, const config::Catalog &catalog)
{
    QStringList names;
    const auto offers = json::read(catalog.offerTexts.value(catalogId));
    if (!offers || !offers->isArray())
        return names;
    for (const json::Value &offer : offers->items()) {
        if (offer.isArray() && !offer.items().isEmpty())
            names += offer.items().first().toString();
    }
    return names;
}

std::optional<QByteArray> azureAddress(const Variables &variables)
{
    QByteArray base = variables.value("AZURE_OPENAI_ENDPOINT").reveal().toByteArray().trimmed();
    if (base.isEmpty()) {
        const QByteArray name = variables.value("AZURE_RESOURCE_NAME").reveal().toByteArray();
        static const QRegularExpression plain(QStringLiteral("^[A-Za-z0-9-]{1,64}$"));
        if (!plain.match(QString::fromLatin1(name)).hasMatch())
            return std::nullopt;
        base = "https://" + name + ".openai.azure.com";
    }
    base = config::trimmedBaseUrl(base);
    if (!base.endsWith("/openai/v1"))
        base += "/openai/v1";
    return config::baseUrlProblem(base).isEmpty() ? std::optional(base) : std::nullopt;
}

void addPlace(QList<LocalPlace> &places, const LocalPlace &place)
{
    for (const char *host : {"127.0.0.1", "::1"}) {
        LocalPlace one = place;
        one.host = host;
        places.append(one);
    }
}

} // namespace

QList<KeyVariable> keyVariables()
{
    using S = QLatin1StringView;
    return {{"ANTHROPIC_API_KEY", S("anthropic")},
            {"OPENAI_API_KEY", S("openai")},
            {"OPENROUTER_API_KEY", S("openrouter")},
            {"GEMINI_API_KEY", S("google")},
            {"GOOGLE_API_KEY", S("google")},
            {"MISTRAL_API_KEY", S("mistral")},
            {"DEEPSEEK_API_KEY", S("deepseek")},
            {"GROQ_API_KEY", S("groq")},
            {"XAI_API_KEY", S("xai")},
            {"TOGETHER_API_KEY", S("together")},
            {"FIREWORKS_API_KEY", S("fireworks")},
            {"CEREBRAS_API_KEY", S("cerebras")},
            {"MOONSHOT_API_KEY", S("moonshot")},
            {"AZURE_OPENAI_API_KEY", S("azure")},
            {"NVIDIA_API_KEY", S("nvidia")},
            {"HF_TOKEN", S("huggingface")}};
}

QList<QByteArray> wantedVariables()
{
    QList<QByteArray> names{"AZURE_OPENAI_ENDPOINT", "AZURE_RESOURCE_NAME"};
    for (const KeyVariable &variable : keyVariables())
        names += variable.name.toByteArray();
    return names;
}

std::optional<ProviderDraft> draftOf(const config::Catalog &catalog, const QString &catalogId)
{
    const config::CatalogProvider *known = catalog.provider(catalogId);
    if (!known)
        return std::nullopt;
    bool isCallable = false;
    for (auto base = known->bases.cbegin(); base != known->bases.cend(); ++base) {
        if (base.value().contains('{'))
            return std::nullopt;
        isCallable |= base.key() == DialectId::OpenAiChat || base.key() == DialectId::Anthropic;
    }
    if (!isCallable)
        return std::nullopt;
    ProviderDraft draft;
    draft.catalogId = known->id;
    draft.label = known->name;
    draft.id = ProviderId(known->id);
    draft.isLocal = known->isLocal;
    return draft;
}

QList<FoundProvider> foundIn(const Variables &variables, const config::Catalog &catalog,
                             FoundProvider::Where where)
{
    QList<FoundProvider> found;
    QSet<QString> seen;
    for (const KeyVariable &variable : keyVariables()) {
        const Secret key = variables.value(variable.name.toByteArray());
        if (key.reveal().trimmed().size() < kShortestKey || seen.contains(variable.catalogId))
            continue;
        auto draft = draftOf(catalog, variable.catalogId);
        if (variable.catalogId == QLatin1StringView("azure")) {
            const auto address = azureAddress(variables);
            if (!address)
                continue;
            draft.emplace();
            draft->catalogId = QStringLiteral("azure");
            draft->label = QStringLiteral("Azure OpenAI");
            draft->id = ProviderId(QStringLiteral("azure"));
            draft->baseUrl = *address;
        }
        if (!draft)
            continue;
        seen.insert(variable.catalogId);
        FoundProvider one;
        one.where = where;
        one.draft = *draft;
        one.name = QString::fromLatin1(variable.name);
        one.shownKey = key.masked();
        found.append(one);
    }
    return found;
}

QList<ProviderDraft> recognised(const Secret &key, const config::Catalog &catalog)
{
    const QByteArrayView text = key.reveal().trimmed();
    const bool isPlain
        = std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
    if (text.size() < kShortestKey || !isPlain || text.startsWith("sbx-"))
        return {};
    for (const Prefix &prefix : kPrefixes) {
        if (!text.startsWith(prefix.text))
            continue;
        const auto draft = draftOf(catalog, prefix.catalogId);
        return draft ? QList<ProviderDraft>{*draft} : QList<ProviderDraft>();
    }
    QList<ProviderDraft> drafts;
    QSet<QString> seen;
    const auto add = [&](const QString &id) {
        const auto draft = draftOf(catalog, id);
        if (!draft || draft->isLocal || seen.contains(draft->catalogId))
            return;
        seen.insert(draft->catalogId);
        drafts.append(*draft);
    };
    if (text.startsWith("sk-")) {
        for (const QLatin1StringView id : kPlainSk)
            add(id);
    }
    for (const QLatin1StringView id : kNoPrefix)
        add(id);
    for (const config::CatalogProvider &provider : catalog.providers) {
        const bool hasShape
            = std::any_of(std::begin(kPrefixes), std::end(kPrefixes),
                          [&](const Prefix &prefix) { return provider.id == prefix.catalogId; });
        if (!hasShape)
            add(provider.id);
    }
    return drafts;
}

QString firstModel(const QString &catalogId, const QStringList &listed,
                   const config::Catalog &catalog)
{
    QStringList names = listed;
    if (names.isEmpty())
        names = catalogueModels(catalogId, catalog);
    names.removeIf([](const QString &name) { return name.isEmpty() || name.size() > 256; });
    for (const Favourite &favourite : kFavourites) {
        if (catalogId != favourite.catalogId)
            continue;
        for (const QString &pattern : QString::fromLatin1(favourite.patterns).split(u' ')) {
            const QRegularExpression fits(pattern);
            QString best;
            for (const QString &name : names) {
                // Gemini lists its names with a folder.
                const QString bare = name.startsWith(u"models/") ? name.sliced(7) : name;
                if (fits.match(bare).hasMatch() && (best.isEmpty() || isOlder(best, name)))
                    best = name;
            }
            if (!best.isEmpty())
                return best;
        }
    }
    const auto text = std::find_if(names.cbegin(), names.cend(), isForText);
    return text != names.cend() ? *text : names.value(0);
}

QList<LocalPlace> localPlaces(QByteArrayView ollamaHost)
{
    const auto on = [](const char *name) {
        return QStringLiteral("%1 on this computer").arg(QString::fromLatin1(name));
    };
    const QList<QByteArray> plain{"/v1/models"};
    QList<LocalPlace> places;
    const auto add = [&](const char *catalogId, const char *name, const char *id, quint16 port,
                         const QByteArray &base, const QList<QByteArray> &paths) {
        addPlace(places,
                 {QString::fromLatin1(catalogId),
                  on(name),
                  QString::fromLatin1(id),
                  {},
                  port,
                  base,
                  paths});
    };
    const QList<QByteArray> ollama{"/api/tags", "/v1/models"};
    if (!ollamaHost.isEmpty()) {
        // "host", "host:port", ":port", with or without http://.
        QString text = QString::fromLatin1(ollamaHost).trimmed();
        if (!text.contains(QStringLiteral("://")))
            text.prepend(QStringLiteral("http://"));
        if (text.startsWith(QStringLiteral("http://:")))
            text.insert(7, QStringLiteral("127.0.0.1"));
        const QUrl url(text);
        const QString host
            = url.host() == QStringLiteral("0.0.0.0") ? QStringLiteral("127.0.0.1") : url.host();
        if (url.isValid() && url.scheme() == QStringLiteral("http") && config::isLoopbackHost(host)
            && url.port(11434) != 11434) {
            places.append(
                {QStringLiteral("ollama"), on("Ollama"), QStringLiteral("ollama"),
                 host == QStringLiteral("localhost") ? QByteArray("127.0.0.1") : host.toLatin1(),
                 quint16(url.port(11434)), "/v1", ollama});
        }
    }
    add("ollama", "Ollama", "ollama", 11434, "/v1", ollama);
    add("lmstudio", "LM Studio", "lmstudio", 1234, "/v1", plain);
    add("llamacpp", "llama.cpp", "llamacpp", 8080, "/v1", plain); // LocalAI listens there too
    add("vllm", "vLLM", "vllm", 8000, "/v1", plain);
    add("", "Jan", "jan", 1337, "/v1", plain);
    add("", "text-generation-webui", "webui", 5000, "/v1", plain);
    add("", "KoboldCpp", "koboldcpp", 5001, "/v1", plain);
    add("", "Docker Model Runner", "docker-models", 12434, "/engines/v1",
        {QByteArray("/engines/v1/models")});
    return places;
}

std::optional<QStringList> modelNames(QByteArrayView body)
{
    const auto value = json::read(body);
    if (!value || !value->isObject())
        return std::nullopt;
    for (const char *list : {"data", "models"}) {
        const json::Value *items = value->find(QByteArrayView(list));
        if (!items || !items->isArray())
            continue;
        QStringList names;
        for (const json::Value &item : items->items()) {
            for (const char *key : {"id", "model", "name"}) {
                const json::Value *name = item.find(QByteArrayView(key));
                if (!name || !name->isString())
                    continue;
                const QString text = name->toString().left(256);
                // Gemini lists them as paths.
                names += text.startsWith(QStringLiteral("models/")) ? text.sliced(7) : text;
                break;
            }
            if (names.size() >= kMostModels)
                break;
        }
        return names;
    }
    return std::nullopt;
}

} // namespace sb::engine
