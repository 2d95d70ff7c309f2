// Addresses race for one connection. [RFC 8305 §4, §5]
//
// The next address starts when the one before failed, or `delay` after it started; the first to
// connect wins and the others are closed.
#pragma once

#include "base/clock.h"

#include <QHash>
#include <QHostAddress>
#include <QList>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace sb::http {

enum class Family : quint8 { V4, V6 };
Family familyOf(const QHostAddress &address);

// Families alternate; the first one is `preferred`, or else that of the first address given. Inside
// a family the order stays. Doubles are dropped.
QList<QHostAddress> interleave(const QList<QHostAddress> &addresses,
                               std::optional<Family> preferred);

// Which family answered last, per host and port, so that a dead one is paid for once.
class FamilyMemory {
public:
    static constexpr Nanos keepFor = std::chrono::minutes(10);
    static constexpr int maxEntries = 256;

    explicit FamilyMemory(Clock &clock)
        : m_clock(&clock)
    {
    }
    std::optional<Family> recall(const QByteArray &host, quint16 port) const;
    void remember(const QByteArray &host, quint16 port, Family family);

private:
    struct Entry {
        Family family;
        Nanos until;
    };
    Clock *m_clock;
    QHash<std::pair<QByteArray, quint16>, Entry> m_entries;
};

// One race. Owned by whoever connects; destroying it closes every socket that has not won. The
// callback runs once, never inside start(), and may destroy the race.
class AddressRace {
public:
    struct Result {
        int fd = -1; // connected and non-blocking, now the callee's; -1 = every address failed
        QHostAddress address;
        QByteArray detail; // why each failed
    };
    using Done = std::function<void(Result)>;

    AddressRace(Clock &clock, Nanos delay, Done done);
    ~AddressRace();
    AddressRace(const AddressRace &) = delete;
    AddressRace &operator=(const AddressRace &) = delete;

    void start(QList<QHostAddress> addresses, quint16 port);

private:
    struct Runner;
    void startNext();
    bool launch(const QHostAddress &address);
    void runnerReady(int fd);
    void noteFailure(const QHostAddress &address, int error);
    void win(int fd, const QHostAddress &address);
    void finish(Result result);

    Clock &m_clock;
    Nanos m_delay;
    Done m_done;
    QList<QHostAddress> m_waiting;
    quint16 m_port = 0;
    std::vector<std::unique_ptr<Runner>> m_runners;
    QByteArray m_failures;
    Timer m_next;
};

} // namespace sb::http
