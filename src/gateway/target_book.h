// What each target can do: the shipped facts, and what its own refusals taught since we started.
// [translation §19]
//
// Engine thread; owned by the gateway. Nothing is kept over a restart: what a provider refuses
// today it may take tomorrow.
#pragma once

#include "chat/capabilities.h"
#include "config/settings.h"
#include "route/planner.h"

#include <QHash>

namespace sb::gateway {

// Dialects with a translator.
std::array<bool, kDialectCount> translatedDialects();
// The name of a model up to its version: opaque blocks are of use inside one family.
QByteArray modelFamily(const QString &model);

class TargetBook {
public:
    static constexpr qsizetype kTargets = 1024; // learnt ones; more forget all
    static constexpr qsizetype kFields = 32; // of one target

    // `authority`: of the provider's address in that dialect, as in provider::Base.
    chat::Capabilities capabilities(const config::ConfigSnapshot &config,
                                    const config::ProviderSettings &provider, const QString &model,
                                    DialectId dialect, QByteArrayView authority) const;
    route::TargetFacts facts(const config::ConfigSnapshot &config,
                             const config::ProviderSettings &provider, const QString &model) const;

    // A refusal of a request, in the provider's words. True: it names a member that can be left
    // out, which was not known before: the request may go to the same target again without it.
    bool learn(const TargetRef &target, const Ask &ask, AttemptOutcome outcome,
               QByteArrayView words);

private:
    struct Learnt {
        bool lacksTools = false;
        bool lacksImages = false;
        bool lacksSchema = false;
        std::set<QByteArray> refusedFields;
    };
    const Learnt *learnt(const ProviderId &provider, const QString &model) const;

    QHash<std::pair<ProviderId, QString>, Learnt> m_learnt;
};

} // namespace sb::gateway
