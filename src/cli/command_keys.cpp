// keys and provider: who may call us, and whom we call.
#include "cli/commands.h"
#include "cli/config_access.h"
#include "cli/process.h"
#include "cli/wait_for.h"
#include "config/catalog.h"
#include "config/secret_ref.h"
#include "engine/key_loader.h"
#include "engine/key_origins.h"
#include "secret/client_key.h"
#include "secret/keychain_vault.h"
#include "secret/resolver.h"
#include "json/writer.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

#include <stdio.h>

namespace sb::cli {

namespace {
int refused(const Error &error)
{
    complain(error.detail);
    return error.code == QStringLiteral("config_invalid") ? ConfigRefused : Failed;
}

json::Value digestValue(const Secret &key)
{
    const QByteArray text = "digest:" + key.sha256().toHex();
    return json::Value::string(QByteArrayView(text));
}

int indexOf(const config::ConfigSnapshot &config, const ClientId &id)
{
    for (int i = 0; i < config.clients.size(); ++i) {
        if (config.clients[i].id == id)
            return i;
    }
    return -1;
}

int addKey(ConfigAccess &access, const QString &id, const QString &chain)
{
    SystemRandom random;
    const Secret key = secret::makeClientKey(random);
    json::Value client = json::Value::object();
    client.set("id", json::Value::string(id));
    client.set("secret", digestValue(key));
    client.set("chains",
               json::Value::array(QList<json::Value>{json::Value::string(QByteArrayView("*"))}));
    if (!chain.isEmpty())
        client.set("default_chain", json::Value::string(chain));
    if (auto added = access.edit(QStringLiteral("clients[+]"), client); !added)
        return refused(added.error());
    complain(QStringLiteral("This is the only time the key is shown; only its digest is kept."));
    out(key.reveal().toByteArray());
    return Done;
}

int showKey(ConfigAccess &access, const config::ClientSettings &client)
{
    const auto reference = engine::referenceFor(client.secret);
    if (!reference) {
        complain(
            QStringLiteral(
                "Only a digest of this key is kept. \"signalboxd keys rotate %1\" makes a new one.")
                .arg(client.id.text()));
        return Failed;
    }
    if (access.isRunning()) {
        json::Writer w;
        w.beginObject()
            .member("command", "client_key")
            .member("client", client.id.text())
            .endObject();
        const auto answer = access.engine().ask(w.take());
        if (!answer)
            return refused(answer.error());
        out(answer->text());
        return Done;
    }
    secret::KeychainVault keychain;
    secret::SecretResolver resolver({&keychain, nullptr, nullptr});
    const auto key = waitFor(resolver.resolve(*reference));
    if (!key)
        return refused(key.error());
    out(key->reveal().toByteArray());
    return Done;
}

int rotateKey(ConfigAccess &access, int index)
{
    SystemRandom random;
    const Secret key = secret::makeClientKey(random);
    const QString path = QStringLiteral("clients[%1].secret").arg(index);
    if (auto done = access.edit(path, digestValue(key)); !done)
        return refused(done.error());
    complain(QStringLiteral("The old key is void. This is the only time the new one is shown; only "
                            "its digest is kept."));
    out(key.reveal().toByteArray());
    return Done;
}

void listKeys(const config::ConfigSnapshot &config)
{
    for (const config::ClientSettings &client : config.clients) {
        QByteArray line
            = client.id.text().toUtf8() + "  " + QStringList(client.chains).join(u',').toUtf8();
        if (!client.defaultChain.isEmpty())
            line += "  default chain " + client.defaultChain.text().toUtf8();
        if (client.isRevoked)
            line += "  revoked";
        out(line);
    }
}

Secret readSecret()
{
    char line[8192];
    if (!fgets(line, sizeof line, stdin))
        return {};
    QByteArray bytes = QByteArray(line).trimmed();
    explicit_bzero(line, sizeof line);
    return Secret(std::move(bytes));
}

// The keys of this provider may be sent to where it is now.
Result<void> confirmAddress(ConfigAccess &access, const QString &id)
{
    if (access.isRunning()) {
        json::Writer w;
        w.beginObject().member("command", "provider_confirm").member("provider", id).endObject();
        if (const auto answer = access.engine().ask(w.take()); !answer)
            return unexpected(answer.error());
        return {};
    }
    const QString &folder = access.places().dataDir;
    if (!QFileInfo::exists(folder))
        return {}; // no key was ever sent anywhere
    return engine::KeyOrigins(QDir(folder).filePath(QStringLiteral("key-origins.json")))
        .confirm(ProviderId(id));
}

int addProvider(ConfigAccess &access, const QCommandLineParser &parser, const QString &id)
{
    const QString from = parser.value(QStringLiteral("from"));
    json::Value provider = json::Value::object();
    provider.set("id", json::Value::string(id));
    if (!from.isEmpty())
        provider.set("from",
                     json::Value::string(
                         from == QStringLiteral("sim") ? from : QStringLiteral("catalog:") + from));
    if (parser.isSet(QStringLiteral("script")))
        provider.set("script", json::Value::string(parser.value(QStringLiteral("script"))));
    if (parser.isSet(QStringLiteral("dialect")))
        provider.set("dialect", json::Value::string(parser.value(QStringLiteral("dialect"))));
    if (parser.isSet(QStringLiteral("base-url")))
        provider.set("base_url", json::Value::string(parser.value(QStringLiteral("base-url"))));
    const bool isFromInput = parser.isSet(QStringLiteral("key-stdin"));
    const QString reference = isFromInput ? QStringLiteral("keychain:%1/main").arg(id)
        : parser.isSet(QStringLiteral("key-env"))
        ? QStringLiteral("env:") + parser.value(QStringLiteral("key-env"))
        : QString();
    if (!reference.isEmpty()) {
        json::Value key = json::Value::object();
        key.set("id", json::Value::string(QByteArrayView("main")));
        key.set("secret", json::Value::string(reference));
        provider.set("keys", json::Value::array(QList<json::Value>{key}));
    }
    if (isFromInput) {
        const Secret secret = readSecret();
        if (secret.isEmpty()) {
            complain(QStringLiteral("No key came on stdin."));
            return Usage;
        }
        secret::KeychainVault keychain;
        if (const auto written = waitFor(keychain.write(id + QStringLiteral("/main"), secret));
            !written) {
            complain(
                QStringLiteral("The key was not stored: %1 Without a keychain, use --key-env NAME.")
                    .arg(written.error().detail));
            return Failed;
        }
    }
    if (auto added = access.edit(QStringLiteral("providers[+]"), provider); !added)
        return refused(added.error());
    if (!reference.isEmpty())
        (void)confirmAddress(access, id); // given for this address
    out("added " + id.toUtf8());
    return Done;
}

int confirmProvider(ConfigAccess &access, const config::ConfigSnapshot &config, const QString &id)
{
    if (!config.provider(ProviderId(id))) {
        complain(QStringLiteral("There is no provider \"%1\".").arg(id));
        return Failed;
    }
    if (const auto done = confirmAddress(access, id); !done)
        return refused(done.error());
    out("confirmed " + id.toUtf8());
    return Done;
}

int verifyProvider(ConfigAccess &access, const QString &id, bool isJson)
{
    if (!access.isRunning()) {
        complain(QStringLiteral("Verifying makes a call, which a running gateway does: start it "
                                "first (signalboxd serve)."));
        return Failed;
    }
    json::Writer w;
    w.beginObject().member("command", "verify").member("provider", id).endObject();
    const auto answer = access.engine().ask(w.take());
    if (!answer)
        return refused(answer.error());
    const json::Value *ok = answer->find("ok");
    const bool isGood = ok && ok->toBool();
    const auto word = [&](QByteArrayView key) {
        const json::Value *v = answer->find(key);
        return v ? v->text() : QByteArray();
    };
    if (isJson)
        out(json::write(*answer));
    else if (isGood)
        out(id.toUtf8() + " works: " + word("models") + " models listed");
    else
        out(id.toUtf8() + " does not work: " + word("outcome") + ' ' + word("status") + ' '
            + word("message"));
    return isGood ? Done : Failed;
}

int removeProvider(ConfigAccess &access, const config::ConfigSnapshot &config, const QString &id)
{
    for (const config::ChainSettings &chain : config.chains) {
        for (const config::ChainTarget &target : chain.targets) {
            if (target.provider.text() == id) {
                complain(
                    QStringLiteral("The chain \"%1\" uses this provider; take it out there first.")
                        .arg(chain.id.text()));
                return Failed;
            }
        }
    }
    for (int i = 0; i < config.providers.size(); ++i) {
        if (config.providers[i].id.text() != id)
            continue;
        if (auto removed = access.edit(QStringLiteral("providers[%1]").arg(i), std::nullopt);
            !removed)
            return refused(removed.error());
        out("removed " + id.toUtf8());
        return Done;
    }
    complain(QStringLiteral("There is no provider \"%1\".").arg(id));
    return Failed;
}
} // namespace

int keys(const QStringList &arguments, int &argc, char **argv)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral("Keys of clients: who may call this gateway."));
    parser.addPositionalArgument(QStringLiteral("what"),
                                 QStringLiteral("add, show, list, rotate or revoke."));
    parser.addPositionalArgument(QStringLiteral("client"), QStringLiteral("The client's id."),
                                 QStringLiteral("[client]"));
    addPlaceOptions(parser);
    const QCommandLineOption chainOption(QStringLiteral("default-chain"),
                                         QStringLiteral("add: where names go that nobody knows."),
                                         QStringLiteral("CHAIN"));
    parser.addOption(chainOption);
    if (const int code = parse(parser, QStringLiteral("keys"), arguments); code >= 0)
        return code;
    const QStringList words = parser.positionalArguments();
    const QString what = words.value(0);
    QCoreApplication app(argc, argv);
    ConfigAccess access(placesOf(parser));
    const auto config = access.snapshot();
    if (!config)
        return refused(config.error());
    if (what == QStringLiteral("list")) {
        listKeys(**config);
        return Done;
    }
    const QString id = words.value(1);
    if (id.isEmpty()) {
        complain(QStringLiteral("keys %1 needs the client's id.").arg(what));
        return Usage;
    }
    if (what == QStringLiteral("add"))
        return addKey(access, id, parser.value(chainOption));
    const int index = indexOf(**config, ClientId(id));
    if (index < 0) {
        complain(QStringLiteral("There is no client \"%1\".").arg(id));
        return Failed;
    }
    if (what == QStringLiteral("show"))
        return showKey(access, (*config)->clients[index]);
    if (what == QStringLiteral("rotate"))
        return rotateKey(access, index);
    if (what == QStringLiteral("revoke")) {
        if (auto done = access.edit(QStringLiteral("clients[%1].revoked").arg(index),
                                    json::Value::boolean(true));
            !done)
            return refused(done.error());
        out("revoked " + id.toUtf8());
        return Done;
    }
    complain(QStringLiteral("keys add, show, list, rotate or revoke."));
    return Usage;
}

