#include "models/request_marks.h"

#include <QStringList>

namespace sb::models {

std::optional<RequestMarks::Mark> RequestMarks::mark(const ExchangeId &id) const
{
    const auto it = m_marks.constFind(id);
    return it == m_marks.constEnd() ? std::nullopt : std::optional(*it);
}

QString RequestMarks::note(const ExchangeId &id) const
{
    return m_marks.value(id).note;
}

void RequestMarks::set(const ExchangeId &id, const Mark &mark)
{
    remove(id);
    Mark kept = mark;
    kept.note.truncate(kNoteLength);
    m_marks.insert(id, kept);
    m_order.append(id);
    while (m_order.size() > kMost)
        m_marks.remove(m_order.takeFirst());
}

void RequestMarks::remove(const ExchangeId &id)
{
    if (m_marks.remove(id))
        m_order.removeOne(id);
}

QVariant RequestMarks::saved() const
{
    QStringList lines; // "sbx_… 2 the note"
    for (const ExchangeId &id : m_order) {
        const Mark mark = m_marks.value(id);
        lines.append(QString::fromLatin1(id.text()) + u' ' + QString::number(int(mark.shape)) + u' '
                     + mark.note);
    }
    return lines;
}

RequestMarks RequestMarks::restored(const QVariant &saved)
{
    RequestMarks marks;
    const QStringList lines = saved.toStringList();
    for (const QString &line : lines) {
        const auto id = ExchangeId::parse(line.section(u' ', 0, 0).toLatin1());
        bool isNumber = false;
        const int shape = line.section(u' ', 1, 1).toInt(&isNumber);
        if (id && isNumber && shape >= 0 && shape <= int(Shape::Diamond))
            marks.set(*id, {Shape(shape), line.section(u' ', 2)});
    }
    return marks;
}

} // namespace sb::models
