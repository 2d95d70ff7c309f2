// A configuration with real catalogue providers, and frames that fit it, for the pages that edit.
#pragma once

#include "config/config_file.h"
#include "page_kit.h"

#include <QTest>

namespace sb::test {

constexpr qint64 kChainNow = 1'764'000'727'000;

inline QByteArray chainsText()
{
    const auto provider = [](const char *id, const char *key2 = nullptr) -> QByteArray {
        QByteArray keys
            = QByteArray("{\"id\": \"main\", \"secret\": \"keychain:") + id + "/main\"}";
        if (key2)
            keys += QByteArray(", {\"id\": \"old\", \"secret\": \"env:") + key2
                + "\", \"draining\": true}";
        return QByteArray("    {\"id\": \"") + id + "\", \"from\": \"catalog:" + id
            + "\", \"keys\": [" + keys + "]}";
    };
    return "{\n  \"version\": 1,\n  \"providers\": [\n" + provider("anthropic", "OLD_KEY") + ",\n"
        + provider("openai") + ",\n" + provider("openrouter")
        + ",\n    {\"id\": \"ollama\", \"from\": \"catalog:ollama\"},\n"
          "    {\"id\": \"demo\", \"from\": \"sim\", \"script\": \"steady\"}\n  ],\n"
          "  \"chains\": [\n    {\"id\": \"coding\", \"strategy\": \"ordered\", \"targets\": [\n"
          "      {\"provider\": \"anthropic\", \"model\": \"claude-sonnet-4-5\"},\n"
          "      {\"provider\": \"openai\", \"model\": \"gpt-5\"},\n"
          "      {\"provider\": \"openrouter\", \"model\": \"openai/gpt-5-mini\"}\n    ]},\n"
          "    {\"id\": \"chat\", \"targets\": [\n"
          "      {\"provider\": \"openai\", \"model\": \"gpt-5-mini\"},\n"
          "      {\"provider\": \"demo\", \"model\": \"sim-small\"}]},\n"
          "    {\"id\": \"local\", \"targets\": [{\"provider\": \"ollama\", \"model\": "
          "\"qwen3:8b\"}]}\n  ],\n"
          "  \"aliases\": {\"gpt-4o\": \"coding\", \"small\": \"chat\"},\n"
          "  \"clients\": [\n    {\"id\": \"claude-code\", \"label\": \"Claude Code\", "
          "\"secret\": \"env:K\", \"default_chain\": \"coding\"},\n"
          "    {\"id\": \"my-app\", \"secret\": \"env:L\", \"chains\": [\"chat\"], "
          "\"default_chain\": \"chat\"}\n  ]\n}\n";
}

inline config::SnapshotPtr snapshotOf(const QByteArray &text, quint32 revision)
{
    const config::Checked checked = config::validate(text, revision, config::builtInCatalog());
    if (!checked.snapshot) {
        for (const config::Problem &problem : checked.problems)
            qWarning("%s: %s", qPrintable(problem.path), qPrintable(problem.message));
        qFatal("the sample does not validate");
    }
    return checked.snapshot;
}

inline Frame chainsFrame(const config::SnapshotPtr &config)
{
    Frame frame;
    frame.state = EngineState::Running;
    frame.wallMs = kChainNow;
    frame.revision = config->revision;
    frame.addresses = {QStringLiteral("http://127.0.0.1:7317")};
    int n = 0;
    for (const config::ProviderSettings &own : config->providers) {
        ProviderView view;
        view.id = own.id;
        view.label = own.label;
        view.isLocal = own.isLocal;
        view.isSimulated = own.isSimulated;
        view.state = own.isOff ? ProviderState::Off
            : n < 2            ? ProviderState::Serving
                               : ProviderState::NoTraffic;
        if (n < 2) {
            view.p50FirstContent = Micros(420'000 + n * 310'000);
            view.p50Duration = Micros(3'100'000);
            view.attempts5m = 41 - n * 20;
            view.lastUsedWallMs = kChainNow - 12'000 * (n + 1);
        }
        for (const config::KeySettings &key : own.keys) {
            KeyView shown;
            shown.id = key.id;
            shown.isDraining = key.isDraining;
            shown.state = key.isOff ? KeyState::Off : n < 2 ? KeyState::Ok : KeyState::Unused;
            shown.lastUsedWallMs = key.isDraining ? kChainNow - 5'400'000 : view.lastUsedWallMs;
            view.keys.append(shown);
        }
        frame.providers.append(view);
        ++n;
    }
    for (const config::ChainSettings &own : config->chains) {
        ChainView view;
        view.id = own.id;
        view.state = frame.chains.isEmpty() ? ChainState::OnFirstTarget : ChainState::Idle;
        frame.chains.append(view);
    }
    for (const config::ClientSettings &own : config->clients) {
        ClientView view;
        view.id = own.id;
        view.label = own.label;
        frame.clients.append(view);
    }
    return frame;
}

// A link that serves this text at this revision; checks are the real ones.
inline void serve(FakeLink &link, const QByteArray &text, quint32 revision)
{
    link.fakeSetup.configAnswer = snapshotOf(text, revision);
    link.fakeSetup.configTextAnswer = Result<QByteArray>(text);
}

// A page of its own, with a link, a draft and settings that nobody shares.
struct Desk {
    QTemporaryDir folder;
    FakeLink link;
    models::ChainDrafts drafts;
    std::unique_ptr<QSettings> settings = std::make_unique<QSettings>(
        folder.filePath(QStringLiteral("console.ini")), QSettings::IniFormat);

    pages::PageContext context() { return {link, *settings, drafts}; }
    FramePtr frame() const
    {
        return std::make_shared<Frame>(chainsFrame(link.fakeSetup.configAnswer));
    }
};

} // namespace sb::test
