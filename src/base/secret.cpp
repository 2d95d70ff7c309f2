#include "base/secret.h"

#include <QCryptographicHash>
#include <QString>

#include <string.h>

namespace sb {

namespace {
std::shared_ptr<QByteArray> hold(QByteArrayView bytes)
{
    return std::shared_ptr<QByteArray>(new QByteArray(bytes.toByteArray()), [](QByteArray *held) {
        explicit_bzero(held->data(), size_t(held->size()));
        delete held;
    });
}
} // namespace

Secret::Secret(QByteArray &&bytes)
    : m_bytes(hold(bytes))
{
    if (bytes.isDetached())
        explicit_bzero(bytes.data(), size_t(bytes.size()));
    bytes.clear();
}

Secret Secret::fromView(QByteArrayView bytes)
{
    Secret secret;
    secret.m_bytes = hold(bytes);
    return secret;
}

QByteArray Secret::sha256() const
{
    return QCryptographicHash::hash(reveal(), QCryptographicHash::Sha256);
}

QString Secret::masked() const
{
    const QByteArrayView bytes = reveal();
    if (bytes.size() < 20)
        return QStringLiteral("…");
    // The vendor's prefix ("sk-ant-") tells which key it is and is no part of the secret.
    const qsizetype dash = bytes.first(10).lastIndexOf('-');
    return QString::fromLatin1(bytes.first(dash > 0 ? dash + 1 : 0)) + QStringLiteral("…")
        + QString::fromLatin1(bytes.last(4));
}

bool Secret::equal(const Secret &a, const Secret &b)
{
    return equalConstantTime(a.reveal(), b.reveal());
}

bool equalConstantTime(QByteArrayView a, QByteArrayView b)
{
    const qsizetype longest = std::max(a.size(), b.size());
    unsigned char difference = a.size() == b.size() ? 0 : 1;
    for (qsizetype i = 0; i < longest; ++i) {
        const char x = i < a.size() ? a[i] : 0;
        const char y = i < b.size() ? b[i] : 0;
        difference = static_cast<unsigned char>(difference | static_cast<unsigned char>(x ^ y));
    }
    return difference == 0;
}

} // namespace sb
