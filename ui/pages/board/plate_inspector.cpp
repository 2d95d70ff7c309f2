#include "pages/board/plate_inspector.h"

#include "models/exchange_model.h"
#include "pages/board/board_painter.h"
#include "pages/board/plate_actions.h"
#include "record/failure_class.h"
#include "words/events.h"
#include "words/format.h"
#include "words/plain.h"
#include "words/plates.h"
#include "words/states.h"

#include <QCoreApplication>

namespace sb::pages {

using Fact = kit::Inspector::Fact;
using Row = kit::Inspector::Row;
using models::BoardState;

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(PlateInspector)
};

constexpr qint64 kSearchEveryMs = 1'000;

template <typename List> int indexIn(const List &list, const QString &id)
{
    for (int i = 0; i < list.size(); ++i) {
        if (list[i].id.text() == id)
            return i;
    }
    return -1;
}

int indexOf(const BoardState &state, Column column, const QString &id)
{
    switch (column) {
    case Column::Clients:
        return indexIn(state.clients(), id);
    case Column::Chains:
        return indexIn(state.chains(), id);
    case Column::Providers:
        return indexIn(state.providers(), id);
    }
    return -1;
}

} // namespace

void PlateInspector::point(Column column, const QString &id)
{
    m_isOn = true;
    m_column = column;
    m_id = id;
    m_foundAtWallMs = 0;
    m_errors.clear();
}

bool PlateInspector::fill(kit::Inspector &panel, const BoardState &state,
                          const models::ExchangeModel &exchanges, const PlateActions &actions,
                          const words::Names &names)
{
    const int index = m_isOn ? indexOf(state, m_column, m_id) : -1;
    if (index < 0)
        return false;
    switch (m_column) {
    case Column::Clients:
        fillClient(panel, state, index);
        break;
    case Column::Chains:
        fillChain(panel, state, index);
        break;
    case Column::Providers:
        fillProvider(panel, state, index, names);
        break;
    }
    if (state.wallMs() - m_foundAtWallMs >= kSearchEveryMs || state.wallMs() < m_foundAtWallMs) {
        m_foundAtWallMs = state.wallMs();
        findErrors(exchanges, names);
    }
    kit::Inspector::List waiting{.title = Words::tr("Waiting for an answer")};
    for (const models::Train &train : actions.waitingAt(m_column, index)) {
        if (waiting.rows.size() == kErrors)
            break;
        const QString client = train.client >= 0
            ? words::visible(state.clients()[train.client].label)
            : words::unknown();
        const int provider = train.chain >= 0 && train.row >= 0
            ? state.chains()[train.chain].targets[train.row].provider
            : -1;
        const QString since = words::lasting(train.waitingSinceWallMs, state.wallMs());
        waiting.rows.append(
            {.text = provider >= 0
                 ? Words::tr("%1 at %2, for %3", "client, provider, time")
                       .arg(client, words::visible(state.providers()[provider].label), since)
                 : Words::tr("%1, for %2", "client, time").arg(client, since),
             .key = QString::fromLatin1(train.id.text())});
    }
    kit::Inspector::List errors{.title = Words::tr("Last errors"), .rows = m_errors};
    errors.empty = Words::tr("None among the last requests.");
    panel.setLists({waiting, errors});
    panel.setCommands(actions.of(m_column, index));
    return true;
}

void PlateInspector::fillClient(kit::Inspector &panel, const BoardState &state, int index) const
{
    const auto &client = state.clients()[index];
    ClientView view;
    view.label = client.label;
    view.perMinute = client.perMinute;
    view.lastSeenWallMs = client.lastSeenWallMs;
    panel.setHead(lampOf(client.light), words::visible(client.label), Words::tr("client"));
    QString reason = words::clientReason(view, state.wallMs());
    QStringList chains;
    for (const auto &route : state.clientRoutes()) {
        if (route.client == index && route.state != models::RouteState::None)
            chains.append(chainLabel(state.chains()[route.chain]));
    }
    panel.setReason(reason);
    QList<Fact> facts{{Words::tr("Requests"), words::perMinute(client.perMinute)},
                      {Words::tr("Last request"),
                       client.lastSeenWallMs > 0 ? words::ago(client.lastSeenWallMs, state.wallMs())
                                                 : words::unknown()},
                      {Words::tr("Chains used"),
                       chains.isEmpty() ? words::unknown() : chains.join(QStringLiteral(", "))}};
    if (!client.program.isEmpty())
        facts.append({Words::tr("Program"), words::visible(client.program)});
    panel.setFacts(facts);
}

