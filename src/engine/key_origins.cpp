#include "engine/key_origins.h"

#include "base/file.h"
#include "base/log.h"
#include "config/config_file.h"
#include "http/address.h"
#include "provider/request_head.h"
#include "json/reader.h"
#include "json/writer.h"

#include <QCryptographicHash>

namespace sb::engine {

namespace {
constexpr qsizetype kMostKeys = 10'000;
constexpr qsizetype kMostOrigins = 64; // of one key

QByteArray digestOf(const Secret &key)
{
    QCryptographicHash hash(QCryptographicHash::Sha256);
    hash.addData(QByteArrayView("signalbox key origin "));
    hash.addData(key.reveal());
    return hash.result().first(16).toHex();
}

// Every place a key of this provider is sent to.
QSet<QByteArray> originsOf(const config::ProviderSettings &provider)
{
    QSet<QByteArray> origins;
    QList<QByteArray> urls = provider.baseUrls.values();
    if (!provider.modelsUrl.isEmpty())
        urls.append(provider.modelsUrl);
    for (const QByteArray &url : std::as_const(urls)) {
        if (const auto base = provider::parseBase(url, {}))
            origins.insert((base->origin.isTls ? "https://" : "http://")
                           + http::authorityText(base->origin.host, base->origin.port));
    }
    return origins;
}

QByteArray listed(const QSet<QByteArray> &origins)
{
    QList<QByteArray> sorted = origins.values();
    std::sort(sorted.begin(), sorted.end());
    return sorted.join(", ");
}
} // namespace

KeyOrigins::KeyOrigins(const QString &path)
    : m_path(path)
{
    read();
}

void KeyOrigins::sift(const config::ConfigSnapshot &config, LoadedKeys &keys)
{
    // What is new is judged by what was known before this configuration: a key that stands at two
    // providers when it is first seen belongs to both.
    const auto known = m_origins;
    bool isChanged = false;
    QSet<QString> seen;
    for (const config::ProviderSettings &provider : config.providers) {
        const QSet<QByteArray> wanted = originsOf(provider);
        const bool isConfirmed = m_confirmed.contains(provider.id.text());
        seen.insert(provider.id.text());
        for (const config::KeySettings &key : provider.keys) {
            const auto loaded = keys.provider.find({provider.id, key.id});
            if (loaded == keys.provider.end())
                continue;
            const QByteArray digest = digestOf(*loaded);
            const auto before = known.constFind(digest);
            if (before != known.cend() && before->contains(wanted))
                continue;
            if (before == known.cend() || isConfirmed) {
                QSet<QByteArray> &bound = m_origins[digest];
                bound += wanted;
                isChanged = true;
                continue;
            }
            const QString now = QString::fromLatin1(listed(wanted - *before));
            const QString given = QString::fromLatin1(listed(*before));
            qCWarning(lcEngine).noquote()
                << "key" << key.id.text() << "of" << provider.id.text() << "was given for" << given
                << "and is not sent to" << now << "before that is confirmed";
            keys.notices.append({Notice::Kind::KeychainFailing,
                                 QStringLiteral("moved:") + provider.id.text(), now, 0});
            keys.provider.erase(loaded);
        }
    }
    // A confirmation is for what is there when it is used, not for whatever comes later.
    if (m_confirmed.intersects(seen)) {
        m_confirmed.subtract(seen);
        isChanged = true;
    }
    if (!isChanged)
        return;
    if (auto written = write(); !written)
        qCWarning(lcEngine).noquote()
            << "the keys' addresses are not kept:" << written.error().detail;
}

Result<void> KeyOrigins::confirm(const ProviderId &provider)
{
    m_confirmed.insert(provider.text());
    return write();
}

void KeyOrigins::read()
{
    const auto text = config::readConfigFile(m_path);
    if (!text)
        return;
    const auto root = json::read(*text);
    if (!root || !root->isObject()) {
        qCWarning(lcEngine).noquote() << m_path << "cannot be read; keys are bound anew";
        return;
    }
    if (const json::Value *keys = root->find("keys"); keys && keys->isObject()) {
        for (const json::Member &member : keys->members()) {
            if (m_origins.size() >= kMostKeys)
                break;
            QSet<QByteArray> &origins = m_origins[member.key];
            for (const json::Value &origin : member.value.items()) {
                if (origin.isString() && origins.size() < kMostOrigins)
                    origins.insert(origin.text());
            }
        }
    }
    if (const json::Value *confirmed = root->find("confirmed"); confirmed) {
        for (const json::Value &provider : confirmed->items())
            m_confirmed.insert(provider.toString());
    }
}

Result<void> KeyOrigins::write() const
{
    json::Value keys = json::Value::object();
    for (auto key = m_origins.cbegin(); key != m_origins.cend(); ++key) {
        QList<json::Value> origins;
        for (const QByteArray &origin : key.value())
            origins.append(json::Value::string(QByteArrayView(origin)));
        keys.set(key.key(), json::Value::array(origins));
    }
    QList<json::Value> confirmed;
    for (const QString &provider : m_confirmed)
        confirmed.append(json::Value::string(provider));
    json::Value root = json::Value::object();
    root.set("version", json::Value::number(1));
    root.set("keys", keys);
    root.set("confirmed", json::Value::array(confirmed));
    return file::replace(m_path, QByteArray(json::write(root) + '\n'), 0600);
}

} // namespace sb::engine
