// What is worth telling a person who is not looking: a value that watches frames and gives alerts.
//
// Pure: time comes from the frames. Never for a single failure; joined per chain, one in ten
// minutes; what stood when the window opened is not news. [console §8]
#pragma once

#include "record/frame.h"

#include <QHash>
#include <QSet>

namespace sb::models {

struct Alert {
    enum class Kind : quint8 {
        FailedOver, // for more than 30 s
        Failing, // nobody answers, for more than 5 s
        Recovered, // after one of the two
        KeyRejected,
        BudgetWarned,
        BudgetReached,
    };
    Kind kind = Kind::FailedOver;
    ChainId chain;
    ProviderId provider;
    KeyId key;
    int rank = 0; // FailedOver: the target that serves
    BudgetView budget;
    qint64 sinceWallMs = 0;
};

class Alerts {
public:
    QList<Alert> take(const Frame &frame);

private:
    struct ChainWatch {
        ChainState state = ChainState::Idle;
        qint64 sinceWallMs = 0;
        bool isTold = false; // of the state it is in
        qint64 toldAtWallMs = 0; // last alert of any kind
    };

    void watchChain(const ChainView &chain, qint64 nowWallMs, QList<Alert> &alerts);

    bool m_hasFrame = false;
    QHash<ChainId, ChainWatch> m_chains;
    QSet<QString> m_rejected; // provider and key
    QHash<QString, std::pair<qint64, int>> m_budgets; // id → period and what was told of it
};

} // namespace sb::models
