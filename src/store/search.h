// A filter over history.db: every term that a column or the bytes of the body can decide is decided
// there, so that only what may match is decoded. What is decoded is asked again by
// ExchangeFilter::matches(), which has the last word.
//
// Reader thread. A search goes on in chunks of rows; between two of them others have their turn.
#pragma once

#include "store/database.h"
#include "store/store.h"

#include <QVariant>

namespace sb::store {

// For one filter: what must hold of a row that matches. Pure; tested against matches().
struct SearchPlan {
    // Bytes of the body, letters small, space and "_" as "-"; raw ones as they are.
    struct Needle {
        QByteArray bytes;
        bool isRaw = false;
        // Also possible without the bytes: a name that is not in the body.
        qint64 outcomes = 0;
        QList<int> codes;
    };

    QString where; // "" or " AND …"
    QList<QVariant> values; // qint64 or QString
    QList<Needle> needles;
    qint64 afterMs = 0; // bounds of the time in the filter
    qint64 beforeMs = 0; // 0 = none
};

SearchPlan planOf(const ExchangeFilter &filter);
// Whether a body can hold the needle.
bool mayHold(const SearchPlan::Needle &needle, QByteArrayView body, qint64 outcomes, int code);

class Search {
public:
    Search(const SearchQuery &ask, SearchWatch watch);

    // The next rows; false when it is over, `done` has been called then.
    bool step(Database &database);
    void fail(const Error &error);
    static Result<void> installFunctions(Database &database);

private:
    Result<void> begin(Database &database);
    Result<bool> scanChunk(Database &database); // false: the end is reached
    void finish();

    SearchQuery m_ask;
    SearchWatch m_watch;
    SearchPlan m_plan;
    SearchFound m_found;
    QByteArray m_upTo; // id bytes; rows below it are still to be seen
    QByteArray m_downTo; // rows from it on
    bool m_hasBegun = false;
    bool m_isOver = false;
};

} // namespace sb::store
