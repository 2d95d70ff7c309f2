// The configuration as values: what config.json says, checked and filled in. Immutable once shared.
//
// A ConfigSnapshot is made by config::validate() on any thread and never changes; a running
// exchange keeps the one it started with. Every number is a default of robustness.md with its own
// key.
#pragma once

#include "config/price_book.h"
#include "record/exchange.h"

#include <QHash>
#include <QList>
#include <QString>

#include <memory>
#include <optional>

namespace sb::config {

// Where a secret lives; never the secret itself. [contract §2]
struct SecretRef {
    enum class Kind : quint8 { None, Keychain, Vault, Env, Ask, File, Digest } kind = Kind::None;
    QString name; // keychain entry, variable, path or hex digest
    friend bool operator==(const SecretRef &, const SecretRef &) = default;
};

struct Listener {
    QString host = QStringLiteral("127.0.0.1");
    quint16 port = 7317;
    ClientId client; // bound: requests without a known key count as this client
    friend bool operator==(const Listener &, const Listener &) = default;
};

struct KeySettings {
    KeyId id;
    SecretRef secret;
    bool isOff = false;
    bool isDraining = false; // an older one that a rotation left in place
};

// How a key travels to a provider.
struct AuthScheme {
    enum class Kind : quint8 { Bearer, Header, None } kind = Kind::Bearer;
    QByteArray header = "authorization"; // Header: its name, lower case
    QList<std::pair<QByteArray, QByteArray>> extra; // fixed headers
};

struct ModelSettings {
    QString id;
    std::optional<RateCard> price; // the user's own price wins over the catalogue
};

// Timers of one attempt. [robustness §5]
struct Timeouts {
    Millis connect{5'000};
    Millis head{60'000};
    Millis firstContent{90'000};
    Millis contentIdle{120'000};
    Millis byteIdle{60'000};
};

struct ProviderSettings {
    ProviderId id;
    QString label;
    QString catalogId; // of the catalogue's provider, or empty
    bool isSimulated = false; // "from": "sim"
    QString simScript; // "steady", "flaky", a path
    bool isLocal = false;
    bool isOff = false;
    QHash<DialectId, QByteArray> baseUrls; // per dialect, without a trailing slash
    AuthScheme auth;
    QList<KeySettings> keys; // at least one unless auth is None
    QList<ModelSettings> models; // empty: any model id passes
    Timeouts timeouts;
    QString caFile;
    QList<QByteArray> passHeaders; // further client headers passed on, lower case
    QString usageProfile; // catalogue `usage`
    QByteArray modelsUrl; // whole URL of the free model list; empty: none known
};

struct ChainTarget {
    ProviderId provider;
    QString model;
    KeyId key; // empty: any key of the provider, in order
};

struct ChainSettings {
    ChainId id;
    QList<ChainTarget> targets;
};

struct ClientSettings {
    ClientId id;
    QString label;
    SecretRef secret; // of our own key
    QList<QString> chains; // "*" = all; chain ids
    ChainId defaultChain; // empty: none
    LogPolicy maxLog = LogPolicy::Metadata;
    bool isRevoked = false;
};

// Failover and gate numbers. [robustness §5]
struct RoutingSettings {
    int maxAttempts = 4; // 1–8
    int retriesPerTarget = 1; // 0–3
    int maxUnknownRepeats = 1;
    Millis backoffBase{250};
    Millis backoffCap{4'000};
    Millis waitingTotal{20'000};
    Millis commitGrace{10'000};
    Millis total{600'000};
    Millis streamMax{3'600'000};
    int tripAfter = 5; // hard failures in a row
    Millis tripBase{10'000};
    Millis tripCap{300'000};
    Seconds tripForget{600};
    int ratioMinimum = 10;
    int ratioPercent = 50;
    int retryBudgetPercent = 20;
    int retryBudgetMinimum = 5;
};

struct RetentionSettings {
    int historyDays = 30;
    qint64 historyBytes = 1024ll * 1024 * 1024;
};

struct NetworkSettings {
    enum class Proxy : quint8 { None, Manual, System } proxy = Proxy::System;
    QByteArray proxyUrl;
    QList<QByteArray> allowedHosts; // further Host values, lower case, with port
    QList<QByteArray> allowedOrigins; // exact
};

// What may be learnt of a client beside its request. Nothing of it leaves this machine.
struct PrivacySettings {
    bool looksUpCallers = true; // process, program and folder of clients on this machine
    bool keepsRecentRequests
        = true; // the newest bodies, in memory only, so that they can be replayed
};

// A hard cap on money. [cost §9]
struct BudgetSettings {
    QString id;
    QString scope; // "all", "client:ID", "session:NAME"
    QString window; // "day", "week", "month"; "run" ends with the process
    Money cap;
    int warnPercent = 80;
};

struct ConfigSnapshot {
    quint32 revision = 0;
    QList<Listener> listeners;
    QList<ProviderSettings> providers; // in file order
    QList<ChainSettings> chains;
    QHash<QString, QString> aliases; // name → chain id or provider/model
    QList<ClientSettings> clients;
    QList<BudgetSettings> budgets;
    RoutingSettings routing;
    RetentionSettings retention;
    NetworkSettings network;
    PrivacySettings privacy;
    std::shared_ptr<const PriceBook> prices;

    const ProviderSettings *provider(const ProviderId &id) const;
    const ChainSettings *chain(const ChainId &id) const;
    const ClientSettings *client(const ClientId &id) const;
};

// What a call of that model costs and can do, from the user's own settings, else the catalogue.
struct ModelFacts {
    const RateCard *ownPrice = nullptr; // wins over the offer's cards
    const Offer *offer = nullptr; // of the catalogue; null when it does not know the model
};
ModelFacts modelFacts(const ConfigSnapshot &snapshot, const ProviderSettings &provider,
                      const QString &model);
// The prices of that call; nothing when none are known. The name in the reply decides, the name
// asked for counts where the reply's is empty or unknown. [cost.md §5]
std::optional<Rates> ratesFor(const ConfigSnapshot &snapshot, const ProviderSettings &provider,
                              const QString &servedModel, const QString &askedModel,
                              qint64 startedWallMs, qint64 promptTokens);

using SnapshotPtr = std::shared_ptr<const ConfigSnapshot>;

// One thing wrong with a config file, or worth knowing.
struct Problem {
    enum class Severity : quint8 { Error, Warning } severity = Severity::Error;
    QString path; // "$.chains[0].targets[1].provider"
    QString message; // a sentence
    QString nearest; // the nearest known key or name, where there is one
};

} // namespace sb::config
