// What can be done to a client, a chain, a provider or a waiting request: the same commands in the
// inspector, the menus of the drawing and of the tree, and the palette.
//
// Owned by the board page, GUI thread. Every command is a request to the engine by id; nothing here
// changes what is drawn, a frame does. A refusal is said in one sentence. [console §1.1, §3.1]
#pragma once

#include "base/result.h"
#include "kit/inspector.h"
#include "models/board_state.h"
#include "pages/board/track_layout.h"
#include "words/names.h"

#include <QFuture>
#include <QObject>

namespace sb::link {
class EngineLink;
}

namespace sb::pages {

class PlateActions final : public QObject {
    Q_OBJECT
public:
    // Both outlive it; the state is read when commands are asked for.
    PlateActions(link::EngineLink &link, const models::BoardState &state, QObject *parent);

    QList<kit::Command> of(Column column, int index) const;
    QList<kit::Command> ofTrain(const models::Train &train) const;
    // Waiting requests that pass that plate, oldest first.
    QList<models::Train> waitingAt(Column column, int index) const;

    void moveOn(const ExchangeId &id);
    void clearDrills();
    void resume();

signals:
    void openPage(const QString &page, const QString &query);
    void openExchange(const sb::ExchangeId &id);
    void said(const QString &sentence);

private:
    QList<kit::Command> ofClient(const models::ClientPlate &client) const;
    QList<kit::Command> ofChain(const models::ChainPlate &chain) const;
    QList<kit::Command> ofProvider(const models::ProviderPlate &provider) const;
    QList<kit::Command> faults(const ProviderId &provider, const ClientId &client) const;
    QList<kit::Command> moveOns(Column column, int index) const;
    // Says what the engine refused; nothing when it did as asked.
    template <typename T> void listen(QFuture<Result<T>> answer) const;

    link::EngineLink &m_link;
    const models::BoardState &m_state;
};

} // namespace sb::pages
