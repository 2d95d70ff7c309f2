// Marks a person puts on requests: one of four shapes and a note, by exchange id.
//
// Owned by the page, GUI thread; kept in the user's settings, the newest 500. [console §3.2]
#pragma once

#include "base/exchange_id.h"

#include <QHash>
#include <QList>
#include <QString>
#include <QVariant>

#include <optional>

namespace sb::models {

class RequestMarks {
public:
    enum class Shape : quint8 { Circle, Triangle, Square, Diamond };
    struct Mark {
        Shape shape = Shape::Circle;
        QString note;
        friend bool operator==(const Mark &, const Mark &) = default;
    };
    static constexpr int kMost = 500;
    static constexpr qsizetype kNoteLength = 200;

    std::optional<Mark> mark(const ExchangeId &id) const;
    QString note(const ExchangeId &id) const;
    void set(const ExchangeId &id, const Mark &mark); // the oldest mark goes when there are more
    void remove(const ExchangeId &id);
    qsizetype size() const { return m_order.size(); }

    QVariant saved() const;
    static RequestMarks restored(const QVariant &saved); // what cannot be read is left out

private:
    QHash<ExchangeId, Mark> m_marks;
    QList<ExchangeId> m_order; // as they were put
};

} // namespace sb::models
