// CRC-32C (Castagnoli), by the processor's instruction where it has one. [RFC 3720 appendix B.4]
#pragma once

#include <QByteArrayView>

namespace sb::store {

quint32 crc32c(QByteArrayView bytes);

} // namespace sb::store
