// Fills the inspector with what is known of one plate: state, why, numbers, last errors, waiting
// requests and actions.
//
// A value of the board page, GUI thread. The list of errors reads the newest rows of the last
// requests, once a second at most.
#pragma once

#include "kit/inspector.h"
#include "models/board_state.h"
#include "pages/board/track_layout.h"
#include "words/names.h"

namespace sb::models {
class ExchangeModel;
}

namespace sb::pages {

class PlateActions;

class PlateInspector {
public:
    static constexpr int kErrors = 5;
    static constexpr int kSearched = 600; // newest rows that are looked at for errors

    // What is shown: a plate by its id, because indices move with the configuration.
    void point(Column column, const QString &id);
    void clear() { m_isOn = false; }
    bool isOn() const { return m_isOn; }
    Column column() const { return m_column; }
    const QString &id() const { return m_id; }
    // False when the plate is gone; the page closes the panel.
    bool fill(kit::Inspector &panel, const models::BoardState &state,
              const models::ExchangeModel &exchanges, const PlateActions &actions,
              const words::Names &names);

private:
    void fillClient(kit::Inspector &panel, const models::BoardState &state, int index) const;
    void fillChain(kit::Inspector &panel, const models::BoardState &state, int index) const;
    void fillProvider(kit::Inspector &panel, const models::BoardState &state, int index,
                      const words::Names &names) const;
    void findErrors(const models::ExchangeModel &exchanges, const words::Names &names);

    bool m_isOn = false;
    Column m_column = Column::Providers;
    QString m_id;
    qint64 m_foundAtWallMs = 0;
    QList<kit::Inspector::Row> m_errors;
};

} // namespace sb::pages
