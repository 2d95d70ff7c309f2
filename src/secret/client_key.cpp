#include "secret/client_key.h"

#include <string.h>

namespace sb::secret {

Secret makeClientKey(Random &random)
{
    constexpr char kDigits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    constexpr int kLength = 43; // 62^43 > 2^256
    quint64 words[4];
    for (quint64 &word : words)
        word = random.next();
    QByteArray text(4 + kLength, Qt::Uninitialized);
    memcpy(text.data(), "sbx-", 4);
    for (int i = kLength - 1; i >= 0; --i) { // long division by 62
        unsigned __int128 rest = 0;
        for (quint64 &word : words) {
            const unsigned __int128 value = (rest << 64) | word;
            word = quint64(value / 62);
            rest = value % 62;
        }
        text.data()[4 + i] = kDigits[int(rest)];
    }
    return Secret(std::move(text));
}

} // namespace sb::secret
