#include "record/code.h"

#include <array>

namespace sb {

namespace {
struct Row {
    Code code;
    const char *name;
    int status;
};

constexpr std::array kRows{
    Row{Code::None, "", 0},
    Row{Code::BadRequest, "bad_request", 400},
    Row{Code::BadJson, "bad_json", 400},
    Row{Code::DuplicateKey, "duplicate_key", 400},
    Row{Code::NotSupported, "not_supported", 400},
    Row{Code::NeedsTranslation, "needs_translation", 400},
    Row{Code::ContextTooLong, "context_too_long", 400},
    Row{Code::ClientKey, "client_key", 401},
    Row{Code::TwoKeys, "two_keys", 401},
    Row{Code::BudgetExceeded, "budget_exceeded", 402},
    Row{Code::NotAllowed, "not_allowed", 403},
    Row{Code::BadHost, "bad_host", 403},
    Row{Code::BadOrigin, "bad_origin", 403},
    Row{Code::NoSuchModel, "no_such_model", 404},
    Row{Code::NoSuchPath, "no_such_path", 404},
    Row{Code::NoSuchId, "no_such_id", 404},
    Row{Code::Method, "method", 405},
    Row{Code::RequestTimeout, "request_timeout", 408},
    Row{Code::BodyTooLarge, "body_too_large", 413},
    Row{Code::UriTooLong, "head_too_large", 414},
    Row{Code::HeadTooLarge, "head_too_large", 431},
    Row{Code::MediaType, "media_type", 415},
    Row{Code::Expectation, "expectation", 417},
    Row{Code::Upgrade, "upgrade", 426},
    Row{Code::ClientRateLimit, "client_rate_limit", 429},
    Row{Code::TargetsLimited, "targets_limited", 429},
    Row{Code::ClientLeft, "client_left", 499},
    Row{Code::UpstreamUnreachable, "upstream_unreachable", 502},
    Row{Code::UpstreamTls, "upstream_tls", 502},
    Row{Code::UpstreamReset, "upstream_reset", 502},
    Row{Code::UpstreamCredentials, "upstream_credentials", 502},
    Row{Code::UpstreamQuota, "upstream_quota", 502},
    Row{Code::UpstreamRedirect, "upstream_redirect", 502},
    Row{Code::UpstreamError, "upstream_error", 502},
    Row{Code::EmptyCompletion, "empty_completion", 502},
    Row{Code::BadUpstreamReply, "bad_upstream_reply", 502},
    Row{Code::UpstreamCut, "upstream_cut", 502},
    Row{Code::ModelLoop, "model_loop", 502},
    Row{Code::AllTripped, "all_tripped", 503},
    Row{Code::Overloaded, "overloaded", 503},
    Row{Code::Draining, "draining", 503},
    Row{Code::LedgerUnavailable, "ledger_unavailable", 503},
    Row{Code::UpstreamTimeout, "upstream_timeout", 504},
    Row{Code::UpstreamStall, "upstream_stall", 504},
    Row{Code::Deadline, "deadline", 504},
};

constexpr bool rowsFollowTheEnum()
{
    for (size_t i = 0; i < kRows.size(); ++i) {
        if (size_t(kRows[i].code) != i)
            return false;
    }
    return kRows.size() == size_t(Code::Deadline) + 1;
}
static_assert(rowsFollowTheEnum());
} // namespace

QByteArrayView codeName(Code code)
{
    return QByteArrayView(kRows[size_t(code)].name);
}

std::optional<Code> codeFromName(QByteArrayView name)
{
    for (const Row &row : kRows) {
        if (name == row.name && row.code != Code::None)
            return row.code;
    }
    return std::nullopt;
}

int codeStatus(Code code)
{
    return kRows[size_t(code)].status;
}

} // namespace sb
