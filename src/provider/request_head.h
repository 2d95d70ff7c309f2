// The head of a request to a provider, built from nothing: no client field gets in unless listed.
// [contract §3 "Headers to a provider"; dialects §1.4]
#pragma once

#include "base/secret.h"
#include "config/settings.h"
#include "http/head.h"
#include "http/upstream.h"

namespace sb::provider {

// scheme://host[:port][/path] → where to connect and what stands before the dialect's own path.
struct Base {
    http::Origin origin;
    QByteArray authority; // for Host
    QByteArray path; // without a trailing slash
    QByteArray query; // "api-version=…" at Azure; else empty
};
std::optional<Base> parseBase(QByteArrayView url, const QString &caFile);

// Of a request that is not the endpoint's plain one: made by a translator, or with the model in its
// path.
struct Wire {
    QByteArray path; // below the base, with or without its "v1", "v1beta" or "api"
    QByteArray query;
    std::vector<std::pair<QByteArray, QByteArray>> fields; // of the provider's protocol
    // What the client says of its own protocol ("anthropic-beta") means nothing to the provider.
    bool isTranslated = false;
    QByteArray method; // empty: POST with a body, else GET
    QByteArray accept; // empty: what the endpoint answers with
    QByteArray contentType; // of the body; empty: JSON
};

struct HeadInput {
    const config::ProviderSettings &provider;
    const Base &base;
    DialectId dialect = DialectId::OpenAiChat;
    Endpoint endpoint = Endpoint::Generate;
    bool isStream = false;
    const Secret &key;
    const http::RequestHead *client = nullptr; // for the fields that pass
    qint64 bodyBytes = 0; // no body when negative
    // The client's own key for repeats means something at one target only. [robustness §2]
    bool passesIdempotencyKey = true;
    const Wire *wire = nullptr; // null: the endpoint's own path
};

// Request line and fields with the empty line. The key is revealed here and nowhere else.
QByteArray requestHead(const HeadInput &input);

} // namespace sb::provider
