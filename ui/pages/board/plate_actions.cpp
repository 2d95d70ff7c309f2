#include "pages/board/plate_actions.h"

#include "link/engine_link.h"
#include "words/answers.h"
#include "words/events.h"
#include "words/format.h"
#include "words/plain.h"

#include <algorithm>

namespace sb::pages {

using kit::Command;
using models::Train;

namespace {

constexpr Seconds kBreak{120};
constexpr qsizetype kMostMoveOns = 3; // the ones that wait longest

} // namespace

PlateActions::PlateActions(link::EngineLink &link, const models::BoardState &state, QObject *parent)
    : QObject(parent)
    , m_link(link)
    , m_state(state)
{
}

template <typename T> void PlateActions::listen(QFuture<Result<T>> answer) const
{
    auto *self = const_cast<PlateActions *>(this);
    answer.then(self, [self](const Result<T> &result) {
        if (!result)
            emit self->said(words::refusal(result.error()));
    });
}

void PlateActions::moveOn(const ExchangeId &id)
{
    listen(m_link.control().moveOn(id));
}

void PlateActions::clearDrills()
{
    listen(m_link.control().clearDrills());
}

void PlateActions::resume()
{
    listen(m_link.control().setPaused(false));
}

QList<Command> PlateActions::of(Column column, int index) const
{
    QList<Command> commands;
    if (index < 0)
        return commands;
    switch (column) {
    case Column::Clients:
        if (index < m_state.clients().size())
            commands = ofClient(m_state.clients()[index]);
        break;
    case Column::Chains:
        if (index < m_state.chains().size())
            commands = ofChain(m_state.chains()[index]);
        break;
    case Column::Providers:
        if (index < m_state.providers().size())
            commands = ofProvider(m_state.providers()[index]);
        break;
    }
    return moveOns(column, index) + commands;
}

QList<Train> PlateActions::waitingAt(Column column, int index) const
{
    QList<Train> trains;
    for (const Train &train : m_state.trains()) {
        if (!train.isMovable)
            continue;
        const auto provider = [&] {
            return train.chain >= 0 && train.row >= 0
                ? m_state.chains()[train.chain].targets[train.row].provider
                : -1;
        };
        const bool isHere = column == Column::Clients ? train.client == index
            : column == Column::Chains                ? train.chain == index
                                                      : provider() == index;
        if (isHere)
            trains.append(train);
    }
    return trains;
}

QList<Command> PlateActions::moveOns(Column column, int index) const
{
    QList<Command> commands;
    const QList<Train> waiting = waitingAt(column, index);
    for (const Train &train : waiting) {
        if (commands.size() == kMostMoveOns)
            break;
        const QString client = train.client >= 0
            ? words::visible(m_state.clients()[train.client].label)
            : words::unknown();
        Command command;
        command.id = QStringLiteral("move_on:") + QString::fromLatin1(train.id.text());
        command.text = tr("Move on now: %1, %2", "client, time of a waiting request")
                           .arg(client, words::timeSeconds(train.acceptedWallMs));
        command.toolTip = tr("Gives up the running attempt and takes the next target. Only while "
                             "nothing of an answer has come.");
        command.run
            = [self = const_cast<PlateActions *>(this), id = train.id] { self->moveOn(id); };
        commands.append(command);
    }
    return commands;
}

QList<Command> PlateActions::ofTrain(const Train &train) const
{
    auto *self = const_cast<PlateActions *>(this);
    QList<Command> commands;
    if (train.isMovable) {
        Command move;
        move.id = QStringLiteral("move_on");
        move.text = tr("Move on now");
        move.toolTip = tr("Gives up the running attempt and takes the next target. Only while "
                          "nothing of an answer has come.");
        move.run = [self, id = train.id] { self->moveOn(id); };
        commands.append(move);
    }
    Command open;
    open.id = QStringLiteral("open_request");
    open.text = tr("Open request");
    open.run = [self, id = train.id] { emit self->openExchange(id); };
    commands.append(open);
    return commands;
}

QList<Command> PlateActions::faults(const ProviderId &provider, const ClientId &client) const
{
    struct Row {
        QString id;
        QString text;
        QByteArray json;
    };
    const QList<Row> rows{
        {QStringLiteral("429"), tr("429, rate limit"),
         QByteArrayLiteral(R"({"fault":"status","status":429})")},
        {QStringLiteral("500"), tr("500, server error"),
         QByteArrayLiteral(R"({"fault":"status","status":500})")},
        {QStringLiteral("slow"), tr("Slow first token, 10 s"),
         QByteArrayLiteral(R"({"fault":"slow_first_token","ms":10000})")},
        {QStringLiteral("cut"), tr("Cut after some tokens"),
         QByteArrayLiteral(R"({"fault":"cut_fin","after_events":5})")},
    };
    QList<Command> commands;
    for (const Row &row : rows) {
        Command command;
        command.id = QStringLiteral("break:%1").arg(row.id);
        command.text = row.text;
        command.run = [this, provider, client, json = row.json] {
            listen(m_link.control().startDrill(
                {.provider = provider, .client = client, .faultJson = json, .length = kBreak}));
        };
        commands.append(command);
    }
    return commands;
}

QList<Command> PlateActions::ofClient(const models::ClientPlate &client) const
{
    auto *self = const_cast<PlateActions *>(this);
    Command requests;
    requests.id = QStringLiteral("requests");
    requests.text = tr("Show its requests");
    requests.run = [self, id = client.id] {
        emit self->openPage(QStringLiteral("requests"),
                            QStringLiteral("client:\"%1\"").arg(id.text()));
    };
    QList<Command> commands{requests};
    Command drill;
    drill.id = QStringLiteral("break");
    drill.text = tr("Break a provider for it, 2 minutes");
    for (const auto &provider : m_state.providers()) {
        Command one;
        one.id = QStringLiteral("break:%1").arg(provider.id.text());
        one.text = words::visible(provider.label);
        one.children = faults(provider.id, client.id);
        drill.children.append(one);
    }
    if (!drill.children.isEmpty())
        commands.append(drill);
    for (const DrillView &running : m_state.drills()) {
        if (running.client != client.id)
            continue;
        Command end;
        end.id = QStringLiteral("end_drill:%1").arg(running.id);
        end.text = tr("End drill: %1", "a fault").arg(words::fault(running.fault, running.status));
        end.run = [this, id = running.id] { listen(m_link.control().endDrill(id)); };
        commands.append(end);
    }
    return commands;
}

QList<Command> PlateActions::ofChain(const models::ChainPlate &chain) const
{
    auto *self = const_cast<PlateActions *>(this);
    QList<Command> commands;
    if (chain.isDirect)
        return commands;
    Command edit;
    edit.id = QStringLiteral("edit");
    edit.text = tr("Edit chain");
    edit.run = [self, id = chain.id] { emit self->openPage(QStringLiteral("chains"), id.text()); };
    commands.append(edit);

    struct Length {
        QString id;
        QString text;
        Millis time;
    };
    const QList<Length> lengths{{QStringLiteral("10min"), tr("For 10 minutes"), Millis(600'000)},
                                {QStringLiteral("1h"), tr("For 1 hour"), Millis(3'600'000)},
                                {QStringLiteral("open"), tr("Until released"), Millis(0)}};
    Command hold;
    hold.id = QStringLiteral("hold");
    hold.text = tr("Hold on a target");
    hold.toolTip = tr("Only that target is called, even if it fails.");
    for (const models::TargetRow &row : chain.targets) {
        if (row.rank == 0)
            continue; // only in the draft
        Command target;
        target.id = QStringLiteral("hold:%1").arg(row.rank);
        target.text = tr("Target %1, %2", "number, provider")
                          .arg(words::count(row.rank), words::visible(row.providerLabel));
        for (const Length &length : lengths) {
            Command one;
            one.id = QStringLiteral("hold:%1:%2").arg(row.rank).arg(length.id);
            one.text = length.text;
            one.run = [this, id = chain.id, rank = row.rank, time = length.time] {
                listen(m_link.control().hold(id, rank, time));
            };
            target.children.append(one);
        }
        hold.children.append(target);
    }
    if (!hold.children.isEmpty())
        commands.append(hold);
    if (chain.heldRank > 0) {
        Command release;
        release.id = QStringLiteral("release");
        release.text = tr("Release");
        release.run = [this, id = chain.id] { listen(m_link.control().release(id)); };
        commands.append(release);
    }
    Command requests;
    requests.id = QStringLiteral("requests");
    requests.text = tr("Show its requests");
    requests.run = [self, id = chain.id] {
        emit self->openPage(QStringLiteral("requests"),
                            QStringLiteral("chain:\"%1\"").arg(id.text()));
    };
    commands.append(requests);
    return commands;
}

QList<Command> PlateActions::ofProvider(const models::ProviderPlate &provider) const
{
    auto *self = const_cast<PlateActions *>(this);
    QList<Command> commands;
    const ProviderId id = provider.id;
    const auto add = [&](const QString &name, const QString &text, const QString &tip,
                         std::function<void()> run) {
        Command command;
        command.id = name;
        command.text = text;
        command.toolTip = tip;
        command.run = std::move(run);
        commands.append(command);
    };
    add(QStringLiteral("health"), tr("Open health"), {},
        [self, id] { emit self->openPage(QStringLiteral("health"), id.text()); });
    add(QStringLiteral("probe"), tr("Probe now"),
        tr("Ends the wait of a tripped provider: the next request tests it."),
        [this, id] { listen(m_link.control().probeNow(id)); });
    const bool isOff = provider.state == ProviderState::Off;
    add(isOff ? QStringLiteral("on") : QStringLiteral("off"),
        isOff ? tr("Switch on") : tr("Switch off"),
        isOff ? QString() : tr("Chains skip it until you switch it on again."),
        [this, id, isOff] { listen(m_link.control().setProviderOff(id, !isOff)); });

    Command drill;
    drill.id = QStringLiteral("break");
    drill.text = tr("Break for 2 minutes");
    if (provider.isSimulated) {
        drill.children = faults(id, {});
    } else {
        drill.toolTip = tr("For one client only, because this provider is real.");
        for (const auto &client : m_state.clients()) {
            Command one;
            one.id = QStringLiteral("break_for:%1").arg(client.id.text());
            one.text = tr("Only for %1", "a client").arg(words::visible(client.label));
            one.children = faults(id, client.id);
            drill.children.append(one);
        }
    }
    if (!drill.children.isEmpty())
        commands.append(drill);
    const qsizetype running
        = std::count_if(m_state.drills().begin(), m_state.drills().end(),
                        [&](const DrillView &view) { return view.provider == id; });
    for (const DrillView &view : m_state.drills()) {
        if (view.provider != id)
            continue;
        const QString what = words::fault(view.fault, view.status);
        add(QStringLiteral("end_drill:%1").arg(view.id),
            running == 1 ? tr("End drill") : tr("End drill: %1", "a fault").arg(what),
            tr("Ends the fault now."),
            [this, drillId = view.id] { listen(m_link.control().endDrill(drillId)); });
    }
    add(QStringLiteral("requests"), tr("Show its requests"), {}, [self, id] {
        emit self->openPage(QStringLiteral("requests"),
                            QStringLiteral("provider:\"%1\"").arg(id.text()));
    });
    return commands;
}

} // namespace sb::pages
