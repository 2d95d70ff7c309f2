// Unix signals as Qt signals: the handler writes one byte to a socket pair, nothing else.
#pragma once

#include <QObject>
#include <QSocketNotifier>

namespace sb::cli {

class SignalWatch final : public QObject {
    Q_OBJECT
public:
    explicit SignalWatch(QObject *parent = nullptr); // one per process
    ~SignalWatch() override;

signals:
    void terminated(); // SIGTERM, SIGINT
    void hungUp(); // SIGHUP

private:
    void read();

    int m_pair[2] = {-1, -1};
    QSocketNotifier m_notifier;
};

} // namespace sb::cli
