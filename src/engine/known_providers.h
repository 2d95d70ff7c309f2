// What people have at hand before anything is configured: the names of variables that hold keys,
// what keys look like, where local servers listen, and which model of a provider to begin with.
// Pure tables and functions. [console §4]
#pragma once

#include "config/catalog.h"
#include "engine/setup.h"

namespace sb::engine {

// A variable that holds a key, and whose it is in the catalogue.
struct KeyVariable {
    QByteArrayView name;
    QLatin1StringView catalogId;
};
QList<KeyVariable> keyVariables(); // the best known first

// Drafts for a catalogue entry; nothing when its address needs more than a key.
std::optional<ProviderDraft> draftOf(const config::Catalog &catalog, const QString &catalogId);

// What may be had with these variables, each provider once, in the order of keyVariables(). Azure
// needs its address too: AZURE_OPENAI_ENDPOINT or AZURE_RESOURCE_NAME.
using Variables = QHash<QByteArray, Secret>;
QList<FoundProvider> foundIn(const Variables &variables, const config::Catalog &catalog,
                             FoundProvider::Where where);
// The names foundIn() reads, those of Azure's address included.
QList<QByteArray> wantedVariables();

// Whose key that could be, best first; one where the shape says so; nothing for what is no
// provider's key (too short, spaces, one of our own).
QList<ProviderDraft> recognised(const Secret &key, const config::Catalog &catalog);

// A model to begin with: a good one among `listed`, else among the catalogue's. Empty where neither
// knows any.
QString firstModel(const QString &catalogId, const QStringList &listed,
                   const config::Catalog &catalog);

// A server on this computer and the free GET that shows its models.
struct LocalPlace {
    QString catalogId; // or empty
    QString label; // "Ollama on this computer"
    QString id; // provider id it would get
    QByteArray host; // "127.0.0.1", "::1"
    quint16 port = 0;
    QByteArray base; // path of the OpenAI-style base: "/v1"
    QList<QByteArray> paths; // of the model list, in the order asked
};
// Both loopback addresses of each known port. `ollamaHost`: the variable OLLAMA_HOST, if set; only
// a loopback address in it is asked.
QList<LocalPlace> localPlaces(QByteArrayView ollamaHost);
// The names in a model list of OpenAI, Ollama or Gemini shape; nothing when it is none.
std::optional<QStringList> modelNames(QByteArrayView body);

} // namespace sb::engine
