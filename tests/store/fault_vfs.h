// A SQLite file system in front of the system's own, for tests: it fails chosen calls, or it is a
// disk that loses its power and forgets what was not synced.
//
// One for the process; every connection made after install() goes through it. Calls of all threads
// are counted in the order in which they come. Nothing is really synced, which also makes it quick.
#pragma once

#include <QByteArray>
#include <QStringList>

namespace sb::store::fault_vfs {

enum class Fault {
    None,
    Once, // one call fails: half of a write is done, a read gives nothing
    From, // that call and all after it
    Power, // as From; the disk keeps what was synced and, by chance, parts of what was not
};

void install();
// The k-th call from now on, counted from 1. The seed is for what a lost disk keeps.
void arm(Fault fault, qint64 k, quint64 seed = 0);
// No more faults. After a power loss the files are put as the disk has them; all connections must
// be closed by then.
void disarm();
qint64 calls(); // since arm()
bool wasHit();

} // namespace sb::store::fault_vfs
