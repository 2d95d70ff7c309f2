#include "fault_vfs.h"

#include "base/random.h"

#include <QFile>

#include <sqlite3.h>

#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace sb::store::fault_vfs {

namespace {
constexpr qsizetype kSector = 512;

// What was done to a file since its last sync; a truncation has no bytes.
struct Change {
    qint64 offset = 0;
    QByteArray bytes;
    bool isTruncation = false;
};

struct DiskFile {
    QByteArray synced;
    std::vector<Change> changes;
    bool isDeleted = false; // and the folder was not synced since
};

using Disk = std::map<QByteArray, DiskFile>;

void apply(QByteArray &bytes, const Change &change)
{
    if (change.isTruncation) {
        bytes.resize(qsizetype(change.offset), '\0');
        return;
    }
    const qsizetype end = qsizetype(change.offset) + change.bytes.size();
    if (bytes.size() < end)
        bytes.resize(end, '\0');
    memcpy(bytes.data() + change.offset, change.bytes.constData(), size_t(change.bytes.size()));
}

struct State {
    std::mutex mutex;
    sqlite3_vfs *real = nullptr;
    Fault fault = Fault::None;
    qint64 k = 0;
    qint64 calls = 0;
    bool isHit = false;
    quint64 seed = 0;
    Disk disk; // only while power may be lost
    std::map<QByteArray, std::optional<QByteArray>> kept; // after the loss; none = no such file
};

State &state()
{
    static State all;
    return all;
}

// What a disk has after a loss: nothing of it, the first of it or any of it, sector by sector.
QByteArray survived(const DiskFile &file, Random &random)
{
    QByteArray bytes = file.synced;
    const quint64 kind = random.below(3);
    const size_t first = kind == 1 ? size_t(random.below(file.changes.size() + 1)) : 0;
    for (size_t i = 0; i < file.changes.size(); ++i) {
        const Change &change = file.changes[i];
        if (kind == 0 || (kind == 1 && i >= first))
            break;
        if (kind == 1) {
            apply(bytes, change);
            continue;
        }
        if (change.isTruncation) {
            if (random.below(2))
                apply(bytes, change);
            continue;
        }
        for (qsizetype at = 0; at < change.bytes.size(); at += kSector) {
            if (random.below(2))
                apply(bytes, {change.offset + at, change.bytes.mid(at, kSector), false});
        }
    }
    return bytes;
}

void losePower(State &all)
{
    SeededRandom random(all.seed);
    for (const auto &[path, file] : all.disk) {
        if (file.isDeleted && random.below(2))
            all.kept[path] = std::nullopt;
        else
            all.kept[path] = survived(file, random);
    }
}

// Counts a call; true when it must fail.
bool isFailing()
{
    State &all = state();
    const std::lock_guard lock(all.mutex);
    if (all.fault == Fault::None)
        return false;
    ++all.calls;
    if (all.calls < all.k || (all.fault == Fault::Once && all.calls > all.k))
        return false;
    if (!all.isHit && all.fault == Fault::Power)
        losePower(all);
    all.isHit = true;
    return true;
}

// Changes what the disk knows of a file, unless its power is gone.
template <typename Call> void onDisk(const QByteArray &path, Call call)
{
    State &all = state();
    const std::lock_guard lock(all.mutex);
    if (all.fault != Fault::Power || all.isHit || path.isEmpty())
        return;
    auto [file, isNew] = all.disk.try_emplace(path);
    if (isNew) {
        QFile existing(QFile::decodeName(path));
        if (existing.open(QIODevice::ReadOnly))
            file->second.synced = existing.readAll();
    }
    call(file->second);
}

// ---- a file ----

struct ShimFile {
    sqlite3_file base;
    QByteArray *path; // null for files without a name
    sqlite3_file *real() { return reinterpret_cast<sqlite3_file *>(this + 1); }
    QByteArray name() const { return path ? *path : QByteArray(); }
};

ShimFile *shim(sqlite3_file *file)
{
    return reinterpret_cast<ShimFile *>(file);
}

int closeFile(sqlite3_file *file)
{
    ShimFile *const own = shim(file);
    const int code = own->real()->pMethods ? own->real()->pMethods->xClose(own->real()) : SQLITE_OK;
    delete own->path;
    own->path = nullptr;
    return code;
}

int readFile(sqlite3_file *file, void *to, int size, sqlite3_int64 offset)
{
    if (isFailing())
        return SQLITE_IOERR_READ;
    return shim(file)->real()->pMethods->xRead(shim(file)->real(), to, size, offset);
}

int writeFile(sqlite3_file *file, const void *from, int size, sqlite3_int64 offset)
{
    ShimFile *const own = shim(file);
    const bool isBad = isFailing();
    const int part = isBad ? size / 2 : size;
    onDisk(own->name(), [&](DiskFile &disk) {
        disk.changes.push_back({offset, QByteArray(static_cast<const char *>(from), part), false});
    });
    const int code = own->real()->pMethods->xWrite(own->real(), from, part, offset);
    if (isBad)
        return state().k % 2 ? SQLITE_IOERR_WRITE : SQLITE_FULL;
    return code;
}

int truncateFile(sqlite3_file *file, sqlite3_int64 size)
{
    if (isFailing())
        return SQLITE_IOERR_TRUNCATE;
    onDisk(shim(file)->name(), [&](DiskFile &disk) {
        disk.changes.push_back({size, QByteArray(), true});
    });
    return shim(file)->real()->pMethods->xTruncate(shim(file)->real(), size);
}

int syncFile(sqlite3_file *file, int)
{
    if (isFailing())
        return SQLITE_IOERR_FSYNC;
    onDisk(shim(file)->name(), [](DiskFile &disk) {
        for (const Change &change : disk.changes)
            apply(disk.synced, change);
        disk.changes.clear();
    });
    return SQLITE_OK;
}

int fileSize(sqlite3_file *file, sqlite3_int64 *size)
{
    if (isFailing())
        return SQLITE_IOERR_FSTAT;
    return shim(file)->real()->pMethods->xFileSize(shim(file)->real(), size);
}

int lockFile(sqlite3_file *file, int kind)
{
    if (isFailing())
        return SQLITE_IOERR_LOCK;
    return shim(file)->real()->pMethods->xLock(shim(file)->real(), kind);
}

int unlockFile(sqlite3_file *file, int kind)
{
    return shim(file)->real()->pMethods->xUnlock(shim(file)->real(), kind);
}

int checkReservedLock(sqlite3_file *file, int *isLocked)
{
    return shim(file)->real()->pMethods->xCheckReservedLock(shim(file)->real(), isLocked);
}

int fileControl(sqlite3_file *file, int what, void *with)
{
    return shim(file)->real()->pMethods->xFileControl(shim(file)->real(), what, with);
}

int sectorSize(sqlite3_file *)
{
    return int(kSector);
}

int deviceCharacteristics(sqlite3_file *)
{
    return 0; // promises nothing
}

int shmMap(sqlite3_file *file, int page, int size, int mayExtend, void volatile **to)
{
    if (isFailing())
        return SQLITE_IOERR_SHMMAP;
    return shim(file)->real()->pMethods->xShmMap(shim(file)->real(), page, size, mayExtend, to);
}

int shmLock(sqlite3_file *file, int offset, int count, int flags)
{
    if ((flags & SQLITE_SHM_LOCK) && isFailing())
        return SQLITE_IOERR_SHMLOCK;
    return shim(file)->real()->pMethods->xShmLock(shim(file)->real(), offset, count, flags);
}

void shmBarrier(sqlite3_file *file)
{
    shim(file)->real()->pMethods->xShmBarrier(shim(file)->real());
}

int shmUnmap(sqlite3_file *file, int isDelete)
{
    return shim(file)->real()->pMethods->xShmUnmap(shim(file)->real(), isDelete);
}

constexpr sqlite3_io_methods kMethods = {2,
                                         closeFile,
                                         readFile,
                                         writeFile,
                                         truncateFile,
                                         syncFile,
                                         fileSize,
                                         lockFile,
                                         unlockFile,
                                         checkReservedLock,
                                         fileControl,
                                         sectorSize,
                                         deviceCharacteristics,
                                         shmMap,
                                         shmLock,
                                         shmBarrier,
                                         shmUnmap,
                                         nullptr,
                                         nullptr};

// ---- the file system ----

int openFile(sqlite3_vfs *, const char *name, sqlite3_file *file, int flags, int *outFlags)
{
    ShimFile *const own = shim(file);
    own->base.pMethods = nullptr; // nothing to be closed
    own->path = nullptr;
    if (isFailing())
        return SQLITE_CANTOPEN;
    const int code = state().real->xOpen(state().real, name, own->real(), flags, outFlags);
    if (!own->real()->pMethods)
        return code;
    own->base.pMethods = &kMethods;
    if (name) {
        own->path = new QByteArray(name);
        onDisk(*own->path, [](DiskFile &disk) {
            if (disk.isDeleted)
                disk = {};
        });
    }
    return code;
}

int deleteFile(sqlite3_vfs *, const char *name, int isDirectorySynced)
{
    if (isFailing())
        return SQLITE_IOERR_DELETE;
    onDisk(name, [&](DiskFile &disk) {
        if (isDirectorySynced)
            disk = {};
        disk.isDeleted = true;
    });
    return state().real->xDelete(state().real, name, 0);
}

int accessFile(sqlite3_vfs *, const char *name, int flags, int *isThere)
{
    if (isFailing())
        return SQLITE_IOERR_ACCESS;
    return state().real->xAccess(state().real, name, flags, isThere);
}

int fullPath(sqlite3_vfs *, const char *name, int size, char *to)
{
    return state().real->xFullPathname(state().real, name, size, to);
}

int randomness(sqlite3_vfs *, int size, char *to)
{
    return state().real->xRandomness(state().real, size, to);
}

int sleepFor(sqlite3_vfs *, int micros)
{
    return state().real->xSleep(state().real, micros);
}

int currentTime(sqlite3_vfs *, double *to)
{
    return state().real->xCurrentTime(state().real, to);
}

int lastError(sqlite3_vfs *, int size, char *to)
{
    return state().real->xGetLastError(state().real, size, to);
}

int currentTimeInt64(sqlite3_vfs *, sqlite3_int64 *to)
{
    return state().real->xCurrentTimeInt64(state().real, to);
}
} // namespace