void PlateInspector::fillChain(kit::Inspector &panel, const BoardState &state, int index) const
{
    const auto &chain = state.chains()[index];
    panel.setHead(lampOf(chain.light), chainLabel(chain), Words::tr("chain"));
    ChainView view;
    view.id = chain.id;
    view.state = chain.state;
    view.lastServedRank = chain.lastServedRank;
    view.heldRank = chain.heldRank;
    view.heldUntilWallMs = chain.heldUntilWallMs;
    const auto at = std::find_if(chain.targets.begin(), chain.targets.end(),
                                 [&](const auto &row) { return row.rank == chain.lastServedRank; });
    const int served = chain.lastServedRank > 0 && at != chain.targets.end()
        ? int(at - chain.targets.begin())
        : -1;
    const QString server
        = served >= 0 ? words::visible(chain.targets[served].providerLabel) : words::unknown();
    panel.setReason(chain.isDirect
                        ? Words::tr("Requests that name their provider and model themselves.")
                        : words::chainReason(view, server, state.wallMs()));
    QList<Fact> facts{
        {Words::tr("State"), chain.isDirect ? words::unknown() : words::chain(chain.state)},
        {Words::tr("Requests"), words::perMinute(chain.perMinute)},
        {Words::tr("Served last"),
         served >= 0 ? Words::tr("target %1, %2", "number, provider")
                           .arg(words::count(chain.lastServedRank), server)
                     : words::unknown()}};
    for (int row = 0; row < chain.targets.size(); ++row) {
        const auto &target = chain.targets[row];
        QString state5 = words::perMinute(target.perMinute);
        if (target.provider < 0)
            state5 = Words::tr("not configured");
        else if (target.isSkipped)
            state5 = words::skip(target.reason);
        else if (state.providers()[target.provider].state == ProviderState::Tripped)
            state5 = words::provider(ProviderState::Tripped);
        else if (state.providers()[target.provider].state == ProviderState::Off)
            state5 = words::provider(ProviderState::Off);
        facts.append(
            {Words::tr("%1. %2", "rank. provider")
                 .arg(words::count(row + 1), words::visible(target.providerLabel)),
             Words::tr("%1, %2", "model, state").arg(words::visible(target.model), state5)});
    }
    panel.setFacts(facts);
}

void PlateInspector::fillProvider(kit::Inspector &panel, const BoardState &state, int index,
                                  const words::Names &names) const
{
    const auto &provider = state.providers()[index];
    panel.setHead(lampOf(provider.light), words::visible(provider.label),
                  provider.isSimulated ? Words::tr("simulated provider") : Words::tr("provider"));
    QString reason = words::providerReason(provider.view(), state.wallMs());
    for (const DrillView &drill : state.drills()) {
        if (drill.provider == provider.id)
            reason += u'\n' + words::drill(drill, names, state.wallMs());
    }
    panel.setReason(reason);
    QStringList chains;
    for (const auto &chain : state.chains()) {
        for (int row = 0; row < chain.targets.size(); ++row) {
            if (chain.targets[row].provider == index)
                chains.append(Words::tr("%1 (target %2)", "chain, number")
                                  .arg(chainLabel(chain), words::count(row + 1)));
        }
    }
    const double share
        = provider.attempts5m > 0 ? double(provider.failures5m) / provider.attempts5m : -1;
    panel.setFacts({{Words::tr("State"), words::provider(provider.state)},
                    {Words::tr("Attempts in 5 minutes"), words::count(provider.attempts5m)},
                    {Words::tr("Of them failed"),
                     provider.attempts5m > 0
                         ? Words::tr("%1, %2", "count, share")
                               .arg(words::count(provider.failures5m), words::percent(share))
                         : words::unknown()},
                    {Words::tr("First token, median"), words::duration(provider.p50FirstContent)},
                    {Words::tr("Duration, median"), words::duration(provider.p50Duration)},
                    {Words::tr("Speed, median"), words::speed(provider.tokensPerSecond)},
                    {Words::tr("Running now"), words::count(provider.inFlight)},
                    {Words::tr("In chains"),
                     chains.isEmpty() ? words::unknown() : chains.join(QStringLiteral(", "))}});
}

void PlateInspector::findErrors(const models::ExchangeModel &exchanges, const words::Names &names)
{
    QList<Row> found;
    const int count = std::min(exchanges.rowCount(), kSearched);
    for (int i = 0; i < count && found.size() < kErrors; ++i) {
        const auto exchange = exchanges.at(i);
        const bool isHere = m_column == Column::Providers
            || (m_column == Column::Clients ? exchange->client.text() == m_id
                                            : exchange->decision.chain.text() == m_id);
        if (!isHere)
            continue;
        const QString key = QString::fromLatin1(exchange->id.text());
        const QString time = words::timeSeconds(exchange->wallMs);
        const bool isRefused = exchange->outcome.kind == OutcomeKind::Refused;
        if (isRefused && m_column != Column::Providers) {
            found.append({.text = Words::tr("%1  %2", "time, what went wrong")
                                      .arg(time, words::outcome(exchange->outcome.kind)),
                          .key = key,
                          .tone = kit::PlainLabel::Tone::Danger});
        }
        for (auto attempt = exchange->attempts.crbegin();
             attempt != exchange->attempts.crend() && found.size() < kErrors; ++attempt) {
            const bool isIts
                = m_column != Column::Providers || attempt->target.provider.text() == m_id;
            if (!isIts || !isFailure(attempt->outcome))
                continue;
            const QString what = attempt->status >= 300
                ? Words::tr("%1 %2", "status, what it means")
                      .arg(QString::number(attempt->status), words::attempt(attempt->outcome))
                : words::attempt(attempt->outcome);
            QString who = m_column == Column::Providers ? names.of(exchange->client)
                                                        : names.of(attempt->target.provider);
            if (attempt->isInjected)
                who = Words::tr("%1, drill", "a client or provider").arg(who);
            const QString said = words::trimmed(attempt->message, 80);
            found.append(
                {.text = said.isEmpty()
                     ? Words::tr("%1  %2: %3", "time, who, what went wrong").arg(time, who, what)
                     : Words::tr("%1  %2: %3. “%4”", "time, who, what went wrong, quote")
                           .arg(time, who, what, said),
                 .key = key,
                 .tone = attempt->isInjected ? kit::PlainLabel::Tone::Drill
                                             : kit::PlainLabel::Tone::Danger});
        }
    }
    m_errors = found;
}

} // namespace sb::pages
