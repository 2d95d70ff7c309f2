#include "store/database.h"

#include "base/clock.h"
#include "base/log.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSqlDriver>
#include <QSqlError>
#include <QVariant>

#include <atomic>

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sb::store {

namespace {
Error toError(const QSqlError &error)
{
    return storeError(error.nativeErrorCode().toInt(),
                      error.databaseText() + QLatin1Char(' ') + error.driverText());
}

// Our statements fit our tables: where they do not, the file's own idea of its tables is wrong.
bool isSchemaWrong(const QString &detail)
{
    return detail.contains(QLatin1String("no such table"))
        || detail.contains(QLatin1String("no such column"))
        || detail.contains(QLatin1String("has no column named"))
        || (detail.contains(QLatin1String("table "))
            && detail.contains(QLatin1String(" already exists")));
}

bool makePrivate(const QString &path)
{
    const int file = ::open(QFile::encodeName(path).constData(),
                            O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0)
        return false;
    const bool isDone = ::fchmod(file, 0600) == 0;
    ::close(file);
    return isDone;
}

QString copyPath(const QString &path, qint64 version)
{
    return path + QStringLiteral(".v%1-copy").arg(version);
}

void removeCopies(const QString &path)
{
    const QFileInfo info(path);
    const auto copies
        = info.dir().entryList({info.fileName() + QStringLiteral(".v*-copy")}, QDir::Files);
    for (const QString &name : copies)
        QFile::remove(info.dir().filePath(name));
}
} // namespace

Error storeError(int code, const QString &detail)
{
    switch (code & 0xff) {
    case SQLITE_FULL:
    case SQLITE_IOERR: // also what a full disk gives when the shared memory file cannot grow
        return Error::make(QStringLiteral("store_full"), detail);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return Error::make(QStringLiteral("store_damaged"), detail);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return Error::make(QStringLiteral("store_busy"), detail);
    default:
        return Error::make(isSchemaWrong(detail) ? QStringLiteral("store_damaged")
                                                 : QStringLiteral("store"),
                           detail);
    }
}

bool isFull(const Error &error)
{
    return error.code == QLatin1String("store_full");
}

bool isDamaged(const Error &error)
{
    return error.code == QLatin1String("store_damaged");
}

Result<void> Database::open(const QString &path, Mode mode)
{
    close();
    if (mode == Mode::ReadWrite && !makePrivate(path))
        return unexpected(Error::make(QStringLiteral("store"),
                                      path + QStringLiteral(": ") + qt_error_string(errno)));
    // Counting every allocation under a lock costs more than most of them. Says MISUSE, and does no
    // harm, where SQLite is in use already.
    static const int memory = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    Q_UNUSED(memory)
    static std::atomic<quint32> number{0};
    m_name = QStringLiteral("sb-store-%1").arg(++number);
    m_path = path;
    QSqlDatabase database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), m_name);
    database.setDatabaseName(path);
    database.setConnectOptions(
        mode == Mode::ReadOnly ? QStringLiteral("QSQLITE_BUSY_TIMEOUT=5000;QSQLITE_OPEN_READONLY")
                               : QStringLiteral("QSQLITE_BUSY_TIMEOUT=5000"));
    if (!database.open()) {
        const Error error = toError(database.lastError());
        database = QSqlDatabase();
        close();
        return unexpected(error);
    }
    return {};
}

void Database::close()
{
    if (m_name.isEmpty())
        return;
    handle().close();
    QSqlDatabase::removeDatabase(m_name);
    m_name.clear();
}

sqlite3 *Database::connection() const
{
    // [Qt 6.4, QSqlDriver::handle()]
    const QVariant driver = isOpen() ? handle().driver()->handle() : QVariant();
    if (!driver.isValid() || qstrcmp(driver.typeName(), "sqlite3*") != 0)
        return nullptr;
    return *static_cast<sqlite3 *const *>(driver.constData());
}

Error Database::errorOf(const QSqlQuery &query)
{
    return toError(query.lastError());
}

Result<void> Database::exec(QSqlQuery &query)
{
    if (query.exec())
        return {};
    return unexpected(errorOf(query));
}

Result<void> Database::ended(const QSqlQuery &query)
{
    if (!query.lastError().isValid())
        return {};
    return unexpected(errorOf(query));
}

