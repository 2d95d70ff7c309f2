// The one table of every key of config.json: type, bounds, default and meaning.
//
// validate() refuses what is not in it, schemaText() is printed from it, and a test keeps
// resources/config.schema.json equal to it. Constant data.
#pragma once

#include "config/settings.h"
#include "json/value.h"

#include <span>

namespace sb::config {

struct Shape;

struct Field {
    enum class Type : quint8 {
        Text, // a string that is not empty
        Id, // [a-z0-9][a-z0-9._-]*, at most 64 characters
        Int,
        Bool,
        Choice, // one word of `choices`
        Secret, // a reference: keychain:… and so on
        Url,
        Dollars, // decimal string, an amount
        Price, // decimal string, dollars per million tokens
        Object, // of `shape`
        List, // array of `item`
        Map, // object with free keys, values of `item`
        Refused, // known, but belongs to a later part
    };

    const char *key;
    Type type = Type::Text;
    const char *text = ""; // one sentence for the schema
    bool isRequired = false;
    qint64 least = 0; // Int: bounds; List: fewest items
    qint64 most = 0;
    qint64 fallback = -1; // Int: default, -1 = none
    const char *choices = nullptr; // Choice: words apart by a blank; Map: allowed keys
    const Shape *shape = nullptr; // Object, and List or Map of objects
    Type item = Type::Text; // List and Map
};

struct Shape {
    const char *name;
    std::span<const Field> fields;

    const Field *find(QByteArrayView key) const;
};

const Shape &rootShape();

// Is `text` written like an id of ours?
bool isId(QByteArrayView text);

// Checks types, bounds and keys of `value` and everything in it against the shape. After this a
// member is either of its type or has a Problem of its own.
void checkShape(const json::Value &value, const Shape &shape, const QString &path,
                QList<Problem> &problems);

// The candidate most like `text`, if any is close enough to be meant.
QString nearestOf(const QString &text, const QList<QString> &candidates);

// "$.aliases" + "gpt-4.1" → "$.aliases[\"gpt-4.1\"]"; plain names take a dot.
QString memberPath(const QString &path, QByteArrayView key);

} // namespace sb::config
