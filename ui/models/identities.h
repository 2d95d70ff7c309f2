// Which of the chart colours belongs to whom: fixed from the first time a name is seen.
#pragma once

#include <QHash>
#include <QStringList>

namespace sb::models {

// A value; kept by a page as long as it lives. Pure.
class Identities {
public:
    static constexpr int kCount = 6; // beyond: the grey of "Other"

    // Everyone in the order given; who has a colour keeps it.
    void take(const QStringList &names)
    {
        for (const QString &name : names) {
            if (!m_of.contains(name))
                m_of.insert(name, m_next++);
        }
    }
    // Only those named now compete for the colours: a newcomer gets the first one none of them has.
    void takeShown(const QStringList &names)
    {
        for (const QString &name : names) {
            if (m_of.contains(name) && m_of[name] < kCount)
                continue;
            QList<bool> taken(kCount, false);
            for (const QString &other : names) {
                if (m_of.value(other, kCount) < kCount)
                    taken[m_of[other]] = true;
            }
            const qsizetype free = taken.indexOf(false);
            m_of.insert(name, free < 0 ? kCount : int(free));
        }
        // Two that were never shown together may have been given the same one.
        for (qsizetype i = 0; i < names.size(); ++i) {
            for (qsizetype j = 0; j < i; ++j) {
                if (m_of[names[i]] == m_of[names[j]] && m_of[names[i]] < kCount) {
                    m_of.remove(names[i]);
                    takeShown(names);
                    return;
                }
            }
        }
    }
    int of(const QString &name) const { return m_of.value(name, kCount); }

private:
    QHash<QString, int> m_of;
    int m_next = 0;
};

} // namespace sb::models
