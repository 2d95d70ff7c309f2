#include "record/names.h"

#include <array>

namespace sb {

namespace {
template <typename E> struct Names;

#define SB_NAMES(E, LAST, ...)                                                                     \
    template <> struct Names<E> {                                                                  \
        static constexpr std::array kTexts = std::to_array<const char *>({__VA_ARGS__});           \
        static_assert(kTexts.size() == size_t(E::LAST) + 1);                                       \
    };                                                                                             \
    QByteArrayView textOf(E value)                                                                 \
    {                                                                                              \
        return QByteArrayView(Names<E>::kTexts[size_t(value)]);                                    \
    }

SB_NAMES(DialectId, Ollama, "openai-chat", "anthropic", "openai-responses", "gemini", "ollama")
SB_NAMES(Endpoint, Compaction, "generate", "count_tokens", "models", "embeddings", "other",
         "completions", "stored", "show", "running", "version", "images", "audio", "rerank",
         "moderations", "files", "batches", "compaction")
SB_NAMES(RequestKind, Stateful, "pure", "plain", "stateful")
SB_NAMES(Phase, Settled, "accepted", "attempting", "streaming", "settled")
SB_NAMES(LogPolicy, Full, "off", "metadata", "full")
SB_NAMES(RouteSource, DefaultChain, "none", "chain", "header", "alias", "provider_model",
         "bare_model", "body", "default_chain")
SB_NAMES(SkipReason, NotTranslatable, "none", "not_needed", "tripped", "probe_in_flight",
         "needs_translation", "off", "no_key", "no_tools", "no_images", "context_too_small",
         "not_allowed", "no_failover_asked", "attempt_cap", "unknown_repeat_cap",
         "stateful_request", "deadline_passed", "marked_down", "client_mistake",
         "already_committed", "held", "over_budget", "no_price", "no_schema", "not_translatable")
SB_NAMES(CandidateFate, Skipped, "waiting", "tried", "skipped")
SB_NAMES(Stage, Given, "unsent", "refused", "unknown", "begun", "given")
SB_NAMES(AttemptOutcome, MovedOn, "running", "served", "dns_failed", "connect_failed",
         "connect_timeout", "proxy_failed", "tls_wrong_name", "tls_expired", "tls_not_yet_valid",
         "tls_self_signed", "tls_unknown_ca", "tls_failed", "reset_before_head", "reset_on_reuse",
         "head_timeout", "key_rejected", "quota_exhausted", "rate_limited", "overloaded",
         "server_error", "conflict", "model_not_found", "bad_request", "lacks_feature",
         "context_too_long", "filtered", "empty_completion", "bad_reply", "body_short",
         "stream_cut", "first_content_timeout", "stalled", "error_in_stream", "broken_event",
         "redirected", "reply_too_large", "client_left", "deadline_passed", "stopped",
         "interrupted", "moved_on")
SB_NAMES(Move, GiveUp, "none", "deliver", "retry", "next_key", "next_target", "give_up")
SB_NAMES(CostSource, Free, "none", "computed", "estimated", "provider_reported", "unpriced", "free")
SB_NAMES(UsageSource, Estimated, "none", "reported", "estimated")
SB_NAMES(OutcomeKind, Stopped, "running", "served", "refused", "failed", "cut", "client_left",
         "stopped")
#undef SB_NAMES
} // namespace

#define SB_NAME_FUNCTIONS(E)                                                                       \
    QByteArrayView name(E value)                                                                   \
    {                                                                                              \
        return textOf(value);                                                                      \
    }                                                                                              \
    template <> std::optional<E> fromName<E>(QByteArrayView text)                                  \
    {                                                                                              \
        for (size_t i = 0; i < Names<E>::kTexts.size(); ++i) {                                     \
            if (text == Names<E>::kTexts[i])                                                       \
                return E(i);                                                                       \
        }                                                                                          \
        return std::nullopt;                                                                       \
    }

SB_NAME_FUNCTIONS(DialectId)
SB_NAME_FUNCTIONS(Endpoint)
SB_NAME_FUNCTIONS(RequestKind)
SB_NAME_FUNCTIONS(Phase)
SB_NAME_FUNCTIONS(LogPolicy)
SB_NAME_FUNCTIONS(RouteSource)
SB_NAME_FUNCTIONS(SkipReason)
SB_NAME_FUNCTIONS(CandidateFate)
SB_NAME_FUNCTIONS(Stage)
SB_NAME_FUNCTIONS(AttemptOutcome)
SB_NAME_FUNCTIONS(Move)
SB_NAME_FUNCTIONS(CostSource)
SB_NAME_FUNCTIONS(UsageSource)
SB_NAME_FUNCTIONS(OutcomeKind)
#undef SB_NAME_FUNCTIONS

bool isTlsFailure(AttemptOutcome outcome)
{
    return outcome >= AttemptOutcome::TlsWrongName && outcome <= AttemptOutcome::TlsFailed;
}

} // namespace sb
