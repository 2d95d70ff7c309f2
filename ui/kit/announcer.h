// Tells assistive tools what happened, politely: one Alert event in five seconds at most.
#pragma once

#include <QBasicTimer>
#include <QElapsedTimer>
#include <QWidget>

namespace sb::kit {

// A widget without a picture that carries the last sentences as its name. One per window; GUI
// thread. What comes too soon waits and is then said together, the newest kept when it grows too
// long. Without assistive tools it costs a string. [console §10]
class Announcer final : public QWidget {
    Q_OBJECT
public:
    static constexpr int kBetweenMs = 5'000;
    static constexpr qsizetype kMost = 4; // sentences in one announcement

    explicit Announcer(QWidget *parent);
    // The one of this widget's window; made when first asked for. Who says the same sentence twice
    // within the pause is heard once.
    static Announcer &of(QWidget *widget);

    void announce(const QString &sentence);
    QString said() const { return m_said; } // last announcement
    bool isWaiting() const { return !m_waiting.isEmpty(); }

signals:
    void announced(const QString &text);

protected:
    void timerEvent(QTimerEvent *event) override;

private:
    void speak();

    QStringList m_waiting;
    QStringList m_recent; // said within the pause
    QString m_said;
    QElapsedTimer m_sinceLast;
    QBasicTimer m_timer;
};

} // namespace sb::kit
