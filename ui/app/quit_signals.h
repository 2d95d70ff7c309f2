// SIGTERM and SIGINT as a Qt signal, so that a stop from outside drains like one from inside.
#pragma once

#include <QObject>

class QSocketNotifier;

namespace sb::app {

// One per process, main thread. The handler only writes a byte into a pipe. [signal-safety(7)]
class QuitSignals final : public QObject {
    Q_OBJECT
public:
    explicit QuitSignals(QObject *parent = nullptr);
    ~QuitSignals() override;

signals:
    void quitAsked();

private:
    int m_fds[2] = {-1, -1};
    QSocketNotifier *m_notifier = nullptr;
};

} // namespace sb::app
