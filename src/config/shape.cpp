#include "config/shape.h"

namespace sb::config {

namespace {
using T = Field::Type;

constexpr Field kListener[] = {
    {.key = "host",
     .text = "Address to listen on; beyond loopback every client needs a key. Default 127.0.0.1, "
             "which also binds ::1."},
    {.key = "port",
     .type = T::Int,
     .text = "TCP port; 0 takes any free one.",
     .least = 0,
     .most = 65'535,
     .fallback = 7317},
    {.key = "client",
     .type = T::Id,
     .text = "Open mode: requests without a known key count as this client on this port."},
};
constexpr Shape kListenerShape{"listener", kListener};

constexpr Field kAuth[] = {
    {.key = "type",
     .type = T::Choice,
     .text = "How the key travels to the provider.",
     .isRequired = true,
     .choices = "bearer header none"},
    {.key = "header", .text = "Name of the header, for type header."},
};
constexpr Shape kAuthShape{"auth", kAuth};

constexpr Field kKey[] = {
    {.key = "id",
     .type = T::Id,
     .text = "Name of the key within the provider.",
     .isRequired = true},
    {.key = "secret",
     .type = T::Secret,
     .text = "Where the key is kept, never the key.",
     .isRequired = true},
    {.key = "off", .type = T::Bool, .text = "True: the key is not used."},
    {.key = "draining",
     .type = T::Bool,
     .text = "True: an older key that a rotation left in place until it is removed."},
};
constexpr Shape kKeyShape{"key", kKey};

constexpr Field kTier[] = {
    {.key = "min_prompt",
     .type = T::Int,
     .text = "Smallest prompt, cached tokens included, that this line re-prices.",
     .isRequired = true,
     .least = 1,
     .most = 1'000'000'000},
    {.key = "input", .type = T::Price, .text = "Fresh prompt tokens."},
    {.key = "cache_read", .type = T::Price, .text = "Tokens read from the provider's cache."},
    {.key = "cache_write", .type = T::Price, .text = "Tokens written to it, default lifetime."},
    {.key = "cache_write_1h", .type = T::Price, .text = "Tokens written to it for an hour."},
    {.key = "input_audio", .type = T::Price, .text = "Audio tokens in."},
    {.key = "output", .type = T::Price, .text = "Generated tokens."},
    {.key = "output_audio", .type = T::Price, .text = "Audio tokens out."},
    {.key = "reasoning",
     .type = T::Price,
     .text = "Reasoning tokens, where they differ from output."},
};
constexpr Shape kTierShape{"tier", kTier};

constexpr Field kPrice[] = {
    {.key = "input", .type = T::Price, .text = "Fresh prompt tokens.", .isRequired = true},
    {.key = "cache_read",
     .type = T::Price,
     .text = "Tokens read from the provider's cache; as input when absent."},
    {.key = "cache_write",
     .type = T::Price,
     .text = "Tokens written to it, default lifetime; as input when absent."},
    {.key = "cache_write_1h",
     .type = T::Price,
     .text = "Tokens written to it for an hour; as cache_write when absent."},
    {.key = "input_audio", .type = T::Price, .text = "Audio tokens in; as input when absent."},
    {.key = "output", .type = T::Price, .text = "Generated tokens, reasoning included."},
    {.key = "output_audio", .type = T::Price, .text = "Audio tokens out; as output when absent."},
    {.key = "reasoning",
     .type = T::Price,
     .text = "Reasoning tokens, where they differ from output."},
    {.key = "tiers",
     .type = T::List,
     .text = "Prices of long prompts, ascending by min_prompt.",
     .shape = &kTierShape,
     .item = T::Object},
};
constexpr Shape kPriceShape{"price", kPrice};

constexpr Field kModel[] = {
    {.key = "id", .text = "Model name as the provider knows it.", .isRequired = true},
    {.key = "price",
     .type = T::Object,
     .text = "Dollars per million tokens; wins over the catalogue.",
     .shape = &kPriceShape},
};
constexpr Shape kModelShape{"model", kModel};

constexpr Field kTimeouts[] = {
    {.key = "connect_ms",
     .type = T::Int,
     .text = "Name lookup, connection and TLS.",
     .least = 100,
     .most = 120'000,
     .fallback = 5'000},
    {.key = "head_ms",
     .type = T::Int,
     .text = "Until the reply's head; 600000 for local providers.",
     .least = 1'000,
     .most = 3'600'000,
     .fallback = 60'000},
    {.key = "first_content_ms",
     .type = T::Int,
     .text = "Until the first content of a stream; 600000 for local providers.",
     .least = 1'000,
     .most = 3'600'000,
     .fallback = 90'000},
    {.key = "content_idle_ms",
     .type = T::Int,
     .text = "Between content of a stream.",
     .least = 1'000,
     .most = 3'600'000,
     .fallback = 120'000},
    {.key = "byte_idle_ms",
     .type = T::Int,
     .text = "Between any bytes of a stream, pings included.",
     .least = 1'000,
     .most = 3'600'000,
     .fallback = 60'000},
};
constexpr Shape kTimeoutsShape{"timeouts", kTimeouts};

constexpr char kDialects[] = "openai-chat anthropic openai-responses gemini ollama";

constexpr Field kProvider[] = {
    {.key = "id", .type = T::Id, .text = "Name used by chains.", .isRequired = true},
    {.key = "label", .text = "Name to show; else the catalogue's name or the id."},
    {.key = "from",
     .text
     = "catalog:ID fills in address, authentication and prices; sim is a simulated provider."},
    {.key = "script", .text = "What a simulated provider does; default steady."},
    {.key = "dialect",
     .type = T::Choice,
     .text = "API shape spoken at base_url.",
     .choices = kDialects},
    {.key = "base_url",
     .type = T::Url,
     .text = "https address, or http on loopback; the dialect's path is appended."},
    {.key = "dialects",
     .type = T::Map,
     .text = "One base URL per dialect, for providers that speak several.",
     .choices = kDialects,
     .item = T::Url},
    {.key = "auth",
     .type = T::Object,
     .text = "How the key travels, where it is not the dialect's habit.",
     .shape = &kAuthShape},
    {.key = "keys",
     .type = T::List,
     .text = "Keys in the order they are tried.",
     .shape = &kKeyShape,
     .item = T::Object},
    {.key = "models",
     .type = T::List,
     .text = "The models offered; absent: any model name passes.",
     .shape = &kModelShape,
     .item = T::Object},
    {.key = "local",
     .type = T::Bool,
     .text
     = "Runs on this computer: not metered, longer time limits. The catalogue's word when absent."},
    {.key = "off", .type = T::Bool, .text = "True: never called."},
    {.key = "timeouts",
     .type = T::Object,
     .text = "Time limits of one attempt.",
     .shape = &kTimeoutsShape},
    {.key = "ca_file",
     .text
     = "Absolute path of a PEM file with the authority that signed this provider's certificate."},
    {.key = "pass_headers",
     .type = T::List,
     .text = "Further client headers passed on to this provider."},
    {.key = "endpoints", .type = T::Refused, .text = "Several regions of one provider."},
};
constexpr Shape kProviderShape{"provider", kProvider};

constexpr Field kTarget[] = {
    {.key = "provider",
     .type = T::Id,
     .text = "Id of a provider of this file.",
     .isRequired = true},
    {.key = "model", .text = "Model name as the provider knows it.", .isRequired = true},
    {.key = "key",
     .type = T::Id,
     .text = "One key of the provider; any of them, in order, when absent."},
};
constexpr Shape kTargetShape{"target", kTarget};

constexpr Field kChain[] = {
    {.key = "id", .type = T::Id, .text = "The model name clients ask for.", .isRequired = true},
    {.key = "strategy",
     .type = T::Choice,
     .text = "How the next target is chosen.",
     .choices = "ordered"},
    {.key = "targets",
     .type = T::List,
     .text = "Tried from first to last.",
     .isRequired = true,
     .least = 1,
     .most = 32,
     .shape = &kTargetShape,
     .item = T::Object},
};
constexpr Shape kChainShape{"chain", kChain};

constexpr Field kClient[] = {
    {.key = "id",
     .type = T::Id,
     .text = "Name of the program or person that asks.",
     .isRequired = true},
    {.key = "label", .text = "Name to show; the id when absent."},
    {.key = "secret",
     .type = T::Secret,
     .text = "Where its key is kept, or digest:SHA-256-in-hex."},
    {.key = "chains", .type = T::List, .text = "Chains it may use; [\"*\"], the default, is all."},
    {.key = "default_chain",
     .type = T::Id,
     .text = "Chain for model names that mean nothing here."},
    {.key = "log",
     .type = T::Choice,
     .text = "The most that is kept of its requests; default metadata.",
     .choices = "off metadata"},
    {.key = "revoked", .type = T::Bool, .text = "True: its key is refused."},
};
constexpr Shape kClientShape{"client", kClient};

constexpr Field kBudget[] = {
    {.key = "id", .type = T::Id, .text = "Name of the budget.", .isRequired = true},
    {.key = "scope", .text = "all, client:ID, chain:ID or provider:ID.", .isRequired = true},
    {.key = "window",
     .type = T::Choice,
     .text = "Time the cap is for.",
     .isRequired = true,
     .choices = "hour day week month"},
    {.key = "cap", .type = T::Dollars, .text = "Dollars, a decimal string.", .isRequired = true},
    {.key = "warn_percent",
     .type = T::Int,
     .text = "Share of the cap at which it is said that little is left.",
     .least = 1,
     .most = 100,
     .fallback = 80},
};
constexpr Shape kBudgetShape{"budget", kBudget};

constexpr Field kRouting[] = {
    {.key = "max_attempts",
     .type = T::Int,
     .text = "Calls per exchange over all targets and keys.",
     .least = 1,
     .most = 8,
     .fallback = 4},
    {.key = "retries_per_target",
     .type = T::Int,
     .text = "Repeats on one target within that.",
     .least = 0,
     .most = 3,
     .fallback = 1},
    {.key = "max_unknown_repeats",
     .type = T::Int,
     .text = "Further tries when an earlier one may have been billed without an answer.",
     .least = 0,
     .most = 8,
     .fallback = 1},
    {.key = "backoff_base_ms",
     .type = T::Int,
     .text = "First wait before a repeat, with full jitter.",
     .least = 1,
     .most = 60'000,
     .fallback = 250},
    {.key = "backoff_cap_ms",
     .type = T::Int,
     .text = "Longest such wait.",
     .least = 1,
     .most = 60'000,
     .fallback = 4'000},
    {.key = "waiting_total_ms",
     .type = T::Int,
     .text = "All waiting in one exchange.",
     .least = 0,
     .most = 600'000,
     .fallback = 20'000},
    {.key = "commit_grace_ms",
     .type = T::Int,
     .text = "How long a stream's head is held back for failover before it goes to the client.",
     .least = 0,
     .most = 120'000,
     .fallback = 10'000},
    {.key = "total_ms",
     .type = T::Int,
     .text = "Until content is given to the client.",
     .least = 1'000,
     .most = 3'600'000,
     .fallback = 600'000},
    {.key = "stream_max_ms",
     .type = T::Int,
     .text = "Longest stream.",
     .least = 10'000,
     .most = 86'400'000,
     .fallback = 3'600'000},
    {.key = "trip_after",
     .type = T::Int,
     .text = "Hard failures in a row that trip a gate.",
     .least = 1,
     .most = 100,
     .fallback = 5},
    {.key = "trip_base_ms",
     .type = T::Int,
     .text = "First time tripped; doubles.",
     .least = 100,
     .most = 600'000,
     .fallback = 10'000},
    {.key = "trip_cap_ms",
     .type = T::Int,
     .text = "Longest time tripped without a hint.",
     .least = 100,
     .most = 3'600'000,
     .fallback = 300'000},
    {.key = "trip_forget_s",
     .type = T::Int,
     .text = "Good time after which earlier trips are forgotten.",
     .least = 1,
     .most = 86'400,
     .fallback = 600},
    {.key = "ratio_minimum",
     .type = T::Int,
     .text = "Results within a minute before the share of failures counts.",
     .least = 1,
     .most = 10'000,
     .fallback = 10},
    {.key = "ratio_percent",
     .type = T::Int,
     .text = "Share of failures that trips a gate.",
     .least = 1,
     .most = 100,
     .fallback = 50},
    {.key = "retry_budget_percent",
     .type = T::Int,
     .text = "Repeats per first attempts within a minute.",
     .least = 0,
     .most = 100,
     .fallback = 20},
    {.key = "retry_budget_minimum",
     .type = T::Int,
     .text = "Repeats within a minute that are always allowed.",
     .least = 0,
     .most = 1'000,
     .fallback = 5},
};
constexpr Shape kRoutingShape{"routing", kRouting};

constexpr Field kRetention[] = {
    {.key = "history_days",
     .type = T::Int,
     .text = "Days of history kept.",
     .least = 1,
     .most = 3'650,
     .fallback = 30},
    {.key = "history_bytes",
     .type = T::Int,
     .text = "Bytes of history kept, if reached sooner.",
     .least = 16ll * 1024 * 1024,
     .most = 1024ll * 1024 * 1024 * 1024,
     .fallback = 1024ll * 1024 * 1024},
};
constexpr Shape kRetentionShape{"retention", kRetention};

constexpr Field kNetwork[] = {
    {.key = "proxy",
     .type = T::Choice,
     .text = "Way out to https providers; default system, the environment's.",
     .choices = "none manual system"},
    {.key = "proxy_url", .text = "http://host:port, for proxy manual."},
    {.key = "allowed_hosts", .type = T::List, .text = "Further Host values accepted, with port."},
    {.key = "allowed_origins",
     .type = T::List,
     .text = "Web origins that may call, exactly as browsers send them."},
};
constexpr Shape kNetworkShape{"network", kNetwork};

constexpr Field kPrivacy[] = {
    {.key = "callers",
     .type = T::Bool,
     .text = "False: the program and folder of local clients are not looked up; default true."},
    {.key = "recent_requests",
     .type = T::Bool,
     .text = "False: the newest request bodies are not kept in memory, so nothing can be sent "
             "again; default true."},
};
constexpr Shape kPrivacyShape{"privacy", kPrivacy};

constexpr Field kRoot[] = {
    {.key = "$schema", .text = "Address of this schema, for editors."},
    {.key = "version",
     .type = T::Int,
     .text = "Version of this format.",
     .isRequired = true,
     .least = 1,
     .most = 1},
    {.key = "listen",
     .type = T::List,
     .text = "Where to listen; default 127.0.0.1:7317.",
     .least = 1,
     .most = 64,
     .shape = &kListenerShape,
     .item = T::Object},
    {.key = "providers",
     .type = T::List,
     .text = "Who answers.",
     .shape = &kProviderShape,
     .item = T::Object},
    {.key = "chains",
     .type = T::List,
     .text = "Ordered targets under one name.",
     .shape = &kChainShape,
     .item = T::Object},
    {.key = "aliases",
     .type = T::Map,
     .text = "Further model names: to a chain id or provider/model.",
     .item = T::Text},
    {.key = "clients",
     .type = T::List,
     .text = "Who asks.",
     .shape = &kClientShape,
     .item = T::Object},
    {.key = "budgets",
     .type = T::List,
     .text = "Caps on spending.",
     .shape = &kBudgetShape,
     .item = T::Object},
    {.key = "routing", .type = T::Object, .text = "Failover and gates.", .shape = &kRoutingShape},
    {.key = "retention",
     .type = T::Object,
     .text = "How much history is kept.",
     .shape = &kRetentionShape},
    {.key = "network",
     .type = T::Object,
     .text = "Proxy, and who may call besides local programs.",
     .shape = &kNetworkShape},
    {.key = "privacy",
     .type = T::Object,
     .text = "What is learnt and remembered of clients; it never leaves this machine.",
     .shape = &kPrivacyShape},
};
constexpr Shape kRootShape{"config", kRoot};

} // namespace

const Field *Shape::find(QByteArrayView key) const
{
    const auto found = std::find_if(fields.begin(), fields.end(),
                                    [key](const Field &field) { return key == field.key; });
    return found == fields.end() ? nullptr : &*found;
}

const Shape &rootShape()
{
    return kRootShape;
}

bool isId(QByteArrayView text)
{
    const auto isAlnum = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    return !text.isEmpty() && text.size() <= 64 && isAlnum(text[0])
        && std::all_of(text.begin(), text.end(), [&isAlnum](char c) {
               return isAlnum(c) || c == '.' || c == '_' || c == '-';
           });
}

} // namespace sb::config
