#include "secret/passphrase_vault.h"

#include "base/file.h"

#include <QDataStream>
#include <QFile>
#include <QFileInfo>
#include <QThreadPool>

#include <atomic>
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sb::secret {

namespace {

constexpr QByteArrayView kMagic("SBXVAULT\x01");
constexpr char kLog2N = 17;
constexpr char kR = 8;
constexpr char kP = 1;
constexpr qsizetype kSaltBytes = 16;
constexpr qsizetype kNonceBytes = 12;
constexpr qsizetype kTagBytes = 16;
constexpr qsizetype kKeyBytes = 32;
constexpr qsizetype kHeadBytes = 9 + 3 + kSaltBytes + kNonceBytes;
constexpr qint64 kMostBytes = 4 * 1024 * 1024;

const QString kFailing = QStringLiteral("secret_failing");
const QString kBad = QStringLiteral("secret_bad");
const QString kLocked = QStringLiteral("secret_locked");

const unsigned char *bytes(QByteArrayView view)
{
    return reinterpret_cast<const unsigned char *>(view.data());
}

unsigned char *bytes(QByteArray &array)
{
    return reinterpret_cast<unsigned char *>(array.data());
}

void wipe(QByteArray &array)
{
    explicit_bzero(array.data(), size_t(array.size()));
    array.clear();
}

QByteArray randomBytes(qsizetype count)
{
    QByteArray out(count, Qt::Uninitialized);
    return RAND_bytes(bytes(out), int(count)) == 1 ? out : QByteArray();
}

Secret derive(const Secret &passphrase, QByteArrayView salt)
{
    QByteArray key(kKeyBytes, Qt::Uninitialized);
    const QByteArrayView text = passphrase.reveal();
    const int done = EVP_PBE_scrypt(text.data(), size_t(text.size()), bytes(salt),
                                    size_t(salt.size()), 1ULL << kLog2N, kR, kP,
                                    256ULL * 1024 * 1024, bytes(key), size_t(key.size()));
    return done == 1 ? Secret(std::move(key)) : Secret();
}

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

// Empty on failure.
QByteArray seal(QByteArrayView plain, QByteArrayView head, const Secret &key)
{
    const Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    QByteArray out(plain.size() + kTagBytes, Qt::Uninitialized);
    int length = 0;
    int rest = 0;
    const bool isDone = cipher
        && EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes(key.reveal()),
                              bytes(head.last(kNonceBytes)))
            == 1
        && EVP_EncryptUpdate(cipher.get(), nullptr, &length, bytes(head), int(head.size())) == 1
        && EVP_EncryptUpdate(cipher.get(), bytes(out), &length, bytes(plain), int(plain.size()))
            == 1
        && EVP_EncryptFinal_ex(cipher.get(), bytes(out) + length, &rest) == 1
        && EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, int(kTagBytes),
                               bytes(out) + plain.size())
            == 1;
    return isDone ? out : QByteArray();
}

// Nothing when the tag does not match: another key, or other bytes.
std::optional<QByteArray> unseal(QByteArrayView sealed, QByteArrayView head, const Secret &key)
{
    const Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    const QByteArrayView text = sealed.chopped(kTagBytes);
    QByteArray tag = sealed.last(kTagBytes).toByteArray();
    QByteArray out(text.size(), Qt::Uninitialized);
    int length = 0;
    int rest = 0;
    const bool isDone = cipher
        && EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes(key.reveal()),
                              bytes(head.last(kNonceBytes)))
            == 1
        && EVP_DecryptUpdate(cipher.get(), nullptr, &length, bytes(head), int(head.size())) == 1
        && EVP_DecryptUpdate(cipher.get(), bytes(out), &length, bytes(text), int(text.size())) == 1
        && EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, int(kTagBytes), tag.data()) == 1
        && EVP_DecryptFinal_ex(cipher.get(), bytes(out) + length, &rest) == 1;
    if (isDone)
        return out;
    wipe(out);
    return std::nullopt;
}

QByteArray headWith(QByteArrayView salt, QByteArrayView nonce)
{
    QByteArray head = kMagic.toByteArray();
    head.append(kLog2N).append(kR).append(kP);
    head.append(salt.toByteArray()).append(nonce.toByteArray());
    return head;
}

QByteArray packed(const QMap<QString, Secret> &entries)
{
    QByteArray plain;
    QDataStream out(&plain, QDataStream::WriteOnly);
    out.setVersion(QDataStream::Qt_6_0);
    out << qint32(entries.size());
    for (auto it = entries.cbegin(); it != entries.cend(); ++it) {
        const QByteArrayView text = it->reveal();
        out << it.key();
        out.writeBytes(text.data(), uint(text.size()));
    }
    return plain;
}

std::optional<QMap<QString, Secret>> unpacked(const QByteArray &plain)
{
    QDataStream in(plain);
    in.setVersion(QDataStream::Qt_6_0);
    qint32 count = 0;
    in >> count;
    QMap<QString, Secret> entries;
    for (qint32 i = 0; i < count && in.status() == QDataStream::Ok; ++i) {
        QString name;
        QByteArray text;
        in >> name >> text;
        entries.insert(name, Secret(std::move(text)));
    }
    return in.status() == QDataStream::Ok ? std::optional(entries) : std::nullopt;
}

