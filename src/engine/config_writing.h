// Edits of the configuration's text that set-up makes: providers, the chain `default`, clients.
// Pure: text in, text out; key order and comments stay. [contract §2]
#pragma once

#include "config/config_file.h"
#include "engine/setup.h"

namespace sb::engine {

// Collects edits of one text; the first that fails ends it.
class ConfigText {
public:
    explicit ConfigText(QByteArray text)
        : m_text(std::move(text))
    {
    }

    void set(const QString &path, const QByteArray &json); // empty: removed
    Result<QByteArray> take() const;

private:
    QByteArray m_text;
    std::optional<Error> m_error;
};

// "openai", then "openai-2", …: the first that `isTaken` lets pass, made of characters an id may
// have.
QString freeId(const QString &wanted, const std::function<bool(const QString &)> &isTaken);

struct NewProvider {
    ProviderDraft draft; // with its final id
    config::SecretRef secret; // None: without a key
    QString model; // of its target in chain `default`; empty: no target
};

// The provider's own entry.
QByteArray providerJson(const NewProvider &provider, const config::Catalog &catalog);
// Writes the providers in order, appends their targets to chain `default` (made when missing), and
// gives clients without a default chain that one.
Result<QByteArray> withProviders(const QByteArray &text, const config::ConfigSnapshot &now,
                                 const QList<NewProvider> &providers,
                                 const config::Catalog &catalog);

} // namespace sb::engine