Result<void> Database::run(const QString &sql)
{
    // Straight to SQLite: around a BEGIN or COMMIT Qt Sql costs as much as a dozen rows.
    if (sqlite3 *const own = connection()) {
        if (sqlite3_exec(own, sql.toUtf8().constData(), nullptr, nullptr, nullptr) == SQLITE_OK)
            return {};
        return unexpected(
            storeError(sqlite3_extended_errcode(own), QString::fromUtf8(sqlite3_errmsg(own))));
    }
    QSqlQuery query(handle());
    query.setForwardOnly(true);
    if (query.exec(sql))
        return {};
    return unexpected(errorOf(query));
}

Result<qint64> Database::number(const QString &sql)
{
    QSqlQuery query(handle());
    query.setForwardOnly(true);
    if (!query.exec(sql))
        return unexpected(errorOf(query));
    return query.next() ? query.value(0).toLongLong() : 0;
}

Result<QSqlQuery> Database::prepare(const QString &sql)
{
    QSqlQuery query(handle());
    query.setForwardOnly(true);
    if (!query.prepare(sql))
        return unexpected(errorOf(query));
    return query;
}

int headerVersion(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly) || file.size() == 0)
        return 0;
    const QByteArray head = file.read(100);
    // [sqlite.org/fileformat.html §1.3: user version at offset 60, big endian]
    if (head.size() < 100 || !head.startsWith(QByteArrayView("SQLite format 3\0", 16)))
        return -1;
    quint32 version = 0;
    for (int i = 60; i < 64; ++i)
        version = version << 8 | quint8(head[i]);
    return int(std::min<quint32>(version, 0x7fffffff));
}

Result<void> prepareFile(Database &database, const Migrations &steps, bool isSyncFull)
{
    const auto newer = [&] {
        return unexpected(
            Error::make(QStringLiteral("store_newer"),
                        database.path() + QStringLiteral(" was written by a newer version")));
    };
    // A file's write-ahead log may know a later version than its header: ask both.
    if (headerVersion(database.path()) > steps.size())
        return newer();
    const Result<qint64> version = database.number(QStringLiteral("PRAGMA user_version"));
    if (!version)
        return unexpected(version.error());
    if (*version > steps.size())
        return newer();
    QStringList pragmas;
    if (*version == 0)
        pragmas << QStringLiteral(
            "PRAGMA auto_vacuum = INCREMENTAL"); // only before the first table
    pragmas << QStringLiteral("PRAGMA journal_mode = WAL")
            << (isSyncFull ? QStringLiteral("PRAGMA synchronous = FULL")
                           : QStringLiteral("PRAGMA synchronous = NORMAL"))
            << QStringLiteral("PRAGMA foreign_keys = ON")
            << QStringLiteral("PRAGMA wal_autocheckpoint = 1000");
    for (const QString &pragma : std::as_const(pragmas)) {
        if (auto done = database.run(pragma); !done)
            return done;
    }
    if (*version == steps.size()) {
        removeCopies(database.path());
        return {};
    }
    if (*version > 0) {
        const QString copy = copyPath(database.path(), *version);
        QFile::remove(copy);
        if (!makePrivate(copy))
            return unexpected(
                Error::make(QStringLiteral("store"), copy + QStringLiteral(": no copy")));
        auto query = database.prepare(QStringLiteral("VACUUM INTO ?"));
        if (!query)
            return unexpected(query.error());
        query->addBindValue(copy);
        if (auto done = Database::exec(*query); !done)
            return done;
    }
    for (qsizetype step = *version; step < steps.size(); ++step) {
        Transaction transaction(database);
        if (!transaction.begun())
            return transaction.begun();
        for (const QString &sql : steps[step]) {
            if (auto done = database.run(sql); !done)
                return done;
        }
        if (auto done = database.run(QStringLiteral("PRAGMA user_version = %1").arg(step + 1));
            !done)
            return done;
        if (auto done = transaction.commit(); !done)
            return done;
    }
    return {};
}

QString moveAside(const QString &path)
{
    const auto stamp = QDateTime::fromMSecsSinceEpoch(PlainClock().wallMs(), Qt::UTC)
                           .toString(QStringLiteral("yyyyMMddTHHmmss"));
    QString name = path + QStringLiteral(".damaged-") + stamp;
    for (int i = 2; QFile::exists(name); ++i)
        name = path + QStringLiteral(".damaged-%1-%2").arg(stamp).arg(i);
    if (!QFile::rename(path, name))
        return {};
    for (const QLatin1String companion : {QLatin1String("-wal"), QLatin1String("-shm")}) {
        if (QFile::exists(path + companion))
            QFile::rename(path + companion, name + companion);
    }
    return name;
}

QVariant bound(const QString &text)
{
    return text.isNull() ? QStringLiteral("") : text;
}

} // namespace sb::store
