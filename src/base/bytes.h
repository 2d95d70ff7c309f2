// Building wire text. QByteArray::append() of Qt 6.4 goes through insert() and costs some 80
// instructions a call before it copies; heads are built from dozens of short pieces.
#pragma once

#include <QByteArray>
#include <QByteArrayView>

#include <charconv>
#include <cstring>

namespace sb {

// `bytes` must not lie inside `to`.
inline void appendBytes(QByteArray &to, QByteArrayView bytes)
{
    const qsizetype size = to.size();
    // Full, shared or raw: Qt's own way, which also knows how to grow.
    if (size + bytes.size() > to.capacity() || !to.isDetached()) {
        to.append(bytes);
        return;
    }
    if (bytes.isEmpty())
        return; // of nullptr, which memcpy does not take
    to.resize(size + bytes.size());
    std::memcpy(to.data() + size, bytes.data(), size_t(bytes.size()));
}

inline void appendNumber(QByteArray &to, qint64 number)
{
    char digits[24];
    const char *end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    appendBytes(to, QByteArrayView(digits, end - digits));
}

} // namespace sb
