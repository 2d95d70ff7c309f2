// Which client a key belongs to. Keys are known by their SHA-256; every carrier of a key goes
// through one function. Engine thread. [robustness §7, rules 5, 7, 8]
#pragma once

#include "base/id.h"
#include "base/secret.h"
#include "record/code.h"

#include <QByteArray>
#include <QByteArrayView>
#include <QHash>
#include <QList>

namespace sb::guard {

// What a head carries, in any of the places a client may put its key; null views where absent.
struct Carriers {
    QByteArrayView authorization;
    QByteArrayView xApiKey;
    QByteArrayView apiKey;
    QByteArrayView xGoogApiKey;
    QByteArrayView xPortkeyApiKey;
    QByteArrayView query; // raw query; its `key` counts
};

class Keyring {
public:
    void add(const QByteArray &sha256, const ClientId &client) { m_clients.insert(sha256, client); }

    struct Answer {
        Code code = Code::None; // client_key, two_keys
        ClientId client;
        QByteArray unknown; // SHA-256 of a key that is nobody's here
    };
    // `bound`: the client of the listener, or empty. There a missing or unknown key counts as that
    // client; a known key still means its own.
    Answer identify(const Carriers &carriers, const ClientId &bound) const;

private:
    struct Verified {
        Secret key;
        ClientId client;
    };
    static constexpr qsizetype kVerified = 8;

    const ClientId *recall(QByteArrayView key) const;
    void remember(QByteArrayView key, const ClientId &client) const;

    // Found by the whole digest: neither lookup nor comparison depends on a part of the key.
    QHash<QByteArray, ClientId> m_clients;
    // Keys whose digest was found, so that not every request pays for one. A ring; goes with the
    // keyring, which every change of the configuration replaces.
    mutable QList<Verified> m_verified;
    mutable qsizetype m_nextVerified = 0;
};

} // namespace sb::guard
