#include "pages/board/board_draft.h"

#include "models/chain_draft.h"

#include <algorithm>

namespace sb::pages {

using models::ChainDrafts;
using models::DraftChain;
using models::DraftRow;

namespace {

constexpr qsizetype kMostModels = 24;

const DraftChain *baseOf(const ChainDrafts &drafts, const DraftChain &chain)
{
    const auto &base = drafts.base().chains;
    return chain.origin >= 0 && chain.origin < base.size() ? &base[chain.origin] : nullptr;
}

} // namespace

models::DraftRows draftRows(const ChainDrafts &drafts)
{
    models::DraftRows out;
    if (!drafts.hasChanges())
        return out;
    for (const DraftChain &chain : drafts.draft().chains) {
        const DraftChain *base = baseOf(drafts, chain);
        const auto isSame = [](const models::DraftTarget &a, const models::DraftTarget &b) {
            return a.isSame(b);
        };
        if (!base
            || std::equal(chain.targets.begin(), chain.targets.end(), base->targets.begin(),
                          base->targets.end(), isSame))
            continue;
        QList<bool> isUsed(base->targets.size(), false);
        QList<DraftRow> rows;
        for (const models::DraftTarget &target : chain.targets) {
            DraftRow row{.provider = target.provider, .model = target.model};
            for (int i = 0; i < base->targets.size(); ++i) {
                if (isUsed[i] || !base->targets[i].isSame(target))
                    continue;
                isUsed[i] = true;
                row.rank = i + 1;
                break;
            }
            rows.append(row);
        }
        for (int i = 0; i < base->targets.size(); ++i) {
            if (!isUsed[i])
                rows.append({base->targets[i].provider, base->targets[i].model, i + 1, true});
        }
        out.insert(base->id, rows);
    }
    return out;
}

int draftRow(const ChainDrafts &drafts, const models::ChainPlate &plate, int row, ChainId &chain)
{
    for (const DraftChain &one : drafts.draft().chains) {
        const DraftChain *base = baseOf(drafts, one);
        if (!base || base->id != plate.id)
            continue;
        chain = one.id;
        const bool isThere = row >= 0 && row < plate.targets.size() && row < one.targets.size()
            && plate.targets[row].mark != models::DraftMark::Removed;
        return isThere ? row : -1;
    }
    chain = ChainId();
    return -1;
}

QStringList modelsOf(const models::BoardState &state, const config::ConfigSnapshot *config,
                     const ProviderId &provider)
{
    QStringList out;
    const auto add = [&](const QString &model) {
        if (!model.isEmpty() && !out.contains(model) && out.size() < kMostModels)
            out.append(model);
    };
    for (const auto &chain : state.chains()) {
        for (const auto &row : chain.targets) {
            if (row.providerId == provider)
                add(row.model);
        }
    }
    const config::ProviderSettings *settings = config ? config->provider(provider) : nullptr;
    if (settings) {
        for (const auto &model : settings->models)
            add(model.id);
    }
    return out;
}

} // namespace sb::pages