Result<QByteArray> readVault(const QString &path)
{
    const file::Descriptor in(::open(QFile::encodeName(path).constData(),
                                     O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    struct stat info;
    if (!in.isOpen() || fstat(in.get(), &info) != 0)
        return file::systemError(kFailing, QStringLiteral("Cannot open"), path);
    if (!S_ISREG(info.st_mode) || info.st_uid != geteuid())
        return secretError(QStringLiteral("secret_unsafe"), path + QStringLiteral(" is not ours"));
    // It is encrypted, so a wide mode is repaired without alarm.
    if ((info.st_mode & 077) != 0 && fchmod(in.get(), 0600) != 0)
        return secretError(QStringLiteral("secret_unsafe"),
                           path + QStringLiteral(" can be read by others"));
    return file::readAll(in.get(), kMostBytes, path);
}

} // namespace

// Filled once, by the pool thread of unlock(); `isOpen` publishes the rest.
struct PassphraseVault::Opened {
    std::atomic<bool> isOpen = false;
    Secret key;
    QByteArray salt;
    QMap<QString, Secret> entries;
};

PassphraseVault::PassphraseVault(const QString &path)
    : m_path(path)
{
}

PassphraseVault::~PassphraseVault() = default;

bool PassphraseVault::exists() const
{
    return QFileInfo::exists(m_path);
}

QFuture<Result<void>> PassphraseVault::unlock(const Secret &passphrase)
{
    if (passphrase.isEmpty())
        return answer<void>(secretError(kBad, QStringLiteral("The passphrase is empty")));
    QByteArray text;
    if (exists()) {
        Result<QByteArray> read = readVault(m_path);
        if (!read)
            return answer<void>(unexpected(read.error()));
        text = std::move(*read);
        const QByteArray known = headWith(QByteArray(kSaltBytes, 0), QByteArray(kNonceBytes, 0));
        // Other parameters are refused, not obeyed: the file must not decide how much memory we
        // take.
        if (text.size() < kHeadBytes + kTagBytes || text.first(12) != known.first(12))
            return answer<void>(secretError(kBad, m_path + QStringLiteral(" is no vault of ours")));
    } else if (auto made = file::makePrivateFolder(QFileInfo(m_path).absolutePath()); !made) {
        return answer<void>(secretError(kFailing, made.error().detail));
    }

    m_opened = std::make_shared<Opened>();
    auto promise = std::make_shared<QPromise<Result<void>>>();
    promise->start();
    QThreadPool::globalInstance()->start([passphrase, text, promise, opened = m_opened] {
        const auto finish = [&promise](Result<void> result) {
            // What OpenSSL keeps for this thread (a generator, its errors) must go before OpenSSL
            // does: a pool's thread may end later.
            OPENSSL_thread_stop();
            promise->addResult(std::move(result));
            promise->finish();
        };
        const bool isNew = text.isEmpty();
        opened->salt = isNew ? randomBytes(kSaltBytes) : text.sliced(12, kSaltBytes);
        opened->key = derive(passphrase, opened->salt);
        if (opened->salt.isEmpty() || opened->key.isEmpty())
            return finish(
                secretError(kFailing, QStringLiteral("The passphrase cannot be used now")));
        if (!isNew) {
            const QByteArrayView view(text);
            auto plain = unseal(view.sliced(kHeadBytes), view.first(kHeadBytes), opened->key);
            if (!plain)
                return finish(secretError(
                    kBad, QStringLiteral("The passphrase is wrong or the file is damaged")));
            auto entries = unpacked(*plain);
            wipe(*plain);
            if (!entries)
                return finish(
                    secretError(kBad, QStringLiteral("The vault's contents are damaged")));
            opened->entries = std::move(*entries);
        }
        opened->isOpen.store(true, std::memory_order_release);
        finish({});
    });
    return promise->future();
}

void PassphraseVault::lock()
{
    m_opened.reset();
}

VaultState PassphraseVault::state() const
{
    if (m_opened && m_opened->isOpen.load(std::memory_order_acquire))
        return VaultState::Ok;
    return exists() ? VaultState::Locked : VaultState::Absent;
}

QFuture<Result<Secret>> PassphraseVault::read(const QString &name)
{
    if (state() != VaultState::Ok)
        return answer<Secret>(
            secretError(kLocked, QStringLiteral("The vault needs its passphrase")));
    const auto found = m_opened->entries.constFind(name);
    if (found == m_opened->entries.cend())
        return answer<Secret>(secretError(QStringLiteral("secret_not_found"),
                                          QStringLiteral("Nothing is known as ") + name));
    return answer<Secret>(*found);
}

QFuture<Result<void>> PassphraseVault::write(const QString &name, const Secret &secret)
{
    if (state() != VaultState::Ok)
        return answer<void>(secretError(kLocked, QStringLiteral("The vault needs its passphrase")));
    QMap<QString, Secret> entries = m_opened->entries;
    entries.insert(name, secret);
    return answer<void>(save(entries));
}

QFuture<Result<void>> PassphraseVault::remove(const QString &name)
{
    if (state() != VaultState::Ok)
        return answer<void>(secretError(kLocked, QStringLiteral("The vault needs its passphrase")));
    QMap<QString, Secret> entries = m_opened->entries;
    if (entries.remove(name) == 0)
        return answer<void>({});
    return answer<void>(save(entries));
}

Result<void> PassphraseVault::save(const QMap<QString, Secret> &entries)
{
    const QByteArray nonce
        = randomBytes(kNonceBytes); // anew each time: GCM must never see one twice
    QByteArray plain = packed(entries);
    const QByteArray head = headWith(m_opened->salt, nonce);
    const QByteArray sealed = nonce.isEmpty() ? QByteArray() : seal(plain, head, m_opened->key);
    wipe(plain);
    if (sealed.isEmpty())
        return secretError(kFailing, QStringLiteral("The vault cannot be encrypted"));
    const QByteArray whole = head + sealed;
    if (auto done = file::replace(m_path, whole, 0600); !done)
        return secretError(kFailing, done.error().detail);
    m_opened->entries = entries;
    return {};
}

} // namespace sb::secret
