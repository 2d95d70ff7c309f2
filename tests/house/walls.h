// The rules of the house as pure functions over text, so that each can be shown a planted
// violation. [style §2, §6, §8, §14; robustness §7 rules 11 and 14]
#pragma once

#include <QHash>
#include <QList>
#include <QSet>
#include <QString>

namespace sb::house {

struct Room {
    QString name;
    QString folder; // "src/route"
    QSet<QString> sees; // as declared; itself and what those see come on top
};

struct Violation {
    QString rule;
    QString path;
    int line = 0;
    QString text;

    QString sentence() const;
};

// Lines of rooms.txt, which CMake writes: name, folder, the rooms it sees.
QHash<QString, Room> readRooms(const QString &text);
// A room, what it sees, and what those see.
QSet<QString> reachable(const QHash<QString, Room> &rooms, const QString &name);

// Every `#include "room/…"` of one file against the walls. `path` is relative to the project.
QList<Violation> checkIncludes(const QHash<QString, Room> &rooms, const QString &path,
                               const QString &text);
// Words that a folder may not use.
QList<Violation> checkWords(const QString &path, const QString &text);
// Texts that Qt may take for HTML. Only for ui/.
QList<Violation> checkRichText(const QString &path, const QString &text);

// The text with comments blanked and string contents removed; offsets and lines stay the same.
QString withoutComments(const QString &text);

} // namespace sb::house
