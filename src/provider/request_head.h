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
};
std::optional<Base> parseBase(QByteArrayView url, const QString &caFile);

struct HeadInput {
    const config::ProviderSettings &provider;
    const Base &base;
    DialectId dialect = DialectId::OpenAiChat;
    Endpoint endpoint = Endpoint::Generate;
    bool isStream = false;
    const Secret &key;
    const http::RequestHead *client = nullptr; // for the fields that pass
    qint64 bodyBytes = 0; // GET when negative
    // The client's own key for repeats means something at one target only. [robustness §2]
    bool passesIdempotencyKey = true;
};

// Request line and fields with the empty line. The key is revealed here and nowhere else.
QByteArray requestHead(const HeadInput &input);

} // namespace sb::provider
