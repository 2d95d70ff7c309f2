// What people call providers and clients: the labels of the configuration, by id.
#pragma once

#include "record/frame.h"

#include <QHash>
#include <QString>

namespace sb::words {

// A value; made from a frame, copied freely. An unknown id is shown as it is.
struct Names {
    QHash<ProviderId, QString> providers;
    QHash<ClientId, QString> clients;

    QString of(const ProviderId &id) const;
    QString of(const ClientId &id) const;
    // "OpenAI / gpt-4o"
    QString of(const TargetRef &target) const;
};

Names namesIn(const Frame &frame);

} // namespace sb::words
