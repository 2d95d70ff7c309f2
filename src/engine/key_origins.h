// Which addresses each provider's key may be sent to: a key belongs to the origin (scheme, host,
// port) it was given for. [robustness §7 rule 10]
//
// A key that was never seen is bound to where its provider is now. When the configuration later
// leads the same key elsewhere (a changed base_url, a pasted provider), it is not handed out there
// until the user confirms that provider or gives another key. Kept in the data folder by digests,
// so that a restart knows. Main thread, owned by the engine's façade.
#pragma once

#include "engine/key_loader.h"

#include <QHash>
#include <QSet>
#include <QString>

namespace sb::engine {

class KeyOrigins {
public:
    explicit KeyOrigins(const QString &path);

    // Takes the keys out that were given for another address, with a notice for each provider;
    // binds what is new or was confirmed, and writes that down.
    void sift(const config::ConfigSnapshot &config, LoadedKeys &keys);
    // The keys of this provider belong to its present address too, from the next sift() on.
    // Survives until then.
    Result<void> confirm(const ProviderId &provider);

private:
    void read();
    Result<void> write() const;

    QString m_path;
    QHash<QByteArray, QSet<QByteArray>> m_origins; // by digest of the key
    QSet<QString> m_confirmed; // providers
};

} // namespace sb::engine
