// The compact form of an exchange in the journal and in history.db: every field, versioned.
#pragma once

#include "store/byte_io.h"
#include "store/journal.h"

namespace sb::store {

// Appends what encodeExchange() gives.
void appendExchange(ByteWriter &out, const Exchange &exchange);

// 16 bytes, big endian: sorts like the id.
QByteArray idBytes(const ExchangeId &id);
std::optional<ExchangeId> idFromBytes(QByteArrayView bytes);

} // namespace sb::store