void install()
{
    static sqlite3_vfs vfs;
    State &all = state();
    if (all.real)
        return;
    sqlite3_initialize();
    all.real = sqlite3_vfs_find(nullptr);
    vfs.iVersion = 2;
    vfs.szOsFile = int(sizeof(ShimFile)) + all.real->szOsFile;
    vfs.mxPathname = all.real->mxPathname;
    vfs.zName = "sb-fault";
    vfs.xOpen = openFile;
    vfs.xDelete = deleteFile;
    vfs.xAccess = accessFile;
    vfs.xFullPathname = fullPath;
    vfs.xRandomness = randomness;
    vfs.xSleep = sleepFor;
    vfs.xCurrentTime = currentTime;
    vfs.xGetLastError = lastError;
    vfs.xCurrentTimeInt64 = currentTimeInt64;
    sqlite3_vfs_register(&vfs, 1);
}

void arm(Fault fault, qint64 k, quint64 seed)
{
    State &all = state();
    const std::lock_guard lock(all.mutex);
    all.fault = fault;
    all.k = k;
    all.calls = 0;
    all.isHit = false;
    all.seed = seed;
    all.disk.clear();
    all.kept.clear();
}

void disarm()
{
    State &all = state();
    const std::lock_guard lock(all.mutex);
    if (all.fault == Fault::Power && all.isHit) {
        for (const auto &[path, bytes] : all.kept) {
            QFile file(QFile::decodeName(path));
            if (!bytes) {
                file.remove();
            } else if (file.open(QIODevice::WriteOnly | QIODevice::Truncate)) {
                file.write(*bytes);
            }
            QFile::remove(QFile::decodeName(path) + QStringLiteral("-shm"));
        }
    }
    all.fault = Fault::None;
}

qint64 calls()
{
    const std::lock_guard lock(state().mutex);
    return state().calls;
}

bool wasHit()
{
    const std::lock_guard lock(state().mutex);
    return state().isHit;
}

} // namespace sb::store::fault_vfs
