// What a store does when it is killed, damaged, outdated or out of room.
#include "samples.h"
#include "store/database.h"
#include "store/journal.h"
#include "store/journal_files.h"
#include "store/schema.h"
#include "store/store.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace sb;
using namespace sb::store;

class tst_StoreTrouble : public QObject {
    Q_OBJECT
private slots:
    void nothing() { }
};

QTEST_GUILESS_MAIN(tst_StoreTrouble)
#include "tst_store_trouble.moc"
