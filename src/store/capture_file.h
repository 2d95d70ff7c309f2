// `captures.db`: recorded bodies, apart from everything else, with a budget of their own.
//
// Made when the first one is to be kept. The oldest make room; what is deleted is overwritten. A
// row outlives its bodies as long as its exchange, to say what became of them. Used on the writer
// thread; the reader has its own connection and the static functions. [robustness §8]
#pragma once

#include "record/capture_draft.h"
#include "store/database.h"

#include <QVariant>

namespace sb::store {

class CaptureFile {
public:
    // Nothing when there is no file and `isMaking` is false.
    Result<void> open(const QString &path, bool isMaking);
    void close() { m_database.close(); }
    bool isOpen() const { return m_database.isOpen(); }
    Database &database() { return m_database; }

    struct Row {
        ExchangeId id;
        CaptureState state = CaptureState::Kept; // or GivenUp
        QByteArray body; // Kept: encoded
    };
    // One transaction; what is there already is left out.
    Result<void> add(const QList<Row> &rows);
    // Takes the bodies of a few of the oldest rows while the file holds more than `bytes`; 0 =
    // nothing left to do.
    Result<qint64> shrinkSome(qint64 bytes, qint64 nowWallMs);
    // Removes a few rows that are older than that exchange; 0 = nothing left to do.
    Result<qint64> forgetSome(const ExchangeId &before);
    // Gives the freed pages back to the disk, the log's too.
    Result<void> tidy();

    static Result<Capture> find(Database &database, const ExchangeId &id);
    static Result<qint64> count(Database &database); // with bodies

private:
    Result<qint64> used();
    Result<int> run(const QString &sql, const QVariantList &values); // rows affected

    Database m_database;
};

} // namespace sb::store
