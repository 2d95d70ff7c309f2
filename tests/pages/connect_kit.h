// A context of its own for each test of first steps and Connect, and ways to reach its widgets.
#pragma once

#include "link/fake_link.h"
#include "models/chain_draft.h"
#include "pages/page.h"

#include <QAbstractButton>
#include <QSettings>
#include <QTemporaryDir>

namespace sb::test {

struct Desk {
    QTemporaryDir folder;
    QSettings settings{folder.filePath(QStringLiteral("console.ini")), QSettings::IniFormat};
    FakeLink link;
    models::ChainDrafts drafts;

    Desk() { link.be(link::LinkState::Connected); }
    pages::PageContext context() { return {link, settings, drafts}; }
};

template <typename W> W *named(const QWidget &root, const QString &name)
{
    for (W *widget : root.findChildren<W *>()) {
        if (widget->accessibleName() == name)
            return widget;
    }
    return nullptr;
}

inline QAbstractButton *button(const QWidget &root, const QString &text)
{
    for (QAbstractButton *one : root.findChildren<QAbstractButton *>()) {
        if (one->text() == text && one->isVisibleTo(&root))
            return one;
    }
    return nullptr;
}

inline QList<engine::FoundProvider> foundHere()
{
    using Where = engine::FoundProvider::Where;
    const auto one = [](Where where, const char *catalogId, const char *label, const char *name,
                        const char *key, int models) {
        engine::FoundProvider found;
        found.where = where;
        found.draft.catalogId = QString::fromLatin1(catalogId);
        found.draft.label = QString::fromLatin1(label);
        found.name = QString::fromLatin1(name);
        found.shownKey = QString::fromUtf8(key);
        found.models = models;
        return found;
    };
    return {
        one(Where::Environment, "anthropic", "Anthropic", "ANTHROPIC_API_KEY", "sk-ant-…9f2c", -1),
        one(Where::Environment, "openai", "OpenAI", "OPENAI_API_KEY", "sk-…77aa", -1),
        one(Where::LocalServer, "ollama", "Ollama on this computer", "127.0.0.1:11434", "", 3)};
}

inline engine::ProviderDraft draftFor(const char *id, const char *label)
{
    engine::ProviderDraft draft;
    draft.catalogId = QString::fromLatin1(id);
    draft.label = QString::fromLatin1(label);
    draft.id = ProviderId(draft.catalogId);
    return draft;
}

// A configuration with two clients and chain `default`, as the engine would have it.
inline config::SnapshotPtr someConfig()
{
    auto config = std::make_shared<config::ConfigSnapshot>();
    const auto client = [&](const char *id, const char *label, bool isRevoked) {
        config::ClientSettings one;
        one.id = ClientId(QString::fromLatin1(id));
        one.label = QString::fromLatin1(label);
        one.chains = {QStringLiteral("*")};
        one.defaultChain = ChainId(QStringLiteral("default"));
        one.isRevoked = isRevoked;
        config->clients.append(one);
    };
    client("default", "default", false);
    client("claude-code", "Claude Code", false);
    client("build", "Build server", true);
    return config;
}

inline Frame connectFrame()
{
    Frame frame;
    frame.wallMs = 1'795'000'000'000;
    frame.state = EngineState::Running;
    frame.addresses = {QStringLiteral("http://127.0.0.1:7317")};
    ChainView chain;
    chain.id = ChainId(QStringLiteral("default"));
    frame.chains = {chain};
    for (const auto &[id, label, ago, program] :
         {std::tuple{"default", "default", 0, ""},
          std::tuple{"claude-code", "Claude Code", 4, "claude"},
          std::tuple{"build", "Build server", 0, ""}}) {
        ClientView view;
        view.id = ClientId(QString::fromLatin1(id));
        view.label = QString::fromLatin1(label);
        view.lastSeenWallMs = ago ? frame.wallMs - ago * 60'000 : 0;
        view.perMinute = ago ? 12 : 0;
        view.program = QString::fromLatin1(program);
        frame.clients.append(view);
    }
    return frame;
}

} // namespace sb::test
