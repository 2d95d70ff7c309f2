#include "control/frame_json.h"

#include "record/names.h"
#include "json/writer.h"

namespace sb::control {

namespace {
QByteArrayView name(ProviderState state)
{
    constexpr std::array<QByteArrayView, 6> names{"no_traffic", "serving", "degraded",
                                                  "tripped",    "probing", "off"};
    return names[size_t(state)];
}

QByteArrayView name(ChainState state)
{
    constexpr std::array<QByteArrayView, 5> names{"idle", "on_first_target", "failed_over",
                                                  "failing", "held"};
    return names[size_t(state)];
}

QByteArrayView name(KeyState state)
{
    constexpr std::array<QByteArrayView, 6> names{"unused",  "ok",  "rejected",
                                                  "limited", "off", "missing"};
    return names[size_t(state)];
}

QByteArrayView name(EventKind kind)
{
    constexpr std::array<QByteArrayView, 15> names{
        "tripped",       "recovered",      "config_applied", "drill_started", "drill_ended",
        "budget_warned", "budget_reached", "held",           "released",      "switched_off",
        "switched_on",   "moved_on",       "key_rejected",   "paused",        "resumed"};
    return names[size_t(kind)];
}

QByteArrayView name(EngineState state)
{
    constexpr std::array<QByteArrayView, 6> names{"starting", "running", "draining",
                                                  "stopped",  "failed",  "paused"};
    return names[size_t(state)];
}

QByteArrayView name(Notice::Kind kind)
{
    constexpr std::array<QByteArrayView, 8> names{
        "config_refused", "disk_full",  "history_damaged", "clock_jumped",
        "tls_problem",    "redirected", "key_rejected",    "keychain_failing"};
    return names[size_t(kind)];
}

void millis(json::Writer &w, QByteArrayView key, Micros value)
{
    if (value == kNever)
        w.member(key, nullptr);
    else
        w.member(key, double(value.count()) / 1000.0);
}

void write(json::Writer &w, const ProviderView &provider)
{
    w.beginObject()
        .member("id", provider.id.text())
        .member("label", provider.label)
        .member("state", name(provider.state))
        .member("is_simulated", provider.isSimulated);
    if (provider.state == ProviderState::Tripped || provider.state == ProviderState::Probing) {
        w.member("cause", sb::name(provider.cause)).member("cause_status", provider.causeStatus);
        w.member("since_wall_ms", provider.sinceWallMs)
            .member("until_wall_ms", provider.untilWallMs);
    }
    w.member("attempts_5m", provider.attempts5m).member("failures_5m", provider.failures5m);
    w.member("in_flight", provider.inFlight);
    millis(w, "p50_first_content_ms", provider.p50FirstContent);
    millis(w, "p50_duration_ms", provider.p50Duration);
    w.member("tokens_per_second", provider.tokensPerSecond);
    w.member("last_used_wall_ms", provider.lastUsedWallMs);
    w.key("keys").beginArray();
    for (const KeyView &key : provider.keys) {
        w.beginObject().member("id", key.id.text()).member("state", name(key.state));
        w.member("until_wall_ms", key.untilWallMs).member("last_used_wall_ms", key.lastUsedWallMs);
        w.endObject();
    }
    w.endArray().endObject();
}

void write(json::Writer &w, const DrillView &drill)
{
    w.beginObject().member("id", drill.id).member("fault", drill.fault);
    if (drill.status > 0)
        w.member("status", drill.status);
    w.member("provider", drill.provider.text());
    if (!drill.client.isEmpty())
        w.member("client", drill.client.text());
    w.member("share_percent", drill.sharePercent).member("hits", drill.hits);
    w.member("since_wall_ms", drill.sinceWallMs).member("until_wall_ms", drill.untilWallMs);
    w.endObject();
}

void write(json::Writer &w, const ChainView &chain)
{
    w.beginObject().member("id", chain.id.text()).member("state", name(chain.state));
    w.member("per_minute", chain.perMinute).member("last_served_rank", chain.lastServedRank);
    if (chain.heldRank > 0)
        w.member("held_rank", chain.heldRank).member("held_until_wall_ms", chain.heldUntilWallMs);
    w.key("targets").beginArray();
    for (const ChainTargetView &target : chain.targets) {
        w.beginObject().member("provider", target.provider.text()).member("model", target.model);
        w.member("per_minute", target.perMinute);
        if (target.isSkipped)
            w.member("never_called", sb::name(target.reason));
        w.endObject();
    }
    w.endArray().endObject();
}
} // namespace

QByteArray frameJson(const Frame &frame)
{
    json::Writer w;
    w.beginObject().member("state", name(frame.state)).member("revision", frame.revision);
    w.key("addresses").beginArray();
    for (const QString &address : frame.addresses)
        w.string(QStringView(address));
    w.endArray().key("providers").beginArray();
    for (const ProviderView &provider : frame.providers)
        write(w, provider);
    w.endArray().key("chains").beginArray();
    for (const ChainView &chain : frame.chains)
        write(w, chain);
    w.endArray().key("drills").beginArray();
    for (const DrillView &drill : frame.drills)
        write(w, drill);
    w.endArray().key("totals").beginObject();
    const TotalsView &totals = frame.totals;
    w.member("per_minute", totals.perMinute).member("in_flight", totals.inFlight);
    millis(w, "p50_duration_ms", totals.p50Duration);
    millis(w, "p50_first_content_ms", totals.p50FirstContent);
    if (totals.errorShare < 0)
        w.member("error_share", nullptr);
    else
        w.member("error_share", totals.errorShare);
    w.member("today_nusd", totals.today.nano)
        .member("uncertain_today_nusd", totals.uncertainToday.nano);
    w.member("unpriced_today", totals.unpricedToday).member("exchanges", totals.exchanges);
    w.member("history_dropped", totals.historyDropped).endObject();
    w.key("budgets").beginArray();
    for (const BudgetView &budget : frame.budgets) {
        w.beginObject().member("id", budget.id).member("scope", budget.scope);
        w.member("window", budget.window).member("cap_nusd", budget.cap.nano);
        w.member("spent_nusd", budget.spent.nano).member("reserved_nusd", budget.reserved.nano);
        w.member("is_warned", budget.isWarned).member("is_reached", budget.isReached);
        w.member("refused", budget.refused).member("from_wall_ms", budget.fromWallMs);
        w.member("resets_at_wall_ms", budget.resetsAtWallMs).endObject();
    }
    w.endArray().key("notices").beginArray();
    for (const Notice &notice : frame.notices) {
        w.beginObject().member("kind", name(notice.kind)).member("subject", notice.subject);
        w.member("detail", notice.detail).member("since_wall_ms", notice.sinceWallMs).endObject();
    }
    w.endArray().endObject();
    return w.take();
}

QByteArray eventJson(const EventView &event)
{
    json::Writer w;
    w.beginObject().member("event", name(event.kind)).member("wall_ms", event.wallMs);
    if (!event.provider.isEmpty())
        w.member("provider", event.provider.text());
    if (!event.chain.isEmpty())
        w.member("chain", event.chain.text());
    if (!event.client.isEmpty())
        w.member("client", event.client.text());
    if (event.cause != AttemptOutcome::Running)
        w.member("cause", sb::name(event.cause));
    if (event.status > 0)
        w.member("status", event.status);
    if (event.revision > 0)
        w.member("revision", event.revision);
    if (!event.subject.isEmpty())
        w.member("subject", event.subject);
    if (event.untilWallMs > 0)
        w.member("until_wall_ms", event.untilWallMs);
    w.endObject();
    return w.take();
}

} // namespace sb::control
