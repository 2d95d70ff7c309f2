#include "config/secret_ref.h"

namespace sb::config {

namespace {
constexpr struct {
    SecretRef::Kind kind;
    QByteArrayView scheme;
} kSchemes[] = {
    {SecretRef::Kind::Keychain, "keychain"}, {SecretRef::Kind::Vault, "vault"},
    {SecretRef::Kind::Env, "env"},           {SecretRef::Kind::Ask, "ask"},
    {SecretRef::Kind::File, "file"},         {SecretRef::Kind::Digest, "digest"},
};

bool isHex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool isWellNamed(SecretRef::Kind kind, QByteArrayView name)
{
    const auto is = [name](auto test) { return std::all_of(name.begin(), name.end(), test); };
    if (name.isEmpty())
        return false;
    switch (kind) {
    case SecretRef::Kind::Env:
        return !(name[0] >= '0' && name[0] <= '9') && name.size() <= 200 && is([](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
                || c == '_';
        });
    case SecretRef::Kind::File:
        return name[0] == '/' && name.size() < 4'096;
    case SecretRef::Kind::Digest:
        return name.size() == 64 && is(isHex);
    default:
        return name.size() <= 200 && is([](char c) { return c > ' ' && c < 0x7f; });
    }
}
} // namespace

std::optional<SecretRef> parseSecretRef(QByteArrayView text)
{
    const qsizetype colon = text.indexOf(':');
    if (colon < 0)
        return std::nullopt;
    for (const auto &[kind, scheme] : kSchemes) {
        const QByteArrayView name = text.sliced(colon + 1);
        if (text.first(colon) == scheme && isWellNamed(kind, name))
            return SecretRef{kind,
                             kind == SecretRef::Kind::Digest ? QString::fromLatin1(name).toLower()
                                                             : QString::fromUtf8(name)};
    }
    return std::nullopt;
}

QByteArray secretRefText(const SecretRef &ref)
{
    for (const auto &[kind, scheme] : kSchemes) {
        if (ref.kind == kind)
            return scheme.toByteArray() + ':' + ref.name.toUtf8();
    }
    return {};
}

} // namespace sb::config
