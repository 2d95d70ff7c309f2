// Setting the gateway up: what is found on this machine, providers and their keys, clients, the
// configuration as a whole and its earlier versions, storage.
//
// Requests to the engine, answered by future; nothing is stored before the call that says so.
// Secrets go in and never come out, except our own client keys, once. [console §3.5–3.7, 3.9, 4]
#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "config/settings.h"
#include "record/frame.h"

#include <QFuture>

#include <optional>

namespace sb::engine {

// A provider that could be used, as found or recognised.
struct ProviderDraft {
    QString catalogId; // of the catalogue, or empty
    QString label; // "Anthropic", "Ollama on this computer"
    ProviderId id; // the name it would get; made unique when it is added
    DialectId dialect = DialectId::OpenAiChat; // without a catalogue entry
    QByteArray baseUrl; // without a catalogue entry
    bool isLocal = false;
};

// Something usable found on this machine; the secret itself stays where it is.
struct FoundProvider {
    enum class Where : quint8 { Environment, Shell, LocalServer } where = Where::Environment;
    ProviderDraft draft;
    QString name; // the variable's name, or "127.0.0.1:11434"
    QString shownKey; // "sk-ant-...9f2c"
    int models = -1; // -1 = not asked
    bool isConfigured = false; // already one of ours
};

struct Verified {
    int models = 0;
    QStringList modelIds; // as listed, at most 2,000
    Millis took{0};
};

struct NewClient {
    ClientId id;
    QString key; // shown once
};

struct ClientDraft {
    QString label;
    ClientId id; // wanted; made unique
    ChainId defaultChain; // empty: `default`
    QList<QString> chains{QStringLiteral("*")};
};

struct ConfigVersion {
    quint32 revision = 0;
    qint64 wallMs = 0;
    QString author; // "window", "command", "file"
    QString note; // "3 changes", "undo"
};

struct StorageView {
    QString dataDir;
    QString configPath;
    qint64 ledgerBytes = 0;
    qint64 historyBytes = 0;
    qint64 journalBytes = 0;
    qint64 captureBytes = 0; // recorded bodies
    qint64 captures = 0; // exchanges with recorded bodies
    qint64 exchanges = 0;
    qint64 oldestWallMs = 0;
    QByteArray priceDate; // of the catalogue, "2026-11-22"
    bool isKeychainWorking = false;
    QString keychainDetail; // why not, in the system's words
    bool hasVault = false; // the passphrase file is there
    bool isVaultOpen = false;
};

class Setup {
public:
    virtual ~Setup() = default;

    // ---- what is here ----
    // Keys in our environment by name, and servers on loopback (GET only, at most 1.5 s).
    virtual QFuture<QList<FoundProvider>> lookHere() = 0;
    // The login shell once, 3 s at most; only the known names are kept.
    virtual QFuture<Result<QList<FoundProvider>>> lookInShell() = 0;
    // Which providers a key could belong to, best first. Pure; nothing is sent.
    virtual QList<ProviderDraft> recognise(const Secret &key) const = 0;

    // ---- providers ----
    // The free model list with that key; never a paid call.
    virtual QFuture<Result<Verified>> verify(const ProviderDraft &draft, const Secret &key) = 0;
    virtual QFuture<Result<Verified>> verify(const ProviderId &provider, const KeyId &key) = 0;
    // Stores the key, writes the provider, and adds it to the end of chain `default` (made when
    // missing). Our own address is refused: "own_address".
    virtual QFuture<Result<ProviderId>> addProvider(const ProviderDraft &draft, const Secret &key)
        = 0;
    // The same for things found, without moving their secrets (`env:NAME`) where they are lasting.
    virtual QFuture<Result<QList<ProviderId>>> useFound(const QList<FoundProvider> &found) = 0;
    virtual QFuture<Result<void>> removeProvider(const ProviderId &provider) = 0;
    virtual QFuture<Result<KeyId>> addKey(const ProviderId &provider, const Secret &key) = 0;
    virtual QFuture<Result<void>> setKeyOff(const ProviderId &provider, const KeyId &key,
                                            bool isOff)
        = 0;
    // The new key is used first; the old one stays valid behind it until removed.
    virtual QFuture<Result<KeyId>> rotateKey(const ProviderId &provider, const KeyId &old,
                                             const Secret &key)
        = 0;
    virtual QFuture<Result<void>> removeKey(const ProviderId &provider, const KeyId &key) = 0;

    // ---- clients ----
    virtual QFuture<Result<NewClient>> addClient(const ClientDraft &draft) = 0;
    virtual QFuture<Result<QString>> clientKey(const ClientId &client) = 0;
    virtual QFuture<Result<NewClient>> rotateClient(const ClientId &client) = 0;
    virtual QFuture<Result<void>> revokeClient(const ClientId &client) = 0;

    // ---- the configuration ----
    virtual config::SnapshotPtr config() const = 0; // what runs, never null after the start
    virtual QFuture<Result<QByteArray>> configText() = 0;
    // What would be wrong with it; nothing is changed.
    virtual QFuture<QList<config::Problem>> checkText(const QByteArray &text) = 0;
    // Whole and atomic. "changed_meanwhile" when the running revision is not `base` (0 = any).
    virtual QFuture<Result<quint32>> applyText(const QByteArray &text, quint32 base,
                                               const QString &note)
        = 0;
    virtual QFuture<Result<quint32>> editConfig(const QString &path, const QByteArray &jsonValue)
        = 0;
    virtual QFuture<Result<QList<ConfigVersion>>> versions() = 0; // newest first, at most 50
    virtual QFuture<Result<QByteArray>> versionText(quint32 revision) = 0;

    // ---- storage ----
    virtual QFuture<Result<StorageView>> storage() = 0;
    // Opens the passphrase file that keeps provider keys where no keychain does; without one the
    // passphrase is that of the new file. Keys pasted in this run move into it. Errors:
    // "secret_bad" (wrong passphrase, or a damaged file), "secret_unsafe", "secret_failing".
    virtual QFuture<Result<void>> openVault(const Secret &passphrase) = 0;
    virtual QFuture<Result<qint64>> trimNow() = 0; // rows removed
};

} // namespace sb::engine
