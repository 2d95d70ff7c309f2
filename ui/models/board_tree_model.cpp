#include "models/board_tree_model.h"

#include "words/format.h"
#include "words/plain.h"
#include "words/plates.h"
#include "words/states.h"

#include <algorithm>

namespace sb::models {

namespace {

constexpr int kSections = 3;

QString stateOf(RouteState state)
{
    switch (state) {
    case RouteState::None:
        return BoardTreeModel::tr("not used");
    case RouteState::Idle:
        return BoardTreeModel::tr("idle");
    case RouteState::Live:
        return BoardTreeModel::tr("live");
    case RouteState::Caution:
        return BoardTreeModel::tr("live, not on its first target");
    case RouteState::Tripped:
        return BoardTreeModel::tr("tripped");
    case RouteState::Draft:
        return BoardTreeModel::tr("added in the draft");
    }
    return {};
}

Light lightOf(RouteState state)
{
    switch (state) {
    case RouteState::None:
        return Light::Off;
    case RouteState::Idle:
        return Light::NoTraffic;
    case RouteState::Live:
        return Light::Serving;
    case RouteState::Caution:
        return Light::Caution;
    case RouteState::Tripped:
        return Light::Danger;
    case RouteState::Draft:
        return Light::NoTraffic;
    }
    return Light::NoTraffic;
}

QString chainName(const ChainPlate &chain)
{
    return chain.isDirect ? BoardTreeModel::tr("named in the request")
                          : words::visible(chain.label);
}

} // namespace

BoardTreeModel::BoardTreeModel(QObject *parent)
    : QAbstractItemModel(parent)
    , m_nodes(build({}))
{
}

QList<BoardTreeModel::Node> BoardTreeModel::build(const BoardState &state)
{
    QList<Node> nodes;
    const auto add = [&](int parent, const QString &key, const QString &name) -> int {
        const auto at = int(nodes.size());
        Node node;
        node.key = key;
        node.parent = parent;
        node.cells[Name] = name;
        if (parent >= 0) {
            node.row = int(nodes[parent].children.size());
            nodes[parent].children.append(at);
        } else {
            node.row = at;
        }
        nodes.append(node);
        return at;
    };
    add(-1, QStringLiteral("clients"), tr("Clients"));
    add(-1, QStringLiteral("chains"), tr("Chains"));
    add(-1, QStringLiteral("providers"), tr("Providers"));

    for (int i = 0; i < state.clients().size(); ++i) {
        const ClientPlate &client = state.clients()[i];
        const int at
            = add(0, QStringLiteral("c:") + client.id.text(), words::visible(client.label));
        ClientView view;
        view.id = client.id;
        view.program = client.program;
        view.perMinute = client.perMinute;
        view.lastSeenWallMs = client.lastSeenWallMs;
        nodes[at].cells[State] = words::clientLine(view, state.wallMs());
        nodes[at].cells[Rate] = words::perMinute(client.perMinute);
        nodes[at].light = int(client.light);
        nodes[at].section = 0;
        nodes[at].entry = i;
        for (const ClientRoute &route : state.clientRoutes()) {
            if (route.client != i)
                continue;
            const ChainPlate &chain = state.chains()[route.chain];
            const int leg = add(at, QStringLiteral("u:") + chain.id.text(), chainName(chain));
            nodes[leg].cells[State] = stateOf(route.state);
            nodes[leg].light = int(lightOf(route.state));
            nodes[leg].section = 1;
            nodes[leg].entry = route.chain;
        }
    }
    for (int i = 0; i < state.chains().size(); ++i) {
        const ChainPlate &chain = state.chains()[i];
        const int at = add(1, QStringLiteral("h:") + chain.id.text(), chainName(chain));
        nodes[at].cells[State]
            = chain.isDirect ? tr("no chain configured") : words::chain(chain.state);
        nodes[at].cells[Rate] = words::perMinute(chain.perMinute);
        nodes[at].light = int(chain.light);
        nodes[at].section = 1;
        nodes[at].entry = i;
        if (chain.heldRank > 0) {
            nodes[at].cells[State]
                = words::heldLines(chain.heldRank, chain.heldUntilWallMs, state.wallMs())
                      .constFirst();
        }
        for (int row = 0; row < chain.targets.size(); ++row) {
            const TargetRow &target = chain.targets[row];
            const int leg
                = add(at,
                      QStringLiteral("t:%1:%2:%3")
                          .arg(QString::number(row), target.providerId.text(), target.model),
                      tr("%1. %2 / %3", "rank. provider / model")
                          .arg(words::count(row + 1), words::visible(target.providerLabel),
                               words::visible(target.model)));
            nodes[leg].cells[Rate] = words::perMinute(target.perMinute);
            nodes[leg].cells[State] = tr("provider not configured");
            nodes[leg].light = int(Light::Off);
            nodes[leg].section = 1;
            nodes[leg].entry = i;
            for (const TargetRoute &route : state.targetRoutes()) {
                if (route.chain != i || route.row != row)
                    continue;
                nodes[leg].light = int(lightOf(route.state));
                nodes[leg].cells[State] = route.state == RouteState::None && target.isSkipped
                    ? words::skip(target.reason)
                    : stateOf(route.state);
                const bool isLeftOut = chain.heldRank > 0 && chain.heldRank != target.rank;
                if (route.state == RouteState::None && isLeftOut)
                    nodes[leg].cells[State] = tr("not called", "a target of a held chain");
                else if (state.providers()[route.provider].state == ProviderState::Off)
                    nodes[leg].cells[State] = words::provider(ProviderState::Off);
                if (target.mark == DraftMark::Removed)
                    nodes[leg].cells[State] = tr("removed in the draft");
                else if (target.mark == DraftMark::Moved)
                    nodes[leg].cells[State]
                        = tr("%1, moved in the draft", "state").arg(nodes[leg].cells[State]);
                if (route.state == RouteState::Tripped)
                    nodes[leg].reason = words::providerReason(
                        state.providers()[route.provider].view(), state.wallMs());
            }
        }
    }
    for (int i = 0; i < state.providers().size(); ++i) {
        const ProviderPlate &provider = state.providers()[i];
        const int at
            = add(2, QStringLiteral("p:") + provider.id.text(), words::visible(provider.label));
        const ProviderView view = provider.view();
        Node &node = nodes[at];
        node.cells[State] = words::provider(provider.state);
        node.cells[FirstToken] = words::duration(provider.p50FirstContent);
        node.cells[Speed] = words::speed(provider.tokensPerSecond);
        node.cells[Errors] = provider.attempts5m > 0
            ? words::percent(double(provider.failures5m) / provider.attempts5m)
            : words::unknown();
        node.reason = words::providerReason(view, state.wallMs());
        node.light = int(provider.light);
        if (provider.state == ProviderState::Tripped || provider.state == ProviderState::Probing)
            node.cells[State] = words::providerLine(view, state.wallMs());
        if (provider.drills > 0) {
            node.cells[State]
                = tr("%1, drill, %2 left", "state, time")
                      .arg(node.cells[State],
                           words::countdown(provider.drillUntilWallMs, state.wallMs()));
        }
        node.section = 2;
        node.entry = i;
    }
    // A section says how bad it is below.
    const auto weight = [](int light) {
        static constexpr std::array order{Light::NoTraffic, Light::Off,     Light::Serving,
                                          Light::Probing,   Light::Caution, Light::Danger};
        return std::find(order.begin(), order.end(), Light(light)) - order.begin();
    };
    for (int section = 0; section < kSections; ++section) {
        Node &node = nodes[section];
        node.light = int(Light::NoTraffic);
        for (const int child : std::as_const(node.children)) {
            if (weight(nodes[child].light) > weight(node.light))
                node.light = nodes[child].light;
        }
    }
    nodes[0].cells[State] = tr("%n client(s)", nullptr, int(nodes[0].children.size()));
    nodes[1].cells[State] = tr("%n chain(s)", nullptr, int(nodes[1].children.size()));
    nodes[2].cells[State] = tr("%n provider(s)", nullptr, int(nodes[2].children.size()));
    return nodes;
}

void BoardTreeModel::take(const BoardState &state)
{
    QList<Node> nodes = build(state);
    const bool isSameShape = std::equal(
        nodes.begin(), nodes.end(), m_nodes.begin(), m_nodes.end(),
        [](const Node &a, const Node &b) { return a.key == b.key && a.parent == b.parent; });
    if (!isSameShape) {
        beginResetModel();
        m_nodes = std::move(nodes);
        endResetModel();
        return;
    }
    for (int i = 0; i < nodes.size(); ++i) {
        const Node &was = m_nodes[i];
        const bool isMoved = nodes[i].cells != was.cells || nodes[i].light != was.light
            || nodes[i].reason != was.reason || nodes[i].entry != was.entry;
        if (!isMoved)
            continue;
        m_nodes[i] = nodes[i];
        emit dataChanged(createIndex(was.row, 0, quintptr(i)),
                         createIndex(was.row, ColumnCount - 1, quintptr(i)));
    }
}

QModelIndex BoardTreeModel::index(int row, int column, const QModelIndex &parent) const
{
    if (row < 0 || column < 0 || column >= ColumnCount)
        return {};
    if (!parent.isValid())
        return row < kSections ? createIndex(row, column, quintptr(row)) : QModelIndex();
    if (parent.column() != 0)
        return {};
    const QList<int> &children = m_nodes[qsizetype(parent.internalId())].children;
    return row < children.size() ? createIndex(row, column, quintptr(children[row]))
                                 : QModelIndex();
}

QModelIndex BoardTreeModel::parent(const QModelIndex &child) const
{
    if (!child.isValid())
        return {};
    const int parent = m_nodes[qsizetype(child.internalId())].parent;
    return parent < 0 ? QModelIndex() : createIndex(m_nodes[parent].row, 0, quintptr(parent));
}

int BoardTreeModel::rowCount(const QModelIndex &parent) const
{
    if (!parent.isValid())
        return kSections;
    return parent.column() == 0 ? int(m_nodes[qsizetype(parent.internalId())].children.size()) : 0;
}

int BoardTreeModel::columnCount(const QModelIndex &) const
{
    return ColumnCount;
}

QVariant BoardTreeModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Node &node = m_nodes[qsizetype(index.internalId())];
    switch (role) {
    case Qt::DisplayRole:
    case SortRole:
        return node.cells[size_t(index.column())];
    case Qt::ToolTipRole:
    case ReasonRole:
        return node.reason;
    case Qt::TextAlignmentRole:
        return int(Qt::AlignVCenter) | int(index.column() >= Rate ? Qt::AlignRight : Qt::AlignLeft);
    case SectionRole:
        return node.section < 0 ? QVariant() : QVariant(node.section);
    case EntryRole:
        return node.entry < 0 ? QVariant() : QVariant(node.entry);
    case LightRole:
        return node.light < 0 ? QVariant() : QVariant(node.light);
    case Qt::AccessibleTextRole:
        return index.column() == Name && !node.cells[State].isEmpty()
            ? tr("%1, %2", "name, state").arg(node.cells[Name], node.cells[State])
            : node.cells[size_t(index.column())];
    default:
        return {};
    }
}

QVariant BoardTreeModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return int(Qt::AlignVCenter) | int(section >= Rate ? Qt::AlignRight : Qt::AlignLeft);
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Name:
        return tr("Name");
    case State:
        return tr("State");
    case Rate:
        return tr("Requests");
    case FirstToken:
        return tr("First token");
    case Speed:
        return tr("Speed");
    case Errors:
        return tr("Errors");
    default:
        return {};
    }
}

} // namespace sb::models