int provider(const QStringList &arguments, int &argc, char **argv)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral("Providers: whom this gateway calls."));
    parser.addPositionalArgument(QStringLiteral("what"),
                                 QStringLiteral("add, list, verify, confirm (send its keys to its "
                                                "changed address) or remove."));
    parser.addPositionalArgument(QStringLiteral("provider"), QStringLiteral("The provider's id."),
                                 QStringLiteral("[provider]"));
    addPlaceOptions(parser);
    parser.addOptions({
        {QStringLiteral("from"), QStringLiteral("add: the id in the built-in catalogue, or sim."),
         QStringLiteral("ID")},
        {QStringLiteral("script"), QStringLiteral("add: what a simulated provider does."),
         QStringLiteral("NAME")},
        {QStringLiteral("dialect"), QStringLiteral("add: the API it speaks."),
         QStringLiteral("DIALECT")},
        {QStringLiteral("base-url"), QStringLiteral("add: its address."), QStringLiteral("URL")},
        {QStringLiteral("key-env"),
         QStringLiteral("add: the environment variable that holds its key."),
         QStringLiteral("NAME")},
        {QStringLiteral("key-stdin"),
         QStringLiteral("add: reads the key from stdin and stores it in the keychain.")},
        {QStringLiteral("json"), QStringLiteral("verify: prints the answer as JSON.")},
    });
    if (const int code = parse(parser, QStringLiteral("provider"), arguments); code >= 0)
        return code;
    const QStringList words = parser.positionalArguments();
    const QString what = words.value(0);
    const QString id = words.value(1);
    QCoreApplication app(argc, argv);
    ConfigAccess access(placesOf(parser));
    const auto config = access.snapshot();
    if (!config)
        return refused(config.error());
    if (what == QStringLiteral("list")) {
        for (const config::ProviderSettings &provider : (*config)->providers)
            out(provider.id.text().toUtf8() + "  " + provider.label.toUtf8()
                + QByteArray(provider.isOff ? "  off" : "")
                + QByteArray(provider.isSimulated ? "  simulated" : ""));
        return Done;
    }
    if (id.isEmpty()) {
        complain(QStringLiteral(
            "provider add, list, verify, confirm or remove; all but list need the provider's id."));
        return Usage;
    }
    if (what == QStringLiteral("add"))
        return addProvider(access, parser, id);
    if (what == QStringLiteral("confirm"))
        return confirmProvider(access, **config, id);
    if (what == QStringLiteral("verify"))
        return verifyProvider(access, id, parser.isSet(QStringLiteral("json")));
    if (what == QStringLiteral("remove"))
        return removeProvider(access, **config, id);
    complain(QStringLiteral("provider add, list, verify, confirm or remove."));
    return Usage;
}

} // namespace sb::cli
