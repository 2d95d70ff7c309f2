// A key or passphrase: cannot be printed or turned into a QString, is wiped when it goes.
#pragma once

#include <QByteArray>
#include <QByteArrayView>

class QDebug;

namespace sb {

// Copies share one buffer; the last one wipes it. May cross threads as a value.
class Secret {
public:
    Secret() = default;
    // Takes the bytes over and wipes the argument's own buffer where it is not shared.
    explicit Secret(QByteArray &&bytes);
    static Secret fromView(QByteArrayView bytes);

    bool isEmpty() const { return !m_bytes || m_bytes->isEmpty(); }
    // Only at the last step before the wire, a digest or the keychain.
    QByteArrayView reveal() const { return m_bytes ? QByteArrayView(*m_bytes) : QByteArrayView(); }
    QByteArray sha256() const;
    // What people may see: "sk-ant-…9f2c"; short secrets show nothing of themselves.
    QString masked() const;

    friend bool operator==(const Secret &a, const Secret &b) { return equal(a, b); }

private:
    static bool equal(const Secret &a, const Secret &b);
    std::shared_ptr<QByteArray> m_bytes;
};

// Constant time over the longer of the two.
bool equalConstantTime(QByteArrayView a, QByteArrayView b);

QDebug operator<<(QDebug, const Secret &) = delete;

} // namespace sb
